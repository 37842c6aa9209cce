package apply_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneloom/zoneloom/apply"
	"github.com/zoneloom/zoneloom/plan"
	"github.com/zoneloom/zoneloom/provider"
	"github.com/zoneloom/zoneloom/provider/providertest"
	"github.com/zoneloom/zoneloom/state"
)

const newZone state.Name = "new.example."

// creating is a world with one zone to be created.
func creating(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	w.memory.OwnNS = []state.Name{"ns1.example.org.", "ns2.example.org."}
	w.want(newZone, "www 300 A 192.0.2.1", "@ 300 MX 10 mx.example.net.").Create = true
	return w
}

func TestAZoneIsCreated(t *testing.T) {
	w := creating(t)
	p := w.plan()
	if z := p.Plan.Zones[0]; !z.Create || z.Target != "memory:heap" {
		t.Errorf("planned: %+v", z)
	}
	r, err := w.engine.Apply(t.Context(), p, apply.Options{})
	if err != nil {
		t.Fatal(err)
	}
	w.holds(newZone, "www 300 A 192.0.2.1", "@ 300 MX 10 mx.example.net.")
	z := r.Zones[0]
	if z.Created != provider.Made || z.Target != "memory:new.example." || !z.Verified || !r.Complete() {
		t.Errorf("report: %+v", z)
	}
	if diff := cmp.Diff(w.memory.OwnNS, z.NameServers); diff != "" {
		t.Errorf("name servers (-want +got):\n%s", diff)
	}
	var kinds []string
	for _, e := range w.events {
		kinds = append(kinds, e.Kind.String())
	}
	want := []string{"creating", "created", "sending", "sent", "verifying", "verified"}
	if diff := cmp.Diff(want, kinds); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	if p := w.plan(); !p.Plan.Empty() {
		t.Error("the next plan isn't empty")
	}
}

func TestAnEmptyZoneIsCreated(t *testing.T) {
	w := newWorld(t)
	w.want(newZone).Create = true
	r := w.apply()
	if w.memory.Content(newZone) == nil || !r.Wrote() || !r.Complete() {
		t.Errorf("report: %+v", r)
	}
}

func TestCreateFaults(t *testing.T) {
	lost := fmt.Errorf("create: %w", provider.ErrUnknown)
	tests := []struct {
		name    string
		set     func(w *world)
		err     error  // nil: it succeeds
		text    string // in the error
		created provider.Result
	}{
		{
			"it exists, and these credentials don't see it", func(w *world) { w.memory.Hide(newZone) },
			provider.ErrNoZone, "the zone exists already, and then it wasn't found", provider.NotMade,
		},
		{"the service refuses", func(w *world) {
			w.memory.OnCreate = func(context.Context, state.Name) error { return provider.ErrRefused }
		}, provider.ErrRefused, "create the zone: the service refused", provider.NotMade},
		{"somebody created it empty meanwhile", func(w *world) { w.live(newZone) }, nil, "", provider.NotMade},
		{
			"somebody created it and began as planned", func(w *world) { w.live(newZone, "www 300 A 192.0.2.1") },
			nil, "", provider.NotMade,
		},
		{"the answer was lost", func(w *world) {
			w.memory.OnCreate = func(context.Context, state.Name) error {
				w.live(newZone)
				return lost
			}
		}, nil, "", provider.Made},
		{"the request was lost", func(w *world) {
			w.memory.OnCreate = func(context.Context, state.Name) error { return lost }
		}, provider.ErrUnknown, "and then it wasn't found", provider.Unknown},
		{"it holds something else already", func(w *world) {
			w.memory.OnRead = func(context.Context, state.Name) error {
				w.memory.Edit(newZone, state.Key{Name: "scan.new.example.", Type: "A"}, state.Record{Data: "192.0.2.1", TTL: 300})
				return nil
			}
		}, apply.ErrMoved, "scan.new.example. A is 192.0.2.1 (ttl 300), neither as before nor as planned", provider.Made},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := creating(t)
			p := w.plan()
			tt.set(w)
			r, err := w.engine.Apply(t.Context(), p, apply.Options{})
			if !errors.Is(err, tt.err) {
				t.Fatalf("Apply = %v, want %v", err, tt.err)
			}
			if r.Zones[0].Created != tt.created {
				t.Errorf("Created = %d, want %d", r.Zones[0].Created, tt.created)
			}
			if tt.err == nil {
				w.holds(newZone, "www 300 A 192.0.2.1", "@ 300 MX 10 mx.example.net.")
				return
			}
			contains(t, err.Error(), "zone new.example.: mem: ", tt.text)
			if w.memory.Calls().Requests != 0 || r.Wrote() != (tt.created != provider.NotMade) {
				t.Errorf("something was written, or Wrote = %t", r.Wrote())
			}
		})
	}
}

func TestAZoneThatAppearedIsJudgedBeforeAnythingIsWritten(t *testing.T) {
	w := creating(t)
	w.live("other.example.")
	w.want("other.example.", "www 300 A 192.0.2.1")
	_, err := w.engine.Apply(t.Context(), w.plan(), apply.Options{Confirm: func(context.Context, *plan.Plan) (bool, error) {
		w.live(newZone, "else 300 A 192.0.2.1")
		return true, nil
	}})
	refused, ok := errors.AsType[*apply.Refused](err)
	if !ok || len(refused.Moved) != 1 {
		t.Fatalf("Apply = %v, want it refused", err)
	}
	contains(t, err.Error(), "else.new.example. A is there, and not in the plan, which was to create the zone")
	w.holds("other.example.")
}

func TestSavedPlanThatCreatesAZoneThatIsThereByNow(t *testing.T) {
	w := creating(t)
	p := stored(t, w.plan().Plan)
	w.live(newZone, "www 300 A 192.0.2.1")
	r, err := w.engine.Apply(t.Context(), apply.Saved(p, w.targets), apply.Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"www.new.example. A": "already", "new.example. MX": "made"}
	if diff := cmp.Diff(want, results(r, 0)); diff != "" {
		t.Errorf("results (-want +got):\n%s", diff)
	}
	if r.Zones[0].Created != provider.NotMade || w.memory.Calls().Creates != 0 {
		t.Errorf("it was created again: %+v", r.Zones[0])
	}
}

func TestAProviderThatCannotCreate(t *testing.T) {
	w := creating(t)
	w.engine.Providers["mem"] = apply.Opened{Kind: "memory", Provider: mixedUp{w.memory}}
	_, err := w.engine.Plan(t.Context(), w.targets)
	if err == nil {
		t.Fatal("Plan promises to create what can't be created")
	}
	contains(t, err.Error(), "zone new.example. is absent, and zones can't be created here")
}

func TestTheServicesOwnNameServersDoNotStopACreation(t *testing.T) {
	w := creating(t)
	p := w.plan()
	apex := state.Key{Name: newZone, Type: state.NS}
	own := []state.Record{{Data: "ns1.example.org.", TTL: 300}, {Data: "ns2.example.org.", TTL: 300}}
	w.memory.OnRead = func(context.Context, state.Name) error {
		w.memory.Edit(newZone, apex, own...)
		return nil
	}
	r, err := w.engine.Apply(t.Context(), p, apply.Options{})
	if err != nil || !r.Zones[0].Verified {
		t.Fatalf("Apply = %+v, %v", r, err)
	}
	w.holds(newZone, "www 300 A 192.0.2.1", "@ 300 MX 10 mx.example.net.", "@ 300 NS ns1.example.org.", "@ 300 NS ns2.example.org.")
	if p := w.plan(); !p.Plan.Empty() {
		t.Errorf("the next plan has %+v", p.Plan.Zones[0].Changes)
	}
}

// watcher remembers what a zone was created with.
type watcher struct {
	*providertest.Memory
	spec provider.Spec
}

// Create remembers spec.
func (w *watcher) Create(ctx context.Context, name state.Name, spec provider.Spec) (provider.Zone, error) {
	w.spec = spec
	return w.Memory.Create(ctx, name, spec)
}

func TestAZoneIsCreatedWithItsSOAAndNameServers(t *testing.T) {
	w := newWorld(t)
	watch := &watcher{Memory: w.memory}
	w.engine.Providers["mem"] = apply.Opened{Kind: "memory", Provider: watch}
	lines := []string{"@ 300 SOA ns1.example.net. host.example.net. 1 2 3 4 5", "@ 300 NS ns1.example.net.", "www 300 A 192.0.2.1"}
	target := w.want(newZone, lines...)
	target.Create, target.Spec.Type = true, "primary"
	if r := w.apply(); !r.Complete() {
		t.Errorf("report: %+v", r)
	}
	if watch.spec.Type != "primary" || !watch.spec.SOA.Equal(target.Want.Find(state.Key{Name: newZone, Type: state.SOA})) ||
		!watch.spec.NS.Equal(target.Want.Find(state.Key{Name: newZone, Type: state.NS})) {
		t.Errorf("created with %+v", watch.spec)
	}
	w.holds(newZone, lines...)
}
