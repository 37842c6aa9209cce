package plan

import (
	"slices"
	"sort"

	"github.com/zoneloom/zoneloom/state"
)

// maxChain bounds the CNAMEs that are followed: resolvers give up no later.
const maxChain = 16

// view answers for a zone as read, or as it will be when all changes are made.
type view struct {
	zone    *state.Zone
	changes map[state.Name][]state.Change // by name; nil for the zone as read
	names   []state.Name                  // sorted, those that have records; only where there are wildcards
	cuts    bool                          // some name below the apex has NS or DNAME records
}

// each yields the RRsets at n.
func (v *view) each(n state.Name, yield func(*state.RRset)) {
	group := v.changes[n]
	sets := v.zone.At(n)
	for i := range sets {
		if !slices.ContainsFunc(group, func(c state.Change) bool { return c.Type == sets[i].Type }) {
			yield(&sets[i])
		}
	}
	for _, c := range group {
		if c.After != nil {
			yield(c.After)
		}
	}
}

func (v *view) has(n state.Name) bool {
	found := false
	v.each(n, func(*state.RRset) { found = true })
	return found
}

// exists reports whether n has records or stands above a name that has
// (RFC 4592 section 2.2.2).
func (v *view) exists(n state.Name) bool {
	if n == v.zone.Name {
		return true
	}
	i := sort.Search(len(v.names), func(i int) bool { return n.Compare(v.names[i]) <= 0 })
	return i < len(v.names) && v.names[i].IsIn(n)
}

// isCut reports whether n hands what is below it to somebody else: by a
// delegation, or by a DNAME.
func (v *view) isCut(n state.Name) bool {
	cut := false
	if n != v.zone.Name {
		v.each(n, func(s *state.RRset) { cut = cut || s.Type == state.NS || s.Type == state.DNAME })
	}
	return cut
}

// source returns the name whose records answer for n: n itself, the wildcard
// above it, or the cut above it; "" where nothing does.
func (v *view) source(n state.Name) (owner state.Name, cut bool) {
	if v.cuts {
		for p := n; p != v.zone.Name && p != "."; p = p.Parent() {
			if v.isCut(p) {
				owner = p // the one nearest the apex counts
			}
		}
		if owner != "" {
			return owner, true
		}
	}
	if v.has(n) {
		return n, false
	}
	if v.names == nil || v.exists(n) {
		return "", false
	}
	encloser := n.Parent()
	for !v.exists(encloser) {
		encloser = encloser.Parent()
	}
	if w := "*." + encloser; v.has(w) {
		return w, false
	}
	return "", false
}

// trail is how a name is answered.
type trail struct {
	hops   []hop        // one at least
	types  []state.Type // what there is at the end
	beyond bool         // the end is elsewhere: every type may be there
}

// hop is a step of a trail: a name, and the one whose records answer for it.
type hop struct {
	name, owner state.Name
	cut         bool // the owner hands the name to somebody else
}

// lent reports whether a wildcard answers for the trail's first name.
func (t *trail) lent() bool { return t.hops[0].owner != t.hops[0].name && !t.hops[0].cut }

// hidden reports whether the trail's first name lies below a cut.
func (t *trail) hidden() bool { return t.hops[0].cut && t.hops[0].owner != t.hops[0].name }

// depends yields the names that t depends on, in order, and whether it is led to
// them, rather than they answer for the name that it is led to.
func (t *trail) depends(yield func(n state.Name, led bool) bool) {
	for _, h := range t.hops {
		if !yield(h.name, true) || h.owner != h.name && !yield(h.owner, false) {
			return
		}
	}
}

func (t *trail) answers() bool { return t.beyond || len(t.types) > 0 }

// meets reports whether t and u have a type in common.
func (t *trail) meets(u *trail) bool {
	switch {
	case t.beyond:
		return u.answers()
	case u.beyond:
		return t.answers()
	}
	return slices.ContainsFunc(t.types, func(x state.Type) bool { return slices.Contains(u.types, x) })
}

// lost reports whether a type that t answers, and goal as well, is missing in
// now.
func (t *trail) lost(goal, now *trail) bool {
	if now.beyond || !t.answers() || !goal.answers() {
		return false
	}
	if t.beyond && goal.beyond {
		return true
	}
	types := t.types
	if t.beyond {
		types = goal.types
	}
	return slices.ContainsFunc(types, func(x state.Type) bool {
		return (goal.beyond || slices.Contains(goal.types, x)) && !slices.Contains(now.types, x)
	})
}

// follow returns the trail from n. One that comes back to itself, or is too
// long, answers nothing.
func (v *view) follow(n state.Name) trail {
	var t trail
	for range maxChain {
		owner, cut := v.source(n)
		if owner == "" {
			t.hops = append(t.hops, hop{name: n, owner: n})
			return t
		}
		t.hops = append(t.hops, hop{n, owner, cut})
		var target state.Name
		var types []state.Type
		v.each(owner, func(s *state.RRset) {
			if s.Type == state.CNAME && len(s.Records) > 0 {
				target = state.Name(s.Records[0].Data)
			}
			types = append(types, s.Type)
		})
		switch {
		case cut, target != "" && !target.IsIn(v.zone.Name):
			t.beyond = true
			return t
		case target == "":
			t.types = types
			return t
		}
		n = target
	}
	return t
}
