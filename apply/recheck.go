package apply

import (
	"context"
	"slices"

	"github.com/zoneloom/zoneloom/plan"
	"github.com/zoneloom/zoneloom/state"
)

// A stored plan is a file that anybody may have edited. What it changes is what
// was reviewed; whether that may be done is for the configuration to say, and
// for the zones as they are.

// Saved returns a plan that was made earlier in the form that Apply takes. The
// targets lend it what a plan doesn't hold: their rules, what is wanted now, and
// how zones are created. Leave that the plan was made with isn't taken over:
// allowed lifts guards anew.
func Saved(p *plan.Plan, targets []Target, allowed ...plan.Allowance) *Planned {
	p.Revoke()
	unused := p.Allow(allowed)
	lent := map[place]Target{}
	for _, t := range targets {
		lent[place{t.Zone, t.Provider}] = t
	}
	planned := &Planned{Plan: p, sites: map[place]*site{}, stored: true, allowed: allowed, unused: unused}
	for i := range p.Zones {
		z := &p.Zones[i]
		t := lent[place{z.Name, z.Provider}]
		t.Zone, t.Provider = z.Name, z.Provider
		planned.sites[place{z.Name, z.Provider}] = &site{Target: t}
	}
	return planned
}

// recheckRules refuses jobs of a stored plan that the configuration knows
// nothing of, or of which it says otherwise than when the plan was made.
func (p *Planned) recheckRules(jobs []*job) error {
	if !p.stored {
		return nil
	}
	var moved []Moved
	for _, j := range jobs {
		text := ""
		switch t := p.sites[place{j.Zone, j.Provider}].Target; {
		case t.Want == nil:
			text = "the configuration doesn't have the zone at this provider"
		case j.plan.Create && !t.Create:
			text = "the plan creates the zone, and the configuration doesn't say create: true"
		case !slices.Equal(j.plan.Ignore, t.Rules.Ignore):
			text = "the configuration ignores other records than when the plan was made"
		}
		if text != "" {
			moved = append(moved, Moved{Zone: j.Zone, Provider: j.Provider, Text: text + "; make a new plan"})
		}
	}
	if len(moved) > 0 {
		return &Refused{Moved: moved}
	}
	return nil
}

// Judgement is what the guards and the Judge say of what is left to do of a stored
// plan.
type Judgement struct {
	Allowed []plan.Refusal   // objections that leave lifts, and that the plan doesn't tell of
	Unused  []plan.Allowance // leave that nothing needed, neither the plan as it was stored nor what is left of it
	Remarks []Problem        // of the Judge, of what isn't refused
}

// recheckGuards has the guards judge what is left to do of a stored plan, in the
// zones as they are.
func (e *Engine) recheckGuards(ctx context.Context, p *Planned, jobs []*job, o Options) error {
	if !p.stored {
		return nil
	}
	var refusals []plan.Refusal
	said := Judgement{Unused: slices.Clone(p.unused)}
	hear := func(r plan.Refusal, known []plan.Refusal) {
		lifts := func(a plan.Allowance) bool { return a.Lifts(r) }
		if !slices.ContainsFunc(p.allowed, lifts) {
			refusals = append(refusals, r)
			return
		}
		if !slices.Contains(known, r) {
			said.Allowed = append(said.Allowed, r)
		}
		said.Unused = slices.DeleteFunc(said.Unused, lifts)
	}
	for _, j := range jobs {
		e.check(j.site)
		in := j.input()
		for _, r := range plan.Recheck(j.plan, j.todo, &in) {
			hear(r, j.plan.Allowed)
		}
	}
	left := remaining(jobs)
	for _, r := range left.TooRisky(p.maxRisk) {
		hear(r, nil)
	}
	if e.Judge != nil {
		more, remarks := e.Judge(ctx, left)
		if err := ctx.Err(); err != nil {
			return err
		}
		refusals = append(refusals, more...)
		p.Problems = append(p.Problems, remarks...)
		said.Remarks = remarks
	}
	if o.Judged != nil {
		o.Judged(said)
	}
	if len(refusals) > 0 {
		return &Refused{Refusals: refusals}
	}
	return nil
}

// remaining is what is left to do, its risk judged by the zones as they are.
func remaining(jobs []*job) *plan.Plan {
	left := &plan.Plan{}
	lives := map[place]*state.Zone{}
	for _, j := range jobs {
		z := *j.plan
		z.Changes, z.Read, z.Origins = j.todo, 0, nil // the others are the file's
		if j.snap != nil {
			z.Read = len(j.snap.Zone.RRsets)
			lives[place{j.Zone, j.Provider}] = j.snap.Zone
		}
		left.Zones = append(left.Zones, z)
	}
	left.Assess(func(z *plan.Zone) *state.Zone { return lives[place{z.Name, z.Provider}] })
	return left
}

// LimitRisk has Apply refuse changes of a higher risk than most; RiskUnknown lets
// all pass. A plan that was just made has its refusals at once. That of a stored
// one is judged when its zones are read: what it says of itself doesn't count.
func (p *Planned) LimitRisk(most plan.RiskLevel) {
	p.maxRisk = most
	if !p.stored {
		p.refuse(p.Plan.TooRisky(most))
	}
}
