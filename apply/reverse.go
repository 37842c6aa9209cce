package apply

import (
	"context"
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
// zones as they are: it looks them up, reads them, and compares. Targets lend the
// rules that hold now, and only their zones are taken back; one whose Want is nil
// is a zone that the configuration doesn't have any more. Force takes back also
// what somebody else changed since. A zone that isn't the one that the plan was
// for, at the same service, is a *Refused.
func (e *Engine) Reverse(ctx context.Context, p *plan.Plan, targets []Target, force bool) (*Planned, []Left, error) {
	lent := byPlace(targets)
	var jobs []*former
	for i := range p.Zones {
		z := &p.Zones[i]
		t, chosen := lent[place{z.Name, z.Provider}]
		if z.Empty() || !chosen {
			continue
		}
		t.Create = z.Create // to learn where the zone would be, as then
		jobs = append(jobs, &former{&site{Target: t, planned: z.Target}, func(past plan.Past) (plan.Zone, []plan.Left) {
			past.Zone, past.Force = z, force
			back, left := plan.Reverse(past)
			if z.Create {
				back.Notices = append(back.Notices, "the zone itself stays, though the run created it: zones are never deleted")
			}
			return back, left
		}})
	}
	return e.back(ctx, jobs)
}

// former is a site that is to be as it was once.
type former struct {
	*site
	turn func(plan.Past) (plan.Zone, []plan.Left)
}

func byPlace(targets []Target) map[place]Target {
	lent := map[place]Target{}
	for _, t := range targets {
		lent[place{t.Zone, t.Provider}] = t
	}
	return lent
}

// back looks zones up, reads them, and plans what makes them as they were.
func (e *Engine) back(ctx context.Context, jobs []*former) (*Planned, []Left, error) {
	sites := make([]*site, len(jobs))
	for i, j := range jobs {
		sites[i] = j.site
	}
	if err := e.find(ctx, sites); err != nil {
		return nil, nil, err
	}
	if err := sameTargets(sites); err != nil {
		return nil, nil, err
	}
	if err := e.readAll(ctx, sites); err != nil {
		return nil, nil, err
	}
	p := &Planned{Plan: &plan.Plan{}, sites: map[place]*site{}}
	var all []Left
	for _, j := range jobs {
		if j.zone == nil {
			all = append(all, Left{Zone: j.Zone, Provider: j.Provider, Text: "the zone that was to be created isn't there: nothing is to be taken back"})
			continue
		}
		z, left := j.turn(e.past(j.site))
		p.Plan.Zones = append(p.Plan.Zones, z)
		p.sites[place{j.Zone, j.Provider}] = j.site
		for _, l := range left {
			all = append(all, Left{Zone: j.Zone, Provider: j.Provider, Left: l})
		}
	}
	p.Plan.Assess(func(z *plan.Zone) *state.Zone { return p.sites[place{z.Name, z.Provider}].snap.Zone })
	if err := e.judge(ctx, p); err != nil {
		return nil, nil, err
	}
	return p, all, nil
}

// sameTargets refuses zones that aren't those that they were.
func sameTargets(sites []*site) error {
	var moved []Moved
	for _, s := range sites {
		now := s.target
		if s.Create {
			now = s.place
		}
		if now != s.planned {
			moved = append(moved, Moved{Zone: s.Zone, Provider: s.Provider, Text: fmt.Sprintf(
				"the zone is %s now, and it was %s then", now, s.planned)})
		}
	}
	if len(moved) > 0 {
		return &Refused{Moved: moved}
	}
	return nil
}

// past is what the plan of a zone that exists, and is to be as it was once,
// depends on.
func (e *Engine) past(s *site) plan.Past {
	if s.Want != nil {
		e.check(s)
	}
	past := plan.Past{Input: s.input(), Check: e.checks(s)}
	s.Create, s.Want, s.stored = false, nil, nil
	return past
}

// checks returns what finds out what the zone's service would refuse, or nil
// where it can't say.
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
