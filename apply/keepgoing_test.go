package apply_test

import (
	"context"
	"errors"
	"fmt"
	"math/bits"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/zoneloom/zoneloom/apply"
	"github.com/zoneloom/zoneloom/provider"
	"github.com/zoneloom/zoneloom/provider/providertest"
	"github.com/zoneloom/zoneloom/state"
)

// ceilLog2 returns the least k with 2^k >= n.
func ceilLog2(n int) int { return bits.Len(uint(n - 1)) }

// TestKeepGoingCost holds the search for bad names to its bound, whether the
// service names the culprit, names a wrong one, or none.
func TestKeepGoingCost(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		names := rapid.IntRange(1, 60).Draw(rt, "names")
		limit := rapid.IntRange(1, 60).Draw(rt, "limit")
		bad := rapid.SliceOfNDistinct(rapid.IntRange(0, names-1), 0, min(names, 6), rapid.ID).Draw(rt, "bad")
		w := newWorld(t)
		w.memory.BatchLimit = limit
		w.memory.OnWrite = providertest.RefuseNames(hostNames(bad)...)
		switch rapid.SampledFrom([]string{"right", "wrong", "nobody"}).Draw(rt, "blame") {
		case "right":
			w.memory.Blame = func(wr providertest.Write) int {
				return slices.IndexFunc(wr.Sent, func(c state.Change) bool { return slices.Contains(hostNames(bad), c.Name) })
			}
		case "wrong":
			w.memory.Blame = func(wr providertest.Write) int { return rapid.IntRange(0, len(wr.Sent)-1).Draw(rt, "blamed") }
		}
		w.live("example.com.")
		w.want("example.com.", hosts(names)...)
		r, err := w.engine.Apply(t.Context(), w.plan(), apply.Options{KeepGoing: true})
		if (err != nil) != (len(bad) > 0) || err != nil && !errors.Is(err, provider.ErrRefused) {
			rt.Fatalf("Apply = %v with %d bad names", err, len(bad))
		}
		for i, c := range r.Zones[0].Changes {
			isBad := slices.Contains(hostNames(bad), c.Name)
			if made := c.Result == provider.Made; made == isBad || (c.Err != nil) != isBad {
				rt.Errorf("change %d of %s: result %d, %v", i, c.Name, c.Result, c.Err)
			}
		}
		if got := w.memory.Content("example.com.").Len(); got != names-len(bad) {
			rt.Errorf("%d records are there, want %d", got, names-len(bad))
		}
		most := (names + limit - 1) / limit
		for range bad {
			most += 2*ceilLog2(min(names, limit)) + 1
		}
		if got := w.memory.Calls().Requests; got > most {
			rt.Errorf("%d requests, at most %d are allowed", got, most)
		}
	})
}

func hostNames(indexes []int) []state.Name {
	names := make([]state.Name, len(indexes))
	for i, n := range indexes {
		names[i] = state.Name(fmt.Sprintf("host%03d.example.com.", n))
	}
	return names
}

func TestKeepGoingKeepsANameWhole(t *testing.T) {
	w := newWorld(t)
	w.live("example.com.", "www 300 A 192.0.2.1")
	w.want("example.com.", "www 300 CNAME host.example.net.", "mail 300 A 192.0.2.1")
	w.memory.OnWrite = providertest.RefuseNames("www.example.com.")
	r, err := w.engine.Apply(t.Context(), w.plan(), apply.Options{KeepGoing: true})
	if err == nil || r.Complete() || !r.Wrote() {
		t.Fatalf("Apply = %+v, %v", r, err)
	}
	contains(t, err.Error(), "zone example.com.: mem: www.example.com.: request 1: the service refused")
	w.holds("example.com.", "www 300 A 192.0.2.1", "mail 300 A 192.0.2.1")
}

func TestKeepGoingWhereOnlyTheWholeIsRefused(t *testing.T) {
	w := newWorld(t)
	w.live("example.com.")
	w.want("example.com.", hosts(8)...)
	w.memory.OnWrite = func(_ context.Context, wr providertest.Write) providertest.Verdict {
		if len(wr.Sent) > 4 {
			return providertest.Refuse
		}
		return providertest.Commit
	}
	if _, err := w.engine.Apply(t.Context(), w.plan(), apply.Options{KeepGoing: true}); err != nil {
		t.Fatal(err)
	}
	w.holds("example.com.", hosts(8)...)
}

func TestKeepGoingAfterALostAnswer(t *testing.T) {
	w := newWorld(t)
	w.live("example.com.")
	w.want("example.com.", hosts(8)...)
	refuse, n := providertest.RefuseNames("host005.example.com."), 0
	w.memory.OnWrite = func(ctx context.Context, wr providertest.Write) providertest.Verdict {
		if n++; n == 2 {
			return providertest.LoseAnswer
		}
		return refuse(ctx, wr)
	}
	r, err := w.engine.Apply(t.Context(), w.plan(), apply.Options{KeepGoing: true})
	if !errors.Is(err, provider.ErrRefused) || errors.Is(err, provider.ErrUnknown) {
		t.Fatalf("Apply = %v", err)
	}
	if made, notMade, unknown := r.Count(); made != 7 || notMade != 1 || unknown != 0 {
		t.Errorf("Count = %d, %d, %d: %v", made, notMade, unknown, results(r, 0))
	}
}

// A name that is over the limit by itself is split. When its second part is
// refused, the first stays, which the report must not hide.
func TestKeepGoingAfterHalfAName(t *testing.T) {
	tests := []struct {
		limit int
		left  []string
	}{
		{1, []string{"b 300 A 192.0.2.1"}},
		{2, []string{"b 300 A 192.0.2.1", "b 300 A 192.0.2.2"}},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("at most %d operations", tt.limit), func(t *testing.T) {
			w := newWorld(t)
			w.memory.BatchLimit = tt.limit
			w.live("example.com.", `a 300 TXT "x"`)
			w.want("example.com.", "b 300 A 192.0.2.1", "b 300 A 192.0.2.2", "b 300 A 192.0.2.3", `b 300 TXT "x"`)
			w.memory.OnWrite = script(providertest.Commit, providertest.Refuse)
			r, err := w.engine.Apply(t.Context(), w.plan(), apply.Options{KeepGoing: true})
			if !errors.Is(err, provider.ErrRefused) || r.Complete() {
				t.Fatalf("Apply = %+v, %v", r, err)
			}
			contains(t, err.Error(), "b.example.com.: request 2: the service refused", "after the write b.example.com. A is 192.0.2.1 (ttl 300)")
			w.holds("example.com.", tt.left...)
			want := map[string]string{"a.example.com. TXT": "made", "b.example.com. TXT": "not made", "b.example.com. A": "unknown"}
			if diff := cmp.Diff(want, results(r, 0)); diff != "" {
				t.Errorf("results (-want +got):\n%s", diff)
			}
			for _, c := range r.Zones[0].Changes {
				if (c.Err != nil) != (c.Name == "b.example.com.") {
					t.Errorf("%s has the error %v", c.Key, c.Err)
				}
			}
		})
	}
}

// What was refused is named with the place that asks for it.
func TestRefusalsNameThePlace(t *testing.T) {
	for _, keepGoing := range []bool{false, true} {
		w := newWorld(t)
		w.live("example.com.")
		w.want("example.com.", "www 300 A 192.0.2.1", "mail 300 A 192.0.2.1", "mail 300 A 192.0.2.2")
		w.memory.OnWrite = providertest.RefuseNames("mail.example.com.")
		w.memory.Blame = func(wr providertest.Write) int {
			return slices.IndexFunc(wr.Sent, func(c state.Change) bool { return c.Name == "mail.example.com." })
		}
		pos := func(s state.Src) (string, int) { return "zoneloom.yaml", 10 * int(s) }
		r, err := w.engine.Apply(t.Context(), w.plan(), apply.Options{KeepGoing: keepGoing, Pos: pos})
		if !errors.Is(err, provider.ErrRefused) {
			t.Fatalf("Apply = %v", err)
		}
		contains(t, err.Error(), "zone example.com.: mem: zoneloom.yaml:20: ")
		for _, c := range r.Zones[0].Changes {
			if file, line := c.Place(pos); file != "zoneloom.yaml" || (line == 20) != (c.Name == "mail.example.com.") {
				t.Errorf("%s is declared at %s:%d", c.Key, file, line)
			}
			c.Record = "192.0.2.2"
			if _, line := c.Place(pos); (line == 30) != (c.Name == "mail.example.com.") {
				t.Errorf("the record of %s is declared at line %d", c.Key, line)
			}
		}
	}
}
