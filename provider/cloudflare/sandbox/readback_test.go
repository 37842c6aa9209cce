package sandbox_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/zoneloom/zoneloom/provider/cloudflare/sandbox"
)

// shown is what a test compares of a record.
type shown struct {
	Name, Type, Content, Comment string
	TTL, Priority                int
	Proxied                      bool
	Tags                         []string
	Settings                     map[string]bool
	ID                           string
}

func TestReadBack(t *testing.T) {
	long := strings.Repeat("0123456789", 30)
	for _, tt := range []struct{ rule, body, want string }{
		{"names are lower-case and absolute", `{"type":"A","name":"WWW","content":"192.0.2.1"}`, `{"name":"www.seed.test","ttl":1}`},
		{"names may be absolute", `{"type":"A","name":"www.Seed.test.","content":"192.0.2.1"}`, `{"name":"www.seed.test"}`},
		{"@ is the zone", `{"type":"A","name":"@","content":"192.0.2.1"}`, `{"name":"seed.test"}`},
		{"Unicode turns into Punycode", `{"type":"CNAME","name":"Bücher","content":"straße.example."}`, `{"name":"xn--bcher-kva.seed.test","content":"xn--strae-oqa.example"}`},
		{"wildcards", `{"type":"A","name":"*","content":"192.0.2.1","proxied":true}`, `{"name":"*.seed.test","proxied":true}`},
		{"a proxied record has TTL 1", `{"type":"A","name":"a","content":"192.0.2.1","proxied":true,"ttl":600}`, `{"ttl":1,"proxied":true}`},
		{"a private address may be proxied with private routing", `{"type":"A","name":"a","content":"10.0.0.1","proxied":true,"private_routing":true}`, `{"private_routing":true}`},
		{"AAAA as RFC 5952", `{"type":"AAAA","name":"a","content":"2001:DB8:0:0::1"}`, `{"content":"2001:db8::1"}`},
		{"targets lose their dot", `{"type":"MX","name":"@","content":"MX1.seed.test.","priority":10,"ttl":300}`, `{"content":"mx1.seed.test","priority":10,"ttl":300}`},
		{"the null MX", `{"type":"MX","name":"@","content":".","priority":0}`, `{"content":".","priority":0}`},
		{
			"SRV", `{"type":"SRV","name":"_sip._tcp","ttl":300,"data":{"priority":10,"weight":5,"port":5060,"target":"sip.seed.test."}}`,
			`{"content":"5 5060 sip.seed.test","priority":10,"data":{"priority":10,"weight":5,"port":5060,"target":"sip.seed.test"}}`,
		},
		{"CAA", `{"type":"CAA","name":"@","data":{"flags":0,"tag":"issue","value":"letsencrypt.org"}}`, `{"content":"0 issue \"letsencrypt.org\""}`},
		{"URI", `{"type":"URI","name":"@","priority":1,"data":{"weight":2,"target":"https://example.net/"}}`, `{"content":"2 \"https://example.net/\"","priority":1}`},
		{
			"HTTPS", `{"type":"HTTPS","name":"@","data":{"priority":1,"target":"svc.example.net","value":" alpn=\"h3,h2\" ipv4hint=\"192.0.2.1\""}}`,
			`{"content":"1 svc.example.net. alpn=\"h3,h2\" ipv4hint=\"192.0.2.1\"","data":{"priority":1,"target":"svc.example.net.","value":"alpn=\"h3,h2\" ipv4hint=\"192.0.2.1\""}}`,
		},
		{
			"NAPTR", `{"type":"NAPTR","name":"@","data":{"order":30,"preference":100,"flags":"S","service":"SIP+D2T","regex":"","replacement":"_sip._tls.example.com"}}`,
			`{"content":"30 100 \"S\" \"SIP+D2T\" \"\" _sip._tls.example.com."}`,
		},
		{
			"LOC", `{"type":"LOC","name":"@","data":{"lat_degrees":37,"lat_minutes":46,"lat_seconds":46,"lat_direction":"N","long_degrees":122,"long_minutes":23,"long_seconds":35,"long_direction":"W","altitude":0,"size":100}}`,
			`{"content":"37 46 46.000 N 122 23 35.000 W 0.00 100.00 0.00 0.00"}`,
		},
		{"numbers may be floats", `{"type":"TLSA","name":"@","data":{"usage":3.0,"selector":1,"matching_type":1,"certificate":"ABcd"}}`, `{"content":"3 1 1 ABcd","data":{"usage":3,"selector":1,"matching_type":1,"certificate":"ABcd"}}`},
		{"TXT as sent", `{"type":"TXT","name":"@","content":"v=spf1 -all"}`, `{"content":"v=spf1 -all"}`},
		{"quoted TXT as sent", `{"type":"TXT","name":"@","content":"\"a\" \"b\\;c\""}`, `{"content":"\"a\" \"b\\;c\""}`},
		{"long TXT is cut", `{"type":"TXT","name":"@","content":"` + long + `"}`, `{"content":"\"` + long[:255] + `\" \"` + long[255:] + `\""}`},
		{"a comment", `{"type":"A","name":"a","content":"192.0.2.1","comment":"x","tags":["a:b","c"]}`, `{"comment":"x","tags":["a:b","c"]}`},
		{"an empty comment is none", `{"type":"A","name":"a","content":"192.0.2.1","comment":"","tags":[]}`, `{"comment":null,"tags":[]}`},
		{"settings that are sent", `{"type":"CNAME","name":"a","content":"b.example","settings":{"flatten_cname":true,"ipv4_only":false}}`, `{"settings":{"ipv4_only":false,"flatten_cname":true}}`},
	} {
		t.Run(tt.rule, func(t *testing.T) {
			c := start(t, sandbox.Options{})
			var got, want map[string]any
			r := c.must("POST", c.zone("seed.test")+"/dns_records", tt.body)
			if err := json.Unmarshal(r, &got); err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal([]byte(tt.want), &want); err != nil {
				t.Fatal(err)
			}
			for k := range want {
				if diff := cmp.Diff(want[k], got[k]); diff != "" {
					t.Errorf("%s (-want +got):\n%s", k, diff)
				}
			}
		})
	}
}

func TestPutResetsAndPatchKeeps(t *testing.T) {
	c := start(t, sandbox.Options{})
	z := c.zone("seed.test")
	full := `{"type":"CNAME","name":"a","content":"b.example","ttl":300,"comment":"x","tags":["t"],"settings":{"flatten_cname":true}}`
	r := z + "/dns_records/" + idOf(t, c.must("POST", z+"/dns_records", full))
	get := func(raw json.RawMessage) (s shown) {
		t.Helper()
		if err := json.Unmarshal(raw, &s); err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := get(c.must("PATCH", r, `{"ttl":600}`))
	if s.TTL != 600 || s.Comment != "x" || len(s.Tags) != 1 || !s.Settings["flatten_cname"] || s.Content != "b.example" {
		t.Errorf("PATCH lost something: %+v", s)
	}
	s = get(c.must("PATCH", r, `{"comment":null,"settings":{"ipv4_only":true}}`))
	if s.Comment != "" || !s.Settings["flatten_cname"] || !s.Settings["ipv4_only"] {
		t.Errorf("PATCH clears with null and merges settings: %+v", s)
	}
	s = get(c.must("PUT", r, `{"type":"CNAME","name":"a","content":"b.example"}`))
	if s.TTL != 1 || s.Comment != "" || len(s.Tags) != 0 || len(s.Settings) != 0 {
		t.Errorf("PUT kept something: %+v", s)
	}
	if status, got := c.request("PUT", r, `{"type":"TXT","name":"a","content":"x"}`); status != 400 || codes(t, got)[0] != 9100 {
		t.Errorf("changing the type: %d %s", status, got)
	}
	if status, got := c.request("PUT", r, `{"type":"CNAME","name":"a"}`); status != 400 || codes(t, got)[0] != 9007 {
		t.Errorf("PUT without content: %d %s", status, got)
	}
}

func TestADelegationKeepsAnNSWhileItIsSigned(t *testing.T) {
	c := start(t, sandbox.Options{})
	z := c.zone("seed.test")
	ns := idOf(t, c.must("POST", z+"/dns_records", `{"type":"NS","name":"a","content":"ns.example.net"}`))
	ds := idOf(t, c.must("POST", z+"/dns_records", `{"type":"DS","name":"a","data":{"key_tag":1,"algorithm":13,"digest_type":2,"digest":"B5BB"}}`))
	if status, _ := c.request("DELETE", z+"/dns_records/"+ns, ""); status != 400 {
		t.Errorf("the NS went before its DS: %d", status)
	}
	c.must("POST", z+"/dns_records/batch", `{"deletes":[{"id":"`+ds+`"},{"id":"`+ns+`"}]}`)
}
