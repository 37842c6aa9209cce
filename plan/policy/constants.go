package policy

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"

	"github.com/zoneloom/zoneloom/plan"
	"github.com/zoneloom/zoneloom/state"
)

// A rule that compares change.type with "mx" never objects, and nobody would
// notice. So texts that are compared with fields of which it is known what they
// can be are looked at before they are ever evaluated.

// check looks at a constant that is compared with a field. It returns what is
// wrong with it and what to write instead, or "".
type check func(text string) (wrong, hint string, known []string)

// checks are for the fields of which it is known what they can be, by type and name.
var checks = map[[2]string]check{
	{"policy.change", "action"}: oneOf(state.Create.String(), state.Update.String(), state.Delete.String()),
	{"policy.change", "type"}:   recordType,
	{"policy.change", "name"}:   absolute,
	{"policy.change", "zone"}:   absolute,
	{"policy.zone", "name"}:     absolute,

	{"policy.change", "relative"}: relative,
	{"policy.record", "data"}:     data,
	{"policy.risk", "level"}:      oneOf(plan.RiskNames()...),
	{"policy.Run", "command"}:     oneOf("plan", "apply", "undo", "restore"),
}

func oneOf(known ...string) check {
	return func(text string) (wrong, hint string, _ []string) {
		if slices.Contains(known, text) {
			return "", "", nil
		}
		return fmt.Sprintf("it is never %q", text), "", known
	}
}

func recordType(text string) (wrong, hint string, known []string) {
	t, err := state.ParseType(text)
	switch {
	case err != nil:
		return err.Error(), "", nil
	case string(t) != text:
		return fmt.Sprintf("it is never %q", text), fmt.Sprintf("write %q", t), nil
	}
	return "", "", nil
}

// absolute checks a name of a zone or of a record.
func absolute(text string) (wrong, hint string, known []string) {
	n, err := state.ParseName(text, ".")
	switch {
	case text == "" || err != nil:
		return fmt.Sprintf("%q is not a name", text), "", nil
	case string(n) != text:
		return fmt.Sprintf("it is never %q", text), fmt.Sprintf("write %q", n), nil
	}
	return "", "", nil
}

// relative checks a name as it is written in its zone.
func relative(text string) (wrong, hint string, known []string) {
	n, err := state.ParseName(text, "example.")
	switch {
	case err != nil:
		return fmt.Sprintf("%q is not a name", text), "", nil
	case strings.HasSuffix(text, "."):
		return fmt.Sprintf("it is never %q: it is relative to the zone", text), "compare change.name", nil
	case n.Relative("example.") != text:
		return fmt.Sprintf("it is never %q", text), fmt.Sprintf("write %q", n.Relative("example.")), nil
	}
	return "", "", nil
}

// host is what looks like the name of a host, or the end of one, without its dot.
var host = regexp.MustCompile(`^\.?([A-Za-z0-9_-]+\.)+[A-Za-z]{2,}$`)

// data checks the data of a record: where that is a name, it ends with a dot.
func data(text string) (wrong, hint string, known []string) {
	if host.MatchString(text) {
		return fmt.Sprintf("it is never %q: a name ends with a dot", text), fmt.Sprintf("write %q", text+"."), nil
	}
	return "", "", nil
}

// constants finds comparisons that can never hold, and time zones that don't
// exist.
func constants(p *state.Policy, checked *ast.AST) []Fault {
	var faults []Fault
	add := func(e ast.Expr, wrong, hint string, known []string) {
		at := checked.SourceInfo().GetStartLocation(e.ID())
		f := Fault{Policy: p.Name, Src: p.Src, Char: charAt(p.When, at.Line(), at.Column()), Text: wrong, Hint: hint, Known: known}
		if known != nil {
			f.Word, _ = literal(e)
		}
		faults = append(faults, f)
	}
	compare := func(field, constant ast.Expr) {
		text, isText := literal(constant)
		look := fieldCheck(checked, field)
		if !isText || look == nil {
			return
		}
		if wrong, hint, known := look(text); wrong != "" {
			add(constant, wrong, hint, known)
		}
	}
	ast.PreOrderVisit(checked.Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		if e.Kind() != ast.CallKind {
			return
		}
		call := e.AsCall()
		args := call.Args()
		switch call.FunctionName() {
		case operators.Equals, operators.NotEquals:
			compare(args[0], args[1])
			compare(args[1], args[0])
		case operators.In:
			if args[1].Kind() == ast.ListKind {
				for _, item := range args[1].AsList().Elements() {
					compare(args[0], item)
				}
			}
		case "endsWith":
			text, isText := literal(args[0])
			if isText && call.IsMemberFunction() && endsOtherwise(checked, call.Target(), text) {
				add(args[0], fmt.Sprintf("no name ends with %q: it ends with a dot", text), fmt.Sprintf("write %q", text+"."), nil)
			}
		default:
			if !strings.HasPrefix(call.FunctionName(), "get") || len(args) != 1 {
				return
			}
			if text, isText := literal(args[0]); isText {
				if _, err := time.LoadLocation(text); err != nil && !isOffset(text) {
					add(args[0], fmt.Sprintf("there is no time zone %q", text), `write one as in "Europe/Berlin" or "+02:00"`, nil)
				}
			}
		}
	}))
	return faults
}

// isOffset reports whether text is a difference to UTC, as CEL takes it.
func isOffset(text string) bool {
	_, err := time.Parse("-07:00", text)
	if err != nil {
		_, err = time.Parse("-07:00", "+"+text)
	}
	return err == nil
}

// literal returns a text that stands in an expression.
func literal(e ast.Expr) (text string, isText bool) {
	if e.Kind() != ast.LiteralKind {
		return "", false
	}
	s, isText := e.AsLiteral().(types.String)
	return string(s), isText
}

// fieldCheck returns what looks at constants that are compared with e, nil where
// they may be anything.
func fieldCheck(checked *ast.AST, e ast.Expr) check {
	if e.Kind() != ast.SelectKind {
		return nil
	}
	t := checked.GetType(e.AsSelect().Operand().ID())
	return checks[[2]string{t.TypeName(), e.AsSelect().FieldName()}]
}

// endsOtherwise reports whether e, a name or the data of a record, never ends with
// text for want of the final dot of names.
func endsOtherwise(checked *ast.AST, e ast.Expr, text string) bool {
	if e.Kind() != ast.SelectKind || strings.HasSuffix(text, ".") {
		return false
	}
	switch checked.GetType(e.AsSelect().Operand().ID()).TypeName() + " " + e.AsSelect().FieldName() {
	case "policy.change name", "policy.change zone", "policy.zone name":
		return true
	case "policy.record data":
		return host.MatchString(text)
	}
	return false
}
