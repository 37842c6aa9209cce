package plan

import (
	"bytes"
	"cmp"
	"slices"
	"strings"

	"github.com/zoneloom/zoneloom/state"
)

// Moved is an RRset that isn't as a plan saw it.
type Moved struct {
	state.Key
	Expected *state.RRset // as the plan saw it; nil: absent
	Live     *state.RRset // as it is; nil: absent
	// Change is the plan's change of the RRset, or the one that it stands beside;
	// nil where the plan creates the zone and doesn't know of the RRset.
	Change *state.Change
}

// IsBeside reports whether the RRset isn't changed by the plan, but stands beside
// what is.
func (m Moved) IsBeside() bool { return m.Change != nil && m.Change.Key != m.Key }

// Stale returns what moved in a zone since z was planned, of all that z touches;
// live is the zone as it is now, or nil where z creates it and it doesn't exist.
// An RRset that is already as the plan wants it hasn't moved: it is done. Where
// z creates the zone and it exists by now, each of its RRsets must be one that
// the plan wants, the service's own aside. Kept records never count.
//
// z.OwnNS may be set to what the service says now, before Stale or Remaining is
// called.
func Stale(z *Zone, live *state.Zone) []Moved {
	if live == nil && z.Create {
		return nil
	}
	var moved []Moved
	touched := make(map[state.Key]bool, len(z.Changes))
	for i := range z.Changes {
		c := &z.Changes[i]
		touched[c.Key] = true
		now := z.mark(live.Find(c.Key))
		if !sameSet(now, c.Before) && !sameSet(now, c.After) && !z.mayReplace(c.Key) {
			moved = append(moved, Moved{c.Key, c.Before, now, c})
		}
	}
	for i := range z.Changes {
		if c := &z.Changes[i]; c.Type.Redirects() && c.Action() != state.Update {
			moved = append(moved, z.besideMoved(c, live, touched)...)
		}
	}
	if z.Create {
		for i := range live.RRsets {
			now := z.mark(&live.RRsets[i])
			if !touched[now.Key] && !isSOA(now.Key, z.Name) && len(now.Ours()) > 0 {
				moved = append(moved, Moved{Key: now.Key, Live: now})
			}
		}
	}
	slices.SortFunc(moved, func(a, b Moved) int { return a.Key.Compare(b.Key) })
	return slices.CompactFunc(moved, func(a, b Moved) bool { return a.Key == b.Key })
}

// besideMoved compares what stands at c's name now with what stood there, except
// for what the plan touches itself.
func (z *Zone) besideMoved(c *state.Change, live *state.Zone, touched map[state.Key]bool) []Moved {
	var moved []Moved
	seen := map[state.Type]bool{}
	for _, was := range c.Beside {
		seen[was.Type] = true
		now := z.mark(live.Find(was.Key))
		if !touched[was.Key] && !sameSet(now, was) {
			moved = append(moved, Moved{was.Key, was, now, c})
		}
	}
	at := live.At(c.Name)
	for i := range at {
		now := z.mark(&at[i])
		if !touched[now.Key] && !seen[now.Type] && len(now.Ours()) > 0 && !isSOA(now.Key, z.Name) {
			moved = append(moved, Moved{now.Key, nil, now, c})
		}
	}
	return moved
}

func (z *Zone) mark(s *state.RRset) *state.RRset { return mark(s, z.Name, z.Ignore, z.OwnNS) }

// sameSet reports whether now holds the records that were planned, kept ones
// aside. What was planned as one string of text may be stored in pieces, and the
// serial of an SOA may have risen.
func sameSet(now, planned *state.RRset) bool {
	planned = sameSerial(planned, now)
	if now.Equal(planned) {
		return true
	}
	x, y := byMeaning(now), byMeaning(planned)
	if len(x) != len(y) || len(x) == 0 || now.Attrs != planned.Attrs {
		return false
	}
	for n := range x {
		a, b := &now.Records[x[n]], &planned.Records[y[n]]
		if compareMeaning(now.Type, a, b) != 0 || a.Data != b.Data && len(state.TXTStrings(b.Data)) != 1 {
			return false
		}
	}
	return true
}

// compareMeaning orders records by what they mean: texts by the octets that
// their strings make together.
func compareMeaning(t state.Type, a, b *state.Record) int {
	data := strings.Compare(a.Data, b.Data)
	if data != 0 && t.IsText() {
		data = strings.Compare(strings.Join(state.TXTStrings(a.Data), ""), strings.Join(state.TXTStrings(b.Data), ""))
	}
	return cmp.Or(data, cmp.Compare(a.TTL, b.TTL), compareAttrs(a.Attrs, b.Attrs))
}

// compareAttrs orders attributes in a way that only has to be the same within
// one run.
func compareAttrs(a, b state.Attrs) int {
	if a == b {
		return 0
	}
	return bytes.Compare(canonical.attrs(nil, a), canonical.attrs(nil, b))
}

// Remaining returns the changes of z that live doesn't show yet, in their order,
// with each Before as it is in live and the pairs that belong to it. A change
// that moved stays as it was planned: Stale tells of it.
func Remaining(z *Zone, live *state.Zone) []state.Change {
	var todo []state.Change
	for _, c := range z.Changes {
		now := z.mark(live.Find(c.Key))
		switch {
		case sameSet(now, c.After):
		case sameSet(now, c.Before):
			todo = append(todo, refresh(c, now))
		case z.mayReplace(c.Key):
			todo = append(todo, replaceSOA(c, now))
		default:
			todo = append(todo, c)
		}
	}
	return todo
}

// refresh returns c as it reads from now, which holds the same records of ours
// as c.Before, though kept ones may have come or gone and texts be cut
// differently.
func refresh(c state.Change, now *state.RRset) state.Change {
	moved := map[int]int{} // from indexes of c.Before to those of now
	was, is := byMeaning(c.Before), byMeaning(now)
	for n := range was {
		moved[was[n]] = is[n]
	}
	from := map[int]int{} // from indexes of c.After to those of c.Before
	for _, p := range c.Pairs {
		from[p.After] = p.Before
	}
	var rows []row
	for n, r := range records(c.After) {
		if r.Kept != state.Ours {
			continue
		}
		i, paired := from[n]
		if !paired {
			rows = append(rows, row{r, alone})
			continue
		}
		switch was := c.Before.Records[i].Data; {
		case c.Type == state.SOA:
			r.Data = withSerial(r.Data, now.Records[moved[i]].Data)
		case r.Data == was:
			r.Data = now.Records[moved[i]].Data // the live cutting stays
		}
		rows = append(rows, row{r, moved[i]})
	}
	fresh := state.Change{Key: c.Key, Before: now, Beside: c.Beside}
	fresh.After, fresh.Pairs = assemble(c.Key, setAttrs(c.After), rows, records(now))
	return fresh
}

// byMeaning returns the indexes of the records of ours in s, in an order that
// doesn't depend on how texts are cut.
func byMeaning(s *state.RRset) []int {
	var list []int
	for i, r := range records(s) {
		if r.Kept == state.Ours {
			list = append(list, i)
		}
	}
	slices.SortStableFunc(list, func(a, b int) int {
		return cmp.Or(compareMeaning(s.Type, &s.Records[a], &s.Records[b]), strings.Compare(s.Records[a].Data, s.Records[b].Data))
	})
	return list
}
