package main

import (
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/zoneloom/zoneloom/apply"
	"github.com/zoneloom/zoneloom/config"
	"github.com/zoneloom/zoneloom/state"
)

var (
	sinceFlag = &cli.StringFlag{
		Name:  "changed-since",
		Usage: "only zones whose configuration differs from that at the git revision `REV`",
	}
	providersFromFlag = &cli.StringFlag{
		Name:  "providers-from",
		Usage: "take providers and history from the configuration at the git revision `REV`, and not from the files here",
	}
)

// configAt reads the configuration as it is at the revision that a flag names.
func configAt(c *cli.Context, flag string) (*config.Config, error) {
	rev := c.String(flag)
	b := &base{}
	if err := b.open(c, []string{rev}); err != nil {
		return nil, fmt.Errorf("--%s %s: %w", flag, rev, err)
	}
	return b.cfg, b.Close()
}

// since returns those of targets whose zones the configuration wants otherwise
// than at the revision of --changed-since, if there is one.
func (p *program) since(c *cli.Context, j *project, targets []apply.Target) ([]apply.Target, error) {
	rev := c.String(sinceFlag.Name)
	if rev == "" {
		return targets, nil
	}
	old, err := configAt(c, sinceFlag.Name)
	if err != nil {
		return nil, err
	}
	zones := map[state.Name]*config.Zone{}
	if old != nil {
		for _, z := range old.Zones {
			zones[z.Name] = z
		}
	}
	changed := map[state.Name]bool{}
	for _, z := range j.Zones {
		changed[z.Name] = zones[z.Name] == nil || !sameZone(j.Config, z, old, zones[z.Name])
		delete(zones, z.Name)
	}
	for _, z := range slices.SortedFunc(maps.Keys(zones), state.Name.Compare) {
		p.say("zone %s is in the configuration at %s and not here: it isn't planned", z, rev)
	}
	targets = slices.DeleteFunc(targets, func(t apply.Target) bool { return !changed[t.Zone] })
	if len(targets) == 0 {
		p.say("no zone is configured otherwise than at %s", rev)
	}
	return targets, nil
}

// sameZone reports whether two configurations want the same of a zone, wherever
// that is written.
func sameZone(a *config.Config, x *config.Zone, b *config.Config, y *config.Zone) bool {
	if x.Create != y.Create || !reflect.DeepEqual(x.Rules, y.Rules) || !slices.Equal(x.Providers, y.Providers) {
		return false
	}
	return !slices.ContainsFunc(x.Providers, func(name string) bool {
		return !a.Provider(name).Same(&b.Provider(name).Setting) || !sameRecords(x, y, name)
	})
}

// sameRecords compares what is wanted at a provider, and what is written on the
// record itself, on which the guard unproxy depends.
func sameRecords(x, y *config.Zone, provider string) bool {
	v, w := x.Want(provider), y.Want(provider)
	return v.Attrs == w.Attrs && slices.EqualFunc(v.RRsets, w.RRsets, func(s, t state.RRset) bool {
		return s.Key == t.Key && s.Attrs == t.Attrs && slices.EqualFunc(s.Records, t.Records, func(q, r state.Record) bool {
			return q.Equal(r) && x.Written(q.Src, "proxied") == y.Written(r.Src, "proxied")
		})
	})
}

// providersFrom puts the providers and the history at the revision of
// --providers-from, if there is one, in place of j's: a fork can't send secrets
// elsewhere.
func providersFrom(c *cli.Context, j *project) error {
	if c.String(providersFromFlag.Name) == "" {
		return nil
	}
	old, err := configAt(c, providersFromFlag.Name)
	if err != nil {
		return err
	}
	if old == nil {
		return fmt.Errorf("--%s %s: there is no %s at that revision", providersFromFlag.Name, c.String(providersFromFlag.Name), c.String("config"))
	}
	j.Providers, j.History = old.Providers, old.History
	var faults config.ErrorList
	for _, z := range j.Zones {
		for _, name := range z.Providers {
			if j.Provider(name) == nil {
				faults = append(faults, &config.Error{
					Pos:  j.Pos(z.Src),
					Text: fmt.Sprintf("the zone is kept at the provider %s, which isn't there at %s", name, c.String(providersFromFlag.Name)),
				})
			}
		}
	}
	if len(faults) > 0 {
		return moved(j.dir, faults)
	}
	return nil
}
