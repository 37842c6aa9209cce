package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/urfave/cli/v2"

	"github.com/zoneloom/zoneloom/provider"
	"github.com/zoneloom/zoneloom/state"
)

// zoneLine is a zone as the command zones lists it.
type zoneLine struct {
	Provider    string       `json:"provider"`
	Zone        state.Name   `json:"zone"`
	Visible     bool         `json:"visible"`
	Configured  bool         `json:"configured"`
	ID          string       `json:"id,omitempty"`
	Account     string       `json:"account,omitempty"`
	Status      string       `json:"status,omitempty"`
	Type        string       `json:"type,omitempty"`
	Plan        string       `json:"plan,omitempty"`
	NameServers []state.Name `json:"name_servers,omitempty"`
}

// zones lists the zones that the credentials see, and those that the
// configuration has and they don't see.
func (p *program) zones(c *cli.Context) (err error) {
	if err := errors.Join(noArgs(c), p.begin(c)); err != nil {
		return err
	}
	asJSON, err := format(c)
	if err != nil {
		return err
	}
	ctx, release := interruptible()
	defer release()
	j, o, names, err := p.providers(c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.Close()) }()
	opened, err := o.open(names)
	if err != nil {
		return err
	}
	lines := []zoneLine{}
	for _, name := range names {
		more, err := j.list(ctx, name, opened[name].Provider)
		if err != nil {
			return fmt.Errorf("provider %s: %w", name, err)
		}
		lines = append(lines, more...)
	}
	if lines, err = chosenLines(lines, c.StringSlice("zone")); err != nil {
		return err
	}
	if asJSON {
		return p.printJSON(lines)
	}
	return p.printZones(lines)
}

// providers returns the configuration and the names of its providers that c
// selects, with what opens them.
func (p *program) providers(c *cli.Context) (*project, *opener, []string, error) {
	j, err := load(c)
	if err != nil {
		return nil, nil, nil, err
	}
	names := j.providerNames()
	if only := c.String("provider"); only != "" {
		if err := j.declares(only); err != nil {
			return nil, nil, nil, err
		}
		names = []string{only}
	}
	if len(names) == 0 {
		return nil, nil, nil, fmt.Errorf("%s declares no providers", c.String("config"))
	}
	return j, p.opener(j), names, nil
}

// list returns the zones of one provider by name.
func (j *project) list(ctx context.Context, name string, from provider.Provider) ([]zoneLine, error) {
	found, err := from.Zones(ctx, nil)
	if err != nil {
		return nil, err
	}
	configured := map[state.Name]bool{}
	for _, z := range j.Zones {
		if slices.Contains(z.Providers, name) {
			configured[z.Name] = true
		}
	}
	var lines []zoneLine
	for zone, z := range found {
		info := z.Info()
		lines = append(lines, zoneLine{
			Provider: name, Zone: zone, Visible: true, Configured: configured[zone],
			ID: info.ID, Account: info.Account, Status: info.Status, Type: info.Type, Plan: info.Plan, NameServers: info.OwnNS,
		})
	}
	for zone := range configured {
		if found[zone] == nil {
			lines = append(lines, zoneLine{Provider: name, Zone: zone, Configured: true})
		}
	}
	slices.SortFunc(lines, func(a, b zoneLine) int { return a.Zone.Compare(b.Zone) })
	return lines, nil
}

func chosenLines(lines []zoneLine, globs []string) ([]zoneLine, error) {
	names := make([]state.Name, len(lines))
	for i, l := range lines {
		names[i] = l.Zone
	}
	chosen, err := choose(names, globs)
	if err != nil {
		return nil, err
	}
	kept := []zoneLine{}
	for i, l := range lines {
		if chosen[i] {
			kept = append(kept, l)
		}
	}
	return kept, nil
}

func (p *program) printZones(lines []zoneLine) error {
	w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ZONE\tPROVIDER\tCONFIGURED\tSTATUS\tTYPE\tPLAN\tNAME SERVERS")
	for _, l := range lines {
		status := l.Status
		if !l.Visible {
			status = "absent or not visible"
		}
		cells := []string{
			l.Zone.Unicode(), l.Provider, yesNo(l.Configured), dash(status), dash(l.Type), dash(l.Plan),
			dash(strings.Join(texts(l.NameServers), " ")),
		}
		fmt.Fprintln(w, printable(strings.Join(cells, "\t")))
	}
	return w.Flush()
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
