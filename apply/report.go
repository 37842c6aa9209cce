package apply

import (
	"errors"

	"github.com/zoneloom/zoneloom/plan"
	"github.com/zoneloom/zoneloom/provider"
	"github.com/zoneloom/zoneloom/state"
)

// Report says what became of a run, zone by zone in the plan's order. Zones
// without a change aren't in it.
type Report struct {
	DryRun bool // nothing was to be written
	Zones  []ZoneReport
}

// ZoneReport says what became of one zone.
type ZoneReport struct {
	Zone     state.Name
	Provider string
	Target   string
	// Created says whether the zone was made; NotMade also where it wasn't to be.
	Created provider.Result
	// NameServers are those to set at the registrar of a zone that was created.
	NameServers []state.Name
	Changes     []ChangeReport // in the plan's order
	Requests    int            // write requests sent
	Verified    bool           // read again afterwards, and all that was made is there
	Differs     []plan.Moved   // what was made and isn't there
	Err         error          // an *Error; nil where all went well
}

// ChangeReport says what became of one change.
type ChangeReport struct {
	state.Change
	Already   bool // it was so before the run
	Result    provider.Result
	RequestID string   // the service's id for its last answer about it
	Codes     []string // the service's error codes in it, unless they are about another change
	Err       error    // why the service refused it, where it says so or the run kept going
	Record    string   // data of its record that the service refused, where that is known

	doubted bool // some request about it had no answer
	blamed  bool // the service holds it to be at fault
}

// Wrote reports whether anything was written or may have been.
func (r *Report) Wrote() bool {
	if r == nil {
		return false
	}
	for i := range r.Zones {
		if r.Zones[i].wrote() {
			return true
		}
	}
	return false
}

// Complete reports whether every zone is as planned now; of a dry run, whether
// it could go on.
func (r *Report) Complete() bool { return r.Err() == nil }

// Err joins the errors of the zones.
func (r *Report) Err() error {
	if r == nil {
		return nil
	}
	var errs []error
	for i := range r.Zones {
		errs = append(errs, r.Zones[i].Err)
	}
	return errors.Join(errs...)
}

// Count returns how many changes are made, surely not made, and perhaps made.
// Those that were so before the run are in none.
func (r *Report) Count() (made, notMade, unknown int) {
	if r == nil {
		return 0, 0, 0
	}
	for i := range r.Zones {
		for _, c := range r.Zones[i].Changes {
			switch {
			case c.Already:
			case c.Result == provider.Made:
				made++
			case c.Result == provider.Unknown:
				unknown++
			default:
				notMade++
			}
		}
	}
	return made, notMade, unknown
}

func (z *ZoneReport) wrote() bool {
	if z.Created != provider.NotMade {
		return true
	}
	for _, c := range z.Changes {
		if !c.Already && c.Result != provider.NotMade {
			return true
		}
	}
	return false
}
