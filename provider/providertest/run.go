package providertest

import (
	"context"
	"maps"
	"slices"
	"sort"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneloom/zoneloom/plan"
	"github.com/zoneloom/zoneloom/provider"
	"github.com/zoneloom/zoneloom/state"
)

// Subject is a provider to be examined.
type Subject struct {
	Provider provider.Provider
	Zone     state.Name // exists, holds nothing of the user's, and is the test's alone
	// Seed makes the zone hold exactly what z holds, by another way than Write;
	// nil: the suite writes it.
	Seed func(t *testing.T, z *state.Zone)
	// Absent is a zone that doesn't exist and that may be created, where the
	// provider can; "" is none.
	Absent state.Name
	// ReadOnly says that Seed can seed read-only records.
	ReadOnly bool
	// Duplicates says that Seed can seed records of equal data.
	Duplicates bool
}

// Run holds a provider to the contract of package provider. open returns a new
// subject for each test; Info.Types and Info.Attrs say what the tests use.
func Run(t *testing.T, open func(t *testing.T) Subject) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := &subject{Subject: open(t), t: t}
			s.zone = s.find(s.Zone)
			if c.needs == nil || c.needs(s) {
				c.run(s)
			}
		})
	}
}

// testCase is one sentence of the contract.
type testCase struct {
	name  string
	needs func(*subject) bool // nil: every subject has what it needs
	run   func(*subject)
}

var cases = []testCase{
	{"a zone without records reads as empty", nil, testEmpty},
	{"several values", nil, testSeveral},
	{"long and odd text", nil, testText},
	{"apex, wildcard, underscore and IDN names", nil, testNames},
	{"every type", nil, testTypes},
	{"delete one of two", nil, testDeleteOne},
	{"only the TTL changes", nil, testTTL},
	{"swapped MX preferences", nil, testSwap},
	{"A becomes CNAME and back", nil, testCNAME},
	{"attributes nobody declared are kept", hasComment, testAttrs},
	{"an attribute declared empty is removed", hasComment, testAttrRemoved},
	{"a second write with the same snapshot", nil, testSecondWrite},
	{"ten thousand records", nil, testMany},
	{"a name over the limit", isLimited, testHugeName},
	{"a missing zone", nil, testMissing},
	{"all zones", nil, testAllZones},
	{"a cancelled context", nil, testCancelled},
	{"a recorder that says no", nil, testNo},
	{"a recorder that says no to the second request", isLimited, testNoLater},
	{"a record that somebody else deleted", nil, testDeletedMeanwhile},
	{"several calls at once", nil, testSideBySide},
	{"read-only records stay", func(s *subject) bool { return s.ReadOnly && s.Seed != nil }, testReadOnly},
	{"equal data twice", func(s *subject) bool { return s.Duplicates && s.Seed != nil }, testDuplicates},
	{"a zone is created", canCreate, testCreate},
	{"Diff(a, b) written to a gives b", nil, testLaw},
}

// subject is a Subject under one test.
type subject struct {
	Subject
	t    *testing.T
	zone provider.Zone
}

// find looks a zone up that must be there.
func (s *subject) find(name state.Name) provider.Zone {
	s.t.Helper()
	found, err := s.Provider.Zones(s.t.Context(), []state.Name{name})
	if err != nil || found[name] == nil {
		s.t.Fatalf("Zones(%s) = %v, %v; want the zone", name, found, err)
	}
	return found[name]
}

// read reads the zone.
func (s *subject) read() *provider.Snapshot {
	s.t.Helper()
	snap, err := s.zone.Read(s.t.Context())
	if err != nil {
		s.t.Fatalf("Read: %v", err)
	}
	return snap
}

// fatalf fails a test, or a draw of a property test.
type fatalf interface {
	Helper()
	Fatalf(format string, args ...any)
}

// stored returns what the provider would keep of z, which it must be able to
// hold.
func (s *subject) stored(t fatalf, z *state.Zone) *state.Zone {
	t.Helper()
	kept, problems := s.check(z)
	for _, p := range problems {
		if p.Severity == state.SeverityError {
			t.Fatalf("Check refuses %s %s: %s", p.Key, p.Data, p.Text)
		}
	}
	return kept
}

func (s *subject) check(z *state.Zone) (*state.Zone, []state.Problem) {
	checker, ok := s.Provider.(provider.Checker)
	if !ok {
		return z, nil
	}
	info := s.zone.Info()
	return checker.Check(z, &info)
}

// refuses says whether the service couldn't hold z.
func (s *subject) refuses(z *state.Zone) bool {
	_, problems := s.check(z)
	return slices.ContainsFunc(problems, func(p state.Problem) bool { return p.Severity == state.SeverityError })
}

// plan returns what turns live into want, nothing spared but what the service
// holds for itself.
func (s *subject) plan(t fatalf, live, want *state.Zone) []state.Change {
	t.Helper()
	p, problems := plan.Make([]plan.Input{{
		Provider: "subject", Want: want, Live: live, Rules: state.Rules{Prune: true}, OwnNS: s.zone.Info().OwnNS,
	}})
	for _, problem := range problems {
		t.Fatalf("plan: %s: %s", problem.Key, problem.Text)
	}
	return p.Zones[0].Changes
}

// write turns what is there into want and returns the requests that it took.
func (s *subject) write(t fatalf, want *state.Zone) *recorder {
	t.Helper()
	want = s.stored(t, want)
	snap, err := s.zone.Read(s.t.Context())
	if err != nil {
		t.Fatalf("Read: %v", err)
	}
	r := &recorder{changes: s.plan(t, snap.Zone, want), limit: s.zone.Info().BatchLimit}
	if err := s.zone.Write(s.t.Context(), snap, r.changes, r); err != nil {
		t.Fatalf("Write: %v", err)
	}
	r.finish(t)
	after := s.read().Zone
	same(t, result(snap.Zone, r.changes), after)
	if changes := s.plan(t, after, want); len(changes) > 0 {
		c := changes[0]
		t.Fatalf("after the write the plan isn't empty: %s: %v -> %v", c.Key, c.Before, c.After)
	}
	return r
}

// holds fails the test unless the zone holds exactly what want does.
func (s *subject) holds(t fatalf, want *state.Zone) {
	t.Helper()
	same(t, want, s.read().Zone)
}

// same fails the test unless the zone as read is as wanted.
func same(t fatalf, want, live *state.Zone) {
	t.Helper()
	wanted, got := plain(want), plain(live)
	if maps.EqualFunc(wanted, got, slices.Equal) { // which is quicker to find than no difference
		return
	}
	if diff := cmp.Diff(wanted, got); diff != "" {
		t.Fatalf("the zone isn't as wanted (-want +got):\n%s", diff)
	}
}

// result returns what live becomes by the changes.
func result(live *state.Zone, changes []state.Change) *state.Zone {
	sets := map[state.Key]*state.RRset{}
	for i := range live.RRsets {
		sets[live.RRsets[i].Key] = &live.RRsets[i]
	}
	for _, c := range changes {
		sets[c.Key] = c.After
	}
	var entries []state.Entry
	for k, set := range sets {
		if set == nil {
			continue
		}
		for _, r := range set.Records {
			entries = append(entries, state.Entry{Key: k, Record: r})
		}
	}
	return state.NewZone(live.Name, entries)
}

// plain lists the records of z by key in a form that is the same however a
// service cuts texts.
func plain(z *state.Zone) map[string][]string {
	list := map[string][]string{}
	for _, set := range z.RRsets {
		if set.Type == state.SOA {
			continue // its serial moves with each write
		}
		for _, r := range set.Records {
			list[set.Key.String()] = append(list[set.Key.String()], plainRecord(set.Type, r))
		}
		sort.Strings(list[set.Key.String()])
	}
	return list
}

// seed makes the zone hold z, which becomes its starting point.
func (s *subject) seed(z *state.Zone) {
	s.t.Helper()
	if s.Seed == nil {
		s.write(s.t, z)
		return
	}
	s.Seed(s.t, z)
}

// cancelled returns a context that is over.
func (s *subject) cancelled() context.Context {
	ctx, cancel := context.WithCancel(s.t.Context())
	cancel()
	return ctx
}
