package apply_test

import (
	"context"
	"errors"
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

// What is said of a stored plan without refusing it is handed on, and it is the
// zone as it is that is counted, whatever the file says.
func TestJudgeRemarksOnAStoredPlan(t *testing.T) {
	w := newWorld(t)
	w.live("example.com.", "www 300 A 192.0.2.1", "ftp 300 A 192.0.2.1")
	w.want("example.com.", "www 300 A 192.0.2.1", "ftp 300 A 192.0.2.1", "new 300 A 192.0.2.1")
	stored := w.plan().Plan
	stored.Zones[0].Read = 100
	var read []int
	w.engine.Judge = func(_ context.Context, p *plan.Plan) ([]plan.Refusal, []apply.Problem) {
		read = append(read, p.Zones[0].Read)
		return nil, []apply.Problem{{Zone: "example.com.", Problem: state.Problem{Severity: state.SeverityNotice, Text: "a remark"}}}
	}
	var said []apply.Problem
	o := apply.Options{DryRun: true, Judged: func(j apply.Judgement) { said = append(said, j.Remarks...) }}
	if _, err := w.engine.Apply(t.Context(), apply.Saved(stored, w.targets), o); err != nil {
		t.Fatal(err)
	}
	if len(said) != 1 || said[0].Text != "a remark" || len(read) != 1 || read[0] != 2 {
		t.Errorf("said %v, read %v", said, read)
	}
}

// Whoever stops a run while it is judged gets neither a plan nor a verdict.
func TestJudgeIsInterrupted(t *testing.T) {
	w := newWorld(t)
	w.live("example.com.")
	w.want("example.com.", "new 300 A 192.0.2.1")
	ctx, cancel := context.WithCancel(t.Context())
	w.engine.Judge = func(_ context.Context, _ *plan.Plan) ([]plan.Refusal, []apply.Problem) {
		cancel()
		return nil, nil
	}
	if p, err := w.engine.Plan(ctx, w.targets); p != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("Plan = %v, %v", p, err)
	}
}
