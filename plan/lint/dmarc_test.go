package lint_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/zoneloom/zoneloom/plan/lint"
)

// Reports go where they are wanted: asked is whoever is of another organisation
// and ours.
func TestDMARCReports(t *testing.T) {
	const zones = `example.com:
  records:
    _dmarc: {type: TXT, value: "v=DMARC1; p=reject; %s"}
example.net:
  records:
    example.com._report._dmarc.takes: {type: TXT, value: "v=DMARC1"}
    "*._report._dmarc.all": {type: TXT, value: "v=DMARC1;"}
    example.com._report._dmarc.led: {type: CNAME, value: example.com._report._dmarc.takes.example.net.}
    example.com._report._dmarc.away: {type: CNAME, value: reports.example.org.}
    example.com._report._dmarc.other: {type: TXT, value: "something else"}
    sub: {type: NS, values: [ns1.example.org., ns2.example.org.]}
mail.example.com:
  records: {}`
	for tags, want := range map[string]int{
		"rua=mailto:a@takes.example.net":                          0,
		"rua=mailto:a@TAKES.example.net!10m":                      0,
		"rua=mailto:a@all.example.net":                            0,
		"rua=mailto:a@led.example.net":                            0,
		"rua=mailto:a@away.example.net":                           0, // which somebody else answers
		"rua=mailto:a@sub.example.net":                            0,
		"rua=mailto:a@example.org":                                0,
		"rua=mailto:a@mail.example.com":                           0, // of the same organisation
		"rua=https://other.example.net/":                          0,
		"rua=mailto:a@other.example.net":                          1,
		"rua=mailto:a@example.net":                                1,
		"ruf=mailto:a@example.net!1g":                             1,
		"rua=mailto:a@example.net,mailto:b@example.net":           1,
		"rua=mailto:a@example.net; ruf=mailto:b@no.example.net":   2,
		"rua=mailto:a@example.com,mailto:a@all.example.net!20000": 0,
	} {
		found := lint.Check(load(t, fmt.Sprintf(zones, tags), ""))
		if got := codes(found); len(got) != want || slices.ContainsFunc(got, func(c string) bool { return c != "ZL414" }) {
			t.Errorf("%s: want %d of ZL414, got %v", tags, want, found)
		}
	}
}

// A logo is shown where the domain's own DMARC policy is enforced, or else its
// organisation's for subdomains.
func TestBIMI(t *testing.T) {
	for _, tt := range []struct {
		name, records, defaults string
		found                   bool
	}{
		{"reject", `_dmarc: {type: TXT, value: "v=DMARC1; p=reject"}`, "", false},
		{"quarantine", `_dmarc: {type: TXT, value: "v=DMARC1; p=quarantine; pct=100"}`, "", false},
		{"a part of the mail", `_dmarc: {type: TXT, value: "v=DMARC1; p=quarantine; pct=50"}`, "", true},
		{"none", `_dmarc: {type: TXT, value: "v=DMARC1; p=none"}`, "", true},
		{"no policy", `www: {type: A, value: 198.41.0.4}`, "", true},
		{"no policy that is declared here", `www: {type: A, value: 198.41.0.4}`, ", prune: false", false},
		{"a policy kept elsewhere", `_dmarc: {type: CNAME, value: dmarc.example.org.}`, "", false},
		{"its organisation's", "_dmarc: {type: TXT, value: \"v=DMARC1; p=reject\"}\ndefault._bimi.shop: {type: TXT, value: \"v=BIMI1; l=https://example.com/shop.svg\"}", "", false},
		{"its organisation's for subdomains", "_dmarc: {type: TXT, value: \"v=DMARC1; p=reject; sp=none\"}\ndefault._bimi.shop: {type: TXT, value: \"v=BIMI1; l=https://example.com/shop.svg\"}", "", true},
		{"its own", "_dmarc: {type: TXT, value: \"v=DMARC1; p=reject; sp=none\"}\n_dmarc.shop: {type: TXT, value: \"v=DMARC1; p=reject\"}\ndefault._bimi.shop: {type: TXT, value: \"v=BIMI1; l=https://example.com/shop.svg\"}", "", false},
		{"no logo", "_dmarc: {type: TXT, value: \"v=DMARC1; p=reject; sp=none\"}\ndefault._bimi.shop: {type: TXT, value: \"v=BIMI1; l=\"}", "", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			records := tt.records + "\ndefault._bimi: {type: TXT, value: \"v=BIMI1; l=https://example.com/logo.svg\"}"
			got := codes(lint.Check(load(t, records, tt.defaults)))
			if found := slices.Equal(got, []string{"ZL436"}); found != tt.found || len(got) > 1 || len(got) == 1 && !found {
				t.Errorf("found %v, want ZL436: %t", got, tt.found)
			}
		})
	}
}
