package apply_test

import (
	"context"
	"errors"
	"fmt"
	"math/bits"
	"slices"
	"strings"
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

// What needs a refused name stays as it is, and what a refused name still needs
// stays too.
func TestKeepGoingHoldsBack(t *testing.T) {
	tests := []struct {
		name             string
		live, want, left []string
		refused          []state.Name
		held             map[string]string // and what for
	}{
		{
			name:    "a CNAME isn't moved to a target that was refused",
			live:    []string{"old 300 A 192.0.2.1", "www 300 CNAME old.example.com."},
			want:    []string{"new 300 A 192.0.2.2", "www 300 CNAME new.example.com.", "x 300 A 192.0.2.3"},
			refused: []state.Name{"new.example.com."},
			left:    []string{"old 300 A 192.0.2.1", "www 300 CNAME old.example.com.", "x 300 A 192.0.2.3"},
			held:    map[string]string{"www.example.com. CNAME": "new.example.com., which was refused", "old.example.com. A": "www.example.com., which is held back too"},
		},
		{
			name:    "what a refused CNAME points at isn't taken away",
			live:    []string{"old 300 A 192.0.2.1", "www 300 CNAME old.example.com."},
			want:    []string{"www 300 CNAME example.net."},
			refused: []state.Name{"www.example.com."},
			left:    []string{"old 300 A 192.0.2.1", "www 300 CNAME old.example.com."},
			held:    map[string]string{"old.example.com. A": "www.example.com., which was refused"},
		},
		{
			name:    "mail isn't sent to a host that isn't there",
			live:    []string{"@ 300 MX 10 mx.example.net."},
			want:    []string{"@ 300 MX 10 mx.example.com.", "@ 300 TXT x", "mx 300 A 192.0.2.1", "a 300 A 192.0.2.1"},
			refused: []state.Name{"mx.example.com."},
			left:    []string{"@ 300 MX 10 mx.example.net.", "a 300 A 192.0.2.1"},
			held:    map[string]string{"example.com. MX": "mx.example.com., which was refused", "example.com. TXT": "mx.example.com., which was refused"},
		},
		{
			name:    "a name with addresses doesn't lose them for a CNAME to nothing",
			live:    []string{"www 300 A 192.0.2.1"},
			want:    []string{"www 300 CNAME new.example.com.", "new 300 AAAA 2001:db8::1", "b 300 TXT y"},
			refused: []state.Name{"new.example.com."},
			left:    []string{"www 300 A 192.0.2.1", "b 300 TXT y"},
			held:    map[string]string{"www.example.com. A": "new.example.com., which was refused", "www.example.com. CNAME": "new.example.com., which was refused"},
		},
		{
			name:    "a delegation waits for its glue",
			want:    []string{"sub 300 NS ns.sub.example.com.", "sub 300 DS 1 8 2 " + strings.Repeat("ab", 32), "ns.sub 300 A 192.0.2.1"},
			refused: []state.Name{"ns.sub.example.com."},
			held:    map[string]string{"sub.example.com. NS": "ns.sub.example.com., which was refused", "sub.example.com. DS": "ns.sub.example.com., which was refused"},
		},
		{
			name:    "only what concerns the refused name is held back",
			live:    []string{"lb 300 A 192.0.2.1", "www 300 CNAME lb.example.com."},
			want:    []string{"lb 300 A 192.0.2.2", "www 60 CNAME lb.example.com.", "b 300 CNAME www.example.com."},
			refused: []state.Name{"lb.example.com."},
			left:    []string{"lb 300 A 192.0.2.1", "www 60 CNAME lb.example.com."},
			held:    map[string]string{"b.example.com. CNAME": "lb.example.com., which was refused"},
		},
	}
	for _, tt := range tests {
		for _, limit := range []int{0, 3} {
			t.Run(fmt.Sprintf("%s (limit %d)", tt.name, limit), func(t *testing.T) {
				w := newWorld(t)
				w.memory.BatchLimit = limit
				w.live("example.com.", tt.live...)
				w.want("example.com.", tt.want...)
				w.memory.OnWrite = providertest.RefuseNames(tt.refused...)
				r, err := w.engine.Apply(t.Context(), w.plan(), apply.Options{KeepGoing: true})
				if !errors.Is(err, provider.ErrRefused) {
					t.Fatalf("Apply = %v", err)
				}
				w.holds("example.com.", tt.left...)
				held := map[string]string{}
				for _, c := range r.Zones[0].Changes {
					if h, ok := errors.AsType[*apply.HeldBack](c.Err); ok {
						held[c.Key.String()] = strings.TrimPrefix(h.Error(), "held back, as it goes together with ")
						contains(t, err.Error(), string(c.Name)+": held back")
					}
				}
				if diff := cmp.Diff(tt.held, held); diff != "" {
					t.Errorf("held back (-want +got):\n%s", diff)
				}
			})
		}
	}
}

// Whatever is refused, no name is led to one that isn't there, unless it was before
// or was to be; and the search keeps to its bound.
func TestKeepGoingLeavesNothingDangling(t *testing.T) {
	const most = 12
	// CNAMEs lead up or down, so that they make no loop, in which nothing answers.
	zone := func(rt *rapid.T, label string, down bool) []string {
		var lines []string
		for i := range most {
			least, last := i+1, most
			if down {
				least, last = 0, i
			}
			switch n := rapid.IntRange(least-most, last-1).Draw(rt, label); {
			case n < least-most/2:
			case n < least:
				lines = append(lines, fmt.Sprintf("host%03d 300 A 192.0.2.%d", i, least-n))
			default:
				lines = append(lines, fmt.Sprintf("host%03d 300 CNAME host%03d.example.com.", i, n))
			}
		}
		return lines
	}
	rapid.Check(t, func(rt *rapid.T) {
		live, want := zone(rt, "live", rapid.Bool().Draw(rt, "down")), zone(rt, "want", rapid.Bool().Draw(rt, "down"))
		bad := hostNames(rapid.SliceOfNDistinct(rapid.IntRange(0, most-1), 0, 4, rapid.ID).Draw(rt, "bad"))
		w := newWorld(t)
		w.memory.OnWrite = providertest.RefuseNames(bad...)
		if rapid.Bool().Draw(rt, "blames") {
			w.memory.Blame = func(wr providertest.Write) int {
				return slices.IndexFunc(wr.Sent, func(c state.Change) bool { return slices.Contains(bad, c.Name) })
			}
		}
		w.live("example.com.", live...)
		w.want("example.com.", want...)
		p := w.plan()
		names := map[state.Name]bool{}
		refused := 0
		for _, z := range p.Plan.Zones {
			for _, c := range z.Changes {
				if !names[c.Name] && slices.Contains(bad, c.Name) {
					refused++
				}
				names[c.Name] = true
			}
		}
		before := dangling(w.memory.Content("example.com."))
		after := dangling(w.targets[0].Want)
		if _, err := w.engine.Apply(t.Context(), p, apply.Options{KeepGoing: true}); (err != nil) != (refused > 0) {
			rt.Fatalf("Apply = %v, with %d names that are refused", err, refused)
		}
		for d := range dangling(w.memory.Content("example.com.")) {
			if !before[d] && !after[d] {
				rt.Errorf("%s, which neither was so nor was to be", d)
			}
		}
		if got := w.memory.Calls().Requests; got > 1+refused*(2*ceilLog2(max(1, len(names)))+1) {
			rt.Errorf("%d requests for %d bad of %d names", got, refused, len(names))
		}
	})
}

// dangling lists the CNAMEs in z whose targets have no records.
func dangling(z *state.Zone) map[string]bool {
	list := map[string]bool{}
	for _, s := range z.RRsets {
		if s.Type == state.CNAME && len(z.At(state.Name(s.Records[0].Data))) == 0 {
			list[fmt.Sprintf("%s points at %s", s.Name, s.Records[0].Data)] = true
		}
	}
	return list
}
