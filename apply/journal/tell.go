package journal

import (
	"errors"
	"fmt"
	"time"
)

// teller works out from a run's events what became of its changes.
type teller struct {
	run   *Run
	zones map[place]int
	open  map[place]int // the request without an answer, an index into run.Requests
	seen  map[place][]trace
}

// trace is what a run's requests tell of one change.
type trace struct {
	write    int // the last that asked for it
	pending  bool
	part     bool // a request had only some of its operations
	made     bool
	notMade  bool
	unknown  bool
	doubtful bool // an earlier Write left it unknown
}

func newTeller(r *Run) *teller {
	t := &teller{run: r, zones: map[place]int{}, open: map[place]int{}, seen: map[place][]trace{}}
	for i, z := range r.Zones {
		at := place{z.Name, z.Provider}
		t.zones[at] = i
		t.seen[at] = make([]trace, len(z.Fates))
	}
	return t
}

// tell takes in one event.
func (t *teller) tell(e *event) error {
	if !t.run.Ended.IsZero() {
		return errors.New("something follows the run's end")
	}
	if e.Event == eventEnd {
		return t.end(e)
	}
	at := place{e.Zone, e.Provider}
	i, known := t.zones[at]
	if !known {
		return fmt.Errorf("the run was not to write zone %s at the provider %s", e.Zone, e.Provider)
	}
	switch e.Event {
	case eventCreate:
		t.run.Zones[i].Created = Unknown
		return nil
	case eventSending:
		return t.sending(at, e)
	case eventDone:
		return t.done(at, e)
	}
	return fmt.Errorf("the event %q is unknown", e.Event)
}

func (t *teller) sending(at place, e *event) error {
	if _, open := t.open[at]; open {
		return errors.New("a request is sent before the one before it was answered")
	}
	traces := t.seen[at]
	if err := within(traces, e.Changes); err != nil {
		return err
	}
	for _, i := range e.Changes {
		c := &traces[i]
		if c.write != e.Write {
			*c = trace{write: e.Write, doubtful: c.fate() == Unknown || c.fate() == Made}
		}
		c.pending, c.part = true, c.part || e.Part
	}
	t.open[at] = len(t.run.Requests)
	t.run.Requests = append(t.run.Requests, Request{
		Zone: e.Zone, Provider: e.Provider, Write: e.Write, N: e.Request, Changes: e.Changes,
		Operations: e.Operations, Part: e.Part, Sent: e.Time, Fates: unknown(len(e.Changes)),
	})
	return nil
}

func unknown(n int) []Fate {
	fates := make([]Fate, n)
	for i := range fates {
		fates[i] = Unknown
	}
	return fates
}

func within(traces []trace, changes []int) error {
	for _, i := range changes {
		if i < 0 || i >= len(traces) {
			return fmt.Errorf("the zone's plan has %d changes, and none with the number %d", len(traces), i)
		}
	}
	return nil
}

func (t *teller) done(at place, e *event) error {
	n, open := t.open[at]
	if !open || t.run.Requests[n].Write != e.Write || t.run.Requests[n].N != e.Request {
		return errors.New("an answer belongs to no request")
	}
	delete(t.open, at)
	q := &t.run.Requests[n]
	q.Answered, q.RequestID, q.Codes, q.Err = e.Time, e.RequestID, e.Codes, e.Error
	position := map[int]int{}
	for p, i := range q.Changes {
		position[i] = p
	}
	for fate, list := range map[Fate][]int{Made: e.Made, NotMade: e.NotMade, Unknown: e.Unknown} {
		for _, i := range list {
			p, asked := position[i]
			if !asked {
				return fmt.Errorf("an answer tells of change %d, which its request didn't have", i)
			}
			q.Fates[p] = fate
		}
	}
	for p, i := range q.Changes {
		c := &t.seen[at][i]
		c.pending = false
		c.made = c.made || q.Fates[p] == Made
		c.notMade = c.notMade || q.Fates[p] == NotMade
		c.unknown = c.unknown || q.Fates[p] == Unknown
	}
	return nil
}

// fate is what the requests tell of a change. It is unknown wherever they leave
// room for doubt: while a part of it may be missing, or where an earlier request
// may have made what a later one was refused.
func (c trace) fate() Fate {
	switch {
	case c.pending, c.unknown, c.made && (c.notMade || c.part):
		return Unknown
	case c.made:
		return Made
	case c.doubtful:
		return Unknown
	}
	return NotMade
}

// end takes in the end of a run, which knows more than its requests: the zones
// were read again.
func (t *teller) end(e *event) error {
	t.run.Ended = e.Time
	for i := range t.run.Zones {
		if z := &t.run.Zones[i]; !z.Busy() {
			z.Complete = true // it was as wanted
		}
	}
	for _, end := range e.Zones {
		i, known := t.zones[place{end.Zone, end.Provider}]
		if !known {
			return fmt.Errorf("the run was not to write zone %s at the provider %s", end.Zone, end.Provider)
		}
		z := &t.run.Zones[i]
		z.Complete, z.Verified, z.Err = end.Complete, end.Verified, end.Error
		if end.Target != "" {
			z.Target = end.Target
		}
		z.Created = map[string]Fate{"made": Made, "unknown": Unknown}[end.Created]
		for j := range z.Fates {
			z.Fates[j] = Made
		}
		for fate, list := range map[Fate][]int{NotMade: end.NotMade, Unknown: end.Unknown, Already: end.Already} {
			for _, j := range list {
				if j < 0 || j >= len(z.Fates) {
					return fmt.Errorf("the zone's plan has %d changes, and none with the number %d", len(z.Fates), j)
				}
				z.Fates[j] = fate
			}
		}
	}
	return nil
}

// settle takes the fates from the requests where the run has no end.
func (t *teller) settle() {
	if !t.run.Ended.IsZero() {
		return
	}
	for at, traces := range t.seen {
		z := &t.run.Zones[t.zones[at]]
		for i, c := range traces {
			z.Fates[i] = c.fate()
		}
	}
}

// Last returns when the run did the last that is known of it.
func (r *Run) Last() time.Time {
	last := r.Started
	for _, q := range r.Requests {
		for _, at := range []time.Time{q.Sent, q.Answered} {
			if at.After(last) {
				last = at
			}
		}
	}
	if r.Ended.After(last) {
		last = r.Ended
	}
	return last
}
