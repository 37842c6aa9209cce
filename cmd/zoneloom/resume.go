package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/zoneloom/zoneloom/apply/journal"
	"github.com/zoneloom/zoneloom/plan"
	"github.com/zoneloom/zoneloom/state"
)

// keeps reports whether the configuration keeps a zone at a provider.
func (j *project) keeps(zone state.Name, provider string) bool {
	for _, z := range j.Zones {
		if z.Name == zone && slices.Contains(z.Providers, provider) {
			return true
		}
	}
	return false
}

// interrupted says which runs were stopped where, or ended in part, and what to do
// about it; but for those of which enough is said already.
func (p *program) interrupted(open []*journal.Run, said ...string) {
	for _, r := range open {
		if slices.Contains(said, r.ID) {
			continue
		}
		made, not, unknown := r.Count()
		p.warn("warning: run %s (%s) by %s %s: %d made, %d not made, %d unknown",
			r.ID, commandOf(r), printable(r.Who.String()), whereStopped(r), made, not, unknown)
		p.warn("hint: zoneloom apply --resume %s goes on with it; zoneloom undo %s takes back what it made", r.ID, r.ID)
	}
}

// whereStopped says where a run was stopped, or that it ended in part.
func whereStopped(r *journal.Run) string {
	at := stamp(r.Last())
	switch {
	case r.Outcome() == journal.InPart:
		return "ended in part at " + at
	case len(r.Requests) == 0:
		return "stopped at " + at + " before its first request"
	}
	q := r.Requests[len(r.Requests)-1]
	when := "after"
	if q.Answered.IsZero() {
		when = "during"
	}
	return fmt.Sprintf("stopped at %s in zone %s (%s), %s request %d", at, q.Zone, q.Provider, when, len(r.Requests))
}

// remind says which runs are open, for a command that only reads: where the
// history can't be read it says so and goes on. Of the runs of the IDs in said
// enough is said already.
func (p *program) remind(ctx context.Context, j *project, said ...string) {
	h, err := p.history(ctx, j)
	if err != nil {
		p.warn("warning: %s", printable(errText(err)))
		return
	}
	defer func() { _ = h.Close() }()
	p.interrupted(journal.Unsettled(p.runs(ctx, h), j.keeps), said...)
}

// runs lists the runs of a history. What is wrong with some is said: the others
// are of use all the same.
func (p *program) runs(ctx context.Context, h *journal.History) []*journal.Run {
	runs, err := h.List(ctx)
	if err != nil {
		p.warn("warning: the history isn't whole: %s", printable(errText(err)))
	}
	return runs
}

// earlier returns the plan that c names, if it names one: that of a file, or of
// the run that is to be resumed.
func (p *program) earlier(ctx context.Context, c *cli.Context) (*plan.Saved, *journal.Run, error) {
	if !c.Bool("resume") {
		saved, err := readPlan(c)
		return saved, nil, err
	}
	j, err := load(c)
	if err != nil {
		return nil, nil, err
	}
	h, err := p.history(ctx, j)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = h.Close() }()
	r, err := p.toResume(ctx, h, j, c.Args().First())
	if err != nil {
		return nil, nil, err
	}
	if r == nil {
		p.say("nothing to resume: no run was stopped or ended in part whose work is still open")
		return nil, nil, nil
	}
	p.say("going on with run %s, which %s began and which %s", r.ID, printable(r.Who.String()), whereStopped(r))
	return r.Plan, r, nil
}

// toResume returns the run to go on with: that of the given ID, or the only one
// that was stopped or ended in part. It returns nil where there is none.
func (p *program) toResume(ctx context.Context, h *journal.History, j *project, id string) (*journal.Run, error) {
	if id == "" {
		open := journal.Unsettled(p.runs(ctx, h), j.keeps)
		switch len(open) {
		case 0:
			return nil, nil
		case 1:
			id = open[0].ID
		default:
			p.interrupted(open)
			return nil, fmt.Errorf("%d runs were stopped or ended in part; say which to go on with: zoneloom apply --resume RUN", len(open))
		}
	}
	r, err := h.Read(ctx, id)
	if err != nil {
		return nil, err
	}
	switch r.Outcome() {
	case journal.InProgress:
		return nil, fmt.Errorf("run %s is going on: its process is alive", r.ID)
	case journal.Complete:
		return nil, errors.New("run " + r.ID + " is complete: there is nothing to go on with")
	case journal.Stopped, journal.InPart, journal.Failed:
	}
	return r, nil
}
