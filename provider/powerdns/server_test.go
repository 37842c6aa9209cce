package powerdns_test

import (
	"context"
	"maps"
	"slices"
	"testing"

	"github.com/zoneloom/zoneloom/plan"
	"github.com/zoneloom/zoneloom/provider"
	"github.com/zoneloom/zoneloom/provider/internal/daemon"
	"github.com/zoneloom/zoneloom/provider/powerdns"
	"github.com/zoneloom/zoneloom/provider/providertest"
	"github.com/zoneloom/zoneloom/state"
)

// start runs a PowerDNS and returns a provider for it.
func start(tb testing.TB, zones ...daemon.Zone) (*daemon.PowerDNSServer, *powerdns.Provider) {
	tb.Helper()
	s := daemon.PowerDNS(tb, zones...)
	return s, connect(s)
}

func connect(s *daemon.PowerDNSServer) *powerdns.Provider {
	return powerdns.Settings{URL: s.API, Key: s.APIKey, Server: s.ID}.New(nil)
}

// create makes an empty zone.
func create(tb testing.TB, p *powerdns.Provider, name state.Name) provider.Zone {
	tb.Helper()
	z, err := p.Create(context.Background(), name, provider.Spec{})
	if err != nil {
		tb.Fatal(err)
	}
	return z
}

// read reads a zone.
func read(tb testing.TB, z provider.Zone) *provider.Snapshot {
	tb.Helper()
	at, err := z.Read(context.Background())
	if err != nil {
		tb.Fatal(err)
	}
	return at
}

// content makes the zone that most tests have, of sets.
func content(sets ...state.RRset) *state.Zone {
	var entries []state.Entry
	attrs := map[state.Key]state.Attrs{}
	for _, s := range sets {
		attrs[s.Key] = s.Attrs
		for _, r := range s.Records {
			entries = append(entries, state.Entry{Key: s.Key, Record: r})
		}
	}
	z := state.NewZone(zoneName, entries)
	for i := range z.RRsets {
		z.RRsets[i].Attrs = attrs[z.RRsets[i].Key]
	}
	return z
}

// set makes an RRset of presentation data with a TTL of 300.
func set(tb testing.TB, name state.Name, t state.Type, texts ...string) state.RRset {
	tb.Helper()
	s := state.RRset{Key: state.Key{Name: name, Type: t}}
	for _, text := range texts {
		data, err := state.ParseData(t, text, nil)
		if err != nil {
			tb.Fatal(err)
		}
		s.Records = append(s.Records, state.Record{Data: data, TTL: 300})
	}
	return s
}

// changes returns what turns at into want, which the provider must take.
func changes(tb testing.TB, p *powerdns.Provider, z provider.Zone, at *provider.Snapshot, want *state.Zone, rules state.Rules) []state.Change {
	tb.Helper()
	info := z.Info()
	stored, problems := p.Check(want, &info)
	for _, problem := range problems {
		tb.Fatalf("Check: %s: %s", problem.Key, problem.Text)
	}
	planned, problems := plan.Make([]plan.Input{{Provider: "powerdns", Want: stored, Live: at.Zone, Rules: rules}})
	for _, problem := range problems {
		tb.Fatalf("plan: %s: %s", problem.Key, problem.Text)
	}
	return planned.Zones[0].Changes
}

// log is a Recorder that notes what it is told.
type log struct {
	requests []provider.Request
	outcomes []provider.Outcome
	sending  func() error // nil says yes
}

func (l *log) Sending(r provider.Request) error {
	l.requests = append(l.requests, r)
	if l.sending != nil {
		return l.sending()
	}
	return nil
}

func (l *log) Done(_ provider.Request, o provider.Outcome) { l.outcomes = append(l.outcomes, o) }

// write makes the zone hold want, in one request, and holds the plan after it to
// be empty.
func write(tb testing.TB, p *powerdns.Provider, z provider.Zone, want *state.Zone) *provider.Snapshot {
	tb.Helper()
	at := read(tb, z)
	todo := changes(tb, p, z, at, want, state.Rules{Prune: true})
	var l log
	if err := z.Write(context.Background(), at, todo, &l); err != nil {
		tb.Fatal(err)
	}
	if len(l.requests) != 1 && len(todo) > 0 {
		tb.Errorf("%d requests, want one", len(l.requests))
	}
	at = read(tb, z)
	for _, c := range changes(tb, p, z, at, want, state.Rules{Prune: true}) {
		tb.Fatalf("after the write the plan has %s: %v -> %v", c.Key, c.Before, c.After)
	}
	return at
}

// TestConformance holds the provider to the contract on a real server.
func TestConformance(t *testing.T) {
	_, p := start(t)
	n := 0
	providertest.Run(t, func(t *testing.T) providertest.Subject {
		t.Helper()
		n++
		zone := state.Name("test" + string(rune('a'+n)) + ".example.")
		create(t, p, zone)
		return providertest.Subject{Provider: p, Zone: zone, Absent: "new-" + zone}
	})
}

// TestZones finds zones by name, many at once, and those with odd names.
func TestZones(t *testing.T) {
	_, p := start(t)
	names := []state.Name{"a.example.", "0/25.2.0.192.in-addr.arpa.", "xn--mnchen-3ya.example."}
	for _, name := range names {
		create(t, p, name)
	}
	var many []state.Name
	for i := range 50 {
		many = append(many, state.Name("absent"+string(rune('a'+i%26))+string(rune('a'+i/26))+".example."))
	}
	for _, want := range [][]state.Name{names, append(many, names...), nil} {
		found, err := p.Zones(t.Context(), want)
		if err != nil {
			t.Fatal(err)
		}
		got := slices.SortedFunc(maps.Keys(found), state.Name.Compare)
		slices.SortFunc(names, state.Name.Compare)
		if !slices.Equal(got, names) {
			t.Errorf("Zones of %d names found %v, want %v", len(want), got, names)
		}
		for _, name := range got {
			if at := read(t, found[name]); at.Zone.Name != name {
				t.Errorf("Read of %s returns %s", name, at.Zone.Name)
			}
		}
	}
}
