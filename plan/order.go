package plan

import (
	"cmp"
	"iter"
	"slices"

	"github.com/zoneloom/zoneloom/state"
)

// groups yields the runs of changes that have one name.
func groups(changes []state.Change) iter.Seq[[]state.Change] {
	return func(yield func([]state.Change) bool) {
		for start := 0; start < len(changes); {
			end := start + 1
			for end < len(changes) && changes[end].Name == changes[start].Name {
				end++
			}
			if !yield(changes[start:end:end]) {
				return
			}
			start = end
		}
	}
}

// order returns changes, which are sorted by key, in the order to make them. A
// name's changes stay together, as they are made at once. Names that appear come
// first, then those that change, then those that disappear; and a name is moved
// ahead of another where the other's answers depend on it. So a name that answers
// before and after the apply answers after every request, wherever requests are
// split between names.
//
// A few moves can't be made one name at a time without a gap: names that take
// each other's types over as one another's CNAME targets, or several new names
// below one that a wildcard answered for until now (the first of them hides the
// others from the wildcard, RFC 4592 section 2.2.2). And two things are not
// looked at: what stands around a CNAME's target that only a wildcard answers
// for, and names that stay as they are while a delegation comes or goes above
// them. The order is still the same for the same input, and a service that takes
// the whole in one request leaves no gap even then.
func order(live *state.Zone, changes []state.Change) []state.Change {
	var list []group
	for g := range groups(changes) {
		slices.SortStableFunc(g, func(a, b state.Change) int { return rank(a) - rank(b) })
		list = append(list, group{changes: g, class: classOf(live, g)})
	}
	if len(list) < 2 {
		return changes
	}
	newDependencies(live, list).find()
	return sequence(list, len(changes))
}

// rank orders the changes of one name for services that make them one by one: a
// CNAME goes before what replaces it; a DS needs its NS.
func rank(c state.Change) int {
	switch c.Action() {
	case state.Delete:
		return [...]int{0: 1, 1: 0, 2: 2}[need(c.Type)]
	case state.Create:
		return [...]int{0: 5, 1: 6, 2: 4}[need(c.Type)]
	case state.NoOp, state.Update:
	}
	return 3
}

func need(t state.Type) int {
	switch t {
	case state.DS:
		return 1
	case state.NS:
		return 2
	}
	return 0
}

// group is the changes of one name.
type group struct {
	changes []state.Change
	class   class
	lent    bool  // a wildcard answers for the name before it appears, or after it disappeared
	after   []int // groups to make before this one
	seen    bool
}

// turn is when the group is made, as far as it waits for no other. A name that a
// wildcard answers for appears ahead of, and disappears after, those that would
// hide it from the wildcard.
func (g *group) turn() int {
	switch {
	case g.class == appears && g.lent:
		return 0
	case g.class == disappears && g.lent:
		return 4
	}
	return 1 + int(g.class)
}

func (g *group) name() state.Name { return g.changes[0].Name }

// class is what becomes of a name.
type class uint8

const (
	appears class = iota
	stays
	disappears
)

func classOf(live *state.Zone, changes []state.Change) class {
	sets := live.At(changes[0].Name)
	if len(sets) == 0 {
		return appears
	}
	gone := 0
	for _, c := range changes {
		switch {
		case c.Before == nil:
			return stays
		case c.After == nil:
			gone++
		}
	}
	if gone == len(sets) {
		return disappears
	}
	return stays
}

// sequence lays the groups out by class, each after those that it waits for. Of
// groups that wait for one another the first one goes first.
func sequence(list []group, size int) []state.Change {
	byClass := make([]int, len(list))
	for i := range list {
		byClass[i] = i
	}
	less := func(a, b int) int { return cmp.Or(list[a].turn()-list[b].turn(), a-b) }
	slices.SortFunc(byClass, less)
	ordered := make([]state.Change, 0, size)
	var visit func(int)
	visit = func(i int) {
		g := &list[i]
		if g.seen {
			return
		}
		g.seen = true
		slices.SortFunc(g.after, less)
		for _, j := range g.after {
			visit(j)
		}
		ordered = append(ordered, g.changes...)
	}
	for _, i := range byClass {
		visit(i)
	}
	return ordered
}

// dependencies finds which groups wait for which.
type dependencies struct {
	list     []group
	index    map[state.Name]int // into list
	old, new *view
	wild     bool // some name is a wildcard, before or after
}

func newDependencies(live *state.Zone, list []group) *dependencies {
	d := &dependencies{list: list, index: make(map[state.Name]int, len(list))}
	changes := make(map[state.Name][]state.Change, len(list))
	for i := range list {
		d.index[list[i].name()] = i
		changes[list[i].name()] = list[i].changes
	}
	d.old = &view{zone: live}
	d.new = &view{zone: live, changes: changes}
	d.survey()
	return d
}

// views returns the zone as read, and as it is when all changes are made.
func views(live *state.Zone, changes []state.Change) (before, after *view) {
	var list []group
	for g := range groups(changes) {
		list = append(list, group{changes: g, class: classOf(live, g)})
	}
	d := newDependencies(live, list)
	return d.old, d.new
}

// survey looks for what makes names depend on others than themselves.
func (d *dependencies) survey() {
	cut := func(k state.Key) bool {
		return (k.Type == state.NS || k.Type == state.DNAME) && k.Name != d.old.zone.Name
	}
	sets := d.old.zone.RRsets
	for i := range sets {
		d.wild = d.wild || sets[i].Name.IsWildcard()
		d.old.cuts = d.old.cuts || cut(sets[i].Key)
	}
	d.new.cuts = d.old.cuts
	for i := range d.list {
		d.wild = d.wild || d.list[i].name().IsWildcard()
		for _, c := range d.list[i].changes {
			d.new.cuts = d.new.cuts || c.After != nil && cut(c.Key)
		}
	}
	if d.wild {
		d.listNames()
	}
}

// listNames gives both views their names.
func (d *dependencies) listNames() {
	names := make([]state.Name, 0, len(d.old.zone.RRsets)+1)
	for i := range d.old.zone.RRsets {
		if n := d.old.zone.RRsets[i].Name; len(names) == 0 || names[len(names)-1] != n {
			names = append(names, n)
		}
	}
	d.old.names = slices.Clip(names)
	after := make([]state.Name, 0, len(names)+len(d.list))
	for _, n := range names {
		if i, changed := d.index[n]; !changed || d.list[i].class != disappears {
			after = append(after, n)
		}
	}
	for i := range d.list {
		if d.list[i].class == appears {
			after = append(after, d.list[i].name())
		}
	}
	slices.SortFunc(after, state.Name.Compare)
	d.new.names = after
}

func (d *dependencies) find() {
	for i := range d.list {
		if d.wild || d.new.cuts || redirected(d.list[i].changes) || d.keepsCNAME(i) {
			d.link(i)
		}
	}
	for i := range d.list {
		if d.wild {
			d.linkAbove(i)
		}
	}
}

// redirected reports whether a CNAME is among the changes.
func redirected(changes []state.Change) bool {
	return slices.ContainsFunc(changes, func(c state.Change) bool { return c.Type == state.CNAME })
}

// keepsCNAME reports whether group i is of a name with a CNAME that stays as it
// is beside the changes, as some services allow.
func (d *dependencies) keepsCNAME(i int) bool {
	return d.list[i].class == stays && d.old.zone.Find(state.Key{Name: d.list[i].name(), Type: state.CNAME}) != nil
}

// link finds what group i and the names that it leads to, before and after, wait
// for.
func (d *dependencies) link(i int) {
	g := &d.list[i]
	if g.class == disappears && !d.wild && !d.new.cuts {
		return // nothing will answer for the name
	}
	after := d.new.follow(g.name())
	if !after.answers() {
		return
	}
	before := d.old.follow(g.name())
	if before.meets(&after) {
		g.lent = g.class == appears && before.lent() && !after.hidden() ||
			g.class == disappears && after.lent() && !before.hidden()
	}
	// What it will lead to must be there first.
	for n, led := range after.depends {
		if j, changed := d.index[n]; changed && j != i {
			if !d.served(n, led, &before, &after) {
				g.after = append(g.after, j)
			}
			break // which waits for the rest of the way
		}
	}
	// What it leads to until then must stay that long.
	for n := range before.depends {
		j, changed := d.index[n]
		if !changed || j == i {
			continue
		}
		now := d.new.follow(n)
		if d.old.isCut(n) && !d.new.isCut(n) {
			now = trail{}
		}
		if before.lost(&after, &now) {
			d.list[j].after = append(d.list[j].after, i)
		}
	}
}

// served reports whether a name need not wait for n, which it will depend on:
// since n has by itself had all that the name will answer, or because the name
// can't be seen below the cut n until n has moved.
func (d *dependencies) served(n state.Name, led bool, before, after *trail) bool {
	if before.hidden() && before.hops[0].owner == n {
		return true
	}
	if !led && !n.IsWildcard() {
		return d.old.isCut(n)
	}
	until := d.old.follow(n)
	return len(until.hops) == 1 && until.hops[0].owner == n && !after.lost(after, &until)
}

// linkAbove keeps a name answered by its wildcard as long as it needs that,
// where group i is below that name or beside it: a name that has records below
// it hides, with all below it, from every wildcard farther up.
func (d *dependencies) linkAbove(i int) {
	g := &d.list[i]
	if g.class == stays {
		return
	}
	for p := g.name(); p != d.old.zone.Name && p != "."; p = p.Parent() {
		for _, n := range []state.Name{p, "*." + p} {
			j, changed := d.index[n]
			if !changed || j == i || d.list[j].class != g.class {
				continue
			}
			above := &d.list[j]
			// Whichever the wildcard answers for appears first and disappears last.
			switch appearing := g.class == appears; {
			case above.lent == appearing && (above.lent || g.lent):
				g.after = append(g.after, j)
			case above.lent || g.lent:
				above.after = append(above.after, i)
			}
		}
	}
}
