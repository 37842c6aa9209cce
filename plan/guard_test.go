package plan_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneloom/zoneloom/plan"
	"github.com/zoneloom/zoneloom/state"
)

// addresses returns n RRsets from a given number on.
func addresses(from, n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "h%d 300 A 192.0.2.1\n", from+i)
	}
	return b.String()
}

func TestGuards(t *testing.T) {
	limits := func(l state.Limit) state.Rules {
		return state.Rules{Limits: map[string]state.Limit{plan.GuardDeleteMany: l}}
	}
	protected := func(patterns ...state.Pattern) plan.Input {
		return plan.Input{Rules: state.Rules{Protect: patterns}}
	}
	inherited := func(state.Src, string) bool { return false }
	tests := []struct {
		name       string
		in         plan.Input
		live, want string
		guards     []string
	}{
		{"three deletes pass", plan.Input{}, addresses(0, 4), addresses(0, 1), nil},
		{"four of thirteen are more than 30 %", plan.Input{}, addresses(0, 13), addresses(0, 9), []string{"delete-many"}},
		{"four of fourteen are not", plan.Input{}, addresses(0, 14), addresses(0, 10), nil},
		{"three of ten are exactly 30 %", plan.Input{}, addresses(0, 10), addresses(0, 7), nil},
		{"a hundred of many pass", plan.Input{}, addresses(0, 1000), addresses(0, 900), nil},
		{"a hundred and one don't", plan.Input{}, addresses(0, 1000), addresses(0, 899), []string{"delete-many"}},
		{"limits are those of the zone", plan.Input{Rules: limits(state.Limit{Count: 1, Percent: 1})}, addresses(0, 100), addresses(0, 98), []string{"delete-many"}},
		{"limits can be wide", plan.Input{Rules: limits(state.Limit{Count: 1000, Percent: 100})}, addresses(0, 1000), addresses(0, 1), []string{"change-many"}},
		{"creates and updates don't count as deletes", plan.Input{}, addresses(0, 9), strings.ReplaceAll(addresses(0, 100), ".1", ".2"), nil},
		{"all that was there would go", plan.Input{}, addresses(0, 2), addresses(2, 2), []string{"wipe"}},
		{"a name that gets another type has not gone", plan.Input{}, "www 300 CNAME a.example.net.", "www 300 A 192.0.2.1", nil},
		{"all that is ours would go", plan.Input{}, "a 300 A 192.0.2.1\n!b 300 A 192.0.2.1", "c 300 A 192.0.2.1", []string{"wipe"}},
		{"nothing is declared", plan.Input{}, addresses(0, 2), "", []string{"wipe", "empty"}},
		{"nothing is declared and nothing is there", plan.Input{}, "", "", nil},
		{"nothing is declared, and what is there is spared", plan.Input{}, "_acme-challenge 60 TXT \"x\"", "", nil},
		{"a protected set goes", protected(state.Pattern{Type: "MX"}), "a 300 MX 1 b.example.net.\nb 300 A 192.0.2.1", "b 300 A 192.0.2.1", []string{"mx", "protect"}},
		{"a protected set changes", protected(state.Pattern{Type: "MX"}), "a 300 MX 1 b.example.net.\nb 300 A 192.0.2.1", "a 300 MX 1 c.example.net.\nb 300 A 192.0.2.1", nil},
		{"another set of the name goes", protected(state.Pattern{Type: "MX"}), "a 300 MX 1 b.example.net.\na 300 A 192.0.2.1", "a 300 MX 1 b.example.net.", nil},
		{"a protected value goes, and others stay", protected(state.Pattern{Data: "192.0.2.1"}), "a 300 A 192.0.2.1\na 300 A 192.0.2.2", "a 300 A 192.0.2.2", []string{"protect"}},
		{"a protected name gets another type", protected(state.Pattern{Name: "a"}), "a 300 A 192.0.2.1\nb 300 A 192.0.2.1", "a 300 CNAME c.example.net.\nb 300 A 192.0.2.1", nil},
		{"two protected names go", protected(state.Pattern{Type: "A"}, state.Pattern{Name: "*"}), addresses(0, 5), addresses(2, 3), []string{"protect"}},
		{"proxied is switched off on the record", plan.Input{}, `a auto A 192.0.2.1 {"proxied": true}`, `a 300 A 192.0.2.1 {"proxied": false}`, nil},
		{"proxied is switched off by a default", plan.Input{Written: inherited}, `a auto A 192.0.2.1 {"proxied": true}`, `a 300 A 192.0.2.1 {"proxied": false}`, []string{"unproxy"}},
		{"proxied isn't declared", plan.Input{Written: inherited}, `a auto A 192.0.2.1 {"proxied": true}`, `a 300 A 192.0.2.2`, nil},
		{"the last proxied address of a name goes", plan.Input{Written: inherited}, "a auto A 192.0.2.1 {\"proxied\": true}\na 300 A 192.0.2.2", "a 300 A 192.0.2.2", []string{"unproxy"}},
		{"one of two proxied addresses goes", plan.Input{Written: inherited}, "a auto A 192.0.2.1 {\"proxied\": true}\na auto A 192.0.2.2 {\"proxied\": true}", "a 300 A 192.0.2.2", nil},
		{"a proxied CNAME becomes a plain address", plan.Input{Written: inherited}, "a auto CNAME b.example.net. {\"proxied\": true}\nb 300 A 192.0.2.1", "a 300 A 192.0.2.2\nb 300 A 192.0.2.1", []string{"unproxy"}},
		{"a proxied CNAME becomes a proxied address", plan.Input{Written: inherited}, "a auto CNAME b.example.net. {\"proxied\": true}\nb 300 A 192.0.2.1", "a 300 A 192.0.2.2 {\"proxied\": true}\nb 300 A 192.0.2.1", nil},
		{"a proxied name goes altogether", plan.Input{Written: inherited}, "a auto A 192.0.2.1 {\"proxied\": true}\nb 300 A 192.0.2.1", "b 300 A 192.0.2.1", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			z := planOne(t, tt.in, tt.live, tt.want)
			var got []string
			for _, r := range z.Refusals {
				got = append(got, r.Guard)
			}
			if diff := cmp.Diff(tt.guards, got); diff != "" {
				t.Errorf("guards (-want +got):\n%s\n%v", diff, z.Refusals)
			}
		})
	}
}

func TestAllow(t *testing.T) {
	in := plan.Input{Provider: "p", Target: "p:1", Live: zone(t, addresses(0, 2)), Want: zone(t, ""), Rules: state.Rules{Prune: true}}
	p, _ := plan.Make([]plan.Input{in})
	var allowed []plan.Allowance
	for _, s := range []string{"example.com:wipe", "Example.COM.:mx", "example.org:wipe"} {
		a, err := plan.ParseAllowance(s)
		if err != nil {
			t.Fatal(err)
		}
		allowed = append(allowed, a)
	}
	if diff := cmp.Diff(allowed[1:], p.Allow(allowed)); diff != "" {
		t.Errorf("unused (-want +got):\n%s", diff)
	}
	left := p.Refusals()
	if len(left) != 1 || left[0].Allowance().String() != "example.com:empty" {
		t.Errorf("refusals left: %v", left)
	}
	if len(p.Zones[0].Allowed) != 1 || p.Zones[0].Allowed[0].Guard != plan.GuardWipe {
		t.Errorf("allowed: %v", p.Zones[0].Allowed)
	}
	for _, s := range []string{"", "wipe", ":wipe", "example.com:", "example.com:wype", "exa mple..:wipe", "@p:wipe", "example.com@:wipe"} {
		if a, err := plan.ParseAllowance(s); err == nil {
			t.Errorf("ParseAllowance(%q) = %v, want an error", s, a)
		}
	}
}

// Leave for one provider of a zone is none for the others.
func TestAllowAtProvider(t *testing.T) {
	in := plan.Input{Provider: "p", Target: "p:1", Live: zone(t, addresses(0, 2)), Want: zone(t, addresses(2, 2)), Rules: state.Rules{Prune: true}}
	other := in
	other.Provider, other.Target = "q:r", "q:1"
	p, _ := plan.Make([]plan.Input{in, other})
	a, err := plan.ParseAllowance("example.com@q:r:wipe")
	if err != nil || a.String() != "example.com@q:r:wipe" {
		t.Fatalf("ParseAllowance: %v, %v", a, err)
	}
	if unused := p.Allow([]plan.Allowance{a}); len(unused) > 0 {
		t.Errorf("unused: %v", unused)
	}
	if left := p.Refusals(); len(left) != 1 || left[0].Provider != "p" || len(p.Zones[1].Allowed) != 1 {
		t.Errorf("refusals left: %v", left)
	}
	if unused := p.Allow([]plan.Allowance{a}); len(unused) != 1 {
		t.Errorf("unused: %v", unused)
	}
}

// Leave isn't for policies, and the error says what is.
func TestParseAllowanceOfAPolicy(t *testing.T) {
	for _, s := range []string{"example.com:policy:no-friday", "example.com@local:policy:no-friday"} {
		if _, err := plan.ParseAllowance(s); err == nil || !strings.Contains(err.Error(), "a waiver of no-friday") {
			t.Errorf("ParseAllowance(%q): %v", s, err)
		}
	}
}
