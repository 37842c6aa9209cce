package main

import (
	"errors"
	"fmt"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/zoneloom/zoneloom/provider/zonefile"
	"github.com/zoneloom/zoneloom/state"
)

// export prints zones as they are at a provider, as master files.
func (p *program) export(c *cli.Context) (err error) {
	if err := p.begin(c); err != nil {
		return err
	}
	if c.NArg() == 0 {
		return usagef("export needs the name of a zone")
	}
	j, err := load(c)
	if err != nil {
		return err
	}
	var names []state.Name
	for _, a := range c.Args().Slice() {
		n, err := state.ParseName(a, ".")
		if err != nil {
			return usagef("%w", err)
		}
		names = append(names, n)
	}
	ctx, release := interruptible()
	defer release()
	r := &zoneReader{project: j, opener: p.opener(j)}
	defer func() { err = errors.Join(err, r.opener.Close()) }()
	zones := make([]*state.Zone, len(names))
	for i, n := range names {
		from, err := j.holder(n, c.String("provider"))
		if err != nil {
			return err
		}
		side, err := r.provider(ctx, from, n)
		if err != nil {
			return err
		}
		zones[i] = side.zone
	}
	for i, z := range zones {
		if i > 0 {
			fmt.Fprintln(p.stdout)
		}
		if err := zonefile.Print(p.stdout, z); err != nil {
			return err
		}
		p.unprinted(z)
	}
	return nil
}

// holder returns the provider that a zone is read from: the one that the user
// names, else the first that the configuration has for it.
func (j *project) holder(zone state.Name, only string) (string, error) {
	if only != "" {
		return only, j.declares(only)
	}
	if z := j.zone(zone); z != nil {
		return z.Providers[0], nil
	}
	if names := j.providerNames(); len(names) == 1 {
		return names[0], nil
	}
	return "", fmt.Errorf("the configuration doesn't have the zone %s: say with --provider where it is", zone)
}

// unprinted says what a master file has no place for.
func (p *program) unprinted(z *state.Zone) {
	proxied, other := 0, 0
	for i := range z.RRsets {
		for _, r := range z.RRsets[i].Records {
			switch {
			case r.Attrs.Bool("proxied"):
				proxied++
			case slices.ContainsFunc(attrKeys(r.Attrs), func(key string) bool { return key != "comment" }):
				other++
			}
		}
	}
	if proxied > 0 {
		p.say("zone %s: of %s the file has what is behind the proxy, not what servers answer", z.Name, plural(proxied, "proxied record"))
	}
	if other > 0 {
		p.say("zone %s: %s with attributes that a master file has no place for", z.Name, plural(other, "record"))
	}
}

func attrKeys(a state.Attrs) []string {
	var keys []string
	for key := range a.All() {
		keys = append(keys, key)
	}
	return keys
}
