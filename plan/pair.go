package plan

import (
	"cmp"
	"slices"
	"strings"

	"github.com/zoneloom/zoneloom/state"
)

// change pairs the records of before with those of want and returns what turns
// one into the other; differs is false where nothing does.
func (d *differ) change(k state.Key, before, want *state.RRset) (c state.Change, differs bool) {
	if d.same(before, want) {
		return c, false
	}
	if before == nil {
		return state.Change{Key: k, After: d.created(want)}, len(want.Ours()) > 0
	}
	p := pairing{d: d, key: k, before: before.Records, want: want.Ours()}
	c = state.Change{Key: k, Before: before}
	c.After, c.Pairs = p.run(setAttrs(before), setAttrs(want))
	return c, c.Action() != state.NoOp
}

func records(s *state.RRset) []state.Record {
	if s == nil {
		return nil
	}
	return s.Records
}

func setAttrs(s *state.RRset) state.Attrs {
	if s == nil {
		return state.Attrs{}
	}
	return s.Attrs
}

// same reports whether want is fulfilled by before record by record, which is
// the common case and needs no pairing.
func (d *differ) same(before, want *state.RRset) bool {
	if before == nil || want == nil || len(before.Records) != len(want.Records) {
		return false
	}
	for i := range want.Records {
		b, w := &before.Records[i], &want.Records[i]
		if b.Kept != state.Ours || w.Kept != state.Ours || b.Data != w.Data || !d.fulfils(b, w) {
			return false
		}
	}
	return d.lay.lay(before.Attrs, want.Attrs).attrs == before.Attrs
}

// fulfils reports whether b, whose data is what w asks for, needs no change.
func (d *differ) fulfils(b, w *state.Record) bool {
	after := d.lay.become(b.Attrs, w)
	return after.TTL == b.TTL && after.Attrs == b.Attrs
}

// created returns want as it will be where nothing is yet: want itself, if that
// is just what it declares.
func (d *differ) created(want *state.RRset) *state.RRset {
	attrs := d.lay.lay(state.Attrs{}, want.Attrs).attrs
	asIs := want.Attrs == attrs
	for i := range want.Records {
		w := &want.Records[i]
		after := d.lay.become(state.Attrs{}, w)
		asIs = asIs && w.Kept == state.Ours && after.Equal(*w)
	}
	if asIs {
		return want
	}
	set := &state.RRset{Key: want.Key, Attrs: attrs}
	for _, w := range want.Ours() {
		set.Records = append(set.Records, d.lay.become(state.Attrs{}, &w))
	}
	return set
}

// What a wanted record is paired with, besides an index into before.
const (
	alone = -1 // nothing yet
	held  = -2 // a record that is kept: there is nothing to do for it
)

// pairing finds the records of before that become those of want.
type pairing struct {
	d            *differ
	key          state.Key
	before, want []state.Record
	taken        []bool // by index into before
	with         []int  // by index into want
}

// run pairs, and lays out the result.
func (p *pairing) run(before, want state.Attrs) (*state.RRset, []state.Pair) {
	p.match()
	return p.after(p.d.lay.lay(before, want).attrs)
}

// match pairs, closest first.
func (p *pairing) match() {
	p.taken = make([]bool, len(p.before))
	p.with = slices.Repeat([]int{alone}, len(p.want))
	p.byData()
	if p.key.Type.IsText() {
		p.byText()
	}
	if p.d.own.merges(p.key) {
		p.keepRest()
	}
	p.byKey(func(r *state.Record) string { return pairKey(p.key.Type, r.Data) })
	p.byKey(func(*state.Record) string { return "" })
}

// isPaired reports whether c has the pairs that Diff makes. Where records of one
// set have the same data, which of them stands in a pair makes no difference.
func isPaired(c *state.Change) bool {
	want := pairsOf(c)
	if slices.Equal(c.Pairs, want) {
		return true
	}
	data := func(pairs []state.Pair) []string {
		texts := make([]string, len(pairs))
		for i, p := range pairs {
			texts[i] = c.Before.Records[p.Before].Data + "\n" + c.After.Records[p.After].Data
		}
		slices.Sort(texts)
		return texts
	}
	return slices.Equal(data(c.Pairs), data(want))
}

// pairsOf returns the pairs of a change whose After holds full sets.
func pairsOf(c *state.Change) []state.Pair {
	if c.Before == nil || c.After == nil {
		return nil
	}
	p := pairing{d: &differ{}, key: c.Key, before: c.Before.Records, want: c.After.Ours()}
	p.match()
	var pairs []state.Pair
	j := 0 // into what is wanted
	for n, r := range c.After.Records {
		if r.Kept != state.Ours {
			continue
		}
		if i := p.with[j]; i >= 0 {
			pairs = append(pairs, state.Pair{Before: i, After: n})
		}
		j++
	}
	sortPairs(pairs)
	return pairs
}

func sortPairs(pairs []state.Pair) {
	slices.SortFunc(pairs, func(a, b state.Pair) int { return a.Before - b.Before })
}

// byData pairs equal data. Both lists are sorted by it.
func (p *pairing) byData() {
	i := 0
	for j := range p.want {
		data := p.want[j].Data
		for i < len(p.before) && p.before[i].Data < data {
			i++
		}
		end := i
		for end < len(p.before) && p.before[end].Data == data {
			end++
		}
		p.choose(j, i, end, func(n int) int { return n })
	}
}

// byText pairs what is wanted as one string with a live sequence of strings that
// means the same (RFC 1035 says how long one may be, not where to cut).
func (p *pairing) byText() {
	var cut map[string][]int
	for j := range p.want {
		if p.with[j] != alone {
			continue
		}
		texts := state.TXTStrings(p.want[j].Data)
		if len(texts) != 1 {
			continue
		}
		if cut == nil {
			cut = p.joined()
		}
		same := cut[texts[0]]
		p.choose(j, 0, len(same), func(n int) int { return same[n] })
	}
}

// joined returns the free records of before by the octets that their strings
// make together.
func (p *pairing) joined() map[string][]int {
	cut := map[string][]int{}
	for i := range p.before {
		if !p.taken[i] {
			text := strings.Join(state.TXTStrings(p.before[i].Data), "")
			cut[text] = append(cut[text], i)
		}
	}
	return cut
}

// choose pairs wanted record j with one of the candidates, which mean the same:
// best one of ours that needs no change, else any of ours, else one that is
// kept.
func (p *pairing) choose(j, from, to int, candidate func(int) int) {
	best := alone
	for n := from; n < to; n++ {
		i := candidate(n)
		b := &p.before[i]
		switch {
		case p.taken[i] || b.Kept != state.Ours:
		case p.d.fulfils(b, &p.want[j]):
			p.taken[i], p.with[j] = true, i
			return
		case best == alone:
			best = i
		}
	}
	if best != alone {
		p.taken[best], p.with[j] = true, best
		return
	}
	for n := from; n < to; n++ {
		if b := p.before[candidate(n)]; b.Kept != state.Ours {
			p.with[j] = held
			p.d.own.satisfied(p.key, b, p.want[j])
			return
		}
	}
}

// keepRest wants every record of before that is still free, just as it is.
func (p *pairing) keepRest() {
	for i, b := range p.before {
		if !p.taken[i] && b.Kept == state.Ours {
			p.want = append(slices.Clip(p.want), b)
			p.with = append(p.with, i)
			p.taken[i] = true
		}
	}
}

// byKey pairs what is still free on both sides and has the same key, in order
// of data.
func (p *pairing) byKey(key func(*state.Record) string) {
	type free struct {
		key   string
		index int
	}
	var before, want []free
	for j := range p.want {
		if p.with[j] == alone {
			want = append(want, free{key(&p.want[j]), j})
		}
	}
	if len(want) == 0 {
		return
	}
	for i := range p.before {
		if !p.taken[i] && p.before[i].Kept == state.Ours {
			before = append(before, free{key(&p.before[i]), i})
		}
	}
	byKey := func(a, b free) int { return cmp.Or(strings.Compare(a.key, b.key), a.index-b.index) }
	slices.SortFunc(before, byKey)
	slices.SortFunc(want, byKey)
	for i, j := 0, 0; i < len(before) && j < len(want); {
		switch order := strings.Compare(before[i].key, want[j].key); {
		case order < 0:
			i++
		case order > 0:
			j++
		default:
			p.taken[before[i].index], p.with[want[j].index] = true, before[i].index
			i++
			j++
		}
	}
}

// pairKey returns the part of data that stays when a person changes a record of
// type t.
func pairKey(t state.Type, data string) string {
	if t.IsText() {
		text := strings.Join(state.TXTStrings(data), "")
		if i := strings.IndexAny(text, "= \t"); i >= 0 {
			return text[:i]
		}
		return text
	}
	fields := strings.Fields(data)
	switch {
	case t == state.MX && len(fields) == 2:
		return fields[1]
	case t == state.SRV && len(fields) == 4:
		return fields[3] + " " + fields[2]
	case t == state.CAA && len(fields) >= 3:
		return strings.Join(fields[1:], " ")
	}
	return data
}

// after returns the set that results and the pairs that lead to it, or nil where
// nothing is left.
func (p *pairing) after(attrs state.Attrs) (*state.RRset, []state.Pair) {
	rows := make([]row, 0, len(p.want))
	for j := range p.want {
		i := p.with[j]
		switch i {
		case held:
			continue
		case alone:
			p.d.own.displaced(p.key, p.before, p.want[j])
			rows = append(rows, row{p.d.lay.become(state.Attrs{}, &p.want[j]), i})
			continue
		}
		r := p.d.lay.become(p.before[i].Attrs, &p.want[j])
		if p.key.Type.IsText() && sameText(p.before[i].Data, r.Data) {
			r.Data = p.before[i].Data // the live cutting stays
		}
		rows = append(rows, row{r, i})
	}
	return assemble(p.key, attrs, rows, p.before)
}

// row is a record of a set to be, and the index of the one that it was, or alone.
type row struct {
	state.Record
	before int
}

// assemble makes a set of rows and of those records of before that are kept,
// with the pairs that lead to it.
func assemble(k state.Key, attrs state.Attrs, rows []row, before []state.Record) (*state.RRset, []state.Pair) {
	for _, b := range before {
		if b.Kept != state.Ours {
			rows = append(rows, row{b, alone})
		}
	}
	if len(rows) == 0 {
		return nil, nil
	}
	slices.SortStableFunc(rows, func(a, b row) int {
		return cmp.Or(strings.Compare(a.Data, b.Data), a.before-b.before)
	})
	set := &state.RRset{Key: k, Attrs: attrs, Records: make([]state.Record, len(rows))}
	var pairs []state.Pair
	for n, r := range rows {
		set.Records[n] = r.Record
		if r.before >= 0 {
			pairs = append(pairs, state.Pair{Before: r.before, After: n})
		}
	}
	sortPairs(pairs)
	return set, pairs
}

// sameText reports whether want is one string that the strings of live make
// together.
func sameText(live, want string) bool {
	if live == want {
		return true
	}
	texts := state.TXTStrings(want)
	return len(texts) == 1 && texts[0] == strings.Join(state.TXTStrings(live), "")
}
