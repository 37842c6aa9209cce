package apply_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneloom/zoneloom/apply"
	"github.com/zoneloom/zoneloom/plan"
	"github.com/zoneloom/zoneloom/provider"
	"github.com/zoneloom/zoneloom/provider/providertest"
	"github.com/zoneloom/zoneloom/state"
)

func TestApplyMakesThePlanAndThenThereIsNothingToDo(t *testing.T) {
	w := newWorld(t)
	w.live("example.com.", "www 300 A 192.0.2.1", "www 300 A 192.0.2.2", "old 300 A 192.0.2.3", "@ 300 MX 10 mx.example.net.")
	want := []string{"www 300 A 192.0.2.1", "www 300 A 192.0.2.9", "new 300 CNAME www.example.com.", "@ 300 MX 20 mx.example.net."}
	w.want("example.com.", want...)
	r := w.apply()
	w.holds("example.com.", want...)
	if !r.Wrote() || !r.Complete() || !r.Zones[0].Verified || r.Zones[0].Requests != 1 {
		t.Errorf("report: %+v", r)
	}
	if made, notMade, unknown := r.Count(); made != 4 || notMade+unknown != 0 {
		t.Errorf("Count = %d, %d, %d", made, notMade, unknown)
	}
	if got, want := w.memory.Calls(), (providertest.Calls{Zones: 1, Reads: 2, Requests: 1, Ops: 4}); got != want {
		t.Errorf("calls = %+v, want %+v", got, want)
	}
	if p := w.plan(); !p.Plan.Empty() {
		t.Errorf("the next plan has %+v", p.Plan.Summary())
	}
	r = w.apply()
	if r.Wrote() || !r.Complete() || len(r.Zones) != 0 {
		t.Errorf("the next report: %+v", r)
	}
}

func TestEventsOfOneZone(t *testing.T) {
	w := newWorld(t)
	w.memory.BatchLimit = 2
	w.live("example.com.")
	w.want("example.com.", hosts(3)...)
	w.apply()
	var got []string
	for _, e := range w.events {
		if e.Zone != "example.com." || e.Provider != "mem" || e.Err != nil {
			t.Errorf("event %+v", e)
		}
		got = append(got, fmt.Sprintf("%s %d/%d", e.Kind, e.Done, e.Total))
	}
	want := []string{
		"reading 0/1", "read 1/1", "sending 0/3", "sent 2/3", "sending 2/3", "sent 3/3", "verifying 3/3", "verified 3/3",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

func TestDryRunReachesNoMethodThatWrites(t *testing.T) {
	for _, saved := range []bool{false, true} {
		t.Run(fmt.Sprintf("saved %t", saved), func(t *testing.T) {
			w := newWorld(t)
			w.live("example.com.", "www 300 A 192.0.2.1")
			w.want("example.com.", "www 300 A 192.0.2.2")
			w.want("new.example.", "www 300 A 192.0.2.2").Create = true
			p := w.plan()
			if saved {
				p = apply.Saved(p.Plan, w.targets)
			}
			w.engine.Providers["mem"] = apply.Opened{Kind: "memory", Provider: readOnly{w.memory, t}}
			r, err := w.engine.Apply(t.Context(), p, apply.Options{DryRun: true, Confirm: func(context.Context, *plan.Plan) (bool, error) {
				t.Error("a dry run asked")
				return true, nil
			}})
			if err != nil || r.Wrote() || !r.DryRun || !r.Complete() || len(r.Zones) != 2 {
				t.Errorf("Apply = %+v, %v", r, err)
			}
			w.holds("example.com.", "www 300 A 192.0.2.1")
			if c := w.memory.Calls(); c.Requests+c.Creates != 0 || w.memory.Content("new.example.") != nil {
				t.Errorf("calls = %+v", c)
			}
		})
	}
}

// readOnly fails the test when anything is to be written.
type readOnly struct {
	*providertest.Memory
	t *testing.T
}

func (p readOnly) Create(context.Context, state.Name, provider.Spec) (provider.Zone, error) {
	p.t.Error("Create was reached")
	return nil, errors.New("reached")
}

func (p readOnly) Zones(ctx context.Context, want []state.Name) (map[state.Name]provider.Zone, error) {
	found, err := p.Memory.Zones(ctx, want)
	for name, z := range found {
		found[name] = readOnlyZone{z, p.t}
	}
	return found, err
}

type readOnlyZone struct {
	provider.Zone
	t *testing.T
}

func (z readOnlyZone) Write(context.Context, *provider.Snapshot, []state.Change, provider.Recorder) error {
	z.t.Error("Write was reached")
	return errors.New("reached")
}

func TestGuardsRefuseBeforeAnythingIsWrittenOrAsked(t *testing.T) {
	w := newWorld(t)
	w.live("a.example.", hosts(20)...)
	w.live("b.example.")
	w.want("a.example.", "www 300 A 192.0.2.1")
	w.want("b.example.", "www 300 A 192.0.2.1")
	p, err := w.engine.Plan(t.Context(), w.targets)
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.engine.Apply(t.Context(), p, apply.Options{Confirm: func(context.Context, *plan.Plan) (bool, error) {
		t.Error("asked for what is refused")
		return true, nil
	}})
	refused, ok := errors.AsType[*apply.Refused](err)
	if !ok || len(refused.Refusals) == 0 || refused.Refusals[0].Guard != plan.GuardDeleteMany {
		t.Fatalf("Apply = %v, want it refused by %s", err, plan.GuardDeleteMany)
	}
	contains(t, err.Error(), "nothing was written", "zone a.example.: guard delete-many: ")
	w.holds("b.example.")
}

func TestTheAnswerNo(t *testing.T) {
	w := newWorld(t)
	w.live("example.com.")
	w.want("example.com.", "www 300 A 192.0.2.1")
	r, err := w.engine.Apply(t.Context(), w.plan(), apply.Options{
		Confirm: func(_ context.Context, p *plan.Plan) (bool, error) { return p.Empty(), nil },
	})
	refused, ok := errors.AsType[*apply.Refused](err)
	if !ok || !refused.Declined || r.Wrote() {
		t.Fatalf("Apply = %+v, %v", r, err)
	}
	w.holds("example.com.")
}

func TestWhenTheZoneIsReadAgain(t *testing.T) {
	tests := []struct {
		name  string
		age   time.Duration
		asked bool
		reads int // of the plan, before the write, after it
	}{
		{"just read and nobody asked", 9 * time.Second, false, 2},
		{"older than ten seconds", 10 * time.Second, false, 3},
		{"somebody was asked", 0, true, 3},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.live("example.com.")
			w.want("example.com.", "www 300 A 192.0.2.1")
			p := w.plan()
			w.now = w.now.Add(tt.age)
			o := apply.Options{}
			if tt.asked {
				o.Confirm = func(context.Context, *plan.Plan) (bool, error) { return true, nil }
			}
			if _, err := w.engine.Apply(t.Context(), p, o); err != nil {
				t.Fatal(err)
			}
			if got := w.memory.Calls().Reads; got != tt.reads {
				t.Errorf("%d reads, want %d", got, tt.reads)
			}
		})
	}
}

func TestOnlyWhatWasReadLongAgoIsReadAgain(t *testing.T) {
	w := newWorld(t)
	w.engine.Parallel = 1
	w.live("a.example.")
	w.live("b.example.")
	w.want("a.example.", "www 300 A 192.0.2.1")
	w.want("b.example.", "www 300 A 192.0.2.1")
	w.memory.OnRead = func(context.Context, state.Name) error {
		w.now = w.now.Add(6 * time.Second)
		return nil
	}
	w.apply()
	if got := w.memory.Calls().Reads; got != 5 { // a and b, a again, a and b to compare
		t.Errorf("%d reads, want 5", got)
	}
}

func TestAPlanAppliedTwiceIsReadAgain(t *testing.T) {
	w := newWorld(t)
	w.live("example.com.")
	w.want("example.com.", "www 300 A 192.0.2.1")
	p := w.plan()
	for i := range 2 {
		r, err := w.engine.Apply(t.Context(), p, apply.Options{})
		if err != nil || r.Wrote() != (i == 0) || !r.Complete() {
			t.Fatalf("Apply = %+v, %v", r, err)
		}
	}
	if got := w.memory.Calls().Requests; got != 1 {
		t.Errorf("%d requests, want 1", got)
	}
}

func TestWhatMovedIsRefusedForAllZones(t *testing.T) {
	w := newWorld(t)
	w.live("a.example.", "www 300 A 192.0.2.1")
	w.live("b.example.", "www 300 A 192.0.2.1")
	w.want("a.example.", "www 300 A 192.0.2.2")
	w.want("b.example.", "www 300 A 192.0.2.2")
	p := w.plan()
	r, err := w.engine.Apply(t.Context(), p, apply.Options{Confirm: func(context.Context, *plan.Plan) (bool, error) {
		w.memory.Edit("b.example.", state.Key{Name: "www.b.example.", Type: "A"}, state.Record{Data: "192.0.2.77", TTL: 300})
		w.memory.Edit("b.example.", state.Key{Name: "_acme-challenge.b.example.", Type: "TXT"}, state.Record{Data: `"x"`, TTL: 300})
		return true, nil
	}})
	refused, ok := errors.AsType[*apply.Refused](err)
	if !ok || len(refused.Moved) != 1 || r.Wrote() {
		t.Fatalf("Apply = %+v, %v; want one RRset that moved", r, err)
	}
	contains(t, err.Error(), `zone b.example.: mem: www.b.example. A isn't as when the plan was made
  before   192.0.2.1 (ttl 300)
  planned  192.0.2.2 (ttl 300)
  live     192.0.2.77 (ttl 300)`)
	w.holds("a.example.", "www 300 A 192.0.2.1")
	if w.memory.Calls().Requests != 0 {
		t.Error("something was written")
	}
}

func TestUnrelatedChangesDisturbNothing(t *testing.T) {
	w := newWorld(t)
	w.live("example.com.", "www 300 A 192.0.2.1")
	w.want("example.com.", "www 300 A 192.0.2.2")
	p := w.plan()
	w.memory.Edit("example.com.", state.Key{Name: "_acme-challenge.example.com.", Type: "TXT"}, state.Record{Data: `"x"`, TTL: 300})
	w.now = w.now.Add(time.Minute)
	if _, err := w.engine.Apply(t.Context(), p, apply.Options{}); err != nil {
		t.Fatal(err)
	}
	w.holds("example.com.", "www 300 A 192.0.2.2", `_acme-challenge 300 TXT "x"`)
}

// stored writes a plan as a file has it and reads it back.
func stored(t *testing.T, p *plan.Plan) *plan.Plan {
	t.Helper()
	var b bytes.Buffer
	if err := p.Encode(&b, nil); err != nil {
		t.Fatal(err)
	}
	s, err := plan.Decode(&b)
	if err != nil {
		t.Fatal(err)
	}
	return s.Plan
}

func TestSavedPlan(t *testing.T) {
	www := state.Key{Name: "www.example.com.", Type: "A"}
	tests := []struct {
		name    string
		moves   func(w *world)
		results map[string]string // nil: refused
		text    string            // in the refusal
	}{
		{"nothing moved", func(*world) {}, map[string]string{"www.example.com. A": "made", "new.example.com. A": "made"}, ""},
		{
			"one change was made by somebody else",
			func(w *world) { w.memory.Edit("example.com.", www, state.Record{Data: "192.0.2.2", TTL: 300}) },
			map[string]string{"www.example.com. A": "already", "new.example.com. A": "made"},
			"",
		},
		{
			"a record moved",
			func(w *world) { w.memory.Edit("example.com.", www) },
			nil, "www.example.com. A isn't as when the plan was made",
		},
		{
			"the zone was made anew",
			func(w *world) { w.engine.Providers["mem"] = apply.Opened{Kind: "other", Provider: w.memory} },
			nil, "the zone is other:example.com. now, not memory:example.com. as planned",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.live("example.com.", "www 300 A 192.0.2.1")
			w.live("other.example.", "www 300 A 192.0.2.1")
			w.want("example.com.", "www 300 A 192.0.2.2", "new 300 A 192.0.2.3")
			w.want("other.example.", "www 300 A 192.0.2.2")
			p := apply.Saved(stored(t, w.plan().Plan), w.targets)
			tt.moves(w)
			r, err := w.engine.Apply(t.Context(), p, apply.Options{})
			if tt.results == nil {
				if _, ok := errors.AsType[*apply.Refused](err); !ok {
					t.Fatalf("Apply = %v, want it refused", err)
				}
				contains(t, err.Error(), tt.text)
				if w.memory.Calls().Requests != 0 {
					t.Error("something was written")
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.results, results(r, 0)); diff != "" {
				t.Errorf("results (-want +got):\n%s", diff)
			}
			w.holds("example.com.", "www 300 A 192.0.2.2", "new 300 A 192.0.2.3")
		})
	}
}

func TestSavedPlanThatIsDoneAsksNobody(t *testing.T) {
	w := newWorld(t)
	w.live("example.com.")
	w.want("example.com.", "www 300 A 192.0.2.1")
	p := stored(t, w.plan().Plan)
	w.apply()
	before := w.memory.Calls()
	r, err := w.engine.Apply(t.Context(), apply.Saved(p, w.targets), apply.Options{
		Confirm: func(context.Context, *plan.Plan) (bool, error) { return false, nil },
	})
	if err != nil || r.Wrote() || !r.Complete() {
		t.Fatalf("Apply = %+v, %v", r, err)
	}
	if after := w.memory.Calls(); after.Requests != before.Requests {
		t.Error("something was written")
	}
}

func TestSavedPlanOfAZoneThatIsGone(t *testing.T) {
	w := newWorld(t)
	w.live("example.com.")
	w.want("example.com.", "www 300 A 192.0.2.1")
	p := stored(t, w.plan().Plan)
	w.memory.Drop("example.com.")
	_, err := w.engine.Apply(t.Context(), apply.Saved(p, w.targets), apply.Options{})
	if !errors.Is(err, provider.ErrNoZone) {
		t.Fatalf("Apply = %v, want ErrNoZone", err)
	}
	contains(t, err.Error(), "it was there when the plan was made")
}

func TestFiftyZonesSideBySide(t *testing.T) {
	w := newWorld(t)
	for i := range 50 {
		name := state.Name(fmt.Sprintf("zone%02d.example.", i))
		w.live(name, hosts(5)...)
		w.want(name, hosts(10)...)
	}
	w.memory.OnWrite = func(_ context.Context, wr providertest.Write) providertest.Verdict {
		if wr.Zone == "zone07.example." {
			return providertest.Refuse
		}
		return providertest.Commit
	}
	r, err := w.engine.Apply(t.Context(), w.plan(), apply.Options{})
	if !errors.Is(err, provider.ErrRefused) || r.Complete() || !r.Wrote() {
		t.Fatalf("Apply = %v", err)
	}
	if got := err.Error(); got != "zone zone07.example.: mem: request 1: the service refused the request; nothing of it was written: as told" {
		t.Errorf("the error is %q", got)
	}
	if made, notMade, unknown := r.Count(); made != 49*5 || notMade != 5 || unknown != 0 {
		t.Errorf("Count = %d, %d, %d", made, notMade, unknown)
	}
	if !slices.IsSortedFunc(r.Zones, func(a, b apply.ZoneReport) int { return a.Zone.Compare(b.Zone) }) {
		t.Error("the report isn't in the plan's order")
	}
	w.holds("zone06.example.", hosts(10)...)
	w.holds("zone07.example.", hosts(5)...)
}

func TestWhatIsWrittenAndNotThereIsTold(t *testing.T) {
	w := newWorld(t)
	w.live("example.com.")
	w.want("example.com.", "www 300 A 192.0.2.1", "mail 300 A 192.0.2.2")
	p := w.plan()
	w.memory.OnRead = func(context.Context, state.Name) error {
		w.memory.Edit("example.com.", state.Key{Name: "www.example.com.", Type: "A"}, state.Record{Data: "192.0.2.66", TTL: 300})
		return nil
	}
	r, err := w.engine.Apply(t.Context(), p, apply.Options{})
	if err == nil || r.Complete() || !r.Wrote() || r.Zones[0].Verified || len(r.Zones[0].Differs) != 1 {
		t.Fatalf("Apply = %+v, %v", r, err)
	}
	contains(t, err.Error(), "after the write www.example.com. A is 192.0.2.66 (ttl 300), not 192.0.2.1 (ttl 300)")
}

func TestAReadThatFailsAfterTheWriteIsTold(t *testing.T) {
	w := newWorld(t)
	w.live("example.com.")
	w.want("example.com.", "www 300 A 192.0.2.1")
	p := w.plan()
	w.memory.OnRead = func(context.Context, state.Name) error { return errors.New("the page was short") }
	r, err := w.engine.Apply(t.Context(), p, apply.Options{})
	if err == nil || r.Complete() || !r.Wrote() {
		t.Fatalf("Apply = %+v, %v", r, err)
	}
	contains(t, err.Error(), "it was written, but not compared with the plan", "the page was short")
}
