package main

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/zoneloom/zoneloom/plan"
	"github.com/zoneloom/zoneloom/plan/render"
	"github.com/zoneloom/zoneloom/state"
)

// compare shows what would make of a zone in one source what it is in another.
func (p *program) compare(c *cli.Context) (err error) {
	if err := p.begin(c); err != nil {
		return err
	}
	asJSON, err := format(c)
	if err != nil {
		return err
	}
	if c.NArg() != 2 {
		return usagef("compare takes two of config, provider:NAME, file:PATH, live and live:ADDR")
	}
	a, err := parseSource(c.Args().Get(0))
	b, err2 := parseSource(c.Args().Get(1))
	if err := errors.Join(err, err2); err != nil {
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
	names, err := j.compared(c.StringSlice("zone"), a, b)
	if err != nil {
		return err
	}
	ctx, release := interruptible()
	defer release()
	r := &zoneReader{project: j, opener: p.opener(j), asker: asker}
	defer func() { err = errors.Join(err, r.opener.Close()) }()
	var found []comparison
	for _, n := range names {
		one, err := r.compare(ctx, n, a, b)
		if err != nil {
			return err
		}
		found = append(found, one)
	}
	if asJSON {
		err = p.printJSON(newCompared(a, b, found))
	} else {
		err = p.printCompared(a, b, found)
	}
	if err == nil && slices.ContainsFunc(found, func(c comparison) bool { return len(c.changes) > 0 }) {
		return coded(exitPending)
	}
	return err
}

// compared returns the zones to compare: those of the configuration that the
// globs match, or one that a glob names outright.
func (j *project) compared(globs []string, sides ...source) ([]state.Name, error) {
	var known []state.Name
	for _, z := range j.Zones {
		known = append(known, z.Name)
	}
	var names []state.Name
	if len(globs) == 1 && !strings.Contains(globs[0], "*") {
		n, err := state.ParseName(globs[0], ".")
		if err != nil {
			return nil, usagef("--zone %s: %w", globs[0], err)
		}
		names = []state.Name{n}
	} else {
		chosen, err := choose(known, globs)
		if err != nil {
			return nil, err
		}
		for i, n := range known {
			if chosen[i] {
				names = append(names, n)
			}
		}
	}
	for _, s := range sides {
		if s.kind == sourceProvider && j.Provider(s.name) == nil {
			return nil, usagef("%s: there is no such provider; the configuration declares %s", s, enumerate(j.providerNames()))
		}
		if s.kind == sourceFile && len(names) != 1 {
			return nil, usagef("%s is one zone, and there are %d to compare: say with --zone which it is", s, len(names))
		}
	}
	return names, nil
}

// printCompared writes differences as a plan shows changes.
func (p *program) printCompared(a, b source, found []comparison) error {
	pl := &plan.Plan{}
	for _, one := range found {
		z := plan.Zone{Name: one.zone, Provider: a.String() + " -> " + b.String(), Changes: one.changes}
		for _, why := range one.reasons() {
			z.Notices = append(z.Notices, fmt.Sprintf("not comparable: %s: %s", plural(one.left[why], "RRset"), why))
		}
		pl.Zones = append(pl.Zones, z)
	}
	var text bytes.Buffer
	if err := render.Text(&text, pl, render.Options{Color: p.color(p.stdout), Width: width(p.stdout), Verbose: p.verbose}); err != nil {
		return err
	}
	// The last line is a plan's; what is compared isn't to be made.
	lines := bytes.SplitAfter(text.Bytes(), []byte("\n"))
	if _, err := p.stdout.Write(bytes.Join(lines[:len(lines)-2], nil)); err != nil {
		return err
	}
	s := pl.Summary()
	if pl.Empty() {
		_, err := fmt.Fprintf(p.stdout, "No differences in %s\n", plural(len(found), "zone"))
		return err
	}
	_, err := fmt.Fprintf(p.stdout, "Differences: %d only in %s, %d in both, %d only in %s, in %s\n",
		s.Create, b, s.Update, s.Delete, a, plural(s.Zones, "zone"))
	return err
}

// comparedJSON is what compare found, for machines.
type comparedJSON struct {
	A     string             `json:"a"`
	B     string             `json:"b"`
	Equal bool               `json:"equal"`
	Zones []comparedZoneJSON `json:"zones"`
}

type comparedZoneJSON struct {
	Zone    state.Name        `json:"zone"`
	Left    map[string]int    `json:"not_comparable"` // RRsets by reason
	Differs []comparedJSONSet `json:"differences"`
}

type comparedJSONSet struct {
	Name state.Name   `json:"name"`
	Type state.Type   `json:"type"`
	A    []recordJSON `json:"a"`
	B    []recordJSON `json:"b"`
}

type recordJSON struct {
	Data  string      `json:"data"`
	TTL   state.TTL   `json:"ttl"`
	Attrs state.Attrs `json:"attrs"`
}

func newCompared(a, b source, found []comparison) comparedJSON {
	out := comparedJSON{A: a.String(), B: b.String(), Equal: true, Zones: []comparedZoneJSON{}}
	for _, one := range found {
		z := comparedZoneJSON{Zone: one.zone, Left: one.left, Differs: []comparedJSONSet{}}
		for _, c := range one.changes {
			out.Equal = false
			z.Differs = append(z.Differs, comparedJSONSet{c.Name, c.Type, newRecords(c.Before), newRecords(c.After)})
		}
		out.Zones = append(out.Zones, z)
	}
	return out
}

func newRecords(s *state.RRset) []recordJSON {
	records := []recordJSON{}
	for _, r := range s.Ours() {
		records = append(records, recordJSON{r.Data, r.TTL, r.Attrs})
	}
	return records
}
