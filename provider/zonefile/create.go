package zonefile

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/zoneloom/zoneloom/provider"
	"github.com/zoneloom/zoneloom/state"
)

var _ provider.Creator = (*Provider)(nil)

// Target returns what the folder is called.
func (p *Provider) Target(context.Context) (string, error) { return p.place(), nil }

// Create writes the file of a zone that has an SOA and name servers only. No
// server is told: it must be configured for the zone first.
func (p *Provider) Create(ctx context.Context, name state.Name, spec provider.Spec) (provider.Zone, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("create the zone: %w", err)
	}
	found, err := p.Zones(ctx, []state.Name{name})
	if err != nil {
		return nil, err
	}
	if found[name] != nil {
		return nil, fmt.Errorf("create the zone: %w", provider.ErrExists)
	}
	z := &zone{p: p, name: name}
	if z.file, err = p.pattern().file(name); err != nil {
		return nil, fmt.Errorf("create the zone: %w", err)
	}
	content, err := p.newborn(name, spec)
	if err != nil {
		return nil, fmt.Errorf("create the zone: %w", err)
	}
	if err := z.create(content); err != nil {
		return nil, fmt.Errorf("create the zone: %w", err)
	}
	return z, nil
}

// newborn returns what a new zone holds.
func (p *Provider) newborn(name state.Name, spec provider.Spec) (*state.Zone, error) {
	soa, ns := spec.SOA.Ours(), spec.NS.Ours()
	switch {
	case len(soa) != 1:
		return nil, errors.New("a master file begins with an SOA record, and none is declared: write soa: with mname and rname at the zone")
	case len(ns) == 0:
		return nil, errors.New("no server loads a zone without name servers, and none is declared: write NS records at its apex")
	}
	first := soa[0]
	first.Data = withSerial(first.Data, nextSerial(p.Serial, 0, p.now()))
	entries := []state.Entry{{Key: state.Key{Name: name, Type: state.SOA}, Record: first}}
	for _, r := range ns {
		entries = append(entries, state.Entry{Key: state.Key{Name: name, Type: state.NS}, Record: r})
	}
	return state.NewZone(name, entries), nil
}

func (p *Provider) now() time.Time {
	if p.Now == nil {
		return time.Now()
	}
	return p.Now()
}

// create makes the file, unless there is one by now.
func (z *zone) create(content *state.Zone) error {
	root, err := z.p.open()
	if err != nil {
		return pathless(err)
	}
	defer func() { _ = root.Close() }()
	var text strings.Builder
	if err := Print(&text, content); err != nil {
		return err
	}
	temporary := "." + z.file + "." + rand.Text() + ".new"
	if err := writeFile(root, temporary, text.String(), nil); err != nil {
		return err
	}
	err = root.Link(temporary, z.file) // unlike Rename it takes no file's place
	if errors.Is(err, fs.ErrExist) {
		err = provider.ErrExists
	}
	return errors.Join(err, root.Remove(temporary), syncFolder(root))
}
