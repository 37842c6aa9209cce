package main

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/zoneloom/zoneloom/plan"
	"github.com/zoneloom/zoneloom/state"
)

// comparison is how one zone differs between two sources.
type comparison struct {
	zone    state.Name
	changes []state.Change // from the first source to the second
	left    map[string]int // RRsets that can't be compared, by reason
}

func (c *comparison) reasons() []string { return slices.Sorted(maps.Keys(c.left)) }

// compare reads a zone from two sources and compares it. Name servers can't be
// asked for all that they have: they are asked for what the other side and the
// configuration have.
func (r *zoneReader) compare(ctx context.Context, zone state.Name, from, to source) (comparison, error) {
	var a, b side
	var err error
	if from.kind != sourceLive {
		if a, err = r.read(ctx, from, zone, to); err != nil {
			return comparison{}, err
		}
	}
	if to.kind != sourceLive {
		if b, err = r.read(ctx, to, zone, from); err != nil {
			return comparison{}, err
		}
	}
	like, err := r.like(zone, a, b)
	if err != nil {
		return comparison{}, err
	}
	if from.kind == sourceLive {
		if a, err = r.live(ctx, from, like); err != nil {
			return comparison{}, err
		}
	}
	if to.kind == sourceLive {
		if b, err = r.live(ctx, to, like); err != nil {
			return comparison{}, err
		}
	}
	return differences(zone, a, b)
}

// like returns the RRsets to ask servers for.
func (r *zoneReader) like(zone state.Name, a, b side) (*state.Zone, error) {
	switch {
	case a.zone != nil:
		return a.zone, nil
	case b.zone != nil:
		return b.zone, nil
	}
	wanted, err := r.config(zone, source{})
	if err != nil {
		return nil, fmt.Errorf("servers are asked for what the configuration has: %w", err)
	}
	return wanted.zone, nil
}

// differences compares two sides. Where one is the configuration, the other is
// looked at with its rules, as a plan does.
func differences(zone state.Name, a, b side) (comparison, error) {
	c := comparison{zone: zone, left: map[string]int{}}
	drop := map[state.Key]bool{}
	for _, l := range slices.Concat(a.left, b.left) {
		if !drop[l.Key] {
			c.left[l.Why]++
		}
		drop[l.Key] = true
	}
	a.zone, b.zone = bared(a, b, drop), bared(b, a, drop)
	a.zone, b.zone = aligned(a.zone, b.zone), aligned(b.zone, a.zone)
	switch {
	case b.kind == sourceConfig:
		changes, err := toward(a, b)
		c.changes = changes
		return c, err
	case a.kind == sourceConfig:
		changes, err := toward(b, a)
		c.changes = reversed(changes)
		return c, err
	}
	c.changes = plan.Diff(a.zone, b.zone)
	return c, nil
}

// toward returns what a plan from there to the configuration would change.
func toward(there, wanted side) ([]state.Change, error) {
	pl, problems := plan.Make([]plan.Input{{
		Provider: there.String(), Target: there.String(), Want: wanted.zone, Live: there.zone,
		Rules: wanted.rules, OwnNS: there.ownNS,
	}})
	if faults := errorsOf(problems); len(faults) > 0 {
		return nil, fmt.Errorf("%s: %s", faults[0].Key, faults[0].Text)
	}
	return pl.Zones[0].Changes, nil
}

// reversed turns changes around.
func reversed(changes []state.Change) []state.Change {
	back := make([]state.Change, len(changes))
	for i, c := range changes {
		back[i] = state.Change{Key: c.Key, Before: c.After, After: c.Before}
		for _, p := range c.Pairs {
			back[i].Pairs = append(back[i].Pairs, state.Pair{Before: p.After, After: p.Before})
		}
	}
	return back
}

// signing are types that a server makes by itself where it signs a zone.
var signing = []state.Type{"RRSIG", "NSEC", "NSEC3", "NSEC3PARAM", "DNSKEY", "CDS", "CDNSKEY", "TYPE65534"}

// bared returns s's zone without what other can't have by its nature: what can't
// be asked for, what a server makes by itself, attributes that other doesn't
// keep, and an SOA or apex name servers where other has none of its own.
func bared(s, other side, drop map[state.Key]bool) *state.Zone {
	out := &state.Zone{Name: s.zone.Name}
	for i := range s.zone.RRsets {
		set := s.zone.RRsets[i]
		theirs := other.zone.Find(set.Key)
		atApex := set.Name == out.Name && (set.Type == state.SOA || set.Type == state.NS && (other.kind == sourceConfig || len(other.ownNS) > 0))
		if drop[set.Key] || atApex && theirs == nil {
			continue
		}
		set.Records = slices.Clone(set.Records)
		set.Records = slices.DeleteFunc(set.Records, func(r state.Record) bool {
			return r.Kept != state.Ours && slices.Contains(signing, set.Type)
		})
		for n := range set.Records {
			r := &set.Records[n]
			r.Kept = state.Ours
			if other.plain {
				r.Attrs = state.Attrs{}
			}
		}
		if other.plain || other.kind == sourceConfig {
			set.Attrs = state.Attrs{}
		}
		if len(set.Records) > 0 {
			out.RRsets = append(out.RRsets, set)
		}
	}
	return out
}

// aligned returns z with what the other zone says where z leaves it open: TTLs
// that a service chooses, and the serial of the SOA.
func aligned(z, other *state.Zone) *state.Zone {
	out := &state.Zone{Name: z.Name, RRsets: slices.Clone(z.RRsets)}
	for i := range out.RRsets {
		set := &out.RRsets[i]
		theirs := other.Find(set.Key)
		if theirs == nil {
			continue
		}
		set.Records = slices.Clone(set.Records)
		for n := range set.Records {
			r := &set.Records[n]
			if r.TTL == state.TTLAuto {
				r.TTL = theirs.Records[0].TTL
			}
		}
	}
	return out
}
