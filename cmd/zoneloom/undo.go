package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/zoneloom/zoneloom/apply"
	"github.com/zoneloom/zoneloom/apply/journal"
	"github.com/zoneloom/zoneloom/plan"
	"github.com/zoneloom/zoneloom/state"
)

// undoCommands are the commands that bring back what was.
func (p *program) undoCommands(common []cli.Flag) []*cli.Command {
	return []*cli.Command{
		{
			Name: "undo", Usage: "take back what a plan changed",
			Action: p.undo,
			Flags: slices.Concat(common, []cli.Flag{
				allowFlag, maxRiskFlag,
				&cli.StringFlag{Name: "from", TakesFile: true, Usage: "take back the saved plan in `FILE`"},
				&cli.StringFlag{Name: "out", TakesFile: true, Usage: "write the plan as JSON to `FILE`, for apply"},
				&cli.BoolFlag{Name: "force-changed", DisableDefaultText: true, Usage: "take back also what somebody else changed since"},
				&cli.BoolFlag{Name: "dry-run", DisableDefaultText: true, Usage: "do all but ask and write"},
				&cli.BoolFlag{Name: "yes", DisableDefaultText: true, Usage: "don't ask"},
			}),
		},
	}
}

// undo takes back what a plan changed.
func (p *program) undo(c *cli.Context) (err error) {
	if err := errors.Join(p.begin(c), p.checkUndo(c)); err != nil {
		return err
	}
	past, err := readPast(c.String("from"))
	if err != nil {
		return err
	}
	file, err := p.clearOut(c, c.String("config"), c.String("from"))
	if err != nil {
		return err
	}
	allowed, err := allowances(c)
	if err != nil {
		return err
	}
	most, err := maxRisk(c)
	if err != nil {
		return err
	}
	j, err := load(c)
	if err != nil {
		return err
	}
	p.remark(j, nil)
	targets, err := j.pastTargets(c, past)
	if err != nil {
		return err
	}
	w, err := p.open(j, targets, allowed)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	w.maxRisk = most
	ctx, stop, release := p.stoppable()
	defer release()
	planned, left, err := p.reverse(ctx, c, w, past, stop)
	if err != nil {
		return p.outcome(nil, w.locate(err))
	}
	pos := func(state.Src) (string, int) { return "", 0 }
	if file != "" {
		return p.saveReverse(file, planned.Plan, left)
	}
	if err := p.takeDown(ctx, w, c, journal.Head{Command: "undo", Saved: true}, pos); err != nil {
		return err
	}
	if err := p.carryOut(ctx, c, w, planned, pos, stop); err != nil {
		return err
	}
	return p.undone(planned.Plan, left, c.Bool("dry-run"))
}

// checkUndo finds what is wrong with the command line, before anything is
// called.
func (p *program) checkUndo(c *cli.Context) error {
	saves := c.String("out") != ""
	switch {
	case c.NArg() > 0:
		return noArgs(c)
	case c.String("from") == "":
		return usagef("say what to take back: --from FILE names a saved plan")
	case saves && (c.Bool("yes") || c.Bool("dry-run")):
		return usagef("--out only writes the plan, for zoneloom apply: leave out --yes and --dry-run")
	}
	if _, err := format(c); err != nil || saves {
		return err
	}
	return p.checkAsking(c)
}

// readPast reads what is to be taken back.
func readPast(file string) (*plan.Plan, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	saved, err := plan.Decode(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return saved.Plan, nil
}

// pastTargets returns the zones that past changed and c selects. A zone that the
// configuration doesn't have any more is among them, as long as it has the
// provider.
func (j *project) pastTargets(c *cli.Context, past *plan.Plan) ([]apply.Target, error) {
	only := c.String("provider")
	if only != "" {
		if err := j.declares(only); err != nil {
			return nil, err
		}
	}
	var names []state.Name
	for i := range past.Zones {
		names = append(names, past.Zones[i].Name)
	}
	chosen, err := choose(names, c.StringSlice("zone"))
	if err != nil {
		return nil, err
	}
	declared := map[place]apply.Target{}
	for _, t := range targetsOf(j.Config) {
		declared[place{t.Zone, t.Provider}] = t
	}
	var targets []apply.Target
	for i := range past.Zones {
		z := &past.Zones[i]
		if z.Empty() || !chosen[i] || only != "" && z.Provider != only {
			continue
		}
		if j.Provider(z.Provider) == nil {
			return nil, fmt.Errorf("zone %s was changed at the provider %s, which the configuration doesn't have; name the one that has it with -c", z.Name, z.Provider)
		}
		t, found := declared[place{z.Name, z.Provider}]
		if !found {
			t = apply.Target{Zone: z.Name, Provider: z.Provider, Rules: state.Rules{Prune: true}}
		}
		targets = append(targets, t)
	}
	return targets, nil
}

// reverse plans what takes past back, lifts the guards that the user allows, and
// says what is left alone.
func (p *program) reverse(
	ctx context.Context, c *cli.Context, w *work, past *plan.Plan, stop <-chan struct{},
) (*apply.Planned, []apply.Left, error) {
	ctx, cancel := beforeWrites(ctx, stop)
	defer cancel(nil)
	planned, left, err := w.engine.Reverse(ctx, past, w.targets, c.Bool("force-changed"))
	w.bar.end()
	if err != nil {
		return nil, nil, err
	}
	planned.LimitRisk(w.maxRisk)
	for _, a := range planned.Plan.Allow(w.allowed) {
		p.say("--allow %s lifts nothing: that guard doesn't object", a)
	}
	for _, l := range left {
		p.warn("%s", printable(l.String()))
	}
	return planned, left, nil
}

// saveReverse writes the plan that takes something back, and shows it.
func (p *program) saveReverse(file string, pl *plan.Plan, left []apply.Left) error {
	if err := p.writeOut(file, func(f io.Writer) error { return pl.Encode(f, nil) }); err != nil {
		return err
	}
	if err := p.show(p.stdout, pl, nil); err != nil {
		return err
	}
	if changed(left) && pl.Empty() {
		return coded(exitRefused)
	}
	return nil
}

// changed reports whether anything is left alone that there was to take back.
func changed(left []apply.Left) bool {
	for _, l := range left {
		if l.Text == "" {
			return true
		}
	}
	return false
}

// undone is the end of an undo whose plan was carried out: what was left alone
// makes it one in part.
func (p *program) undone(pl *plan.Plan, left []apply.Left, dry bool) error {
	if !pl.Empty() && !dry {
		p.say("The configuration isn't changed: take the change back there too, or the next plan makes it again")
	}
	if !changed(left) {
		return nil
	}
	p.warn("%s left alone; --force-changed takes back also what somebody else changed since", plural(len(left), "RRset"))
	switch {
	case pl.Empty():
		return coded(exitRefused)
	case dry:
		return nil
	}
	return coded(exitPartly)
}
