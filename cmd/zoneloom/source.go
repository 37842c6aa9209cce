package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/zoneloom/zoneloom/apply"
	"github.com/zoneloom/zoneloom/config"
	"github.com/zoneloom/zoneloom/provider"
	"github.com/zoneloom/zoneloom/provider/live"
	"github.com/zoneloom/zoneloom/provider/zonefile"
	"github.com/zoneloom/zoneloom/state"
)

// source is where compare takes a zone from.
type source struct {
	kind string
	name string // of the provider or file; of a live server its address, or ""
}

// The kinds of sources.
const (
	sourceConfig   = "config"
	sourceProvider = "provider"
	sourceFile     = "file"
	sourceLive     = "live"
)

// String returns the source as it is written.
func (s source) String() string {
	if s.name == "" {
		return s.kind
	}
	return s.kind + ":" + s.name
}

func parseSource(text string) (source, error) {
	kind, name, named := strings.Cut(text, ":")
	s := source{kind, name}
	switch {
	case kind == sourceConfig && !named, kind == sourceLive && !named:
		return s, nil
	case (kind == sourceProvider || kind == sourceFile) && name != "":
		return s, nil
	case kind == sourceLive && name != "":
		if _, err := parseServer(name); err != nil {
			return s, usagef("%s: %w", text, err)
		}
		return s, nil
	}
	return s, usagef("%q is none of config, provider:NAME, file:PATH, live and live:ADDR", text)
}

// side is a zone as one source has it.
type side struct {
	source
	zone  *state.Zone
	rules state.Rules    // of the configuration
	ownNS []state.Name   // of a provider
	left  []live.LeftOut // RRsets that the source can't be asked for
	plain bool           // it keeps no attributes
}

// zoneReader reads zones from sources.
type zoneReader struct {
	project *project
	opener  *opener
	asker   *asker
	opened  map[string]apply.Opened
}

// zone returns the configured zone of that name, or nil.
func (j *project) zone(name state.Name) *config.Zone {
	for _, z := range j.Zones {
		if z.Name == name {
			return z
		}
	}
	return nil
}

// read reads a zone from any source but a live one.
func (r *zoneReader) read(ctx context.Context, s source, zone state.Name, other source) (side, error) {
	switch s.kind {
	case sourceConfig:
		return r.config(zone, other)
	case sourceProvider:
		return r.provider(ctx, s.name, zone)
	}
	return r.file(s, zone)
}

// config returns what the configuration wants: at the provider that it is
// compared with, else at its first.
func (r *zoneReader) config(zone state.Name, other source) (side, error) {
	z := r.project.zone(zone)
	if z == nil {
		return side{}, fmt.Errorf("the configuration doesn't have the zone %s", zone)
	}
	name := z.Providers[0]
	if other.kind == sourceProvider {
		name = other.name
		if !slices.Contains(z.Providers, name) {
			return side{}, fmt.Errorf("the configuration doesn't have the zone %s at the provider %s", zone, name)
		}
	}
	w, problems := r.project.wanted(apply.Target{Zone: zone, Provider: name, Want: z.Want(name), Rules: z.Rules})
	if faults := r.project.faults(errorsOf(problems)); len(faults) > 0 {
		return side{}, faults
	}
	return side{source: source{kind: sourceConfig}, zone: w.zone, rules: z.Rules}, nil
}

func errorsOf(problems []state.Problem) []state.Problem {
	return slices.DeleteFunc(slices.Clone(problems), func(p state.Problem) bool { return p.Severity != state.SeverityError })
}

// provider reads a zone at a provider.
func (r *zoneReader) provider(ctx context.Context, name string, zone state.Name) (side, error) {
	if _, known := r.opened[name]; !known {
		opened, err := r.opener.open([]string{name})
		if err != nil {
			return side{}, err
		}
		if r.opened == nil {
			r.opened = map[string]apply.Opened{}
		}
		r.opened[name] = opened[name]
	}
	found, err := r.opened[name].Zones(ctx, []state.Name{zone})
	if err != nil {
		return side{}, fmt.Errorf("provider %s: %w", name, err)
	}
	if found[zone] == nil {
		return side{}, fmt.Errorf("zone %s at %s: %w", zone, name, provider.ErrNoZone)
	}
	snap, err := found[zone].Read(ctx)
	if err != nil {
		return side{}, fmt.Errorf("zone %s at %s: %w", zone, name, err)
	}
	info := found[zone].Info()
	return side{
		source: source{sourceProvider, name}, zone: snap.Zone, ownNS: info.OwnNS, plain: len(info.Attrs) == 0,
	}, nil
}

// file reads a master file. It may include others from its own folder.
func (r *zoneReader) file(s source, zone state.Name) (side, error) {
	text, err := os.ReadFile(s.name)
	if err != nil {
		return side{}, err
	}
	folder, err := os.OpenRoot(filepath.Dir(s.name))
	if err != nil {
		return side{}, err
	}
	defer folder.Close()
	z, err := zonefile.Source{File: s.name, Zone: zone, FS: folder.FS(), Partial: true}.Parse(string(text))
	if err != nil {
		return side{}, err
	}
	return side{source: s, zone: z, plain: true}, nil
}

// live asks a server for what like holds: without an address, the first of the
// zone's servers that answers.
func (r *zoneReader) live(ctx context.Context, s source, like *state.Zone) (side, error) {
	servers, err := r.servers(ctx, s, like.Name)
	if err != nil {
		return side{}, err
	}
	for _, server := range servers {
		if !server.Addr.IsValid() {
			continue
		}
		z, left, rerr := r.asker.client.Read(ctx, server, like)
		if rerr == nil {
			return side{source: s, zone: z, left: left, plain: true}, nil
		}
		err = fmt.Errorf("zone %s: %w", like.Name, rerr)
	}
	return side{}, err
}

func (r *zoneReader) servers(ctx context.Context, s source, zone state.Name) ([]live.Server, error) {
	if s.name == "" {
		return r.asker.client.Servers(ctx, zone)
	}
	addr, err := parseServer(s.name)
	return []live.Server{{Addr: addr}}, err
}
