package plan_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/zoneloom/zoneloom/plan"
	"github.com/zoneloom/zoneloom/state"
)

func restore(kept, live *state.Zone) (*plan.Zone, []plan.Left) {
	z, left := plan.Restore(kept, plan.Past{
		Input: plan.Input{Provider: "p", Target: "p:1", Live: live, Rules: state.Rules{Prune: true}},
	})
	return &z, left
}

// TestRestoreBringsBack takes a snapshot of a random zone through its file, and
// makes any other zone the same again.
func TestRestoreBringsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		was, live := drawService(t), drawService(t)
		for _, s := range live.RRsets { // which would stand in for equal ones
			for i := range s.Records {
				s.Records[i].Kept = state.Ours
			}
		}
		s := &plan.Snapshot{Taken: time.Unix(1_700_000_000, 0).UTC(), By: "a\"b", Zones: []plan.Kept{{Provider: "p", Target: "p:1", Zone: was}}}
		var b bytes.Buffer
		if err := s.Encode(&b); err != nil {
			t.Fatal(err)
		}
		text := b.String()
		again, err := plan.DecodeSnapshot(&b)
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if again.By != s.By || !again.Taken.Equal(s.Taken) {
			t.Fatalf("taken %v by %q, want %v by %q", again.Taken, again.By, s.Taken, s.By)
		}
		var b2 bytes.Buffer
		if err := again.Encode(&b2); err != nil || b2.String() != text {
			t.Fatalf("decoded and encoded again (%v):\n%s\n%s", err, text, &b2)
		}
		z, left := restore(again.Zones[0].Zone, live)
		want, got := sets(was), sets(apply(live, z.Changes))
		for k := range got {
			if k.Type.IsOpaque() && want[k] == "" {
				delete(got, k) // a plan never touches it
			}
		}
		if diff := cmp.Diff(want, got); diff != "" || len(left) > 0 {
			t.Fatalf("after the restore (-want +got):\n%s\nleft alone: %v", diff, left)
		}
	})
}

func TestRestoreLeaves(t *testing.T) {
	const token = "_acme-challenge 60 TXT \"token\""
	tests := []struct {
		name       string
		kept, live string
		in         plan.Input
		back       []string
	}{
		{"an ACME challenge stays", "", token, plan.Input{}, nil},
		{"nor does an old one come back", token, "", plan.Input{}, nil},
		{"but for one that is declared", token, "", plan.Input{Want: zone(t, token)}, []string{"create _acme-challenge.example.com. TXT"}},
		{"an unknown type stays", "", `a 60 TYPE65400 \# 0`, plan.Input{}, nil},
		{"and comes back", `a 60 TYPE65400 \# 0`, "", plan.Input{}, []string{"create a.example.com. TYPE65400"}},
		{"an ignored record stays", "", "a 60 A 192.0.2.1", plan.Input{Rules: state.Rules{Ignore: []state.Pattern{{Name: "a"}}}}, nil},
		{"and doesn't come back", "a 60 A 192.0.2.1", "", plan.Input{Rules: state.Rules{Ignore: []state.Pattern{{Name: "a"}}}}, nil},
		{"a zone is never without its SOA", "", "@ 300 SOA a. b. 7 2 3 4 5", plan.Input{}, nil},
		{"the service's own name servers stay", "", "@ 300 NS a.example.net.", plan.Input{OwnNS: []state.Name{"a.example.net."}}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.in.Provider, tt.in.Target, tt.in.Live = "p", "p:1", zone(t, tt.live)
			z, left := plan.Restore(zone(t, tt.kept), plan.Past{Input: tt.in})
			back := mapped(z.Changes, func(c state.Change) string { return c.Action().String() + " " + c.Key.String() })
			if diff := cmp.Diff(tt.back, back); diff != "" || len(left) > 0 {
				t.Errorf("changes (-want +got):\n%s\nleft alone: %v", diff, left)
			}
		})
	}
}

func TestSnapshotsAreNotTrusted(t *testing.T) {
	s := &plan.Snapshot{By: "me", Zones: []plan.Kept{{Provider: "p", Target: "p:1", Zone: zone(t, "a 300 A 192.0.2.1\nb 300 A 192.0.2.2")}}}
	var b bytes.Buffer
	if err := s.Encode(&b); err != nil {
		t.Fatal(err)
	}
	text := b.String()
	for _, tt := range []struct{ name, old, new, want string }{
		{"another address", "192.0.2.1", "192.0.2.9", "was edited"},
		{"another target", "p:1", "p:2", "was edited"},
		{"a name of another zone", "a.example.com.", "a.example.net.", "isn't in the zone"},
		{"data in another form", "192.0.2.1", "192.0.02.1", "a.example.com. A"},
		{"a newer format", `"format_version": "1"`, `"format_version": "2"`, "restore it with the release that took it"},
		{"an unknown member", `"by"`, `"buy"`, "not what zoneloom writes"},
		{"something else", `"snapshot"`, `"zones"`, "not a snapshot"},
		{"an order of its own", "b.example.com.", "Z.example.com.", "b"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := plan.DecodeSnapshot(strings.NewReader(strings.Replace(text, tt.old, tt.new, 1)))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %q in it", err, tt.want)
			}
		})
	}
}
