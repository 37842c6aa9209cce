package apply_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/zoneloom/zoneloom/apply"
	"github.com/zoneloom/zoneloom/plan"
	"github.com/zoneloom/zoneloom/state"
)

// edited stores a plan, has edit change the file, and reads it back.
func edited(t *testing.T, p *plan.Plan, edit func(string) string) *plan.Plan {
	t.Helper()
	var b bytes.Buffer
	if err := p.Encode(&b, nil); err != nil {
		t.Fatal(err)
	}
	text := edit(b.String())
	if text == b.String() {
		t.Fatalf("nothing to edit in\n%s", text)
	}
	s, err := plan.Decode(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return s.Plan
}

// noRefusals returns the text of a plan without the refusals in it.
func noRefusals(text string) string {
	before, rest, _ := strings.Cut(text, `"refusals": [`)
	_, after, _ := strings.Cut(rest, `]}`)
	return before + `"refusals": []}` + after
}

// refusedBy applies a stored plan that must be refused, and returns the guards
// that object.
func (w *world) refusedBy(p *plan.Plan, text string, allowed ...plan.Allowance) []string {
	w.Helper()
	_, err := w.engine.Apply(w.Context(), apply.Saved(p, w.targets, allowed...), apply.Options{})
	refused, ok := errors.AsType[*apply.Refused](err)
	if !ok {
		w.Fatalf("Apply = %v, want it refused", err)
	}
	contains(w.T, err.Error(), text)
	if w.memory.Calls().Requests != 0 {
		w.Error("something was written")
	}
	var guards []string
	for _, r := range refused.Refusals {
		guards = append(guards, r.Guard)
	}
	return guards
}

func TestGuardsJudgeAStoredPlanAnew(t *testing.T) {
	const name = "example.com."
	wipe := plan.Allowance{Zone: name, Guard: plan.GuardWipe}
	many := plan.Allowance{Zone: name, Guard: plan.GuardDeleteMany}
	changes := plan.Allowance{Zone: name, Guard: plan.GuardChangeMany}
	tests := []struct {
		name    string
		edit    func(string) string
		allowed []plan.Allowance
		guards  []string // nil: it is applied
	}{
		{
			"its refusals are taken out",
			noRefusals, nil,
			[]string{plan.GuardDeleteMany, plan.GuardChangeMany, plan.GuardWipe},
		},
		{
			"its refusals are made leave",
			func(s string) string { return strings.Replace(s, `"refusals": [`, `"refusals": [], "allowed": [`, 1) }, nil,
			[]string{plan.GuardDeleteMany, plan.GuardChangeMany, plan.GuardWipe},
		},
		{
			"more was read, it says",
			func(s string) string {
				return noRefusals(strings.Replace(s, `"read": 20`, `"read": 9999`, 1))
			},
			nil,
			[]string{plan.GuardDeleteMany, plan.GuardChangeMany, plan.GuardWipe},
		},
		{
			"leave for one guard isn't leave for another",
			noRefusals,
			[]plan.Allowance{wipe},
			[]string{plan.GuardDeleteMany, plan.GuardChangeMany},
		},
		{
			"leave given now",
			noRefusals,
			[]plan.Allowance{wipe, many, changes},
			nil,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.live(name, hosts(20)...)
			w.want(name, "www 300 A 192.0.2.1")
			made, err := w.engine.Plan(t.Context(), w.targets)
			if err != nil {
				t.Fatal(err)
			}
			p := edited(t, made.Plan, tt.edit)
			if tt.guards != nil {
				if diff := cmp.Diff(tt.guards, w.refusedBy(p, "nothing was written", tt.allowed...)); diff != "" {
					t.Errorf("guards (-want +got):\n%s", diff)
				}
				return
			}
			if _, err := w.engine.Apply(t.Context(), apply.Saved(p, w.targets, tt.allowed...), apply.Options{}); err != nil {
				t.Fatal(err)
			}
			w.holds(name, "www 300 A 192.0.2.1")
		})
	}
}

func TestLeaveIsNotStored(t *testing.T) {
	w := newWorld(t)
	w.live("example.com.", "a 300 A 192.0.2.1")
	w.want("example.com.", "www 300 A 192.0.2.1")
	p := w.plan().Plan // with leave for all
	if len(p.Refusals()) > 0 || len(p.Zones[0].Allowed) == 0 {
		t.Fatalf("refusals %v, allowed %v", p.Refusals(), p.Zones[0].Allowed)
	}
	if diff := cmp.Diff([]string{plan.GuardWipe}, w.refusedBy(stored(t, p), "guard wipe")); diff != "" {
		t.Errorf("guards (-want +got):\n%s", diff)
	}
}

// Leave for a stored plan is needed where an objection stands in it, or where one
// arises in the zones as they are. The rest is said to lift nothing.
func TestLeaveThatAStoredPlanNeeds(t *testing.T) {
	const name = "example.com."
	leave := func(guards ...string) []plan.Allowance {
		var all []plan.Allowance
		for _, g := range guards {
			all = append(all, plan.Allowance{Zone: name, Guard: g})
		}
		return all
	}
	tests := []struct {
		name    string
		edit    func(string) string
		dry     bool
		allowed []plan.Allowance
		said    []string // the guards of Judgement.Allowed
		unused  []plan.Allowance
	}{
		{
			"as the plan tells",
			func(s string) string { return s + "\n" }, false,
			leave(plan.GuardWipe, plan.GuardDeleteMany), nil, nil,
		},
		{
			"the plan tells nothing of it",
			noRefusals, false,
			leave(plan.GuardWipe, plan.GuardDeleteMany),
			[]string{plan.GuardDeleteMany, plan.GuardWipe},
			nil,
		},
		{
			"more than is needed",
			noRefusals, false,
			leave(plan.GuardMX, plan.GuardWipe, plan.GuardDeleteMany, plan.GuardEmpty),
			[]string{plan.GuardDeleteMany, plan.GuardWipe},
			leave(plan.GuardMX, plan.GuardEmpty),
		},
		{
			"more than is needed, in a dry run",
			func(s string) string { return s + "\n" }, true,
			leave(plan.GuardMX, plan.GuardWipe, plan.GuardDeleteMany), nil, leave(plan.GuardMX),
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.live(name, hosts(5)...)
			w.want(name, "www 300 A 192.0.2.1")
			made, err := w.engine.Plan(t.Context(), w.targets)
			if err != nil {
				t.Fatal(err)
			}
			var got []apply.Judgement
			o := apply.Options{DryRun: tt.dry, Judged: func(j apply.Judgement) { got = append(got, j) }}
			saved := apply.Saved(edited(t, made.Plan, tt.edit), w.targets, tt.allowed...)
			if _, err := w.engine.Apply(t.Context(), saved, o); err != nil {
				t.Fatal(err)
			}
			if len(got) != 1 {
				t.Fatalf("told %d times", len(got))
			}
			var said []string
			for _, r := range got[0].Allowed {
				said = append(said, r.Guard)
			}
			if diff := cmp.Diff(tt.said, said); diff != "" {
				t.Errorf("allowed (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.unused, got[0].Unused, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("unused (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTheConfigurationLimitsAStoredPlan(t *testing.T) {
	w := newWorld(t)
	w.live("example.com.", hosts(20)...)
	target := w.want("example.com.", hosts(18)...)
	p := w.plan().Plan
	if len(p.Zones[0].Allowed) > 0 {
		t.Fatalf("a guard objected: %v", p.Zones[0].Allowed)
	}
	target.Rules.Limits = map[string]state.Limit{plan.GuardDeleteMany: {Count: 1, Percent: 1}}
	if diff := cmp.Diff([]string{plan.GuardDeleteMany}, w.refusedBy(stored(t, p), "guard delete-many")); diff != "" {
		t.Errorf("guards (-want +got):\n%s", diff)
	}
}

func TestAStoredPlanMustFitTheConfiguration(t *testing.T) {
	tests := []struct {
		name string
		set  func(*world)
		edit func(string) string
		text string
	}{
		{
			"it ignores more",
			func(*world) {},
			func(s string) string {
				return strings.Replace(s, `"undeclared": 0,`, `"undeclared": 0, "ignore": [{"name": "*", "type": "", "data": ""}],`, 1)
			},
			"the configuration ignores other records than when the plan was made",
		},
		{
			"it ignores less",
			func(w *world) { w.targets[0].Rules.Ignore = []state.Pattern{{Name: "x"}} },
			func(s string) string {
				return strings.Replace(s, `, "ignore": [{"name": "x", "type": "", "data": ""}]`, "", 1)
			},
			"the configuration ignores other records than when the plan was made",
		},
		{
			"it creates a zone that is not to be created",
			func(w *world) { w.memory.Drop("example.com."); w.targets[0].Create = true },
			func(s string) string { return strings.Replace(s, `"undeclared": 0`, `"undeclared": 1`, 1) },
			"doesn't say create: true",
		},
		{
			"it is for another provider",
			func(*world) {},
			func(s string) string { return strings.Replace(s, `"provider": "mem"`, `"provider": "else"`, 1) },
			"the configuration doesn't have the zone at this provider",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.live("example.com.", "a 300 A 192.0.2.1")
			w.want("example.com.", "a 300 A 192.0.2.1", "www 300 A 192.0.2.1")
			tt.set(w)
			p := edited(t, w.plan().Plan, tt.edit)
			w.targets[0].Create = false
			w.refusedBy(p, tt.text)
		})
	}
}
