package zonefile

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/zoneloom/zoneloom/provider"
	"github.com/zoneloom/zoneloom/state"
)

// Kind is this provider's type.
const Kind = "zonefile"

// maxTTL is the largest TTL in seconds (RFC 2181 section 8).
const maxTTL = 1<<31 - 1

// Provider is a folder of master files, one for each zone. Fields other than
// Folder may stay zero; none may change once it is in use.
type Provider struct {
	Folder string // nothing outside it is read or written
	// Open opens Folder each time that it is worked in; os.OpenRoot if nil. It is
	// for a Folder that must not be left for another by way of links.
	Open    func() (*os.Root, error)
	Place   string           // what Folder is called in plans; Folder if empty
	Pattern string           // how files are named; DefaultPattern if empty
	Serial  string           // how serials are raised; SerialIncrement if empty
	Reload  string           // which server is told; ReloadNone if empty
	Now     func() time.Time // time.Now if nil
}

var (
	_ provider.Provider = (*Provider)(nil)
	_ provider.Checker  = (*Provider)(nil)
)

// Zones finds the zones that have a file in the folder.
func (p *Provider) Zones(ctx context.Context, want []state.Name) (map[state.Name]provider.Zone, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("list the zone files: %w", err)
	}
	root, err := p.open()
	if err != nil {
		return nil, fmt.Errorf("list the zone files: the folder %s can't be opened: %w", p.place(), pathless(err))
	}
	defer func() { _ = root.Close() }()
	items, err := fs.ReadDir(root.FS(), ".")
	if err != nil {
		return nil, fmt.Errorf("list the zone files in %s: %w", p.place(), pathless(err))
	}
	wanted := make(map[state.Name]bool, len(want))
	for _, name := range want {
		wanted[name] = true
	}
	found := map[state.Name]provider.Zone{}
	files := map[state.Name]string{}
	pattern := p.pattern()
	for _, item := range items {
		name, ok := pattern.zone(item.Name())
		if !ok || item.IsDir() || want != nil && !wanted[name] {
			continue
		}
		if other := files[name]; other != "" {
			return nil, fmt.Errorf("list the zone files in %s: %s and %s are both for the zone %s: remove one of them", p.place(), other, item.Name(), name)
		}
		files[name] = item.Name()
		found[name] = &zone{p, name, item.Name()}
	}
	return found, nil
}

func (p *Provider) open() (*os.Root, error) {
	if p.Open != nil {
		return p.Open()
	}
	return os.OpenRoot(p.Folder)
}

// place returns what the folder is called.
func (p *Provider) place() string {
	if p.Place != "" {
		return p.Place
	}
	return p.Folder
}

// zone is one file of the folder.
type zone struct {
	p    *Provider
	name state.Name
	file string
}

// Info describes the zone.
func (z *zone) Info() provider.Info {
	return provider.Info{
		Name: z.name, Kind: Kind, ID: z.p.place() + "/" + z.file, MaxTTL: maxTTL, Attrs: []string{attrComment},
	}
}

// Read reads the zone's file and those that it includes.
func (z *zone) Read(ctx context.Context) (*provider.Snapshot, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("read %s: %w", z.file, err)
	}
	root, err := z.p.open()
	if err != nil {
		return nil, fmt.Errorf("read %s: the folder %s can't be opened: %w", z.file, z.p.place(), pathless(err))
	}
	defer func() { _ = root.Close() }()
	m, err := z.load(root)
	if err != nil {
		return nil, err
	}
	return &provider.Snapshot{Zone: m.content(), Own: &version{digest: m.digest}}, nil
}

// load reads and parses the zone's file.
func (z *zone) load(root *os.Root) (*master, error) {
	text, err := root.ReadFile(z.file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read %s: %w", z.file, provider.ErrNoZone)
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", z.file, pathless(err))
	}
	m, err := z.source(root).master(string(text))
	if err != nil {
		return nil, fmt.Errorf("the zone's file has faults:\n%w", err)
	}
	return m, z.journal(root, m)
}

// source says how the zone's file is read.
func (z *zone) source(root *os.Root) Source {
	return Source{File: z.file, Zone: z.name, FS: root.FS(), Folder: z.p.Folder}
}
