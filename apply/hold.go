package apply

import (
	"fmt"
	"slices"

	"github.com/zoneloom/zoneloom/plan"
	"github.com/zoneloom/zoneloom/state"
)

// A run that keeps going makes some changes and not others, so that a name could
// be led to what was refused, or lose what it still points at. It holds such
// changes back: their names stay as they are, as those that were refused do.

// arrange returns the changes in an order in which each name follows those that it
// needs. So whatever a request is refused for, what needs it wasn't sent before.
// Of names that need one another the first goes first.
func (w *writer) arrange(changes []state.Change) []state.Change {
	if w.needs == nil {
		w.needs = plan.Needs(w.snap.Zone, changes)
	}
	byName := map[state.Name][]state.Change{}
	for _, g := range groups(changes) {
		byName[g[0].Name] = g
	}
	ordered := make([]state.Change, 0, len(changes))
	seen := map[state.Name]bool{}
	var visit func(n state.Name)
	visit = func(n state.Name) {
		if seen[n] {
			return
		}
		seen[n] = true
		for _, needed := range w.needs[n] {
			visit(needed)
		}
		ordered = append(ordered, byName[n]...)
	}
	for _, c := range changes {
		visit(c.Name)
	}
	return ordered
}

// hold returns the changes without those of names that need one that was refused,
// or held back itself.
func (w *writer) hold(changes []state.Change) []state.Change {
	if len(w.bad) == 0 {
		return changes
	}
	return slices.DeleteFunc(slices.Clone(changes), func(c state.Change) bool {
		if w.held[c.Name] == nil {
			w.held[c.Name] = w.why(c.Name)
		}
		held := w.held[c.Name]
		if held != nil {
			r := w.change(c)
			r.Err, r.RequestID, r.Codes, r.Record, r.blamed = held, "", nil, "", false
		}
		return held != nil
	})
}

// why returns the reason to hold a name back, or nil.
func (w *writer) why(n state.Name) *HeldBack {
	for _, needed := range w.needs[n] {
		if w.bad[needed] || w.held[needed] != nil {
			return &HeldBack{Needs: needed, Refused: w.bad[needed]}
		}
	}
	return nil
}

// HeldBack is why a change wasn't sent, though the run kept going.
type HeldBack struct {
	Needs   state.Name // the name that it goes together with
	Refused bool       // the service refused that; else it is held back as well
}

// Error names the other name.
func (e *HeldBack) Error() string {
	became := "is held back too"
	if e.Refused {
		became = "was refused"
	}
	return fmt.Sprintf("held back, as it goes together with %s, which %s", e.Needs, became)
}

// isFree reports whether a name needs none of those in groups.
func (w *writer) isFree(n state.Name, groups [][]state.Change) bool {
	needs := w.needs[n]
	return len(needs) == 0 || !slices.ContainsFunc(groups, func(g []state.Change) bool { return slices.Contains(needs, g[0].Name) })
}
