// Package journaltest holds every journal.Store to one behaviour.
package journaltest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneloom/zoneloom/apply/journal"
)

// head is as much of a first line as a store may look at; text is the plan.
func head(id, text string) []byte {
	return fmt.Appendf(nil, `{"format_version":"1","id":%q,"plan_bytes":%d}`, id, len(text))
}

// Run tests the stores that open returns, which all lead to one journal that is
// empty at first.
func Run(t *testing.T, open func(t *testing.T) journal.Store) {
	t.Helper()
	for _, tt := range []struct {
		name string
		test func(t *testing.T, s, other journal.Store)
	}{
		{"nothing is there at first", empty},
		{"what was kept comes back", roundTrip},
		{"an ID is taken once", taken},
		{"many runs at once", concurrent},
	} {
		t.Run(tt.name, func(t *testing.T) { tt.test(t, open(t), open(t)) })
	}
}

func empty(t *testing.T, s, _ journal.Store) {
	t.Helper()
	if _, err := s.Load(t.Context(), "no-such-run"); !errors.Is(err, journal.ErrNoRun) {
		t.Errorf("Load of a run that isn't there: %v", err)
	}
	for _, id := range []string{"", "../x", `..\x`} {
		if _, err := s.Load(t.Context(), id); !errors.Is(err, journal.ErrNoRun) {
			t.Errorf("Load(%q): %v", id, err)
		}
	}
}

func begin(t *testing.T, s journal.Store, id, plan string) journal.Log {
	t.Helper()
	log, err := s.Begin(context.Background(), id, head(id, plan), []byte(plan))
	if err != nil {
		t.Fatal(err)
	}
	return log
}

func roundTrip(t *testing.T, s, other journal.Store) {
	t.Helper()
	const id, plan = "20261125T110300Z-000001", `{"plan": "ü \u0000 \\"}`
	log := begin(t, s, id, plan)
	want := journal.Record{ID: id, Head: head(id, plan), Live: true}
	check := func() {
		t.Helper()
		records, err := other.List(t.Context())
		i := slices.IndexFunc(records, func(r journal.Record) bool { return r.ID == id })
		if err != nil || i < 0 {
			t.Fatalf("List = %v, %v", records, err)
		}
		got := records[i]
		if got.Source == "" {
			t.Error("a record has no Source")
		}
		got.Source = ""
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("List (-want +got):\n%s", diff)
		}
		whole, err := other.Load(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if string(whole.Plan) != plan {
			t.Errorf("the plan is %s, want %s", whole.Plan, plan)
		}
		whole.Plan, whole.Source = nil, ""
		if diff := cmp.Diff(want, *whole); diff != "" {
			t.Errorf("Load (-want +got):\n%s", diff)
		}
	}
	check()
	for i := range 3 {
		line := fmt.Appendf(nil, `{"event":"%d"}`, i)
		if err := log.Append(line); err != nil {
			t.Fatal(err)
		}
		want.Events = append(want.Events, line)
		check()
	}
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	want.Live = false
	check()
	if err := log.Append([]byte(`{}`)); err == nil {
		t.Error("Append after Close went well")
	}
}

func taken(t *testing.T, s, other journal.Store) {
	t.Helper()
	const id = "20261125T110300Z-000002"
	log := begin(t, s, id, "{}")
	defer func() { _ = log.Close() }()
	if _, err := other.Begin(context.Background(), id, head(id, "[]"), []byte("[]")); !errors.Is(err, journal.ErrTaken) {
		t.Errorf("Begin with an ID that is taken: %v", err)
	}
	r, err := other.Load(t.Context(), id)
	if err != nil || string(r.Plan) != "{}" || !r.Live {
		t.Errorf("the first run's record is %v, %v", r, err)
	}
}

func concurrent(t *testing.T, s, other journal.Store) {
	t.Helper()
	const runs, events = 8, 10
	var all sync.WaitGroup
	for i := range runs {
		store := []journal.Store{s, other}[i%2]
		all.Go(func() {
			id := fmt.Sprintf("concurrent-%d", i)
			log, err := store.Begin(context.Background(), id, head(id, "{}"), []byte("{}"))
			if err != nil {
				t.Error(err)
				return
			}
			for range events {
				if err := log.Append([]byte("{}")); err != nil {
					t.Error(err)
				}
				if _, err := store.List(context.Background()); err != nil {
					t.Error(err)
				}
			}
			if err := log.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	records, err := s.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, r := range records {
		if len(r.ID) > 10 && r.ID[:10] == "concurrent" && !r.Live && len(r.Events) == events {
			found++
		}
	}
	if found != runs {
		t.Errorf("%d runs are whole, want %d", found, runs)
	}
}
