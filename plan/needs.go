package plan

import (
	"iter"
	"slices"

	"github.com/zoneloom/zoneloom/state"
)

// Needs tells for the names of changes which others' changes theirs are of no use
// without, or worse. A name that is to point at another one (by CNAME, ALIAS, MX,
// SRV, NS, HTTPS or SVCB) needs what is to answer there. A name that loses records
// needs those names that point at it until now, and then no more: as long as one
// of them stays as it is, so must what it points at. The changes are those of one
// zone with each name's together, and live is the zone before them. Names that
// need none are not among the keys.
func Needs(live *state.Zone, changes []state.Change) map[state.Name][]state.Name {
	before, after := views(live, changes)
	needs := map[state.Name][]state.Name{}
	seen := map[[2]state.Name]bool{}
	add := func(n, needed state.Name) {
		if pair := [2]state.Name{n, needed}; n != needed && !seen[pair] {
			seen[pair] = true
			needs[n] = append(needs[n], needed)
		}
	}
	for _, c := range changes {
		if !points(c.Type) {
			continue
		}
		was, is := pointedAt(live.Name, c.Type, c.Before), pointedAt(live.Name, c.Type, c.After)
		for on := range after.ledTo(is, was) {
			if slices.ContainsFunc(after.changes[on], func(o state.Change) bool { return o.After != nil && leads(c.Type, o.Type) }) {
				add(c.Name, on)
			}
		}
		for on := range before.ledTo(was, is) {
			if slices.ContainsFunc(after.changes[on], func(o state.Change) bool { return o.After == nil && leads(c.Type, o.Type) }) {
				add(on, c.Name)
			}
		}
	}
	return needs
}

// ledTo yields the names that those of names depend on which aren't in but.
func (v *view) ledTo(names, but []state.Name) iter.Seq[state.Name] {
	return func(yield func(state.Name) bool) {
		for _, n := range names {
			if slices.Contains(but, n) {
				continue
			}
			t := v.follow(n)
			for on := range t.depends {
				if !yield(on) {
					return
				}
			}
		}
	}
}

// pointedAt returns the names in the zone that the records of s point at.
func pointedAt(zone state.Name, t state.Type, s *state.RRset) []state.Name {
	var names []state.Name
	for _, r := range s.Ours() {
		for _, n := range state.DataNames(t, r.Data) {
			if n != "." && n.IsIn(zone) {
				names = append(names, n)
			}
		}
	}
	return names
}

// leads reports whether records of type at matter to those who are sent to their
// name by a record of type by: all do where it is a CNAME, else what gives
// addresses, or tells where they are.
func leads(by, at state.Type) bool {
	switch at {
	case state.A, state.AAAA, state.CNAME, state.ALIAS, state.DNAME, state.NS:
		return true
	}
	return by == state.CNAME
}
