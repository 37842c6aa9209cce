package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/zoneloom/zoneloom/apply"
	"github.com/zoneloom/zoneloom/plan"
	"github.com/zoneloom/zoneloom/provider"
)

// apply makes the changes of a plan, its own or a saved one.
func (p *program) apply(c *cli.Context) (err error) {
	if err := p.begin(c); err != nil {
		return err
	}
	if err := p.checkApply(c); err != nil {
		return err
	}
	ctx, stop, release := p.stoppable()
	defer release()
	reports, err := newReports(c, c.Args().First())
	if err != nil {
		return err
	}
	defer func() { err = p.finish(reports, err) }()
	saved, resumed, err := p.earlier(ctx, c)
	if err != nil || c.Bool("resume") && resumed == nil {
		return err
	}
	w, err := p.work(c, saved)
	if err != nil {
		return err
	}
	w.reports = reports
	defer func() { err = errors.Join(err, w.Close()) }()
	if err := p.lockZones(c, w); err != nil {
		return err
	}
	if err := p.takeDown(ctx, w, c, headOf(saved, resumed), positions(w, saved)); err != nil {
		return err
	}
	waiter, err := p.waiter(ctx, c, w)
	if err != nil {
		return err
	}
	planned, err := p.toApply(ctx, w, saved, stop)
	if err != nil {
		return err
	}
	if err := p.carryOut(ctx, c, w, planned, positions(w, saved), stop); err != nil {
		return err
	}
	return waiter.wait(ctx, stop)
}

// carryOut shows a plan, asks, applies it and reports what became of it, as the
// flags of c say. Declared tells positions as plans have them, in the
// configuration's folder. All commands that write zones end here.
func (p *program) carryOut(
	ctx context.Context, c *cli.Context, w *work, planned *apply.Planned, declared plan.Position, stop <-chan struct{},
) error {
	pos := w.fromHere(declared)
	asJSON, err := format(c)
	if err != nil {
		return err
	}
	out := p.stdout
	if asJSON { // which is for the report
		out = io.Discard
		if p.mayAsk(c) {
			out = p.stderr
		}
	}
	if err := p.show(out, planned.Plan, pos); err != nil {
		return err
	}
	w.reports.planned(w, planned, pos)
	options := apply.Options{
		DryRun: c.Bool("dry-run"), KeepGoing: c.Bool("keep-going"), PlanID: c.String("plan-id"), Pos: pos,
		Stop: stop, Judged: func(j apply.Judgement) { p.judged(w, j) }, LockTimeout: c.Duration("lock-timeout"),
	}
	if p.mayAsk(c) {
		options.Confirm = p.confirm
	}
	report, err := w.engine.Apply(ctx, planned, options)
	w.bar.end()
	err = errors.Join(err, w.pen.settle(planned.Plan, report, err))
	refused, isRefused := errors.AsType[*apply.Refused](err)
	switch {
	case asJSON && isRefused:
		err = errors.Join(err, p.printJSON(newRefusal(planned.Plan, refused, options.DryRun)))
	case asJSON && report != nil:
		err = errors.Join(err, p.printJSON(p.reportJSON(planned.Plan, report, declared)))
	case report != nil:
		p.report(report, pos)
	}
	p.began(w.pen, report, err)
	err = hintRefused(c, w.locate(err))
	w.reports.applied(report, err)
	return p.outcome(report, err)
}

// hintRefused adds to an error that the service refused something how to make the
// rest, where that is possible.
func hintRefused(c *cli.Context, err error) error {
	if c.Command.Name != "apply" || c.Bool("keep-going") || !errors.Is(err, provider.ErrRefused) {
		return err
	}
	return &hintedError{err, "with --keep-going, apply leaves out the names that the service refuses, and makes the rest"}
}

// mayAsk reports whether c is to ask before it writes.
func (p *program) mayAsk(c *cli.Context) bool { return !c.Bool("dry-run") && !c.Bool("yes") }

// checkApply finds what is wrong with the command line, before anything is
// called.
func (p *program) checkApply(c *cli.Context) error {
	switch {
	case c.NArg() > 1 && c.Bool("resume"):
		return usagef("apply goes on with one run, and there are %d arguments", c.NArg())
	case c.NArg() > 1:
		return usagef("apply takes one plan, and there are %d arguments", c.NArg())
	case c.Bool("resume") && (len(c.StringSlice("zone")) > 0 || c.String("provider") != ""):
		return usagef("a run is finished whole: --resume goes without --zone and --provider")
	case c.NArg() == 1 && (len(c.StringSlice("zone")) > 0 || c.String("provider") != ""):
		return usagef("a saved plan is applied whole: --zone and --provider belong to the plan command")
	}
	if err := errors.Join(p.checkAsking(c), checkAwait(c), checkPlanID(c), checkLockTimeout(c)); err != nil {
		return err
	}
	_, err := format(c)
	return err
}

// checkAsking reports as an error that c is to ask and there is nobody.
func (p *program) checkAsking(c *cli.Context) error {
	if p.mayAsk(c) && !isTerminal(p.stdin) {
		return fmt.Errorf("there is no terminal to ask at: say --yes to %s, or --dry-run", c.Command.Name)
	}
	return nil
}

// errInterrupted is why calls end early.
var errInterrupted = errors.New("interrupted")

// toApply returns the saved plan, or a fresh one where there is none.
func (p *program) toApply(ctx context.Context, w *work, saved *plan.Saved, stop <-chan struct{}) (*apply.Planned, error) {
	if saved != nil {
		stored := apply.Saved(saved.Plan, w.targets, w.allowed...)
		stored.LimitRisk(w.maxRisk)
		return stored, nil
	}
	ctx, cancel := beforeWrites(ctx, stop)
	defer cancel(nil)
	return p.fresh(ctx, w)
}

// beforeWrites returns a context that ends when stop is closed: nothing is in
// flight that should finish.
func beforeWrites(ctx context.Context, stop <-chan struct{}) (context.Context, context.CancelCauseFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	go func() {
		select {
		case <-stop:
			cancel(errInterrupted)
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
}

// readPlan reads the saved plan that c names, if it names one.
func readPlan(c *cli.Context) (*plan.Saved, error) {
	if c.NArg() == 0 {
		return nil, nil
	}
	file := c.Args().First()
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	saved, err := plan.Decode(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return saved, nil
}

// confirm asks whether to apply.
func (p *program) confirm(ctx context.Context, _ *plan.Plan) (bool, error) {
	return p.ask(ctx, "Apply these changes? Type yes to do so: ")
}

// ask asks the user a question. Only yes is yes.
func (p *program) ask(ctx context.Context, question string) (bool, error) {
	p.stderr.print(question)
	answers := make(chan string, 1)
	go func() { // it can't be interrupted while it reads; the process ends then
		answers <- readLine(p.stdin)
	}()
	select {
	case a := <-answers:
		a = strings.ToLower(strings.TrimSpace(a))
		return a == "yes" || a == "y", nil
	case <-ctx.Done():
		p.stderr.print("\n")
		return false, ctx.Err()
	}
}

// readLine reads up to the end of the line, and no further.
func readLine(r io.Reader) string {
	var line []byte
	for b := make([]byte, 1); ; {
		n, err := r.Read(b)
		if n == 0 && err != nil || n > 0 && b[0] == '\n' {
			return string(line)
		}
		line = append(line, b[:n]...)
	}
}

// outcome turns what became of a run into its exit code.
func (p *program) outcome(r *apply.Report, err error) error {
	var refused *apply.Refused
	switch {
	case err == nil:
		return nil
	case errors.As(err, &refused):
		p.printError(err)
		return coded(exitRefused)
	case r.Wrote():
		p.printError(err)
		return coded(exitPartly)
	}
	return err
}
