package config

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/zoneloom/zoneloom/state"
)

// builder collects what the files of one zone declare.
type builder struct {
	l    *loader
	zone *Zone
	spec *zoneSpec

	entries []state.Entry
	names   map[state.Name]nameAt
	mapping int // counts the mappings of names to records

	// sets holds, in order, the Src that stands for each RRset as declared: the
	// values added after it and before the next one are its values.
	sets []state.Src
	only map[state.Src][]string // by the RRset's Src
	key  state.Key
	lint []state.LintIgnore // written on the RRset last begun

	ttlAt map[state.Src]place // where a record's ttl is written that may be for nothing

	relative func(string) (state.Name, error)
}

// nameAt says where a name was last given, and in which mapping.
type nameAt struct {
	at      place
	mapping int
}

func newBuilder(l *loader, spec *zoneSpec) *builder {
	b := &builder{l: l, zone: spec.zone, spec: spec, names: map[state.Name]nameAt{}}
	b.relative = b.target
	return b
}

// begin starts a mapping of names to records: from here on names must differ
// until the next begin.
func (b *builder) begin() { b.mapping++ }

// name returns the owner name that key k spells, or false after a fault.
func (b *builder) name(s *source, k *yaml.Node) (state.Name, bool) {
	name, ok := b.owner(s, k)
	if !ok {
		return "", false
	}
	if old, known := b.names[name]; known && old.mapping == b.mapping {
		what := quote(k.Value)
		if other := b.spell(name); other != k.Value {
			what += ", which is " + other + ","
		}
		s.twice(k, what, old.at)
		return "", false
	}
	b.names[name] = nameAt{s.at(k), b.mapping}
	return name, true
}

// spell returns name as it is written in the zone's records.
func (b *builder) spell(name state.Name) string { return name.Relative(b.zone.Name) }

// set begins an RRset that is declared at n, for some providers only where only
// isn't empty. The same one may be declared twice if no provider gets both.
func (b *builder) set(s *source, n *yaml.Node, key state.Key, only []string) {
	src := b.l.places.add(s.at(n), 0)
	b.sets = append(b.sets, src)
	b.key, b.lint = key, nil
	if len(only) > 0 {
		if b.only == nil {
			b.only = map[state.Src][]string{}
		}
		b.only[src] = only
	}
}

// add adds a record to the RRset last begun: canonical data declared at n, with
// what is written on the value itself or on the record around it.
func (b *builder) add(s *source, n *yaml.Node, data string, w written) {
	src := b.l.places.add(s.at(n), b.l.keys(w))
	b.entries = append(b.entries, state.Entry{Key: b.key, Record: state.Record{
		Data:  data,
		TTL:   b.ttl(w),
		Attrs: b.l.attrs(w),
		Src:   src,
	}})
	if b.lint != nil {
		if b.zone.Lint.At == nil {
			b.zone.Lint.At = map[state.Src][]state.LintIgnore{}
		}
		b.zone.Lint.At[src] = b.lint
	}
	if w.ttlAt != 0 && (w.proxied != nil && *w.proxied || w.proxied == nil && b.spec.defaults.proxied != nil) {
		if b.ttlAt == nil {
			b.ttlAt = map[state.Src]place{}
		}
		b.ttlAt[src] = w.ttlAt
	}
}

func (b *builder) ttl(w written) state.TTL {
	if w.ttl != nil {
		return *w.ttl
	}
	return *b.spec.defaults.ttl
}

// attrs returns what w declares.
func (l *loader) attrs(w written) state.Attrs {
	if w.more == nil {
		switch {
		case w.proxied == nil:
			return state.Attrs{}
		case *w.proxied:
			return attrsProxied
		}
		return attrsUnproxied
	}
	m := maps.Clone(w.more)
	if w.proxied != nil {
		m[keyProxied] = *w.proxied
	}
	return state.MakeAttrs(m)
}

var (
	attrsProxied   = state.MakeAttrs(map[string]any{keyProxied: true})
	attrsUnproxied = state.MakeAttrs(map[string]any{keyProxied: false})
)

// keys returns the number of the set of keys that w has.
func (l *loader) keys(w written) keySet {
	var b strings.Builder
	for _, k := range slices.Sorted(maps.Keys(w.more)) {
		b.WriteString(k + "\n")
	}
	if w.proxied != nil {
		b.WriteString(keyProxied + "\n")
	}
	if w.ttl != nil {
		b.WriteString(keyTTL + "\n")
	}
	return l.places.keys(b.String())
}

// finish makes the zone from what was declared.
func (b *builder) finish() {
	b.settle()
	whole := state.NewZone(b.zone.Name, b.entries)
	b.entries, b.names = nil, nil
	b.duplicates(whole)
	b.zone.want = whole
	if b.only == nil {
		return
	}
	b.zone.wants = map[string]*state.Zone{}
	for _, p := range b.zone.Providers {
		b.zone.wants[p] = b.wantOn(whole, p)
	}
}

// settle decides what each record's proxied and TTL come to, now that the whole
// zone is known.
func (b *builder) settle() {
	def := b.spec.defaults.proxied
	var targets map[state.Name]bool
	if def != nil {
		targets = b.targets()
	}
	for i := range b.entries {
		e := &b.entries[i]
		if def != nil && e.Type.IsAddress() && !e.Attrs.Has(keyProxied) && !hasUnderscore(e.Name) && !targets[e.Name] {
			if e.Attrs == (state.Attrs{}) && *def {
				e.Attrs = attrsProxied
			} else {
				e.Attrs = e.Attrs.With(keyProxied, *def)
			}
		}
		if e.Attrs != attrsProxied && !e.Attrs.Bool(keyProxied) {
			continue
		}
		if e.TTL != state.TTLAuto && b.l.places.has(e.Src, keyTTL) {
			at := cmp.Or(b.ttlAt[e.Src], b.l.places.packed[e.Src])
			b.l.remark(at, state.SeverityNotice, "remove it", "the ttl %s of %s %s has no effect: the TTL of a proxied record is automatic", e.TTL, b.spell(e.Name), e.Type)
		}
		e.TTL = state.TTLAuto
	}
}

// targets returns the zone's names that MX, SRV and NS records point at: behind
// them is something other than HTTP.
func (b *builder) targets() map[state.Name]bool {
	targets := map[state.Name]bool{}
	for _, e := range b.entries {
		if e.Type == state.MX || e.Type == state.SRV || e.Type == state.NS {
			for _, n := range state.DataNames(e.Type, e.Data) {
				targets[n] = true
			}
		}
	}
	return targets
}

// hasUnderscore reports whether a label of n begins with an underscore.
func hasUnderscore(n state.Name) bool {
	return strings.HasPrefix(string(n), "_") || strings.Contains(string(n), "._")
}

// setOf returns the Src that stands for the RRset in which src was declared.
func (b *builder) setOf(src state.Src) state.Src {
	i, found := slices.BinarySearch(b.sets, src)
	if !found {
		i--
	}
	return b.sets[i]
}

// duplicates notes RRsets that are declared twice, and values that one RRset
// has twice.
func (b *builder) duplicates(whole *state.Zone) {
	for _, rrset := range whole.RRsets {
		if len(rrset.Records) < 2 {
			continue
		}
		b.duplicateSets(rrset)
		for i := range rrset.Records[1:] {
			one, two := rrset.Records[i], rrset.Records[i+1]
			if one.Data == two.Data && b.setOf(one.Src) == b.setOf(two.Src) {
				b.l.fault(b.l.places.packed[max(one.Src, two.Src)], "keep one of them",
					"%s %s has the value %s twice, first at %s", b.spell(rrset.Name), rrset.Type, quote(one.Data),
					b.l.places.posOf(min(one.Src, two.Src)))
			}
		}
	}
}

// duplicateSets notes the second of two declarations of one name and type,
// unless each is for providers that the other isn't for.
func (b *builder) duplicateSets(rrset state.RRset) {
	sets := make([]state.Src, 0, 2)
	for _, r := range rrset.Records {
		if set := b.setOf(r.Src); len(sets) == 0 || sets[len(sets)-1] != set {
			sets = append(sets, set)
		}
	}
	slices.Sort(sets)
	sets = slices.Compact(sets)
	for _, p := range b.zone.Providers {
		var first state.Src
		for _, set := range sets {
			switch {
			case !b.isFor(set, p):
			case first == 0:
				first = set
			default:
				b.l.fault(b.l.places.packed[set], "put all values into one record, or say with only which provider gets which",
					"%s %s is given twice, first at %s", b.spell(rrset.Name), rrset.Type, b.l.places.posOf(first))
			}
		}
	}
}

// isFor reports whether a provider gets an RRset.
func (b *builder) isFor(set state.Src, provider string) bool {
	only := b.only[set]
	return only == nil || slices.Contains(only, provider)
}

// wantOn returns the part of a zone that one provider gets.
func (b *builder) wantOn(whole *state.Zone, provider string) *state.Zone {
	var entries []state.Entry
	for _, rrset := range whole.RRsets {
		for _, r := range rrset.Records {
			if b.isFor(b.setOf(r.Src), provider) {
				entries = append(entries, state.Entry{Key: rrset.Key, Record: r})
			}
		}
	}
	return state.NewZone(whole.Name, entries)
}
