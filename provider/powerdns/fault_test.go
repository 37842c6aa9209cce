package powerdns_test

import (
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	stdlog "log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/zoneloom/zoneloom/plan"
	"github.com/zoneloom/zoneloom/provider"
	"github.com/zoneloom/zoneloom/provider/internal/daemon"
	"github.com/zoneloom/zoneloom/provider/powerdns"
	"github.com/zoneloom/zoneloom/state"
)

// wire stands between the provider and a server, and fails as it is told.
type wire struct {
	mu    sync.Mutex
	calls []string
	fail  func(w http.ResponseWriter, r *http.Request, pass func()) // nil passes everything on
	only  []string                                                  // the methods that fail; none is all
}

// through returns a provider that speaks to s through a wire.
func through(t *testing.T, s *daemon.PowerDNSServer) (*wire, *powerdns.Provider) {
	t.Helper()
	target, err := url.Parse(s.API)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	w := &wire{}
	front := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.mu.Lock()
		w.calls = append(w.calls, r.Method)
		fail, only := w.fail, w.only
		w.mu.Unlock()
		if fail == nil || len(only) > 0 && !slices.Contains(only, r.Method) {
			proxy.ServeHTTP(rw, r)
			return
		}
		fail(rw, r, func() { proxy.ServeHTTP(httptest.NewRecorder(), r) })
	}))
	t.Cleanup(front.Close)
	return w, powerdns.Settings{URL: front.URL, Key: s.APIKey}.New(nil)
}

// begin forgets the calls so far and fails the next as told: all, or only those
// of the given methods.
func (w *wire) begin(fail func(http.ResponseWriter, *http.Request, func()), only ...string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls, w.fail, w.only = nil, fail, only
}

func (w *wire) count(method string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(slices.DeleteFunc(slices.Clone(w.calls), func(m string) bool { return m != method }))
}

// hangUp ends the connection without an answer.
func hangUp(http.ResponseWriter, *http.Request, func()) { panic(http.ErrAbortHandler) }

// stopper is a Recorder that lets nothing be sent once more.
type stopper struct {
	log
	sending func()
	asked   int
}

var errEnough = errors.New("enough")

func (s *stopper) Sending(r provider.Request) error {
	s.sending()
	return s.log.Sending(r)
}

func (s *stopper) Repeating(provider.Request) error { s.asked++; return errEnough }

// What never reached the server is sent again only if it still may be.
func TestRepeatedOnlyWhileItMay(t *testing.T) {
	s, _, _ := one(t)
	target, err := url.Parse(s.API)
	if err != nil {
		t.Fatal(err)
	}
	front := httptest.NewServer(httputil.NewSingleHostReverseProxy(target))
	defer front.Close()
	front.Config.SetKeepAlivesEnabled(false) // so that the server can't have a part of what it didn't accept
	p := powerdns.Settings{URL: front.URL, Key: s.APIKey}.New(nil)
	found, err := p.Zones(t.Context(), []state.Name{zoneName})
	if err != nil {
		t.Fatal(err)
	}
	z := found[zoneName]
	at := read(t, z)
	todo := changes(t, p, z, at, content(set(t, "www.example.com.", state.A, "192.0.2.1")), state.Rules{Prune: true})
	l := &stopper{sending: front.Close}
	if err := z.Write(t.Context(), at, todo, l); !errors.Is(err, errEnough) || l.asked != 1 {
		t.Errorf("Write = %v, asked %d times", err, l.asked)
	}
	if len(l.outcomes) != 1 || l.outcomes[0].Results[0] != provider.NotMade {
		t.Errorf("the Recorder heard %+v", l.outcomes)
	}
}

// TestLostAnswer says that the outcome is unknown, and never sends a write twice.
func TestLostAnswer(t *testing.T) {
	s, direct, _ := one(t)
	w, p := through(t, s)
	for _, tt := range []struct {
		name string
		fail func(http.ResponseWriter, *http.Request, func())
		made bool
	}{
		{"before it took effect", hangUp, false},
		{"after it took effect", func(rw http.ResponseWriter, r *http.Request, pass func()) {
			pass()
			hangUp(rw, r, nil)
		}, true},
		{"an error of a gateway", func(rw http.ResponseWriter, _ *http.Request, _ func()) {
			http.Error(rw, "bad gateway", http.StatusBadGateway)
		}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			found, err := p.Zones(t.Context(), []state.Name{zoneName})
			if err != nil {
				t.Fatal(err)
			}
			z := found[zoneName]
			write(t, p, z, content())
			at := read(t, z)
			todo := changes(t, p, z, at, content(set(t, "www.example.com.", state.A, "192.0.2.1")), state.Rules{Prune: true})
			w.begin(tt.fail, http.MethodPatch)
			var l log
			err = z.Write(t.Context(), at, todo, &l)
			writes := w.count(http.MethodPatch)
			w.begin(nil)
			if !errors.Is(err, provider.ErrUnknown) || writes != 1 {
				t.Errorf("Write = %v after %d writes", err, writes)
			}
			if len(l.outcomes) != 1 || l.outcomes[0].Results[0] != provider.Unknown {
				t.Errorf("the Recorder heard %+v", l.outcomes)
			}
			again, err := direct.Zones(t.Context(), []state.Name{zoneName})
			if err != nil {
				t.Fatal(err)
			}
			if made := read(t, again[zoneName]).Zone.Find(todo[0].Key) != nil; made != tt.made {
				t.Errorf("made is %v", made)
			}
		})
	}
}

// TestReadAgain repeats reads that fail.
func TestReadAgain(t *testing.T) {
	s, _, _ := one(t)
	w, p := through(t, s)
	found, err := p.Zones(t.Context(), []state.Name{zoneName})
	if err != nil {
		t.Fatal(err)
	}
	for name, fail := range map[string]func(http.ResponseWriter, *http.Request, func()){
		"hung up": hangUp,
		"unavailable": func(rw http.ResponseWriter, _ *http.Request, _ func()) {
			http.Error(rw, "", http.StatusServiceUnavailable)
		},
		"broke off": func(rw http.ResponseWriter, r *http.Request, _ func()) {
			rw.Header().Set("Content-Length", "100")
			fmt.Fprint(rw, `{"name": "example.com.", "rrsets": [`)
			hangUp(rw, r, nil)
		},
	} {
		w.begin(func(rw http.ResponseWriter, r *http.Request, pass func()) {
			w.mu.Lock()
			w.fail = nil
			w.mu.Unlock()
			fail(rw, r, pass)
		})
		if at, err := found[zoneName].Read(t.Context()); err != nil || at.Zone.Find(soaKey) == nil {
			t.Errorf("%s: Read = %v, %v", name, at, err)
		}
	}
}

// TestBadAnswers takes nothing for a zone that isn't one.
func TestBadAnswers(t *testing.T) {
	s, _, _ := one(t)
	w, p := through(t, s)
	found, err := p.Zones(t.Context(), []state.Name{zoneName})
	if err != nil {
		t.Fatal(err)
	}
	for body, want := range map[string]string{
		`{}`:                                     `the zone ""`,
		`null`:                                   `the zone ""`,
		`[]`:                                     "not the API's JSON",
		`<html>`:                                 "not the API's JSON",
		`{"name": "example.org."}`:               `the zone "example.org."`,
		`{"name": "example.com."}`:               "lacks the list of records",
		`{"name": "example.com.", "rrsets": []}`: "no SOA",
		`{"name": "example.com.", "rrsets": [{"name": "www.example.org.", "type": "A"}]}`:                                                    "outside the zone",
		`{"name": "example.com.", "rrsets": [{"name": "www..example.com.", "type": "A"}]}`:                                                   "empty label",
		`{"name": "example.com.", "rrsets": [{"name": "www.example.com.", "type": "NOSUCH"}]}`:                                               "a type that isn't known",
		`{"name": "example.com.", "rrsets": [{"name": "www.example.com.", "type": "A", "ttl": 5, "records": [{"content": "x\u001b[31m"}]}]}`: "the server's record www.example.com. A x [31m",
	} {
		w.begin(func(rw http.ResponseWriter, _ *http.Request, _ func()) { fmt.Fprint(rw, body) })
		if at, err := found[zoneName].Read(t.Context()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Read of %s = %v, %v; want an error with %q", body, at, err, want)
		}
	}
	for _, body := range []string{`null`, `{}`, `[{"name": "example.com."}]`, `[{"id": "x", "name": "a..b."}]`} {
		w.begin(func(rw http.ResponseWriter, _ *http.Request, _ func()) { fmt.Fprint(rw, body) })
		if zones, err := p.Zones(t.Context(), nil); err == nil {
			t.Errorf("Zones of %s = %v", body, zones)
		}
	}
}

// TestRefusals turns each refusal into what a caller can branch on.
func TestRefusals(t *testing.T) {
	s, p, z := one(t)
	at := read(t, z)
	a := set(t, "www.example.com.", state.A, "192.0.2.1")
	todo := changes(t, p, z, at, content(a), state.Rules{Prune: true})
	for _, tt := range []struct {
		name     string
		settings powerdns.Settings
		want     error
		text     string
	}{
		{"another key", powerdns.Settings{URL: s.API, Key: "secret-that-stays"}, provider.ErrAuth, "api-key"},
		{"another server", powerdns.Settings{URL: s.API, Key: s.APIKey, Server: "elsewhere"}, nil, "is http://127.0.0.1"},
	} {
		q := tt.settings.New(nil)
		_, err := q.Zones(t.Context(), nil)
		_, err2 := q.WhoAmI(t.Context())
		_, err3 := q.Create(t.Context(), "new.example.", provider.Spec{})
		for _, err := range []error{err, err2, err3} {
			if err == nil || tt.want != nil && !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.text) || strings.Contains(err.Error(), "stays") {
				t.Errorf("%s: %v", tt.name, err)
			}
		}
	}
	if _, err := p.Create(t.Context(), zoneName, provider.Spec{}); !errors.Is(err, provider.ErrExists) {
		t.Errorf("Create of a zone that exists = %v", err)
	}
	ask(t, s, http.MethodDelete, "zones/"+string(zoneName), nil, nil)
	if _, err := z.Read(t.Context()); !errors.Is(err, provider.ErrNoZone) {
		t.Errorf("Read of a zone that is gone = %v", err)
	}
	var l log
	if err := z.Write(t.Context(), at, todo, &l); !errors.Is(err, provider.ErrNoZone) || len(l.requests) > 0 {
		t.Errorf("Write of a zone that is gone = %v, %+v", err, l.outcomes)
	}
}

// TestStale refuses to write over what somebody else has changed since it was
// read, and lets changes elsewhere be.
func TestStale(t *testing.T) {
	s, p, z := one(t)
	seed(t, s, apiSet{Name: "www.example.com.", Type: "A", TTL: 300, Records: []apiRecord{{"192.0.2.1", false}}})
	for name, tt := range map[string]struct {
		meanwhile apiSet
		want      state.RRset
		stale     bool
	}{
		"another value":       {apiSet{Name: "www.example.com.", Type: "A", TTL: 300, Records: []apiRecord{{"192.0.2.9", false}}}, set(t, "www.example.com.", state.A, "192.0.2.2"), true},
		"another TTL":         {apiSet{Name: "www.example.com.", Type: "A", TTL: 60, Records: []apiRecord{{"192.0.2.1", false}}}, set(t, "www.example.com.", state.A, "192.0.2.2"), true},
		"a comment":           {apiSet{Name: "www.example.com.", Type: "A", TTL: 300, Records: []apiRecord{{"192.0.2.1", false}}, Comments: []apiComment{{"new", "", 1}}}, set(t, "www.example.com.", state.A, "192.0.2.2"), true},
		"beside a delegation": {apiSet{Name: "sub.example.com.", Type: "TXT", TTL: 300, Records: []apiRecord{{`"x"`, false}}}, set(t, "sub.example.com.", state.NS, "ns1.example.net."), true},
		"elsewhere":           {apiSet{Name: "_acme-challenge.example.com.", Type: "TXT", TTL: 60, Records: []apiRecord{{`"x"`, false}}}, set(t, "www.example.com.", state.A, "192.0.2.2"), false},
		"at another type":     {apiSet{Name: "www.example.com.", Type: "TXT", TTL: 60, Records: []apiRecord{{`"x"`, false}}}, set(t, "www.example.com.", state.A, "192.0.2.2"), false},
	} {
		t.Run(name, func(t *testing.T) {
			write(t, p, z, content(set(t, "www.example.com.", state.A, "192.0.2.1")))
			at := read(t, z)
			todo := changes(t, p, z, at, content(tt.want), state.Rules{})
			seed(t, s, tt.meanwhile)
			before := read(t, z)
			var l log
			err := z.Write(t.Context(), at, todo, &l)
			if errors.Is(err, provider.ErrRefused) != tt.stale || tt.stale != (len(l.requests) == 0) {
				t.Errorf("Write = %v after %d requests", err, len(l.requests))
			}
			if after := read(t, z); tt.stale && !slices.Equal(lines(before.Zone), lines(after.Zone)) {
				t.Errorf("the zone was %v and is %v", lines(before.Zone), lines(after.Zone))
			}
		})
	}
}

// TestCulprit names the change that the server refuses, and makes none.
func TestCulprit(t *testing.T) {
	_, _, z := one(t)
	at := read(t, z)
	good, bad := set(t, "a.example.com.", state.A, "192.0.2.1"), set(t, "b.example.com.", state.MX, "10 under_score.example.com.")
	worse := set(t, "c.example.com.", state.MX, "10 *.example.com.")
	for _, tt := range []struct {
		sets    []state.RRset
		culprit int
	}{
		{[]state.RRset{bad}, 0},
		{[]state.RRset{good, bad}, 1},
		{[]state.RRset{good, bad, worse}, 1}, // of two that Check finds, the server names the first
	} {
		want := content(tt.sets...)
		var l log
		err := z.Write(t.Context(), at, plan.Diff(at.Zone, &state.Zone{Name: zoneName, RRsets: append(slices.Clone(at.Zone.RRsets), want.RRsets...)}), &l)
		if !errors.Is(err, provider.ErrRefused) || !strings.Contains(err.Error(), "non-hostname") {
			t.Fatalf("Write = %v", err)
		}
		if o := l.outcomes[0]; o.Culprit != tt.culprit || o.Results[0] != provider.NotMade || !slices.Equal(o.Codes, []string{"422"}) {
			t.Errorf("the Recorder heard %+v, want the culprit %d", o, tt.culprit)
		}
		if read(t, z).Zone.Find(good.Key) != nil {
			t.Error("a part of the PATCH was made")
		}
	}
}

// TestHangUp says what may be behind a server that hangs up.
func TestHangUp(t *testing.T) {
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { hangUp(w, r, nil) }))
	t.Cleanup(front.Close)
	p := powerdns.Settings{URL: front.URL, Key: "k"}.New(nil)
	if _, err := p.Zones(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "webserver-allow-from") {
		t.Errorf("Zones = %v", err)
	}
}

// TestTLS trusts the certificate that the settings name, and no other.
func TestTLS(t *testing.T) {
	front := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"id": "localhost", "daemon_type": "authoritative", "version": "4.7.3"}`)
	}))
	t.Cleanup(front.Close)
	front.Config.ErrorLog = stdlog.New(io.Discard, "", 0)
	ca := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: front.Certificate().Raw}))
	settings := powerdns.Settings{URL: front.URL, Key: "k", CA: ca}
	if err := settings.Validate(); err != nil {
		t.Fatal(err)
	}
	who, err := settings.New(nil).WhoAmI(t.Context())
	if err != nil || who.Details["version"] != "4.7.3" {
		t.Errorf("WhoAmI = %+v, %v", who, err)
	}
	if who, err := (powerdns.Settings{URL: front.URL, Key: "k"}).New(nil).WhoAmI(t.Context()); err == nil {
		t.Errorf("WhoAmI without ca = %+v", who)
	}
}

// TestWhoAmI tells what the key opens.
func TestWhoAmI(t *testing.T) {
	_, p := start(t)
	who, err := p.WhoAmI(t.Context())
	if err != nil || who.Subject != "server localhost" || who.Status != "active" || who.Details["daemon"] != "authoritative" || who.Details["version"] == "" {
		t.Errorf("WhoAmI = %+v, %v", who, err)
	}
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"id": "localhost", "daemon_type": "recursor"}`)
	}))
	t.Cleanup(front.Close)
	if who, err := (powerdns.Settings{URL: front.URL, Key: "k"}).New(nil).WhoAmI(t.Context()); err == nil || !strings.Contains(err.Error(), "recursor") {
		t.Errorf("WhoAmI of a recursor = %+v, %v", who, err)
	}
}

// TestRedirect never takes the key elsewhere.
func TestRedirect(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("%s %s arrived elsewhere", r.Method, r.URL)
	}))
	t.Cleanup(elsewhere.Close)
	front := httptest.NewServer(http.RedirectHandler(elsewhere.URL, http.StatusTemporaryRedirect))
	t.Cleanup(front.Close)
	p := powerdns.Settings{URL: front.URL, Key: "k"}.New(nil)
	if _, err := p.Zones(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "redirects") {
		t.Errorf("Zones = %v", err)
	}
}
