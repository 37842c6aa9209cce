package main

import (
	"context"
	"encoding/base64"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/miekg/dns"

	"github.com/zoneloom/zoneloom/provider/cloudflare/sandbox"
)

// Credentials of the services below.
const (
	planToken = "plan-token-0123456789-abcdefghijklmnopqr"
	planKey   = "0a1b2c3d4e5f60718293a4b5c6d7e8f901234"
	planAPI   = "the key+of/the=server"
	planTSIG  = "cGxhbi1zZWNyZXQtb2YtdGhlLWtleS0wMTIzNDU2Nzg="
)

// secretPlans has for each type of provider with credentials one that works, and
// what it is configured with; URL stands for where it is.
var secretPlans = []struct {
	kind, settings, secret string
	serve                  func(t *testing.T) string
}{
	{"cloudflare", `token: "${SECRET}", url: "URL"`, planToken, serveCloudflare},
	{"cloudflare", `email: me@example.net, key: "${SECRET}", url: "URL"`, planKey, serveCloudflare},
	{"cloudflare", `token: "` + planToken + `", url: "URL"`, planToken, serveCloudflare},
	{"powerdns", `key: "${SECRET}", url: "URL"`, planAPI, servePowerDNS},
	{"rfc2136", `server: "URL", key_name: plan., secret: "${SECRET}", zones: [example.com]`, planTSIG, serveTSIG},
}

// TestPlansHoldNoSecrets makes a plan with every kind of credentials, whether
// they come from the environment or not, and looks for them in what is saved and
// shown.
func TestPlansHoldNoSecrets(t *testing.T) {
	without := map[string]bool{"sandbox": true, "zonefile": true} // of credentials
	for _, tt := range secretPlans {
		without[tt.kind] = true
		t.Run(tt.kind, func(t *testing.T) {
			t.Setenv("SECRET", tt.secret)
			dir := t.TempDir()
			config, file := filepath.Join(dir, "zoneloom.yaml"), filepath.Join(dir, "plan.json")
			text := fmt.Sprintf("providers: {p: {type: %s, %s}}\n", tt.kind, strings.ReplaceAll(tt.settings, "URL", tt.serve(t))) +
				"zones: {example.com: {provider: p, records: {www: {type: A, value: 192.0.2.1}}}}\n"
			if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			var said strings.Builder
			for _, format := range []string{"text", "json"} {
				args := []string{"zoneloom", "plan", "-v", "--base", "none", "-c", config, "--out", file, "--format", format}
				if code := run(args, strings.NewReader(""), &said, &said); code != exitDone {
					t.Fatalf("exit code %d:\n%s", code, &said)
				}
			}
			saved, err := os.ReadFile(file)
			if err != nil || !strings.Contains(string(saved), `"www.example.com."`) {
				t.Fatalf("the plan doesn't hold its change: %v\n%s", err, saved)
			}
			raw, _ := base64.StdEncoding.DecodeString(tt.secret)
			for _, s := range []string{
				tt.secret, url.QueryEscape(tt.secret), url.PathEscape(tt.secret), base64.StdEncoding.EncodeToString([]byte(tt.secret)), string(raw),
			} {
				if s != "" && strings.Contains(string(saved)+said.String(), s) {
					t.Errorf("%q is shown:\n%s\n%s", s, saved, &said)
				}
			}
		})
	}
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		if !without[kind] {
			t.Errorf("no plan of a provider of type %s is looked into", kind)
		}
	}
}

// serveCloudflare serves an empty zone, and returns its URL.
func serveCloudflare(t *testing.T) string {
	t.Helper()
	all := []sandbox.Permission{sandbox.ZoneRead, sandbox.ZoneEdit, sandbox.DNSRead, sandbox.DNSEdit}
	s, err := sandbox.New(sandbox.Options{
		Tokens: []sandbox.Token{{Value: planToken, Permissions: all}},
		Keys:   []sandbox.Key{{Email: "me@example.net", Key: planKey}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Seed("example.com", strings.NewReader("")); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s)
	t.Cleanup(func() {
		server.Close()
		s.Close()
	})
	return server.URL + sandbox.BasePath
}

// servePowerDNS serves a zone with its SOA as PowerDNS's API does.
func servePowerDNS(t *testing.T) string {
	t.Helper()
	const zone = `{"id": "example.com.", "name": "example.com.", "kind": "Native", "account": ""`
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Api-Key") != planAPI {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		switch {
		case strings.HasSuffix(r.URL.Path, "/zones/example.com."):
			fmt.Fprint(w, zone+`, "rrsets": [{"name": "example.com.", "type": "SOA", "ttl": 300, "records": [{"content": "ns.example.net. h.example.net. 1 2 3 4 5"}]}]}`)
		case strings.HasSuffix(r.URL.Path, "/zones"):
			fmt.Fprint(w, `[`+zone+`}]`)
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// serveTSIG serves transfers of a zone with its SOA to who has the key, and
// returns its address.
func serveTSIG(t *testing.T) string {
	t.Helper()
	var listen net.ListenConfig
	l, err := listen.Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	soa, err := dns.NewRR("example.com. 300 IN SOA ns.example.net. h.example.net. 1 2 3 4 5")
	if err != nil {
		t.Fatal(err)
	}
	ready := make(chan struct{})
	s := &dns.Server{
		Listener: l, TsigSecret: map[string]string{"plan.": planTSIG}, NotifyStartedFunc: func() { close(ready) },
		Handler: dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
			m := new(dns.Msg).SetReply(q)
			m.Authoritative = true
			switch {
			case q.IsTsig() == nil || w.TsigStatus() != nil:
				m.Rcode = dns.RcodeRefused
			case q.Question[0].Qtype == dns.TypeAXFR:
				m.Answer = []dns.RR{soa, soa}
			default:
				m.Answer = []dns.RR{soa}
			}
			if key := q.IsTsig(); key != nil {
				m.SetTsig(key.Hdr.Name, key.Algorithm, 300, int64(key.TimeSigned))
			}
			_ = w.WriteMsg(m)
		}),
	}
	done := make(chan struct{})
	go func() {
		_ = s.ActivateAndServe() // until it is shut down
		close(done)
	}()
	<-ready
	t.Cleanup(func() {
		_ = s.Shutdown()
		<-done
	})
	return l.Addr().String()
}
