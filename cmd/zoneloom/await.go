package main

import (
	"context"
	"time"

	"github.com/urfave/cli/v2"
)

// Flags of apply that have it wait for name servers.
var (
	awaitFlag = &cli.BoolFlag{
		Name: "verify", DisableDefaultText: true,
		Usage: "then wait until the name servers of the chosen zones answer as configured",
	}
	awaitLimitFlag = &cli.DurationFlag{
		Name: "verify-timeout", Value: 5 * time.Minute,
		Usage: "wait no longer than `TIME`",
	}
)

// The time between two looks at the servers grows from the one to the other.
const (
	firstPause = time.Second
	lastPause  = 10 * time.Second
)

// checkAwait finds what is wrong with the flags that have apply wait.
func checkAwait(c *cli.Context) error {
	switch {
	case !c.Bool("verify") && (c.IsSet("verify-timeout") || c.IsSet("server") || c.IsSet("resolver")):
		return usagef("--verify-timeout, --server and --resolver belong to --verify")
	case c.Bool("verify") && c.Bool("dry-run"):
		return usagef("--verify waits for what was written, and --dry-run writes nothing")
	case c.Duration("verify-timeout") <= 0:
		return usagef("--verify-timeout must be a time such as 90s or 5m")
	}
	_, err := newAsker(c)
	return err
}

// waiter waits for the name servers of some zones.
type waiter struct {
	p      *program
	asker  *asker
	checks []*zoneCheck
	limit  time.Duration
}

// waiter returns what waits for the name servers of w's zones, nil where c
// doesn't ask for it. It finds them before anything is written: a zone whose
// servers nobody knows is no reason to fail afterwards.
func (p *program) waiter(ctx context.Context, c *cli.Context, w *work) (*waiter, error) {
	if !c.Bool("verify") {
		return nil, nil
	}
	a, err := newAsker(c)
	if err != nil {
		return nil, err
	}
	checks, err := w.checks(w.targets)
	if err != nil {
		return nil, err
	}
	return &waiter{p, a, checks, c.Duration("verify-timeout")}, a.findAll(ctx, checks)
}

// wait asks the servers again and again until all answer as configured, the time
// is up, or the user stops it.
func (w *waiter) wait(ctx context.Context, stop <-chan struct{}) error {
	if w == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, w.limit)
	defer cancel()
	go func() {
		select {
		case <-stop:
			cancel()
		case <-ctx.Done():
		}
	}()
	start, told := time.Now(), ""
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		err := w.asker.askAll(ctx, w.checks, func(int, int) {})
		now := talliedOf(w.checks).String()
		if err == nil && allAgree(w.checks) {
			w.p.say("the name servers answer as configured: %s", now)
			return nil
		}
		if now != told && ctx.Err() == nil {
			w.p.say("waiting for the name servers: %s (%s of %s)", now, time.Since(start).Round(100*time.Millisecond), w.limit)
			told = now
		}
		select {
		case <-ctx.Done():
			w.unmet(time.Since(start).Round(100 * time.Millisecond))
			return coded(exitPending)
		case <-time.After(pause):
		}
	}
}

// unmet reports what the servers answered last.
func (w *waiter) unmet(after time.Duration) {
	for _, check := range w.checks {
		r := check.report()
		for i := range r.Servers {
			s := &r.Servers[i]
			if s.Fault != nil && !s.Fault.NoRoute {
				w.p.warn("zone %s: %s: %s", r.Zone, printable(s.String()), printable(s.Fault.Text))
			}
			for _, d := range s.Differs {
				w.p.warn("zone %s: %s: %s: %s", r.Zone, printable(s.String()), d.Key, printable(d.Text))
			}
		}
	}
	w.p.warn("after %s the name servers don't all answer as configured: %s; what was applied stays", after, talliedOf(w.checks))
}
