// Command zoneloom keeps DNS zones as a YAML file says. It holds flags, files,
// wiring, output, signals and exit codes; what it does is done by the packages
// config, plan, apply and provider.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// The exit codes of every command.
const (
	exitDone    = 0 // done, or nothing to do
	exitError   = 1 // an error; where it was an apply, nothing was written
	exitPending = 2 // changes pending (plan --detailed-exitcode), or differences (verify, compare, fmt --check)
	exitRefused = 3 // refused with nothing written: a guard, a stale plan, the answer no
	exitPartly  = 4 // applied in part
)

// version is set by the release build, with -ldflags "-X main.version=...".
var version = "dev"

func main() {
	os.Exit(run(os.Args, os.Stdin, os.Stdout, os.Stderr))
}

// run is one run of the command; it returns the exit code.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) (code int) {
	asJSON, err := logsJSON(args)
	p := &program{
		stdin:  stdin,
		stdout: stdout,
		stderr: newLineWriter(stderr, asJSON),
		getenv: os.LookupEnv,
	}
	defer func() {
		if what := recover(); what != nil {
			code = p.crashed(what)
		}
	}()
	app := p.app()
	if err == nil {
		args, err = arrange(app, args)
	}
	if err == nil {
		err = app.Run(args)
	}
	return p.exitCode(err)
}

// coded is the end of a run about which all has been said: its exit code.
type coded int

// Error is never shown; it makes a coded an error.
func (c coded) Error() string { return fmt.Sprintf("exit code %d", int(c)) }

// exitCode prints err, unless all has been said, and returns the code for it.
func (p *program) exitCode(err error) int {
	var c coded
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &c):
		return int(c)
	}
	p.printError(err)
	return exitError
}
