package render

import (
	"fmt"
	"strings"

	"github.com/zoneloom/zoneloom/plan"
)

// refusals shows what stands in the plan's way and how to lift it.
func (t *text) refusals(p *plan.Plan) {
	for i := range p.Zones {
		for _, r := range p.Zones[i].Allowed {
			t.printf("%s %s: %s: %s\n", t.style("Allowed:", yellow), both(r.Zone, r.Zone.Unicode()), quote(r.Guard), quote(r.Text))
		}
	}
	all := p.Refusals()
	for _, r := range all {
		t.printf("%s %s: %s: %s\n", t.style("Refused:", red), both(r.Zone, r.Zone.Unicode()), quote(r.Guard), quote(r.Text))
		if r.IsGuard() {
			t.printf("         if that is meant: --allow %s\n", quote(r.Allowance().String()))
		}
	}
	if len(all) > 0 {
		t.printf("\n")
	}
}

func (t *text) total(p *plan.Plan) {
	if p.Empty() {
		t.printf("Nothing to do: %s as configured.\n", areOrIs(len(p.Zones)))
		return
	}
	t.origins(p)
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
