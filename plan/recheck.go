package plan

import (
	"slices"

	"github.com/zoneloom/zoneloom/state"
)

// Revoke takes back what Allow gave: leave holds for one run, and a plan that
// was stored can't bring it along. What rules other than the guards objected to,
// or remarked, is dropped, for it depended on the run: they judge each run anew.
func (p *Plan) Revoke() {
	for i := range p.Zones {
		z := &p.Zones[i]
		z.Refusals = append(z.Refusals, z.Allowed...)
		z.Refusals = slices.DeleteFunc(z.Refusals, func(r Refusal) bool { return !r.IsGuard() })
		z.Allowed, z.Remarks = nil, nil
	}
}

// Recheck returns what the guards say of changes, those of z that are still to
// be made, now that in holds the zone as it is and the rules that hold. What the
// plan says of itself, its refusals and counts, has no say: a file may have been
// edited.
func Recheck(z *Zone, changes []state.Change, in *Input) []Refusal {
	live := in.Live
	if live == nil {
		live = &state.Zone{Name: z.Name}
	}
	now := *z
	now.Read = len(live.RRsets)
	now.Changes = make([]state.Change, len(changes))
	for i, c := range changes {
		now.Changes[i] = declared(c, in.Want)
	}
	return guard(&review{in: in, live: live, zone: &now, ours: ours(live, in)})
}

// ours counts the RRsets of live with records that are the owner's to delete. What
// prune: false spares is among them: a stored plan, or an undo, may delete what
// isn't declared, and what it leaves is the zone's.
func ours(live *state.Zone, in *Input) int {
	all := *in
	all.Rules.Prune = true
	o, n := newOwner(&all), 0
	for i := range live.RRsets {
		s := &live.RRsets[i]
		if len(o.mark(s).Ours()) > 0 && !o.spares(s.Key, in.Want.Find(s.Key)) {
			n++
		}
	}
	return n
}

// declared returns c with its addresses declared where want, the configuration
// of today, declares them with the same proxied, and nowhere else.
func declared(c state.Change, want *state.Zone) state.Change {
	if !c.Type.IsAddress() || c.After == nil {
		return c
	}
	after := *c.After
	after.Records = slices.Clone(after.Records)
	in := records(want.Find(c.Key))
	for i := range after.Records {
		r := &after.Records[i]
		r.Src = 0
		for _, w := range in {
			if w.Data == r.Data && isProxied(w) == isProxied(*r) {
				r.Src = w.Src
			}
		}
	}
	c.After = &after
	return c
}
