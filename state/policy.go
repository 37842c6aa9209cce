package state

import "time"

// Policy is a rule of the owner's own about what a plan does.
type Policy struct {
	Name    string
	When    string // an expression of CEL: where it is true, the policy objects
	Message string // a sentence without its full stop
	Level   PolicyLevel
	Waivers []Waiver
	Src     Src // of When
}

// Equal reports whether p and o judge alike, wherever they stand.
func (p *Policy) Equal(o *Policy) bool {
	if p.Name != o.Name || p.When != o.When || p.Message != o.Message || p.Level != o.Level || len(p.Waivers) != len(o.Waivers) {
		return false
	}
	for i, w := range p.Waivers {
		v := o.Waivers[i]
		if w.Src = v.Src; w != v {
			return false
		}
	}
	return true
}

// PolicyLevel says what an objection of a policy does.
type PolicyLevel string

// The levels of policies.
const (
	PolicyAdvise PolicyLevel = "advise" // it is a notice
	PolicyWarn   PolicyLevel = "warn"   // it is a warning
	PolicyDeny   PolicyLevel = "deny"   // the plan isn't applied
)

// PolicyLevels returns the levels, the mildest first.
func PolicyLevels() []PolicyLevel { return []PolicyLevel{PolicyAdvise, PolicyWarn, PolicyDeny} }

// Waiver is leave to do what a policy objects to, for some records and for a time.
type Waiver struct {
	Zone    string // a glob of names of zones without their final dot; "" for every zone
	Records Pattern
	Owner   string // who answers for it
	Reason  string
	Until   time.Time // the beginning of the last day on which it holds, in UTC
	Src     Src
}

// IsOver reports whether w holds no more at a time.
func (w *Waiver) IsOver(now time.Time) bool { return !now.Before(w.Until.AddDate(0, 0, 1)) }
