package cloudflare_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/zoneloom/zoneloom/provider"
	"github.com/zoneloom/zoneloom/provider/cloudflare"
	"github.com/zoneloom/zoneloom/state"
)

const zoneID = "023e105f4ecef8ad9ca31a8372d0c353"

// secret is the token of all tests: no error may hold it.
const secret = "s3cr3t-t0k3n-of-the-tests"

// step is one answer of a script.
type step struct {
	status int // 0 is 200
	header map[string]string
	body   string
	cut    bool // close the connection without an answer
	half   bool // close it within the answer
}

// script answers each call by the next of its steps; the last one repeats.
type script struct {
	mu    sync.Mutex
	steps []step
	calls []string // METHOD path?query body
}

func (s *script) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	s.calls = append(s.calls, strings.TrimSpace(fmt.Sprintf("%s %s %s", r.Method, r.URL.RequestURI(), body)))
	now := s.steps[min(len(s.calls), len(s.steps))-1]
	s.mu.Unlock()
	if now.cut {
		panic(http.ErrAbortHandler)
	}
	for k, v := range now.header {
		w.Header().Set(k, v)
	}
	if now.half {
		w.Header().Set("Content-Length", "100000")
	}
	if now.status != 0 {
		w.WriteHeader(now.status)
	}
	_, _ = io.WriteString(w, now.body)
}

func (s *script) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.calls)
}

// serve runs a script behind a provider whose clock doesn't wait.
func serve(t *testing.T, steps ...step) (*cloudflare.Provider, *script, *clock) {
	t.Helper()
	s := &script{steps: steps}
	p, c := behind(t, s)
	return p, s, c
}

func behind(tb testing.TB, h http.Handler) (*cloudflare.Provider, *clock) {
	tb.Helper()
	server := httptest.NewServer(h)
	tb.Cleanup(server.Close)
	c := newClock()
	return &cloudflare.Provider{Token: secret, BaseURL: server.URL, HTTP: server.Client(), Budget: newBudget(c)}, c
}

// list is a page of a list.
func list(page, pages, total int, items ...string) string {
	return fmt.Sprintf(`{"success":true,"errors":[],"messages":[],"result":[%s],"result_info":{"page":%d,"per_page":5000,"count":%d,"total_count":%d,"total_pages":%d}}`,
		strings.Join(items, ","), page, len(items), total, pages)
}

func refusal(items ...string) string {
	return fmt.Sprintf(`{"success":false,"errors":[%s],"messages":[],"result":null}`, strings.Join(items, ","))
}

func zoneItem(name, plan string) string {
	return fmt.Sprintf(`{"id":%q,"name":%q,"status":"active","type":"full","name_servers":["ada.ns.cloudflare.com","Bob.ns.cloudflare.com"],"vanity_name_servers":null,"account":{"id":"01a7362d577a6c3019a474fd6f485823","name":"Test account"},"plan":{"legacy_id":%q}}`,
		zoneID, name, plan)
}

func recordItem(id, name, content string) string {
	return fmt.Sprintf(`{"id":%q,"name":%q,"type":"A","content":%q,"ttl":300,"proxied":false,"settings":{},"meta":{},"comment":null,"tags":[],"created_on":"2026-01-01T00:00:00.000000Z","modified_on":"2026-01-01T00:00:00.000000Z"}`,
		id, name, content)
}

// zoneOf looks example.com up, whose answer must be the script's first step.
func zoneOf(t *testing.T, p *cloudflare.Provider) provider.Zone {
	t.Helper()
	zones, err := p.Zones(t.Context(), []state.Name{"example.com."})
	if err != nil {
		t.Fatal(err)
	}
	if zones["example.com."] == nil {
		t.Fatal("example.com wasn't found")
	}
	return zones["example.com."]
}

// found is the answer to zoneOf.
func found(plan string) step { return step{body: list(1, 1, 1, zoneItem("example.com", plan))} }
