package main

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"github.com/urfave/cli/v2"
	"golang.org/x/sync/errgroup"

	"github.com/zoneloom/zoneloom/apply"
	"github.com/zoneloom/zoneloom/config"
	"github.com/zoneloom/zoneloom/provider/live"
	"github.com/zoneloom/zoneloom/state"
)

// Flags of the commands that ask name servers.
var (
	serverFlag = &cli.StringSliceFlag{
		Name:  "server",
		Usage: "ask the name server at `ADDR`, with a port where it isn't 53, instead of those that the parent zone delegates to; may be repeated",
	}
	rateFlag = &cli.IntFlag{
		Name: "rate", Value: 500,
		Usage: "ask one address at most `N` questions a second",
	}
	resolverFlag = &cli.StringFlag{
		Name:  "resolver",
		Usage: "find name servers with the resolver at `ADDR` (default: the first of /etc/resolv.conf)",
	}
)

// liveCommands are the commands that look at zones without planning.
func (p *program) liveCommands(common []cli.Flag) []*cli.Command {
	return []*cli.Command{
		{
			Name: "verify", Usage: "ask the name servers whether they answer as configured",
			Action: p.verify,
			Flags:  slices.Concat(common, []cli.Flag{serverFlag, resolverFlag, rateFlag}),
		},
		{
			Name: "compare", Usage: "show how two sources of a zone differ", ArgsUsage: "A B",
			Action: p.compare,
			Flags:  []cli.Flag{configFlag, zoneFlag, formatFlag, quietFlag, verboseFlag, resolverFlag, rateFlag},
		},
		{
			Name: "export", Usage: "print zones as master files", ArgsUsage: "ZONE...",
			Action: p.export,
			Flags:  []cli.Flag{configFlag, providerFlag, quietFlag, verboseFlag},
		},
	}
}

// verify asks name servers for what the configuration wants.
func (p *program) verify(c *cli.Context) error {
	if err := errors.Join(noArgs(c), p.begin(c)); err != nil {
		return err
	}
	asJSON, err := format(c)
	if err != nil {
		return err
	}
	asker, err := newAsker(c)
	if err != nil {
		return err
	}
	j, err := load(c)
	if err != nil {
		return err
	}
	p.remark(j, nil)
	targets, err := j.targets(c)
	if err != nil {
		return err
	}
	checks, err := j.checks(targets)
	if err != nil {
		return err
	}
	ctx, release := interruptible()
	defer release()
	failed := asker.findAll(ctx, checks)
	if err := asker.askAll(ctx, checks, p.checked()); err != nil {
		return errors.Join(failed, err)
	}
	if asJSON {
		err = p.printJSON(newVerified(checks, j.position))
	} else {
		p.printVerified(checks, j.position)
	}
	if err := errors.Join(failed, err); err != nil {
		return err
	}
	if !allAgree(checks) {
		return coded(exitPending)
	}
	return nil
}

// checked returns what says how many zones were asked for.
func (p *program) checked() func(done, total int) {
	return func(done, total int) {
		if tenth(done, total) && total > 1 {
			p.say("asked for %d of %s", done, plural(total, "zone"))
		}
	}
}

// zoneCheck is one zone whose servers are asked.
type zoneCheck struct {
	zone    state.Name
	wants   []wanted
	servers []live.Server
	reports []*live.Report // one for each of wants
}

// wanted is what a provider's servers should answer.
type wanted struct {
	zone  *state.Zone
	loose func(state.Key, string) bool
}

// checks returns what to ask, zone by zone. A zone at several providers may be
// wanted differently on each, and nothing tells whose a server is.
func (j *project) checks(targets []apply.Target) ([]*zoneCheck, error) {
	var checks []*zoneCheck
	var faults config.ErrorList
	for _, t := range targets {
		w, problems := j.wanted(t)
		if slices.ContainsFunc(problems, func(p state.Problem) bool { return p.Severity == state.SeverityError }) {
			faults = append(faults, j.faults(problems)...)
			continue
		}
		if n := len(checks); n > 0 && checks[n-1].zone == t.Zone {
			checks[n-1].wants = append(checks[n-1].wants, w)
			continue
		}
		checks = append(checks, &zoneCheck{zone: t.Zone, wants: []wanted{w}})
	}
	if len(faults) > 0 {
		return nil, faults
	}
	return checks, nil
}

// wanted returns what the servers of a target should answer, as its provider
// would keep it.
func (j *project) wanted(t apply.Target) (wanted, []state.Problem) {
	w := wanted{zone: t.Want}
	k, known := kinds[j.Provider(t.Provider).Type]
	var problems []state.Problem
	if known {
		w.zone, problems = k.checker.Check(t.Want, nil)
	}
	apexNS := state.Key{Name: t.Zone, Type: state.NS}
	if t.Rules.ApexNS == state.ApexNSLeave {
		w.zone = without(w.zone, func(s *state.RRset) bool { return s.Key == apexNS })
	}
	w.loose = func(k state.Key, data string) bool {
		if k == apexNS && (t.Rules.ApexNS == state.ApexNSMerge || kinds[j.Provider(t.Provider).Type].ownNS) {
			return true
		}
		return slices.ContainsFunc(t.Rules.Ignore, func(p state.Pattern) bool { return p.Match(t.Zone, k, data) })
	}
	return w, problems
}

// without returns z without the RRsets that drop tells.
func without(z *state.Zone, drop func(*state.RRset) bool) *state.Zone {
	kept := &state.Zone{Name: z.Name, Attrs: z.Attrs}
	for i := range z.RRsets {
		if !drop(&z.RRsets[i]) {
			kept.RRsets = append(kept.RRsets, z.RRsets[i])
		}
	}
	return kept
}

// asker asks name servers.
type asker struct {
	client  live.Client
	servers []live.Server // those that the user names; else each zone's own
}

// newAsker takes in the flags that say whom to ask.
func newAsker(c *cli.Context) (*asker, error) {
	a := &asker{}
	if rate := c.Int("rate"); c.IsSet("rate") && rate < 1 {
		return nil, usagef("--rate must be 1 or more")
	} else if rate > 0 { // some commands have no such flag
		a.client.Rate = float64(rate)
	}
	for _, text := range c.StringSlice("server") {
		addr, err := parseServer(text)
		if err != nil {
			return nil, usagef("--server %s: %w", text, err)
		}
		a.servers = append(a.servers, live.Server{Addr: addr})
	}
	if text := c.String("resolver"); text != "" {
		addr, err := parseServer(text)
		if err != nil {
			return nil, usagef("--resolver %s: %w", text, err)
		}
		a.client.Resolver = addr.String()
	}
	return a, nil
}

// parseServer reads an address with a port, or with that of DNS.
func parseServer(text string) (netip.AddrPort, error) {
	const port = 53
	if addr, err := netip.ParseAddr(text); err == nil {
		return netip.AddrPortFrom(addr, port), nil
	}
	addr, err := netip.ParseAddrPort(text)
	if err != nil || addr.Port() == 0 {
		return netip.AddrPort{}, errors.New("it must be an address such as 192.0.2.53, 192.0.2.53:5353 or [2001:db8::53]:53")
	}
	return addr, nil
}

// zonesAtOnce is how many zones are asked for side by side.
const zonesAtOnce = 8

// findAll finds the servers of each zone. What it doesn't find is in its error.
func (a *asker) findAll(ctx context.Context, checks []*zoneCheck) error {
	errs := make([]error, len(checks))
	var g errgroup.Group
	g.SetLimit(zonesAtOnce)
	for i, check := range checks {
		if check.servers = a.servers; len(a.servers) > 0 {
			continue
		}
		g.Go(func() error {
			check.servers, errs[i] = a.client.Servers(ctx, check.zone)
			return nil
		})
	}
	_ = g.Wait() // the errors are in errs
	return errors.Join(errs...)
}

// askAll asks the servers of each zone: for all that is wanted at first, later
// for what differed. It tells when a zone is done.
func (a *asker) askAll(ctx context.Context, checks []*zoneCheck, tell func(done, total int)) error {
	done := make(chan error)
	go func() {
		var g errgroup.Group
		g.SetLimit(zonesAtOnce)
		for _, check := range checks {
			g.Go(func() error {
				done <- a.ask(ctx, check)
				return nil
			})
		}
		_ = g.Wait() // the errors are sent
		close(done)
	}()
	var first error
	n := 0
	for err := range done {
		n++
		if first == nil {
			first = err
		}
		tell(n, len(checks))
	}
	return first
}

// ask asks the servers of one zone.
func (a *asker) ask(ctx context.Context, check *zoneCheck) error {
	if check.reports == nil {
		check.reports = make([]*live.Report, len(check.wants))
	}
	for i, w := range check.wants {
		t := live.Target{Want: w.zone, Servers: check.servers, Loose: w.loose}
		var r *live.Report
		var err error
		if check.reports[i] == nil {
			r, err = a.client.Verify(ctx, t)
		} else {
			r, err = a.client.Again(ctx, t, check.reports[i])
		}
		if err != nil {
			return fmt.Errorf("zone %s: %w", check.zone, err)
		}
		check.reports[i] = r
	}
	return nil
}

// report returns what became of the zone: of each server the report on what it
// comes closest to.
func (check *zoneCheck) report() *live.Report {
	if len(check.reports) == 0 || check.reports[0] == nil {
		return &live.Report{Zone: check.zone}
	}
	best := *check.reports[0]
	best.Servers = slices.Clone(best.Servers)
	for _, r := range check.reports[1:] {
		for i := range r.Servers {
			if len(r.Servers[i].Differs) < len(best.Servers[i].Differs) {
				best.Servers[i] = r.Servers[i]
			}
		}
	}
	return &best
}

func allAgree(checks []*zoneCheck) bool {
	return !slices.ContainsFunc(checks, func(c *zoneCheck) bool { return !c.report().Agrees() })
}
