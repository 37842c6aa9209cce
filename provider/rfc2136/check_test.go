package rfc2136_test

import (
	"strings"
	"testing"

	"github.com/zoneloom/zoneloom/provider/rfc2136"
	"github.com/zoneloom/zoneloom/state"
)

func TestCheck(t *testing.T) {
	var many []string
	for i := range 101 {
		many = append(many, "many 300 TXT text"+strings.Repeat("x", i))
	}
	for name, tt := range map[string]struct {
		zone     []string
		at       string // the key of the one problem; "" is none
		severity state.Severity
		text     string
	}{
		"an ordinary zone":               {[]string{"@ 300 MX 10 mail", "mail 300 A 192.0.2.1", "*.x 300 A 192.0.2.1", "_dmarc 300 TXT x"}, "", 0, ""},
		"CNAME at the apex":              {[]string{"@ 300 CNAME example.net."}, "example.org. CNAME", 0, "at a zone's own name"},
		"CNAME beside data":              {[]string{"www 300 CNAME a", "www 300 A 192.0.2.1"}, "www.example.org. CNAME", 0, "beside A"},
		"two CNAMEs":                     {[]string{"www 300 CNAME a", "www 300 CNAME b"}, "www.example.org. CNAME", 0, "one CNAME only"},
		"a name below a DNAME":           {[]string{"d 300 DNAME example.net.", "x.d 300 A 192.0.2.1"}, "x.d.example.org. A", 0, "redirects all names below"},
		"a name beside a DNAME":          {[]string{"d 300 DNAME example.net.", "xd 300 A 192.0.2.1"}, "", 0, ""},
		"DNAME at a wildcard":            {[]string{"*.d 300 DNAME example.net."}, "*.d.example.org. DNAME", 0, "wildcard"},
		"NS at a wildcard":               {[]string{"*.d 300 NS ns1.example.net."}, "*.d.example.org. NS", 0, "wildcard"},
		"DS without NS":                  {[]string{"s 300 DS 1 13 2 BE74359954660069D5C63D200C39F5603827D7DD02B56F120EE9F3A86764247C"}, "s.example.org. DS", 0, "without NS"},
		"DS at the apex":                 {[]string{"@ 300 DS 1 13 2 BE74359954660069D5C63D200C39F5603827D7DD02B56F120EE9F3A86764247C"}, "example.org. DS", 0, "parent zone"},
		"data below a delegation":        {[]string{"s 300 NS ns.s", "ns.s 300 A 192.0.2.1", "x.s 300 TXT x"}, "x.s.example.org. TXT", state.SeverityWarning, "delegate"},
		"data beside a delegation":       {[]string{"s 300 NS ns.example.net.", "s 300 TXT x"}, "s.example.org. TXT", state.SeverityWarning, "delegate"},
		"TTL auto":                       {[]string{"www 4294967295 A 192.0.2.1"}, "www.example.org. A", 0, "automatic"},
		"TTL beyond DNS":                 {[]string{"www 2147483648 A 192.0.2.1"}, "www.example.org. A", 0, "above 2147483647"},
		"two TTLs in a set":              {[]string{"www 300 A 192.0.2.1", "www 60 A 192.0.2.2"}, "www.example.org. A", 0, "RFC 2181"},
		"ALIAS":                          {[]string{"www 300 ALIAS a"}, "www.example.org. ALIAS", 0, "no ALIAS"},
		"LUA":                            {[]string{`www 300 LUA A "x"`}, "www.example.org. LUA", 0, "no LUA"},
		"what signing makes":             {[]string{"www 300 NSEC a A"}, "www.example.org. NSEC", 0, "by itself"},
		"how signing is done":            {[]string{"@ 0 NSEC3PARAM 1 0 0 -"}, "example.org. NSEC3PARAM", 0, "for itself"},
		"SOA elsewhere":                  {[]string{"www 300 SOA a b 1 2 3 4 5"}, "www.example.org. SOA", 0, "zone's own name"},
		"an order to sign":               {[]string{"www 300 DNSKEY 257 3 13 AQIDBA=="}, "www.example.org. DNSKEY", state.SeverityWarning, "order to sign"},
		"an address at no host":          {[]string{"_www 300 A 192.0.2.1"}, "_www.example.org. A", state.SeverityWarning, "check-names"},
		"a mail host without an address": {[]string{"@ 300 MX 10 mail"}, "example.org. MX", state.SeverityWarning, "no address"},
		"a mail host by a wildcard":      {[]string{"@ 300 MX 10 mail", "* 300 A 192.0.2.1"}, "", 0, ""},
		"a mail host in a delegation":    {[]string{"@ 300 MX 10 mail.s", "s 300 NS ns1.example.net."}, "", 0, ""},
		"a string that is too long":      {[]string{`t 300 TXT "a" "` + strings.Repeat("x", 256) + `"`}, "t.example.org. TXT", 0, "too long"},
		"one long text":                  {[]string{`t 300 TXT "` + strings.Repeat("x", 2560) + `"`}, "", 0, ""},
		"many records":                   {many, "many.example.org. TXT", state.SeverityWarning, "max-records-per-type"},
	} {
		t.Run(name, func(t *testing.T) {
			want := zoneOf(t, tt.zone...)
			_, problems := (&rfc2136.Provider{}).Check(want, nil)
			if tt.at == "" {
				if len(problems) > 0 {
					t.Errorf("Check finds %+v", problems)
				}
				return
			}
			if len(problems) != 1 || problems[0].Key.String() != tt.at || problems[0].Severity != tt.severity || !strings.Contains(problems[0].Text, tt.text) {
				t.Errorf("Check finds %+v, want one at %s with %q", problems, tt.at, tt.text)
			}
		})
	}
}

// TestCheckAttrs has attributes that no server keeps.
func TestCheckAttrs(t *testing.T) {
	want := zoneOf(t, "www 300 A 192.0.2.1")
	attrs := state.MakeAttrs(map[string]any{"comment": "x"})
	want.Attrs, want.RRsets[0].Attrs, want.RRsets[0].Records[0].Attrs = attrs, attrs, attrs
	if _, problems := (&rfc2136.Provider{}).Check(want, nil); len(problems) != 3 {
		t.Errorf("Check finds %+v", problems)
	}
}
