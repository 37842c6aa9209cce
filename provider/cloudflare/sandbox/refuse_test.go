package sandbox_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/zoneloom/zoneloom/provider/cloudflare/sandbox"
)

func codes(t *testing.T, body string) []int {
	t.Helper()
	var env struct {
		Success bool
		Errors  []struct{ Code int }
		Result  any
	}
	if err := json.Unmarshal([]byte(body), &env); err != nil || env.Success || env.Result != nil {
		t.Fatalf("not a failure: %s", body)
	}
	var all []int
	for _, e := range env.Errors {
		all = append(all, e.Code)
	}
	return all
}

// refusedRecords are what the zone holds before, what is sent, and the codes that come back.
var refusedRecords = []struct{ rule, plan, before, body, codes string }{
	{"an address is no name", "", "", `{"type":"A","name":"","content":"192.0.2.1"}`, "[9000]"},
	{"a blank in a name", "", "", `{"type":"A","name":"a b","content":"192.0.2.1"}`, "[9000]"},
	{"an escape in a name", "", "", `{"type":"A","name":"a\\.b","content":"192.0.2.1"}`, "[9000]"},
	{"a wildcard within a name", "", "", `{"type":"A","name":"a.*.b","content":"192.0.2.1"}`, "[9000]"},
	{"a wildcard that is part of a label", "", "", `{"type":"A","name":"*a","content":"192.0.2.1"}`, "[9000]"},
	{"a long label", "", "", `{"type":"A","name":"` + txt(64) + `","content":"192.0.2.1"}`, "[9000]"},
	{"no name", "", "", `{"type":"A","content":"192.0.2.1"}`, "[9000]"},
	{"no type", "", "", `{"name":"a","content":"192.0.2.1"}`, "[9100]"},
	{"a type it doesn't have", "", "", `{"type":"SPF","name":"a","content":"v=spf1"}`, "[9100]"},
	{"SOA", "", "", `{"type":"SOA","name":"@","content":"x"}`, "[9100]"},
	{"A with a short form", "", "", `{"type":"A","name":"a","content":"192.1"}`, "[9005]"},
	{"A with leading zeros", "", "", `{"type":"A","name":"a","content":"192.0.2.01"}`, "[9005]"},
	{"A without content", "", "", `{"type":"A","name":"a"}`, "[9005]"},
	{"content as a list", "", "", `{"type":"A","name":"a","content":["192.0.2.1"]}`, "[9207]"},
	{"AAAA with IPv4", "", "", `{"type":"AAAA","name":"a","content":"192.0.2.1"}`, "[9006]"},
	{"AAAA with a zone", "", "", `{"type":"AAAA","name":"a","content":"fe80::1%eth0"}`, "[9006]"},
	{"CNAME to an address", "", "", `{"type":"CNAME","name":"a","content":"192.0.2.1"}`, "[9007]"},
	{"CNAME to itself", "", "", `{"type":"CNAME","name":"a","content":"A.seed.test."}`, "[9039]"},
	{"MX to an address", "", "", `{"type":"MX","name":"a","content":"192.0.2.1","priority":1}`, "[9009]"},
	{"MX without priority", "", "", `{"type":"MX","name":"a","content":"mx.example.net"}`, "[9102]"},
	{"URI without priority", "", "", `{"type":"URI","name":"a","data":{"weight":1,"target":"https://example.net"}}`, "[9102]"},
	{"priority out of range", "", "", `{"type":"MX","name":"a","content":"mx.example.net","priority":65536}`, "[9102]"},
	{"TTL too short", "pro", "", `{"type":"A","name":"a","content":"192.0.2.1","ttl":59}`, "[9021]"},
	{"TTL too short for Enterprise", "", "", `{"type":"A","name":"a","content":"192.0.2.1","ttl":29}`, "[9021]"},
	{"TTL too long", "", "", `{"type":"A","name":"a","content":"192.0.2.1","ttl":86401}`, "[9021]"},
	{"TTL of 0", "", "", `{"type":"A","name":"a","content":"192.0.2.1","ttl":0}`, "[9021]"},
	{"a proxied TXT", "", "", `{"type":"TXT","name":"a","content":"x","proxied":true}`, "[9004]"},
	{"a proxied private address", "", "", `{"type":"A","name":"a","content":"10.0.0.1","proxied":true}`, "[9003]"},
	{"a proxied loopback address", "", "", `{"type":"A","name":"a","content":"127.0.0.1","proxied":true}`, "[9003]"},
	{"a proxied link-local address", "", "", `{"type":"AAAA","name":"a","content":"fe80::1","proxied":true}`, "[9003]"},
	{"a proxied ULA", "", "", `{"type":"AAAA","name":"a","content":"fd00::1","proxied":true}`, "[9003]"},
	{"a line break in TXT", "", "", `{"type":"TXT","name":"a","content":"a\nb"}`, "[9051]"},
	{"an empty TXT", "", "", `{"type":"TXT","name":"a","content":""}`, "[9051]"},
	{"an empty quoted TXT", "", "", `{"type":"TXT","name":"a","content":"\"\""}`, "[9051]"},
	{"a TXT too long on the wire", "", "", `{"type":"TXT","name":"a","content":"` + txt(4081) + `"}`, "[9015]"},
	{
		"TXTs too long together", "", `{"type":"TXT","name":"a","content":"` + txt(4000) + `"}{"type":"TXT","name":"a","content":"` + "y" + txt(4000) + `"}`,
		`{"type":"TXT","name":"a","content":"` + "z" + txt(200) + `"}`, "[83011]",
	},
	{"SRV without data", "", "", `{"type":"SRV","name":"_a._tcp","content":"1 2 x."}`, "[9101 9101 9101 9101]"},
	{"SRV with its name in data", "", "", `{"type":"SRV","name":"_a._tcp","data":{"service":"_a","priority":1,"weight":1,"port":1,"target":"x.example.net"}}`, "[9101]"},
	{"CAA without tag", "", "", `{"type":"CAA","name":"a","data":{"flags":0,"value":"x"}}`, "[9101]"},
	{"CAA flags out of range", "", "", `{"type":"CAA","name":"a","data":{"flags":256,"tag":"issue","value":"x"}}`, "[9102]"},
	{"TLSA that isn't hexadecimal", "", "", `{"type":"TLSA","name":"a","data":{"usage":3,"selector":1,"matching_type":1,"certificate":"xyz"}}`, "[9102]"},
	{"LOC beyond the pole", "", "", `{"type":"LOC","name":"a","data":{"lat_degrees":91,"lat_direction":"N","long_degrees":0,"long_direction":"E","altitude":0}}`, "[9102]"},
	{"HTTPS with bad parameters", "", "", `{"type":"HTTPS","name":"a","data":{"priority":1,"target":".","value":"port=many"}}`, "[9102]"},
	{"an identical record", "", `{"type":"A","name":"a","content":"192.0.2.1"}`, `{"type":"A","name":"A.seed.test.","content":"192.0.2.1","ttl":600,"comment":"x"}`, "[81058]"},
	{"an identical AAAA in another form", "", `{"type":"AAAA","name":"a","content":"2001:db8::1"}`, `{"type":"AAAA","name":"a","content":"2001:DB8:0::1"}`, "[81058]"},
	{"the service's own NS", "", "", `{"type":"NS","name":"@","content":"Ada.ns.cloudflare.com."}`, "[81058]"},
	{"CNAME beside A", "", `{"type":"A","name":"a","content":"192.0.2.1"}`, `{"type":"CNAME","name":"a","content":"x.example.net"}`, "[81053]"},
	{"CNAME beside CNAME", "", `{"type":"CNAME","name":"a","content":"y.example.net"}`, `{"type":"CNAME","name":"a","content":"x.example.net"}`, "[81053]"},
	{"AAAA beside CNAME", "", `{"type":"CNAME","name":"a","content":"x.example.net"}`, `{"type":"AAAA","name":"a","content":"::1"}`, "[81054]"},
	{"A beside NS", "", `{"type":"NS","name":"a","content":"ns.example.net"}`, `{"type":"A","name":"a","content":"192.0.2.1"}`, "[81056]"},
	{"NS beside TXT", "", `{"type":"TXT","name":"a","content":"x"}`, `{"type":"NS","name":"a","content":"ns.example.net"}`, "[81056]"},
	{"DS without NS", "", "", `{"type":"DS","name":"a","data":{"key_tag":1,"algorithm":13,"digest_type":2,"digest":"B5BB"}}`, "[9102]"},
	{"a long comment on Free", "free", "", `{"type":"A","name":"a","content":"192.0.2.1","comment":"` + txt(101) + `"}`, "[9313]"},
	{"a long comment", "", "", `{"type":"A","name":"a","content":"192.0.2.1","comment":"` + txt(501) + `"}`, "[9313]"},
	{"tags on Free", "free", "", `{"type":"A","name":"a","content":"192.0.2.1","tags":["a"]}`, "[9300]"},
	{"a reserved tag", "", "", `{"type":"A","name":"a","content":"192.0.2.1","tags":["CF-x:1"]}`, "[9301]"},
	{"flattening on Free", "free", "", `{"type":"CNAME","name":"a","content":"x.example.net","settings":{"flatten_cname":true}}`, "[9102]"},
	{"flattening of a proxied CNAME", "", "", `{"type":"CNAME","name":"a","content":"x.example.net","proxied":true,"settings":{"flatten_cname":true}}`, "[9102]"},
	{"several faults at once", "", "", `{"type":"A","name":"","content":"x","ttl":5}`, "[9000 9005 9021]"},
	{"no JSON", "", "", `{"type":`, "[6007]"},
	{"no object", "", "", `[]`, "[6007]"},
}

func txt(n int) string { return strings.Repeat("x", n) }

func TestRefusedRecords(t *testing.T) {
	for _, tt := range refusedRecords {
		t.Run(tt.rule, func(t *testing.T) {
			c := start(t, sandbox.Options{Plan: tt.plan})
			z := c.zone("seed.test")
			if tt.before != "" {
				for _, b := range strings.SplitAfter(tt.before, "}") {
					if b != "" {
						c.must("POST", z+"/dns_records", b)
					}
				}
			}
			before := c.must("GET", z+"/dns_records", "")
			status, got := c.request("POST", z+"/dns_records", tt.body)
			if have := fmt.Sprint(codes(t, got)); status != 400 || have != tt.codes {
				t.Errorf("status %d, codes %s; want 400, %s: %s", status, have, tt.codes, got)
			}
			if after := c.must("GET", z+"/dns_records", ""); string(after) != string(before) {
				t.Errorf("the refused record changed the zone: %s", after)
			}
		})
	}
}

func TestRefusedHeaders(t *testing.T) {
	c := start(t, sandbox.Options{
		Keys:   []sandbox.Key{{Email: "ops@example.com", Key: "k1"}},
		Tokens: []sandbox.Token{{Value: "off", Status: "disabled", All: true}, {Value: "account", Account: sandbox.DefaultAccount, All: true}},
	})
	c.token = ""
	for _, tt := range []struct {
		rule, method, path, body string
		header                   []string
		status                   int
		codes                    []int
	}{
		{"no credentials", "GET", "/zones", "", nil, 400, []int{9106}},
		{"an e-mail without key", "GET", "/zones", "", []string{"X-Auth-Email", "ops@example.com"}, 400, []int{9106}},
		{"a wrong key", "GET", "/zones", "", []string{"X-Auth-Email", "ops@example.com", "X-Auth-Key", "k2"}, 403, []int{9103}},
		{"a key with a blank", "GET", "/zones", "", []string{"X-Auth-Email", "ops@example.com", "X-Auth-Key", "k 1"}, 400, []int{6003}},
		{"no Bearer", "GET", "/zones", "", []string{"Authorization", "TESTTOKEN"}, 400, []int{6003}},
		{"a malformed token", "GET", "/zones", "", []string{"Authorization", "Bearer a b"}, 400, []int{6003}},
		{"an unknown token", "GET", "/zones", "", []string{"Authorization", "Bearer other"}, 403, []int{9109}},
		{"an unknown token to verify", "GET", "/user/tokens/verify", "", []string{"Authorization", "Bearer other"}, 401, []int{1000}},
		{"a disabled token", "GET", "/zones", "", []string{"Authorization", "Bearer off"}, 403, []int{9109}},
		{"an account's token asks for the user", "GET", "/user", "", []string{"Authorization", "Bearer account"}, 403, []int{9109}},
		{"a form", "POST", "/zones", "a=b", []string{"Authorization", "Bearer TESTTOKEN", "Content-Type", "application/x-www-form-urlencoded"}, 400, []int{9207}},
		{"no media type", "POST", "/zones", "{}", []string{"Authorization", "Bearer TESTTOKEN", "Content-Type", "json;;"}, 400, []int{6003}},
		{"an unknown zone", "GET", "/zones/023e105f4ecef8ad9ca31a8372d0c353", "", []string{"Authorization", "Bearer TESTTOKEN"}, 403, []int{10000}},
		{"no such route", "GET", "/nothing", "", []string{"Authorization", "Bearer TESTTOKEN"}, 404, []int{7003}},
	} {
		status, got := c.request(tt.method, tt.path, tt.body, tt.header...)
		if have := codes(t, got); status != tt.status || !slices.Equal(have, tt.codes) {
			t.Errorf("%s: status %d, codes %v; want %d, %v: %s", tt.rule, status, have, tt.status, tt.codes, got)
		}
	}
	if status, got := c.request("GET", "/zones", "", "X-Auth-Email", "ops@example.com", "X-Auth-Key", "k1"); status != 200 {
		t.Errorf("a good key: %d %s", status, got)
	}
}

func TestRefusedZones(t *testing.T) {
	c := start(t, sandbox.Options{Plan: "pro"})
	c.zone("seed.test")
	account := `,"account":{"id":"` + sandbox.DefaultAccount + `"}}`
	for _, tt := range []struct {
		body string
		code int
	}{
		{`{"name":"Seed.TEST."` + account, 1061},
		{`{"name":"new.example"}`, 1068},
		{`{"name":"new.example","account":{"id":"00000000000000000000000000000000"}}`, 1068},
		{`{"name":"no name"` + account, 1049},
		{`{"name":"test"` + account, 1099},
		{`{"name":"sub.seed.test"` + account, 1116},
		{`{"name":"new.example","type":"partial"` + account, 1104},
	} {
		status, got := c.request("POST", "/zones", tt.body)
		if have := codes(t, got); status != 400 || have[0] != tt.code {
			t.Errorf("%s: status %d, codes %v; want 400, %d", tt.body, status, have, tt.code)
		}
	}
	z := c.zone("other.test")
	if _, got := c.request("PATCH", z, `{"paused":true,"type":"full"}`); codes(t, got)[0] != 1085 {
		t.Errorf("two properties at once: %s", got)
	}
}
