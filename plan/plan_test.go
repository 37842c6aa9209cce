package plan_test

import (
	"strings"
	"testing"

	"github.com/zoneloom/zoneloom/plan"
	"github.com/zoneloom/zoneloom/state"
)

func TestNameBeyondTheBatchLimitIsTold(t *testing.T) {
	const records = "a 300 A 192.0.2.1\na 300 A 192.0.2.2\na 300 TXT \"x\"\nb 300 A 192.0.2.1\nb 300 A 192.0.2.2"
	for limit, want := range map[int]int{0: 0, 3: 0, 2: 1, 1: 2} {
		z := planOne(t, plan.Input{BatchLimit: limit}, "", records)
		if len(z.Notices) != want {
			t.Errorf("limit %d: %d notices, want %d: %q", limit, len(z.Notices), want, z.Notices)
		}
		if limit == 2 && !strings.Contains(strings.Join(z.Notices, ""), "the 3 operations at a.example.com.") {
			t.Errorf("notices %q", z.Notices)
		}
	}
}

func TestOneZoneAtTwoProviders(t *testing.T) {
	input := func(provider, target string) plan.Input {
		return plan.Input{Provider: provider, Target: target, Live: zone(t, ""), Want: zone(t, "a 300 A 192.0.2.1")}
	}
	_, problems := plan.Make([]plan.Input{input("c", "x:1"), input("a", "x:1"), input("b", "x:2")})
	if len(problems) != 1 || problems[0].Severity != state.SeverityError || problems[0].Text != "the providers a and c lead to the same zone, x:1" {
		t.Errorf("problems: %+v", problems)
	}
}

func TestZonesAreSortedAndCounted(t *testing.T) {
	input := func(provider, live, want string) plan.Input {
		return plan.Input{Provider: provider, Target: provider + ":1", Live: zone(t, live), Want: zone(t, want)}
	}
	p, _ := plan.Make([]plan.Input{
		input("z", "", "a 300 A 192.0.2.1"),
		input("b", "a 300 A 192.0.2.1", "a 300 A 192.0.2.1"),
		input("a", "a 300 A 192.0.2.1", "a 300 A 192.0.2.2\nb 300 A 192.0.2.1"),
	})
	var providers string
	for i := range p.Zones {
		providers += p.Zones[i].Provider
	}
	if want := (plan.Summary{Create: 2, Update: 1, Zones: 2}); providers != "abz" || p.Summary() != want || p.Empty() {
		t.Errorf("providers %s, summary %+v, empty %t", providers, p.Summary(), p.Empty())
	}
}
