package apply

import (
	"context"
	"errors"
	"fmt"

	"github.com/zoneloom/zoneloom/plan"
	"github.com/zoneloom/zoneloom/provider"
	"github.com/zoneloom/zoneloom/state"
)

// Left is an RRset, or a whole zone where Text says why, that isn't taken back.
type Left struct {
	Zone     state.Name
	Provider string
	plan.Left
	Text string
}

// String says in one line what is left alone, and why.
func (l Left) String() string {
	at := fmt.Sprintf("zone %s: %s: ", l.Zone, l.Provider)
	switch {
	case l.Text != "":
		return at + l.Text
	case l.Reason != "":
		return fmt.Sprintf("%s%s is left as it is, %s: %s", at, l.Key, describe(l.Live), l.Reason)
	}
	return fmt.Sprintf("%s%s was changed since and is left as it is, %s; the run left %s, and before it there was %s",
		at, l.Key, describe(l.Live), describe(l.Expected), describe(l.Was))
}

// Reverse plans what takes an earlier plan back, as plan.Reverse says, in the
// zones as they are: look them up, read them, and compare. Targets lend the rules
// that hold now; one whose Want is nil is a zone that the configuration doesn't
// have any more. Force takes back also what somebody else changed since. A zone
// that isn't the one that the plan was for, at the same service, is a *Refused.
func (e *Engine) Reverse(ctx context.Context, p *plan.Plan, targets []Target, force bool) (*Planned, []Left, error) {
	r := reversal{engine: e, planned: &Planned{Plan: &plan.Plan{}, sites: map[place]*site{}}, force: force}
	lent := map[place]Target{}
	for _, t := range targets {
		lent[place{t.Zone, t.Provider}] = t
	}
	var sites []*site
	var zones []*plan.Zone
	for i := range p.Zones {
		z := &p.Zones[i]
		t, chosen := lent[place{z.Name, z.Provider}]
		if z.Empty() || !chosen {
			continue
		}
		t.Create = z.Create // to learn where the zone would be, as then
		sites, zones = append(sites, &site{Target: t, planned: z.Target}), append(zones, z)
	}
	if err := e.find(ctx, sites); err != nil {
		return nil, nil, err
	}
	if err := sameTargets(sites, zones); err != nil {
		return nil, nil, err
	}
	if err := errors.Join(e.look(ctx, sites), e.readAll(ctx, sites)); err != nil {
		return nil, nil, err
	}
	for i, s := range sites {
		r.zone(s, zones[i])
	}
	r.planned.Plan.Assess(func(z *plan.Zone) *state.Zone { return r.planned.sites[place{z.Name, z.Provider}].snap.Zone })
	return r.planned, r.left, nil
}

// sameTargets refuses zones that aren't those that an earlier plan was for.
func sameTargets(sites []*site, zones []*plan.Zone) error {
	var moved []Moved
	for i, s := range sites {
		now := s.target
		if zones[i].Create {
			now = s.place
		}
		if now != s.planned {
			moved = append(moved, Moved{Zone: s.Zone, Provider: s.Provider, Text: fmt.Sprintf(
				"the zone is %s now, and it was %s that was changed", now, s.planned)})
		}
	}
	if len(moved) > 0 {
		return &Refused{Moved: moved}
	}
	return nil
}

// reversal gathers what Reverse returns.
type reversal struct {
	engine  *Engine
	planned *Planned
	left    []Left
	force   bool
}

func (r *reversal) zone(s *site, was *plan.Zone) {
	if s.zone == nil {
		r.left = append(r.left, Left{Zone: s.Zone, Provider: s.Provider, Text: "the zone that was to be created isn't there: nothing is to be taken back"})
		return
	}
	if s.Want != nil {
		r.engine.check(s)
	}
	s.Create = false
	z, left := plan.Reverse(plan.Past{Zone: was, Input: s.input(), Force: r.force, Check: r.engine.checks(s)})
	if was.Create {
		z.Notices = append(z.Notices, "the zone itself stays, though the run created it: zones are never deleted")
	}
	s.Want, s.stored = nil, nil
	r.planned.Plan.Zones = append(r.planned.Plan.Zones, z)
	r.planned.sites[place{s.Zone, s.Provider}] = s
	for _, l := range left {
		r.left = append(r.left, Left{Zone: s.Zone, Provider: s.Provider, Left: l})
	}
}

// checks returns what the zone's service would refuse, or nil where it can't say.
func (e *Engine) checks(s *site) func(*state.Zone) []state.Problem {
	checker, ok := e.Providers[s.Provider].Provider.(provider.Checker)
	if !ok {
		return nil
	}
	info := s.zone.Info()
	return func(z *state.Zone) []state.Problem {
		_, problems := checker.Check(z, &info)
		return problems
	}
}
