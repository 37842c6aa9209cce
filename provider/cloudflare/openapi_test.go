package cloudflare_test

import (
	"bytes"
	"io"
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"

	"github.com/zoneloom/zoneloom/provider"
	"github.com/zoneloom/zoneloom/provider/cloudflare"
	"github.com/zoneloom/zoneloom/provider/cloudflare/sandbox"
	"github.com/zoneloom/zoneloom/state"
)

// documented holds requests and answers against the service's own description.
type documented struct {
	t      *testing.T
	router routers.Router
	next   http.RoundTripper
	calls  atomic.Int64
}

func newDocumented(t *testing.T, base string) *documented {
	t.Helper()
	loader := openapi3.NewLoader()
	doc, err := loader.LoadFromFile("../../testdata/cloudflare-openapi/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	doc.Servers = openapi3.Servers{{URL: base}}
	router, err := legacy.NewRouter(doc)
	if err != nil {
		t.Fatal(err)
	}
	return &documented{t: t, router: router, next: http.DefaultTransport}
}

func (d *documented) RoundTrip(r *http.Request) (*http.Response, error) {
	d.calls.Add(1)
	route, params, err := d.router.FindRoute(r)
	if err != nil {
		d.t.Errorf("%s %s is not documented: %v", r.Method, r.URL.Path, err)
		return d.next.RoundTrip(r)
	}
	input := &openapi3filter.RequestValidationInput{
		Request: r, PathParams: params, Route: route,
		Options: &openapi3filter.Options{
			AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true,
			SkipSettingDefaults: true, // the request goes out as it was made
		},
	}
	if err := openapi3filter.ValidateRequest(r.Context(), input); err != nil {
		d.t.Errorf("%s %s is not as documented: %v", r.Method, r.URL, err)
	}
	resp, err := d.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	answer := &openapi3filter.ResponseValidationInput{RequestValidationInput: input, Status: resp.StatusCode, Header: resp.Header, Options: input.Options}
	answer.SetBodyBytes(body)
	if err := openapi3filter.ValidateResponse(r.Context(), answer); err != nil {
		d.t.Errorf("the answer to %s %s is not as documented: %v", r.Method, r.URL, err)
	}
	return resp, nil
}

// TestRequestsAreAsDocumented makes every call that the provider can make, with
// records of every type and attribute.
func TestRequestsAreAsDocumented(t *testing.T) {
	p, _ := inSandbox(t, sandbox.Options{})
	d := newDocumented(t, p.BaseURL)
	p = &cloudflare.Provider{Token: sandbox.DefaultToken, BaseURL: p.BaseURL, HTTP: &http.Client{Transport: d}, Budget: newBudget(newClock())}
	if _, err := p.WhoAmI(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Zones(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Target(t.Context()); err != nil {
		t.Fatal(err)
	}
	zone, err := p.Create(t.Context(), "new.example.", provider.Spec{Type: "full"})
	if err != nil {
		t.Fatal(err)
	}
	creates := everyType(t)
	write(t, zone, creates)
	var patches, deletes []state.Change
	for _, c := range creates {
		after := *c.After
		after.Records = []state.Record{{Data: c.After.Records[0].Data, TTL: 600, Attrs: attrs("comment", "changed", "tags", []string{"team:dns"})}}
		if c.Type == "A" {
			after.Records[0].Attrs, after.Records[0].TTL = attrs("proxied", true, "settings.ipv4_only", true), state.TTLAuto
		}
		patches = append(patches, state.Change{Key: c.Key, Before: c.After, After: &after, Pairs: []state.Pair{{}}})
		deletes = append(deletes, state.Change{Key: c.Key, Before: &after})
	}
	write(t, zone, patches)
	write(t, zone, deletes)
	if snap, err := zone.Read(t.Context()); err != nil || snap.Zone.Len() != 0 {
		t.Errorf("%d records are left, %v", snap.Zone.Len(), err)
	}
	if d.calls.Load() < 12 {
		t.Errorf("%d calls were looked at", d.calls.Load())
	}
}

// everyType are changes that create one record of each type.
func everyType(t *testing.T) []state.Change {
	t.Helper()
	var changes []state.Change
	for _, typ := range cloudflare.Types {
		name := state.Name("x-" + string(typ) + ".new.example.")
		switch typ {
		case state.DS, state.NS:
			name = "sub.new.example." // the one needs the other
		}
		name, err := state.ParseName(string(name), "")
		if err != nil {
			t.Fatal(err)
		}
		c := create(name, typ, canonical(typ, samples[typ][0]))
		c.After.Records[0].Attrs = attrs("comment", "of "+string(typ))
		changes = append(changes, c)
	}
	return changes
}
