package plan_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/zoneloom/zoneloom/plan"
	"github.com/zoneloom/zoneloom/state"
)

// guardCase is a plan that a guard objects to, or a near miss.
type guardCase struct {
	guard, name string
	live, want  string
	in          plan.Input
	text        string // a part of the objection; "": it is a near miss
}

// other is a record that keeps a zone from being wiped.
const other = "\nother 300 A 192.0.2.200"

func limitsOf(guard string, l state.Limit) plan.Input {
	return plan.Input{Rules: state.Rules{Limits: map[string]state.Limit{guard: l}}}
}

func changed(n int) (live, want string) {
	return addresses(0, n) + addresses(100, 20), strings.ReplaceAll(addresses(0, n), ".1", ".2") + addresses(100, 20)
}

// countCases are the guards that count or look at the zone as a whole.
func countCases() []guardCase {
	eleven, eleven2 := changed(11)
	ten, ten2 := changed(10)
	inherited := plan.Input{Written: func(state.Src, string) bool { return false }}
	protected := plan.Input{Rules: state.Rules{Protect: []state.Pattern{{Name: "a"}}}}
	return []guardCase{
		{guard: "delete-many", name: "four of thirteen", live: addresses(0, 13), want: addresses(0, 9), text: "4 of the 13 RRsets read would be deleted, more than 3 and more than 30 %"},
		{guard: "delete-many", name: "four of fourteen", live: addresses(0, 14), want: addresses(0, 10)},
		{guard: "change-many", name: "eleven of thirty-one", live: eleven, want: eleven2, text: "11 of the 31 RRsets read would be changed (11 updated, 0 deleted), more than 10 and more than 30 %"},
		{guard: "change-many", name: "ten of thirty", live: ten, want: ten2},
		{guard: "change-many", name: "ten of ten", live: addresses(0, 10), want: strings.ReplaceAll(addresses(0, 10), ".1", ".2")},
		{guard: "change-many", name: "eleven of thirty-six are more than 30 %", live: addresses(0, 36), want: strings.ReplaceAll(addresses(0, 11), ".1", ".2") + addresses(11, 25), text: "11 of the 36"},
		{guard: "change-many", name: "eleven of thirty-seven are not", live: addresses(0, 37), want: strings.ReplaceAll(addresses(0, 11), ".1", ".2") + addresses(11, 26)},
		{guard: "change-many", name: "deletes and updates count together", live: addresses(0, 20), want: strings.ReplaceAll(addresses(0, 8), ".1", ".2") + addresses(11, 9), text: "(8 updated, 3 deleted)"},
		{guard: "change-many", name: "creates don't count", live: addresses(0, 20), want: strings.ReplaceAll(addresses(0, 8), ".1", ".2") + addresses(8, 100)},
		{guard: "change-many", name: "a zone of large changes has no most", live: addresses(0, 1000), want: strings.ReplaceAll(addresses(0, 300), ".1", ".2") + addresses(300, 700)},
		{guard: "change-many", name: "a most that is set", in: limitsOf("change-many", state.Limit{Count: 10, Percent: 30, Most: 50}), live: addresses(0, 1000), want: strings.ReplaceAll(addresses(0, 51), ".1", ".2") + addresses(51, 949), text: "more than 50"},
		{guard: "change-many", name: "another count", in: limitsOf("change-many", state.Limit{Count: 11, Percent: 30}), live: eleven, want: eleven2},
		{guard: "wipe", name: "all go", live: addresses(0, 2), want: addresses(2, 2), text: "all records that the zone has"},
		{guard: "wipe", name: "one stays", live: addresses(0, 2), want: addresses(1, 2)},
		{guard: "empty", name: "nothing is declared", live: addresses(0, 2), text: "the configuration has no records"},
		{guard: "empty", name: "one record is declared", live: addresses(0, 2), want: addresses(1, 1)},
		{guard: "protect", name: "the name goes", in: protected, live: "a 300 A 192.0.2.1" + other, want: other, text: "a.example.com. A is protected"},
		{guard: "protect", name: "the name changes", in: protected, live: "a 300 A 192.0.2.1" + other, want: "a 300 A 192.0.2.2" + other},
		{guard: "unproxy", name: "by a default", in: inherited, live: `a auto A 192.0.2.1 {"proxied": true}`, want: "a 300 A 192.0.2.1 {\"proxied\": false}", text: "no longer be proxied"},
		{guard: "unproxy", name: "the record says so", live: `a auto A 192.0.2.1 {"proxied": true}`, want: "a 300 A 192.0.2.1 {\"proxied\": false}"},
	}
}

func delegationCases() []guardCase {
	exact := plan.Input{Rules: state.Rules{ApexNS: state.ApexNSExact}}
	owned := exact
	owned.OwnNS = []state.Name{"own1.example.net.", "own2.example.net."}
	ignored := exact
	ignored.Rules.Ignore = []state.Pattern{{Type: "NS", Data: "*.example.org."}}
	const service = "@ 300 NS own1.example.net.\n@ 300 NS own2.example.net.\n"
	return []guardCase{
		{guard: "apex-ns", name: "all go", in: exact, live: "@ 300 NS ns1.example.org." + other, want: other, text: "example.com. would have no name servers at its apex any more"},
		{guard: "apex-ns", name: "the owner's go and the service's stay", in: owned, live: service + "@ 300 NS ns1.example.org." + other, want: service + other, text: "any more but the service's own"},
		{guard: "apex-ns", name: "others take their place", in: exact, live: "@ 300 NS ns1.example.org." + other, want: "@ 300 NS ns2.example.org." + other},
		{guard: "apex-ns", name: "one of two stays", in: owned, live: service + "@ 300 NS ns1.example.org.\n@ 300 NS ns2.example.org." + other, want: "@ 300 NS ns1.example.org." + other},
		{guard: "apex-ns", name: "an ignored one stays", in: ignored, live: "@ 300 NS ns1.example.org.\n@ 300 NS ns1.example.net." + other, want: other},
		{guard: "apex-ns", name: "nothing is declared and all are left", live: "@ 300 NS ns1.example.org." + other, want: "a 300 A 192.0.2.1" + other},
		{guard: "apex-ns", name: "a delegation", live: "sub 300 NS ns1.example.org." + other, want: other},
		{guard: "delegation", name: "one ends", live: "sub 300 NS ns1.example.org." + other, want: other, text: "sub.example.com. would have no delegation any more"},
		{guard: "delegation", name: "the name gets an address instead", live: "sub 300 NS ns1.example.org." + other, want: "sub 300 A 192.0.2.1" + other, text: "sub.example.com."},
		{guard: "delegation", name: "to others", live: "sub 300 NS ns1.example.org." + other, want: "sub 300 NS ns1.example.net." + other},
		{guard: "delegation", name: "at the apex", in: exact, live: "@ 300 NS ns1.example.org." + other, want: other},
		{guard: "ds", name: "it goes", live: "sub 300 NS ns1.example.org.\nsub 300 DS 1 13 2 " + digest + other, want: "sub 300 NS ns1.example.org." + other, text: "sub.example.com. would have no DS any more"},
		{guard: "ds", name: "another key's takes its place", live: "sub 300 NS ns1.example.org.\nsub 300 DS 1 13 2 " + digest + other, want: "sub 300 NS ns1.example.org.\nsub 300 DS 2 13 2 " + digest + other},
		{guard: "caa", name: "it goes", live: `@ 300 CAA 0 issue "ca.example.net"` + other, want: other, text: "example.com. would have no CAA any more"},
		{guard: "caa", name: "the apex has one still", live: "@ 300 CAA 0 issue \"ca.example.net\"\na 300 CAA 0 issue \"b.example.net\"" + other, want: `@ 300 CAA 0 issue "ca.example.net"` + other, text: "a.example.com."},
		{guard: "caa", name: "another CA", live: `@ 300 CAA 0 issue "ca.example.net"` + other, want: `@ 300 CAA 0 issue ";"` + other},
		{guard: "caa", name: "the name leads to one that has", live: "@ 300 CAA 0 issue \"b\"\na 300 CAA 0 issue \"b\"" + other, want: "@ 300 CAA 0 issue \"b\"\na 300 CNAME example.com." + other},
	}
}

var digest = strings.Repeat("ab", 32)

func mailCases() []guardCase {
	const (
		mx  = "a 300 MX 10 mx.example.net."
		pol = `a 300 TXT "v=spf1 mx -all"`
	)
	readOnly := "!a 300 MX 20 route.example.net."
	return []guardCase{
		{guard: "mx", name: "the last goes", live: mx + "\na 300 A 192.0.2.1" + other, want: "a 300 A 192.0.2.1" + other, text: "a.example.com. would have no MX that takes mail any more"},
		{guard: "mx", name: "of a wildcard", live: "* 300 MX 10 mx.example.net." + other, want: other, text: "*.example.com."},
		{guard: "mx", name: "one of two goes", live: mx + "\na 300 MX 20 b.example.net." + other, want: mx + other},
		{guard: "mx", name: "others take its place", live: mx + other, want: "a 300 MX 5 mail.example.org." + other},
		{guard: "mx", name: "a read-only one stays", live: mx + "\n" + readOnly + other, want: other},
		{guard: "mx", name: "a null MX takes its place", live: mx + other, want: "a 300 MX 0 ." + other, text: "a.example.com."},
		{guard: "mx", name: "a null MX goes", live: "a 300 MX 0 ." + other, want: other},
		{guard: "mx", name: "a null MX gives way", live: "a 300 MX 0 ." + other, want: mx + other},
		{guard: "mx", name: "a null MX appears where none was", live: "a 300 A 192.0.2.1" + other, want: "a 300 A 192.0.2.1\na 300 MX 0 ." + other},
		{guard: "mx", name: "the name leads out of the zone", live: mx + other, want: "a 300 CNAME shop.example.net." + other, text: "a.example.com. would have no MX that takes mail any more; its CNAME leads out of the zone, to what isn't known"},
		{guard: "mx", name: "the name leads to one that has", live: mx + "\n@ 300 MX 1 mx.example.net." + other, want: "a 300 CNAME b.example.com.\nb 300 CNAME example.com.\n@ 300 MX 1 mx.example.net." + other},
		{guard: "mx", name: "the name leads to one that has none", live: mx + other, want: "a 300 CNAME other.example.com." + other, text: "a.example.com."},
		{guard: "mx", name: "the name leads to one that a wildcard answers for", live: mx + "\n*.w 300 MX 1 b.example.net." + other, want: "a 300 CNAME x.w.example.com.\n*.w 300 MX 1 b.example.net." + other},
		{guard: "mx", name: "the name leads below a delegation", live: mx + "\nsub 300 NS b.example.net." + other, want: "a 300 CNAME a.sub.example.com.\nsub 300 NS b.example.net." + other, text: "a.example.com."},
		{guard: "mx", name: "the name leads in a circle", live: mx + other, want: "a 300 CNAME b.example.com.\nb 300 CNAME a.example.com." + other, text: "a.example.com."},
		{guard: "mx", name: "it led to one that has", live: "a 300 CNAME example.com.\n@ 300 MX 1 mx.example.net." + other, want: "a 300 A 192.0.2.1\n@ 300 MX 1 mx.example.net." + other},
		{guard: "mx", name: "it is switched off", live: mx + other, want: mx + ` {"disabled": true}` + other, text: "a.example.com."},
		{guard: "mx", name: "one that is switched off goes", live: mx + ` {"disabled": true}` + other, want: other},
		{guard: "mx", name: "of two names", live: mx + "\nb 300 MX 1 b.example.net." + other, want: other, text: "a.example.com. and b.example.com. would have no MX"},
		{guard: "mx", name: "of two names, and one leads out of the zone", live: mx + "\nb 300 MX 1 b.example.net." + other, want: "b 300 CNAME b.example.net." + other, text: "any more; the CNAMEs of 1 of them lead out of the zone"},
		{guard: "mx", name: "of four", live: strings.ReplaceAll(addresses(0, 4), "A 192.0.2.1", "MX 1 b.example.net.") + other, want: other, text: "4 names (h0.example.com., h1.example.com., h2.example.com. and 1 more) would have no MX"},

		{guard: "spf", name: "it goes", live: pol + other, want: other, text: "a.example.com. would have no SPF any more"},
		{guard: "spf", name: "another text of the name stays", live: pol + "\na 300 TXT \"v=spf10\"" + other, want: "a 300 TXT \"v=spf10\"" + other, text: "a.example.com."},
		{guard: "spf", name: "the blank after the version is lost", live: pol + other, want: `a 300 TXT "v=spf1mx -all"` + other, text: "a.example.com."},
		{guard: "spf", name: "that nobody may send", live: `a 300 TXT "v=spf1 -all"` + other, want: other, text: "a.example.com."},
		{guard: "spf", name: "it says that nobody may send", live: pol + other, want: `a 300 TXT "v=spf1 -all"` + other},
		{guard: "spf", name: "it is spelled and cut otherwise", live: pol + other, want: `a 300 TXT "V=" "SPF1" " a"` + other},
		{guard: "spf", name: "only the version is left", live: pol + other, want: `a 300 TXT "v=spf1"` + other},
		{guard: "spf", name: "another text goes", live: pol + "\na 300 TXT \"x\"" + other, want: pol + other},
		{guard: "spf", name: "it moves to the type that nobody asks for", live: pol + other, want: `a 300 SPF "v=spf1 mx -all"` + other, text: "a.example.com."},
		{guard: "spf", name: "the name leads out of the zone", live: pol + other, want: "a 300 CNAME shop.example.net." + other, text: "its CNAME leads out of the zone"},
	}
}

func signatureCases() []guardCase {
	const (
		key  = `s._domainkey 300 TXT "v=DKIM1; k=rsa; p=MIGf"`
		lead = "s._domainkey 300 CNAME s.dkim.example.net."
		pol  = `_dmarc 300 TXT "v=DMARC1; p=reject"`
	)
	return []guardCase{
		{guard: "dkim", name: "a key goes", live: key + other, want: other, text: "s._domainkey.example.com. would have no DKIM key any more"},
		{guard: "dkim", name: "of a name below the apex, without a version", live: `s._domainkey.a 300 TXT "p=MIGf"` + other, want: other, text: "s._domainkey.a.example.com."},
		{guard: "dkim", name: "a CNAME to the mail service goes", live: lead + other, want: other, text: "s._domainkey.example.com."},
		{guard: "dkim", name: "the whole is the mail service's, and goes", live: "_domainkey 300 NS ns.example.net." + other, want: other, text: "_domainkey.example.com."},
		{guard: "dkim", name: "a key is revoked", live: key + other, want: `s._domainkey 300 TXT "v=DKIM1; p="` + other, text: "s._domainkey.example.com."},
		{guard: "dkim", name: "one of two keys goes", live: key + "\nt._domainkey 300 TXT \"p=x\"" + other, want: key + other, text: "t._domainkey.example.com."},
		{guard: "dkim", name: "a revoked key goes", live: `s._domainkey 300 TXT "v=DKIM1; p= ;"` + other, want: other},
		{guard: "dkim", name: "another key takes its place", live: key + other, want: `s._domainkey 300 TXT "k=ed25519; p=11qY"` + other},
		{guard: "dkim", name: "a CNAME takes its place", live: key + other, want: lead + other},
		{guard: "dkim", name: "a key takes the place of a CNAME", live: lead + other, want: key + other},
		{guard: "dkim", name: "the mail service gets the name", live: key + other, want: "s._domainkey 300 NS ns.example.net." + other},
		{guard: "dkim", name: "a policy of old goes", live: `_domainkey 300 TXT "o=~"` + other, want: other},
		{guard: "dkim", name: "a text elsewhere goes", live: `domainkey 300 TXT "p=MIGf"` + other, want: other},
		{guard: "dkim", name: "a CNAME leads to nothing in the zone", live: key + other, want: "s._domainkey 300 CNAME nothing.example.com." + other, text: "s._domainkey.example.com."},
		{guard: "dkim", name: "what a CNAME led to goes", live: "s._domainkey 300 CNAME k.example.com.\nk 300 TXT \"p=x\"" + other, want: "s._domainkey 300 CNAME k.example.com." + other, text: "s._domainkey.example.com."},
		{guard: "dkim", name: "a CNAME that led to nothing goes", live: "s._domainkey 300 CNAME k.example.com." + other, want: other},

		{guard: "dmarc", name: "it goes", live: pol + other, want: other, text: "_dmarc.example.com. would have no DMARC policy any more"},
		{guard: "dmarc", name: "of a name below the apex", live: `_dmarc.a 300 TXT "v = DMARC1 ;p=none"` + other, want: other, text: "_dmarc.a.example.com."},
		{guard: "dmarc", name: "a CNAME goes", live: "_dmarc 300 CNAME a.example.net." + other, want: other, text: "_dmarc.example.com."},
		{guard: "dmarc", name: "the version isn't first", live: pol + other, want: `_dmarc 300 TXT "p=reject; v=DMARC1"` + other, text: "_dmarc.example.com."},
		{guard: "dmarc", name: "a CNAME gives way to a policy", live: "_dmarc 300 CNAME a.example.net." + other, want: pol + other},
		{guard: "dmarc", name: "a policy gives way to a CNAME", live: pol + other, want: "_dmarc 300 CNAME a.example.net." + other},
		{guard: "dmarc", name: "it gets weaker", live: pol + other, want: `_dmarc 300 TXT "v=DMARC1; p=none"` + other},
		{guard: "dmarc", name: "another text goes", live: pol + "\n_dmarc 300 TXT \"x\"" + other, want: pol + other},
		{guard: "dmarc", name: "leave to report to goes", live: `a.example.net._report._dmarc 300 TXT "v=DMARC1"` + other, want: other},
	}
}

func addressCases() []guardCase {
	const apex = "@ 300 A 192.0.2.1"
	return []guardCase{
		{guard: "apex-address", name: "it goes", live: apex + other, want: other, text: "example.com. would have no address any more"},
		{guard: "apex-address", name: "IPv6 alone stays", live: apex + "\n@ 300 AAAA 2001:db8::1" + other, want: "@ 300 AAAA 2001:db8::1" + other, text: "example.com. would have no IPv4 address any more"},
		{guard: "apex-address", name: "it is switched off", live: apex + other, want: apex + ` {"disabled": true}` + other, text: "example.com."},
		{guard: "apex-address", name: "what the apex leads to goes", live: "@ 300 ALIAS lb.example.com.\nlb 300 A 192.0.2.1" + other, want: "@ 300 ALIAS lb.example.com." + other, text: "example.com."},
		{guard: "apex-address", name: "IPv6 goes", live: apex + "\n@ 300 AAAA 2001:db8::1" + other, want: apex + other},
		{guard: "apex-address", name: "a CNAME takes its place", live: apex + other, want: "@ 300 CNAME lb.example.net." + other},
		{guard: "apex-address", name: "an ALIAS takes its place", live: apex + other, want: "@ 300 ALIAS other.example.com." + other},
		{guard: "apex-address", name: "a program takes its place", live: apex + other, want: `@ 300 LUA A "ifportup(443, {'192.0.2.1'})"` + other},
		{guard: "apex-address", name: "it moves", live: apex + other, want: "@ 300 A 192.0.2.2" + other},
		{guard: "apex-address", name: "of another name", live: apex + "\na 300 A 192.0.2.1" + other, want: apex + other},
		{guard: "apex-address", name: "what the apex leads to moves", live: "@ 300 ALIAS lb.example.com.\nlb 300 A 192.0.2.1" + other, want: "@ 300 ALIAS lb.example.com.\nlb 300 CNAME a.example.net." + other},
		{guard: "apex-address", name: "other records of the apex go", live: apex + "\n@ 300 TXT \"x\"" + other, want: apex + other},

		{guard: "wildcard-address", name: "it goes", live: "*.a 300 A 192.0.2.1" + other, want: other, text: "*.a.example.com. would have no address any more"},
		{guard: "wildcard-address", name: "a CNAME goes", live: "* 300 CNAME a.example.net." + other, want: "* 300 TXT \"x\"" + other, text: "*.example.com."},
		{guard: "wildcard-address", name: "a CNAME takes its place", live: "* 300 A 192.0.2.1" + other, want: "* 300 CNAME a.example.net." + other},
		{guard: "wildcard-address", name: "a wildcard farther up stays", live: "* 300 A 192.0.2.1\n*.a 300 A 192.0.2.1" + other, want: "* 300 A 192.0.2.1" + other, text: "*.a.example.com."},
		{guard: "wildcard-address", name: "of a name that it would answer for", live: "* 300 A 192.0.2.1\na 300 A 192.0.2.1" + other, want: "* 300 A 192.0.2.1" + other},
		{guard: "wildcard-address", name: "its MX goes", live: "* 300 A 192.0.2.1\n* 300 MX 1 b.example.net." + other, want: "* 300 A 192.0.2.1" + other},
		{guard: "wildcard-address", name: "an asterisk in another label", live: "a.*.b 300 A 192.0.2.1" + other, want: other},
	}
}

func TestEachGuard(t *testing.T) {
	all := slices.Concat(countCases(), delegationCases(), mailCases(), signatureCases(), addressCases())
	trips, misses := map[string]bool{}, map[string]bool{}
	for _, tt := range all {
		t.Run(tt.guard+"/"+tt.name, func(t *testing.T) {
			z := planOne(t, tt.in, tt.live, tt.want)
			if tt.text == "" {
				misses[tt.guard] = true
				if text := objection(z, tt.guard); text != "" {
					t.Errorf("it objects to a near miss: %s", text)
				}
				if len(z.Changes) == 0 && tt.guard != "apex-ns" {
					t.Error("the plan is empty, and misses nothing")
				}
				return
			}
			trips[tt.guard] = true
			if text := objection(z, tt.guard); !strings.Contains(text, tt.text) {
				t.Fatalf("objection %q, want %q in it", text, tt.text)
			}
			others := len(z.Refusals) - 1
			p := &plan.Plan{Zones: []plan.Zone{*z}}
			unused := p.Allow([]plan.Allowance{{Zone: z.Name, Guard: tt.guard}})
			if got := p.Refusals(); len(got) != others || objection(&p.Zones[0], tt.guard) != "" || len(unused) > 0 {
				t.Errorf("allowed, there are %v left, and unused %v", got, unused)
			}
		})
	}
	for _, g := range plan.GuardNames() {
		if !trips[g] || !misses[g] {
			t.Errorf("guard %s has a case that trips it: %t, a near miss: %t", g, trips[g], misses[g])
		}
	}
}

// objection returns what a guard says of z, or "".
func objection(z *plan.Zone, guard string) string {
	for _, r := range z.Refusals {
		if r.Guard == guard {
			return r.Text
		}
	}
	return ""
}

// drawMeaning draws a zone of what the guards know the meaning of.
func drawMeaning(tb testing.TB, t *rapid.T, label string) *state.Zone {
	tb.Helper()
	names := []string{"@", "*", "a", "b", "s._domainkey", "_dmarc", "_dmarc.a", "x.b"}
	data := []string{
		"A 192.0.2.1", "AAAA 2001:db8::1", "CNAME a.example.com.", "CNAME x.b.example.com.", "CNAME a.example.net.", "ALIAS b.example.com.",
		"MX 10 mx.example.net.", "MX 0 .", `TXT "v=spf1 -all"`, `TXT "p=x"`, `TXT "v=DMARC1; p=none"`, `CAA 0 issue "ca"`,
		"NS ns1.example.net.", "NS ns2.example.net.", `TXT "x" "y"`, "A 192.0.2.2", `MX 5 b.example.net. {"disabled": true}`,
	}
	records := map[string]bool{}
	for range rapid.IntRange(0, 14).Draw(t, label) {
		records[rapid.SampledFrom(names).Draw(t, "name")+" 300 "+rapid.SampledFrom(data).Draw(t, "data")] = true
	}
	var entries []state.Entry
	for i, line := range slices.Sorted(maps.Keys(records)) {
		entries = append(entries, parseEntry(tb, "example.com.", line, i+1))
	}
	return state.NewZone("example.com.", entries)
}

func TestLawsOfGuards(tt *testing.T) {
	rapid.Check(tt, func(t *rapid.T) {
		live, want := drawMeaning(tt, t, "live"), drawMeaning(tt, t, "want")
		in := plan.Input{Provider: "p", Target: "p:1", Live: live, Want: want, Rules: state.Rules{
			Prune: rapid.Bool().Draw(t, "prune"), ApexNS: rapid.SampledFrom([]state.ApexNS{"", state.ApexNSExact, state.ApexNSMerge}).Draw(t, "apex"),
			Protect: []state.Pattern{{Name: "a", Type: "A*"}},
			Limits:  map[string]state.Limit{plan.GuardDeleteMany: {Count: 1}, plan.GuardChangeMany: {Count: 2}},
		}}
		if rapid.Bool().Draw(t, "own") {
			in.OwnNS = []state.Name{"ns1.example.net."}
		}
		p, _ := plan.Make([]plan.Input{in})
		z := &p.Zones[0]
		creates := !slices.ContainsFunc(z.Changes, func(c state.Change) bool { return c.Action() != state.Create })
		if creates && len(z.Refusals) > 0 {
			t.Fatalf("what is only added takes nothing away: %v", z.Refusals)
		}
		if again := plan.Recheck(z, plan.Remaining(z, live), &in); fmt.Sprint(again) != fmt.Sprint(z.Refusals) {
			t.Fatalf("in an untouched zone the guards say\n%v\nand said\n%v", again, z.Refusals)
		}
		for _, r := range plan.Recheck(z, plan.Remaining(z, apply(live, z.Changes)), &plan.Input{Live: apply(live, z.Changes), Want: want, Rules: in.Rules, OwnNS: in.OwnNS}) {
			t.Fatalf("when all is done a guard objects: %v", r)
		}
		var leave []plan.Allowance
		for _, r := range z.Refusals {
			leave = append(leave, r.Allowance())
		}
		if unused := p.Allow(leave); len(unused) > 0 || len(p.Refusals()) > 0 {
			t.Fatalf("all are lifted, yet %v refuse, and %v lift nothing", p.Refusals(), unused)
		}
	})
}
