package plan_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/zoneloom/zoneloom/plan"
	"github.com/zoneloom/zoneloom/state"
)

// sets lists a zone's records of ours by key, with all that is kept with them.
func sets(z *state.Zone) map[state.Key]string {
	list := map[state.Key]string{}
	for i := range z.RRsets {
		s := &z.RRsets[i]
		if len(s.Ours()) > 0 {
			list[s.Key] = fmt.Sprint(bag(s), s.Attrs)
		}
	}
	return list
}

func reverse(was *plan.Zone, live *state.Zone, force bool) (*plan.Zone, []plan.Left) {
	z, left := plan.Reverse(plan.Past{
		Zone: was, Force: force,
		Input: plan.Input{Provider: "p", Target: "p:1", Live: live, Rules: state.Rules{Prune: true}},
	})
	return &z, left
}

// drawService draws a live zone as a service has it: only patterns ignore, and it
// knows none.
func drawService(t *rapid.T) *state.Zone {
	z := drawZone(t, "live", true)
	for _, s := range z.RRsets {
		for i := range s.Records {
			if s.Records[i].Kept == state.Ignored {
				s.Records[i].Kept = state.ReadOnly
			}
		}
	}
	return z
}

// TestReverseBringsBack holds undo to its promise: whatever is planned, however
// far it came, is taken back exactly, and taking that back makes it again.
func TestReverseBringsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		live, want := drawService(t), drawZone(t, "want", false)
		p, _ := plan.Make([]plan.Input{{Provider: "p", Target: "p:1", Live: live, Want: want, Rules: state.Rules{Prune: true}}})
		z := &p.Zones[0]
		stop := rapid.IntRange(0, len(z.Changes)).Draw(t, "stop")
		made := apply(live, z.Changes[:stop])
		back, left := reverse(z, made, false)
		if len(left) > 0 {
			t.Fatalf("left alone: %v", left)
		}
		if diff := cmp.Diff(sets(live), sets(apply(made, back.Changes))); diff != "" {
			t.Fatalf("after undo (-want +got):\n%s", diff)
		}
		again, left := reverse(back, apply(made, back.Changes), false)
		if len(left) > 0 {
			t.Fatalf("left alone by the second undo: %v", left)
		}
		if diff := cmp.Diff(sets(made), sets(apply(apply(made, back.Changes), again.Changes))); diff != "" {
			t.Fatalf("after undo of undo (-want +got):\n%s", diff)
		}
		saved := encodePlan(t, &plan.Plan{Zones: []plan.Zone{*back}}, nil)
		if _, err := plan.Decode(strings.NewReader(saved)); err != nil {
			t.Fatalf("it can't be saved: %v\n%s", err, saved)
		}
	})
}

// TestReverseSparesOthers has somebody else edit the zone after an apply: what
// they touched stays, all else goes back, and force takes back theirs too.
func TestReverseSparesOthers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		live, want := drawService(t), drawZone(t, "want", false)
		p, _ := plan.Make([]plan.Input{{Provider: "p", Target: "p:1", Live: live, Want: want, Rules: state.Rules{Prune: true}}})
		z := &p.Zones[0]
		made := apply(live, z.Changes)
		now := apply(made, plan.Diff(made, edited(t, made)))
		back, left := reverse(z, now, false)
		was, are, after := meanings(live), meanings(now), meanings(apply(now, back.Changes))
		spared := map[state.Key]bool{}
		for _, l := range left {
			spared[l.Key] = true
			if are[l.Key] != after[l.Key] {
				t.Fatalf("%s is left alone, and changed from %s to %s", l.Key, are[l.Key], after[l.Key])
			}
			if l.Reason == "" && are[l.Key] == meanings(made)[l.Key] {
				t.Fatalf("%s is left alone, though nobody changed it", l.Key)
			}
		}
		for _, c := range z.Changes {
			if !spared[c.Key] && after[c.Key] != was[c.Key] {
				t.Fatalf("%s is %q, and it was %q", c.Key, after[c.Key], was[c.Key])
			}
		}
		forced, left := reverse(z, now, true)
		after = meanings(apply(now, forced.Changes))
		for _, c := range z.Changes {
			if len(left) > 0 || after[c.Key] != was[c.Key] {
				t.Fatalf("forced, %s is %q, and it was %q; left alone: %v", c.Key, after[c.Key], was[c.Key], left)
			}
		}
	})
}

// meanings does as sets, with each text in one string: how it is cut is all the
// same.
func meanings(z *state.Zone) map[state.Key]string {
	joined := state.Zone{Name: z.Name}
	for _, s := range z.RRsets {
		s.Records = slices.Clone(s.Records)
		for i := range s.Records {
			if s.Type.IsText() {
				s.Records[i].Data = state.TXTData(strings.Join(state.TXTStrings(s.Records[i].Data), ""))
			}
		}
		joined.RRsets = append(joined.RRsets, s)
	}
	return sets(&joined)
}

// edited returns live with some records of ours taken away and others added.
func edited(t *rapid.T, live *state.Zone) *state.Zone {
	var entries []state.Entry
	for _, s := range live.RRsets {
		for _, r := range s.Ours() {
			if !rapid.Bool().Draw(t, "edit") {
				entries = append(entries, state.Entry{Key: s.Key, Record: r})
			}
		}
	}
	for _, s := range drawZone(t, "edits", true).RRsets {
		for _, r := range s.Ours() {
			if rapid.Bool().Draw(t, "add") && len(live.At(s.Name)) == 0 {
				entries = append(entries, state.Entry{Key: s.Key, Record: r})
			}
		}
	}
	return state.NewZone(live.Name, entries)
}

func TestReverse(t *testing.T) {
	const www = "www 300 A 192.0.2.1"
	tests := []struct {
		name            string
		live, want, now string
		back            []string
		left            []string
		notice          string
	}{
		{"a changed set goes back", www, "www 300 A 192.0.2.2", "www 300 A 192.0.2.2", []string{"update www.example.com. A"}, nil, ""},
		{"what was never made needs nothing", www, "www 300 A 192.0.2.2", www, nil, nil, ""},
		{"what somebody else changed is left alone", www, "www 300 A 192.0.2.2", "www 300 A 192.0.2.3", nil, []string{"www.example.com. A"}, ""},
		{"an attribute that came goes", www, `www 300 A 192.0.2.1 {"comment": "x"}`, `www 300 A 192.0.2.1 {"comment": "x"}`, []string{"update www.example.com. A"}, nil, ""},
		{"a CNAME and what it replaced go back together", www, "www 300 CNAME a.example.net.", "www 300 CNAME a.example.net.", []string{"delete www.example.com. CNAME", "create www.example.com. A"}, nil, ""},
		{"neither does where one was changed", www, "www 300 CNAME a.example.net.", "www 300 CNAME b.example.net.", nil, []string{"www.example.com. A", "www.example.com. CNAME"}, ""},
		{"nor where something stands beside them now", "www 300 CNAME a.example.net.", "", "www 300 TXT \"x\"", nil, []string{"www.example.com. CNAME"}, ""},
		{"an SOA is taken back but for its serial", "@ 300 SOA a. b. 7 2 3 4 5", "@ 300 SOA a. b. 1 2 3 4 6", "@ 300 SOA a. b. 9 2 3 4 6", []string{"update example.com. SOA"}, nil, ""},
		{"a DS can't be taken back at once", "sub 300 NS a.example.net.", "sub 300 NS a.example.net.\nsub 86400 DS 1 13 2 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "sub 300 NS a.example.net.\nsub 86400 DS 1 13 2 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", []string{"delete sub.example.com. DS"}, nil, "for up to 1 day, and what doesn't fit it fails to validate"},
		{"a long TTL is said", "", "www 7200 A 192.0.2.1", "www 7200 A 192.0.2.1", []string{"delete www.example.com. A"}, nil, "www.example.com. A for up to 2 hours"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			z, left := reverse(planOne(t, plan.Input{}, tt.live, tt.want), zone(t, tt.now), false)
			back := mapped(z.Changes, func(c state.Change) string { return c.Action().String() + " " + c.Key.String() })
			if diff := cmp.Diff(tt.back, back); diff != "" {
				t.Errorf("changes (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.left, mapped(left, func(l plan.Left) string { return l.Key.String() })); diff != "" {
				t.Errorf("left alone (-want +got):\n%s", diff)
			}
			if notices := strings.Join(z.Notices, "\n"); !strings.Contains(notices, tt.notice) || tt.notice == "" && notices != "" {
				t.Errorf("notices: %q", notices)
			}
		})
	}
}
