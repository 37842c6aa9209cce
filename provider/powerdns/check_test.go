package powerdns_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneloom/zoneloom/provider/powerdns"
	"github.com/zoneloom/zoneloom/state"
)

// withAttrs gives records of s attributes, one map for each.
func withAttrs(s state.RRset, attrs ...map[string]any) state.RRset {
	for i, m := range attrs {
		s.Records[i].Attrs = state.MakeAttrs(m)
	}
	return s
}

// withTTLs gives records of s TTLs, and places in the configuration from 1 on.
func withTTLs(s state.RRset, ttls ...state.TTL) state.RRset {
	for i, ttl := range ttls {
		s.Records[i].TTL, s.Records[i].Src = ttl, state.Src(i+1)
	}
	return s
}

func TestCheck(t *testing.T) {
	for _, tt := range []struct {
		name string
		sets []state.RRset
		want []string // the problems' texts, in part
	}{
		{"nothing to say", []state.RRset{set(t, zoneName, state.NS, "ns1.example.net."), set(t, "a.example.com.", state.A, "192.0.2.1")}, nil},
		{"one TTL for a set", []state.RRset{withTTLs(set(t, "a.example.com.", state.A, "192.0.2.1", "192.0.2.2", "192.0.2.3"), 300, 300, 60)}, []string{"the TTL 60 differs from 300"}},
		{"automatic TTL", []state.RRset{withTTLs(set(t, "a.example.com.", state.A, "192.0.2.1"), state.TTLAuto)}, []string{"no automatic TTL"}},
		{"TTL over the most", []state.RRset{withTTLs(set(t, "a.example.com.", state.A, "192.0.2.1"), 1<<31)}, []string{"above 2147483647"}},
		{"CNAME beside A", []state.RRset{set(t, "a.example.com.", state.A, "192.0.2.1"), set(t, "a.example.com.", state.CNAME, "b.example.com.")}, []string{"no CNAME beside other records (here A)"}},
		{"CNAME at the apex", []state.RRset{set(t, zoneName, state.CNAME, "b.example.com.")}, []string{"no CNAME at the zone's own name"}},
		{"two CNAMEs", []state.RRset{set(t, "a.example.com.", state.CNAME, "b.example.com.", "c.example.com.")}, []string{"one CNAME only"}},
		{"two DNAMEs", []state.RRset{set(t, "a.example.com.", state.DNAME, "b.example.com.", "c.example.com.")}, []string{"one DNAME only"}},
		{"DNAME beside A", []state.RRset{set(t, "a.example.com.", state.DNAME, "b.example.com."), set(t, "a.example.com.", state.A, "192.0.2.1")}, nil},
		{"ALIAS at the apex", []state.RRset{set(t, zoneName, state.ALIAS, "b.example.com."), set(t, zoneName, state.MX, "10 mx.example.com.")}, nil},
		{"LUA", []state.RRset{set(t, "a.example.com.", state.LUA, `A "return 1"`)}, nil},
		{"DS at the apex", []state.RRset{set(t, zoneName, state.DS, "60485 13 2 d4b7d520e7bb5f0f67674a0c")}, []string{"belongs to the parent"}},
		{"DNSKEY elsewhere", []state.RRset{set(t, "a.example.com.", "DNSKEY", "257 3 13 mdsswUyr3DPW132mOi8V9xESWE8jTo0d")}, []string{"zone's own name only"}},
		{"signatures", []state.RRset{set(t, zoneName, "NSEC3PARAM", "1 0 0 -")}, []string{"makes NSEC3PARAM records by itself"}},
		{"a name of odd characters", []state.RRset{set(t, `a\@b.example.com.`, state.A, "192.0.2.1")}, []string{`not a\@b`}},
		{"a star inside a name", []state.RRset{set(t, `a.*.example.com.`, state.A, "192.0.2.1")}, []string{"not a.*"}},
		{"a wildcard", []state.RRset{set(t, `*.a.example.com.`, state.A, "192.0.2.1")}, nil},
		{"targets that are no hosts", []state.RRset{
			set(t, "a.example.com.", state.MX, "10 _a.example.com.", "20 -a.example.com."),
			set(t, "a.example.com.", state.NS, "."), set(t, "b.example.com.", state.SRV, "0 0 0 a/b.example.com."),
		}, []string{"not _a.example.com.", "not -a.example.com.", "target of NS: not .", "not a/b.example.com."}},
		{"no target", []state.RRset{set(t, "a.example.com.", state.MX, "0 ."), set(t, "a.example.com.", state.SRV, "0 0 0 .")}, nil},
		{"LOC beyond 32 bits", []state.RRset{set(t, "a.example.com.", "LOC", "1 0 0.000 N 1 0 0.000 E 30000000.00m 90000000.00m 1.00m 1.00m")}, []string{"misreads 30000000.00m"}},
		{"an SVCB parameter that is misread", []state.RRset{set(t, "a.example.com.", "SVCB", `1 . alpn="a\200b"`)}, []string{"parameter alpn"}},
		{"SVCB parameters that mean nothing", []state.RRset{set(t, "a.example.com.", "SVCB", `0 b.example.com. port="1"`)}, []string{"priority 0"}},
		{"an IPSECKEY's key that means nothing", []state.RRset{set(t, "a.example.com.", "IPSECKEY", "10 0 0 . AQNR")}, []string{"algorithm 0"}},
		{"an ISDN of one string", []state.RRset{set(t, "a.example.com.", "ISDN", `"1"`)}, []string{"second string"}},
		{"other attributes", []state.RRset{withAttrs(set(t, "a.example.com.", state.A, "192.0.2.1"), map[string]any{"proxied": true, "tags": []string{"a"}})}, []string{"keeps no proxied", "keeps no tags"}},
		{"other attributes, declared empty", []state.RRset{withAttrs(set(t, "a.example.com.", state.A, "192.0.2.1"), map[string]any{"proxied": false})}, nil},
		{"comments that differ", []state.RRset{withAttrs(set(t, "a.example.com.", state.A, "192.0.2.1", "192.0.2.2"), map[string]any{"comment": "a"}, map[string]any{"comment": "b"})}, []string{"comment differs"}},
		{"a comment for one of two", []state.RRset{withAttrs(set(t, "a.example.com.", state.A, "192.0.2.1", "192.0.2.2"), map[string]any{"comment": "a"})}, []string{"comment differs"}},
		{"disabled in words", []state.RRset{withAttrs(set(t, "a.example.com.", state.A, "192.0.2.1"), map[string]any{"disabled": "no"})}, []string{"true or false"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var p powerdns.Provider
			_, problems := p.Check(content(tt.sets...), nil)
			for i, problem := range problems {
				if i >= len(tt.want) || !strings.Contains(problem.Text, tt.want[i]) {
					t.Errorf("Check finds: %s %s: %s", problem.Key, problem.Data, problem.Text)
				}
			}
			if len(problems) < len(tt.want) {
				t.Errorf("Check finds %d problems, want %q", len(problems), tt.want)
			}
		})
	}
}

// TestCheckPlace puts a problem of TTLs at the line of the record that differs.
func TestCheckPlace(t *testing.T) {
	var p powerdns.Provider
	_, problems := p.Check(content(withTTLs(set(t, "a.example.com.", state.A, "192.0.2.1", "192.0.2.2"), 300, 60)), nil)
	if len(problems) != 1 || problems[0].Src != 2 || problems[0].Data != "192.0.2.2" || problems[0].Hint == "" {
		t.Errorf("Check finds %+v", problems)
	}
}

// TestCheckStored moves a comment to the RRset, and says that records are served.
func TestCheckStored(t *testing.T) {
	comment := map[string]any{"comment": "both"}
	want := content(withAttrs(set(t, "a.example.com.", state.A, "192.0.2.1", "192.0.2.2"), comment, map[string]any{"comment": "both", "disabled": true}))
	before := want.RRsets[0].Records[0].Attrs
	var p powerdns.Provider
	stored, problems := p.Check(want, nil)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	s := stored.RRsets[0]
	got := []map[string]any{s.Attrs.Map(), s.Records[0].Attrs.Map(), s.Records[1].Attrs.Map()}
	if diff := cmp.Diff([]map[string]any{comment, {"disabled": false}, {"disabled": true}}, got); diff != "" {
		t.Errorf("Check returns attributes of the set and its records (-want +got):\n%s", diff)
	}
	if want.RRsets[0].Records[0].Attrs != before {
		t.Error("Check changed what it was given")
	}
	again, _ := p.Check(stored, nil)
	if again.RRsets[0].Attrs != s.Attrs || again.RRsets[0].Records[1].Attrs != s.Records[1].Attrs {
		t.Errorf("Check of what it returned is %+v", again.RRsets[0])
	}
}

func TestSettings(t *testing.T) {
	for _, tt := range []struct {
		settings powerdns.Settings
		want     string
	}{
		{powerdns.Settings{Key: "k"}, ""},
		{powerdns.Settings{Key: "k", URL: "https://dns.example.net:8443/pdns", Server: "localhost"}, ""},
		{powerdns.Settings{}, "needs key"},
		{powerdns.Settings{Key: "a\nb"}, "can't stand in an HTTP header"},
		{powerdns.Settings{Key: "k", URL: "127.0.0.1:8081"}, "url"},
		{powerdns.Settings{Key: "k", URL: "ftp://127.0.0.1"}, "must begin with http"},
		{powerdns.Settings{Key: "k", URL: "http://u:p@127.0.0.1"}, "a plain address"},
		{powerdns.Settings{Key: "k", URL: "http://127.0.0.1:8081/api/v1"}, "write http://127.0.0.1:8081"},
		{powerdns.Settings{Key: "k", Server: "../x"}, "not the id of a server"},
		{powerdns.Settings{Key: "k", URL: "https://a", CA: "x"}, "holds no certificate"},
		{powerdns.Settings{Key: "k", CA: "x"}, "no effect"},
	} {
		err := tt.settings.Validate()
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("Validate of %+v = %v, want %q", tt.settings, err, tt.want)
		}
	}
}
