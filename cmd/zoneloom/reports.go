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
	"github.com/zoneloom/zoneloom/plan/lint"
	"github.com/zoneloom/zoneloom/plan/render"
	"github.com/zoneloom/zoneloom/state"
)

var reportFlag = &cli.StringSliceFlag{
	Name:  "report",
	Usage: "write a report of the plan, as `FORMAT=FILE`; may be repeated",
}

// The flags of commands that report on problems alone.
var (
	problemReportFlag = &cli.StringSliceFlag{
		Name:  "report",
		Usage: "write a report of what is found, as `FORMAT=FILE`; may be repeated",
	}
	problemFormatFlag = &cli.StringFlag{
		Name: "format", Value: "text",
		Usage: "write `FORMAT` to standard output: text, json, or a format of --report",
	}
)

// reports are the files that a run reports to.
type reports struct {
	files    []reportFile
	isFailed bool
	root     string // of the work tree, or the working directory
	render.Report
}

type reportFile struct {
	format, file string // the file is "" for standard output
	write        reporter
}

type reporter = func(io.Writer, *render.Report) error

// newReports takes in what c asks for. A format that doesn't exist, and a file
// that can't be written or that c reads, are errors before anything is called.
func newReports(c *cli.Context, reads ...string) (*reports, error) {
	r := reportsOf(c, "")
	return r, r.take(c, render.Formats(), append(reads, c.String("out")))
}

// newProblemReports is newReports for a command that reports on problems alone. Its
// --format may be one of reports: isText and isJSON say whether it is neither.
func newProblemReports(c *cli.Context) (r *reports, isText, isJSON bool, err error) {
	formats := render.Formats()
	delete(formats, "gitlab") // which counts changes
	r = reportsOf(c, c.Command.Name)
	switch f := c.String("format"); {
	case f == "text":
		isText = true
	case f == "json":
		isJSON = true
	case formats[f] == nil:
		return nil, false, false, usagef("--format is %q; it must be text, json, %s", f, namesOf(formats))
	default:
		r.files = append(r.files, reportFile{f, "", formats[f]})
	}
	return r, isText, isJSON, r.take(c, formats, nil)
}

func reportsOf(c *cli.Context, command string) *reports {
	file := c.String("config")
	r := &reports{root: workTree(filepath.Dir(file)), Report: render.Report{Of: command, Rule: describe}}
	r.Config = r.inTree(file)
	return r
}

// take adds the files that c names. They mustn't be among reads, nor be the
// configuration.
func (r *reports) take(c *cli.Context, formats map[string]reporter, reads []string) error {
	reads = append(reads, c.String("config"))
	for _, s := range c.StringSlice("report") {
		format, file, found := strings.Cut(s, "=")
		write := formats[format]
		switch {
		case !found || file == "":
			return usagef("--report %s: write FORMAT=FILE, such as markdown=%s.md", s, c.Command.Name)
		case file == "-":
			return usagef("--report %s would be a file of that name: standard output is --report %s=/dev/stdout", s, format)
		case write == nil && render.Formats()[format] != nil:
			return usagef("--report %s: it reports on changes, and %s makes none; there are %s", s, c.Command.Name, namesOf(formats))
		case write == nil:
			return usagef("--report %s: there is no such format: there are %s", s, namesOf(formats))
		case slices.ContainsFunc(reads, func(other string) bool {
			return other != "" && (filepath.Clean(other) == filepath.Clean(file) || isSame(other, file))
		}):
			return usagef("--report %s would overwrite another file of this run", s)
		}
		for _, other := range r.files {
			if other.file != "" && filepath.Clean(other.file) == filepath.Clean(file) {
				return usagef("--report %s: two reports can't go to one file", s)
			}
		}
		if err := tryWrite(file); err != nil {
			return fmt.Errorf("--report %s: %w", s, err)
		}
		r.files = append(r.files, reportFile{format, file, write})
	}
	return nil
}

func namesOf(formats map[string]reporter) string {
	return strings.Join(slices.Sorted(maps.Keys(formats)), ", ")
}

// workTree returns the folder with the repository that dir is in, or the working
// directory where there is none: what CI systems call a file by begins there.
func workTree(dir string) string {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return ""
	}
	for at := abs; ; at = filepath.Dir(at) {
		if _, err := os.Lstat(filepath.Join(at, ".git")); err == nil {
			return at
		}
		if at == filepath.Dir(at) {
			break
		}
	}
	wd, err := os.Getwd()
	if err != nil {
		return ""
	}
	return wd
}

// inTree returns the name of file as the work tree has it; file itself where it
// isn't in there.
func (r *reports) inTree(file string) string {
	if file == "" || r.root == "" {
		return file
	}
	abs, err := filepath.Abs(file)
	if err != nil {
		return file
	}
	rel, err := filepath.Rel(r.root, abs)
	if err != nil || !filepath.IsLocal(rel) {
		return file
	}
	return filepath.ToSlash(rel)
}

// describe tells what is known of a code in reports.
func describe(code string) render.Rule {
	const docs = "https://github.com/zoneloom/zoneloom/blob/main/docs/"
	if r := lint.Find(code); r != nil {
		return render.Rule{Name: r.Name, Text: r.Summary, Help: docs + "lint/" + r.Code + ".md"}
	}
	level, isRisk := strings.CutPrefix(code, "risk-")
	policy, isPolicy := strings.CutPrefix(code, plan.PolicyPrefix)
	switch {
	case isPolicy:
		return render.Rule{Name: policy, Text: "The configuration's policy " + policy, Help: docs + "policy.md"}
	case isRisk:
		return render.Rule{Text: "A change of " + level + " risk", Help: docs + "risk.md"}
	case slices.Contains(plan.GuardNames(), code):
		return render.Rule{Text: "The guard " + code + " refuses the plan", Help: docs + "guards.md"}
	case code == plan.GuardMaxRisk:
		return render.Rule{Text: "A change is riskier than the run may be", Help: docs + "risk.md"}
	case code == "configuration":
		return render.Rule{Text: "Something is wrong with the configuration", Help: docs + "configuration.md"}
	case code == "failed":
		return render.Rule{Text: "The run failed", Help: docs + "commands.md"}
	}
	return render.Rule{}
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
			File: r.inTree(f.Pos.File), Line: f.Pos.Line, Column: f.Pos.Column, Severity: f.Severity, Code: f.Code, Text: f.Text, Hint: f.Hint,
		})
	}
}

// planned takes in a plan and what is to be said of the configuration, once.
func (r *reports) planned(w *work, planned *apply.Planned, pos plan.Position) {
	if r == nil || r.Plan == planned.Plan {
		return
	}
	r.Plan = planned.Plan
	if pos != nil {
		r.Pos = func(src state.Src) (string, int) {
			file, line := pos(src)
			return r.inTree(file), line
		}
	}
	r.add(w.remarks())
	r.add(w.faults(bare(planned.Problems)))
	r.add(w.linted)
}

// spared takes in what a way back leaves alone.
func (r *reports) spared(left []apply.Left) {
	for _, l := range left {
		r.Problems = append(r.Problems, render.Problem{Severity: state.SeverityWarning, Text: l.String()})
	}
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
	if r == nil || err == nil || errors.As(err, &c) || r.isFailed {
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
		errs = append(errs, r.write(p.stdout, f))
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

// write writes a report to stdout, or puts it in place in one step. It may be read
// as any new file may, for it is meant for others.
func (r *reports) write(stdout io.Writer, f reportFile) error {
	var b bytes.Buffer
	if err := f.write(&b, &r.Report); err != nil {
		return fmt.Errorf("report %s=%s: %w", f.format, f.file, err)
	}
	if f.file == "" {
		_, err := stdout.Write(b.Bytes())
		return err
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
