package apply

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/zoneloom/zoneloom/plan"
	"github.com/zoneloom/zoneloom/state"
)

// Errors that callers branch on.
var (
	// ErrStopped is why changes weren't sent after the run was asked to stop.
	ErrStopped = errors.New("stopped as asked")
	// ErrMoved is why a zone was left alone after its writing had begun.
	ErrMoved = errors.New("somebody else changed the zone meanwhile")
)

// Error is what went wrong with one zone, or with a provider as a whole where
// Zone is empty.
type Error struct {
	Zone     state.Name
	Provider string
	Err      error
}

// Error says of each line which zone it is about; lines that tell more of the one
// before begin with two blanks.
func (e *Error) Error() string {
	if e.Zone == "" {
		return fmt.Sprintf("provider %s: %v", e.Provider, e.Err)
	}
	lines := strings.Split(e.Err.Error(), "\n")
	for i, line := range lines {
		if !strings.HasPrefix(line, "  ") {
			lines[i] = fmt.Sprintf("zone %s: %s: %s", e.Zone, e.Provider, withoutZone(e.Zone, line))
		}
	}
	return strings.Join(lines, "\n")
}

// withoutZone returns what a provider says of a zone without the zone's name.
func withoutZone(zone state.Name, text string) string {
	return strings.TrimPrefix(text, fmt.Sprintf("zone %s: ", zone))
}

func (e *Error) Unwrap() error { return e.Err }

// Problem is a problem with one target.
type Problem struct {
	Zone     state.Name
	Provider string
	state.Problem
}

// ProblemsError holds problems of which at least one is an error, so that
// nothing can be planned.
type ProblemsError struct{ Problems []Problem }

func (e *ProblemsError) Error() string {
	var lines []string
	for _, p := range e.Problems {
		if p.Severity == state.SeverityError {
			lines = append(lines, fmt.Sprintf("%s: %s", p.Key, p.Text))
		}
	}
	return strings.Join(lines, "\n")
}

// Refused is why a plan wasn't applied, though nothing failed. Nothing was
// written.
type Refused struct {
	Refusals []plan.Refusal // guards that nobody lifted, and policies
	Moved    []Moved        // what isn't as the plan saw it
	Declined bool           // the answer was no
	Held     []LockState    // locks that others hold
	// Reviewed is the id of the plan that was to be applied, and PlanID that of
	// this one, where they aren't the same.
	Reviewed, PlanID string
}

// Error says all of it, each thing in a line of its own; lines that tell more of
// the one before begin with two blanks.
func (r *Refused) Error() string {
	var lines []string
	if r.Reviewed != "" {
		lines = append(lines, fmt.Sprintf("the plan is %s, not %s, which was reviewed", r.PlanID, r.Reviewed))
	}
	for _, g := range r.Refusals {
		by := "guard " + g.Guard
		if name, isPolicy := g.Policy(); isPolicy {
			by = "policy " + name
		}
		lines = append(lines, oneLine(fmt.Sprintf("zone %s: %s: %s", r.at(g), by, g.Text)))
	}
	for _, m := range r.Moved {
		lines = append(lines, m.String())
	}
	for _, h := range r.Held {
		lines = append(lines, HeldText(h))
	}
	if r.Declined {
		lines = append(lines, "the answer was no")
	}
	return "nothing was written: " + strings.Join(lines, "\n")
}

// at names the zone that g is about, and the provider where others are about the
// same zone elsewhere.
func (r *Refused) at(g plan.Refusal) string {
	elsewhere := func(other plan.Refusal) bool { return other.Zone == g.Zone && other.Provider != g.Provider }
	if slices.ContainsFunc(r.Refusals, elsewhere) {
		return fmt.Sprintf("%s at %s", g.Zone, g.Provider)
	}
	return string(g.Zone)
}
