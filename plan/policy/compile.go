package policy

import (
	"fmt"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/cost"
	"cel.dev/cel-go/common/types/ref"

	"github.com/zoneloom/zoneloom/state"
)

// Set is policies that are ready to judge any number of plans.
type Set struct{ rules []*rule }

// rule is one policy, compiled.
type rule struct {
	state.Policy
	program cel.Program
	scope   scope
}

// scope says how often an expression is evaluated: it follows from the variables
// that it uses.
type scope uint8

const (
	perPlan scope = iota
	perZone
	perChange
)

// Fault is what is wrong with a policy, or a remark about one.
type Fault struct {
	Policy   string
	Src      state.Src // of the expression, or of a waiver
	Char     int       // which character of the expression it is about, from 0
	Severity state.Severity
	Text     string // a sentence without its full stop
	Hint     string // what to do, or ""
	// Word isn't one of Known, of which one may be meant; "" where the fault is
	// another. Hint is for where none is like it.
	Word  string
	Known []string
}

// Compile checks policies and makes them ready. Faults are in the order of the
// policies; where there are any, the set must not be used.
func Compile(policies []state.Policy) (*Set, []Fault) {
	set := &Set{}
	var faults []Fault
	if len(policies) == 0 {
		return set, nil
	}
	env, err := environment()
	if err != nil {
		panic(err) // it depends on nothing but this package
	}
	for _, p := range policies {
		r, found := compile(env, p)
		set.rules = append(set.rules, r)
		faults = append(faults, found...)
	}
	return set, faults
}

func compile(env *cel.Env, p state.Policy) (*rule, []Fault) {
	checked, issues := env.Compile(p.When)
	if issues.Err() != nil {
		return nil, explainAll(env, &p, issues.Errors())
	}
	fault := func(format string, args ...any) []Fault {
		return []Fault{{Policy: p.Name, Src: p.Src, Text: fmt.Sprintf(format, args...)}}
	}
	if t := checked.OutputType(); t != cel.BoolType {
		return nil, fault("the expression must be true or false, and it is of type %s", cel.FormatCELType(t))
	}
	if faults := constants(&p, checked.NativeRep()); len(faults) > 0 {
		return nil, faults
	}
	estimate, err := env.EstimateCost(checked, costs{})
	if err != nil || estimate.Max > maxCost {
		faults := fault("evaluating the expression may cost too much")
		faults[0].Hint = "compare lists of records with one another as little as can be, or split the policy in two"
		return nil, faults
	}
	program, err := env.Program(checked, cel.CostLimit(maxCost), cel.CostTracking(costs{}), cel.InterruptCheckFrequency(100), cel.EvalOptions(cel.OptOptimize))
	if err != nil {
		return nil, fault("%v", err)
	}
	r := &rule{Policy: p, program: program, scope: scopeOf(checked)}
	return r, r.checkWaivers()
}

// scopeOf returns how often a checked expression is evaluated.
func scopeOf(checked *cel.Ast) scope {
	s := perPlan
	for _, ref := range checked.NativeRep().ReferenceMap() {
		switch ref.Name {
		case "change":
			return perChange
		case "zone":
			s = perZone
		}
	}
	return s
}

// checkWaivers finds waivers that would waive nothing, or more than is meant.
func (r *rule) checkWaivers() []Fault {
	var faults []Fault
	for _, w := range r.Waivers {
		f := Fault{Policy: r.Name, Src: w.Src}
		switch {
		case r.scope != perChange && w.Records != (state.Pattern{}):
			f.Text = "the expression doesn't look at single changes, so a waiver can't be for a name or a type"
			f.Hint = "leave them out"
		case r.scope == perPlan && w.Zone != "":
			f.Text = "the expression looks at the plan as a whole, so a waiver can't be for a zone"
			f.Hint = "leave it out"
		case r.scope != perPlan && w.Zone == "" && w.Records == (state.Pattern{}):
			f.Text = "the waiver is for everything that the policy objects to"
			f.Hint = `say what it is for; write zone: "*" if it is meant`
		default:
			continue
		}
		faults = append(faults, f)
	}
	return faults
}

// costs says how large the values of an expression are taken to be, to estimate
// ahead what evaluating it costs. Larger ones run into the same limit later. And
// it says what costs more than CEL has it.
type costs struct{}

const (
	usualList = 100 // records of a set, say
	usualText = 256 // characters of the data of a record
)

// EstimateSize returns the size of what comes from a variable.
func (costs) EstimateSize(node cost.AstNode) *cost.SizeEstimate {
	if len(node.Path()) == 0 {
		return nil
	}
	switch node.Type().Kind() {
	case cel.ListKind, cel.MapKind:
		return &cost.SizeEstimate{Max: usualList}
	case cel.StringKind, cel.DynKind:
		return &cost.SizeEstimate{Max: usualText}
	case cel.StructKind:
		return &cost.SizeEstimate{Max: usualList * usualText}
	}
	return nil
}

// zoneCost is what looking a time zone up costs: it is a file.
const zoneCost = 1000

func looksZoneUp(overload string) bool { return strings.HasSuffix(overload, "_tz") }

// EstimateCallCost returns what a call costs, nil where that is as CEL has it.
func (costs) EstimateCallCost(_, overload string, _ *cost.AstNode, _ []cost.AstNode) *cost.CallEstimate {
	if looksZoneUp(overload) {
		return &cost.CallEstimate{CostEstimate: cost.Estimate{Min: zoneCost, Max: zoneCost}}
	}
	return nil
}

// CallCost returns what a call did cost, nil where that is as CEL has it.
func (costs) CallCost(_, overload string, _ []ref.Val, _ ref.Val) *uint64 {
	if looksZoneUp(overload) {
		return new(uint64(zoneCost))
	}
	return nil
}
