package sandbox_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"
	"github.com/zoneloom/zoneloom/provider/cloudflare/sandbox"
)

// checked holds every request that it sends, and every answer, against the OpenAPI document.
type checked struct {
	t      *testing.T
	router routers.Router
	met    map[string]bool
}

func newChecked(t *testing.T, url string) *checked {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromFile("../../../testdata/cloudflare-openapi/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	doc.Servers = openapi3.Servers{{URL: url}}
	router, err := legacy.NewRouter(doc)
	if err != nil {
		t.Fatal(err)
	}
	return &checked{t, router, map[string]bool{}}
}

func (k *checked) RoundTrip(r *http.Request) (*http.Response, error) {
	route, params, err := k.router.FindRoute(r)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", r.Method, r.URL.Path, err)
	}
	k.met[r.Method+" "+route.Path] = true
	in := &openapi3filter.RequestValidationInput{
		Request: r, PathParams: params, Route: route,
		Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true, SkipSettingDefaults: true},
	}
	if r.Header.Get("X-Unchecked") == "" {
		if err := openapi3filter.ValidateRequest(r.Context(), in); err != nil {
			k.t.Errorf("request %s %s: %v", r.Method, r.URL.Path, err)
		}
	}
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	_ = resp.Body.Close()
	resp.Body = io.NopCloser(bytes.NewReader(body))
	out := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: in, Status: resp.StatusCode, Header: resp.Header, Body: io.NopCloser(bytes.NewReader(body)), Options: in.Options,
	}
	if err := openapi3filter.ValidateResponse(r.Context(), out); err != nil {
		k.t.Errorf("answer to %s %s: %v\n%s", r.Method, r.URL.Path, err, body)
	}
	return resp, nil
}

// oneOfEach is a record of each type.
var oneOfEach = []string{
	`{"type":"A","name":"a","content":"192.0.2.1","ttl":1,"proxied":true,"comment":"c","tags":["a:b"],"settings":{"ipv4_only":true}}`,
	`{"type":"AAAA","name":"a","content":"2001:db8::1","ttl":300,"private_routing":true}`,
	`{"type":"CAA","name":"a","ttl":300,"data":{"flags":0,"tag":"issue","value":"ca.example"}}`,
	`{"type":"CERT","name":"a","ttl":300,"data":{"type":1,"key_tag":2,"algorithm":8,"certificate":"AAAA"}}`,
	`{"type":"CNAME","name":"c","content":"x.example","ttl":300,"settings":{"flatten_cname":true}}`,
	`{"type":"DNSKEY","name":"a","ttl":300,"data":{"flags":257,"protocol":3,"algorithm":13,"public_key":"AAAA"}}`,
	`{"type":"NS","name":"d","content":"ns.example.net","ttl":300}`,
	`{"type":"DS","name":"d","ttl":300,"data":{"key_tag":1,"algorithm":13,"digest_type":2,"digest":"B5BB"}}`,
	`{"type":"HTTPS","name":"a","ttl":300,"data":{"priority":1,"target":".","value":"alpn=\"h2\""}}`,
	`{"type":"LOC","name":"a","ttl":300,"data":{"lat_degrees":37,"lat_minutes":46,"lat_seconds":46.5,"lat_direction":"N","long_degrees":122,"long_minutes":23,"long_seconds":35,"long_direction":"W","altitude":-1.5,"size":100,"precision_horz":0,"precision_vert":0}}`,
	`{"type":"MX","name":"a","content":"mx.example.net","priority":10,"ttl":300}`,
	`{"type":"NAPTR","name":"a","ttl":300,"data":{"order":1,"preference":2,"flags":"U","service":"E2U+sip","regex":"!^(.*)$!sip:\\1@x.example!","replacement":"."}}`,
	`{"type":"OPENPGPKEY","name":"a","content":"AAAA","ttl":300}`,
	`{"type":"PTR","name":"p","content":"host.example","ttl":300}`,
	`{"type":"SMIMEA","name":"a","ttl":300,"data":{"usage":3,"selector":1,"matching_type":1,"certificate":"abcd"}}`,
	`{"type":"SRV","name":"_s._tcp","ttl":300,"data":{"priority":1,"weight":2,"port":3,"target":"x.example"}}`,
	`{"type":"SSHFP","name":"a","ttl":300,"data":{"algorithm":1,"type":1,"fingerprint":"abcd"}}`,
	`{"type":"SVCB","name":"a","ttl":300,"data":{"priority":0,"target":"x.example","value":""}}`,
	`{"type":"TLSA","name":"a","ttl":300,"data":{"usage":3,"selector":1,"matching_type":1,"certificate":"abcd"}}`,
	`{"type":"TXT","name":"a","content":"\"a;b\" \"c\"","ttl":300}`,
	`{"type":"URI","name":"a","priority":1,"ttl":300,"data":{"weight":2,"target":"https://x.example/"}}`,
}

func TestEveryCallFitsTheOpenAPIDocument(t *testing.T) {
	c := start(t, sandbox.Options{})
	k := newChecked(t, c.url)
	before := http.DefaultClient.Transport
	http.DefaultClient.Transport = k
	t.Cleanup(func() { http.DefaultClient.Transport = before })

	c.must("GET", "/user", "")
	c.must("PATCH", "/user", `{"first_name":"Ada"}`)
	c.must("GET", "/user/tokens/verify", "")
	z := c.zone("seed.test")
	c.must("GET", "/zones?name=contains:seed&per_page=5&order=name&direction=desc&match=any", "")
	c.must("GET", z, "")
	c.must("PATCH", z, `{"paused":true}`)
	records := z + "/dns_records"
	var ids []string
	for _, body := range oneOfEach {
		ids = append(ids, idOf(t, c.must("POST", records, body)))
	}
	if len(ids) != 21 {
		t.Errorf("%d types, want 21", len(ids))
	}
	c.must("GET", records+"?per_page=5000", "")
	c.must("GET", records+"?type=TXT&match=any&tag=a:b&tag_match=all&order=ttl&direction=desc&include_shadow_metadata=true", "")
	one := records + "/" + ids[0]
	c.must("GET", one, "")
	c.must("PUT", one, `{"type":"A","name":"a.seed.test","content":"192.0.2.2","ttl":300}`)
	c.must("PATCH", one, `{"comment":"x","tags":["t"]}`)
	c.must("POST", records+"/batch", `{"deletes":[{"id":"`+ids[19]+`"}],"patches":[{"id":"`+ids[1]+`","ttl":600}],`+
		`"puts":[{"id":"`+ids[10]+`","type":"MX","name":"a.seed.test","content":"mx2.example.net","priority":5,"ttl":300}],"posts":[`+oneOfEach[19]+`]}`)
	c.must("DELETE", one, "")
	if status, export := c.request("GET", records+"/export", ""); status != 200 || !strings.Contains(export, "IN\tSOA") {
		t.Errorf("export: %d %s", status, export)
	}
	c.must("GET", records+"/usage", "")
	c.must("GET", "/accounts/"+sandbox.DefaultAccount+"/dns_records/usage", "")
	c.must("POST", records+"/scan", "")
	c.must("POST", records+"/scan/trigger", "")
	c.must("GET", records+"/scan/review", "")
	c.must("POST", records+"/scan/review", `{"accepts":[{"type":"A","name":"s.seed.test","content":"192.0.2.3","ttl":300}],"rejects":[{"id":"`+ids[0]+`"}]}`)
	c.must("GET", z+"/dns_settings", "")
	c.must("PATCH", z+"/dns_settings", `{"flatten_all_cnames":true,"soa":{"refresh":20000}}`)
	c.must("GET", z+"/dnssec", "")
	c.must("PATCH", z+"/dnssec", `{"status":"active"}`)
	c.must("PATCH", z+"/dnssec", `{"status":"disabled"}`)
	c.must("DELETE", z+"/dnssec", "")
	for _, bad := range [][3]string{
		{"GET", one, ""}, {"POST", records, `{"type":"A","name":"b","content":"x","ttl":300}`}, {"GET", "/zones/" + ids[0], ""}, {"POST", records + "/batch", `{}`},
	} {
		if status, body := c.request(bad[0], bad[1], bad[2], "X-Unchecked", "yes"); status < 400 || status > 499 {
			t.Errorf("%v: %d %s", bad, status, body)
		}
	}
	k.form(c, records+"/import")
	c.must("DELETE", z, "")
	if len(k.met) != 28 {
		t.Errorf("%d of the document's 28 operations were called: %v", len(k.met), k.met)
	}
}

// form posts a zone file.
func (k *checked) form(c *client, path string) {
	k.t.Helper()
	body := "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"z\"\r\n\r\n" +
		"i 300 IN A 192.0.2.7 ; by hand cf_tags=cf-proxied:true,k:v\ni 300 IN TXT \"x\" \"y\"\n@ 60 IN NS elsewhere.example.\r\n--b--\r\n"
	status, got := c.request("POST", path, body, "Content-Type", "multipart/form-data; boundary=b", "X-Unchecked", "yes")
	if status != 200 || !strings.Contains(got, `"recs_added":2,"total_records_parsed":2`) {
		k.t.Errorf("import: %d %s", status, got)
	}
	if _, got := c.request("GET", strings.TrimSuffix(path, "/import")+"?name=i.seed.test&type=A", ""); !strings.Contains(got, `"comment":"by hand","tags":["k:v"]`) ||
		!strings.Contains(got, `"proxied":true`) {
		k.t.Errorf("import: %s", got)
	}
}
