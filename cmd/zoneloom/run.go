package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/zoneloom/zoneloom/apply"
	"github.com/zoneloom/zoneloom/apply/lock"
	"github.com/zoneloom/zoneloom/config"
	"github.com/zoneloom/zoneloom/plan"
	"github.com/zoneloom/zoneloom/plan/render"
	"github.com/zoneloom/zoneloom/state"
)

// work is a run over zones: a configuration, its providers, and an engine.
type work struct {
	*project
	targets []apply.Target
	engine  *apply.Engine
	leave
	reports *reports         // may be nil
	linted  config.ErrorList // what lint finds
	opener  *opener
	bar     *progress
	pen     *pen       // of a command that writes
	locks   lock.Store // of one that writes zones, else nil
	base    *base      // nil where none is named
	rules   *rules     // what policies judge by
}

// work loads the configuration and opens the providers of the zones that c
// selects; where there is a saved plan, of those that it changes. The caller
// closes it.
func (p *program) work(c *cli.Context, saved *plan.Saved) (*work, error) {
	l, err := leaveOf(c)
	if err != nil {
		return nil, err
	}
	j, err := load(c)
	if err != nil {
		return nil, err
	}
	if err := providersFrom(c, j); err != nil {
		return nil, err
	}
	var linted config.ErrorList
	w, err := p.open(c, j, l, func() ([]apply.Target, error) {
		targets, err := j.targets(c)
		if err == nil {
			targets, err = p.since(c, j, targets)
		}
		switch {
		case err != nil:
			return nil, err
		case saved != nil:
			return planned(targets, saved.Plan)
		}
		linted = p.remarkFindings(j, targets)
		return targets, nil
	})
	if err != nil {
		return nil, err
	}
	w.linted, w.rules.placed = linted, saved == nil
	return w, nil
}

// leave is what the user lets pass.
type leave struct {
	allowed []plan.Allowance
	maxRisk plan.RiskLevel // 0: any
}

func leaveOf(c *cli.Context) (l leave, err error) {
	if l.allowed, err = allowances(c); err == nil {
		l.maxRisk, err = maxRisk(c)
	}
	return l, err
}

// open opens the providers of the targets that choose returns, with what protects
// their zones here and at the base. The caller closes what comes back.
func (p *program) open(c *cli.Context, j *project, l leave, choose func() ([]apply.Target, error)) (*work, error) {
	p.remark(j, nil)
	targets, err := choose()
	if err != nil {
		return nil, err
	}
	b, err := p.base(c)
	if err != nil {
		return nil, err
	}
	p.brake(b, targets)
	w := &work{project: j, targets: targets, leave: l, opener: p.opener(j), bar: p.progress(), base: b}
	var names []string
	for _, t := range targets {
		names = append(names, t.Provider)
	}
	opened, err := w.opener.open(names)
	if err != nil {
		return nil, errors.Join(err, w.Close())
	}
	w.engine = &apply.Engine{Providers: opened, Events: w.bar.event}
	if err := p.setRules(c, w); err != nil {
		return nil, errors.Join(err, w.Close())
	}
	return w, nil
}

// Close ends what the run has open.
func (w *work) Close() error {
	w.bar.end()
	err := errors.Join(w.opener.Close(), w.pen.Close(), w.base.Close())
	if w.locks != nil {
		err = errors.Join(err, w.locks.Close())
	}
	return err
}

// planned returns those of targets that a saved plan changes. It must change no
// others.
func planned(targets []apply.Target, pl *plan.Plan) ([]apply.Target, error) {
	known := map[place]apply.Target{}
	for _, t := range targets {
		known[place{t.Zone, t.Provider}] = t
	}
	var changed []apply.Target
	for i := range pl.Zones {
		z := &pl.Zones[i]
		t, ok := known[place{z.Name, z.Provider}]
		switch {
		case z.Empty():
		case !ok:
			return nil, fmt.Errorf("the plan changes %s at the provider %s, where the configuration doesn't have it; make a new plan, or name the plan's own configuration with -c", z.Name, z.Provider)
		default:
			changed = append(changed, t)
		}
	}
	return changed, nil
}

// fresh plans, lifts the guards that the user allows, and says what the owner of
// the zones should know.
func (p *program) fresh(ctx context.Context, w *work) (*apply.Planned, error) {
	planned, err := w.engine.Plan(ctx, w.targets)
	w.bar.end()
	if err != nil {
		return nil, w.locate(err)
	}
	p.remark(w.project, planned.Problems)
	planned.LimitRisk(w.maxRisk)
	if err := p.trace(w, planned); err != nil {
		return nil, err
	}
	p.unused(planned.Plan.Allow(w.allowed))
	if d := w.engine.Estimate(planned); d > 0 {
		p.say("the service's limit on calls makes applying this take at least %s", d.Round(time.Second))
	}
	return planned, nil
}

func allowances(c *cli.Context) ([]plan.Allowance, error) {
	var all []plan.Allowance
	for _, s := range c.StringSlice("allow") {
		a, err := plan.ParseAllowance(s)
		if err != nil {
			return nil, usagef("--allow %s: %w", s, err)
		}
		all = append(all, a)
	}
	return all, nil
}

// maxRisk is the highest risk that c lets pass; 0 where it says nothing.
func maxRisk(c *cli.Context) (plan.RiskLevel, error) {
	s := c.String("max-risk")
	if s == "" {
		return plan.RiskUnknown, nil
	}
	level, err := plan.ParseRiskLevel(s)
	if err != nil {
		return level, usagef("--max-risk: %w", err)
	}
	return level, nil
}

// remark writes the warnings of the configuration, or of a plan, to standard
// error; and the notices, unless the user wants quiet.
func (p *program) remark(j *project, problems []apply.Problem) {
	list := j.remarks()
	if problems != nil {
		list = j.faults(bare(problems))
	}
	for _, f := range list {
		if f.Severity == state.SeverityNotice {
			p.say("%s", printable(f.Error()))
		} else {
			p.warn("%s", printable(f.Error()))
		}
	}
}

func bare(problems []apply.Problem) []state.Problem {
	all := make([]state.Problem, len(problems))
	for i, p := range problems {
		all[i] = p.Problem
	}
	return all
}

// locate puts positions to the problems in err.
func (j *project) locate(err error) error {
	var found *apply.ProblemsError
	if !errors.As(err, &found) {
		return err
	}
	faults := j.faults(bare(found.Problems))
	return &locatedError{faults, err, strings.Replace(err.Error(), found.Error(), faults.Error(), 1)}
}

// locatedError is an error with positions in its text.
type locatedError struct {
	faults config.ErrorList
	err    error
	text   string
}

// Error returns the text with positions.
func (e *locatedError) Error() string { return e.text }

// Unwrap returns the faults with their positions, and the error without.
func (e *locatedError) Unwrap() []error { return []error{e.faults, e.err} }

// show writes a plan for people to w.
func (p *program) show(w io.Writer, pl *plan.Plan, pos plan.Position) error {
	return render.Text(w, pl, render.Options{Color: p.color(w), Width: width(w), Verbose: p.verbose, Pos: pos})
}
