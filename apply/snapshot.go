package apply

import (
	"context"

	"github.com/zoneloom/zoneloom/plan"
)

// Snapshot reads the targets' zones to keep them whole. It is all of them or an
// error: one that is absent, or can't be read, is one.
func (e *Engine) Snapshot(ctx context.Context, targets []Target) ([]plan.Kept, error) {
	sites := make([]*site, len(targets))
	for i, t := range targets {
		t.Create = false
		sites[i] = &site{Target: t, absent: "there is nothing to keep of it; choose others with --zone"}
	}
	if err := e.find(ctx, sites); err != nil {
		return nil, err
	}
	if err := e.readAll(ctx, sites); err != nil {
		return nil, err
	}
	kept := make([]plan.Kept, len(sites))
	for i, s := range sites {
		kept[i] = plan.Kept{
			Provider: s.Provider, Target: s.target,
			Zone: plan.Mark(s.snap.Zone, s.Rules.Ignore, s.zone.Info().OwnNS),
		}
	}
	return kept, nil
}

// Restore plans what brings zones back to what was kept of them, as plan.Restore
// says. Targets lend the rules that hold now, and only their zones are restored.
// A zone that is absent is an error, as none is created; one that isn't the one
// that was kept, at the same service, is a *Refused.
func (e *Engine) Restore(ctx context.Context, kept []plan.Kept, targets []Target) (*Planned, []Left, error) {
	lent := byPlace(targets)
	var jobs []*former
	for _, k := range kept {
		t, chosen := lent[place{k.Zone.Name, k.Provider}]
		if !chosen {
			continue
		}
		t.Create = false
		s := &site{Target: t, planned: k.Target, absent: "a snapshot brings back records, and creates no zone"}
		jobs = append(jobs, &former{s, func(past plan.Past) (plan.Zone, []plan.Left) { return plan.Restore(k.Zone, past) }})
	}
	return e.back(ctx, jobs)
}
