package journal_test

import (
	"strings"
	"testing"
	"time"

	"github.com/zoneloom/zoneloom/apply/journal"
	"github.com/zoneloom/zoneloom/state"
)

// TestSettled is about a run R over two zones that was stopped in both, or ended
// in part in one, and what came after it.
func TestSettled(t *testing.T) {
	ended := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	zone := func(name state.Name, complete bool, fates ...journal.Fate) journal.Zone {
		return journal.Zone{Name: name, Provider: "cloudflare", Complete: complete, Fates: fates}
	}
	run := func(id string, zones ...journal.Zone) *journal.Run {
		return &journal.Run{Head: journal.Head{ID: id}, Ended: ended, Zones: zones}
	}
	halted := func(r *journal.Run) *journal.Run { r.Ended = time.Time{}; return r }
	undo := func(r *journal.Run) *journal.Run { r.Undoes = "R"; return r }
	resume := func(r *journal.Run) *journal.Run { r.Resumes = "R"; return r }
	idle := zone("idle.example.", false)
	stopped := halted(run("R", zone("a.example.", false, journal.Made), zone("b.example.", false, journal.Unknown), idle))
	inPart := run("R", zone("a.example.", true, journal.Made), zone("b.example.", false, journal.NotMade), idle)
	a, b := zone("a.example.", true, journal.Made), zone("b.example.", true, journal.Made)

	for _, tt := range []struct {
		name   string
		was    *journal.Run
		later  *journal.Run
		open   string // the IDs of the runs whose work is open
		undone bool
	}{
		{"nothing", stopped, nil, "R", false},
		{"an undo of all of it", stopped, undo(run("U", a, b)), "", true},
		{"an undo of one zone", stopped, undo(run("U", a)), "R", false},
		{"an undo that wasn't made in one zone", stopped, undo(run("U", a, zone("b.example.", false, journal.NotMade))), "U R", false},
		{"an undo that was stopped", stopped, undo(halted(run("U", zone("a.example.", false, journal.Made)))), "U R", false},
		{"an undo that had nothing to do in one zone", stopped, undo(run("U", a, zone("b.example.", true))), "", true},
		{"a resumption", stopped, resume(run("S", a, b)), "", false},
		{"a resumption that was stopped", stopped, resume(halted(run("S", zone("a.example.", false, journal.Made)))), "S", false},
		{"a resumption that made nothing", stopped, resume(run("S", zone("a.example.", false, journal.NotMade))), "R", false},
		{"another plan that was brought to its end in both zones", stopped, run("P", a, b), "", false},
		{"another plan for one zone", stopped, run("P", a), "R", false},
		{"in part, and nothing", inPart, nil, "R", false},
		{"in part, and another plan for the zone that was complete", inPart, run("P", a), "R", false},
		{"in part, and another plan for the zone that wasn't", inPart, run("P", b), "", false},
		{"in part, and an undo", inPart, undo(run("U", a)), "", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			runs := []*journal.Run{tt.was}
			if tt.later != nil {
				runs = []*journal.Run{tt.later, tt.was}
			}
			var ids []string
			for _, r := range journal.Unsettled(runs, nil) {
				ids = append(ids, r.ID)
			}
			if open := strings.Join(ids, " "); open != tt.open {
				t.Errorf("Unsettled: %q, want %q", open, tt.open)
			}
			if by := journal.UndoneBy(runs, tt.was); (by != "") != tt.undone {
				t.Errorf("UndoneBy: %q", by)
			}
		})
	}
}

// An undo that was taken back took back nothing, until the run is undone anew.
func TestUndoOfUndo(t *testing.T) {
	run := func(id, undoes string) *journal.Run {
		return &journal.Run{
			Head: journal.Head{ID: id, Undoes: undoes}, Ended: time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC),
			Zones: []journal.Zone{{Name: "a.example.", Provider: "cloudflare", Complete: true, Fates: []journal.Fate{journal.Made}}},
		}
	}
	past, undo, again, anew := run("R", ""), run("U", "R"), run("V", "U"), run("W", "R")
	for _, tt := range []struct {
		runs []*journal.Run
		want string
	}{
		{[]*journal.Run{undo, past}, "U"},
		{[]*journal.Run{again, undo, past}, ""},
		{[]*journal.Run{anew, again, undo, past}, "W"},
		{[]*journal.Run{run("X", "W"), anew, again, undo, past}, ""},
		{[]*journal.Run{run("X", "V"), again, undo, past}, "U"},
	} {
		if by := journal.UndoneBy(tt.runs, past); by != tt.want {
			t.Errorf("%d runs: UndoneBy = %q, want %q", len(tt.runs), by, tt.want)
		}
	}
}
