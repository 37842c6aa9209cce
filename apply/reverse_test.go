package apply_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/zoneloom/zoneloom/apply"
	"github.com/zoneloom/zoneloom/plan"
	"github.com/zoneloom/zoneloom/provider/providertest"
	"github.com/zoneloom/zoneloom/state"
)

// drawRecords draws the lines of a zone without a name that has a CNAME and more.
func drawRecords(t *rapid.T, label string) []string {
	var lines []string
	for i := range 6 {
		switch rapid.IntRange(0, 3).Draw(t, fmt.Sprint(label, i)) {
		case 1:
			lines = append(lines, fmt.Sprintf("n%d 300 CNAME %s.example.net.", i, rapid.SampledFrom([]string{"a", "b"}).Draw(t, "target")))
		case 2:
			lines = append(lines, fmt.Sprintf("n%d %d A 192.0.2.%d", i, rapid.SampledFrom([]int{60, 300}).Draw(t, "ttl"), rapid.IntRange(1, 3).Draw(t, "host")))
		case 3:
			lines = append(lines, fmt.Sprintf("n%d 300 A 192.0.2.9", i), fmt.Sprintf("n%d 300 TXT \"%d\"", i, rapid.IntRange(1, 3).Draw(t, "text")))
		}
	}
	return lines
}

// TestReverseBringsBackWhatOthersLeft applies a random plan, some requests of
// which the service may refuse, has somebody else edit the zone, and takes it all
// back: what the others didn't touch is as it was.
func TestReverseBringsBackWhatOthersLeft(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t)
		w.memory.BatchLimit = rapid.IntRange(2, 20).Draw(rt, "batch")
		first := zone(t, "example.com.", drawRecords(rt, "live")...)
		w.memory.Seed(first)
		w.want("example.com.", drawRecords(rt, "want")...)
		good := rapid.IntRange(0, 4).Draw(rt, "requests")
		w.memory.OnWrite = func(context.Context, providertest.Write) providertest.Verdict {
			if good--; good < 0 {
				return providertest.Refuse
			}
			return providertest.Commit
		}
		p := w.plan()
		_, _ = w.engine.Apply(t.Context(), p, apply.Options{})
		w.memory.OnWrite = nil

		edited := map[state.Name]bool{}
		for _, i := range rapid.SliceOfNDistinct(rapid.IntRange(0, 5), 0, 2, rapid.ID).Draw(rt, "edits") {
			name := state.Name(fmt.Sprintf("n%d.example.com.", i))
			edited[name] = true
			for _, s := range slices.Clone(w.memory.Content("example.com.").At(name)) {
				w.memory.Edit("example.com.", s.Key)
			}
			w.memory.Edit("example.com.", state.Key{Name: name, Type: "A"}, state.Record{Data: "198.51.100.1", TTL: 30})
		}
		now := w.memory.Content("example.com.")
		back, _, err := w.engine.Reverse(t.Context(), p.Plan, w.targets, false)
		if err != nil {
			rt.Fatal(err)
		}
		for _, r := range back.Plan.Refusals() {
			back.Plan.Allow([]plan.Allowance{r.Allowance()})
		}
		if _, err := w.engine.Apply(t.Context(), back, apply.Options{}); err != nil {
			rt.Fatal(err)
		}
		got := w.memory.Content("example.com.")
		for i := range 6 {
			name := state.Name(fmt.Sprintf("n%d.example.com.", i))
			want := first
			if edited[name] {
				want = now
			}
			if edited[name] && len(got.At(name)) > 1 {
				continue // what they took away and the plan didn't change may be there again
			}
			if diff := cmp.Diff(plain(&state.Zone{RRsets: want.At(name)}), plain(&state.Zone{RRsets: got.At(name)})); diff != "" {
				rt.Fatalf("%s (-want +got):\n%s", name, diff)
			}
		}
	})
}

func TestReverseKnowsItsZone(t *testing.T) {
	w := newWorld(t)
	w.live("example.com.", "www 300 A 192.0.2.1")
	w.want("example.com.", "www 300 A 192.0.2.2")
	p := w.plan()
	if _, err := w.engine.Apply(t.Context(), p, apply.Options{}); err != nil {
		t.Fatal(err)
	}
	z := p.Plan.Zones[0]
	z.Target = "memory:another"
	_, _, err := w.engine.Reverse(t.Context(), &plan.Plan{Zones: []plan.Zone{z}}, w.targets, true)
	refused, isRefused := errors.AsType[*apply.Refused](err)
	if !isRefused || len(refused.Moved) != 1 {
		t.Errorf("error %v, want a refusal", err)
	}
	w.memory.Drop("example.com.")
	if _, _, err := w.engine.Reverse(t.Context(), p.Plan, w.targets, true); err == nil {
		t.Error("a zone that is gone is no error")
	}
}

func TestSnapshotAndRestore(t *testing.T) {
	w := newWorld(t)
	lines := []string{"@ 300 MX 10 mx.example.net.", "www 300 A 192.0.2.1", "alias 300 CNAME www.example.com."}
	w.live("example.com.", lines...)
	w.want("example.com.")
	kept, err := w.engine.Snapshot(t.Context(), w.targets)
	if err != nil {
		t.Fatal(err)
	}
	w.live("example.com.", "www 60 A 192.0.2.7", "alias 300 A 192.0.2.8", "new 300 A 192.0.2.9", "_acme-challenge 60 TXT \"token\"")
	back, left, err := w.engine.Restore(t.Context(), kept, w.targets)
	if err != nil || len(left) > 0 {
		t.Fatal(err, left)
	}
	for _, r := range back.Plan.Refusals() {
		back.Plan.Allow([]plan.Allowance{r.Allowance()})
	}
	if _, err := w.engine.Apply(t.Context(), back, apply.Options{}); err != nil {
		t.Fatal(err)
	}
	w.holds("example.com.", append(lines, "_acme-challenge 60 TXT \"token\"")...)
	w.want("absent.example.")
	if _, err := w.engine.Snapshot(t.Context(), w.targets); err == nil {
		t.Error("a zone that is absent is no error")
	}
}
