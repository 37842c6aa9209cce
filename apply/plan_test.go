package apply_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneloom/zoneloom/apply"
	"github.com/zoneloom/zoneloom/provider"
	"github.com/zoneloom/zoneloom/provider/providertest"
	"github.com/zoneloom/zoneloom/state"
)

func TestPlanCalls(t *testing.T) {
	w := newWorld(t)
	for i := range 50 {
		name := state.Name(fmt.Sprintf("zone%02d.example.", i))
		w.live(name, "www 300 A 192.0.2.1")
		w.want(name, "www 300 A 192.0.2.2")
	}
	w.plan()
	if got, want := w.memory.Calls(), (providertest.Calls{Zones: 1, Reads: 50}); got != want {
		t.Errorf("calls = %+v, want %+v", got, want)
	}
	last := w.events[len(w.events)-1]
	if last.Kind != apply.EventRead || last.Done != 50 || last.Total != 50 {
		t.Errorf("the last event is %+v", last)
	}
}

func TestPlanTellsAllFaultsAtOnce(t *testing.T) {
	w := newWorld(t)
	w.memory.Attrs, w.memory.MinTTL = []string{}, 60
	w.live("a.example.", "www 300 A 192.0.2.1")
	w.live("b.example.")
	w.memory.OnRead = func(_ context.Context, z state.Name) error {
		if z == "b.example." {
			return errors.New("the page was short")
		}
		return nil
	}
	w.want("a.example.", "www 5 A 192.0.2.1", "mail 6 A 192.0.2.1")
	w.want("b.example.", "www 7 A 192.0.2.1")
	w.want("absent.example.", "www 300 A 192.0.2.1")
	w.want("elsewhere.example.", "www 8 A 192.0.2.1").Provider = "closed"
	_, err := w.engine.Plan(t.Context(), w.targets)
	problems, ok := errors.AsType[*apply.ProblemsError](err)
	if !ok {
		t.Fatalf("Plan = %v, want problems", err)
	}
	var at []string
	for _, p := range problems.Problems {
		at = append(at, fmt.Sprintf("%s %s line %d", p.Zone, p.Key, p.Src))
	}
	want := []string{
		"a.example. mail.a.example. A line 2", "a.example. www.a.example. A line 1", "b.example. www.b.example. A line 1",
	}
	if diff := cmp.Diff(want, at); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
	contains(t, err.Error(),
		"zone b.example.: mem: read the zone: the page was short",
		"zone absent.example.: mem: the zone is absent, or not visible to these credentials; `create: true` creates it",
		"provider closed: it was not opened", "mail.a.example. A: ttl must lie between 60 and")
	if !errors.Is(err, provider.ErrNoZone) {
		t.Error("the error isn't ErrNoZone for who branches on it")
	}
}

func TestPlanFailsWholeWhenZonesCannotBeListed(t *testing.T) {
	w := newWorld(t)
	w.memory.OnZones = func(context.Context, []state.Name) error { return provider.ErrAuth }
	w.want("a.example.", "www 300 A 192.0.2.1").Create = true
	w.want("b.example.")
	p, err := w.engine.Plan(t.Context(), w.targets)
	if p != nil || !errors.Is(err, provider.ErrAuth) {
		t.Fatalf("Plan = %v, %v", p, err)
	}
	if got := err.Error(); got != "provider mem: list zones: the credentials were not accepted" {
		t.Errorf("the error is told more than once: %s", got)
	}
}

func TestPlanRefusesAnotherZonesContent(t *testing.T) {
	w := newWorld(t)
	w.engine.Providers["mem"] = apply.Opened{Kind: "memory", Provider: mixedUp{w.memory}}
	w.live("a.example.", "www 300 A 192.0.2.1")
	w.want("a.example.")
	_, err := w.engine.Plan(t.Context(), w.targets)
	if err == nil {
		t.Fatal("Plan took the content of another zone")
	}
	contains(t, err.Error(), "zone a.example.: mem: the provider returned another zone")
}

// mixedUp is a provider whose zones read as another one.
type mixedUp struct{ provider.Provider }

func (m mixedUp) Zones(ctx context.Context, want []state.Name) (map[state.Name]provider.Zone, error) {
	found, err := m.Provider.Zones(ctx, want)
	for name, z := range found {
		found[name] = mixedUpZone{z}
	}
	return found, err
}

type mixedUpZone struct{ provider.Zone }

func (z mixedUpZone) Read(context.Context) (*provider.Snapshot, error) {
	return &provider.Snapshot{Zone: &state.Zone{Name: "b.example."}}, nil
}

func TestZonesAreReadSideBySide(t *testing.T) {
	w := newWorld(t)
	w.engine.Parallel = 3
	var inside atomic.Int32
	full := make(chan struct{})
	w.memory.OnRead = func(ctx context.Context, _ state.Name) error {
		switch n := inside.Add(1); {
		case n == 3:
			close(full)
		case n > 3:
			return errors.New("more zones are read at once than allowed")
		}
		select {
		case <-full:
		case <-ctx.Done():
			return ctx.Err()
		}
		return nil
	}
	for i := range 3 {
		name := state.Name(fmt.Sprintf("zone%d.example.", i))
		w.live(name)
		w.want(name)
	}
	w.plan() // hangs until all three are being read
}

func TestPlanStopsWithItsContext(t *testing.T) {
	w := newWorld(t)
	w.live("a.example.")
	w.want("a.example.")
	ctx, cancel := context.WithCancel(t.Context())
	w.memory.OnRead = func(ctx context.Context, _ state.Name) error {
		cancel()
		<-ctx.Done()
		return ctx.Err()
	}
	if _, err := w.engine.Plan(ctx, w.targets); !errors.Is(err, context.Canceled) {
		t.Errorf("Plan = %v, want it cancelled", err)
	}
}
