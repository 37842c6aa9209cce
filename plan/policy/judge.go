package policy

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"cel.dev/cel-go/common/types"

	"github.com/zoneloom/zoneloom/plan"
	"github.com/zoneloom/zoneloom/state"
)

// Remark is what a policy says of a zone without standing in the plan's way.
type Remark struct {
	Zone     state.Name
	Provider string
	state.Problem
}

// What all evaluations of one policy on one plan may cost together: enough for
// what is usual, and for some changes that are not.
var (
	planCost   uint64 = 5_000_000
	changeCost uint64 = 2_500 // for each change more
)

// Judge evaluates the policies of s on what p does, and returns what they object
// to. An expression that can't be evaluated, costs too much, or is interrupted by
// ctx, objects. A plan, or a zone, that does nothing is not judged.
func (s *Set) Judge(ctx context.Context, p *plan.Plan, who Run) ([]plan.Refusal, []Remark) {
	j := &judge{who: who, values: map[string]any{}}
	if len(s.rules) == 0 || p.Empty() {
		return nil, nil
	}
	total := p.Summary()
	for _, r := range s.rules {
		j.cases = append(j.cases, &cases{
			rule: r, left: planCost + changeCost*uint64(total.Create+total.Update+total.Delete),
		})
	}
	j.set("run", who)
	j.set("plan", summaryOf(total))
	first := true
	for i := range p.Zones {
		if z := &p.Zones[i]; !z.Empty() {
			j.zone(ctx, z, first)
			first = false
		}
	}
	return j.refusals, j.remarks
}

// judge judges one plan.
type judge struct {
	who    Run
	values map[string]any // of the variables, as CEL has them
	cases  []*cases

	refusals []plan.Refusal
	remarks  []Remark
}

// cases are what one policy objects to in one zone.
type cases struct {
	*rule
	left     uint64 // of what it may cost
	objects  found
	failed   found
	why      error // of the first that failed
	waived   []found
	byWaiver []*state.Waiver
}

// found are changes, or a whole zone: the first few, and how many there are.
type found struct {
	changes []*state.Change // none where it is the zone
	count   int
}

// mostNamed bounds the changes of a zone that a remark of its own is made for.
const mostNamed = 10

func (f *found) add(c *state.Change) {
	if f.count++; c != nil && len(f.changes) < mostNamed {
		f.changes = append(f.changes, c)
	}
}

func (j *judge) set(name string, v any) {
	env, _ := environment() // Compile had it
	j.values[name] = env.CELTypeAdapter().NativeToValue(v)
}

// zone judges one zone; the first stands for the plan.
func (j *judge) zone(ctx context.Context, z *plan.Zone, first bool) {
	j.set("zone", zoneOf(z))
	changes := false
	for _, c := range j.cases {
		switch {
		case c.scope == perChange:
			changes = true
		case c.scope == perZone || first:
			c.evaluate(ctx, j, z, nil)
		}
	}
	for i := 0; changes && i < len(z.Changes); i++ {
		j.set("change", changeOf(z, i))
		for _, c := range j.cases {
			if c.scope == perChange {
				c.evaluate(ctx, j, z, &z.Changes[i])
			}
		}
	}
	for _, c := range j.cases {
		c.tell(j, z)
	}
}

// evaluate notes whether the policy objects to a change, or to z.
func (c *cases) evaluate(ctx context.Context, j *judge, z *plan.Zone, change *state.Change) {
	objects, err := c.objectsTo(ctx, j)
	if err == nil && !objects {
		return
	}
	if w := c.waiver(j, z, change); w != nil {
		for i := range c.byWaiver {
			if c.byWaiver[i] == w {
				c.waived[i].add(change)
				return
			}
		}
		c.byWaiver, c.waived = append(c.byWaiver, w), append(c.waived, found{})
		c.waived[len(c.waived)-1].add(change)
		return
	}
	if err != nil {
		if c.failed.add(change); c.why == nil {
			c.why = err
		}
		return
	}
	c.objects.add(change)
}

func (c *cases) objectsTo(ctx context.Context, j *judge) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	if c.left == 0 {
		return false, errors.New("evaluating it on the whole plan costs too much")
	}
	out, details, err := c.program.ContextEval(ctx, j.values)
	if cost := details.ActualCost(); cost != nil {
		c.left -= min(c.left, *cost)
	}
	if err != nil {
		return false, plainly(err)
	}
	verdict, isBool := out.(types.Bool)
	if !isBool {
		return false, fmt.Errorf("the result is of type %s", out.Type().TypeName())
	}
	return bool(verdict), nil
}

// plainly puts an error of CEL in words that say more to those who don't know it,
// and cuts it where it repeats all of a long text.
func plainly(err error) error {
	const enough = 200
	text := err.Error()
	switch {
	case strings.Contains(text, "cost limit exceeded"):
		return errors.New("evaluating it costs too much")
	case len(text) > enough:
		return errors.New(strings.ToValidUTF8(text[:enough], "") + "...")
	}
	return err
}

// waiver returns what waives a change, or a zone, nil where nothing does.
func (c *cases) waiver(j *judge, z *plan.Zone, change *state.Change) *state.Waiver {
	for i := range c.Waivers {
		w := &c.Waivers[i]
		name := strings.TrimSuffix(string(z.Name), ".")
		switch {
		case w.IsOver(j.who.Now):
		case w.Zone != "" && !state.Glob(w.Zone, name):
		case change != nil && !w.Records.Match(z.Name, change.Key, ""):
		default:
			return w
		}
	}
	return nil
}

// tell turns what was found in a zone into refusals and remarks, and forgets it.
func (c *cases) tell(j *judge, z *plan.Zone) {
	for i, w := range c.byWaiver {
		text := fmt.Sprintf("%s; waived by %s until %s", c.Message, w.Owner, w.Until.Format("2006-01-02"))
		if w.Reason != "" {
			text += ": " + w.Reason
		}
		c.remark(j, z, &c.waived[i], state.SeverityNotice, text)
	}
	if c.objects.count > 0 {
		switch c.Level {
		case state.PolicyDeny:
			c.refuse(j, z, &c.objects, c.Message)
		case state.PolicyWarn:
			c.remark(j, z, &c.objects, state.SeverityWarning, c.Message)
		case state.PolicyAdvise:
			c.remark(j, z, &c.objects, state.SeverityNotice, c.Message)
		}
	}
	if c.failed.count > 0 {
		text := fmt.Sprintf("the policy can't be evaluated (%v), which counts as an objection: %s", c.why, c.Message)
		if c.Level == state.PolicyDeny {
			c.refuse(j, z, &c.failed, text)
		} else {
			c.remark(j, z, &c.failed, state.SeverityWarning, text)
		}
	}
	*c = cases{rule: c.rule, left: c.left}
}

// refuse objects to all that was found at once.
func (c *cases) refuse(j *judge, z *plan.Zone, f *found, text string) {
	const most = 3
	var named []string
	for _, change := range f.changes[:min(most, len(f.changes))] {
		named = append(named, fmt.Sprintf("%s %s", change.Action(), change.Key))
	}
	if more := f.count - len(named); len(named) > 0 && more > 0 {
		named = append(named, fmt.Sprintf("and %d more", more))
	}
	if len(named) > 0 {
		text += " (" + strings.Join(named, ", ") + ")"
	}
	j.refusals = append(j.refusals, plan.Refusal{Zone: z.Name, Provider: z.Provider, Guard: plan.PolicyPrefix + c.Name, Text: text})
}

// remark makes a remark about each of the first changes that were found, so that
// it stands at their lines.
func (c *cases) remark(j *judge, z *plan.Zone, f *found, severity state.Severity, text string) {
	add := func(key state.Key, src state.Src, text string) {
		j.remarks = append(j.remarks, Remark{z.Name, z.Provider, state.Problem{
			Key: key, Src: src, Severity: severity, Code: plan.PolicyPrefix + c.Name, Text: text,
		}})
	}
	for _, change := range f.changes {
		add(change.Key, declared(change), text)
	}
	switch more := f.count - len(f.changes); {
	case len(f.changes) == 0:
		add(state.Key{Name: z.Name}, 0, text)
	case more > 0:
		add(state.Key{Name: z.Name}, 0, fmt.Sprintf("%s (at %d further changes)", text, more))
	}
}

// declared returns where a change is declared first, 0 where it isn't.
func declared(c *state.Change) state.Src {
	if c.After != nil {
		for _, r := range c.After.Records {
			if r.Src != 0 {
				return r.Src
			}
		}
	}
	return 0
}
