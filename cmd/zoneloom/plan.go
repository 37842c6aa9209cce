package main

import (
	"errors"
	"io"

	"github.com/urfave/cli/v2"

	"github.com/zoneloom/zoneloom/plan"
)

// plan shows what apply would change.
func (p *program) plan(c *cli.Context) (err error) {
	if err := errors.Join(noArgs(c), p.begin(c)); err != nil {
		return err
	}
	asJSON, err := format(c)
	if err != nil {
		return err
	}
	file, err := p.clearOut(c, c.String("config"))
	if err != nil {
		return err
	}
	reports, err := newReports(c)
	if err != nil {
		return err
	}
	defer func() { err = p.finish(reports, err) }()
	ctx, release := interruptible()
	defer release()
	w, err := p.work(c, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	p.remind(ctx, w.project)
	planned, err := p.fresh(ctx, w)
	if err != nil {
		return err
	}
	pl := planned.Plan
	reports.planned(w, planned, w.fromHere(w.position))
	if file != "" {
		if err := p.writeOut(file, func(f io.Writer) error { return pl.Encode(f, w.position) }); err != nil {
			return err
		}
	}
	if asJSON {
		err = pl.Encode(p.stdout, w.position)
	} else {
		err = p.show(p.stdout, pl, w.fromHere(w.position))
	}
	if err == nil && c.Bool("detailed-exitcode") {
		return detailed(pl)
	}
	return err
}

// detailed is the exit code that says what the plan holds.
func detailed(pl *plan.Plan) error {
	switch {
	case len(pl.Refusals()) > 0:
		return coded(exitRefused)
	case !pl.Empty():
		return coded(exitPending)
	}
	return nil
}
