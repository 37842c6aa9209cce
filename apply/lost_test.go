package apply_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneloom/zoneloom/apply"
	"github.com/zoneloom/zoneloom/provider"
	"github.com/zoneloom/zoneloom/provider/providertest"
	"github.com/zoneloom/zoneloom/state"
)

// script returns an OnWrite that gives one verdict after another, and then
// commits.
func script(verdicts ...providertest.Verdict) func(context.Context, providertest.Write) providertest.Verdict {
	return func(context.Context, providertest.Write) providertest.Verdict {
		if len(verdicts) == 0 {
			return providertest.Commit
		}
		v := verdicts[0]
		verdicts = verdicts[1:]
		return v
	}
}

func TestLostAnswers(t *testing.T) {
	const (
		commit, answer, request, half = providertest.Commit, providertest.LoseAnswer, providertest.LoseRequest, providertest.LoseHalf
	)
	tests := []struct {
		name     string
		verdicts []providertest.Verdict
		ops      int // operations sent in all; 6 are needed
	}{
		{"the answer to the only request", []providertest.Verdict{answer}, 6},
		{"the request", []providertest.Verdict{request}, 12},
		{"half of a request", []providertest.Verdict{half}, 9},
		{"one after another", []providertest.Verdict{half, request, answer}, 12},
		{"twice", []providertest.Verdict{request, request, commit}, 18},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.live("example.com.", "host000 300 A 198.51.100.1", "gone 300 A 198.51.100.1", "more 300 A 198.51.100.1")
			w.want("example.com.", hosts(4)...)
			w.memory.OnWrite = script(tt.verdicts...)
			r := w.apply()
			w.holds("example.com.", hosts(4)...)
			if made, notMade, unknown := r.Count(); made != 6 || notMade+unknown != 0 {
				t.Errorf("Count = %d, %d, %d", made, notMade, unknown)
			}
			if got := w.memory.Calls().Ops; got != tt.ops {
				t.Errorf("%d operations were sent, want %d", got, tt.ops)
			}
			if last := w.events[len(w.events)-1]; last.Kind != apply.EventVerified || last.Done != 6 {
				t.Errorf("the last event is %+v", last)
			}
		})
	}
}

func TestLostAgainAndAgainEnds(t *testing.T) {
	w := newWorld(t)
	w.live("example.com.")
	w.want("example.com.", "www 300 A 192.0.2.1")
	w.memory.OnWrite = func(context.Context, providertest.Write) providertest.Verdict { return providertest.LoseRequest }
	r, err := w.engine.Apply(t.Context(), w.plan(), apply.Options{})
	if !errors.Is(err, provider.ErrUnknown) || r.Complete() {
		t.Fatalf("Apply = %v", err)
	}
	if n := w.memory.Calls().Requests; n != 4 || r.Zones[0].Requests != 4 {
		t.Errorf("%d requests, reported %d, want 4", n, r.Zones[0].Requests)
	}
	if diff := cmp.Diff(map[string]string{"www.example.com. A": "not made"}, results(r, 0)); diff != "" {
		t.Errorf("results (-want +got):\n%s", diff)
	}
}

func TestARequestThatArrivesLateIsNotRepeated(t *testing.T) {
	w := newWorld(t)
	w.live("example.com.")
	w.want("example.com.", "www 300 A 192.0.2.1", "mail 300 A 192.0.2.2")
	sent := 0
	w.memory.OnWrite = func(context.Context, providertest.Write) providertest.Verdict {
		sent++
		if sent == 1 {
			return providertest.LoseRequest
		}
		// The first one takes effect only now, after the zone was read again.
		w.live("example.com.", "www 300 A 192.0.2.1", "mail 300 A 192.0.2.2")
		return providertest.Commit // which the service refuses: the records exist
	}
	r, err := w.engine.Apply(t.Context(), w.plan(), apply.Options{KeepGoing: true})
	if err != nil || !r.Complete() || sent != 2 {
		t.Fatalf("Apply = %+v, %v after %d requests", r, err, sent)
	}
	w.holds("example.com.", "www 300 A 192.0.2.1", "mail 300 A 192.0.2.2")
}

func TestNeitherBeforeNorAfterStopsTheZone(t *testing.T) {
	w := newWorld(t)
	w.live("example.com.", "www 300 A 192.0.2.1")
	w.want("example.com.", "www 300 A 192.0.2.2", "mail 300 A 192.0.2.3")
	p := w.plan()
	w.memory.OnWrite = func(context.Context, providertest.Write) providertest.Verdict {
		w.memory.Edit("example.com.", state.Key{Name: "www.example.com.", Type: "A"}, state.Record{Data: "192.0.2.66", TTL: 300})
		return providertest.LoseRequest
	}
	r, err := w.engine.Apply(t.Context(), p, apply.Options{})
	if err == nil || w.memory.Calls().Requests != 1 || !r.Wrote() {
		t.Fatalf("Apply = %+v, %v", r, err)
	}
	contains(t, err.Error(), "somebody else changed the zone meanwhile",
		"www.example.com. A is 192.0.2.66 (ttl 300), neither as before nor as planned")
	if diff := cmp.Diff(map[string]string{"www.example.com. A": "unknown", "mail.example.com. A": "not made"}, results(r, 0)); diff != "" {
		t.Errorf("results (-want +got):\n%s", diff)
	}
}

func TestAZoneThatCannotBeReadAfterALostAnswer(t *testing.T) {
	w := newWorld(t)
	w.live("example.com.")
	w.want("example.com.", "www 300 A 192.0.2.1")
	p := w.plan()
	w.memory.OnWrite = script(providertest.LoseAnswer)
	w.memory.OnRead = func(context.Context, state.Name) error { return errors.New("the page was short") }
	r, err := w.engine.Apply(t.Context(), p, apply.Options{})
	if !errors.Is(err, provider.ErrUnknown) || !r.Wrote() {
		t.Fatalf("Apply = %+v, %v", r, err)
	}
	contains(t, err.Error(), "read it again: read the zone: the page was short")
	if _, _, unknown := r.Count(); unknown != 1 {
		t.Errorf("results are %v", results(r, 0))
	}
}

func TestARefusedRequestLeavesTheRestUnsent(t *testing.T) {
	w := newWorld(t)
	w.memory.BatchLimit = 1
	w.live("example.com.")
	w.want("example.com.", hosts(3)...)
	w.memory.OnWrite = providertest.RefuseNames("host001.example.com.")
	r, err := w.engine.Apply(t.Context(), w.plan(), apply.Options{})
	if !errors.Is(err, provider.ErrRefused) || !r.Wrote() || r.Complete() {
		t.Fatalf("Apply = %v", err)
	}
	want := map[string]string{"host000.example.com. A": "made", "host001.example.com. A": "not made", "host002.example.com. A": "not made"}
	if diff := cmp.Diff(want, results(r, 0)); diff != "" {
		t.Errorf("results (-want +got):\n%s", diff)
	}
	w.holds("example.com.", hosts(1)...)
	if !r.Zones[0].Verified {
		t.Error("what was made wasn't verified")
	}
}

func TestTheCulpritIsNamed(t *testing.T) {
	w := newWorld(t)
	w.live("example.com.")
	w.want("example.com.", hosts(3)...)
	w.memory.OnWrite = script(providertest.Refuse)
	w.memory.Blame = func(providertest.Write) int { return 1 }
	r, err := w.engine.Apply(t.Context(), w.plan(), apply.Options{})
	if !errors.Is(err, provider.ErrRefused) || r.Wrote() {
		t.Fatalf("Apply = %+v, %v", r, err)
	}
	for i, c := range r.Zones[0].Changes {
		if (c.Err != nil) != (i == 1) || i == 1 && c.After.Records[0].Src != 2 {
			t.Errorf("change %d of %s has the error %v", i, c.Key, c.Err)
		}
	}
}

// silent is a provider that claims to have written and hasn't.
type silent struct{ provider.Zone }

func (silent) Write(context.Context, *provider.Snapshot, []state.Change, provider.Recorder) error {
	return nil
}

type silentProvider struct{ provider.Provider }

func (p silentProvider) Zones(ctx context.Context, want []state.Name) (map[state.Name]provider.Zone, error) {
	found, err := p.Provider.Zones(ctx, want)
	for name, z := range found {
		found[name] = silent{z}
	}
	return found, err
}

func TestAProviderThatClaimsToHaveWritten(t *testing.T) {
	w := newWorld(t)
	w.engine.Providers["mem"] = apply.Opened{Kind: "memory", Provider: silentProvider{w.memory}}
	w.live("example.com.")
	w.want("example.com.", "www 300 A 192.0.2.1")
	r, err := w.engine.Apply(t.Context(), w.plan(), apply.Options{})
	if err == nil || r.Complete() {
		t.Fatalf("Apply = %+v, %v", r, err)
	}
	contains(t, err.Error(), "www.example.com. A was not written, though the provider reported no fault")
}
