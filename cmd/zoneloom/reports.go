package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/zoneloom/zoneloom/apply"
	"github.com/zoneloom/zoneloom/config"
	"github.com/zoneloom/zoneloom/plan"
	"github.com/zoneloom/zoneloom/plan/render"
)

var reportFlag = &cli.StringSliceFlag{
	Name:  "report",
	Usage: "write a report of the plan, as `FORMAT=FILE`; may be repeated",
}

// reports are the files that a run reports to.
type reports struct {
	files    []reportFile
	isFailed bool
	render.Report
}

type reportFile struct {
	format, file string
	write        func(io.Writer, *render.Report) error
}

// newReports takes in what c asks for. A format that doesn't exist, and a file
// that can't be written, are errors before anything is called.
func newReports(c *cli.Context) (*reports, error) {
	r := &reports{Report: render.Report{Config: c.String("config")}}
	formats := render.Formats()
	for _, s := range c.StringSlice("report") {
		format, file, found := strings.Cut(s, "=")
		write := formats[format]
		switch {
		case !found || file == "":
			return nil, usagef("--report %s: write FORMAT=FILE, such as markdown=plan.md", s)
		case write == nil:
			return nil, usagef("--report %s: there is no such format: there are %s", s, strings.Join(slices.Sorted(maps.Keys(formats)), ", "))
		case isSame(file, c.String("config")) || filepath.Clean(file) == filepath.Clean(c.String("out")):
			return nil, usagef("--report %s would overwrite another file of this run", s)
		}
		for _, other := range r.files {
			if filepath.Clean(other.file) == filepath.Clean(file) {
				return nil, usagef("--report %s: two reports can't go to one file", s)
			}
		}
		if err := tryWrite(file); err != nil {
			return nil, fmt.Errorf("--report %s: %w", s, err)
		}
		r.files = append(r.files, reportFile{format, file, write})
	}
	return r, nil
}

// tryWrite reports whether file could be put in place.
func tryWrite(file string) error {
	if info, err := os.Stat(file); err == nil && info.IsDir() {
		return fmt.Errorf("%s is a folder", file)
	} else if err == nil && !info.Mode().IsRegular() {
		return nil // a pipe or a device, which is written directly
	}
	f, err := os.CreateTemp(filepath.Dir(file), ".zoneloom-*")
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// add takes in problems with their positions.
func (r *reports) add(faults config.ErrorList) {
	for _, f := range faults {
		r.Problems = append(r.Problems, render.Problem{
			File: f.Pos.File, Line: f.Pos.Line, Column: f.Pos.Column, Severity: f.Severity, Code: f.Code, Text: f.Text, Hint: f.Hint,
		})
	}
}

// planned takes in a plan and what is to be said of the configuration.
func (r *reports) planned(w *work, planned *apply.Planned, pos plan.Position) {
	if r == nil {
		return
	}
	r.Plan, r.Pos = planned.Plan, pos
	r.add(w.remarks())
	r.add(w.faults(bare(planned.Problems)))
	r.add(w.linted)
}

// applied takes in what became of the changes, and what went wrong.
func (r *reports) applied(report *apply.Report, err error) {
	if r == nil {
		return
	}
	r.failed(err)
	if report == nil || report.DryRun {
		return
	}
	r.Results = map[render.Place]string{}
	for i := range report.Zones {
		z := &report.Zones[i]
		for _, c := range z.Changes {
			r.Results[render.Place{Zone: z.Zone, Provider: z.Provider, Key: c.Key}] = outcomeOf(c)
		}
	}
}

// failed takes in why a run ended as it did.
func (r *reports) failed(err error) {
	var c coded
	if err == nil || errors.As(err, &c) || r.isFailed {
		return
	}
	r.isFailed = true
	if faults, ok := errors.AsType[config.ErrorList](err); ok {
		r.add(faults)
	}
	located := faultLines(err)
	for line := range strings.SplitSeq(err.Error(), "\n") {
		if !located[line] {
			r.Failed += line + "\n"
		}
	}
}

// finish writes the reports, those of a run that failed as well, and returns err
// or, where there is none, what went wrong with them.
func (p *program) finish(r *reports, err error) error {
	r.failed(err)
	r.hide(p.stderr.hide)
	var errs []error
	for _, f := range r.files {
		errs = append(errs, r.write(f))
	}
	wrong := errors.Join(errs...)
	if wrong == nil {
		return err
	}
	if err == nil {
		return wrong
	}
	p.printError(wrong)
	return err
}

// hide has secrets taken out of what a service, or a file, is told to have said.
func (r *reports) hide(hide func(string) string) {
	r.Failed = hide(r.Failed)
	for i := range r.Problems {
		r.Problems[i].Text, r.Problems[i].Hint = hide(r.Problems[i].Text), hide(r.Problems[i].Hint)
	}
}

// write puts a report in place in one step. It may be read as any new file may,
// for it is meant for others.
func (r *reports) write(f reportFile) error {
	var b bytes.Buffer
	if err := f.write(&b, &r.Report); err != nil {
		return fmt.Errorf("report %s=%s: %w", f.format, f.file, err)
	}
	file := f.file
	if link, err := filepath.EvalSymlinks(file); err == nil {
		file = link
	}
	if info, err := os.Stat(file); err == nil && !info.Mode().IsRegular() {
		return os.WriteFile(file, b.Bytes(), 0o666)
	}
	fresh := filepath.Join(filepath.Dir(file), fmt.Sprintf(".zoneloom-%d-%s", os.Getpid(), filepath.Base(file)))
	if err := os.WriteFile(fresh, b.Bytes(), 0o666); err != nil {
		return errors.Join(err, os.Remove(fresh))
	}
	return os.Rename(fresh, file)
}
