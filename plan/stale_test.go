package plan_test

import (
	"crypto/sha256"
	"encoding/hex"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/zoneloom/zoneloom/plan"
	"github.com/zoneloom/zoneloom/state"
)

func sha256ID(b []byte) string {
	sum := sha256.Sum256(b)
	return "sha256:" + hex.EncodeToString(sum[:])
}

func planOne(t *testing.T, in plan.Input, live, want string) *plan.Zone {
	t.Helper()
	in.Provider, in.Target, in.Want = "p", "p:1", zone(t, want)
	if !in.Create {
		in.Live = zone(t, live)
	}
	in.Rules.Prune = true
	p, problems := plan.Make([]plan.Input{in})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return &p.Zones[0]
}

func TestStale(t *testing.T) {
	const (
		live = "a 300 A 192.0.2.1\nb 300 A 192.0.2.1\nc 300 TXT \"x\""
		want = "a 300 A 192.0.2.2\nb 300 A 192.0.2.1\nc 300 TXT \"x\""
	)
	ignore := plan.Input{Rules: state.Rules{Ignore: []state.Pattern{{Type: "TXT", Data: `"ms=*`}}}}
	tests := []struct {
		name       string
		in         plan.Input
		live, want string
		now        string
		moved      []string
		left       int // changes that remain
	}{
		{"nothing moved", plan.Input{}, live, want, live, nil, 1},
		{"it is done already", plan.Input{}, live, want, want, nil, 0},
		{"a touched set moved", plan.Input{}, live, want, "a 300 A 192.0.2.3\nb 300 A 192.0.2.1", []string{"a.example.com. A"}, 1},
		{"a touched set has another TTL", plan.Input{}, live, want, "a 60 A 192.0.2.1", []string{"a.example.com. A"}, 1},
		{"a touched set was proxied", plan.Input{}, live, want, `a 300 A 192.0.2.1 {"proxied": true}`, []string{"a.example.com. A"}, 1},
		{"a touched set is gone", plan.Input{}, live, want, "b 300 A 192.0.2.1", []string{"a.example.com. A"}, 1},
		{"what isn't touched may move", plan.Input{}, live, want, "a 300 A 192.0.2.1\nb 300 A 192.0.2.7\n_acme-challenge 60 TXT \"token\"", nil, 1},
		{"an ignored record may move", ignore, "a 300 TXT \"ms=1\"\na 300 TXT \"x\"", "a 300 TXT \"y\"", "a 300 TXT \"ms=2\"\na 300 TXT \"x\"", nil, 1},
		{"a read-only record may move", plan.Input{}, "!a 300 A 192.0.2.9\na 300 A 192.0.2.1", "a 300 A 192.0.2.2", "a 300 A 192.0.2.1", nil, 1},
		{"a text may be cut in another way", plan.Input{}, "a 300 TXT \"xy\"", "a 60 TXT \"xy\"", "a 300 TXT \"x\" \"y\"", nil, 1},
		{"a text may be stored in pieces", plan.Input{}, "", "a 60 TXT \"xy\"", "a 60 TXT \"x\" \"y\"", nil, 0},
		{"what is beside a new CNAME moved", plan.Input{}, "a 300 TXT \"x\"", "a 300 TXT \"x\"\na 300 CNAME b.example.net.", "a 300 TXT \"y\"", []string{"a.example.com. TXT"}, 1},
		{"something appeared beside a new CNAME", plan.Input{}, "", "a 300 CNAME b.example.net.", "a 300 TXT \"y\"", []string{"a.example.com. TXT"}, 1},
		{"something appeared beside a new delegation", plan.Input{}, "", "a 300 NS b.example.net.", "a 300 TXT \"y\"", []string{"a.example.com. TXT"}, 1},
		{"something appeared beside a new DNAME", plan.Input{}, "", "a 300 DNAME b.example.net.", "a 300 TXT \"y\"", []string{"a.example.com. TXT"}, 1},
		{"something appeared beside a new ALIAS", plan.Input{}, "", "a 300 ALIAS b.example.net.", "a 300 TXT \"y\"", []string{"a.example.com. TXT"}, 1},
		{"something appeared beside a CNAME that goes", plan.Input{}, "a 300 CNAME b.example.net.", "", "a 300 CNAME b.example.net.\na 300 TXT \"y\"", []string{"a.example.com. TXT"}, 1},
		{"what was beside a CNAME that goes is gone", plan.Input{}, "a 300 CNAME b.example.net.\na 300 TXT \"x\"", "a 300 TXT \"x\"", "a 300 CNAME b.example.net.", []string{"a.example.com. TXT"}, 1},
		{"something appeared beside a CNAME that leads elsewhere", plan.Input{}, "a 300 CNAME b.example.net.", "a 300 CNAME c.example.net.", "a 300 CNAME b.example.net.\na 300 TXT \"y\"", nil, 1},
		{"something appeared beside a change next door", plan.Input{}, "", "a 300 CNAME b.example.net.", "b 300 TXT \"y\"", nil, 1},
		{"something appeared beside another type", plan.Input{}, "", "a 300 A 192.0.2.1", "a 300 TXT \"y\"", nil, 1},
		{"a new zone that isn't there yet", plan.Input{Create: true}, "", "a 300 A 192.0.2.1", "", nil, 1},
		{"a new zone that is there, in part", plan.Input{Create: true}, "", "a 300 A 192.0.2.1\nb 300 A 192.0.2.1", "a 300 A 192.0.2.1", nil, 1},
		{"a new zone with the service's own name servers", plan.Input{Create: true, OwnNS: []state.Name{"ns.example.net."}}, "", "a 300 A 192.0.2.1", "@ 300 NS ns.example.net.\n@ 300 SOA ns.example.net. h.example.net. 1 2 3 4 5", nil, 1},
		{"a touched SOA whose serial rose", plan.Input{}, "@ 300 SOA a. b. 7 2 3 4 5", "@ 300 SOA a. b. 1 2 3 4 6", "@ 300 SOA a. b. 8 2 3 4 5", nil, 1},
		{"a touched SOA that is done already", plan.Input{}, "@ 300 SOA a. b. 7 2 3 4 5", "@ 300 SOA a. b. 1 2 3 4 6", "@ 300 SOA a. b. 9 2 3 4 6", nil, 0},
		{"a touched SOA moved", plan.Input{}, "@ 300 SOA a. b. 7 2 3 4 5", "@ 300 SOA a. b. 1 2 3 4 6", "@ 300 SOA a. c. 8 2 3 4 5", []string{"example.com. SOA"}, 1},
		{"a new zone is born with another SOA", plan.Input{Create: true}, "", "@ 300 SOA a. b. 1 2 3 4 6", "@ 300 SOA x. y. 1 2 3 4 5", nil, 1},
		{"a new zone is born with the wanted SOA", plan.Input{Create: true}, "", "@ 300 SOA a. b. 1 2 3 4 6", "@ 300 SOA a. b. 2026010101 2 3 4 6", nil, 0},
		{"a new zone with records of somebody else", plan.Input{Create: true}, "", "a 300 A 192.0.2.1", "x 300 A 192.0.2.1", []string{"x.example.com. A"}, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			z := planOne(t, tt.in, tt.live, tt.want)
			now := zone(t, tt.now)
			var moved []string
			for _, m := range plan.Stale(z, now) {
				moved = append(moved, m.Key.String())
			}
			if diff := cmp.Diff(tt.moved, moved); diff != "" {
				t.Errorf("moved (-want +got):\n%s", diff)
			}
			if left := plan.Remaining(z, now); len(left) != tt.left {
				t.Errorf("%d changes remain, want %d: %v", len(left), tt.left, left)
			}
		})
	}
}

// TestRemainingFinishes stops a plan anywhere between two changes: what remains
// is what was left, and fits the zone as it is then.
func TestRemainingFinishes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		live, want := drawZone(t, "live", true), drawZone(t, "want", false)
		p, _ := plan.Make([]plan.Input{{Provider: "p", Target: "p:1", Live: live, Want: want, Rules: state.Rules{Prune: true}}})
		z := &p.Zones[0]
		stop := rapid.IntRange(0, len(z.Changes)).Draw(t, "stop")
		now := apply(live, z.Changes[:stop])
		if moved := plan.Stale(z, now); len(moved) > 0 {
			t.Fatalf("moved: %v", moved)
		}
		left := plan.Remaining(z, now)
		if len(left) != len(z.Changes)-stop {
			t.Fatalf("%d changes remain of %d after %d", len(left), len(z.Changes), stop)
		}
		if rest := plan.Remaining(z, apply(now, left)); len(rest) > 0 {
			t.Fatalf("changes remain at the end: %v", rest)
		}
		for _, c := range left {
			if set := now.Find(c.Key); set != nil && c.Before == nil {
				t.Fatalf("%v: Before is nil, and there is %v", c.Key, set)
			}
		}
	})
}
