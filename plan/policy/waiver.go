package policy

import (
	"fmt"
	"time"

	"github.com/zoneloom/zoneloom/state"
)

// endsSoon is how long ahead the end of a waiver is said.
const endsSoon = 14 * 24 * time.Hour

// Lapsed returns a warning for each waiver that holds no more, and a notice for
// each that soon won't.
func Lapsed(policies []state.Policy, now time.Time) []Fault {
	var remarks []Fault
	for i := range policies {
		p := &policies[i]
		for n := range p.Waivers {
			w := &p.Waivers[n]
			day := w.Until.Format(time.DateOnly)
			f := Fault{Policy: p.Name, Src: w.Src}
			switch {
			case w.IsOver(now):
				f.Severity, f.Text, f.Hint = state.SeverityWarning, fmt.Sprintf("the waiver of %s held until %s and has no effect any more", w.Owner, day), "renew it, or remove it"
			case w.IsOver(now.Add(endsSoon)):
				f.Severity, f.Text = state.SeverityNotice, fmt.Sprintf("the waiver of %s holds until %s only", w.Owner, day)
			default:
				continue
			}
			remarks = append(remarks, f)
		}
	}
	return remarks
}
