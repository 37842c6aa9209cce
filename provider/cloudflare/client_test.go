package cloudflare_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/zoneloom/zoneloom/provider"
	"github.com/zoneloom/zoneloom/provider/cloudflare"
	"github.com/zoneloom/zoneloom/state"
)

func TestReadsAreRetried(t *testing.T) {
	good := step{body: list(1, 1, 1, zoneItem("example.com", "free"))}
	for _, tt := range []struct {
		name  string
		steps []step
		waits time.Duration // at least
		most  time.Duration
	}{
		{"after a cut connection", []step{{cut: true}, good}, 0, time.Second},
		{"after an answer that breaks off", []step{{half: true, body: `{"succ`}, good}, 0, time.Second},
		{"after a gateway's page", []step{{status: 502, body: "<html>"}, good}, 0, time.Second},
		{"after a 200 that isn't JSON", []step{{body: "<html>"}, good}, 0, time.Second},
		{"after 429, as long as the service says", []step{{status: 429, header: map[string]string{"Retry-After": "300"}, body: refusal(`{"code":10429,"message":"slow down"}`)}, good}, 300 * time.Second, 301 * time.Second},
		{"after 429 without a time", []step{{status: 429, body: refusal(`{"code":10429,"message":"slow down"}`)}, good}, 3 * time.Second, 6 * time.Second},
		{"after 503, as long as the service says", []step{{status: 503, header: map[string]string{"Retry-After": "20"}}, good}, 20 * time.Second, 21 * time.Second},
		{"several times", []step{{status: 500}, {cut: true}, {status: 503}, {status: 429}, {status: 500}, good}, 3 * time.Second, 90 * time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, s, c := serve(t, tt.steps...)
			start := c.Now()
			zoneOf(t, p)
			if s.count() != len(tt.steps) {
				t.Errorf("%d calls, want %d", s.count(), len(tt.steps))
			}
			if waited := c.since(start); waited < tt.waits || waited > tt.most {
				t.Errorf("waited %s, want %s to %s", waited, tt.waits, tt.most)
			}
		})
	}
}

func TestReadsGiveUp(t *testing.T) {
	for _, tt := range []struct {
		name  string
		step  step
		calls int
		want  string
	}{
		{"after some attempts", step{status: 503, body: "<html>"}, 6, "HTTP 503 Service Unavailable"},
		{"where the service asks for longer than a block lasts", step{status: 429, header: map[string]string{"Retry-After": "7200"}, body: refusal(`{"code":10429,"message":"slow down"}`)}, 1, "slow down (code 10429) (HTTP 429)"},
		{"where the service refuses", step{status: 400, body: refusal(`{"code":1099,"message":"no"}`, `{"code":2,"message":"and no","error_chain":[{"code":3,"message":"because"}]}`)}, 1, "no (code 1099); and no (code 2): because (code 3) (HTTP 400)"},
		{"where success is false", step{body: refusal(`{"code":1099,"message":"no"}`)}, 1, "no (code 1099)"},
		{"at a redirect", step{status: 302, header: map[string]string{"Location": "https://evil.example/" + secret}}, 1, "redirects"},
		{"where the list doesn't say that it is whole", step{body: `{"success":true,"result":{}}`}, 6, "not the API's JSON"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, s, _ := serve(t, tt.step)
			_, err := p.Zones(t.Context(), []state.Name{"example.com."})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Zones = %v, want an error with %q", err, tt.want)
			}
			if s.count() != tt.calls {
				t.Errorf("%d calls, want %d", s.count(), tt.calls)
			}
			if strings.Contains(err.Error(), secret) {
				t.Errorf("the error holds the token: %v", err)
			}
		})
	}
}

func TestRefusedCredentials(t *testing.T) {
	for _, tt := range []struct {
		name   string
		status int
		body   string
		auth   bool
	}{
		{"401", 401, refusal(`{"code":1000,"message":"Invalid API Token"}`), true},
		{"403", 403, refusal(`{"code":10000,"message":"Authentication error"}`), true},
		{"403 without JSON", 403, "<html>", true},
		{"400 for the header", 400, refusal(`{"code":6003,"message":"Invalid request headers","error_chain":[{"code":6111,"message":"Invalid format for Authorization header"}]}`), true},
		{"400 with the cause behind it", 400, refusal(`{"code":1,"message":"x","error_chain":[{"code":9109,"message":"y"}]}`), true},
		{"400 for something else", 400, refusal(`{"code":1099,"message":"x"}`), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, s, _ := serve(t, step{status: tt.status, body: tt.body})
			_, err := p.Zones(t.Context(), []state.Name{"example.com."})
			if errors.Is(err, provider.ErrAuth) != tt.auth {
				t.Errorf("Zones = %v; is it ErrAuth? want %t", err, tt.auth)
			}
			if tt.auth && !strings.Contains(err.Error(), "Zone Read") {
				t.Errorf("%v doesn't say what the token needs", err)
			}
			if s.count() != 1 {
				t.Errorf("%d calls, want 1", s.count())
			}
		})
	}
}

func TestErrorsAreFitToPrint(t *testing.T) {
	p, _, _ := serve(t, step{
		status: 400,
		header: map[string]string{"CF-Ray": "8f00-FRA"},
		body:   refusal(`{"code":6003,"message":"Bearer ` + secret + `\u001b[2J is malformed\r\n","documentation_url":"https://developers.cloudflare.com/x"}`),
	})
	_, err := p.Zones(t.Context(), []state.Name{"example.com."})
	var api *cloudflare.APIError
	if !errors.As(err, &api) || api.Status != 400 || api.RequestID != "8f00-FRA" || api.Errors[0].Code != 6003 {
		t.Fatalf("Zones = %v, want an APIError with status, request id and code", err)
	}
	if text := err.Error(); strings.ContainsAny(text, "\x1b\r\n") || strings.Contains(text, secret) {
		t.Errorf("the error holds control characters or the token: %q", text)
	}
	if !strings.Contains(err.Error(), "https://developers.cloudflare.com/x") || !strings.Contains(err.Error(), "8f00-FRA") {
		t.Errorf("%v lacks the documentation's address or the request's id", err)
	}
}

func TestAShortTokenIsNotTakenOutOfWords(t *testing.T) {
	p, _, _ := serve(t, step{status: 403, body: refusal(`{"code":10000,"message":"Authentication error"}`)})
	p.Token = "ro"
	_, err := p.Zones(t.Context(), []state.Name{"example.com."})
	if err == nil || !strings.Contains(err.Error(), "Authentication error") {
		t.Errorf("Zones = %v, want the service's own words", err)
	}
}

func TestUnreachableService(t *testing.T) {
	c := newClock()
	p := &cloudflare.Provider{Email: "a@example.com", Key: secret, BaseURL: "http://127.0.0.1:1/", Budget: newBudget(c)}
	_, err := p.Zones(t.Context(), []state.Name{"example.com."})
	if err == nil || strings.Contains(err.Error(), secret) || errors.Is(err, provider.ErrAuth) {
		t.Errorf("Zones = %v, want an error about the connection", err)
	}
}

func TestCredentialsGoIntoHeaders(t *testing.T) {
	for _, tt := range []struct {
		name string
		p    *cloudflare.Provider
		want map[string]string
	}{
		{"a token", &cloudflare.Provider{Token: secret}, map[string]string{"Authorization": "Bearer " + secret, "X-Auth-Key": ""}},
		{"a key", &cloudflare.Provider{Email: "a@example.com", Key: secret}, map[string]string{"X-Auth-Email": "a@example.com", "X-Auth-Key": secret, "Authorization": ""}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			seen := make(chan http.Header, 1)
			at, c := behind(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				seen <- r.Header.Clone()
				_, _ = w.Write([]byte(list(1, 0, 0)))
			}))
			tt.p.BaseURL, tt.p.Budget = at.BaseURL+"/", newBudget(c)
			if _, err := tt.p.Zones(t.Context(), nil); err != nil {
				t.Fatal(err)
			}
			header := <-seen
			for name, want := range tt.want {
				if got := header.Get(name); got != want {
					t.Errorf("%s is %q, want %q", name, got, want)
				}
			}
		})
	}
}

func TestACancelledCallEnds(t *testing.T) {
	entered := make(chan struct{})
	p, _ := behind(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(entered)
		<-r.Context().Done()
	}))
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-entered
		cancel()
	}()
	if _, err := p.Zones(ctx, []state.Name{"example.com."}); !errors.Is(err, context.Canceled) {
		t.Errorf("Zones = %v, want the context's error", err)
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	for in, want := range map[string]time.Duration{
		"":                              0,
		"30":                            30 * time.Second,
		"-1":                            0,
		"soon":                          0,
		"Mon, 23 Nov 2026 12:05:00 GMT": 5 * time.Minute,
		"Mon, 23 Nov 2026 11:05:00 GMT": 0,
	} {
		if got := cloudflare.RetryAfter(in, now); got != want {
			t.Errorf("RetryAfter(%q) = %s, want %s", in, got, want)
		}
	}
}

func TestSettings(t *testing.T) {
	for _, tt := range []struct {
		name string
		s    cloudflare.Settings
		want string // in the error; "" is none
	}{
		{"a token", cloudflare.Settings{Token: secret}, ""},
		{"e-mail and key", cloudflare.Settings{Email: "a@example.com", Key: secret}, ""},
		{"all that may be", cloudflare.Settings{Token: secret, Account: "01a7362d577a6c3019a474fd6f485823", URL: "http://127.0.0.1:8080/client/v4"}, ""},
		{"variables", cloudflare.Settings{Token: "${TOKEN:-a b}", Account: "${ACCOUNT}"}, ""},
		{"nothing", cloudflare.Settings{}, "needs a token"},
		{"both", cloudflare.Settings{Token: secret, Key: secret}, "not both"},
		{"a key without its e-mail", cloudflare.Settings{Key: secret}, "go together"},
		{"a token with a line break", cloudflare.Settings{Token: secret + "\n"}, "token"},
		{"an account's name for its id", cloudflare.Settings{Token: secret, Account: "My Company"}, "account"},
		{"an url without scheme", cloudflare.Settings{Token: secret, URL: "api.cloudflare.com"}, "https://"},
		{"an url with a password", cloudflare.Settings{Token: secret, URL: "https://a:b@api.cloudflare.com"}, "plain address"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := tt.s.Validate()
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Validate = %v, want %q", err, tt.want)
			}
			if err != nil && strings.Contains(err.Error(), secret) {
				t.Errorf("the error holds the secret: %v", err)
			}
		})
	}
}

// TestSlowAnswers has a service that never answers: a read is tried again, a
// write is not, as it may have been made.
func TestSlowAnswers(t *testing.T) {
	var calls atomic.Int64
	p, _ := behind(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if n := calls.Add(1); n == 2 { // the first attempt to read the list was 1
			_, _ = w.Write([]byte(found("free").body))
			return
		} else if n == 3 {
			_, _ = w.Write([]byte(list(1, 0, 0)))
			return
		}
		_, _ = io.Copy(io.Discard, r.Body) // else the server doesn't see that the client left
		<-r.Context().Done()
	}))
	cloudflare.Hurry(p, time.Second)
	zone := zoneOf(t, p)
	snap, err := zone.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var l log
	err = zone.Write(t.Context(), snap, hosts(1), &l)
	if !errors.Is(err, provider.ErrUnknown) || !strings.Contains(err.Error(), "no answer within 1s") {
		t.Errorf("Write = %v, want ErrUnknown after a second", err)
	}
	if calls.Load() != 4 {
		t.Errorf("%d calls, want 4", calls.Load())
	}
}
