package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/zoneloom/zoneloom/apply"
	"github.com/zoneloom/zoneloom/apply/lock"
	"github.com/zoneloom/zoneloom/apply/postgres"
	"github.com/zoneloom/zoneloom/state"
)

var lockTimeoutFlag = &cli.DurationFlag{
	Name: "lock-timeout", DefaultText: "0s, not at all",
	Usage: "wait up to `TIME`, such as 90s or 5m, for a zone that another run writes",
}

// checkLockTimeout finds what is wrong with the flag.
func checkLockTimeout(c *cli.Context) error {
	if c.Duration("lock-timeout") < 0 {
		return usagef("--lock-timeout must be a time such as 90s or 5m")
	}
	return nil
}

// lockZones has the engine of w take locks before it writes, if c is to write
// zones at all.
func (p *program) lockZones(c *cli.Context, w *work) error {
	if c.Bool("dry-run") || c.String("out") != "" {
		return nil
	}
	locks, err := p.locks(c.Context, w.project)
	if err != nil {
		return err
	}
	w.locks, w.engine.Locks = locks, locks
	return nil
}

// locks returns where the locks of zones are: in the database that keeps the
// project's history, for all who share it, or else in files of this host. The
// caller closes it.
func (p *program) locks(ctx context.Context, j *project) (lock.Store, error) {
	at, err := j.historyAt(p.getenv)
	if err != nil {
		return nil, j.inHistory(err)
	}
	if at.URL != "" {
		store, err := p.locksIn(ctx, j)
		return store, j.inHistory(err)
	}
	folder, err := lock.DefaultFolder(p.getenv)
	if err != nil {
		return nil, err
	}
	return &lock.Folder{Path: folder, Holder: p.holder()}, nil
}

// locksIn opens the locks in the database that keeps the project's history.
func (p *program) locksIn(ctx context.Context, j *project) (lock.Store, error) {
	database, err := p.historyDatabase(j)
	if err != nil {
		return nil, err
	}
	locks, err := postgres.OpenLocks(ctx, database, p.holder())
	if err != nil {
		return nil, err // and no Store that holds a nil
	}
	return locks, nil
}

// holder is this process, as others are told of it.
func (p *program) holder() apply.Holder {
	h := apply.Holder{Who: p.who().String(), PID: os.Getpid()}
	h.Host, _ = os.Hostname() // what isn't known isn't told
	return h
}

// nameHolder has the locks that w will take tell which run holds them.
func (w *work) nameHolder(run string) {
	if w.locks != nil {
		w.locks.TakeFor(run)
	}
}

// unlockCommand is the command for locks whose holders won't let go.
func (p *program) unlockCommand() *cli.Command {
	return &cli.Command{
		Name: "unlock", Usage: "show who is writing zones, and free their locks",
		Action: p.unlock,
		Flags: []cli.Flag{
			configFlag, zoneFlag, formatFlag, quietFlag, verboseFlag,
			&cli.BoolFlag{Name: "list", DisableDefaultText: true, Usage: "only show the locks"},
			&cli.BoolFlag{Name: "yes", DisableDefaultText: true, Usage: "don't ask"},
		},
	}
}

// unlock shows the locks that are held and frees those that c chooses.
func (p *program) unlock(c *cli.Context) (err error) {
	if err := errors.Join(noArgs(c), p.begin(c)); err != nil {
		return err
	}
	asJSON, err := p.checkUnlock(c)
	if err != nil {
		return err
	}
	j, err := load(c)
	if err != nil {
		return err
	}
	ctx, release := interruptible()
	defer release()
	store, err := p.locks(ctx, j)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	held, err := store.List(ctx)
	if err != nil {
		return err
	}
	held, err = j.chosenLocks(held, c.StringSlice("zone"))
	if err != nil {
		return err
	}
	lines := lockLines(held)
	if !c.Bool("list") {
		err = p.free(ctx, c, store, held, lines)
	}
	switch {
	case asJSON:
		return errors.Join(err, p.printJSON(lines))
	case c.Bool("list"):
		return errors.Join(err, p.printLocks(lines))
	}
	return err
}

// checkUnlock finds what is wrong with the command line, before anything is done.
func (p *program) checkUnlock(c *cli.Context) (asJSON bool, err error) {
	switch {
	case c.Bool("list") && c.Bool("yes"):
		return false, usagef("--list frees nothing: leave out --yes")
	case !c.Bool("list") && len(c.StringSlice("zone")) == 0:
		return false, usagef("say which zones with --zone ('*' is all of them), or only look with --list")
	case !c.Bool("list") && !c.Bool("yes") && !isTerminal(p.stdin):
		return false, errors.New("there is no terminal to ask at: say --yes to free the locks, or --list to see them")
	}
	return format(c)
}

// chosenLocks returns the locks of the zones that match the globs. One that
// matches neither a locked nor a configured zone is an error.
func (j *project) chosenLocks(held []apply.LockState, globs []string) ([]apply.LockState, error) {
	var names []state.Name
	for _, s := range held {
		names = append(names, s.Zone)
	}
	for _, z := range j.Zones {
		names = append(names, z.Name)
	}
	chosen, err := choose(names, globs)
	if err != nil {
		return nil, err
	}
	kept := []apply.LockState{}
	for i, s := range held {
		if chosen[i] {
			kept = append(kept, s)
		}
	}
	return kept, nil
}

// free frees locks, after asking, and notes in lines which.
func (p *program) free(ctx context.Context, c *cli.Context, store lock.Store, held []apply.LockState, lines []lockLine) error {
	if len(held) == 0 {
		p.say("no lock is held")
		return nil
	}
	if !c.Bool("yes") {
		for _, s := range held {
			p.warn("zone %s: %s: %s%s", s.Zone, printable(s.Target), printable(s.Holder.String()), deadOrAlive(s))
		}
		yes, err := p.ask(ctx, fmt.Sprintf("Free %s? A run that still writes stops before its next request. Type yes to do so: ", plural(len(held), "lock")))
		if err != nil {
			return err
		}
		if !yes {
			p.warn("refused: the answer was no")
			return coded(exitRefused)
		}
	}
	for i, s := range held {
		freed, err := store.Free(ctx, s)
		if err != nil {
			return fmt.Errorf("zone %s: free its lock: %w", s.Zone, err)
		}
		lines[i].Freed = freed
		if freed {
			p.say("zone %s: freed from %s", s.Zone, printable(s.Holder.String()))
		} else {
			p.say("zone %s: its holder has let go of it meanwhile", s.Zone)
		}
	}
	return nil
}

func deadOrAlive(s apply.LockState) string {
	if s.Dead {
		return ", and is gone"
	}
	return ""
}

// lockLine is a lock as it is shown.
type lockLine struct {
	Zone   state.Name `json:"zone"`
	Target string     `json:"target"`
	Epoch  uint64     `json:"epoch"`
	Who    string     `json:"who,omitempty"`
	Run    string     `json:"run,omitempty"`
	Host   string     `json:"host,omitempty"`
	PID    int        `json:"pid,omitempty"`
	Since  *time.Time `json:"since,omitempty"`
	Until  *time.Time `json:"until,omitempty"`
	Alive  bool       `json:"alive"`
	Freed  bool       `json:"freed"`
}

func lockLines(held []apply.LockState) []lockLine {
	lines := make([]lockLine, len(held))
	for i, s := range held {
		h := s.Holder
		lines[i] = lockLine{
			Zone: s.Zone, Target: s.Target, Epoch: s.Epoch, Who: h.Who, Run: h.Run, Host: h.Host, PID: h.PID,
			Since: known(h.Since), Until: known(h.Until), Alive: !s.Dead,
		}
	}
	return lines
}

func (p *program) printLocks(lines []lockLine) error {
	if len(lines) == 0 {
		p.say("no lock is held")
		return nil
	}
	w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ZONE\tTARGET\tWHO\tHOST\tPID\tRUN\tSINCE\tALIVE")
	for _, l := range lines {
		since, pid := "", ""
		if l.Since != nil {
			since = l.Since.Format(time.RFC3339)
		}
		if l.PID != 0 {
			pid = fmt.Sprint(l.PID)
		}
		cells := []string{l.Zone.Unicode(), l.Target, dash(l.Who), dash(l.Host), dash(pid), dash(l.Run), dash(since), yesNo(l.Alive)}
		fmt.Fprintln(w, printable(strings.Join(cells, "\t")))
	}
	return w.Flush()
}
