package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync/atomic"

	"github.com/urfave/cli/v2"
	"golang.org/x/term"
)

// program is what one run works with.
type program struct {
	stdin  io.Reader
	stdout io.Writer
	stderr *lineWriter
	getenv func(string) (string, bool)

	quiet, verbose bool
	sent           atomic.Bool // a request that writes
}

// begin takes in how much is to be said on standard error.
func (p *program) begin(c *cli.Context) error {
	p.quiet, p.verbose = c.Bool("quiet"), c.Bool("verbose")
	if p.quiet && p.verbose {
		return usagef("--quiet and --verbose contradict one another")
	}
	return nil
}

// secretEnv looks a variable up whose value is never to be shown.
func (p *program) secretEnv(name string) (string, bool) {
	value, set := p.getenv(name)
	p.stderr.conceal(value)
	return value, set
}

// say writes a line to standard error, unless the user wants quiet.
func (p *program) say(format string, args ...any) {
	if !p.quiet {
		p.line(slog.LevelInfo, format, args...)
	}
}

// warn writes a line to standard error, however quiet it is to be.
func (p *program) warn(format string, args ...any) { p.line(slog.LevelWarn, format, args...) }

// fail writes a line about what went wrong.
func (p *program) fail(format string, args ...any) { p.line(slog.LevelError, format, args...) }

func (p *program) line(level slog.Level, format string, args ...any) {
	_ = p.stderr.write(level, fmt.Sprintf(format+"\n", args...)) // there is nowhere else to say so
}

// detail writes a line to standard error where the user wants to know all.
func (p *program) detail(format string, args ...any) {
	if p.verbose {
		p.line(slog.LevelDebug, format, args...)
	}
}

// printJSON writes v to standard output.
func (p *program) printJSON(v any) error {
	e := json.NewEncoder(p.stdout)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// isTerminal reports whether a reader or writer is a terminal.
func isTerminal(f any) bool {
	file, ok := f.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// width returns how many columns the terminal w has, 0 if it is none.
func width(w io.Writer) int {
	file, ok := w.(*os.File)
	if !ok {
		return 0
	}
	columns, _, err := term.GetSize(int(file.Fd()))
	if err != nil {
		return 0
	}
	return columns
}

// color reports whether to write colour to w.
func (p *program) color(w io.Writer) bool {
	no, _ := p.getenv("NO_COLOR")
	dumb, _ := p.getenv("TERM")
	return no == "" && dumb != "dumb" && isTerminal(w)
}
