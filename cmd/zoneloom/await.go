package main

import (
	"context"
	"errors"
	"fmt"
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

// awaited waits for the name servers of w's zones where c asks for it.
func (p *program) awaited(ctx context.Context, c *cli.Context, w *work, stop <-chan struct{}) error {
	if !c.Bool("verify") {
		return nil
	}
	a, err := newAsker(c)
	if err != nil {
		return err
	}
	checks, err := w.checks(w.targets)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() {
		select {
		case <-stop:
			cancel(errInterrupted)
		case <-ctx.Done():
		}
	}()
	return p.await(ctx, a, checks, c.Duration("verify-timeout"))
}

// await asks the servers again and again until all answer as configured.
func (p *program) await(ctx context.Context, a *asker, checks []*zoneCheck, limit time.Duration) error {
	if err := a.findAll(ctx, checks); err != nil {
		return err
	}
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	start, told := time.Now(), ""
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		err := a.askAll(limited, checks, func(int, int) {})
		if err == nil && allAgree(checks) {
			p.say("the name servers answer as configured: %s", talliedOf(checks))
			return nil
		}
		if now := talliedOf(checks).String(); now != told && limited.Err() == nil {
			p.say("waiting for the name servers: %s (%s of %s)", now, time.Since(start).Round(time.Second), limit)
			told = now
		}
		select {
		case <-limited.Done():
			return p.unmet(ctx, checks, limit, err)
		case <-time.After(pause):
		}
	}
}

// unmet reports what the servers answer when time is up.
func (p *program) unmet(ctx context.Context, checks []*zoneCheck, limit time.Duration, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("the changes were made, but waiting for the name servers ended: %w", context.Cause(ctx))
	}
	if err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	for _, check := range checks {
		r := check.report()
		for i := range r.Servers {
			s := &r.Servers[i]
			if s.Fault != nil && !s.Fault.NoRoute {
				p.warn("zone %s: %s: %s", r.Zone, printable(s.String()), printable(s.Fault.Text))
			}
			for _, d := range s.Differs {
				p.warn("zone %s: %s: %s: %s", r.Zone, printable(s.String()), d.Key, printable(d.Text))
			}
		}
	}
	p.warn("the changes were made, but after %s the name servers don't all answer as configured: %s", limit, talliedOf(checks))
	return coded(exitPending)
}
