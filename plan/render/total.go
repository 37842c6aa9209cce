package render

import (
	"fmt"
	"strings"

	"github.com/zoneloom/zoneloom/plan"
	"github.com/zoneloom/zoneloom/state"
)

// risk shows a change's risk below it, where it is above low.
func (t *text) risk(r plan.Risk) {
	if r.Level <= plan.RiskLow {
		return
	}
	style := faint
	switch r.Level {
	case plan.RiskCritical:
		style = red
	case plan.RiskHigh:
		style = yellow
	case plan.RiskUnknown, plan.RiskLow, plan.RiskMedium:
	}
	reasons := make([]string, len(r.Reasons))
	for i, s := range r.Reasons {
		reasons[i] = quote(s)
	}
	t.printf("    %s\n", t.style(r.Level.String()+" risk: "+strings.Join(reasons, "; "), style))
}

// risks counts the changes of p by level, the highest first; "" where none is
// above low.
func risks(p *plan.Plan) string {
	counts := p.Risks()
	if counts[plan.RiskMedium]+counts[plan.RiskHigh]+counts[plan.RiskCritical] == 0 {
		return ""
	}
	var parts []string
	for l := plan.RiskCritical; l >= plan.RiskLow; l-- {
		if n := counts[l]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, l))
		}
	}
	return strings.Join(parts, ", ")
}

// refusals shows what stands in the plan's way and how to lift it.
func (t *text) refusals(p *plan.Plan) {
	at := func(r plan.Refusal) string {
		where := both(r.Zone, r.Zone.Unicode())
		if several(p, r.Zone) {
			where += " at " + quote(r.Provider)
		}
		return where
	}
	for i := range p.Zones {
		for _, r := range p.Zones[i].Allowed {
			t.printf("%s %s: %s: %s\n", t.style("Allowed:", yellow), at(r), quote(r.Guard), quote(r.Text))
		}
	}
	all := p.Refusals()
	for _, r := range all {
		t.printf("%s %s: %s: %s\n", t.style("Refused:", red), at(r), quote(r.Guard), quote(r.Text))
		if lift := "--allow " + r.Allowance().String(); r.Guard == plan.GuardMaxRisk {
			t.printf("         if that is meant: %s, or a higher --max-risk\n", quote(lift))
		} else if r.IsGuard() {
			t.printf("         if that is meant: %s\n", quote(lift))
		}
	}
	if len(all) > 0 {
		t.printf("\n")
	}
}

// several reports whether p has a zone at more than one provider.
func several(p *plan.Plan, zone state.Name) bool {
	n := 0
	for i := range p.Zones {
		if p.Zones[i].Name == zone {
			n++
		}
	}
	return n > 1
}

func (t *text) total(p *plan.Plan) {
	if p.Empty() {
		t.printf("Nothing to do: %s as configured.\n", areOrIs(len(p.Zones)))
		return
	}
	t.origins(p)
	if r := risks(p); r != "" {
		t.printf("%s %s\n", t.style("Risk:", bold), r)
	}
	s := p.Summary()
	t.printf("%s %d to create, %d to update, %d to delete in %s\n", t.style("Plan:", bold), s.Create, s.Update, s.Delete, zones(s.Zones))
}

// origins counts where the changes come from, where that is known.
func (t *text) origins(p *plan.Plan) {
	counts := map[plan.OriginKind]int{}
	for i := range p.Zones {
		for _, o := range p.Zones[i].Origins {
			counts[o.Kind]++
		}
	}
	var parts []string
	for _, kind := range plan.OriginKinds() {
		if n := counts[kind]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, kind))
		}
	}
	if len(parts) > 0 {
		t.printf("%s %s\n", t.style("Origins:", bold), strings.Join(parts, ", "))
	}
}

func zones(n int) string {
	if n == 1 {
		return "1 zone"
	}
	return fmt.Sprintf("%d zones", n)
}

func areOrIs(n int) string {
	if n == 1 {
		return "1 zone is"
	}
	return zones(n) + " are"
}
