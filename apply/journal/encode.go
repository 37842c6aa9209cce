package journal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/zoneloom/zoneloom/apply"
	"github.com/zoneloom/zoneloom/plan"
	"github.com/zoneloom/zoneloom/provider"
	"github.com/zoneloom/zoneloom/state"
)

// FormatVersion is the version of records that this package writes and reads.
const FormatVersion = "1"

// head is the first line of a record; the plan is its second.
type head struct {
	FormatVersion string      `json:"format_version"`
	ID            string      `json:"id"`
	Command       string      `json:"command"`
	Started       time.Time   `json:"started"`
	Who           Who         `json:"who"`
	Git           *Git        `json:"git,omitempty"`
	PlanID        string      `json:"plan_id"`
	PlanBytes     int         `json:"plan_bytes"` // so that a list need not read the plan
	Saved         bool        `json:"saved,omitempty"`
	Undoes        string      `json:"undoes,omitempty"`
	Resumes       string      `json:"resumes,omitempty"`
	Summary       headSummary `json:"summary"`
	Zones         []headZone  `json:"zones"`
}

type headSummary struct {
	Create int `json:"create"`
	Update int `json:"update"`
	Delete int `json:"delete"`
	Zones  int `json:"zones"`
}

type headZone struct {
	Zone     state.Name `json:"zone"`
	Provider string     `json:"provider"`
	Target   string     `json:"target"`
	Create   bool       `json:"create_zone,omitempty"`
	Changes  int        `json:"changes"`
}

// The kinds of events.
const (
	eventCreate  = "create"  // a zone is about to be created
	eventSending = "sending" // a request is about to be sent
	eventDone    = "done"    // it has been answered, or not
	eventEnd     = "end"     // the run has ended
)

// event is each further line of a record. Changes are indexes into those of the
// plan's zone.
type event struct {
	Event      string     `json:"event"`
	Time       time.Time  `json:"time"`
	Zone       state.Name `json:"zone,omitempty"`
	Provider   string     `json:"provider,omitempty"`
	Write      int        `json:"write,omitempty"`
	Request    int        `json:"request,omitempty"`
	Changes    []int      `json:"changes,omitempty"`
	Operations int        `json:"operations,omitempty"`
	Part       bool       `json:"part,omitempty"`
	Made       []int      `json:"made,omitempty"`
	NotMade    []int      `json:"not_made,omitempty"`
	Unknown    []int      `json:"unknown,omitempty"`
	RequestID  string     `json:"request_id,omitempty"`
	Codes      []string   `json:"codes,omitempty"`
	Error      string     `json:"error,omitempty"`
	Zones      []endZone  `json:"zones,omitempty"`
}

// endZone says what became of a zone in the end. Changes in none of its lists
// were made.
type endZone struct {
	Zone     state.Name `json:"zone"`
	Provider string     `json:"provider"`
	Target   string     `json:"target,omitempty"`
	Created  string     `json:"created,omitempty"` // "made" or "unknown"
	NotMade  []int      `json:"not_made,omitempty"`
	Unknown  []int      `json:"unknown,omitempty"`
	Already  []int      `json:"already,omitempty"`
	Complete bool       `json:"complete"`
	Verified bool       `json:"verified,omitempty"`
	Error    string     `json:"error,omitempty"`
}

// encodeHead returns the first line of a record. It lists the zones that the
// plan changes and, where the plan was made in this run, those found as wanted.
func encodeHead(h *Head, p *plan.Plan, planBytes int) ([]byte, error) {
	line := head{
		FormatVersion: FormatVersion, ID: h.ID, Command: h.Command, Started: h.Started, Who: h.Who, Git: h.Git,
		PlanID: h.PlanID, PlanBytes: planBytes, Saved: h.Saved, Undoes: h.Undoes, Resumes: h.Resumes,
		Summary: headSummary(h.Summary), Zones: []headZone{},
	}
	for i := range p.Zones {
		if z := &p.Zones[i]; !z.Empty() || !h.Saved {
			line.Zones = append(line.Zones, headZone{z.Name, z.Provider, z.Target, z.Create, len(z.Changes)})
		}
	}
	return json.Marshal(line)
}

func (r *Recorder) endEvent(report *apply.Report) *event {
	e := &event{Event: eventEnd}
	for i := range report.Zones {
		z := newEndZone(&report.Zones[i])
		z.Error = r.hide(z.Error)
		e.Zones = append(e.Zones, z)
	}
	return e
}

func newEndZone(z *apply.ZoneReport) endZone {
	end := endZone{Zone: z.Zone, Provider: z.Provider, Target: z.Target, Complete: z.Err == nil, Verified: z.Verified}
	if z.Err != nil {
		end.Error = z.Err.Error()
	}
	switch z.Created {
	case provider.Made:
		end.Created = "made"
	case provider.Unknown:
		end.Created = "unknown"
	case provider.NotMade:
	}
	for i, c := range z.Changes {
		switch {
		case c.Already:
			end.Already = append(end.Already, i)
		case c.Result == provider.NotMade:
			end.NotMade = append(end.NotMade, i)
		case c.Result == provider.Unknown:
			end.Unknown = append(end.Unknown, i)
		}
	}
	return end
}

// decode reads a record. It trusts nothing, and its error says where it failed.
func decode(r *Record) (*Run, error) {
	fail := func(line int, err error) error { return fmt.Errorf("%s:%d: %w", r.Source, line, err) }
	h, err := decodeHead(r.Head)
	if err == nil && h.ID != r.ID {
		err = fmt.Errorf("it is the record of the run %s", h.ID)
	}
	if err != nil {
		return nil, fail(1, err)
	}
	run := h.run()
	run.Live = r.Live
	if r.Plan != nil {
		if run.Plan, err = plan.Decode(bytes.NewReader(r.Plan)); err == nil {
			err = run.fits()
		}
		if err != nil {
			return nil, fail(2, err)
		}
	}
	t := newTeller(run)
	for i, line := range r.Events {
		var e event
		err := strict(line, &e)
		if err == nil {
			err = t.tell(&e)
		}
		if err != nil {
			return nil, fail(i+3, err)
		}
	}
	t.settle()
	return run, nil
}

func decodeHead(line []byte) (*head, error) {
	var version struct {
		FormatVersion string `json:"format_version"`
	}
	if err := json.Unmarshal(line, &version); err != nil {
		return nil, fmt.Errorf("this isn't the record of a run: %w", err)
	}
	if version.FormatVersion != FormatVersion {
		return nil, fmt.Errorf("the record has format_version %q and this zoneloom reads %q: use the release that wrote it",
			version.FormatVersion, FormatVersion)
	}
	h := new(head)
	if err := strict(line, h); err != nil {
		return nil, err
	}
	return h, nil
}

// strict decodes one JSON value without unknown keys.
func strict(line []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("this isn't what zoneloom writes: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("this isn't what zoneloom writes: something follows it")
	}
	return nil
}

func (h *head) run() *Run {
	r := &Run{Head: Head{
		ID: h.ID, Command: h.Command, Started: h.Started, Who: h.Who, Git: h.Git, PlanID: h.PlanID,
		Saved: h.Saved, Undoes: h.Undoes, Resumes: h.Resumes, Summary: plan.Summary(h.Summary),
	}}
	for _, z := range h.Zones {
		r.Zones = append(r.Zones, Zone{
			Name: z.Zone, Provider: z.Provider, Target: z.Target, Create: z.Create, Fates: make([]Fate, max(z.Changes, 0)),
		})
	}
	return r
}

// fits returns an error unless the head tells of the plan that follows it.
func (r *Run) fits() error {
	if id := r.Plan.Plan.ID(); id != r.PlanID {
		return fmt.Errorf("the plan is %s, and the line before names %s", id, r.PlanID)
	}
	for i := range r.Plan.Plan.Zones {
		p := &r.Plan.Plan.Zones[i]
		if p.Empty() {
			continue
		}
		if z := r.Zone(p.Name, p.Provider); z == nil || len(z.Fates) != len(p.Changes) {
			return fmt.Errorf("the line before counts other changes of zone %s", p.Name)
		}
	}
	return nil
}
