package plan

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/zoneloom/zoneloom/state"
)

// Input is everything that the plan of one zone at one provider depends on.
type Input struct {
	Provider string      // the configuration's name for the provider
	Target   string      // the provider's type and the service's id: "cloudflare:023e..."; with Create, of where it would be created
	Want     *state.Zone // as the service would store it
	Live     *state.Zone // as read; with Create, an empty zone or nil
	Create   bool        // the zone doesn't exist yet and is to be created
	Rules    state.Rules
	OwnNS    []state.Name // the service's own name servers at the apex: never deleted, never created
	// BatchLimit is how many operations on records one request of the service
	// takes; 0 says that no limit is known.
	BatchLimit int
	// Written reports whether an attribute is written on the record itself, as
	// opposed to inherited from a default. A nil Written says that all are.
	Written func(src state.Src, key string) bool
}

func (in *Input) written(src state.Src, key string) bool {
	return in.Written == nil || in.Written(src, key)
}

// Plan is what is to be done to a number of zones.
type Plan struct {
	Zones []Zone // sorted by name, then provider
}

// Zone is what is to be done to one zone at one provider.
type Zone struct {
	Name     state.Name
	Provider string
	Target   string
	Create   bool
	Read     int // RRsets read
	// Records left alone: matched by an ignore pattern, held by the service for
	// itself, or spared because nobody declared them.
	Ignored, ReadOnly, Undeclared int
	// Ignore and OwnNS are those of the Input, so that a later read can be
	// looked at in the same way.
	Ignore []state.Pattern
	OwnNS  []state.Name

	Changes  []state.Change  // in the order to make them, each name's together
	Risks    []Risk          // of each of Changes; empty where nobody judged
	Origins  []Origin        // one for each change, where Trace has told them; no part of the ID
	Refusals []Refusal       // the guards that object
	Allowed  []Refusal       // the guards that would object without leave
	Remarks  []state.Problem // what rules of the owner's own say without standing in the way; no part of the ID
	Notices  []string        // what else a reviewer should know, a sentence each without its full stop
}

// Summary counts a plan's changes in RRsets.
type Summary struct {
	Create, Update, Delete int
	Zones                  int // with anything to do
}

// Make plans each of inputs by itself. Equal inputs, in any order, make equal
// plans. The problems are what the zones as read add to those found offline, in
// the order of the zones; one of SeverityError says that the plan must not be
// applied.
func Make(inputs []Input) (*Plan, []state.Problem) {
	inputs = slices.Clone(inputs)
	slices.SortStableFunc(inputs, func(a, b Input) int {
		return cmp.Or(a.Want.Name.Compare(b.Want.Name), cmp.Compare(a.Provider, b.Provider))
	})
	p := &Plan{Zones: make([]Zone, 0, len(inputs))}
	problems := twins(inputs)
	for i := range inputs {
		z, found := makeZone(&inputs[i])
		p.Zones = append(p.Zones, z)
		problems = append(problems, found...)
	}
	lives := map[*Zone]*state.Zone{}
	for i := range inputs {
		lives[&p.Zones[i]] = inputs[i].Live
	}
	p.Assess(func(z *Zone) *state.Zone { return lives[z] })
	return p, problems
}

// twins notes where two providers lead to one zone that exists: each would undo,
// or repeat, what the other does.
func twins(inputs []Input) []state.Problem {
	var problems []state.Problem
	for i := range inputs {
		for j := i - 1; j >= 0 && inputs[j].Want.Name == inputs[i].Want.Name; j-- {
			if inputs[j].Target == inputs[i].Target && !inputs[i].Create {
				problems = append(problems, state.Problem{
					Key:  state.Key{Name: inputs[i].Want.Name},
					Text: fmt.Sprintf("the providers %s and %s lead to the same zone, %s", inputs[j].Provider, inputs[i].Provider, inputs[i].Target),
					Hint: "name one of them for the zone",
				})
				break
			}
		}
	}
	return problems
}

func makeZone(in *Input) (Zone, []state.Problem) {
	live := in.Live
	if live == nil {
		live = &state.Zone{Name: in.Want.Name}
	}
	d := differ{own: newOwner(in)}
	d.walk(live, in.Want)
	z := Zone{
		Name: in.Want.Name, Provider: in.Provider, Target: in.Target, Create: in.Create,
		Read: len(live.RRsets), Ignored: d.ignored, ReadOnly: d.readOnly, Undeclared: d.undeclared,
		Ignore: in.Rules.Ignore, OwnNS: in.OwnNS,
		Changes: order(live, d.changes),
	}
	z.Refusals = guard(&review{in: in, live: live, zone: &z, ours: d.ours})
	z.Notices = oversized(z.Changes, in)
	return z, d.own.problems
}

// oversized names the names that one request can't hold.
func oversized(changes []state.Change, in *Input) []string {
	if in.BatchLimit == 0 {
		return nil
	}
	var notices []string
	for group := range groups(changes) {
		ops := 0
		for _, c := range group {
			deletes, updates, creates := c.Ops()
			ops += len(deletes) + len(updates) + len(creates)
		}
		if ops > in.BatchLimit {
			notices = append(notices, fmt.Sprintf("the %d operations at %s exceed the service's limit of %d for one request: they are split over several, and not made at once",
				ops, group[0].Name, in.BatchLimit))
		}
	}
	return notices
}

// Summary counts what p does.
func (p *Plan) Summary() Summary {
	var s Summary
	for i := range p.Zones {
		if !p.Zones[i].Empty() {
			s.Zones++
		}
		for _, c := range p.Zones[i].Changes {
			switch c.Action() {
			case state.Create:
				s.Create++
			case state.Update:
				s.Update++
			case state.Delete:
				s.Delete++
			case state.NoOp:
			}
		}
	}
	return s
}

// Empty reports whether there is nothing to do.
func (p *Plan) Empty() bool {
	return !slices.ContainsFunc(p.Zones, func(z Zone) bool { return !z.Empty() })
}

// Refusals returns the objections of all zones, in their order.
func (p *Plan) Refusals() []Refusal {
	var all []Refusal
	for i := range p.Zones {
		all = append(all, p.Zones[i].Refusals...)
	}
	return all
}

// Empty reports whether there is nothing to do in z.
func (z *Zone) Empty() bool { return !z.Create && len(z.Changes) == 0 }
