package plan

import (
	"github.com/zoneloom/zoneloom/state"
)

// Diff returns the changes that turn live into want, in the order to make them,
// each name's together. Records of live that are kept stay; all others that
// want doesn't hold are deleted. What want declares is laid over the attributes
// that live has, so each After holds full sets. Neither zone is changed; the
// result shares their memory.
func Diff(live, want *state.Zone) []state.Change {
	var d differ
	d.walk(live, want)
	return order(live, d.changes)
}

// differ compares two zones in one pass over both.
type differ struct {
	own     *owner
	lay     layer
	changes []state.Change // by key

	ours                          int // live RRsets with records that may be deleted
	ignored, readOnly, undeclared int
}

func (d *differ) walk(live, want *state.Zone) {
	var before, after []state.RRset
	if live != nil {
		before = live.RRsets
	}
	if want != nil {
		after = want.RRsets
	}
	for i, j := 0, 0; i < len(before) || j < len(after); {
		var b, w *state.RRset
		switch order := compareHeads(before[i:], after[j:]); {
		case order == 0:
			b, w = &before[i], &after[j]
		case order < 0:
			b = &before[i]
		default:
			w = &after[j]
		}
		if b != nil {
			i++
		}
		if w != nil {
			j++
		}
		d.compare(live, b, w)
	}
}

// compareHeads compares the keys at the head of two lists, of which at most one
// is empty.
func compareHeads(a, b []state.RRset) int {
	switch {
	case len(a) == 0:
		return 1
	case len(b) == 0:
		return -1
	}
	return a[0].Key.Compare(b[0].Key)
}

// compare looks at one key: live or want may be nil.
func (d *differ) compare(zone *state.Zone, live, want *state.RRset) {
	before := d.own.mark(live)
	d.count(before)
	key := keyOf(live, want)
	want = sameSerial(d.own.claim(want), before)
	if d.own.spares(key, want) {
		d.undeclared += undeclared(d.own, before)
		return
	}
	if len(before.Ours()) > 0 {
		d.ours++
	}
	c, differs := d.change(key, before, want)
	if !differs {
		return
	}
	if a := c.Action(); key.Type.Redirects() && (a == state.Create || a == state.Delete) {
		c.Beside = d.beside(zone, key)
	}
	d.changes = append(d.changes, c)
}

func keyOf(a, b *state.RRset) state.Key {
	if a != nil {
		return a.Key
	}
	return b.Key
}

// count adds the records of s that are kept to the totals.
func (d *differ) count(s *state.RRset) {
	if s == nil {
		return
	}
	for i := range s.Records {
		switch s.Records[i].Kept {
		case state.Ignored:
			d.ignored++
		case state.ReadOnly:
			d.readOnly++
		case state.Ours:
		}
	}
}

// undeclared counts the records of a spared set. The SOA is the service's own
// and no news.
func undeclared(o *owner, s *state.RRset) int {
	if s == nil || isSOA(s.Key, o.zone) {
		return 0
	}
	return len(s.Ours())
}

// beside returns the other RRsets read at key's name.
func (d *differ) beside(zone *state.Zone, key state.Key) []*state.RRset {
	var sets []*state.RRset
	at := zone.At(key.Name)
	for i := range at {
		if at[i].Type != key.Type {
			sets = append(sets, d.own.mark(&at[i]))
		}
	}
	return sets
}

// layer lays attributes and remembers what came of it: zones hold few different
// sets.
type layer struct {
	last [2]state.Attrs
	laid
	memo map[[2]state.Attrs]laid
}

type laid struct {
	attrs   state.Attrs
	proxied bool
}

func (l *layer) lay(under, over state.Attrs) laid {
	key := [2]state.Attrs{under, over}
	if l.memo == nil {
		l.memo = map[[2]state.Attrs]laid{}
	} else if key == l.last {
		return l.laid
	}
	result, ok := l.memo[key]
	if !ok {
		full := under.Lay(over)
		result = laid{full, full.Bool("proxied")}
		l.memo[key] = result
	}
	l.last, l.laid = key, result
	return result
}

// become returns what want makes of a record with the given attributes. A
// proxied record's TTL is the service's.
func (l *layer) become(under state.Attrs, want *state.Record) state.Record {
	r := l.lay(under, want.Attrs)
	ttl := want.TTL
	if r.proxied {
		ttl = state.TTLAuto
	}
	return state.Record{Data: want.Data, TTL: ttl, Attrs: r.attrs, Src: want.Src}
}
