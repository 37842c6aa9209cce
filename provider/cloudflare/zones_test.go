package cloudflare_test

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneloom/zoneloom/provider"
	"github.com/zoneloom/zoneloom/provider/cloudflare"
	"github.com/zoneloom/zoneloom/state"
)

// zoneServer has zones z0.example to zN.example, and counts its calls.
type zoneServer struct {
	zones int
	calls atomic.Int64
}

func (s *zoneServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.calls.Add(1)
	q := r.URL.Query()
	page, per := 1, 20
	if n, err := strconv.Atoi(q.Get("page")); err == nil {
		page = n
	}
	if n, err := strconv.Atoi(q.Get("per_page")); err == nil {
		per = n
	}
	var match []string
	for n := range s.zones {
		if name := fmt.Sprintf("z%d.example", n); q.Get("name") == "" || q.Get("name") == name {
			match = append(match, strings.Replace(zoneItem(name, "pro"), zoneID, id(n+1), 1))
		}
	}
	from := min((page-1)*per, len(match))
	_, _ = w.Write([]byte(list(page, (len(match)+per-1)/per, len(match), match[from:min(from+per, len(match))]...)))
}

func names(n int) []state.Name {
	var list []state.Name
	for i := range n {
		list = append(list, state.Name(fmt.Sprintf("z%d.example.", i)))
	}
	return list
}

func TestZonesTakesFewCalls(t *testing.T) {
	for _, tt := range []struct {
		name  string
		zones int
		want  []state.Name // nil is all
		calls int64
	}{
		{"one zone of thousands", 2000, names(1), 1},
		{"a few are looked up", 2000, names(20), 20},
		{"many are listed", 1000, names(1000), 20},
		{"all are listed", 1000, nil, 20},
		{"some of very many are looked up, after a page shows how many", 3000, names(30), 31},
		{"none", 10, []state.Name{}, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := &zoneServer{zones: tt.zones}
			p, _ := behind(t, s)
			zones, err := p.Zones(t.Context(), tt.want)
			if err != nil {
				t.Fatal(err)
			}
			want := len(tt.want)
			if tt.want == nil {
				want = tt.zones
			}
			if len(zones) != want {
				t.Errorf("%d zones, want %d", len(zones), want)
			}
			if got := s.calls.Load(); got != tt.calls {
				t.Errorf("%d calls, want %d", got, tt.calls)
			}
		})
	}
}

func TestZoneInfo(t *testing.T) {
	p, s, _ := serve(t, found("enterprise"))
	p.Account = "01a7362d577a6c3019a474fd6f485823"
	got := zoneOf(t, p).Info()
	want := provider.Info{
		Name: "example.com.", Kind: "cloudflare", ID: zoneID, MinTTL: 30, MaxTTL: 86400, BatchLimit: 3500,
		OwnNS: []state.Name{"ada.ns.cloudflare.com.", "bob.ns.cloudflare.com."},
		Types: cloudflare.Types, Attrs: got.Attrs,
		Account: "01a7362d577a6c3019a474fd6f485823", Status: "active", Type: "full", Plan: "enterprise",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Info (-want +got):\n%s", diff)
	}
	if !strings.Contains(s.calls[0], "account.id=01a7362d577a6c3019a474fd6f485823") {
		t.Errorf("%s doesn't ask for the account's zones", s.calls[0])
	}
	for plan, limit := range map[string]int{"free": 200, "": 200, "pro": 3500, "business": 3500, "galactic": 200} {
		p, _, _ := serve(t, found(plan))
		if info := zoneOf(t, p).Info(); info.BatchLimit != limit || info.MinTTL != 60 {
			t.Errorf("plan %q: batches of %d, TTLs from %d; want %d, 60", plan, info.BatchLimit, info.MinTTL, limit)
		}
	}
}

func TestZonesInSeveralAccounts(t *testing.T) {
	other := strings.Replace(strings.Replace(zoneItem("example.com", "free"), zoneID, id(9), 1), "01a7362d577a6c3019a474fd6f485823", id(7), 1)
	p, _, _ := serve(t, step{body: list(1, 1, 2, zoneItem("example.com", "free"), other)})
	_, err := p.Zones(t.Context(), []state.Name{"example.com."})
	if err == nil || !strings.Contains(err.Error(), "account:") || !strings.Contains(err.Error(), id(7)) {
		t.Errorf("Zones = %v, want an error that names the accounts and asks for one", err)
	}
}

func TestZonesByTheirIDNAForm(t *testing.T) {
	p, s, _ := serve(t, step{body: list(1, 1, 1, zoneItem("bücher.example", "free"))})
	zones, err := p.Zones(t.Context(), []state.Name{"xn--bcher-kva.example."})
	if err != nil || zones["xn--bcher-kva.example."] == nil {
		t.Errorf("Zones = %v, %v; want the zone though it is listed in Unicode", zones, err)
	}
	if !strings.Contains(s.calls[0], "name=xn--bcher-kva.example&") {
		t.Errorf("%s doesn't ask by A-labels and without a final dot", s.calls[0])
	}
}

func TestZonesNotThere(t *testing.T) {
	p, _, _ := serve(t, step{body: list(1, 0, 0)})
	zones, err := p.Zones(t.Context(), []state.Name{"example.com."})
	if err != nil || len(zones) != 0 {
		t.Errorf("Zones = %v, %v; want none and no error", zones, err)
	}
}

func TestZonesNeverReturnsAShortList(t *testing.T) {
	page := list(1, 1, 2, zoneItem("example.com", "free"))
	p, s, _ := serve(t, step{body: page})
	if zones, err := p.Zones(t.Context(), nil); err == nil {
		t.Errorf("Zones = %v of a list that lacks one", zones)
	}
	if s.count() < 2 {
		t.Error("the list wasn't read again")
	}
}

func TestCreate(t *testing.T) {
	made := `{"success":true,"errors":[],"messages":[],"result":` + strings.Replace(zoneItem("new.example", "free"), "active", "pending", 1) + `}`
	for _, tt := range []struct {
		name    string
		account string
		steps   []step
		want    error  // nil is success
		text    string // in the error
		last    string // call
	}{
		{"in the configured account", "acc", []step{{body: made}}, nil, "", `POST /zones {"account":{"id":"acc"},"name":"new.example","type":"full"}`},
		{"in the only account", "", []step{found("free"), found("free"), {body: made}}, nil, "", `POST /zones {"account":{"id":"01a7362d577a6c3019a474fd6f485823"},"name":"new.example","type":"full"}`},
		{"after 429, which made nothing", "acc", []step{{status: 429}, {body: made}}, nil, "", `POST /zones {"account":{"id":"acc"},"name":"new.example","type":"full"}`},
		{"exists already", "acc", []step{{status: 400, body: refusal(`{"code":1061,"message":"new.example already exists"}`)}}, provider.ErrExists, "1061", ""},
		{"refused", "acc", []step{{status: 400, body: refusal(`{"code":1099,"message":"not a root domain"}`)}}, provider.ErrRefused, "1099", ""},
		{"not permitted", "acc", []step{{status: 403, body: refusal(`{"code":0,"message":"requires permission"}`)}}, provider.ErrAuth, "Zone Edit", ""},
		{"an answer that is lost", "acc", []step{{cut: true}}, provider.ErrUnknown, "", ""},
		{"a gateway that gives up", "acc", []step{{status: 502}}, provider.ErrUnknown, "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, s, _ := serve(t, tt.steps...)
			p.Account = tt.account
			zone, err := p.Create(t.Context(), "new.example.", provider.Spec{Type: "full"})
			if !errors.Is(err, tt.want) || err != nil && !strings.Contains(err.Error(), tt.text) {
				t.Fatalf("Create = %v, want %v with %q", err, tt.want, tt.text)
			}
			if s.count() != len(tt.steps) {
				t.Errorf("%d calls, want %d", s.count(), len(tt.steps))
			}
			if err == nil && (zone.Info().Status != "pending" || s.calls[s.count()-1] != tt.last) {
				t.Errorf("%+v by %s, want it pending by %s", zone.Info(), s.calls[s.count()-1], tt.last)
			}
		})
	}
}

func TestTargetNeedsOneAccount(t *testing.T) {
	other := strings.Replace(zoneItem("example.net", "free"), "01a7362d577a6c3019a474fd6f485823", id(7), 1)
	for _, tt := range []struct {
		name  string
		steps []step
		want  string // target, or "" and an error that asks for account
	}{
		{"one account", []step{found("free"), found("free")}, "account/01a7362d577a6c3019a474fd6f485823"},
		{"several", []step{found("free"), {body: list(1, 1, 1, other)}}, ""},
		{"no zone to tell it", []step{{body: list(1, 0, 0)}}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, _, _ := serve(t, tt.steps...)
			got, err := p.Target(t.Context())
			if got != tt.want || (err == nil) != (tt.want != "") {
				t.Errorf("Target = %q, %v; want %q", got, err, tt.want)
			}
			if err != nil && !strings.Contains(err.Error(), "account:") {
				t.Errorf("%v doesn't ask for account", err)
			}
		})
	}
}

func TestWhoAmI(t *testing.T) {
	valid := step{body: `{"success":true,"errors":[],"messages":[{"code":10000,"message":"This API Token is valid and active","type":null}],"result":{"id":"ed17","status":"active","expires_on":"2027-01-01T00:00:00Z"}}`}
	person := step{body: `{"success":true,"errors":[],"messages":[],"result":{"id":"7c5d","email":"ops@example.com","first_name":null}}`}
	no := step{status: 403, body: refusal(`{"code":9109,"message":"Unauthorized to access requested resource"}`)}
	invalid := step{status: 401, body: refusal(`{"code":1000,"message":"Invalid API Token"}`)}
	for _, tt := range []struct {
		name  string
		p     *cloudflare.Provider
		steps []step
		want  *provider.Identity // nil is ErrAuth
	}{
		{"a user's token", &cloudflare.Provider{Token: secret}, []step{valid, person}, &provider.Identity{Kind: "API token", Subject: "ops@example.com", Status: "active", Details: map[string]string{"token": "ed17", "expires": "2027-01-01T00:00:00Z", "user": "7c5d", "e-mail": "ops@example.com"}}},
		{"a token that may not see its user", &cloudflare.Provider{Token: secret}, []step{valid, no}, &provider.Identity{Kind: "API token", Subject: "ed17", Status: "active", Details: map[string]string{"token": "ed17", "expires": "2027-01-01T00:00:00Z"}}},
		{"an account's token", &cloudflare.Provider{Token: secret, Account: "acc"}, []step{invalid, valid, no}, &provider.Identity{Kind: "API token", Subject: "ed17", Status: "active", Details: map[string]string{"token": "ed17", "expires": "2027-01-01T00:00:00Z", "account": "acc"}}},
		{"a key", &cloudflare.Provider{Email: "ops@example.com", Key: secret}, []step{person}, &provider.Identity{Kind: "API key", Subject: "ops@example.com", Status: "active", Details: map[string]string{"user": "7c5d", "e-mail": "ops@example.com"}}},
		{"a token that is good for nothing", &cloudflare.Provider{Token: secret}, []step{invalid, no}, nil},
		{"a key that is", &cloudflare.Provider{Email: "ops@example.com", Key: secret}, []step{{status: 403, body: refusal(`{"code":9103,"message":"Unknown X-Auth-Key or X-Auth-Email"}`)}}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			at, _, c := serve(t, tt.steps...)
			tt.p.BaseURL, tt.p.Budget = at.BaseURL, newBudget(c)
			got, err := tt.p.WhoAmI(t.Context())
			if tt.want == nil {
				if !errors.Is(err, provider.ErrAuth) || strings.Contains(err.Error(), secret) {
					t.Errorf("WhoAmI = %v, %v; want ErrAuth", got, err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("WhoAmI (-want +got):\n%s", diff)
			}
		})
	}
}
