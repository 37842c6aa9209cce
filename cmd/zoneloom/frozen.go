package main

import (
	"context"
	"errors"
	"slices"

	"github.com/zoneloom/zoneloom/provider"
	"github.com/zoneloom/zoneloom/state"
)

// snapshots are zones as they were read.
type snapshots map[state.Name]*frozen

// sorted returns their contents by name.
func (s snapshots) sorted() []*state.Zone {
	zones := make([]*state.Zone, 0, len(s))
	for _, f := range s {
		zones = append(zones, f.snap.Zone)
	}
	slices.SortFunc(zones, func(a, b *state.Zone) int { return a.Name.Compare(b.Name) })
	return zones
}

// frozen is a zone that stays as it was read.
type frozen struct {
	provider.Zone
	snap *provider.Snapshot
}

// Read returns what was read.
func (f *frozen) Read(context.Context) (*provider.Snapshot, error) { return f.snap, nil }

// Write refuses.
func (f *frozen) Write(context.Context, *provider.Snapshot, []state.Change, provider.Recorder) error {
	return errors.New("a zone that is being imported isn't written")
}

// frozenProvider has zones that were read, so that planning from them calls nobody.
type frozenProvider struct {
	zones   snapshots
	checker provider.Checker // may be nil
}

// Zones returns those of the wanted zones that were read.
func (f frozenProvider) Zones(_ context.Context, want []state.Name) (map[state.Name]provider.Zone, error) {
	found := map[state.Name]provider.Zone{}
	for _, name := range want {
		if z := f.zones[name]; z != nil {
			found[name] = z
		}
	}
	return found, nil
}

// Check is the provider's own.
func (f frozenProvider) Check(want *state.Zone, info *provider.Info) (*state.Zone, []state.Problem) {
	if f.checker == nil {
		return want, nil
	}
	return f.checker.Check(want, info)
}
