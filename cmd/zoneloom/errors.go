package main

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/zoneloom/zoneloom/apply"
	"github.com/zoneloom/zoneloom/config"
	"github.com/zoneloom/zoneloom/config/revision"
	"github.com/zoneloom/zoneloom/provider"
)

// usagef is an error in how the command was called.
func usagef(format string, args ...any) error {
	return &usageError{fmt.Errorf(format, args...)}
}

// usageError is an error in how the command was called, not in what it did.
type usageError struct{ err error }

// Error returns the text of the error within.
func (e *usageError) Error() string { return e.err.Error() }

// Unwrap returns the error within.
func (e *usageError) Unwrap() error { return e.err }

// hints say what to do next about errors that tell only what happened.
var hints = []struct {
	err  error
	hint string
}{
	{provider.ErrAuth, "check the credentials with zoneloom whoami"},
	{provider.ErrNoZone, "zoneloom zones lists the zones that the credentials see; a zone with create: true is created"},
	{provider.ErrUnknown, "run zoneloom plan to see what of it took effect"},
	{revision.ErrNoRepository, "revisions are read from the git repository that holds the configuration: run this in a clone of it, or with -c and the path of its configuration, or leave out the flag that names one"},
	{revision.ErrNoGit, "revisions are read with the git command: install it, or leave out the flag that names one"},
}

// hintedError is an error that has a hint of its own.
type hintedError struct {
	err  error
	hint string
}

// Error returns the text of the error within.
func (e *hintedError) Error() string { return e.err.Error() }

// Unwrap returns the error within.
func (e *hintedError) Unwrap() error { return e.err }

// printError is the one place where errors reach the user. Faults of files
// begin with file:line:column, as editors read them.
func (p *program) printError(err error) {
	prefix, text := "error: ", err.Error()
	if _, ok := errors.AsType[*usageError](err); ok {
		prefix = "zoneloom: "
	}
	if refused, ok := errors.AsType[*apply.Refused](err); ok {
		prefix, text = "refused: ", strings.TrimPrefix(text, "nothing was written: ")
		defer p.fail("Nothing was written")
		defer p.lifting(refused.Refusals)
	}
	located := faultLines(err)
	for line := range strings.SplitSeq(text, "\n") {
		if !located[line] && !strings.HasPrefix(line, "  ") { // which tells more of the line before
			line = prefix + line
		}
		p.fail("%s", printable(line))
	}
	if hinted, ok := errors.AsType[*hintedError](err); ok {
		p.fail("hint: %s", hinted.hint)
	}
	for _, h := range hints {
		if errors.Is(err, h.err) {
			p.fail("hint: %s", h.hint)
		}
	}
}

// faultLines returns the lines of err's text that are faults of files.
func faultLines(err error) map[string]bool {
	lines := map[string]bool{}
	if faults, ok := errors.AsType[config.ErrorList](err); ok {
		for _, f := range faults {
			lines[f.Error()] = true
		}
	}
	return lines
}

// printable keeps a service's words from steering the user's terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\t' || r == utf8.RuneError {
			return '?'
		}
		return r
	}, s)
}

// errText returns the text of err in one line.
func errText(err error) string {
	if err == nil {
		return ""
	}
	return strings.ReplaceAll(err.Error(), "\n", "; ")
}
