package plan

import (
	"maps"
	"slices"

	"github.com/zoneloom/zoneloom/state"
)

// Past is a zone of an earlier plan, to be taken back.
type Past struct {
	Zone *Zone // as it was planned then
	// Input is the zone as it is, and the rules that hold now. Want is what the
	// configuration wants today, for the guards; nil where it doesn't have the
	// zone any more.
	Input
	// Force takes back also what somebody else changed since.
	Force bool
	// Check finds what the service would refuse of a zone; nil: nothing.
	Check func(*state.Zone) []state.Problem
}

// Left is an RRset that isn't taken back.
type Left struct {
	state.Key
	Was      *state.RRset // what it would be again; nil: absent
	Expected *state.RRset // as the plan left it
	Live     *state.RRset // as it is
	Reason   string       // why, where it isn't that somebody else changed it since
}

// Reverse plans what takes the changes of an earlier plan back: each RRset that
// is as that plan left it, or wanted to, becomes what it was before, with all its
// attributes. One that is as it was before needs nothing, so a plan that was made
// only in part is taken back just as well. Anything else was changed since by
// somebody else: it is left alone, unless past.Force. Kept records stay, and
// never count.
//
// A name whose answers depend on all that stands there, for a type that
// Redirects came or went, is taken back as a whole or not at all; and a name that
// the service would refuse is left alone. A zone that the plan created stays,
// with its SOA, and with its NS where the service has none of its own.
func Reverse(past Past) (Zone, []Left) {
	r := newReversal(&past)
	changes := slices.Clone(past.Zone.Changes)
	slices.SortStableFunc(changes, func(a, b state.Change) int { return a.Key.Compare(b.Key) })
	for i := range changes {
		changes[i] = r.remark(changes[i])
		r.touched[changes[i].Key] = true
	}
	for group := range groups(changes) {
		r.name(group)
	}
	r.settle(changes)
	return r.zone(), r.left
}

// reversal gathers what Reverse returns.
type reversal struct {
	*Past
	now     Zone // marks records as the rules of today do
	touched map[state.Key]bool
	changes []state.Change
	left    []Left
	stays   []string // notices of what stays though it was created
}

func newReversal(past *Past) *reversal {
	if past.Live == nil {
		past.Live = &state.Zone{Name: past.Zone.Name}
	}
	if past.Want == nil {
		past.Want = past.Live
	}
	return &reversal{
		Past: past, touched: map[state.Key]bool{},
		now: Zone{Name: past.Zone.Name, Ignore: past.Rules.Ignore, OwnNS: past.OwnNS},
	}
}

// remark returns c with its records marked by the ignore patterns that hold now,
// rather than those of then.
func (r *reversal) remark(c state.Change) state.Change {
	again := func(s *state.RRset) *state.RRset {
		if s == nil {
			return nil
		}
		fresh := &state.RRset{Key: s.Key, Attrs: s.Attrs, Records: slices.Clone(s.Records)}
		for i := range fresh.Records {
			if fresh.Records[i].Src = 0; fresh.Records[i].Kept == state.Ignored {
				fresh.Records[i].Kept = state.Ours
			}
		}
		return r.now.mark(fresh)
	}
	c.Before, c.After = again(c.Before), again(c.After)
	c.Beside = slices.Clone(c.Beside)
	for i, s := range c.Beside {
		c.Beside[i] = again(s)
	}
	return c
}

// name plans what takes one name's changes back.
func (r *reversal) name(group []state.Change) {
	var back []state.Change
	var left []Left
	whole := false
	for i := range group {
		c := &group[i]
		whole = whole || c.Type.Redirects() && c.Action() != state.Update
		now := r.now.mark(r.Live.Find(c.Key))
		switch {
		case now.Equal(sameSerial(c.Before, now)):
		case r.remains(c, now):
		case r.Force || sameSet(now, c.After):
			if one := become(c.Key, now, c.Before); one.Action() != state.NoOp {
				back = append(back, one)
			}
		case sameSet(now, c.Before): // if cut in another way
		default:
			left = append(left, Left{Key: c.Key, Was: c.Before, Expected: c.After, Live: now})
		}
	}
	if whole && !r.Force {
		if reason := r.disturbed(group, left); reason != "" {
			left = append(left, r.leave(group, back, reason)...)
			back = nil
		}
	}
	r.changes = append(r.changes, back...)
	r.left = append(r.left, left...)
}

// disturbed says what somebody else changed at a name that is taken back as a
// whole, if anything.
func (r *reversal) disturbed(group []state.Change, left []Left) string {
	if len(left) > 0 {
		return left[0].String() + " was changed since, and decides what the name means"
	}
	for i := range group {
		if c := &group[i]; c.Type.Redirects() && c.Action() != state.Update {
			if moved := r.now.besideMoved(c, r.Live, r.touched); len(moved) > 0 {
				return moved[0].String() + " beside it was changed since"
			}
		}
	}
	return ""
}

// leave returns those of group that back was to take back, as left alone.
func (r *reversal) leave(group, back []state.Change, reason string) []Left {
	var left []Left
	for _, c := range group {
		i := slices.IndexFunc(back, func(b state.Change) bool { return b.Key == c.Key })
		if i >= 0 {
			left = append(left, Left{Key: c.Key, Was: c.Before, Expected: c.After, Live: back[i].Before, Reason: reason})
		}
	}
	return left
}

// remains reports whether what c created stays, since no zone can be without.
func (r *reversal) remains(c *state.Change, now *state.RRset) bool {
	if len(c.Before.Ours()) > 0 || len(now.Ours()) == 0 || c.Name != r.Zone.Name {
		return false
	}
	stays := c.Type == state.SOA || c.Type == state.NS && r.Zone.Create && len(r.OwnNS) == 0
	if stays {
		r.stays = append(r.stays, c.Key.String()+" stays: no zone can be without")
	}
	return stays
}

// settle leaves names alone that the service would refuse. What it would refuse
// of the zone as it is, or of what it held before, is no reason.
func (r *reversal) settle(group []state.Change) {
	if r.Check == nil || len(r.changes) == 0 {
		return
	}
	var was []state.Change
	for _, c := range group {
		was = append(was, state.Change{Key: c.Key, After: c.Before})
	}
	known := map[faultAt]bool{}
	for _, z := range []*state.Zone{r.Live, outcome(&state.Zone{Name: r.Zone.Name}, was)} {
		maps.Copy(known, faults(r.Check(z)))
	}
	for {
		bad := map[state.Name]string{}
		for f := range faults(r.Check(outcome(r.Live, r.changes))) {
			if !known[f] && (bad[f.key.Name] == "" || f.text < bad[f.key.Name]) {
				bad[f.key.Name] = f.text
			}
		}
		var keep []state.Change
		for _, c := range r.changes {
			if reason := bad[c.Name]; reason != "" {
				r.left = append(r.left, r.leave(group, []state.Change{c}, reason)...)
			} else {
				keep = append(keep, c)
			}
		}
		if len(keep) == len(r.changes) {
			return
		}
		r.changes = keep
	}
}

// faultAt is what a service would refuse.
type faultAt struct {
	key  state.Key
	text string
}

func faults(problems []state.Problem) map[faultAt]bool {
	found := map[faultAt]bool{}
	for _, p := range problems {
		if p.Severity == state.SeverityError {
			found[faultAt{p.Key, p.Text}] = true
		}
	}
	return found
}

// zone returns the plan.
func (r *reversal) zone() Zone {
	slices.SortFunc(r.changes, func(a, b state.Change) int { return a.Key.Compare(b.Key) })
	slices.SortFunc(r.left, func(a, b Left) int { return a.Key.Compare(b.Key) })
	d := differ{own: newOwner(&r.Input)}
	for i := range r.Live.RRsets {
		d.count(d.own.mark(&r.Live.RRsets[i]))
	}
	for i := range r.changes {
		c := &r.changes[i]
		if a := c.Action(); c.Type.Redirects() && a != state.Update {
			c.Beside = d.beside(r.Live, c.Key)
		}
	}
	z := Zone{
		Name: r.Zone.Name, Provider: r.Provider, Target: r.Target, Read: len(r.Live.RRsets),
		Ignored: d.ignored, ReadOnly: d.readOnly, Ignore: r.Rules.Ignore, OwnNS: r.OwnNS,
		Changes: order(r.Live, r.changes),
	}
	z.Refusals = Recheck(&z, z.Changes, &r.Input)
	z.Notices = slices.Concat(oversized(z.Changes, &r.Input), r.stays, lasting(z.Changes))
	return z
}

// become returns the change that makes of now what was once there: just those
// records of ours, with just those attributes.
func become(k state.Key, now, was *state.RRset) state.Change {
	was = sameSerial(was, now)
	p := pairing{d: &differ{}, key: k, before: records(now), want: was.Ours()}
	p.match()
	var rows []row
	for j, rec := range p.want {
		i := p.with[j]
		if i == held && !holds(was, rec.Data) {
			continue // the service has taken it over
		}
		rec.Src = 0
		rows = append(rows, row{rec, max(i, alone)})
	}
	attrs := setAttrs(was)
	if len(rows) == 0 {
		attrs = setAttrs(now) // they are of the records that are kept
	}
	c := state.Change{Key: k, Before: now}
	c.After, c.Pairs = assemble(k, attrs, rows, records(now))
	return c
}

// holds reports whether s has a kept record that means the same as data, beside
// which there may be one of ours.
func holds(s *state.RRset, data string) bool {
	return slices.ContainsFunc(records(s), func(r state.Record) bool { return r.Kept != state.Ours && sameText(r.Data, data) })
}

// outcome returns live as it is once the changes are made, which are sorted by
// key.
func outcome(live *state.Zone, changes []state.Change) *state.Zone {
	z := &state.Zone{Name: live.Name, Attrs: live.Attrs}
	sets, j := live.RRsets, 0
	for i := 0; i < len(sets) || j < len(changes); {
		if j == len(changes) || i < len(sets) && sets[i].Key.Compare(changes[j].Key) < 0 {
			z.RRsets = append(z.RRsets, sets[i])
			i++
			continue
		}
		if i < len(sets) && sets[i].Key == changes[j].Key {
			i++
		}
		if after := changes[j].After; len(records(after)) > 0 {
			z.RRsets = append(z.RRsets, *after)
		}
		j++
	}
	return z
}
