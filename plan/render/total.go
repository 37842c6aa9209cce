package render

import (
	"fmt"

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
	s := p.Summary()
	t.printf("%s %d to create, %d to update, %d to delete in %s\n", t.style("Plan:", bold), s.Create, s.Update, s.Delete, zones(s.Zones))
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
