package lint

import (
	"slices"
	"strings"

	"github.com/zoneloom/zoneloom/state"
)

// world is all zones together.
type world struct {
	zones  []*zone
	byName map[state.Name]*zone
	silent bool // some zones aren't judged
	found  []state.Problem
	used   map[state.Src]bool // ignores that left a finding out
	lent   map[state.Name]string
}

// zone is a zone with its names indexed.
type zone struct {
	*Zone
	world  *world
	rule   *Rule // the one that is being checked
	sets   map[state.Name][]state.RRset
	exists map[state.Name]bool // names with records, and those above them
	cuts   map[state.Name]bool // names below the apex with NS records
	dnames bool                // some name has a DNAME
	spf    map[state.Name]*spfCost
}

func newWorld(zones []Zone) *world {
	w := &world{byName: map[state.Name]*zone{}, used: map[state.Src]bool{}, lent: map[state.Name]string{}}
	for i := range zones {
		z := newZone(w, &zones[i])
		w.zones = append(w.zones, z)
		w.silent = w.silent || z.Silent
		if w.byName[z.Want.Name] == nil {
			w.byName[z.Want.Name] = z
		}
	}
	// What stands at _dmarc or under _domainkey may be a CNAME for a name that
	// has no such label.
	for _, z := range w.zones {
		for _, s := range z.Want.RRsets {
			if s.Type == state.CNAME && isUnderscored(s.Name) {
				for _, r := range s.Records {
					w.lent[state.Name(r.Data)] = string(s.Name)
				}
			}
		}
	}
	return w
}

func newZone(w *world, in *Zone) *zone {
	z := &zone{
		Zone: in, world: w, spf: map[state.Name]*spfCost{},
		sets: map[state.Name][]state.RRset{}, exists: map[state.Name]bool{in.Want.Name: true}, cuts: map[state.Name]bool{},
	}
	all := in.Want.RRsets
	for start := 0; start < len(all); {
		name, end := all[start].Name, start
		for end < len(all) && all[end].Name == name {
			if all[end].Type == state.NS && name != in.Want.Name {
				z.cuts[name] = true
			}
			z.dnames = z.dnames || all[end].Type == state.DNAME
			end++
		}
		z.sets[name] = all[start:end:end]
		for n := name; !z.exists[n] && n != "."; n = n.Parent() {
			z.exists[n] = true
		}
		start = end
	}
	return z
}

// isUnderscored reports whether the first label of n begins with an underscore,
// or a label after it does.
func isUnderscored(n state.Name) bool {
	return strings.HasPrefix(string(n), "_") || strings.Contains(string(n), "._")
}

// records yields each record of the types, or of all.
func (z *zone) records(yield func(state.Key, state.Record), types ...state.Type) {
	for i := range z.Want.RRsets {
		s := &z.Want.RRsets[i]
		if len(types) > 0 && !slices.Contains(types, s.Type) {
			continue
		}
		for _, r := range s.Records {
			yield(s.Key, r)
		}
	}
}

// find returns the RRset of a type among sets, or nil.
func find(sets []state.RRset, t state.Type) *state.RRset {
	for i := range sets {
		if sets[i].Type == t {
			return &sets[i]
		}
	}
	return nil
}

// cutAbove returns the name nearest to the apex, at or above n, that hands n to
// somebody else by a delegation or (only above) by a DNAME; "" where none does.
func (z *zone) cutAbove(n state.Name) state.Name {
	var cut state.Name
	if len(z.cuts) == 0 && !z.dnames {
		return cut
	}
	for p := n; p != z.Want.Name && p != "."; p = p.Parent() {
		if z.cuts[p] || p != n && find(z.sets[p], state.DNAME) != nil {
			cut = p
		}
	}
	if n != z.Want.Name && find(z.sets[z.Want.Name], state.DNAME) != nil {
		cut = z.Want.Name
	}
	return cut
}

// status is what is known of a name.
type status uint8

const (
	elsewhere status = iota // not ours to know
	missing                 // it doesn't exist
	present                 // it exists; it may have no records
)

// look returns what answers for n, seen from z: z's own records, or those of
// another of our zones.
func (z *zone) look(n state.Name) ([]state.RRset, status) {
	at := z.zoneOf(n)
	if at == nil || at.cutAbove(n) != "" {
		return nil, elsewhere
	}
	if sets := at.sets[n]; sets != nil {
		return sets, present
	}
	if at.unsure(n) {
		return nil, elsewhere
	}
	if at.exists[n] {
		return nil, present
	}
	encloser := n.Parent()
	for !at.exists[encloser] {
		encloser = encloser.Parent()
	}
	if sets := at.sets["*."+encloser]; sets != nil {
		return sets, present
	}
	return nil, missing
}

// zoneOf returns the zone of ours that n lies in, or nil. Where a zone has
// several versions, z's is its own.
func (z *zone) zoneOf(n state.Name) *zone {
	for p := n; ; p = p.Parent() {
		if p == z.Want.Name {
			return z
		}
		if other := z.world.byName[p]; other != nil {
			return other
		}
		if p == "." {
			return nil
		}
	}
}

// unsure reports whether n may have records that the configuration doesn't
// declare.
func (z *zone) unsure(n state.Name) bool {
	if !z.Rules.Prune || strings.HasPrefix(string(n), "_acme-challenge.") {
		return true
	}
	return slices.ContainsFunc(z.Rules.Ignore, func(p state.Pattern) bool {
		return state.Pattern{Name: p.Name}.Match(z.Want.Name, state.Key{Name: n}, "")
	})
}

// mostHops bounds the CNAMEs that are followed: resolvers give up earlier.
const mostHops = 32

// trail is where the CNAMEs from a name lead.
type trail struct {
	hops int
	loop bool
	end  state.Name
	sets []state.RRset // at the end
	status
}

// follow follows the CNAMEs from n.
func (z *zone) follow(n state.Name) trail {
	t := trail{end: n}
	seen := []state.Name{n}
	for {
		t.sets, t.status = z.look(t.end)
		cname := find(t.sets, state.CNAME)
		if cname == nil || len(cname.Records) == 0 {
			return t
		}
		t.end = state.Name(cname.Records[0].Data)
		t.hops++
		if slices.Contains(seen, t.end) || t.hops > mostHops {
			t.loop = slices.Contains(seen, t.end)
			return t
		}
		seen = append(seen, t.end)
	}
}

// hasAddress reports whether sets give a host an address.
func hasAddress(sets []state.RRset) bool {
	return slices.ContainsFunc(sets, func(s state.RRset) bool { return s.Type.IsAddress() || s.Type == state.LUA || s.Type.IsOpaque() })
}
