package apply_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/zoneloom/zoneloom/apply"
	"github.com/zoneloom/zoneloom/provider"
	"github.com/zoneloom/zoneloom/provider/providertest"
	"github.com/zoneloom/zoneloom/state"
)

// TestReportIsTrue lets a service refuse, lose and halve requests at random: the
// report must agree with the zone, no operation may be repeated that took
// effect, and a second run must finish the work.
func TestReportIsTrue(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t)
		w.memory.BatchLimit = rapid.IntRange(0, 5).Draw(rt, "limit")
		before, after := drawLines(rt, "before"), drawLines(rt, "after")
		w.live("example.com.", before...)
		w.want("example.com.", after...)
		p := w.plan()
		was := w.memory.Content("example.com.")
		verdicts := rapid.SliceOfN(rapid.SampledFrom([]providertest.Verdict{
			providertest.Commit, providertest.Refuse, providertest.LoseRequest, providertest.LoseAnswer, providertest.LoseHalf,
		}), 0, 8).Draw(rt, "verdicts")
		w.memory.OnWrite = script(verdicts...)
		r, err := w.engine.Apply(t.Context(), p, apply.Options{KeepGoing: rapid.Bool().Draw(rt, "keep going")})
		if (err == nil) != r.Complete() {
			rt.Fatalf("Apply = %v, but Complete is %t", err, r.Complete())
		}
		for i := range r.Zones {
			truth(rt, was, w.memory.Content("example.com."), &r.Zones[i])
		}
		w.memory.OnWrite = nil
		w.apply()
		if diff := cmp.Diff(plain(zone(t, "example.com.", after...)), plain(w.memory.Content("example.com."))); diff != "" {
			rt.Fatalf("the second run leaves a difference (-want +got):\n%s", diff)
		}
	})
}

// truth holds the report on each change against the zone.
func truth(t *rapid.T, was, is *state.Zone, r *apply.ZoneReport) {
	for _, c := range r.Changes {
		now := is.Find(c.Key)
		switch {
		case c.Result == provider.Made && !now.Equal(c.After):
			t.Errorf("%s is told to be made and isn't", c.Key)
		case c.Result == provider.NotMade && !c.Already && !now.Equal(was.Find(c.Key)):
			t.Errorf("%s is told not to be made and has changed", c.Key)
		case c.Result == provider.Unknown && r.Err == nil:
			t.Errorf("%s is open, but the zone has no error", c.Key)
		}
	}
}

// drawLines draws the content of a zone of a few names.
func drawLines(t *rapid.T, label string) []string {
	var lines []string
	for i := range 4 {
		for _, n := range rapid.SliceOfNDistinct(rapid.IntRange(1, 4), 0, 3, rapid.ID).Draw(t, fmt.Sprint(label, i)) {
			lines = append(lines, fmt.Sprintf("host%d 300 A 192.0.2.%d", i, n))
		}
		if rapid.Bool().Draw(t, "text") {
			lines = append(lines, fmt.Sprintf(`host%d 300 TXT "text"`, i))
		}
	}
	return lines
}

// TestAKilledRunConverges stops a run in the middle and applies the same saved
// plan again.
func TestAKilledRunConverges(t *testing.T) {
	for _, verdict := range []providertest.Verdict{providertest.LoseAnswer, providertest.LoseRequest} {
		w := newWorld(t)
		w.memory.BatchLimit = 2
		w.live("example.com.")
		w.want("example.com.", hosts(6)...)
		p := stored(t, w.plan().Plan)
		ctx, cancel := context.WithCancel(t.Context())
		requests := 0
		w.memory.OnWrite = func(context.Context, providertest.Write) providertest.Verdict {
			if requests++; requests == 2 {
				return verdict
			}
			return providertest.Commit
		}
		w.engine.Events = func(e apply.Event) {
			if e.Kind == apply.EventLost {
				cancel()
			}
		}
		r, err := w.engine.Apply(ctx, apply.Saved(p, w.targets), apply.Options{})
		if made, notMade, unknown := r.Count(); err == nil || made != 2 || notMade != 2 || unknown != 2 {
			t.Fatalf("the killed run: %v, %v", results(r, 0), err)
		}
		if _, err := w.engine.Apply(t.Context(), apply.Saved(p, w.targets), apply.Options{}); err != nil {
			t.Fatal(err)
		}
		w.holds("example.com.", hosts(6)...)
	}
}
