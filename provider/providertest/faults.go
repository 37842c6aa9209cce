package providertest

import (
	"errors"
	"slices"
	"sync"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneloom/zoneloom/provider"
	"github.com/zoneloom/zoneloom/state"
)

func testMissing(s *subject) {
	missing := state.Name("zoneloom-missing.example.")
	found, err := s.Provider.Zones(s.t.Context(), []state.Name{missing, s.Zone})
	if err != nil {
		s.t.Fatalf("Zones: %v", err)
	}
	if found[missing] != nil || found[s.Zone] == nil {
		s.t.Errorf("Zones found %v", found)
	}
	if _, listed := found[missing]; listed {
		s.t.Error("Zones lists a missing zone as nil")
	}
}

func testAllZones(s *subject) {
	found, err := s.Provider.Zones(s.t.Context(), nil)
	if err != nil || found[s.Zone] == nil {
		s.t.Fatalf("Zones(nil) = %v, %v; want %s among them", found, err, s.Zone)
	}
	if diff := cmp.Diff(s.zone.Info(), found[s.Zone].Info()); diff != "" {
		s.t.Errorf("Info differs by how the zone was found (-by name +in the list):\n%s", diff)
	}
	if info := s.zone.Info(); info.Name != s.Zone || info.Kind == "" || info.ID == "" {
		s.t.Errorf("Info lacks the zone's name, kind or id: %+v", info)
	}
}

func testCancelled(s *subject) {
	snap := s.read()
	if _, err := s.zone.Read(s.cancelled()); err == nil {
		s.t.Error("Read of a cancelled context succeeded")
	}
	if _, err := s.Provider.Zones(s.cancelled(), []state.Name{s.Zone}); err == nil {
		s.t.Error("Zones of a cancelled context succeeded")
	}
	r := &recorder{changes: s.plan(s.t, snap.Zone, s.content(s.set("www", state.A, "192.0.2.1")))}
	if err := s.zone.Write(s.cancelled(), snap, r.changes, r); err == nil {
		s.t.Error("Write of a cancelled context succeeded")
	}
	r.check()
	if len(r.faults) > 0 {
		s.t.Errorf("the Recorder was misled: %q", r.faults)
	}
	s.holds(s.t, snap.Zone)
}

var errNo = errors.New("the journal is full")

func testNo(s *subject) {
	snap := s.read()
	r := &recorder{no: func(provider.Request) error { return errNo }}
	r.changes = s.plan(s.t, snap.Zone, s.content(s.set("www", state.A, "192.0.2.1")))
	if err := s.zone.Write(s.t.Context(), snap, r.changes, r); !errors.Is(err, errNo) {
		s.t.Errorf("Write = %v, want the Recorder's error", err)
	}
	r.check()
	if len(r.results) > 0 || len(r.faults) > 0 {
		s.t.Errorf("the Recorder was told of %v; %q", r.results, r.faults)
	}
	s.holds(s.t, snap.Zone)
}

func testNoLater(s *subject) {
	snap := s.read()
	r := &recorder{limit: s.zone.Info().BatchLimit}
	r.no = func(req provider.Request) error {
		if req.N > 1 {
			return errNo
		}
		return nil
	}
	var sets []state.RRset
	for i := range 2*r.limit + 1 {
		sets = append(sets, s.set("host"+string(rune('a'+i%26))+string(rune('a'+i/26%26))+string(rune('a'+i/676)), state.A, "192.0.2.1"))
	}
	r.changes = s.plan(s.t, snap.Zone, s.content(sets...))
	if err := s.zone.Write(s.t.Context(), snap, r.changes, r); !errors.Is(err, errNo) {
		s.t.Errorf("Write = %v, want the Recorder's error", err)
	}
	r.check()
	if len(r.requests) != 1 || len(r.faults) > 0 {
		s.t.Fatalf("%d requests were sent, want 1; %q", len(r.requests), r.faults)
	}
	var made []state.Change
	for _, i := range r.requests[0].Changes {
		made = append(made, r.changes[i])
	}
	s.holds(s.t, result(snap.Zone, made))
}

// testDeletedMeanwhile writes over what isn't there any more. The service may
// refuse or do its best, but the Recorder must not hear that a change was made
// which a new read doesn't show.
func testDeletedMeanwhile(s *subject) {
	s.write(s.t, s.content(s.set("www", state.A, "192.0.2.1", "192.0.2.2")))
	snap := s.read()
	s.write(s.t, s.content(s.set("www", state.A, "192.0.2.2")))
	want := s.set("www", state.A, "192.0.2.2", "192.0.2.9")
	r := &recorder{changes: s.plan(s.t, snap.Zone, s.content(want))}
	err := s.zone.Write(s.t.Context(), snap, r.changes, r)
	r.check()
	if len(r.faults) > 0 {
		s.t.Errorf("the Recorder was misled: %q", r.faults)
	}
	if err == nil {
		s.holds(s.t, result(snap.Zone, r.changes))
	}
	for i, results := range r.results {
		if err != nil && slices.Contains(results, provider.Made) {
			s.t.Errorf("Write = %v, but %s was made", err, r.changes[i].Key)
		}
	}
}

// testSideBySide is for the race detector.
func testSideBySide(s *subject) {
	s.seed(s.content(s.set("www", state.A, "192.0.2.1")))
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			found, err := s.Provider.Zones(s.t.Context(), []state.Name{s.Zone})
			if err != nil || found[s.Zone] == nil {
				s.t.Errorf("Zones = %v, %v", found, err)
				return
			}
			if snap, err := found[s.Zone].Read(s.t.Context()); err != nil || snap.Zone.Len() == 0 {
				s.t.Errorf("Read = %v, %v", snap, err)
			}
		})
	}
	wg.Wait()
}

func testReadOnly(s *subject) {
	set := s.set("www", state.A, "192.0.2.1", "192.0.2.2")
	set.Records[0].Kept = state.ReadOnly
	s.Seed(s.t, s.content(set))
	live := s.read().Zone.Find(set.Key)
	if live == nil || len(live.Records) != 2 || live.Records[0].Kept != state.ReadOnly || live.Records[1].Kept != state.Ours {
		s.t.Fatalf("Read returns %+v", live)
	}
	for _, want := range []*state.Zone{
		s.content(s.set("www", state.A, "192.0.2.3")), s.content(s.set("www", state.A, "192.0.2.1")), s.content(),
	} {
		snap := s.read()
		r := &recorder{changes: s.plan(s.t, snap.Zone, want)}
		if err := s.zone.Write(s.t.Context(), snap, r.changes, r); err != nil {
			s.t.Fatalf("Write: %v", err)
		}
		at := slices.IndexFunc(s.read().Zone.At(set.Name), func(set state.RRset) bool { return set.Type == state.A })
		if at < 0 || s.read().Zone.At(set.Name)[at].Records[0].Data != "192.0.2.1" {
			s.t.Fatalf("the read-only record is gone after %v was written", want.RRsets)
		}
	}
}

func testDuplicates(s *subject) {
	set := s.set("twice", state.TXT, `"same"`, `"same"`, `"other"`)
	s.Seed(s.t, s.content(set))
	if live := s.read().Zone.Find(set.Key); live == nil || len(live.Records) != 3 {
		s.t.Fatalf("Read returns %+v, want both of the equal records", live)
	}
	want := s.set("twice", state.TXT, `"same"`, `"other"`)
	if r := s.write(s.t, s.content(want)); r.ops() != 1 {
		s.t.Errorf("%d operations, want one delete", r.ops())
	}
}

func testCreate(s *subject) {
	creator, _ := s.Provider.(provider.Creator) // canCreate says so
	if target, err := creator.Target(s.t.Context()); err != nil || target == "" {
		s.t.Errorf("Target = %q, %v", target, err)
	}
	if _, err := creator.Create(s.t.Context(), s.Zone, provider.Spec{}); !errors.Is(err, provider.ErrExists) {
		s.t.Errorf("Create of a zone that exists = %v, want ErrExists", err)
	}
	zone, err := creator.Create(s.t.Context(), s.Absent, provider.Spec{})
	if err != nil {
		s.t.Fatalf("Create: %v", err)
	}
	if diff := cmp.Diff(zone.Info(), s.find(s.Absent).Info()); diff != "" {
		s.t.Errorf("Info differs by how the zone was got (-created +found):\n%s", diff)
	}
	s.Zone, s.zone = s.Absent, zone
	testEmpty(s)
	s.write(s.t, s.content(s.set("@", state.A, "192.0.2.1")))
}
