package plan_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneloom/zoneloom/plan"
	"github.com/zoneloom/zoneloom/state"
)

func TestRecheck(t *testing.T) {
	const (
		proxied   = `a auto A 192.0.2.1 {"proxied": true}`
		unproxied = `a 300 A 192.0.2.1 {"proxied": false}`
	)
	written := func(is bool) func(state.Src, string) bool {
		return func(src state.Src, _ string) bool { return is && src != 0 }
	}
	tests := []struct {
		name       string
		live, want string      // when the plan was made
		in         plan.Input  // when it is applied
		now, wants string      // likewise; as before where empty
		limits     state.Limit // of delete-many
		guards     []string
	}{
		{name: "nothing to object to", live: addresses(0, 20), want: addresses(0, 19)},
		{name: "fewer are there by now", live: addresses(0, 20), want: addresses(0, 14), now: addresses(10, 10), guards: []string{"delete-many"}},
		{name: "some is done already", live: addresses(0, 10), want: addresses(0, 4), now: addresses(0, 7)},
		{name: "the limits are lower now", live: addresses(0, 20), want: addresses(0, 18), limits: state.Limit{Count: 1, Percent: 1}, guards: []string{"delete-many"}},
		{name: "nothing is wanted now", live: addresses(0, 20), want: addresses(0, 18), wants: "\n", guards: []string{"empty"}},
		{name: "the record says that it isn't proxied", live: proxied, want: unproxied, in: plan.Input{Written: written(true)}},
		{name: "a default says so", live: proxied, want: unproxied, in: plan.Input{Written: written(false)}, guards: []string{"unproxy"}},
		{name: "the record says that it is proxied", live: proxied, want: unproxied, wants: proxied, in: plan.Input{Written: written(true)}, guards: []string{"unproxy"}},
		{name: "the record has gone from the configuration", live: proxied, want: unproxied, wants: "b 300 A 192.0.2.1", in: plan.Input{Written: written(true)}, guards: []string{"unproxy"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			z := planOne(t, plan.Input{}, tt.live, tt.want)
			z.Refusals, z.Read = nil, 1_000_000
			if tt.now == "" {
				tt.now = tt.live
			}
			if tt.wants == "" {
				tt.wants = tt.want
			}
			in := tt.in
			in.Live, in.Want = zone(t, tt.now), zone(t, strings.TrimSpace(tt.wants))
			if tt.limits != (state.Limit{}) {
				in.Rules.Limits = map[string]state.Limit{plan.GuardDeleteMany: tt.limits}
			}
			in.Rules.Prune = true
			var got []string
			for _, r := range plan.Recheck(z, plan.Remaining(z, in.Live), &in) {
				got = append(got, r.Guard)
			}
			if diff := cmp.Diff(tt.guards, got); diff != "" {
				t.Errorf("guards (-want +got):\n%s", diff)
			}
		})
	}
}

// What prune: false spares is the zone's all the same: an undo that takes away
// what a run added beside it wipes nothing.
func TestRecheckSpared(t *testing.T) {
	const added = "new 300 A 192.0.2.9"
	for _, tt := range []struct {
		name, live string
		prune      bool
		guards     []string
	}{
		{"others stay", addresses(0, 2) + added, false, nil},
		{"they stay though they could be deleted", addresses(0, 2) + added, true, nil},
		{"nothing stays", added, false, []string{"wipe"}},
		{"only what is never deleted stays", "@ 300 SOA a. b. 1 2 3 4 5\n_acme-challenge 60 TXT \"x\"\n" + added, false, []string{"wipe"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			back, _ := plan.Reverse(plan.Past{
				Zone:  planOne(t, plan.Input{}, "", added),
				Input: plan.Input{Live: zone(t, tt.live), Want: zone(t, added), Rules: state.Rules{Prune: tt.prune}},
			})
			got := mapped(back.Refusals, func(r plan.Refusal) string { return r.Guard })
			if diff := cmp.Diff(tt.guards, got); diff != "" {
				t.Errorf("guards (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRevoke(t *testing.T) {
	in := plan.Input{Provider: "p", Target: "p:1", Live: zone(t, addresses(0, 2)), Want: zone(t, ""), Rules: state.Rules{Prune: true}}
	p, _ := plan.Make([]plan.Input{in})
	want := len(p.Refusals())
	p.Allow([]plan.Allowance{{Zone: "example.com.", Guard: plan.GuardWipe}})
	p.Revoke()
	if got := len(p.Refusals()); got != want || len(p.Zones[0].Allowed) > 0 {
		t.Errorf("%d refusals of %d, allowed %v", got, want, p.Zones[0].Allowed)
	}
}
