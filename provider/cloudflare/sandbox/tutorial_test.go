package sandbox_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/zoneloom/zoneloom/provider/cloudflare/sandbox"
)

// client calls one sandbox over HTTP as curl would.
type client struct {
	t     *testing.T
	s     *sandbox.Server
	url   string
	token string
}

func start(t *testing.T, opts sandbox.Options) *client {
	t.Helper()
	s, url, stop, err := sandbox.Start(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
	return &client{t: t, s: s, url: url, token: sandbox.DefaultToken}
}

// request sends one request and returns status and body.
func (c *client) request(method, path, body string, header ...string) (int, string) {
	c.t.Helper()
	resp, err := c.try(method, path, body, header...)
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
	return resp.StatusCode, strings.TrimSpace(string(b))
}

func (c *client) try(method, path, body string, header ...string) (*http.Response, error) {
	c.t.Helper()
	var r io.Reader
	if body != "" {
		r = strings.NewReader(body)
	}
	req, err := http.NewRequestWithContext(c.t.Context(), method, c.url+path, r)
	if err != nil {
		c.t.Fatal(err)
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	return http.DefaultClient.Do(req)
}

// must sends a request that succeeds and returns its result.
func (c *client) must(method, path, body string) json.RawMessage {
	c.t.Helper()
	status, got := c.request(method, path, body)
	var env struct{ Result json.RawMessage }
	if err := json.Unmarshal([]byte(got), &env); status != http.StatusOK || err != nil {
		c.t.Fatalf("%s %s %s: %d %s", method, path, body, status, got)
	}
	return env.Result
}

func idOf(t *testing.T, raw json.RawMessage) string {
	t.Helper()
	var v struct{ ID string }
	if err := json.Unmarshal(raw, &v); err != nil || v.ID == "" {
		t.Fatalf("no id in %s", raw)
	}
	return v.ID
}

// zone makes a zone and returns its path.
func (c *client) zone(name string) string {
	c.t.Helper()
	return "/zones/" + idOf(c.t, c.must("POST", "/zones", `{"name":"`+name+`","account":{"id":"`+sandbox.DefaultAccount+`"}}`))
}

var volatile = regexp.MustCompile(`"[0-9a-f]{32}"|"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z"`)

// masked hides ids and times, but for those that never change.
func masked(s string) string {
	return volatile.ReplaceAllStringFunc(s, func(m string) string {
		switch {
		case strings.Contains(m, sandbox.DefaultAccount), strings.Contains(m, sandbox.DefaultUser), strings.Contains(m, "feeeeee"):
			return m
		case strings.Contains(m, "T"):
			return `"TIME"`
		}
		return `"ID"`
	})
}

const e = `"success":true,"errors":[],"messages":[]}`

func TestTheTutorialsCalls(t *testing.T) {
	c := start(t, sandbox.Options{Plan: "free"})
	user := `{"result":{"id":"7c5dae5552338874e5053f2534d2767a","email":"ops@example.com",%s,"two_factor_authentication_enabled":false,` +
		`"two_factor_authentication_locked":false,"has_pro_zones":false,"has_business_zones":false,"has_enterprise_zones":false,"suspended":false,` +
		`"organizations":[],"betas":[]},` + e
	record := `{"id":"ID","name":"example.com.seed.test","type":"A","content":"127.0.0.1","proxiable":true,"proxied":false,"ttl":1,"settings":{},` +
		`"meta":{},"comment":null,"tags":[],"created_on":"TIME","modified_on":"TIME"}`
	var zone, rec string
	for _, tt := range []struct {
		method, path, body, want string
		keep                     *string
	}{
		{"GET", "/user", "", strings.Replace(user, "%s", `"first_name":null,"last_name":null,"telephone":null,"country":null,"zipcode":null`, 1), nil},
		{
			"PATCH", "/user", `{"first_name":"Ada","last_name":"Test","telephone":"+1 123-123-1234","country":"US","zipcode":"12345"}`,
			strings.Replace(user, "%s", `"first_name":"Ada","last_name":"Test","telephone":"+1 123-123-1234","country":"US","zipcode":"12345"`, 1), nil,
		},
		{"GET", "/zones", "", `{"result":[],"result_info":{"page":1,"per_page":20,"total_pages":0,"count":0,"total_count":0},` + e, nil},
		{
			"POST", "/zones", `{"name":"seed.test","account":{"id":"01a7362d577a6c3019a474fd6f485823"},"jump_start":true,"type":"full"}`,
			`{"result":{"id":"ID","name":"seed.test","status":"pending","paused":false,"type":"full","development_mode":0,` +
				`"name_servers":["ada.ns.cloudflare.com","bob.ns.cloudflare.com"],"original_name_servers":null,"original_registrar":null,` +
				`"original_dnshost":null,"created_on":"TIME","modified_on":"TIME","activated_on":null,"vanity_name_servers":[],` +
				`"meta":{"step":2,"custom_certificate_quota":0,"page_rule_quota":3,"phishing_detected":false},"owner":{"id":null,"type":"user"},` +
				`"account":{"id":"01a7362d577a6c3019a474fd6f485823","name":"Test account"},` +
				`"permissions":["#zone:read","#dns_records:edit"],` +
				`"plan":{"id":"0feeeeeeeeeeeeeeeeeeeeeeeeeeeeee","name":"Free Website","price":0,"currency":"USD","legacy_id":"free",` +
				`"is_subscribed":false,"can_subscribe":false,"legacy_discount":false,"externally_managed":false}},` + e, &zone,
		},
		{
			"POST", "/zones/{z}/dns_records", `{"type":"A","name":"example.com","content":"127.0.0.1","ttl":1,"priority":0}`,
			`{"result":` + record + `,` + e, &rec,
		},
		{
			"GET", "/zones/{z}/dns_records", "",
			`{"result":[` + record + `],"result_info":{"page":1,"per_page":100,"count":1,"total_count":1,"total_pages":1},` + e, nil,
		},
		{
			"POST", "/zones/{z}/dns_records", `{"type":"A","name":"example.com","content":"127.0.0.1","ttl":60}`,
			`{"result":null,"success":false,"errors":[{"code":81058,"message":"An identical record already exists."}],"messages":[]}`, nil,
		},
		{"DELETE", "/zones/{z}/dns_records/{r}", "", `{"result":{"id":"ID"},` + e, nil},
		{
			"GET", "/zones/{z}/dns_records/{r}", "",
			`{"result":null,"success":false,"errors":[{"code":81044,"message":"Record does not exist."}],"messages":[]}`, nil,
		},
		{
			"GET", "/zones/not-an-id/dns_records", "", `{"result":null,"success":false,"errors":[{"code":7003,"message":` +
				`"Could not route to /client/v4/zones/not-an-id/dns_records, perhaps your object identifier is invalid?"}],"messages":[]}`, nil,
		},
	} {
		path := strings.NewReplacer("{z}", zone, "{r}", rec).Replace(tt.path)
		_, got := c.request(tt.method, path, tt.body, "Content-Type", "application/json")
		if diff := cmp.Diff(tt.want, masked(got)); diff != "" {
			t.Errorf("%s %s (-want +got):\n%s", tt.method, tt.path, diff)
		}
		if tt.keep != nil {
			var env struct{ Result json.RawMessage }
			if err := json.NewDecoder(bytes.NewReader([]byte(got))).Decode(&env); err != nil {
				t.Fatal(err)
			}
			*tt.keep = idOf(t, env.Result)
		}
	}
}
