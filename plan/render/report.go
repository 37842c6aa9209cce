package render

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/zoneloom/zoneloom/plan"
	"github.com/zoneloom/zoneloom/state"
)

// Report is what the reports for other programs are made from.
type Report struct {
	// Of is the command that it is of; "" is "plan". One of another command is about
	// problems alone, and says nothing of a plan that isn't there.
	Of       string
	Plan     *plan.Plan    // nil where none could be made
	Pos      plan.Position // where records are declared; may be nil
	Problems []Problem
	Failed   string                 // why there is no plan, or why it wasn't applied
	Results  map[Place]string       // what became of each change: "made"; nil where nothing was to be applied
	Config   string                 // the configuration's file: where a deletion is said to be
	Rule     func(code string) Rule // what is known of a code; may be nil
}

// Rule describes what has a code: a rule of lint, a guard, a level of risk.
type Rule struct {
	Name, Text string // both may be empty
	Help       string // the address of a page about it; may be empty
}

// Place names a change of a plan.
type Place struct {
	Zone     state.Name
	Provider string
	Key      state.Key
}

// Problem is a problem with its position. Line and column count from 1; what
// stands nowhere has no file.
type Problem struct {
	File         string
	Line, Column int
	Severity     state.Severity
	Code         string // as in "ZL203"; may be empty
	Text, Hint   string
}

// severities, the worst first.
var severities = []state.Severity{state.SeverityError, state.SeverityWarning, state.SeverityNotice}

// message is the problem's text with its code and its hint.
func (p *Problem) message() string {
	s := p.Text
	if p.Code != "" {
		s = p.Code + ": " + s
	}
	if p.Hint != "" {
		s += " (" + p.Hint + ")"
	}
	return visible(s)
}

// Formats returns how reports are written, by name.
func Formats() map[string]func(io.Writer, *Report) error {
	return map[string]func(io.Writer, *Report) error{
		"markdown": Markdown, "html": HTML, "github-annotations": Annotations, "github-summary": StepSummary,
		"gitlab": GitLab, "gitlab-codequality": CodeQuality, "junit": JUnit, "sarif": SARIF,
	}
}

// entry is one change with what is known of it.
type entry struct {
	zone   *plan.Zone
	c      *state.Change
	risk   plan.Risk
	origin string
	file   string // as it is, which may be anything
	line   int
	result string
}

// place returns where e stands, as "file:line"; "" where it stands nowhere.
func (e *entry) place() string {
	if e.file == "" {
		return ""
	}
	return fmt.Sprintf("%s:%d", visible(e.file), e.line)
}

// entries returns the changes of z, the riskiest first, deletions before the
// rest.
func (r *Report) entries(z *plan.Zone) []entry {
	list := make([]entry, 0, len(z.Changes))
	for _, i := range z.ByRisk() {
		e := entry{zone: z, c: &z.Changes[i], risk: z.RiskOf(i)}
		if i < len(z.Origins) {
			e.origin = z.Origins[i].String()
		}
		e.file, e.line = r.declared(e.c)
		e.result = r.Results[Place{z.Name, z.Provider, e.c.Key}]
		list = append(list, e)
	}
	return list
}

// declared returns where c stands in the configuration, if it does.
func (r *Report) declared(c *state.Change) (file string, line int) {
	if r.Pos == nil || c.After == nil {
		return "", 0
	}
	for _, rec := range c.After.Records {
		if rec.Src != 0 {
			if file, line = r.Pos(rec.Src); file != "" {
				return file, line
			}
		}
	}
	return "", 0
}

// title names the change: "delete www.example.com. A".
func (e *entry) title() string { return e.c.Action().String() + " " + e.name() }

func (e *entry) name() string {
	return visible(both(e.c.Name, e.c.Name.Unicode())) + " " + string(e.c.Type)
}

// why gives the risk's reasons in one sentence.
func (e *entry) why() string { return visible(strings.Join(e.risk.Reasons, "; ")) }

// riskiest returns the changes of the whole plan that are above low, the worst
// first.
func (r *Report) riskiest() []entry {
	var list []entry
	for _, z := range r.zones() {
		for _, e := range r.entries(z) {
			if e.risk.Level > plan.RiskLow {
				list = append(list, e)
			}
		}
	}
	slices.SortStableFunc(list, func(a, b entry) int {
		return cmp.Or(cmp.Compare(b.risk.Level, a.risk.Level), cmp.Compare(b.c.Action(), a.c.Action()))
	})
	return list
}

// zones returns the zones with something to say, the riskiest first.
func (r *Report) zones() []*plan.Zone {
	var list []*plan.Zone
	if r.Plan == nil {
		return nil
	}
	worst := map[*plan.Zone]plan.RiskLevel{}
	for i := range r.Plan.Zones {
		z := &r.Plan.Zones[i]
		if z.Empty() && len(z.Notices) == 0 {
			continue
		}
		list = append(list, z)
		for n := range z.Changes {
			worst[z] = max(worst[z], z.RiskOf(n).Level)
		}
	}
	slices.SortStableFunc(list, func(a, b *plan.Zone) int { return cmp.Compare(worst[b], worst[a]) })
	return list
}

// refusals returns what stands in the way, and what would without leave.
func (r *Report) refusals() (refused, allowed []plan.Refusal) {
	if r.Plan == nil {
		return nil, nil
	}
	for i := range r.Plan.Zones {
		allowed = append(allowed, r.Plan.Zones[i].Allowed...)
	}
	return r.Plan.Refusals(), allowed
}

// lift says how to let a refusal pass.
func lift(r *plan.Refusal) string {
	switch {
	case r.Guard == plan.GuardMaxRisk:
		return "if that is meant: --allow " + r.Allowance().String() + ", or a higher --max-risk"
	case r.IsGuard():
		return "if that is meant: --allow " + r.Allowance().String()
	}
	if _, isPolicy := r.Policy(); isPolicy {
		return "change the plan, or have the policy waived in the configuration"
	}
	return ""
}

// command is the command that r is of.
func (r *Report) command() string { return cmp.Or(r.Of, "plan") }

// headline says in one line what the plan does, or what is wrong.
func (r *Report) headline() string {
	switch {
	case r.command() != "plan":
		return r.counted()
	case r.Plan == nil:
		return "no plan could be made"
	case r.Plan.Empty():
		return "nothing to do"
	}
	s := r.Plan.Summary()
	return fmt.Sprintf("%d to create, %d to update, %d to delete in %s", s.Create, s.Update, s.Delete, zones(s.Zones))
}

// counted counts the problems by severity.
func (r *Report) counted() string {
	var parts []string
	for _, s := range severities {
		n := 0
		for i := range r.Problems {
			if r.Problems[i].Severity == s {
				n++
			}
		}
		if n == 1 {
			parts = append(parts, "1 "+s.String())
		} else if n > 1 {
			parts = append(parts, fmt.Sprintf("%d %ss", n, s))
		}
	}
	if len(parts) == 0 {
		return "no problems"
	}
	return strings.Join(parts, ", ")
}

// diffLine is one record that goes (-), comes (+), or what is said of others.
type diffLine struct {
	sign byte
	text string
}

// diff shows a change in records: the old ones, the new ones, and how many stay.
func (e *entry) diff() []diffLine {
	var lines []diffLine
	deletes, updates, creates := e.c.Ops()
	put := func(sign byte, rec *state.Record, other state.Attrs) {
		lines = append(lines, diffLine{sign, e.record(rec, other)})
	}
	for _, i := range deletes {
		put('-', &e.c.Before.Records[i], state.Attrs{})
	}
	for _, p := range updates {
		before, after := &e.c.Before.Records[p.Before], &e.c.After.Records[p.After]
		put('-', before, after.Attrs)
		put('+', after, before.Attrs)
	}
	for _, i := range creates {
		put('+', &e.c.After.Records[i], state.Attrs{})
	}
	if fields := setFields(e.c.Before, e.c.After); len(fields) > 0 {
		lines = append(lines, diffLine{' ', visible("the set's " + strings.Join(fields, ", "))})
	}
	if stay := stays(e.c, len(updates)); stay != "" {
		lines = append(lines, diffLine{' ', stay})
	}
	if types := beside(e.c); types != "" {
		lines = append(lines, diffLine{' ', "beside it now: " + types})
	}
	return lines
}

// beside names the types that are at the name of c as well, where c is one that
// hides or takes away what is beside it.
func beside(c *state.Change) string {
	types := make([]string, len(c.Beside))
	for i, s := range c.Beside {
		types[i] = string(s.Type)
	}
	return strings.Join(types, ", ")
}

// record shows a record, and what it lacks of the attributes that the one which it
// replaces, or is replaced by, has.
func (e *entry) record(rec *state.Record, other state.Attrs) string {
	fields := []string{visible(string(e.c.Name)) + " " + rec.TTL.String() + " " + string(e.c.Type) + " " + data(rec.Data)}
	for key, v := range rec.Attrs.All() {
		fields = append(fields, visible(key+": "+value(v)))
	}
	for key, v := range other.All() {
		if !rec.Attrs.Has(key) {
			fields = append(fields, visible(key+": "+absent(v)))
		}
	}
	return strings.Join(fields, ", ")
}

// visible shows what can't be seen, or turns what stands around it: controls,
// marks of direction, characters without width, and octets that are no text are
// written as \u{202e} and the like. No line break is left.
func visible(s string) string {
	plain := true
	for i := range len(s) {
		plain = plain && ' ' <= s[i] && s[i] <= '~'
	}
	if plain {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case isVisible(r):
			b.WriteRune(r)
		default:
			fmt.Fprintf(&b, `\u{%x}`, r)
		}
		i += size
	}
	return b.String()
}

func isVisible(r rune) bool {
	const blank = '\u2800' // of Braille
	return unicode.IsPrint(r) && r != blank && r != utf8.RuneError &&
		!unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}
