package journal

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"github.com/zoneloom/zoneloom/apply"
	"github.com/zoneloom/zoneloom/plan"
	"github.com/zoneloom/zoneloom/provider"
	"github.com/zoneloom/zoneloom/state"
)

// Recorder takes down one run; it is the apply.Journal of its engine.
type Recorder struct {
	// Hide takes out of a service's words what isn't to be kept; nil keeps all.
	// It is set before the run begins.
	Hide func(string) string

	history *History
	head    Head
	pos     plan.Position

	mu     sync.Mutex
	log    Log // nil until the run begins
	writes map[place]int
	err    error // why nothing more can be taken down
}

var _ apply.Journal = (*Recorder)(nil)

// place is one zone at one provider.
type place struct {
	zone     state.Name
	provider string
}

// Record returns a Recorder for a run that is about to begin. The head needs
// neither ID, Started, PlanID nor Summary; pos tells where changes are declared
// and may be nil.
func (h *History) Record(head Head, pos plan.Position) *Recorder {
	head.Started = h.now()
	head.ID = NewID(head.Started)
	return &Recorder{history: h, head: head, pos: pos, writes: map[place]int{}}
}

func (r *Recorder) hide(text string) string {
	if r.Hide == nil {
		return text
	}
	return r.Hide(text)
}

// ID returns the run's ID.
func (r *Recorder) ID() string { return r.head.ID }

// Began reports whether the run has a record.
func (r *Recorder) Began() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.log != nil
}

// Begin keeps the whole plan.
func (r *Recorder) Begin(p *plan.Plan) error {
	var text, line bytes.Buffer
	if err := p.Encode(&text, r.pos); err != nil {
		return err
	}
	if err := json.Compact(&line, text.Bytes()); err != nil {
		return err
	}
	r.head.Started = r.history.now()
	r.head.PlanID, r.head.Summary = p.ID(), p.Summary()
	head, err := encodeHead(&r.head, p, line.Len())
	if err != nil {
		return err
	}
	log, err := r.history.Begin(context.Background(), r.head.ID, head, line.Bytes())
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.log = log
	return nil
}

// Create takes down that a zone is about to be created.
func (r *Recorder) Create(z *plan.Zone) error {
	return r.append(&event{Event: eventCreate, Zone: z.Name, Provider: z.Provider})
}

// Write returns what takes down the requests of one Write.
func (r *Recorder) Write(z *plan.Zone, changes []state.Change) provider.Recorder {
	index := map[state.Key]int{}
	for i, c := range z.Changes {
		index[c.Key] = i
	}
	w := &writeRecorder{r: r, zone: z.Name, provider: z.Provider, index: make([]int, len(changes)), ops: make([]int, len(changes))}
	for i, c := range changes {
		deletes, updates, creates := c.Ops()
		w.index[i], w.ops[i] = index[c.Key], len(deletes)+len(updates)+len(creates)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	at := place{z.Name, z.Provider}
	r.writes[at]++
	w.write = r.writes[at]
	return w
}

// End takes down how the run ended, and lets go of it.
func (r *Recorder) End(report *apply.Report) error {
	err := r.append(r.endEvent(report))
	return errors.Join(err, r.log.Close())
}

// append keeps an event. Once one is lost, so is every later one: a record with
// a gap would tell lies.
func (r *Recorder) append(e *event) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err != nil {
		return fmt.Errorf("the journal of run %s can't be written: %w", r.head.ID, r.err)
	}
	e.Time = r.history.now()
	line, err := json.Marshal(e)
	if err == nil {
		err = r.log.Append(line)
	}
	if err != nil {
		r.err = err
		return fmt.Errorf("the journal of run %s can't be written: %w", r.head.ID, err)
	}
	return nil
}

// writeRecorder takes down the requests of one Write.
type writeRecorder struct {
	r        *Recorder
	zone     state.Name
	provider string
	write    int
	index    []int // of the Write's changes, in the plan's zone
	ops      []int // how many operations each has
}

// Sending takes down a request that is about to be sent. Its error stops it.
func (w *writeRecorder) Sending(q provider.Request) error {
	ops := 0
	for _, i := range q.Changes {
		ops += w.ops[i]
	}
	e := w.event(eventSending, q)
	e.Changes, e.Operations, e.Part = w.planned(q.Changes), q.Ops, q.Ops < ops
	return w.r.append(e)
}

// Done takes down what became of a request. Where it can't, the next Sending
// says so.
func (w *writeRecorder) Done(q provider.Request, o provider.Outcome) {
	e := w.event(eventDone, q)
	e.RequestID, e.Codes = w.r.hide(o.RequestID), o.Codes
	if o.Err != nil {
		e.Error = w.r.hide(o.Err.Error())
	}
	for n, i := range w.planned(q.Changes) {
		result := provider.Unknown
		if n < len(o.Results) {
			result = o.Results[n]
		}
		switch result {
		case provider.Made:
			e.Made = append(e.Made, i)
		case provider.NotMade:
			e.NotMade = append(e.NotMade, i)
		default:
			e.Unknown = append(e.Unknown, i)
		}
	}
	_ = w.r.append(e) // kept in w.r.err
}

func (w *writeRecorder) event(kind string, q provider.Request) *event {
	return &event{Event: kind, Zone: w.zone, Provider: w.provider, Write: w.write, Request: q.N}
}

// planned turns indexes into a Write's changes into those of the plan's zone.
func (w *writeRecorder) planned(changes []int) []int {
	list := make([]int, len(changes))
	for n, i := range changes {
		list[n] = w.index[i]
	}
	return list
}
