package plan_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneloom/zoneloom/plan"
	"github.com/zoneloom/zoneloom/state"
)

// domains is how many names of the zone to migrate have mail of their own.
const domains = 200

// migration returns a zone of 1,245 records in 1,244 RRsets, without the MX of
// the names and the hosts that lost says have gone on the way.
func migration(t *testing.T, lost func(what string, n int) bool) *state.Zone {
	t.Helper()
	var b strings.Builder
	b.WriteString("@ 300 A 192.0.2.1\n@ 300 MX 10 mx1.example.net.\n@ 300 MX 20 mx2.example.net.\n@ 300 TXT \"v=spf1 mx -all\"\n* 300 A 192.0.2.1\n")
	for n := range domains {
		fmt.Fprintf(&b, "d%03d 300 A 192.0.2.2\nd%03d 300 TXT \"v=spf1 mx -all\"\n", n, n)
		if !lost("MX", n) {
			fmt.Fprintf(&b, "d%03d 300 MX 10 mx1.example.net.\n", n)
		}
	}
	for n := range 640 {
		if !lost("host", n) {
			fmt.Fprintf(&b, "host%03d 300 A 192.0.2.%d\n", n, n%250)
		}
	}
	return zone(t, b.String())
}

// A migration that loses 7 % of a zone on the way deletes less than delete-many
// minds, and yet 14 names would lose their mail.
func TestMigrationThatLosesMail(t *testing.T) {
	live := migration(t, func(string, int) bool { return false })
	want := migration(t, func(what string, n int) bool {
		return what == "MX" && n%14 == 3 && n < 14*14 || what == "host" && n < 73
	})
	if live.Len() != 1245 {
		t.Fatalf("the zone has %d records", live.Len())
	}
	p, _ := plan.Make([]plan.Input{{Provider: "p", Target: "p:1", Live: live, Want: want, Rules: state.Rules{Prune: true}}})
	deletes, read := p.Summary().Delete, p.Zones[0].Read
	if percent := 100 * float64(deletes) / float64(read); percent < 6.9 || percent > 7.1 {
		t.Fatalf("%d of %d RRsets are deleted: %.1f %%", deletes, read, percent)
	}
	diff := cmp.Diff([]plan.Refusal{{
		Zone: "example.com.", Provider: "p", Guard: plan.GuardMX,
		Text: "14 names (d003.example.com., d017.example.com., d031.example.com. and 11 more) would have no MX that takes mail any more",
	}}, p.Refusals())
	if diff != "" {
		t.Errorf("refusals (-want +got):\n%s", diff)
	}
	if again := plan.Recheck(&p.Zones[0], plan.Remaining(&p.Zones[0], live), &plan.Input{Live: live, Want: want}); len(again) != 1 {
		t.Errorf("of the plan once saved the guards say %v", again)
	}
}
