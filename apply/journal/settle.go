package journal

import (
	"slices"

	"github.com/zoneloom/zoneloom/state"
)

// Unsettled returns those of runs, which are the newest first, that were stopped
// and whose work nobody has finished or taken back since: no later run that is
// complete resumes or undoes it, and not each zone that it was to change has been
// brought to a plan by a later run. A zone that kept says isn't kept any more
// doesn't count; a nil kept keeps all.
func Unsettled(runs []*Run, kept func(zone state.Name, provider string) bool) []*Run {
	var stopped []*Run
	for i, r := range runs {
		if r.Outcome() == Stopped && !r.settled(runs[:i], kept) {
			stopped = append(stopped, r)
		}
	}
	return stopped
}

// settled reports whether later runs have finished or taken back what r began.
func (r *Run) settled(later []*Run, kept func(state.Name, string) bool) bool {
	for _, l := range later {
		if l.Outcome() == Complete && (l.Resumes == r.ID || l.Undoes == r.ID) {
			return true
		}
	}
	return !slices.ContainsFunc(r.Zones, func(z Zone) bool {
		return z.Busy() && (kept == nil || kept(z.Name, z.Provider)) &&
			!slices.ContainsFunc(later, func(l *Run) bool {
				done := l.Zone(z.Name, z.Provider)
				return done != nil && done.Complete
			})
	})
}

// UndoneBy returns the ID of the run among runs that took back the run of that
// ID, and "" where none did.
func UndoneBy(runs []*Run, id string) string {
	for _, r := range runs {
		if r.Undoes == id && r.Outcome() == Complete {
			return r.ID
		}
	}
	return ""
}
