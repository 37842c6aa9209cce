package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/urfave/cli/v2"
	"golang.org/x/sync/errgroup"

	"github.com/zoneloom/zoneloom/apply"
	"github.com/zoneloom/zoneloom/config"
	"github.com/zoneloom/zoneloom/provider"
	"github.com/zoneloom/zoneloom/state"
)

// importZones writes the configuration of zones that exist, and proves that the
// plan from it is empty.
func (p *program) importZones(c *cli.Context) (err error) {
	if err := p.begin(c); err != nil {
		return err
	}
	if c.String("provider") == "" {
		return usagef("import needs --provider NAME, one that the configuration declares")
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
	im := &imported{from: opened[names[0]], name: names[0], declared: j.Provider(names[0])}
	if err := im.read(ctx, p, c); err != nil {
		return err
	}
	files, err := im.files(c.String("out") != "")
	if err != nil {
		return err
	}
	proof := im.prove(ctx, p, files)
	if c.String("out") == "" {
		_, err = p.stdout.Write(files[0].text)
		return errors.Join(proof, err)
	}
	if proof != nil {
		return fmt.Errorf("%w; no file was written", proof)
	}
	return p.writeZones(c.String("out"), files)
}

// imported is what was read of one provider.
type imported struct {
	from     apply.Opened
	name     string
	declared *config.Provider
	zones    snapshots
	whole    bool // what is written has the provider, and can be loaded by itself
}

// read reads the zones that c names or selects, side by side.
func (im *imported) read(ctx context.Context, p *program, c *cli.Context) error {
	found, err := im.find(ctx, c)
	if err != nil {
		return err
	}
	bar := p.progress()
	defer bar.end()
	im.zones = snapshots{}
	var mu sync.Mutex // holds zones and the order of events
	var g errgroup.Group
	g.SetLimit(8)
	for _, z := range found {
		g.Go(func() error {
			snap, err := z.Read(ctx)
			if err != nil {
				return fmt.Errorf("zone %s: %w", z.Info().Name, err)
			}
			mu.Lock()
			defer mu.Unlock()
			im.zones[z.Info().Name] = &frozen{z, snap}
			bar.event(apply.Event{Kind: apply.EventRead, Done: len(im.zones), Total: len(found)})
			return nil
		})
	}
	return g.Wait()
}

// find looks up the zones that c names, or lists those that it selects.
func (im *imported) find(ctx context.Context, c *cli.Context) ([]provider.Zone, error) {
	var want []state.Name
	for _, a := range c.Args().Slice() {
		n, err := state.ParseName(a, ".")
		if err != nil {
			return nil, usagef("%w", err)
		}
		want = append(want, n)
	}
	found, err := im.from.Zones(ctx, want)
	if err != nil {
		return nil, fmt.Errorf("provider %s: %w", im.name, err)
	}
	for _, n := range want {
		if found[n] == nil {
			return nil, fmt.Errorf("zone %s: %w", n, provider.ErrNoZone)
		}
	}
	var names []state.Name
	for n := range found {
		names = append(names, n)
	}
	slices.SortFunc(names, state.Name.Compare)
	chosen, err := choose(names, c.StringSlice("zone"))
	if err != nil {
		return nil, err
	}
	var zones []provider.Zone
	for i, n := range names {
		if chosen[i] {
			zones = append(zones, found[n])
		}
	}
	return zones, nil
}

// yamlFile is a file of the configuration that import writes.
type yamlFile struct {
	name string
	text []byte
}

// files returns the configuration: all in one file, or one for each zone, to be
// included.
func (im *imported) files(split bool) ([]yamlFile, error) {
	zones := im.zones.sorted()
	if !split {
		settings := settingLines(im.declared)
		im.whole = settings != nil
		text, err := im.write(settings, zones)
		return []yamlFile{{"zones.yaml", text}}, err
	}
	var files []yamlFile
	for _, z := range zones {
		text, err := im.write(nil, []*state.Zone{z})
		if err != nil {
			return nil, err
		}
		files = append(files, yamlFile{strings.ReplaceAll(texts([]state.Name{z.Name})[0], "/", "_") + ".yaml", text})
	}
	return files, nil
}

func (im *imported) write(settings []string, zones []*state.Zone) ([]byte, error) {
	var b bytes.Buffer
	err := config.Write(&b, config.WriteOptions{
		Provider: im.name, Settings: settings,
		OwnNS: func(zone state.Name) []state.Name { return im.zones[zone].Info().OwnNS },
	}, zones)
	return b.Bytes(), err
}

// prove loads what was written and plans from it, against the zones as they were
// read. Anything but an empty plan is an error.
func (im *imported) prove(ctx context.Context, p *program, files []yamlFile) error {
	j, err := im.load(files)
	if err != nil {
		return fmt.Errorf("what was read can't be loaded again: %w", err)
	}
	checker, _ := im.from.Provider.(provider.Checker)
	engine := &apply.Engine{Providers: map[string]apply.Opened{
		im.name: {Kind: im.from.Kind, Provider: frozenProvider{im.zones, checker}},
	}}
	planned, err := engine.Plan(ctx, targetsOf(j.Config))
	if err != nil {
		return fmt.Errorf("what was read can't be planned again: %w", j.locate(err))
	}
	if planned.Plan.Empty() {
		return nil
	}
	if err := p.show(p.stderr, planned.Plan, j.position); err != nil {
		return err
	}
	return errors.New("the plan from what was written isn't empty")
}

// load loads files as a configuration with one provider.
func (im *imported) load(files []yamlFile) (_ *project, err error) {
	dir, err := os.MkdirTemp("", "zoneloom-import-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	first := files[0].name
	if !im.whole {
		first = "root"
		files = append(files, yamlFile{first, im.root(files)})
	}
	for _, f := range files {
		if err := os.WriteFile(filepath.Join(dir, f.name), f.text, 0o600); err != nil {
			return nil, err
		}
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	cfg, err := config.Load(root.FS(), first)
	if err != nil {
		return nil, err
	}
	return &project{Config: cfg}, nil
}

// root returns a configuration that includes files.
func (im *imported) root(files []yamlFile) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "providers: {%q: {type: %q}}\ninclude:\n", im.name, im.from.Kind)
	for _, f := range files {
		fmt.Fprintf(&b, "  - %q\n", f.name)
	}
	return b.Bytes()
}

func targetsOf(c *config.Config) []apply.Target {
	var targets []apply.Target
	for _, z := range c.Zones {
		for _, name := range z.Providers {
			targets = append(targets, apply.Target{Zone: z.Name, Provider: name, Want: z.Want(name), Rules: z.Rules, Written: z.Written})
		}
	}
	return targets
}

// writeZones writes files to a folder. Before it writes any, it makes sure that
// none is there.
func (p *program) writeZones(dir string, files []yamlFile) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, f := range files {
		if _, err := os.Lstat(filepath.Join(dir, f.name)); err == nil {
			return fmt.Errorf("%s exists already; move it away, or import to another folder", filepath.Join(dir, f.name))
		}
	}
	for _, f := range files {
		file, err := os.OpenFile(filepath.Join(dir, f.name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		if err != nil {
			return err
		}
		_, err = file.Write(f.text)
		if err := errors.Join(err, file.Close()); err != nil {
			return err
		}
	}
	p.say("%s written to %s; have the configuration include them", plural(len(files), "file"), dir)
	return nil
}
