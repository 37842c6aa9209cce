package main

import (
	"cmp"
	"errors"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/zoneloom/zoneloom/config"
	"github.com/zoneloom/zoneloom/state"
)

// validate checks the configuration offline: it calls nobody and needs no
// secrets.
func (p *program) validate(c *cli.Context) (err error) {
	if err := errors.Join(noArgs(c), p.begin(c)); err != nil {
		return err
	}
	reports, isText, isJSON, err := newProblemReports(c)
	if err != nil {
		return err
	}
	defer func() { err = p.finish(reports, err) }()
	faults, records, zones, err := check(p, c)
	if err != nil {
		return err
	}
	reports.add(faults)
	switch {
	case isJSON:
		err = p.printJSON(newFaults(faults))
	case isText:
		p.printFaults(faults)
	}
	bad := 0
	for _, f := range faults {
		if f.Severity == state.SeverityError {
			bad++
		}
	}
	switch {
	case err != nil:
		return err
	case bad > 0:
		p.warn("%s", plural(bad, "fault"))
		return coded(exitError)
	}
	p.say("%s, %s: no faults", plural(zones, "zone"), plural(records, "record"))
	return nil
}

// check finds all faults, and what else the owner of the zones should know.
func check(p *program, c *cli.Context) (faults config.ErrorList, records, zones int, err error) {
	j, err := load(c)
	if errors.As(err, &faults) {
		return faults, 0, 0, nil
	}
	if err != nil {
		return nil, 0, 0, err
	}
	faults = j.remarks()
	o := p.opener(j)
	for _, declared := range j.Providers {
		faults = append(faults, o.check(declared)...)
	}
	faults = append(faults, j.checkHistory()...)
	var problems []state.Problem
	for _, z := range j.Zones {
		for _, name := range z.Providers {
			want := z.Want(name)
			records += want.Len()
			if k, known := kinds[j.Provider(name).Type]; known {
				_, found := k.checker.Check(want, nil)
				problems = append(problems, found...)
			}
		}
	}
	faults = append(faults, j.faults(append(problems, j.findings(nil)...))...)
	slices.SortStableFunc(faults, func(a, b *config.Error) int {
		return cmp.Or(cmp.Compare(a.Pos.File, b.Pos.File), cmp.Compare(a.Pos.Line, b.Pos.Line), cmp.Compare(a.Pos.Column, b.Pos.Column))
	})
	return faults, records, len(j.Zones), nil
}

func (p *program) printFaults(faults config.ErrorList) {
	for _, f := range faults {
		if f.Severity == state.SeverityNotice {
			p.say("%s", printable(f.Error()))
		} else {
			p.warn("%s", printable(f.Error()))
		}
	}
}

// faultJSON is a fault for machines.
type faultJSON struct {
	File     string `json:"file"`
	Line     int    `json:"line"`
	Column   int    `json:"column"`
	Severity string `json:"severity"`
	Text     string `json:"text"`
	Hint     string `json:"hint,omitempty"`
	Code     string `json:"code,omitempty"`
}

func newFaults(list config.ErrorList) []faultJSON {
	out := []faultJSON{}
	for _, f := range list {
		out = append(out, faultJSON{f.Pos.File, f.Pos.Line, f.Pos.Column, f.Severity.String(), f.Text, f.Hint, f.Code})
	}
	return out
}
