package powerdns_test

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneloom/zoneloom/provider"
	"github.com/zoneloom/zoneloom/provider/internal/daemon"
	"github.com/zoneloom/zoneloom/state"
)

var soaKey = state.Key{Name: zoneName, Type: state.SOA}

// setUp gives the zone a kind and a way to raise its serial.
func setUp(tb testing.TB, s *daemon.PowerDNSServer, kind, soaEditAPI string) {
	tb.Helper()
	ask(tb, s, http.MethodPut, "zones/"+string(zoneName), map[string]any{"kind": kind, "soa_edit_api": soaEditAPI}, nil)
}

// serial returns the serial of the zone's SOA.
func serial(tb testing.TB, z provider.Zone) int {
	tb.Helper()
	return serialIn(tb, read(tb, z).Zone)
}

func serialIn(tb testing.TB, z *state.Zone) int {
	tb.Helper()
	n, err := strconv.Atoi(strings.Fields(z.Find(soaKey).Records[0].Data)[2])
	if err != nil {
		tb.Fatal(err)
	}
	return n
}

// TestSerial raises the serial as the zone says, and where it leaves that to
// nobody, raises it only if secondaries go by it.
func TestSerial(t *testing.T) {
	s, p := start(t)
	for _, tt := range []struct {
		kind, soaEditAPI string
		raised           bool
	}{
		{"Native", "DEFAULT", true},
		{"Native", "INCREASE", true},
		{"Native", "", false},
		{"Master", "DEFAULT", true},
		{"Master", "INCREASE", true},
		{"Master", "EPOCH", true},
		{"Master", "", true},
	} {
		t.Run(tt.kind+" "+tt.soaEditAPI, func(t *testing.T) {
			z := create(t, p, zoneName)
			defer ask(t, s, http.MethodDelete, "zones/"+string(zoneName), nil, nil)
			setUp(t, s, tt.kind, tt.soaEditAPI)
			before := serial(t, z)
			write(t, p, z, content(set(t, "www.example.com.", state.A, "192.0.2.1")))
			if after := serial(t, z); (after != before) != tt.raised || after < before && tt.soaEditAPI != "EPOCH" {
				t.Errorf("the serial went from %d to %d", before, after)
			}
		})
	}
}

// TestSOA changes the SOA's other fields. Whatever serial is wanted, the zone's
// own goes on.
func TestSOA(t *testing.T) {
	s, p := start(t)
	for _, soaEditAPI := range []string{"DEFAULT", "INCREASE", ""} {
		for _, wanted := range []string{"0", "1", "4294967295"} {
			t.Run(soaEditAPI+" "+wanted, func(t *testing.T) {
				z := create(t, p, zoneName)
				defer ask(t, s, http.MethodDelete, "zones/"+string(zoneName), nil, nil)
				setUp(t, s, "Master", soaEditAPI)
				at := read(t, z)
				after := set(t, zoneName, state.SOA, `ns1.example.net. host\.master.example.net. `+wanted+" 7200 3600 1209600 600")
				todo := []state.Change{{Key: soaKey, Before: at.Zone.Find(soaKey), After: &after, Pairs: []state.Pair{{}}}}
				if err := z.Write(t.Context(), at, todo, &log{}); err != nil {
					t.Fatal(err)
				}
				live := read(t, z).Zone.Find(soaKey).Records[0]
				if !strings.HasPrefix(live.Data, `ns1.example.net. host\.master.example.net. `) || !strings.HasSuffix(live.Data, " 7200 3600 1209600 600") || live.TTL != 300 {
					t.Errorf("the SOA is %s %s", live.TTL, live.Data)
				}
				if before, now := serialIn(t, at.Zone), serial(t, z); now <= before || now > before+200 {
					t.Errorf("the serial went from %d to %d", before, now)
				}
			})
		}
	}
}

// TestSOAStays refuses to leave a zone without an SOA, which the server would do.
func TestSOAStays(t *testing.T) {
	_, _, z := one(t)
	at := read(t, z)
	var l log
	err := z.Write(t.Context(), at, []state.Change{{Key: soaKey, Before: at.Zone.Find(soaKey)}}, &l)
	if err == nil || len(l.requests) > 0 {
		t.Errorf("Write = %v after %d requests", err, len(l.requests))
	}
	if read(t, z).Zone.Find(soaKey) == nil {
		t.Error("the SOA is gone")
	}
}

// TestKinds creates zones to manage, and no others.
func TestKinds(t *testing.T) {
	s, p := start(t)
	for spec, kind := range map[string]string{"": "Native", "native": "Native", "primary": "Master", "Master": "Master"} {
		name := state.Name("k" + strings.ToLower(spec) + ".example.")
		z, err := p.Create(t.Context(), name, provider.Spec{Type: spec})
		if err != nil || z.Info().Type != kind {
			t.Errorf("Create of type %q = %v, %v", spec, z, err)
		}
	}
	for _, spec := range []string{"secondary", "Slave", "consumer", "full", "producer"} {
		_, err := p.Create(t.Context(), "k.example.", provider.Spec{Type: spec})
		if !errors.Is(err, provider.ErrRefused) {
			t.Errorf("Create of type %s = %v", spec, err)
		}
	}
	var zones []struct{ Name string }
	ask(t, s, http.MethodGet, "zones", nil, &zones)
	if len(zones) != 4 {
		t.Errorf("the server has the zones %v", zones)
	}
}

// TestCreateWith creates a zone that has its SOA and name servers from the start.
func TestCreateWith(t *testing.T) {
	s, p := start(t)
	soa := set(t, zoneName, state.SOA, `ns1.example.net. host\.master.example.net. 1 7200 3600 1209600 600`)
	ns := set(t, zoneName, state.NS, "ns1.example.net.", "ns2.example.net.")
	ns.Attrs = state.MakeAttrs(map[string]any{"comment": "ours"})
	z, err := p.Create(t.Context(), zoneName, provider.Spec{SOA: &soa, NS: &ns})
	if err != nil {
		t.Fatal(err)
	}
	at := read(t, z)
	for _, c := range changes(t, p, z, at, content(soa, ns), state.Rules{Prune: true}) {
		t.Errorf("the plan has %s: %v -> %v", c.Key, c.Before, c.After)
	}
	if diff := cmp.Diff(lines(content(soa, ns)), lines(axfr(t, s, zoneName))); diff != "" {
		t.Errorf("by AXFR (-want +got):\n%s", diff)
	}
	if got := at.Zone.Find(ns.Key).Attrs; got != ns.Attrs {
		t.Errorf("the attributes are %v", got.Map())
	}
}

// TestSecondary reads a zone that is copied from elsewhere, and never writes it.
func TestSecondary(t *testing.T) {
	s, p, z := one(t)
	ask(t, s, http.MethodPut, "zones/"+string(zoneName), map[string]any{"kind": "Slave", "masters": []string{"192.0.2.1"}}, nil)
	found, err := p.Zones(t.Context(), []state.Name{zoneName})
	if err != nil {
		t.Fatal(err)
	}
	info := found[zoneName].Info()
	want := content(set(t, "www.example.com.", state.A, "192.0.2.1"))
	if _, problems := p.Check(want, &info); len(problems) != 1 || !strings.Contains(problems[0].Text, "secondary") {
		t.Errorf("Check finds %v", problems)
	}
	var l log
	at := read(t, z)
	err = z.Write(t.Context(), at, []state.Change{{Key: want.RRsets[0].Key, After: &want.RRsets[0]}}, &l)
	if !errors.Is(err, provider.ErrRefused) || len(l.requests) > 0 {
		t.Errorf("Write = %v after %d requests", err, len(l.requests))
	}
}
