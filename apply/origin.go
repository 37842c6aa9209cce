package apply

import (
	"iter"

	"github.com/zoneloom/zoneloom/plan"
	"github.com/zoneloom/zoneloom/provider"
	"github.com/zoneloom/zoneloom/state"
)

// Revision is what one revision of the configuration asks of its zones.
type Revision struct {
	ID      string
	Targets []Target
}

// History is what origins are told by, as plan.History for all zones. Earlier may
// be walked several times.
type History struct {
	Base    Revision
	Tip     *Revision
	Earlier iter.Seq[Revision]
	Whole   func() bool
}

// Trace tells where the changes of a plan that was just made come from. It reads
// nothing from any service.
func (e *Engine) Trace(p *Planned, h *History) {
	for i := range p.Plan.Zones {
		z := &p.Plan.Zones[i]
		s := p.sites[place{z.Name, z.Provider}]
		if z.Empty() || s == nil {
			continue
		}
		var live *state.Zone
		if s.snap != nil {
			live = s.snap.Zone
		}
		own := &plan.History{Base: e.revision(s, &h.Base), Whole: h.Whole, Earlier: func(yield func(plan.Revision) bool) {
			for r := range h.Earlier {
				if !yield(e.revision(s, &r)) {
					return
				}
			}
		}}
		if h.Tip != nil {
			tip := e.revision(s, h.Tip)
			own.Tip = &tip
		}
		z.Trace(live, own)
		s.date(z)
	}
}

// revision returns what r asks of a site, as its provider would store it.
func (e *Engine) revision(s *site, r *Revision) plan.Revision {
	for _, t := range r.Targets {
		if t.Zone == s.Zone && t.Provider == s.Provider {
			then := &site{Target: t, zone: s.zone}
			e.check(then) // what it would refuse is nobody's concern any more
			return plan.Revision{ID: r.ID, Want: then.stored, Rules: t.Rules, Written: t.Written}
		}
	}
	return plan.Revision{ID: r.ID}
}

// date adds when what is live was last changed, where the service knows.
func (s *site) date(z *plan.Zone) {
	dated, ok := s.zone.(provider.Dated)
	if !ok || s.snap == nil {
		return
	}
	for i := range z.Origins {
		z.Origins[i].Modified = dated.Modified(s.snap, z.Changes[i].Key)
	}
}
