package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"

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
	if isSame(c.String("out"), c.String("config")) {
		return usagef("--out %s would overwrite the configuration", c.String("out"))
	}
	ctx, release := interruptible()
	defer release()
	w, err := p.work(c, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	planned, err := p.fresh(ctx, w)
	if err != nil {
		return err
	}
	pl := planned.Plan
	if file := c.String("out"); file != "" {
		if err := writeFile(file, func(f io.Writer) error { return pl.Encode(f, w.position) }); err != nil {
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

// isSame reports whether two names lead to one file.
func isSame(a, b string) bool {
	one, err := os.Stat(a)
	if err != nil {
		return false
	}
	other, err := os.Stat(b)
	return err == nil && os.SameFile(one, other)
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

// writeFile puts what write writes in place of a file, in one step: no one ever
// sees half of it. Only the user may read it.
func writeFile(file string, write func(io.Writer) error) error {
	var b bytes.Buffer
	if err := write(&b); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(file), ".zoneloom-*") // its mode is 0600
	if err != nil {
		return err
	}
	_, err = f.Write(b.Bytes())
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	if err := os.Rename(f.Name(), file); err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}
