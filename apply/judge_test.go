package apply_test

import (
	"context"
	"strings"
	"testing"

	"github.com/zoneloom/zoneloom/apply"
	"github.com/zoneloom/zoneloom/plan"
	"github.com/zoneloom/zoneloom/state"
)

// noMail is a rule that objects to every change of an MX.
func noMail(_ context.Context, p *plan.Plan) (refusals []plan.Refusal, remarks []apply.Problem) {
	for i := range p.Zones {
		z := &p.Zones[i]
		for _, c := range z.Changes {
			if c.Type == state.MX {
				refusals = append(refusals, plan.Refusal{Zone: z.Name, Provider: z.Provider, Guard: "policy:no-mail", Text: "mail isn't ours"})
				remarks = append(remarks, apply.Problem{Zone: z.Name, Provider: z.Provider, Problem: state.Problem{
					Key: c.Key, Severity: state.SeverityWarning, Text: "ask the postmaster",
				}})
			}
		}
	}
	return refusals, remarks
}

func TestJudgeObjectsToAFreshPlan(t *testing.T) {
	w := newWorld(t)
	w.engine.Judge = noMail
	w.live("example.com.", "www 300 A 192.0.2.1")
	w.want("example.com.", "www 300 A 192.0.2.1", "@ 300 MX 10 mail.example.net.")
	planned := w.plan()
	if len(planned.Plan.Refusals()) != 1 || len(planned.Problems) != 1 {
		t.Fatalf("refusals %v, problems %v", planned.Plan.Refusals(), planned.Problems)
	}
	_, err := w.engine.Apply(t.Context(), planned, apply.Options{})
	if err == nil || !strings.Contains(err.Error(), "mail isn't ours") {
		t.Errorf("Apply = %v", err)
	}
}

// A stored plan is judged by today's rules, on what is left to do; what was
// objected to when it was made doesn't count.
func TestJudgeLooksAtAStoredPlanAnew(t *testing.T) {
	w := newWorld(t)
	w.live("example.com.", "www 300 A 192.0.2.1")
	w.want("example.com.", "www 300 A 192.0.2.1", "@ 300 MX 10 mail.example.net.")
	w.engine.Judge = noMail
	objected := w.plan().Plan
	w.engine.Judge = nil
	if _, err := w.engine.Apply(t.Context(), apply.Saved(objected, w.targets), apply.Options{DryRun: true}); err != nil {
		t.Errorf("a rule that holds no more refused it: %v", err)
	}
	free := w.plan().Plan
	w.engine.Judge = noMail
	_, err := w.engine.Apply(t.Context(), apply.Saved(free, w.targets), apply.Options{})
	if err == nil || !strings.Contains(err.Error(), "mail isn't ours") {
		t.Errorf("Apply = %v, want today's objection", err)
	}
}
