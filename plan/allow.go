package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zoneloom/zoneloom/state"
)

// Allowance is leave to do what a guard objects to in a zone.
type Allowance struct {
	Zone     state.Name
	Provider string // at which alone it may be done; "": at all that have the zone
	Guard    string
}

// ParseAllowance parses ZONE:GUARD, such as "example.com:delete-many", and
// ZONE@PROVIDER:GUARD.
func ParseAllowance(s string) (Allowance, error) {
	place, guard, found := s, "", false
	if i := strings.LastIndexByte(s, ':'); i >= 0 {
		place, guard, found = s[:i], s[i+1:], true
	}
	zone, provider, one := strings.Cut(place, "@")
	if !found || zone == "" || one && provider == "" {
		return Allowance{}, fmt.Errorf("%q allows nothing: write ZONE:GUARD, such as example.com:%s, or ZONE@PROVIDER:GUARD", s, GuardDeleteMany)
	}
	if _, name, isPolicy := strings.Cut(s, ":"+PolicyPrefix); isPolicy {
		return Allowance{}, fmt.Errorf("a policy isn't lifted for a run: only a waiver of %s, in the configuration, lets pass what it denies", name)
	}
	if known := append(GuardNames(), GuardMaxRisk); !slices.Contains(known, guard) {
		return Allowance{}, fmt.Errorf("%q is not a guard: there are %s", guard, strings.Join(known, ", "))
	}
	name, err := state.ParseName(zone, ".")
	if err != nil {
		return Allowance{}, fmt.Errorf("allow %s: %w", s, err)
	}
	return Allowance{Zone: name, Provider: provider, Guard: guard}, nil
}

// String returns what ParseAllowance parses.
func (a Allowance) String() string {
	place := strings.TrimSuffix(string(a.Zone), ".")
	if a.Provider != "" {
		place += "@" + a.Provider
	}
	return place + ":" + a.Guard
}

// Lifts reports whether a lets pass what r refuses.
func (a Allowance) Lifts(r Refusal) bool {
	return r.isLiftable() && a.Zone == r.Zone && a.Guard == r.Guard && (a.Provider == "" || a.Provider == r.Provider)
}

// IsGuard reports whether r is the objection of a guard, which an Allowance
// lifts. What another rule refuses, that rule alone can let pass.
func (r Refusal) IsGuard() bool { return slices.Contains(GuardNames(), r.Guard) }

// PolicyPrefix begins the name under which a policy refuses: "policy:no-friday".
const PolicyPrefix = "policy:"

// Policy returns the name of the policy whose objection r is, if it is one's.
func (r Refusal) Policy() (name string, isPolicy bool) {
	return strings.CutPrefix(r.Guard, PolicyPrefix)
}

// isLiftable reports whether an Allowance lifts r: a guard's, or of the risk that
// a run is held to.
func (r Refusal) isLiftable() bool { return r.IsGuard() || r.Guard == GuardMaxRisk }

// Allowance returns what lifts r, if it is a guard's, at all providers.
func (r Refusal) Allowance() Allowance { return Allowance{Zone: r.Zone, Guard: r.Guard} }

// Allow lifts the refusals that are allowed, and returns the allowances that no
// refusal needed.
func (p *Plan) Allow(allowed []Allowance) (unused []Allowance) {
	used := map[Allowance]bool{}
	for i := range p.Zones {
		z := &p.Zones[i]
		z.Refusals = slices.DeleteFunc(z.Refusals, func(r Refusal) bool {
			lifted := false
			for _, a := range allowed {
				if a.Lifts(r) {
					lifted, used[a] = true, true
				}
			}
			if lifted {
				z.Allowed = append(z.Allowed, r)
			}
			return lifted
		})
	}
	for _, a := range allowed {
		if !used[a] {
			unused = append(unused, a)
		}
	}
	return unused
}
