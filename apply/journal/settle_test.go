package journal_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneloom/zoneloom/apply/journal"
	"github.com/zoneloom/zoneloom/state"
)

// TestSettled is about a run R over two zones that was stopped in both, and what
// came after it.
func TestSettled(t *testing.T) {
	ended := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	zone := func(name state.Name, complete bool, fates ...journal.Fate) journal.Zone {
		return journal.Zone{Name: name, Provider: "cloudflare", Complete: complete, Fates: fates}
	}
	run := func(id string, zones ...journal.Zone) *journal.Run {
		return &journal.Run{Head: journal.Head{ID: id}, Ended: ended, Zones: zones}
	}
	undo := func(r *journal.Run) *journal.Run { r.Undoes = "R"; return r }
	resume := func(r *journal.Run) *journal.Run { r.Resumes = "R"; return r }
	stopped := run("R", zone("a.example.", false, journal.Made), zone("b.example.", false, journal.Unknown), zone("idle.example.", false))
	stopped.Ended = time.Time{}
	a, b := zone("a.example.", true, journal.Made), zone("b.example.", true, journal.Made)

	for _, tt := range []struct {
		name            string
		later           *journal.Run
		settled, undone bool
	}{
		{"nothing", nil, false, false},
		{"an undo of all of it", undo(run("U", a, b)), true, true},
		{"an undo of one zone", undo(run("U", a)), false, false},
		{"an undo that wasn't made in one zone", undo(run("U", a, zone("b.example.", false, journal.NotMade))), false, false},
		{"an undo that had nothing to do in one zone", undo(run("U", a, zone("b.example.", true))), true, true},
		{"a resumption", resume(run("S", a, b)), true, false},
		{"another plan that was brought to its end in both zones", run("P", a, b), true, false},
		{"another plan for one zone", run("P", a), false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			runs := []*journal.Run{stopped}
			if tt.later != nil {
				runs = []*journal.Run{tt.later, stopped}
			}
			var ids []string
			for _, r := range journal.Unsettled(runs, nil) {
				ids = append(ids, r.ID)
			}
			want := []string{"R"}
			if tt.settled {
				want = nil
			}
			if diff := cmp.Diff(want, ids); diff != "" {
				t.Errorf("Unsettled (-want +got):\n%s", diff)
			}
			if by := journal.UndoneBy(runs, stopped); (by != "") != tt.undone {
				t.Errorf("UndoneBy: %q", by)
			}
		})
	}
}
