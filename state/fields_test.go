package state_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneloom/zoneloom/state"
)

// TestFieldsOfCloudflare pins the names that Cloudflare's API gives to the data
// of its types.
func TestFieldsOfCloudflare(t *testing.T) {
	for typ, want := range map[state.Type]string{
		"A": "address", "AAAA": "address", "CNAME": "target", "NS": "target", "PTR": "target",
		"MX": "preference exchange", "SRV": "priority weight port target", "CAA": "flags tag value",
		"CERT": "type key_tag algorithm certificate", "DNSKEY": "flags protocol algorithm public_key",
		"DS": "key_tag algorithm digest_type digest", "HTTPS": "priority target value", "SVCB": "priority target value",
		"LOC": "lat_degrees lat_minutes lat_seconds lat_direction long_degrees long_minutes long_seconds long_direction " +
			"altitude size precision_horz precision_vert",
		"NAPTR": "order preference flags service regex replacement", "OPENPGPKEY": "public_key",
		"SMIMEA": "usage selector matching_type certificate", "TLSA": "usage selector matching_type certificate",
		"SSHFP": "algorithm type fingerprint", "URI": "priority weight target", "TXT": "", "TYPE65280": "",
	} {
		var names []string
		for _, f := range state.Fields(typ) {
			names = append(names, f.Name)
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("Fields(%s) are %q, want %q", typ, got, want)
		}
	}
}

func TestSplitData(t *testing.T) {
	tests := []struct {
		typ  state.Type
		data string
		want []string
	}{
		{"MX", "0 .", []string{"0", "."}},
		{"CAA", `0 issue "a \"b\" \\ \195\169"`, []string{"0", "issue", `a "b" \ é`}},
		{"NAPTR", `1 2 "" "a b" "\"" .`, []string{"1", "2", "", "a b", `"`, "."}},
		{"HTTPS", `1 . alpn="h3,h2" ipv4hint="192.0.2.1"`, []string{"1", ".", `alpn="h3,h2" ipv4hint="192.0.2.1"`}},
		{"SVCB", "0 a.", []string{"0", "a.", ""}},
		{"TLSA", "3 1 1 abcd", []string{"3", "1", "1", "abcd"}},
		{"HIP", "2 20 AwEA a. b.", []string{"2", "20", "AwEA", "a. b."}},
		{
			"LOC", "52 22 23.000 N 4 53 32.000 E -2.00m 0.00m 10000.00m 10.00m",
			[]string{"52", "22", "23.000", "N", "4", "53", "32.000", "E", "-2.00", "0.00", "10000.00", "10.00"},
		},
		{"TXT", `"x"`, nil},
		{"TYPE65280", `\# 1 00`, nil},
	}
	for _, tt := range tests {
		got := state.SplitData(tt.typ, tt.data)
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("SplitData(%s, %q) (-want +got):\n%s", tt.typ, tt.data, diff)
		}
		if got != nil && state.JoinData(tt.typ, got) != tt.data {
			t.Errorf("JoinData(%s, %q) = %q", tt.typ, got, state.JoinData(tt.typ, got))
		}
	}
}

func TestJoinDataCannotShiftFields(t *testing.T) {
	tests := []struct {
		typ    state.Type
		values []string
	}{
		{"MX", []string{"", "10 mail.example.com."}},
		{"MX", []string{"10 a.", ""}},
		{"MX", []string{"10", "a. ; comment"}},
		{"TLSA", []string{"3 1", "1", "00", "abcd"}},
		{"CAA", []string{"0", "issue a", ""}},
		{"SRV", []string{"1", "2", "3", ""}},
		{"NAPTR", []string{"1", "2", "u", "", "", "a.\nb."}},
		{"SVCB", []string{"1", ".", "alpn=h2\nport=1"}},
	}
	for _, tt := range tests {
		text := state.JoinData(tt.typ, tt.values)
		if data, err := state.ParseData(tt.typ, text, nil); err == nil {
			t.Errorf("%s of %q was read as %q", tt.typ, tt.values, data)
		}
	}
}

func TestDataNames(t *testing.T) {
	type names = []state.Name
	for _, tt := range []struct {
		typ  state.Type
		data string
		want names
	}{
		{"A", "192.0.2.1", nil},
		{"CNAME", "a.b.", names{"a.b."}},
		{"MX", "10 mail.example.com.", names{"mail.example.com."}},
		{"SRV", "0 0 0 .", names{"."}},
		{"RP", "a. b.", names{"a.", "b."}},
		{"SOA", `ns1.a. host\.master.a. 1 2 3 4 5`, names{"ns1.a.", `host\.master.a.`}},
		{"NAPTR", `1 2 "s" "a b" "" _sip.a.`, names{"_sip.a."}},
		{"HTTPS", `1 svc.a. alpn="h2"`, names{"svc.a."}},
		{"HIP", "2 20 AwEA a. b.", names{"a.", "b."}},
		{"IPSECKEY", "10 3 2 gw.a. AQNR", names{"gw.a."}},
		{"IPSECKEY", "10 1 2 192.0.2.1 AQNR", nil},
		{"AMTRELAY", "10 0 3 relay.a.", names{"relay.a."}},
		{"TXT", `"a.b."`, nil},
		{"TYPE65280", `\# 1 00`, nil},
	} {
		if diff := cmp.Diff(tt.want, state.DataNames(tt.typ, tt.data)); diff != "" {
			t.Errorf("DataNames(%s, %q) (-want +got):\n%s", tt.typ, tt.data, diff)
		}
	}
}

func TestJoinDataTakesLines(t *testing.T) {
	text := state.JoinData("DNSKEY", []string{"257", "3", "13", "mdss\r\nwUyr\n"})
	data, err := state.ParseData("DNSKEY", text, nil)
	checkResult(t, data, err, "257 3 13 mdsswUyr", "")
}
