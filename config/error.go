package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/zoneloom/zoneloom/state"
)

// Pos is a place in a file of the configuration. Lines and columns count from 1;
// a column counts characters.
type Pos struct {
	File         string
	Line, Column int
}

// String returns file:line:column, as editors and CI systems read it.
func (p Pos) String() string {
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

// Compare orders places by file, line and column.
func (p Pos) Compare(q Pos) int {
	return cmp.Or(cmp.Compare(p.File, q.File), cmp.Compare(p.Line, q.Line), cmp.Compare(p.Column, q.Column))
}

// Error is one fault of the configuration, or one remark about it. Text is a
// sentence without a final dot; Hint says what to do next, where that isn't
// plain.
type Error struct {
	Pos      Pos
	Severity state.Severity
	Text     string
	Hint     string
	Code     string // of the finding of lint that it is; "" for all others
}

// Error returns "zones.yaml:12:10: text (hint) [code]". A warning or a notice says so
// before its text. What stands nowhere in a file has no position.
func (e *Error) Error() string {
	var b strings.Builder
	if e.Pos != (Pos{}) {
		b.WriteString(e.Pos.String() + ": ")
	}
	if e.Severity != state.SeverityError {
		b.WriteString(e.Severity.String() + ": ")
	}
	b.WriteString(e.Text)
	if e.Hint != "" {
		b.WriteString(" (" + e.Hint + ")")
	}
	if e.Code != "" {
		b.WriteString(" [" + e.Code + "]")
	}
	return b.String()
}

// ErrorList holds every fault of a configuration, sorted by file, line and
// column.
type ErrorList []*Error

// Error returns one fault in each line.
func (l ErrorList) Error() string {
	lines := make([]string, len(l))
	for i, e := range l {
		lines[i] = e.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap returns the faults one by one.
func (l ErrorList) Unwrap() []error {
	errs := make([]error, len(l))
	for i, e := range l {
		errs[i] = e
	}
	return errs
}

// asError returns l as an error, nil where it is empty.
func (l ErrorList) asError() error {
	if len(l) == 0 {
		return nil
	}
	return l
}

// faults returns what is no mere remark.
func (l ErrorList) faults() ErrorList {
	return slices.DeleteFunc(l, func(e *Error) bool { return e.Severity != state.SeverityError })
}

// sorted returns l by position, each remark once: an alias leads to the same
// fault several times.
func (l ErrorList) sorted() ErrorList {
	slices.SortStableFunc(l, func(a, b *Error) int {
		return cmp.Or(a.Pos.Compare(b.Pos), cmp.Compare(a.Text, b.Text))
	})
	return slices.CompactFunc(l, func(a, b *Error) bool { return *a == *b })
}
