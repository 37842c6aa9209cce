package cloudflare_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneloom/zoneloom/provider"
	"github.com/zoneloom/zoneloom/provider/cloudflare"
	"github.com/zoneloom/zoneloom/state"
)

func infoOf(plan string) *provider.Info {
	info := &provider.Info{
		Name: "example.com.", Kind: "cloudflare", MinTTL: 60, MaxTTL: 86400, Plan: plan, Type: "full",
		OwnNS: []state.Name{"ada.ns.cloudflare.com."},
	}
	if plan == "enterprise" {
		info.MinTTL = 30
	}
	return info
}

// check returns what would be stored of entries, and its problems as lines such
// as "error www.example.com. A 192.0.2.1: text".
func check(info *provider.Info, entries ...state.Entry) (*state.Zone, []string) {
	stored, problems := (&cloudflare.Provider{}).Check(state.NewZone("example.com.", entries), info)
	var lines []string
	for _, p := range problems {
		lines = append(lines, strings.TrimSpace(fmt.Sprintf("%s %s %s", p.Severity, p.Key, p.Data))+": "+p.Text)
	}
	return stored, lines
}

func rec(name state.Name, typ state.Type, data string, pairs ...any) state.Entry {
	if name == "@" {
		name = "example.com."
	} else {
		name += ".example.com."
	}
	return entry(name, typ, 300, data, attrs(pairs...))
}

func ttl(n state.TTL, e state.Entry) state.Entry {
	e.TTL = n
	return e
}

var checkCases = []struct {
	name    string
	info    *provider.Info
	entries []state.Entry
	want    []string // a part of each problem
}{
	{"what every zone has", infoOf("free"), []state.Entry{
		rec("@", "A", "192.0.2.1", "proxied", true), rec("@", "MX", "10 mx.example.com."), rec("@", "TXT", `"v=spf1 -all"`),
		rec("*", "CNAME", "example.com.", "comment", "all"), rec("sub", "NS", "ns1.example.net."), rec("sub", "DS", "1 13 2 aa"),
	}, nil},
	{"a TTL too low", infoOf("pro"), []state.Entry{ttl(59, rec("@", "A", "192.0.2.1"))}, []string{"error example.com. A 192.0.2.1: the TTL 59 is below 60"}},
	{"Enterprise takes lower ones", infoOf("enterprise"), []state.Entry{ttl(30, rec("@", "A", "192.0.2.1"))}, nil},
	{"who knows which plan it is", nil, []state.Entry{ttl(30, rec("@", "A", "192.0.2.1"))}, []string{"warning example.com. A 192.0.2.1: Cloudflare takes the TTL 30 in Enterprise zones only"}},
	{"too low for anybody", nil, []state.Entry{ttl(29, rec("@", "A", "192.0.2.1"))}, []string{"error example.com. A 192.0.2.1: the TTL 29 is below 30"}},
	{"a TTL of 1", nil, []state.Entry{ttl(1, rec("@", "A", "192.0.2.1"))}, []string{"a TTL of 1 stands for automatic"}},
	{"a TTL too high", nil, []state.Entry{ttl(86401, rec("@", "A", "192.0.2.1"))}, []string{"above 86400"}},
	{"a TTL does not matter when proxied", nil, []state.Entry{ttl(5, rec("@", "A", "192.0.2.1", "proxied", true))}, nil},
	{"an automatic TTL", nil, []state.Entry{ttl(state.TTLAuto, rec("@", "A", "192.0.2.1"))}, nil},
	{"types it doesn't have", nil, []state.Entry{rec("@", "SOA", "a. b. 1 2 3 4 5"), rec("@", "SPF", `"v=spf1 -all"`), rec("a", "TYPE65500", `\# 0`), rec("b", "DNAME", "x.example.")}, []string{"makes the SOA", "can't hold SPF", "by its number", "can't hold DNAME"}},
	{"proxied where it can't be", nil, []state.Entry{rec("@", "TXT", `"a"`, "proxied", true), rec("a", "TXT", `"a"`, "proxied", false)}, []string{"can't proxy TXT"}},
	{"proxied private addresses", nil, []state.Entry{
		rec("a", "A", "10.0.0.1", "proxied", true), rec("b", "A", "127.0.0.1", "proxied", true), rec("c", "A", "169.254.1.1", "proxied", true),
		rec("d", "AAAA", "fd00::1", "proxied", true), rec("e", "AAAA", "::ffff:10.0.0.1", "proxied", true), rec("f", "AAAA", "fe80::1", "proxied", true),
	}, []string{"10.0.0.1", "127.0.0.1", "169.254.1.1", "fd00::1", "10.0.0.1", "fe80::1"}},
	{"addresses that may be proxied", nil, []state.Entry{
		rec("a", "A", "192.0.2.1", "proxied", true), rec("b", "AAAA", "100::", "proxied", true), rec("c", "A", "10.0.0.1", "proxied", false),
		rec("d", "A", "10.0.0.1", "proxied", true, "private_routing", true),
	}, nil},
	{"private routing of what has no address", nil, []state.Entry{rec("a", "CNAME", "x.example.", "private_routing", true)}, []string{"private_routing is for A and AAAA"}},
	{"a comment too long for Free", infoOf("free"), []state.Entry{rec("a", "A", "192.0.2.1", "comment", strings.Repeat("x", 101))}, []string{"the comment has 101 characters, Cloudflare takes 100"}},
	{"and not for others", infoOf("pro"), []state.Entry{rec("a", "A", "192.0.2.1", "comment", strings.Repeat("x", 101))}, nil},
	{"a comment too long for anybody", nil, []state.Entry{rec("a", "A", "192.0.2.1", "comment", strings.Repeat("é", 501))}, []string{"501 characters"}},
	{"characters count, not octets", nil, []state.Entry{rec("a", "A", "192.0.2.1", "comment", strings.Repeat("é", 500))}, nil},
	{"a comment of two lines", nil, []state.Entry{rec("a", "A", "192.0.2.1", "comment", "a\nb")}, []string{"no line breaks in a comment"}},
	{"tags on Free", infoOf("free"), []state.Entry{rec("a", "A", "192.0.2.1", "tags", []string{"a"})}, []string{"tags need a paid plan"}},
	{"tags declared empty on Free", infoOf("free"), []state.Entry{rec("a", "A", "192.0.2.1", "tags", []string{})}, nil},
	{"odd tags", nil, []state.Entry{rec("a", "A", "192.0.2.1", "tags", []string{"cf-x", ":v", "a b", strings.Repeat("n", 33), "n:" + strings.Repeat("v", 101), "Team_1-x:a:b c"})}, []string{"cf-", "no name", "letters, digits", "33 characters", "over 100"}},
	{"too many tags", nil, []state.Entry{rec("a", "A", "192.0.2.1", "tags", strings.Fields("a b c d e f g h i j k l m n o p q r s t u"))}, []string{"21 tags"}},
	{"tags in a secondary zone", &provider.Info{MinTTL: 60, Plan: "enterprise", Type: "secondary"}, []state.Entry{rec("a", "A", "192.0.2.1", "tags", []string{"a"})}, []string{"full and partial"}},
	{"flattening on Free", infoOf("free"), []state.Entry{rec("a", "CNAME", "x.example.", "settings.flatten_cname", true)}, []string{"paid plan"}},
	{"flattening what is no CNAME", nil, []state.Entry{rec("a", "A", "192.0.2.1", "settings.flatten_cname", true)}, []string{"is for CNAME"}},
	{"settings that do nothing", nil, []state.Entry{rec("a", "CNAME", "x.example.", "settings.flatten_cname", true, "proxied", true), rec("b", "A", "192.0.2.1", "settings.ipv4_only", true, "proxied", false)}, []string{"warning a.example.com. CNAME x.example.: a proxied CNAME is flattened", "warning b.example.com. A 192.0.2.1: settings.ipv4_only has an effect"}},
	{"settings of TXT", nil, []state.Entry{rec("a", "TXT", `"a"`, "settings.ipv6_only", true)}, []string{"is for A, AAAA and CNAME"}},
	{"attributes that nobody has", nil, []state.Entry{rec("a", "A", "192.0.2.1", "weight", 3)}, []string{"keeps no weight"}},
	{"disabled, which PowerDNS alone has", nil, []state.Entry{rec("a", "A", "192.0.2.1", "disabled", true), rec("b", "A", "192.0.2.1", "disabled", false)}, []string{"error a.example.com. A 192.0.2.1: Cloudflare keeps no disabled", "error b.example.com. A 192.0.2.1: Cloudflare keeps no disabled"}},
	{"attributes of the wrong kind", nil, []state.Entry{rec("a", "A", "192.0.2.1", "comment", true, "proxied", "yes", "tags", "a")}, []string{"comment must be", "proxied must be", "tags must be"}},
	{"a CNAME beside addresses", nil, []state.Entry{rec("a", "CNAME", "x.example."), rec("a", "AAAA", "2001:db8::1")}, []string{"error a.example.com. CNAME: Cloudflare takes no CNAME (or ALIAS) beside AAAA"}},
	{"a CNAME beside other data", nil, []state.Entry{rec("@", "CNAME", "x.example."), rec("@", "MX", "10 x.example."), rec("a", "CNAME", "x.example."), rec("a", "TXT", `"a"`)}, nil},
	{"two CNAMEs", nil, []state.Entry{rec("a", "CNAME", "x.example."), rec("a", "CNAME", "y.example.")}, []string{"one CNAME"}},
	{"ALIAS and CNAME are the same here", nil, []state.Entry{rec("a", "ALIAS", "x.example."), rec("a", "CNAME", "y.example.")}, []string{"one CNAME"}},
	{"an ALIAS beside an address", nil, []state.Entry{rec("@", "ALIAS", "x.example."), rec("@", "A", "192.0.2.1")}, []string{"beside A"}},
	{"a CNAME to itself", nil, []state.Entry{rec("a", "CNAME", "a.example.com.")}, []string{"points to itself"}},
	{"data at a delegated name", nil, []state.Entry{rec("a", "NS", "ns.example."), rec("a", "A", "192.0.2.1"), rec("a", "DS", "1 13 2 aa"), rec("b.a", "A", "192.0.2.1")}, []string{"no A records at a name that NS"}},
	{"data beside the apex NS", nil, []state.Entry{rec("@", "NS", "ns.example."), rec("@", "A", "192.0.2.1")}, nil},
	{"other apex NS", infoOf("free"), []state.Entry{rec("@", "NS", "ns.example.")}, []string{"notice example.com. NS: other name servers"}},
	{"a DS without NS", nil, []state.Entry{rec("a", "DS", "1 13 2 aa")}, []string{"error a.example.com. DS: Cloudflare takes a DS record only beside NS"}},
	{"a DS at the apex", nil, []state.Entry{rec("@", "DS", "1 13 2 aa")}, []string{"warning example.com. DS: a DS record at a zone's own name"}},
	{"eleven name servers", nil, manyNS(11), []string{"has 11 NS"}},
	{"an empty TXT", nil, []state.Entry{rec("a", "TXT", `""`)}, []string{"no empty TXT"}},
	{"a TXT of two lines", nil, []state.Entry{rec("a", "TXT", state.TXTData("a\nb"))}, []string{"no line breaks in a TXT"}},
	{"the longest TXT", nil, []state.Entry{rec("a", "TXT", state.TXTData(strings.Repeat("x", 4080)))}, nil},
	{"a TXT too long on the wire", nil, []state.Entry{rec("a", "TXT", state.TXTData(strings.Repeat("x", 4081)))}, []string{"4098 octets"}},
	{"TXTs too long together", nil, []state.Entry{rec("a", "TXT", state.TXTData(strings.Repeat("x", 4000))), rec("a", "TXT", state.TXTData(strings.Repeat("y", 4000))), rec("a", "TXT", state.TXTData(strings.Repeat("z", 4000)))}, []string{"characters together"}},
	{"names that it refuses", nil, []state.Entry{rec("a.*", "A", "192.0.2.1"), rec("a*", "A", "192.0.2.1"), rec(`a\032b`, "A", "192.0.2.1"), rec("*", "A", "192.0.2.1"), rec("*.a", "A", "192.0.2.1")}, []string{"*", "*", "blanks"}},
	{"a target that it refuses", nil, []state.Entry{rec("a", "CNAME", `a\032b.example.`)}, []string{"in a target"}},
	{"octets that JSON can't carry", nil, []state.Entry{rec("a", "CAA", `0 issue "\255"`)}, []string{"aren't UTF-8"}},
	{"half proxied", nil, []state.Entry{rec("a", "A", "192.0.2.1", "proxied", true), rec("a", "A", "192.0.2.2", "proxied", false)}, []string{"warning a.example.com. A 192.0.2.2: another address"}},
	{"strings of a TXT", nil, []state.Entry{rec("a", "TXT", `"a" "b"`)}, []string{`notice a.example.com. TXT "a" "b": Cloudflare keeps the 2 strings`}},
	{"strings that make a double", nil, []state.Entry{rec("a", "TXT", `"a" "b"`), rec("a", "TXT", `"ab"`)}, []string{"notice", "the same record"}},
}

func TestCheck(t *testing.T) {
	for _, tt := range checkCases {
		t.Run(tt.name, func(t *testing.T) {
			_, got := check(tt.info, tt.entries...)
			if len(got) != len(tt.want) {
				t.Fatalf("%d problems, want %d:\n%s", len(got), len(tt.want), strings.Join(got, "\n"))
			}
			for _, want := range tt.want {
				at := -1
				for i, line := range got {
					if strings.Contains(line, want) {
						at = i
						break
					}
				}
				if at < 0 {
					t.Errorf("no problem says %q:\n%s", want, strings.Join(got, "\n"))
					continue
				}
				got = append(got[:at], got[at+1:]...)
			}
		})
	}
}

// The hint for a wildcard that Cloudflare refuses is a name that it takes.
func TestCheckHintsAtWildcards(t *testing.T) {
	for name, want := range map[state.Name]string{
		"a.*":     "write *.a.example.com",
		"a*":      "write *.a.example.com",
		"a.*.b":   "write *.a.b.example.com",
		"*.*":     "write *.example.com",
		"*.*.b":   "write *.b.example.com",
		"*x.a":    "write *.x.a.example.com",
		"a.**.*b": "write *.a.b.example.com",
	} {
		z := state.NewZone("example.com.", []state.Entry{rec(name, "A", "192.0.2.1")})
		_, problems := (&cloudflare.Provider{}).Check(z, nil)
		if len(problems) != 1 || problems[0].Hint != want {
			t.Errorf("%s: problems = %+v, want the hint %q", name, problems, want)
		}
	}
}

func manyNS(n int) []state.Entry {
	var list []state.Entry
	for i := range n {
		list = append(list, rec("sub", "NS", fmt.Sprintf("ns%d.example.net.", i)))
	}
	return list
}

func TestCheckStores(t *testing.T) {
	for _, tt := range []struct {
		name    string
		info    *provider.Info
		entries []state.Entry
		want    []state.Entry
	}{
		{"an ALIAS as a CNAME, in its place", nil, []state.Entry{rec("@", "ALIAS", "x.example."), rec("@", "CAA", `0 issue "a"`)}, []state.Entry{rec("@", "CAA", `0 issue "a"`), rec("@", "CNAME", "x.example.")}},
		{"a proxied record with an automatic TTL", nil, []state.Entry{rec("a", "A", "192.0.2.1", "proxied", true), rec("a", "A", "192.0.2.2")}, []state.Entry{ttl(state.TTLAuto, rec("a", "A", "192.0.2.1", "proxied", true)), rec("a", "A", "192.0.2.2")}},
		{"the strings of a TXT as one, and sorted", nil, []state.Entry{rec("a", "TXT", `"b" "c"`), rec("a", "TXT", `"b"`), rec("a", "TXT", `"ba"`)}, []state.Entry{rec("a", "TXT", `"b"`), rec("a", "TXT", `"ba"`), rec("a", "TXT", `"bc"`)}},
		{"tags in one order", nil, []state.Entry{rec("a", "A", "192.0.2.1", "tags", []string{"z", "Team:X", "z"})}, []state.Entry{rec("a", "A", "192.0.2.1", "tags", []string{"team:X", "z"})}},
		{"the service's own name servers as not declared", infoOf("free"), []state.Entry{rec("@", "NS", "ada.ns.cloudflare.com."), rec("@", "A", "192.0.2.1")}, []state.Entry{rec("@", "A", "192.0.2.1")}},
		{"and other ones beside them", infoOf("free"), []state.Entry{rec("@", "NS", "ada.ns.cloudflare.com."), rec("@", "NS", "a.example."), rec("@", "NS", "z.example.")}, []state.Entry{rec("@", "NS", "a.example."), rec("@", "NS", "z.example.")}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			want := state.NewZone("example.com.", append([]state.Entry{}, tt.entries...))
			stored, _ := check(tt.info, append([]state.Entry{}, tt.entries...)...)
			if diff := cmp.Diff(state.NewZone("example.com.", tt.want), stored, ignoreInterned); diff != "" {
				t.Errorf("stored (-want +got):\n%s", diff)
			}
			p := &cloudflare.Provider{}
			before := state.NewZone("example.com.", append([]state.Entry{}, tt.entries...))
			p.Check(want, tt.info)
			if diff := cmp.Diff(before, want, ignoreInterned); diff != "" {
				t.Errorf("Check changed its argument:\n%s", diff)
			}
			if again, _ := p.Check(stored, tt.info); !cmp.Equal(stored, again, ignoreInterned) {
				t.Errorf("what is stored is stored otherwise again:\n%s", cmp.Diff(stored, again, ignoreInterned))
			}
		})
	}
}

func TestCheckOfTheQuota(t *testing.T) {
	var entries []state.Entry
	for i := range 201 {
		entries = append(entries, rec(state.Name(fmt.Sprintf("h%d", i)), "A", "192.0.2.1"))
	}
	if _, got := check(infoOf("free"), entries...); len(got) != 1 || !strings.HasPrefix(got[0], "warning example.com.") || !strings.Contains(got[0], "201 records") {
		t.Errorf("problems of 201 records on Free: %q", got)
	}
	if _, got := check(infoOf("pro"), entries...); got != nil {
		t.Errorf("problems of 201 records on Pro: %q", got)
	}
}

func TestCheckOfTheZonesOwnAttributes(t *testing.T) {
	z := &state.Zone{Name: "example.com.", Attrs: attrs("serial", "x"), RRsets: []state.RRset{{
		Key: state.Key{Name: "example.com.", Type: "A"}, Records: []state.Record{{Data: "192.0.2.1", TTL: 300, Src: 7}}, Attrs: attrs("comment", "x"),
	}}}
	_, problems := (&cloudflare.Provider{}).Check(z, nil)
	if len(problems) != 2 || problems[1].Src != 7 {
		t.Errorf("problems = %+v, want one for the zone's attribute and one for the set's", problems)
	}
}
