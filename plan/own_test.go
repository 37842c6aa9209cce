package plan_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneloom/zoneloom/plan"
	"github.com/zoneloom/zoneloom/state"
)

// TestOwnership plans zones in which not everything is the configuration's own.
func TestOwnership(t *testing.T) {
	prune := state.Rules{Prune: true}
	apexNS := func(a state.ApexNS) state.Rules { return state.Rules{Prune: true, ApexNS: a} }
	ns := []state.Name{"ns1.example.net."}
	const written = "the record says so itself"
	tests := []struct {
		name       string
		rules      state.Rules
		ownNS      []state.Name
		inherited  bool
		live, want string
		changes    []string
		problems   int
	}{
		{name: "what nobody declared goes", rules: prune, live: "a 300 A 192.0.2.1", changes: []string{"delete a.example.com. A"}},
		{name: "prune: false spares names and types that aren't declared", live: "a 300 A 192.0.2.1\na 300 TXT \"x\"\nb 300 A 192.0.2.1", want: "a 300 A 192.0.2.2", changes: []string{"update a.example.com. A"}},
		{name: "prune: false doesn't spare values of what is declared", live: "a 300 A 192.0.2.1\na 300 A 192.0.2.2", want: "a 300 A 192.0.2.2", changes: []string{"update a.example.com. A"}},
		{name: "challenges of certificate authorities stay", rules: prune, live: "_acme-challenge 60 TXT \"x\"\n_acme-challenge.www 60 TXT \"x\"\n_acme-challenge.old 60 CNAME a.example.net.", changes: []string{"delete _acme-challenge.old.example.com. CNAME"}},
		{name: "a declared challenge is a record like any other", rules: prune, live: "_acme-challenge 60 TXT \"x\"", want: "_acme-challenge 60 TXT \"y\"", changes: []string{"update _acme-challenge.example.com. TXT"}},
		{name: "unknown types stay", rules: prune, live: "a 300 TYPE65400 \\# 1 ab"},
		{name: "a declared unknown type is a record like any other", rules: prune, live: "a 300 TYPE65400 \\# 1 ab", want: "a 300 TYPE65400 \\# 1 ac", changes: []string{"update a.example.com. TYPE65400"}},
		{name: "the SOA stays", rules: prune, live: "@ 300 SOA a. b. 1 2 3 4 5"},
		{name: "the serial of a declared SOA is never compared", rules: prune, live: "@ 300 SOA a. b. 7 2 3 4 5", want: "@ 300 SOA a. b. 1 2 3 4 5"},
		{name: "a timer of a declared SOA is", rules: prune, live: "@ 300 SOA a. b. 7 2 3 4 5", want: "@ 300 SOA a. b. 1 2 3 4 6", changes: []string{"update example.com. SOA"}},
		{name: "the TTL of a declared SOA is", rules: prune, live: "@ 300 SOA a. b. 7 2 3 4 5", want: "@ 60 SOA a. b. 1 2 3 4 5", changes: []string{"update example.com. SOA"}},
		{name: "apex NS stay where none is declared", rules: prune, live: "@ 300 NS a.example.net."},
		{name: "apex NS are exact where some are declared", rules: prune, live: "@ 300 NS a.example.net.\n@ 300 NS b.example.net.", want: "@ 300 NS b.example.net.", changes: []string{"update example.com. NS"}},
		{name: "apex_ns: exact without any declared takes them away", rules: apexNS(state.ApexNSExact), live: "@ 300 NS a.example.net.", changes: []string{"delete example.com. NS"}},
		{name: "apex_ns: leave touches none", rules: apexNS(state.ApexNSLeave), live: "@ 300 NS a.example.net.", want: "@ 300 NS b.example.net.", problems: 1},
		{name: "apex_ns: merge takes none away", rules: apexNS(state.ApexNSMerge), live: "@ 300 NS a.example.net.\n@ 300 NS c.example.net.", want: "@ 300 NS a.example.net."},
		{name: "apex_ns: merge adds", rules: apexNS(state.ApexNSMerge), live: "@ 300 NS a.example.net.", want: "@ 300 NS b.example.net.", changes: []string{"update example.com. NS"}},
		{name: "the service's own apex NS stay", rules: apexNS(state.ApexNSExact), ownNS: ns, live: "@ 300 NS ns1.example.net."},
		{name: "the service's own apex NS are never made", rules: apexNS(state.ApexNSExact), ownNS: ns, want: "@ 300 NS ns1.example.net."},
		{name: "NS below the apex are records like any other", rules: prune, ownNS: ns, live: "s 300 NS ns1.example.net.", changes: []string{"delete s.example.com. NS"}},
		{name: "ignored records stay", rules: state.Rules{Prune: true, Ignore: []state.Pattern{{Name: "a"}}}, live: "a 300 A 192.0.2.1\nb 300 A 192.0.2.1", changes: []string{"delete b.example.com. A"}},
		{name: "a declared record that is ignored is a contradiction", rules: state.Rules{Prune: true, Ignore: []state.Pattern{{Name: "a"}}}, live: "a 300 A 192.0.2.1", want: "a 300 A 192.0.2.1", problems: 1},
		{name: "read-only records stay", rules: prune, live: "!a 300 A 192.0.2.1"},
		{name: "a record declared as a read-only one is, is fulfilled", rules: prune, live: "!a auto A 192.0.2.1 {\"proxied\": true}", want: "a 300 A 192.0.2.1 {\"proxied\": true}"},
		{name: "a record declared with another TTL than a read-only one " + written, rules: prune, live: "!a 300 A 192.0.2.1", want: "a 60 A 192.0.2.1", problems: 1},
		{name: "a default TTL doesn't contradict a read-only record", inherited: true, rules: prune, live: "!a 300 A 192.0.2.1", want: "a 60 A 192.0.2.1"},
		{name: "an attribute that a read-only record lacks, " + written, rules: prune, live: "!a 300 A 192.0.2.1", want: "a 300 A 192.0.2.1 {\"comment\": \"x\"}", problems: 1},
		{name: "a CNAME where a read-only one is", rules: prune, live: "!a 300 CNAME x.example.net.", want: "a 300 CNAME y.example.net.", changes: []string{"create a.example.com. CNAME"}, problems: 1},
		{name: "another address beside a read-only one", rules: prune, live: "!a 300 A 192.0.2.1", want: "a 300 A 192.0.2.2", changes: []string{"create a.example.com. A"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			in := plan.Input{Provider: "p", Target: "p:1", Rules: tt.rules, OwnNS: tt.ownNS, Live: zone(t, tt.live), Want: zone(t, tt.want)}
			if tt.inherited {
				in.Written = func(state.Src, string) bool { return false }
			}
			p, problems := plan.Make([]plan.Input{in})
			var got []string
			for _, c := range p.Zones[0].Changes {
				got = append(got, c.Action().String()+" "+c.Key.String())
			}
			if diff := cmp.Diff(tt.changes, got); diff != "" {
				t.Errorf("changes (-want +got):\n%s", diff)
			}
			if len(problems) != tt.problems {
				t.Errorf("%d problems, want %d: %v", len(problems), tt.problems, problems)
			}
			for _, problem := range problems {
				if problem.Src == 0 || problem.Text == "" || problem.Hint == "" {
					t.Errorf("the problem %+v lacks its place, its text or what to do", problem)
				}
			}
		})
	}
}
