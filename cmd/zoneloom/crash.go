package main

import (
	"runtime/debug"
	"strings"

	"github.com/zoneloom/zoneloom/apply"
)

// crashed tells of a panic like of any error, so that no secret is in what is
// shown, and returns the exit code: a panic's own would say that changes are
// pending.
func (p *program) crashed(what any) int {
	stack := string(debug.Stack())
	if c, ok := what.(*apply.Panic); ok {
		what, stack = c.Value, c.Stack
	}
	p.fail("error: zoneloom has a fault of its own and stopped: %v", what)
	for line := range strings.Lines(stack) {
		p.fail("%s", printable(strings.TrimRight(line, "\n")))
	}
	if p.sent.Load() {
		p.fail("hint: something was written, and perhaps not all of it; run zoneloom plan to see what took effect")
		return exitPartly
	}
	return exitError
}
