package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/zoneloom/zoneloom/apply"
	"github.com/zoneloom/zoneloom/apply/journal"
	"github.com/zoneloom/zoneloom/plan"
	"github.com/zoneloom/zoneloom/state"
)

// undoCommands are the commands that bring back what was.
func (p *program) undoCommands(common []cli.Flag) []*cli.Command {
	back := []cli.Flag{
		allowFlag, maxRiskFlag, reportFlag, baseFlag,
		&cli.StringFlag{Name: "out", TakesFile: true, Usage: "write the plan as JSON to `FILE`, for apply"},
		&cli.BoolFlag{Name: "dry-run", DisableDefaultText: true, Usage: "do all but ask and write"},
		&cli.BoolFlag{Name: "yes", DisableDefaultText: true, Usage: "don't ask"},
		lockTimeoutFlag,
	}
	return []*cli.Command{
		{
			Name: "undo", Usage: "take back what a run changed", ArgsUsage: "[RUN]",
			Action: p.undo,
			Flags: slices.Concat(common, []cli.Flag{
				&cli.StringFlag{Name: "from", TakesFile: true, Usage: "take back the saved plan, or the run on record, in `FILE`"},
				&cli.BoolFlag{Name: "force-changed", DisableDefaultText: true, Usage: "take back also what somebody else changed since"},
			}, back),
		},
		{
			Name: "snapshot", Usage: "keep whole zones in a file",
			Action: p.snapshot,
			Flags: []cli.Flag{
				configFlag, zoneFlag, providerFlag, quietFlag, verboseFlag,
				&cli.StringFlag{Name: "out", TakesFile: true, Usage: "write the snapshot to `FILE` instead of a new one in .zoneloom/snapshots"},
			},
		},
		{
			Name: "restore", Usage: "bring whole zones back to what a snapshot kept", ArgsUsage: "FILE|NAME",
			Action: p.restore,
			Flags:  slices.Concat(common, back),
		},
	}
}

// undo takes back what a run, or a saved plan, changed.
func (p *program) undo(c *cli.Context) (err error) {
	if err := errors.Join(p.begin(c), p.checkUndo(c)); err != nil {
		return err
	}
	reports, err := newReports(c, c.String("from"))
	if err != nil {
		return err
	}
	defer func() { err = p.finish(reports, err) }()
	j, err := load(c)
	if err != nil {
		return err
	}
	past, run, err := p.past(c, j)
	if err != nil {
		return err
	}
	undoes := ""
	if run != nil {
		undoes = run.ID
		p.takingBack(run)
	}
	b, err := p.openBack(c, j, changedIn(past), c.String("from"))
	if err != nil {
		return err
	}
	b.reports = reports
	defer func() { err = errors.Join(err, b.Close()) }()
	head := journal.Head{Command: "undo", Undoes: undoes}
	return p.wayBack(c, b, head, func(ctx context.Context) (*apply.Planned, []apply.Left, error) {
		return b.engine.Reverse(ctx, past, b.targets, c.Bool("force-changed"))
	})
}

// takingBack says which run is taken back, and how far it got.
func (p *program) takingBack(r *journal.Run) {
	switch r.Outcome() {
	case journal.Stopped, journal.InPart:
		made, not, unknown := r.Count()
		p.say("taking back run %s, which %s began and which %s: %d made, %d not made, %d unknown",
			r.ID, printable(r.Who.String()), whereStopped(r), made, not, unknown)
	case journal.Complete, journal.Failed, journal.InProgress:
		p.say("taking back run %s", r.ID)
	}
}

// back is the work of a way back: what undo and restore have in common.
type back struct {
	*work
	file string // to write the plan to; "" where it is carried out
}

// openBack opens the providers of what was kept at places. Reads is the file that
// tells of it, if one does. The caller closes what comes back.
func (p *program) openBack(c *cli.Context, j *project, places []place, reads string) (*back, error) {
	file, err := p.clearOut(c, c.String("config"), reads)
	if err != nil {
		return nil, err
	}
	l, err := leaveOf(c)
	if err != nil {
		return nil, err
	}
	w, err := p.open(c, j, l, func() ([]apply.Target, error) { return j.pastTargets(c, places) })
	if err != nil {
		return nil, err
	}
	if err := p.lockZones(c, w); err != nil {
		return nil, errors.Join(err, w.Close())
	}
	return &back{w, file}, nil
}

// nowhere is the position of records that the configuration doesn't ask for.
func nowhere(state.Src) (file string, line int) { return "", 0 }

// checkUndo finds what is wrong with the command line, before anything is
// called.
func (p *program) checkUndo(c *cli.Context) error {
	switch {
	case c.NArg() > 1:
		return usagef("undo takes back one run, and there are %d arguments", c.NArg())
	case c.NArg() == 1 && c.String("from") != "":
		return usagef("say either which run to take back, or --from which file")
	}
	return p.checkWayBack(c)
}

// checkWayBack finds what is wrong with the flags that undo and restore share.
func (p *program) checkWayBack(c *cli.Context) error {
	saves := c.String("out") != ""
	switch {
	case saves && (c.Bool("yes") || c.Bool("dry-run")):
		return usagef("--out only writes the plan, for zoneloom apply: leave out --yes and --dry-run")
	}
	if _, err := format(c); err != nil || saves {
		return err
	}
	return errors.Join(p.checkAsking(c), checkLockTimeout(c))
}

// past returns what is to be taken back, and the run that did it, nil where that
// isn't known: that of the file, or of the run, that c names, or the last one.
func (p *program) past(c *cli.Context, j *project) (*plan.Plan, *journal.Run, error) {
	file := c.String("from")
	if file != "" && filepath.Ext(file) != journal.Extension {
		saved, err := readSaved(file)
		if err != nil {
			return nil, nil, err
		}
		return saved.Plan, nil, nil
	}
	h, id := (*journal.History)(nil), c.Args().First()
	var err error
	if file != "" {
		var folder *journal.Folder
		folder, err = journal.OpenFolder(filepath.Dir(file), ".")
		h, id = &journal.History{Store: folder}, strings.TrimSuffix(filepath.Base(file), journal.Extension)
	} else {
		h, err = p.history(c.Context, j)
	}
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = h.Close() }()
	if id == "" {
		if id, err = lastRun(p.runs(c.Context, h)); err != nil {
			return nil, nil, err
		}
	}
	r, err := h.Read(c.Context, id)
	switch {
	case err != nil:
		return nil, nil, err
	case r.Live:
		return nil, nil, fmt.Errorf("run %s is going on: its process is alive", r.ID)
	}
	return r.Plan.Plan, r, nil
}

// lastRun returns the newest of runs that changed something and wasn't taken
// back. What only took another one back doesn't count, so that undoing again goes
// further back.
func lastRun(runs []*journal.Run) (string, error) {
	var newest *journal.Run
	for _, r := range runs {
		wrote := slices.ContainsFunc(r.Zones, func(z journal.Zone) bool {
			made, _, unknown := z.Count()
			return made+unknown > 0
		})
		if wrote && r.Undoes == "" && journal.UndoneBy(runs, r) == "" && (newest == nil || r.Started.After(newest.Started)) {
			newest = r
		}
	}
	if newest == nil {
		return "", errors.New("no run on record is left to take back; zoneloom history lists them, and zoneloom undo RUN takes one back all the same")
	}
	return newest.ID, nil
}

// readSaved reads a saved plan.
func readSaved(file string) (*plan.Saved, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	saved, err := plan.Decode(f)
	if err == nil {
		return saved, nil
	}
	if _, serr := f.Seek(0, io.SeekStart); serr == nil {
		if _, serr = plan.DecodeSnapshot(f); serr == nil {
			return nil, fmt.Errorf("%s is a snapshot, not a plan: zoneloom restore %s brings it back", file, file)
		}
	}
	return nil, fmt.Errorf("%s: %w", file, err)
}

// changedIn returns where a plan changes anything.
func changedIn(pl *plan.Plan) []place {
	var places []place
	for i := range pl.Zones {
		if z := &pl.Zones[i]; !z.Empty() {
			places = append(places, place{z.Name, z.Provider})
		}
	}
	return places
}

// pastTargets returns those of places that c selects. A zone that the
// configuration doesn't have any more is among them, as long as it has the
// provider.
func (j *project) pastTargets(c *cli.Context, places []place) ([]apply.Target, error) {
	only := c.String("provider")
	if only != "" {
		if err := j.declares(only); err != nil {
			return nil, err
		}
	}
	var names []state.Name
	for _, at := range places {
		names = append(names, at.zone)
	}
	chosen, err := choose(names, c.StringSlice("zone"))
	if err != nil {
		return nil, err
	}
	declared := map[place]apply.Target{}
	for _, z := range j.Zones {
		for _, t := range at(z) {
			declared[place{t.Zone, t.Provider}] = t
		}
	}
	var targets []apply.Target
	for i, p := range places {
		if !chosen[i] || only != "" && p.provider != only {
			continue
		}
		if j.Provider(p.provider) == nil {
			return nil, fmt.Errorf("zone %s was kept at the provider %s, which the configuration doesn't have; name the one that has it with -c", p.zone, p.provider)
		}
		t, found := declared[p]
		if !found {
			t = apply.Target{Zone: p.zone, Provider: p.provider, Rules: state.Rules{Prune: true}}
		}
		targets = append(targets, t)
	}
	if len(targets) == 0 && len(places) > 0 {
		return nil, fmt.Errorf("none of the chosen zones is kept at the provider %s", only)
	}
	return targets, nil
}

// wayBack plans a way back and goes it: it says what is left alone, and writes the
// plan to a file or carries it out. Head says which command it is.
func (p *program) wayBack(
	c *cli.Context, b *back, head journal.Head, plans func(context.Context) (*apply.Planned, []apply.Left, error),
) error {
	ctx, stop, release := p.stoppable()
	defer release()
	if b.file != "" {
		p.remind(ctx, b.project, head.Undoes)
	} else if err := p.takeDown(ctx, b.work, c, head, nil); err != nil {
		return err
	}
	before, cancel := beforeWrites(ctx, stop)
	defer cancel(nil)
	planned, left, err := plans(before)
	b.bar.end()
	if err != nil {
		err = b.locate(err)
		b.reports.failed(err)
		return p.outcome(nil, err)
	}
	pl := planned.Plan
	if len(planned.Problems) > 0 {
		p.remark(b.project, planned.Problems)
	}
	planned.LimitRisk(b.maxRisk)
	for _, a := range pl.Allow(b.allowed) {
		p.say("--allow %s lifts nothing: that guard doesn't object", a)
	}
	for _, l := range left {
		p.warn("%s", printable(l.String()))
	}
	b.reports.planned(b.work, planned, nowhere)
	b.reports.spared(left)
	if b.file != "" {
		err = p.writeOut(b.file, func(f io.Writer) error { return pl.Encode(f, nil) })
		if err == nil {
			err = p.show(p.stdout, pl, nil)
		}
	} else {
		err = p.goBack(ctx, c, b, planned, stop)
	}
	if err != nil {
		return err
	}
	return p.undone(pl, left, b.file != "" || c.Bool("dry-run"))
}

// goBack carries a way back out, as long as there is anything to do.
func (p *program) goBack(ctx context.Context, c *cli.Context, b *back, planned *apply.Planned, stop <-chan struct{}) error {
	if !planned.Plan.Empty() || c.String("format") != "text" {
		return p.carryOut(ctx, c, b.work, planned, nowhere, stop)
	}
	_, err := fmt.Fprintln(p.stdout, "Nothing to do: there is nothing to bring back")
	return errors.Join(err, b.pen.settle(planned.Plan, &apply.Report{}, nil))
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

// undone is the end of a way back: what was left alone makes it one in part.
func (p *program) undone(pl *plan.Plan, left []apply.Left, dry bool) error {
	if !pl.Empty() && !dry {
		p.say("The configuration isn't changed: bring it back too, or the next plan undoes this")
	}
	if !changed(left) {
		return nil
	}
	p.warn("%s left alone", plural(len(left), "RRset"))
	if slices.ContainsFunc(left, func(l apply.Left) bool { return l.Text == "" && l.Reason == "" }) {
		p.warn("hint: --force-changed takes back also what somebody else changed since")
	}
	switch {
	case pl.Empty():
		return coded(exitRefused)
	case dry:
		return nil
	}
	return coded(exitPartly)
}
