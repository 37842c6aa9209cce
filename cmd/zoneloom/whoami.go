package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/zoneloom/zoneloom/apply"
	"github.com/zoneloom/zoneloom/provider"
)

// identity is whose the credentials of one provider are.
type identity struct {
	Provider string            `json:"provider"`
	Kind     string            `json:"kind"`
	Subject  string            `json:"subject,omitempty"`
	Status   string            `json:"status,omitempty"`
	Details  map[string]string `json:"details,omitempty"`
}

// whoami checks the credentials of each provider and says whose they are. One
// that fails doesn't hide the others.
func (p *program) whoami(c *cli.Context) (err error) {
	if err := errors.Join(noArgs(c), p.begin(c)); err != nil {
		return err
	}
	asJSON, err := format(c)
	if err != nil {
		return err
	}
	ctx, release := interruptible()
	defer release()
	_, o, names, err := p.providers(c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.Close()) }()
	opened, failed := o.open(names)
	all := []identity{}
	for _, name := range names {
		if opened[name].Provider == nil {
			continue
		}
		one, err := who(ctx, name, opened[name])
		if err != nil {
			failed = errors.Join(failed, fmt.Errorf("provider %s: %w", name, err))
			continue
		}
		all = append(all, one)
	}
	if asJSON {
		return errors.Join(failed, p.printJSON(all))
	}
	for _, one := range all {
		p.printIdentity(one)
	}
	return failed
}

func who(ctx context.Context, name string, opened apply.Opened) (identity, error) {
	a, ok := opened.Provider.(provider.Authenticator)
	if !ok {
		return identity{}, fmt.Errorf("the type %s can't tell whose credentials it has", opened.Kind)
	}
	id, err := a.WhoAmI(ctx)
	if err != nil {
		return identity{}, err
	}
	return identity{name, id.Kind, id.Subject, id.Status, id.Details}, nil
}

func (p *program) printIdentity(i identity) {
	fmt.Fprintf(p.stdout, "%s: %s of %s, %s\n", i.Provider, i.Kind, printable(dash(i.Subject)), printable(dash(i.Status)))
	for _, label := range slices.Sorted(maps.Keys(i.Details)) {
		fmt.Fprintf(p.stdout, "  %s: %s\n", printable(label), printable(i.Details[label]))
	}
}
