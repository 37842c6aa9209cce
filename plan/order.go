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
// A few moves can't be made one name at a time without a gap: two names that
// trade places as one another's CNAME targets by type, or several new names
// below one that a wildcard answered for until now (the first of them hides the
// others from the wildcard, RFC 4592 section 2.2.2). Such names follow one
// another, so that one request mostly holds them all.
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
	after   []int // groups to make before this one
	seen    bool
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
	less := func(a, b int) int { return cmp.Or(cmp.Compare(list[a].class, list[b].class), a-b) }
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
	name := d.list[i].name()
	before, after := d.old.follow(name), d.new.follow(name)
	if !after.answers() {
		return
	}
	// What it will lead to must be there first.
	for _, owner := range after.owners {
		if j, changed := d.index[owner]; changed && j != i {
			d.list[i].after = append(d.list[i].after, j)
			break // which waits for the rest of the way
		}
	}
	// What it leads to until then must stay that long.
	for _, owner := range before.owners {
		j, changed := d.index[owner]
		if !changed || j == i {
			continue
		}
		now := d.new.follow(owner)
		if d.old.isCut(owner) && !d.new.isCut(owner) {
			now = trail{}
		}
		if before.lost(&after, &now) {
			d.list[j].after = append(d.list[j].after, i)
		}
	}
}

// linkAbove keeps the names above group i's answered by their wildcard as long as
// they need it: a name that has records below it hides from every wildcard.
func (d *dependencies) linkAbove(i int) {
	g := &d.list[i]
	if g.class == stays {
		return
	}
	for p := g.name().Parent(); p != d.old.zone.Name && p != "."; p = p.Parent() {
		j, changed := d.index[p]
		if !changed || d.list[j].class != g.class {
			continue
		}
		if g.class == appears {
			g.after = append(g.after, j)
		} else {
			d.list[j].after = append(d.list[j].after, i)
		}
	}
}
