package main

import (
	"errors"
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/zoneloom/zoneloom/apply"
	"github.com/zoneloom/zoneloom/config"
	"github.com/zoneloom/zoneloom/plan/lint"
	"github.com/zoneloom/zoneloom/state"
)

var strictFlag = &cli.BoolFlag{
	Name: "strict", DisableDefaultText: true,
	Usage: "exit with 1 for warnings too, not only for errors",
}

// lint says what is wrong with the wanted zones although every service takes
// it. It calls nobody and needs no secrets.
func (p *program) lint(c *cli.Context) (err error) {
	if err := errors.Join(noArgs(c), p.begin(c)); err != nil {
		return err
	}
	reports, isText, isJSON, err := newProblemReports(c)
	if err != nil {
		return err
	}
	defer func() { err = p.finish(reports, err) }()
	j, err := load(c)
	if err != nil {
		return err
	}
	targets, err := j.targets(c)
	if err != nil {
		return err
	}
	list := j.faults(j.lint(targets))
	reports.add(list)
	switch {
	case isJSON:
		err = p.printJSON(newFaults(list))
	case isText:
		err = p.printFindings(list)
	}
	if err != nil {
		return err
	}
	counts := map[state.Severity]int{}
	for _, f := range list {
		counts[f.Severity]++
	}
	p.say("%s, %s, %s", plural(counts[state.SeverityError], "error"), plural(counts[state.SeverityWarning], "warning"),
		plural(counts[state.SeverityNotice], "notice"))
	if counts[state.SeverityError] > 0 || c.Bool("strict") && counts[state.SeverityWarning] > 0 {
		return coded(exitError)
	}
	return nil
}

// printFindings writes a finding in each line.
func (p *program) printFindings(list config.ErrorList) error {
	for _, f := range list {
		if _, err := fmt.Fprintln(p.stdout, printable(fullLine(f))); err != nil {
			return err
		}
	}
	return nil
}

// fullLine returns a finding with its severity, which an error's own text
// leaves out.
func fullLine(f *config.Error) string {
	if f.Severity != state.SeverityError {
		return f.Error()
	}
	m := *f
	m.Text = "error: " + m.Text
	return m.Error()
}

// lint returns the findings about the zones of targets, or about all zones
// where targets is nil. The others are followed where those lead there.
func (j *project) lint(targets []apply.Target) []state.Problem {
	chosen := map[place]bool{}
	for _, t := range targets {
		chosen[place{t.Zone, t.Provider}] = true
	}
	var zones []lint.Zone
	for _, z := range j.Zones {
		for _, name := range z.Providers {
			want := z.Want(name)
			if k, known := kinds[j.Provider(name).Type]; known {
				want, _ = k.checker.Check(want, nil)
			}
			zones = append(zones, lint.Zone{
				Want: want, Rules: z.Rules, Lint: z.Lint, Silent: targets != nil && !chosen[place{z.Name, name}],
			})
		}
	}
	return lint.Check(zones)
}

// findings is lint for those who must not be stopped by a finding: an error is
// a warning here.
func (j *project) findings(targets []apply.Target) []state.Problem {
	found := j.lint(targets)
	for i := range found {
		if found[i].Severity == state.SeverityError {
			found[i].Severity = state.SeverityWarning
		}
	}
	return found
}

// mostFindings bounds the findings that a plan shows: lint shows all.
const mostFindings = 20

// remarkFindings says what lint finds about the zones that are planned: its
// errors and warnings, and how many there are besides. It returns all of them.
func (p *program) remarkFindings(j *project, targets []apply.Target) config.ErrorList {
	all := j.faults(j.findings(targets))
	shown, more := 0, 0
	for _, f := range all {
		if f.Severity == state.SeverityNotice || shown == mostFindings {
			more++
			continue
		}
		shown++
		p.warn("%s", printable(f.Error()))
	}
	if more > 0 {
		p.say("%s of lint more: zoneloom lint shows them", plural(more, "finding"))
	}
	return all
}

// unknownCodes returns as faults the codes in the configuration that lint has no
// rule for.
func (j *project) unknownCodes() config.ErrorList {
	var faults config.ErrorList
	seen := map[state.Src]bool{}
	check := func(code string, src state.Src) {
		if lint.Find(code) == nil && !seen[src] {
			seen[src] = true
			faults = append(faults, &config.Error{
				Pos: j.Pos(src), Text: fmt.Sprintf("lint has no rule %q", code), Hint: codeHint(code),
			})
		}
	}
	for _, z := range j.Zones {
		for _, i := range z.Lint.Ignore {
			check(i.Code, i.Src)
		}
		for code, l := range z.Lint.Levels {
			check(code, l.Src)
		}
		for _, list := range z.Lint.At {
			for _, i := range list {
				check(i.Code, i.Src)
			}
		}
	}
	return faults
}

// codeHint says what to write in place of a code that isn't one: the code of a
// rule that is called so.
func codeHint(code string) string {
	for _, r := range lint.Rules() {
		if r.Name == code {
			return "write " + r.Code
		}
	}
	return "docs/lint.md lists them"
}
