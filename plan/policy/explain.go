package policy

import (
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"

	"github.com/zoneloom/zoneloom/state"
)

// explainAll puts what CEL says of an expression in the words of this command.
func explainAll(env *cel.Env, p *state.Policy, errs []*cel.Error) []Fault {
	parsed, _ := env.Parse(p.When) // nil where that is what fails
	var faults []Fault
	for _, e := range errs {
		f := Fault{Policy: p.Name, Src: p.Src, Char: charAt(p.When, e.Location.Line(), e.Location.Column())}
		explain(env, parsed, e, &f)
		faults = append(faults, f)
		if parsed == nil {
			break // what follows on a fault of grammar is guesswork
		}
	}
	return faults
}

// charAt returns which character of text stands at a line, counted from 1, and a
// column, counted from 0.
func charAt(text string, line, column int) int {
	at := 0
	for l := range strings.Lines(text) {
		if line--; line <= 0 {
			break
		}
		at += len([]rune(l))
	}
	return at + max(column, 0)
}

var (
	noField    = regexp.MustCompile(`^undefined field '(.*)'$`)
	noName     = regexp.MustCompile(`^undeclared reference to '([^']*)'`)
	noOverload = regexp.MustCompile(`^found no matching overload for '(.*)' applied to '(.*)'$`)
	grammar    = regexp.MustCompile(`(?s)^Syntax error: (?:mismatched input|extraneous input|no viable alternative at input|token recognition error at:) '(.*?)'(?: expecting .*)?$`)
	invalid    = regexp.MustCompile(`^invalid (\w+) argument`)
	tooDeep    = regexp.MustCompile(`recursion limit exceeded`)
)

func explain(env *cel.Env, parsed *cel.Ast, e *cel.Error, f *Fault) {
	f.Text = strings.ToLower(e.Message[:min(1, len(e.Message))]) + e.Message[min(1, len(e.Message)):]
	if m := noField.FindStringSubmatch(e.Message); m != nil {
		f.Word, f.Known = m[1], fieldsAt(parsed, e.ExprID)
		f.Text = fmt.Sprintf("there is no field %q here", m[1])
		f.Char++ // it is said of the dot
	}
	if m := noName.FindStringSubmatch(e.Message); m != nil {
		f.Word, f.Known = m[1], slices.Sorted(maps.Keys(variables))
		f.Text = fmt.Sprintf("there is no variable %q", m[1])
		f.Hint = variableHint(m[1])
		if isCall(parsed, e.ExprID) {
			f.Known = functions(env)
			f.Text = fmt.Sprintf("there is no function %q", m[1])
			f.Hint = "docs/policy.md lists them"
			f.Char = max(0, f.Char-len(m[1])) // it is said of the bracket
		}
	}
	if m := noOverload.FindStringSubmatch(e.Message); m != nil {
		f.Text = fmt.Sprintf("%s doesn't go with %s", strings.Trim(m[1], "_@"), strings.ReplaceAll(m[2], "policy.", ""))
	}
	if m := grammar.FindStringSubmatch(e.Message); m != nil {
		word := strings.TrimSpace(m[1])
		f.Text = fmt.Sprintf("%q can't stand here", word)
		f.Hint = otherWords[word]
		if m[1] == "<EOF>" {
			f.Text = "the expression ends too early"
		}
	}
	if m := invalid.FindStringSubmatch(e.Message); m != nil && !strings.Contains(e.Message, ":") {
		f.Text = "what " + m[1] + " is given isn't valid"
	}
	if tooDeep.MatchString(e.Message) {
		f.Text = "the expression is nested too deeply"
	}
	if strings.Contains(e.Message, "code point size exceeds limit") {
		f.Text = fmt.Sprintf("the expression is longer than %d characters", maxLength)
	}
}

// otherWords are how other languages say what CEL has a sign for.
var otherWords = map[string]string{"=": "write == to compare", "and": "write &&", "or": "write ||", "not": "write !"}

// variableHint says what may be meant by a name that is none of a variable.
func variableHint(name string) string {
	for _, v := range slices.Sorted(maps.Keys(variables)) {
		if slices.Contains(fields(variables[v]), name) {
			return "did you mean " + v + "." + name + "?"
		}
	}
	return "there are " + strings.Join(slices.Sorted(maps.Keys(variables)), ", ") + "; a text needs quotes"
}

func isCall(parsed *cel.Ast, id int64) bool {
	e := find(parsed, id)
	return e != nil && e.Kind() == ast.CallKind
}

// find returns the part of an expression with an ID, or nil.
func find(parsed *cel.Ast, id int64) (found ast.Expr) {
	if parsed == nil {
		return nil
	}
	ast.PostOrderVisit(parsed.NativeRep().Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		if e.ID() == id {
			found = e
		}
	}))
	return found
}

// fieldsAt returns the fields that may stand where one was selected that doesn't
// exist: those of all variables where the type isn't known.
func fieldsAt(parsed *cel.Ast, id int64) []string {
	if e := find(parsed, id); e != nil && e.Kind() == ast.SelectKind {
		if t := typeOf(e.AsSelect().Operand()); t != nil {
			return fields(t)
		}
	}
	var all []string
	for _, t := range structs {
		all = append(all, fields(t)...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// typeOf returns the type of what e selects from a variable, nil where it is no
// structure or can't be told without checking.
func typeOf(e ast.Expr) reflect.Type {
	switch e.Kind() {
	case ast.IdentKind:
		return variables[e.AsIdent()]
	case ast.SelectKind:
		if t := typeOf(e.AsSelect().Operand()); t != nil {
			for f := range t.Fields() {
				if f.Tag.Get("cel") == e.AsSelect().FieldName() && f.Type.Kind() == reflect.Struct {
					return f.Type
				}
			}
		}
	}
	return nil
}

func fields(t reflect.Type) []string {
	var names []string
	for f := range t.Fields() {
		if name := f.Tag.Get("cel"); name != "" {
			names = append(names, name)
		}
	}
	return names
}

// functions returns the names of the functions that an expression may call.
func functions(env *cel.Env) []string {
	var names []string
	for name := range env.Functions() {
		if !strings.ContainsAny(name, "_@!-") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
