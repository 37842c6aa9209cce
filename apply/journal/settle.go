package journal

import (
	"slices"

	"github.com/zoneloom/zoneloom/state"
)

// Unsettled returns those of runs, which are the newest first, that were stopped
// or ended in part, and whose work is open still: not each zone that they were to
// change has been brought to a plan, by themselves or by a later run, be it one
// that finishes them, that takes them back, or of another plan. A zone that kept
// says isn't kept any more doesn't count; a nil kept keeps all.
func Unsettled(runs []*Run, kept func(zone state.Name, provider string) bool) []*Run {
	var open []*Run
	for i, r := range runs {
		if o := r.Outcome(); (o == Stopped || o == InPart) && !r.settled(runs[:i], kept) {
			open = append(open, r)
		}
	}
	return open
}

// settled reports whether later runs have finished or taken back what r began, or
// one has at least made more of it: then that is the one to go on with.
func (r *Run) settled(later []*Run, kept func(state.Name, string) bool) bool {
	if UndoneBy(later, r) != "" || slices.ContainsFunc(later, func(l *Run) bool {
		return l.Resumes == r.ID && l.Outcome() != Failed
	}) {
		return true
	}
	for i := range r.Zones {
		z := &r.Zones[i]
		if !z.Busy() || z.Complete || kept != nil && !kept(z.Name, z.Provider) {
			continue
		}
		if !slices.ContainsFunc(later, func(l *Run) bool { return l.completes(z) }) {
			return false
		}
	}
	return true
}

// completes reports whether r brought z to its plan.
func (r *Run) completes(z *Zone) bool {
	own := r.Zone(z.Name, z.Provider)
	return own != nil && own.Complete
}

// UndoneBy returns the ID of the run among runs, which are the newest first, that
// took back past in all its zones and wasn't taken back itself, and "" where none
// did.
func UndoneBy(runs []*Run, past *Run) string {
	for i, r := range runs {
		if r.Undoes == past.ID && r.takesBack(past) && UndoneBy(runs[:i], r) == "" {
			return r.ID
		}
	}
	return ""
}

// takesBack reports whether r, which undoes past, did so in each zone in which
// past may have changed anything. One that the undo didn't look at, as it wasn't
// chosen, is as past left it.
func (r *Run) takesBack(past *Run) bool {
	return r.Outcome() == Complete && !slices.ContainsFunc(past.Zones, func(z Zone) bool {
		made, _, unknown := z.Count()
		return (made+unknown > 0 || z.Created != NotMade) && !r.completes(&z)
	})
}
