package rfc2136_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/zoneloom/zoneloom/plan"
	"github.com/zoneloom/zoneloom/provider"
	"github.com/zoneloom/zoneloom/provider/internal/daemon"
	"github.com/zoneloom/zoneloom/provider/providertest"
	"github.com/zoneloom/zoneloom/provider/rfc2136"
	"github.com/zoneloom/zoneloom/state"
)

// daemons are the servers that take updates.
var daemons = []struct {
	name  string
	start func(testing.TB, ...daemon.Zone) *daemon.Server
}{{"named", daemon.Named}, {"knotd", daemon.Knot}}

// env is one test on one daemon.
type env struct {
	*testing.T
	server *daemon.Server
}

// onEach runs a test on each daemon.
func onEach(t *testing.T, zones []daemon.Zone, test func(env)) {
	t.Helper()
	for _, d := range daemons {
		t.Run(d.name, func(t *testing.T) { test(env{t, d.start(t, zones...)}) })
	}
}

// open returns the provider for a server, with its key.
func open(tb testing.TB, s *daemon.Server, zones ...state.Name) *rfc2136.Provider {
	tb.Helper()
	secret, err := base64.StdEncoding.DecodeString(s.Key.Secret)
	if err != nil {
		tb.Fatal(err)
	}
	return &rfc2136.Provider{
		Addr: s.Addr, Key: &rfc2136.Key{Name: s.Key.Name, Algorithm: s.Key.Algorithm, Secret: secret}, ListedZones: zones,
	}
}

// find returns a zone that must be there.
func find(tb testing.TB, p provider.Provider, name state.Name) provider.Zone {
	tb.Helper()
	found, err := p.Zones(tb.Context(), []state.Name{name})
	if err != nil || found[name] == nil {
		tb.Fatalf("Zones(%s) = %v, %v; want the zone", name, found, err)
	}
	return found[name]
}

func read(tb testing.TB, z provider.Zone) *provider.Snapshot {
	tb.Helper()
	snap, err := z.Read(tb.Context())
	if err != nil {
		tb.Fatalf("Read: %v", err)
	}
	return snap
}

// changes returns what turns live into want; rules are as for a zone whose NS
// records are not declared, or declared to be exactly these.
func changes(tb testing.TB, live, want *state.Zone) []state.Change {
	tb.Helper()
	p, problems := plan.Make([]plan.Input{{Provider: "test", Want: want, Live: live, Rules: state.Rules{Prune: true}}})
	for _, problem := range problems {
		tb.Fatalf("plan: %s: %s", problem.Key, problem.Text)
	}
	return p.Zones[0].Changes
}

// zoneOf makes the zone zoneName of texts such as "www 300 A 192.0.2.1".
func zoneOf(tb testing.TB, texts ...string) *state.Zone {
	tb.Helper()
	var entries []state.Entry
	for _, text := range texts {
		entries = append(entries, entry(tb, text))
	}
	return state.NewZone(zoneName, entries)
}

func entry(tb testing.TB, text string) state.Entry {
	tb.Helper()
	var owner, typ string
	var ttl state.TTL
	if n, err := fmt.Sscan(text, &owner, &ttl, &typ); n != 3 {
		tb.Fatalf("%q: %v", text, err)
	}
	rest := text
	for range 3 {
		for i := range rest {
			if rest[i] == ' ' {
				rest = rest[i+1:]
				break
			}
		}
	}
	name, err := state.ParseName(owner, zoneName)
	if err != nil {
		tb.Fatal(err)
	}
	t, err := state.ParseType(typ)
	if err != nil {
		tb.Fatal(err)
	}
	data, err := state.ParseData(t, rest, func(s string) (state.Name, error) { return state.ParseName(s, zoneName) })
	if err != nil {
		tb.Fatalf("%q: %v", text, err)
	}
	return state.Entry{Key: state.Key{Name: name, Type: t}, Record: state.Record{Data: data, TTL: ttl}}
}

// outcomes is a Recorder that keeps what it is told.
type outcomes struct {
	requests []provider.Request
	results  map[int]provider.Result
	last     provider.Outcome
	sending  func() // called before each request
}

func (o *outcomes) Sending(r provider.Request) error {
	o.requests = append(o.requests, r)
	if o.sending != nil {
		o.sending()
	}
	return nil
}

func (o *outcomes) Done(r provider.Request, out provider.Outcome) {
	if o.results == nil {
		o.results = map[int]provider.Result{}
	}
	for n, i := range r.Changes {
		o.results[i] = out.Results[n]
	}
	o.last = out
}

// write turns what is there into want.
func write(tb testing.TB, z provider.Zone, want *state.Zone) *outcomes {
	tb.Helper()
	snap := read(tb, z)
	o := &outcomes{}
	if err := z.Write(tb.Context(), snap, changes(tb, snap.Zone, want), o); err != nil {
		tb.Fatalf("Write: %v", err)
	}
	return o
}

// wireTypes makes a provider say that it holds the types which the suite has
// samples of and DNS can carry: rfc2136 itself holds every type of DNS, which
// Info can't say.
type wireTypes struct{ *rfc2136.Provider }

type wireZone struct{ provider.Zone }

var carried = []state.Type{
	"A", "AAAA", "AFSDB", "CAA", "CERT", "CNAME", "DNAME", "DS", "HINFO", "HTTPS", "LOC", "MX", "NAPTR", "NS",
	"OPENPGPKEY", "PTR", "RP", "SMIMEA", "SPF", "SRV", "SSHFP", "SVCB", "TLSA", "TXT", "URI",
}

func (p wireTypes) Zones(ctx context.Context, want []state.Name) (map[state.Name]provider.Zone, error) {
	found, err := p.Provider.Zones(ctx, want)
	for name, z := range found {
		found[name] = wireZone{z}
	}
	return found, err
}

func (z wireZone) Info() provider.Info {
	info := z.Zone.Info()
	info.Types = slices.Clone(carried)
	return info
}

// TestContract holds the provider to the contract on real servers.
func TestContract(t *testing.T) {
	var zones []daemon.Zone
	for i := range 40 {
		zones = append(zones, daemon.Zone{Name: fmt.Sprintf("zone%d.example.", i)})
	}
	onEach(t, zones, func(t env) {
		s := t.server
		var next atomic.Int32
		providertest.Run(t.T, func(t *testing.T) providertest.Subject {
			t.Helper()
			name := state.Name(zones[next.Add(1)-1].Name)
			return providertest.Subject{Provider: wireTypes{open(t, s, name)}, Zone: name}
		})
	})
}
