package plan

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/zoneloom/zoneloom/state"
)

// RiskLevel says how much a change breaks, and for how many, if it is wrong.
type RiskLevel uint8

// The levels of risk, in order. Their names are stable.
const (
	RiskUnknown  RiskLevel = iota // nobody has judged
	RiskLow                       // adds something, or changes an ordinary answer for minutes
	RiskMedium                    // takes an ordinary answer away, or one that many depend on changes
	RiskHigh                      // mail, certificates, delegations or an origin are at stake
	RiskCritical                  // a zone, or all below a name, may go off the net
)

var riskNames = []string{"unknown", "low", "medium", "high", "critical"}

// RiskNames returns the names of the levels, lowest first.
func RiskNames() []string { return slices.Clone(riskNames[RiskLow:]) }

// String returns the level's name.
func (l RiskLevel) String() string { return riskNames[l] }

// ParseRiskLevel parses the name of a level.
func ParseRiskLevel(s string) (RiskLevel, error) {
	if i := slices.Index(riskNames, s); i >= int(RiskLow) {
		return RiskLevel(i), nil
	}
	return RiskUnknown, fmt.Errorf("%q is not a level of risk: there are %s", s, strings.Join(RiskNames(), ", "))
}

// Risk is how risky a change is, and why. Reasons are sentences without a full
// stop, the weightiest first.
type Risk struct {
	Level   RiskLevel
	Reasons []string
}

// GuardMaxRisk is the name under which a plan is refused that is riskier than its
// owner wants.
const GuardMaxRisk = "max-risk"

// RiskOf returns the risk of the i-th change of z; RiskUnknown where it wasn't
// judged.
func (z *Zone) RiskOf(i int) Risk {
	if i < len(z.Risks) {
		return z.Risks[i]
	}
	return Risk{}
}

// ByRisk returns the indexes of z's changes, the riskiest first; of those that
// are as risky as one another deletions come first, then updates.
func (z *Zone) ByRisk() []int {
	order := make([]int, len(z.Changes))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Or(
			cmp.Compare(z.RiskOf(b).Level, z.RiskOf(a).Level),
			cmp.Compare(z.Changes[b].Action(), z.Changes[a].Action()), // delete is the last action
		)
	})
	return order
}

// Risks counts the changes of p by level.
func (p *Plan) Risks() map[RiskLevel]int {
	counts := map[RiskLevel]int{}
	for i := range p.Zones {
		for n := range p.Zones[i].Changes {
			counts[p.Zones[i].RiskOf(n).Level]++
		}
	}
	return counts
}

// TooRisky returns a refusal for each zone with changes of a higher risk than
// most; it names the worst of them. RiskUnknown lets all pass.
func (p *Plan) TooRisky(most RiskLevel) []Refusal {
	var refusals []Refusal
	for i := range p.Zones {
		z := &p.Zones[i]
		over := 0
		for n := range z.Changes {
			if z.RiskOf(n).Level > most {
				over++
			}
		}
		if over == 0 || most == RiskUnknown {
			continue
		}
		worst := z.ByRisk()[0]
		c, risk := &z.Changes[worst], z.RiskOf(worst)
		text := fmt.Sprintf("to %s %s is of %s risk, above %s: %s", c.Action(), c.Key, risk.Level, most, risk.Reasons[0])
		if over > 1 {
			text += fmt.Sprintf(" (one of %d changes above it)", over)
		}
		refusals = append(refusals, Refusal{Zone: z.Name, Provider: z.Provider, Guard: GuardMaxRisk, Text: text})
	}
	return refusals
}

// Assess judges every change of p, and sets the Risks of its zones. live returns a
// zone as it was read, nil where there is none. What p's zones point at in one
// another is looked up in them; names in zones that p doesn't have aren't.
func (p *Plan) Assess(live func(z *Zone) *state.Zone) {
	a := &assessor{zones: map[state.Name][]*ground{}, alike: map[likeness]int{}}
	grounds := make([]*ground, len(p.Zones))
	for i := range p.Zones {
		z := &p.Zones[i]
		g := &ground{zone: z, live: live(z)}
		if g.live == nil {
			g.live = &state.Zone{Name: z.Name}
		}
		grounds[i] = g
		a.zones[z.Name] = append(a.zones[z.Name], g)
	}
	for _, g := range grounds {
		for i := range g.zone.Changes {
			if l, ok := likenessOf(&g.zone.Changes[i]); ok {
				a.alike[l]++
			}
		}
	}
	a.findPointers(grounds)
	for _, g := range grounds {
		g.zone.Risks = make([]Risk, len(g.zone.Changes))
		for i := range g.zone.Changes {
			j := judge{assessor: a, ground: g, c: &g.zone.Changes[i]}
			g.zone.Risks[i] = j.judge()
		}
	}
}

// ground is what the changes of one zone are judged by.
type ground struct {
	zone          *Zone
	live          *state.Zone
	before, after *view // made by views
}

// views returns the zone as read, and as it will be.
func (g *ground) views() (before, after *view) {
	if g.before == nil {
		g.before, g.after = views(g.live, g.zone.Changes)
	}
	return g.before, g.after
}

// assessor judges the changes of a plan.
type assessor struct {
	zones    map[state.Name][]*ground
	alike    map[likeness]int
	pointers map[state.Name]state.Key // of names that disappear: a set that points at it all the same
}

// findPointers looks for what will point at names that the plan takes away.
func (a *assessor) findPointers(grounds []*ground) {
	gone := map[state.Name]bool{}
	for _, g := range grounds {
		for changes := range groups(g.zone.Changes) {
			n := changes[0].Name
			if changes[len(changes)-1].Action() != state.Delete {
				continue
			}
			if _, after := g.views(); !answersFor(after, n) {
				gone[n] = true
			}
		}
	}
	if len(gone) == 0 {
		return
	}
	a.pointers = map[state.Name]state.Key{}
	look := func(s *state.RRset) {
		if !points(s.Type) {
			return
		}
		for _, r := range s.Records {
			for _, n := range state.DataNames(s.Type, r.Data) {
				if _, known := a.pointers[n]; gone[n] && !known {
					a.pointers[n] = s.Key
				}
			}
		}
	}
	for _, g := range grounds {
		changed := map[state.Key]bool{}
		for i := range g.zone.Changes {
			c := &g.zone.Changes[i]
			changed[c.Key] = true
			if c.After != nil {
				look(c.After)
			}
		}
		for i := range g.live.RRsets {
			if s := &g.live.RRsets[i]; !changed[s.Key] {
				look(s)
			}
		}
	}
}

// points reports whether records of t send those who ask on to another name.
func points(t state.Type) bool {
	switch t {
	case state.CNAME, state.ALIAS, state.MX, state.NS, state.SRV, "HTTPS", "SVCB":
		return true
	}
	return false
}

func answersFor(v *view, n state.Name) bool {
	owner, _ := v.source(n)
	return owner != ""
}

// isDangling reports whether n lies in a zone of the plan and won't have any
// records.
func (a *assessor) isDangling(n state.Name, provider string) bool {
	for zone := n; zone != "."; zone = zone.Parent() {
		grounds := a.zones[zone]
		if len(grounds) == 0 {
			continue
		}
		g := grounds[0]
		if i := slices.IndexFunc(grounds, func(g *ground) bool { return g.zone.Provider == provider }); i >= 0 {
			g = grounds[i]
		}
		_, after := g.views()
		return !answersFor(after, n)
	}
	return false
}

// likeness is what many changes may have in common.
type likeness struct {
	action state.Action
	typ    state.Type
	data   string
}

// likenessOf returns what data c brings, or takes away; none where it only adds.
func likenessOf(c *state.Change) (likeness, bool) {
	deletes, updates, creates := c.Ops()
	l := likeness{action: c.Action(), typ: c.Type}
	switch {
	case l.action == state.Delete && len(deletes) > 0:
		l.data = c.Before.Records[deletes[0]].Data
	case l.action != state.Update:
		return l, false
	case len(updates) > 0:
		p := updates[0]
		l.data = c.After.Records[p.After].Data
		return l, l.data != c.Before.Records[p.Before].Data
	case len(creates) > 0:
		l.data = c.After.Records[creates[0]].Data
	default:
		return l, false
	}
	return l, true
}
