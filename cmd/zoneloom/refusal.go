package main

import (
	"encoding/json"

	"github.com/zoneloom/zoneloom/apply"
	"github.com/zoneloom/zoneloom/plan"
	"github.com/zoneloom/zoneloom/state"
)

// refusedJSON says for machines why a plan wasn't applied.
type refusedJSON struct {
	Refusals []refusalJSON `json:"refusals"`
	Moved    []movedJSON   `json:"moved"`
	Declined bool          `json:"declined"`
	Reviewed string        `json:"reviewed,omitempty"` // the plan that was to be applied, where it isn't this one
}

type refusalJSON struct {
	Zone     state.Name `json:"zone"`
	Provider string     `json:"provider"`
	Guard    string     `json:"guard"`
	Text     string     `json:"text"`
}

// movedJSON is an RRset that isn't as the plan saw it, or a text about a zone.
type movedJSON struct {
	Zone     state.Name      `json:"zone"`
	Provider string          `json:"provider"`
	Text     string          `json:"text,omitempty"`
	Name     state.Name      `json:"name,omitempty"`
	Type     state.Type      `json:"type,omitempty"`
	Beside   state.Type      `json:"beside,omitempty"`  // the type of the change that it stands beside
	Before   json.RawMessage `json:"before,omitempty"`  // as the plan saw it
	Planned  json.RawMessage `json:"planned,omitempty"` // as the plan wants it, where it changes it
	Live     json.RawMessage `json:"live,omitempty"`
}

// newRefusal is the report of a run that was refused, so that nothing was written.
func newRefusal(pl *plan.Plan, r *apply.Refused, dry bool) reportJSON {
	refused := &refusedJSON{Refusals: []refusalJSON{}, Moved: []movedJSON{}, Declined: r.Declined, Reviewed: r.Reviewed}
	for _, g := range r.Refusals {
		refused.Refusals = append(refused.Refusals, refusalJSON{g.Zone, g.Provider, g.Guard, g.Text})
	}
	for _, m := range r.Moved {
		refused.Moved = append(refused.Moved, newMoved(m))
	}
	return reportJSON{PlanID: pl.ID(), DryRun: dry, Zones: []zoneJSON{}, Refused: refused}
}

func newMoved(m apply.Moved) movedJSON {
	out := movedJSON{Zone: m.Zone, Provider: m.Provider, Text: m.Text}
	if m.Text != "" {
		return out
	}
	out.Name, out.Type = m.Name, m.Type
	out.Before, out.Live = plan.SetJSON(m.Expected), plan.SetJSON(m.Live)
	switch {
	case m.IsBeside():
		out.Beside = m.Change.Type
	case m.Change != nil:
		out.Planned = plan.SetJSON(m.Change.After)
	}
	return out
}
