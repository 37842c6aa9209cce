package plan_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/zoneloom/zoneloom/plan"
	"github.com/zoneloom/zoneloom/state"
)

func TestRisk(t *testing.T) {
	const dkim = `s._domainkey 300 TXT "v=DKIM1; p=key"`
	tests := []struct {
		name       string
		live, want string
		of         string // the change, as "www.example.com. A"
		level      string
		reason     string // in the weightiest
	}{
		{"a name is added", "", "www 300 A 192.0.2.1", "www.example.com. A", "low", "had no A before"},
		{"an address changes", "www 300 A 192.0.2.1", "www 300 A 192.0.2.2", "www.example.com. A", "low", "is answered differently"},
		{"a comment changes", `www 300 A 192.0.2.1 {"comment": "a"}`, `www 300 A 192.0.2.1 {"comment": "b"}`, "www.example.com. A", "low", "no answer changes"},
		{"a name is deleted", "www 300 A 192.0.2.1", "", "www.example.com. A", "medium", "has no A any more"},
		{"an address becomes a CNAME", "www 300 A 192.0.2.1", "www 300 CNAME a.example.net.", "www.example.com. A", "low", "other records of www.example.com. take its place"},

		{"apex NS go", "@ 300 NS ns1.example.net.", "www 300 A 192.0.2.1", "example.com. NS", "critical", "no name servers"},
		{"all apex NS change", "@ 300 NS ns1.example.net.", "@ 300 NS ns2.example.net.", "example.com. NS", "critical", "all name servers"},
		{"an apex NS is added", "@ 300 NS ns1.example.net.", "@ 300 NS ns1.example.net.\n@ 300 NS ns2.example.net.", "example.com. NS", "high", "name servers of the zone"},
		{"a delegation goes", "sub 300 NS ns1.example.net.", "", "sub.example.com. NS", "critical", "delegation"},
		{"a delegation changes", "sub 300 NS ns1.example.net.", "sub 300 NS ns2.example.net.", "sub.example.com. NS", "high", "is delegated to other"},
		{"a delegation comes", "", "sub 300 NS ns1.example.net.", "sub.example.com. NS", "medium", "handed to other name servers"},
		{"a delegation hides a name", "sub 300 A 192.0.2.1", "sub 300 A 192.0.2.1\nsub 300 NS ns1.example.net.", "sub.example.com. NS", "high", "hides"},

		{"a DS goes", "sub 300 DS 1 13 2 " + strings.Repeat("AB", 32), "", "sub.example.com. DS", "high", "isn't validated"},
		{"every DS changes", "sub 300 DS 1 13 2 " + strings.Repeat("AB", 32), "sub 300 DS 2 13 2 " + strings.Repeat("CD", 32), "sub.example.com. DS", "critical", "every DS"},
		{"the apex loses its MX", "@ 300 MX 10 mx.example.net.", "", "example.com. MX", "critical", "mail gets lost"},
		{"another name loses its MX", "m 300 MX 10 mx.example.net.", "", "m.example.com. MX", "high", "mail gets lost"},
		{"all MX change", "m 300 MX 10 a.example.net.", "m 300 MX 10 b.example.net.", "m.example.com. MX", "high", "all servers"},
		{"an MX is added", "m 300 MX 10 a.example.net.", "m 300 MX 10 a.example.net.\nm 300 MX 20 b.example.net.", "m.example.com. MX", "medium", "servers that take mail"},

		{"SPF is lost", `@ 300 TXT "v=spf1 -all"`, `@ 300 TXT "other"`, "example.com. TXT", "high", "no SPF any more"},
		{"SPF changes", `@ 300 TXT "v=spf1 -all"`, `@ 300 TXT "v=spf1 mx -all"`, "example.com. TXT", "medium", "the SPF of"},
		{"what stands beside SPF changes", "@ 300 TXT \"v=spf1 -all\"\n@ 300 TXT \"a\"", "@ 300 TXT \"v=spf1 -all\"\n@ 300 TXT \"b\"", "example.com. TXT", "low", "answered differently"},
		{"a DKIM key goes", dkim, "", "s._domainkey.example.com. TXT", "high", "no DKIM key any more"},
		{"a DKIM key comes", "", dkim, "s._domainkey.example.com. TXT", "low", "gets a DKIM key"},
		{"DMARC goes", `_dmarc 300 TXT "v=DMARC1; p=reject"`, "", "_dmarc.example.com. TXT", "high", "no DMARC policy any more"},
		{"CAA go", `@ 300 CAA 0 issue "ca.example.net"`, "", "example.com. CAA", "high", "no CAA"},
		{"CAA change", `@ 300 CAA 0 issue "a.example.net"`, `@ 300 CAA 0 issue "b.example.net"`, "example.com. CAA", "medium", "authorities"},

		{"a wildcard goes", "* 300 A 192.0.2.1", "", "*.example.com. A", "high", "every name below example.com."},
		{"a wildcard comes", "", "* 300 A 192.0.2.1", "*.example.com. A", "medium", "it answers for every name"},
		{"the apex loses its address", "@ 300 A 192.0.2.1", "", "example.com. A", "critical", "no address"},
		{"the apex keeps IPv6", "@ 300 A 192.0.2.1\n@ 300 AAAA 2001:db8::1", "@ 300 AAAA 2001:db8::1", "example.com. A", "medium", "the address of example.com. itself"},
		{"the proxy goes", `www auto A 192.0.2.1 {"proxied": true}`, `www 300 A 192.0.2.1 {"proxied": false}`, "www.example.com. A", "high", "exposes the origin 192.0.2.1"},
		{"the proxy goes beside an address that had none", `www auto A 192.0.2.9 {"proxied": true}
www 300 A 192.0.2.1`, `www 300 A 192.0.2.1
www 300 A 192.0.2.9 {"proxied": false}`, "www.example.com. A", "high", "exposes the origin 192.0.2.9"},
		{"an address that had no proxy stays", `www auto A 192.0.2.2 {"proxied": true}
www 300 A 192.0.2.1`, `www auto A 192.0.2.3 {"proxied": true}
www 300 A 192.0.2.1`, "www.example.com. A", "low", "answered differently"},
		{"the proxy comes", `www 300 A 192.0.2.1 {"proxied": false}`, `www auto A 192.0.2.1 {"proxied": true}`, "www.example.com. A", "low", "answered differently"},

		{"the old answer is short-lived", "www 3599 A 192.0.2.1", "www 300 A 192.0.2.2", "www.example.com. A", "low", ""},
		{"the old answer lives for an hour", "www 3600 A 192.0.2.1", "www 300 A 192.0.2.2", "www.example.com. A", "medium", "up to 1 hour"},
		{"the old answer lives for days", "www 129600 A 192.0.2.1", "www 300 A 192.0.2.2", "www.example.com. A", "high", "up to 1 day 12 hours"},
		{"a proxied answer is short-lived", `www 86400 A 192.0.2.1 {"proxied": true}`, `www 86400 A 192.0.2.2 {"proxied": true}`, "www.example.com. A", "low", ""},

		{"a target that isn't there", "", "www 300 CNAME web.example.com.", "www.example.com. CNAME", "high", "dangling"},
		{"a target that comes with it", "", "www 300 CNAME web.example.com.\nweb 300 A 192.0.2.1", "www.example.com. CNAME", "low", ""},
		{"a target that a wildcard answers for", "", "www 300 CNAME web.example.com.\n* 300 A 192.0.2.1", "www.example.com. CNAME", "low", ""},
		{"a target below a delegation", "", "www 300 CNAME web.sub.example.com.\nsub 300 NS ns1.example.net.", "www.example.com. CNAME", "low", ""},
		{"an MX that isn't there", "", "m 300 MX 10 mx.example.com.", "m.example.com. MX", "high", "dangling"},
		{"a null MX", "", "m 300 MX 0 .", "m.example.com. MX", "medium", "mail for"},
		{"a name that is pointed at goes", "web 300 A 192.0.2.1\nwww 300 CNAME web.example.com.", "www 300 CNAME web.example.com.", "web.example.com. A", "high", "www.example.com. CNAME still points at web.example.com."},
		{"both go", "web 300 A 192.0.2.1\nwww 300 CNAME web.example.com.", "", "web.example.com. A", "medium", "has no A"},
		{"a target that strangers can claim", "", "www 300 CNAME mine.github.io.", "www.example.com. CNAME", "medium", "GitHub Pages"},

		{"nine names get one address", addresses(0, 9), elsewhere(9), "h0.example.com. A", "low", ""},
		{"ten names get one address", addresses(0, 10), elsewhere(10), "h0.example.com. A", "medium", "10 names get the same A 198.51.100.1"},
		{"fifty names get one address", addresses(0, 50), elsewhere(50), "h7.example.com. A", "high", "50 names get the same A"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			in := plan.Input{Rules: state.Rules{Prune: true, ApexNS: state.ApexNSExact}}
			z := planOne(t, in, tt.live, tt.want)
			i := slices.IndexFunc(z.Changes, func(c state.Change) bool { return c.String() == tt.of })
			if i < 0 {
				t.Fatalf("no change of %s in %v", tt.of, z.Changes)
			}
			risk := z.RiskOf(i)
			if risk.Level.String() != tt.level || !strings.Contains(risk.Reasons[0], tt.reason) {
				t.Errorf("risk %s, %q; want %s, %q", risk.Level, risk.Reasons, tt.level, tt.reason)
			}
		})
	}
}

// elsewhere returns what addresses does, at another address.
func elsewhere(n int) string {
	var lines []string
	for line := range strings.Lines(addresses(0, n)) {
		fields := strings.Fields(line)
		lines = append(lines, strings.Join(fields[:3], " ")+" 198.51.100.1")
	}
	return strings.Join(lines, "\n")
}

func TestRiskOfNewZone(t *testing.T) {
	z := planOne(t, plan.Input{Create: true}, "", "@ 300 NS ns1.example.net.\n@ 300 MX 10 mx.example.com.\n* 300 A 192.0.2.1")
	for i, c := range z.Changes {
		if risk := z.RiskOf(i); risk.Level != plan.RiskLow {
			t.Errorf("%s of a zone that is new: %s, %q", c.Key, risk.Level, risk.Reasons)
		}
	}
}

// TestRiskAcrossZones points from one zone of a plan into another.
func TestRiskAcrossZones(t *testing.T) {
	other := func(text string) *state.Zone { return parseZones(t, "zone example.net.\n"+text)["example.net."] }
	for _, tt := range []struct{ live, want, level string }{
		{"web 300 A 192.0.2.1", "web 300 A 192.0.2.1", "low"},
		{"web 300 A 192.0.2.1", "", "high"},
	} {
		p, _ := plan.Make([]plan.Input{
			{Provider: "p", Target: "p:1", Live: zone(t, ""), Want: zone(t, "www 300 CNAME web.example.net."), Rules: state.Rules{Prune: true}},
			{Provider: "p", Target: "p:2", Live: other(tt.live), Want: other(tt.want), Rules: state.Rules{Prune: true}},
		})
		if got := p.Zones[0].RiskOf(0).Level.String(); got != tt.level {
			t.Errorf("with %q at the target: %s, want %s", tt.want, got, tt.level)
		}
	}
}

func TestTooRisky(t *testing.T) {
	in := plan.Input{
		Provider: "p", Target: "p:1", Live: zone(t, "@ 300 MX 10 mx.example.net.\na 300 A 192.0.2.1"), Want: zone(t, "b 300 A 192.0.2.1"),
		Rules: state.Rules{Prune: true},
	}
	p, _ := plan.Make([]plan.Input{in})
	for _, tt := range []struct {
		most plan.RiskLevel
		text string
	}{
		{plan.RiskUnknown, ""},
		{plan.RiskCritical, ""},
		{plan.RiskMedium, "to delete example.com. MX is of critical risk, above medium: example.com. has no MX any more: its mail gets lost"},
		{plan.RiskLow, "to delete example.com. MX is of critical risk, above low: example.com. has no MX any more: its mail gets lost (one of 2 changes above it)"},
	} {
		got := ""
		for _, r := range p.TooRisky(tt.most) {
			got += r.Text
		}
		if got != tt.text {
			t.Errorf("above %s: %q, want %q", tt.most, got, tt.text)
		}
	}
	if order := p.Zones[0].ByRisk(); p.Zones[0].Changes[order[0]].Type != state.MX {
		t.Errorf("the riskiest is %s", p.Zones[0].Changes[order[0]].Key)
	}
}

func TestParseRiskLevel(t *testing.T) {
	for i, name := range plan.RiskNames() {
		if l, err := plan.ParseRiskLevel(name); err != nil || l.String() != name || l != plan.RiskLow+plan.RiskLevel(i) {
			t.Errorf("ParseRiskLevel(%q) = %v, %v", name, l, err)
		}
	}
	for _, name := range []string{"", "unknown", "High", "none"} {
		if l, err := plan.ParseRiskLevel(name); err == nil {
			t.Errorf("ParseRiskLevel(%q) = %v", name, l)
		}
	}
}

func TestDuration(t *testing.T) {
	for ttl, want := range map[state.TTL]string{
		0: "0 seconds", 1: "1 second", 60: "1 minute", 90: "1 minute 30 seconds", 3600: "1 hour", 90061: "1 day 1 hour", 86401: "1 day", 172800: "2 days", state.TTLAuto: "auto",
	} {
		if got := plan.Duration(ttl); got != want {
			t.Errorf("Duration(%d) = %q, want %q", ttl, got, want)
		}
	}
}

// TestLawsOfRisk: every change has a level and a reason, and to judge anew says
// the same.
func TestLawsOfRisk(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		inputs := drawInputs(t)
		p, _ := plan.Make(inputs)
		show := func() string {
			var b strings.Builder
			for i := range p.Zones {
				z := &p.Zones[i]
				if len(z.Risks) != len(z.Changes) {
					t.Fatalf("%d risks of %d changes", len(z.Risks), len(z.Changes))
				}
				for n, c := range z.Changes {
					r := z.RiskOf(n)
					if r.Level < plan.RiskLow || len(r.Reasons) == 0 || slices.Contains(r.Reasons, "") {
						t.Fatalf("the risk of %s is %v", c.Key, r)
					}
					fmt.Fprintln(&b, c.Key, r)
				}
			}
			return b.String()
		}
		first := show()
		p.Assess(func(z *plan.Zone) *state.Zone {
			i := slices.IndexFunc(inputs, func(in plan.Input) bool { return in.Want.Name == z.Name && in.Provider == z.Provider })
			return inputs[i].Live
		})
		if again := show(); again != first {
			t.Fatalf("judged anew:\n%s\nand before:\n%s", again, first)
		}
	})
}
