package config

import (
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/zoneloom/zoneloom/state"
)

// octodns is the dialect of octoDNS's zone files. They load as they are: what
// octoDNS takes is taken, with a warning where its reading may surprise. What
// only octoDNS can do, such as dynamic records, is a fault: left out, it would
// change what the zone answers.
type octodns struct{}

func (octodns) own() bool  { return true }
func (octodns) tags() bool { return true }

func (octodns) builtIn() defaults {
	ttl := state.TTL(3600)
	return defaults{ttl: &ttl}
}

// parse takes a file of comments for a zone without records, as octoDNS does.
func (octodns) parse(s *source, data []byte) *yaml.Node {
	if onlyComments(data) {
		return &yaml.Node{Kind: yaml.MappingNode, Line: 1, Column: 1}
	}
	if topMerge.Match(data) {
		return s.whole(data) // names in one part may replace those of another
	}
	return s.zoneFile(data)
}

// topMerge finds what may be a merge key among the names of a file.
var topMerge = regexp.MustCompile(`(?m)^ {0,3}<<[ \t]*:`)

func (octodns) records(b *builder, s *source, mapping *yaml.Node) {
	newOctoZone(b).records(octoNode{s, mapping})
}

// folder reads a split zone. Which file a name stands in has no meaning.
func (octodns) folder(b *builder, dir string, from place) {
	files, err := fs.ReadDir(b.l.root, dir)
	if err != nil {
		b.l.fault(from, readHint(err), "%s can't be read: %s", dir, readReason(err))
		return
	}
	z := newOctoZone(b)
	found := false
	for _, f := range files {
		if strings.HasSuffix(f.Name(), ".yml") {
			b.l.remark(from, state.SeverityWarning, "rename it to .yaml if it belongs to the zone", "%s isn't read, as in octoDNS", path.Join(dir, f.Name()))
		}
		if f.IsDir() || !strings.HasSuffix(f.Name(), ".yaml") {
			continue
		}
		found = true
		if s, top := b.l.readAs(path.Join(dir, f.Name()), from, octodns{}.parse); top != nil {
			s.tags = true
			b.begin()
			s.parts(top, func(s *source, n *yaml.Node) { z.records(octoNode{s, n}) })
		}
	}
	if !found {
		b.l.fault(from, "a split zone has its records in files *.yaml", "the folder %s has none", dir)
	}
}

// octoZone reads the files of one zone.
type octoZone struct {
	b          *builder
	cloudflare []string // the zone's providers that octoDNS's settings for Cloudflare are for
	others     []string
	files      map[string]octoNode // those that !include names
	at         octoNode            // the target that is being read
	target     func(string) (state.Name, error)
}

func newOctoZone(b *builder) *octoZone {
	z := &octoZone{b: b, files: map[string]octoNode{}}
	z.target = z.readTarget
	for _, name := range b.zone.Providers {
		// The sandbox holds what Cloudflare does.
		if p := b.l.providers[name]; p != nil && (p.Type == "cloudflare" || p.Type == "sandbox") {
			z.cloudflare = append(z.cloudflare, name)
		} else {
			z.others = append(z.others, name)
		}
	}
	return z
}

func (z *octoZone) records(n octoNode) {
	n, ok := z.resolve(n)
	if !ok {
		return
	}
	z.visit(n, "records", nil, func(k, v octoNode) { // name finds those that are the same
		name, ok := z.name(k)
		if !ok || z.isEmpty(v, k.n.Value) {
			return
		}
		z.items(v, func(item octoNode) {
			if item.n.Kind != yaml.MappingNode {
				item.s.errorf(item.n, "", "a record must be a mapping, not %s", kind(item.n))
				return
			}
			z.record(name, item)
		})
	})
}

// name returns the owner name that k spells.
func (z *octoZone) name(k octoNode) (state.Name, bool) {
	b, s, zone := z.b, k.s, z.b.zone.Name
	name, err := state.ParseName(k.n.Value, zone)
	switch {
	case err != nil:
		s.errorf(k.n, "", "%s", err)
		return "", false
	case !name.IsIn(zone):
		s.errorf(k.n, "names are relative to the zone", "%s lies outside of the zone %s", quote(k.n.Value), zone)
		return "", false
	case k.n.Value == "@":
		s.warnf(k.n, "write '' if octoDNS reads this file too", `"@" is read as the zone's apex, which octoDNS refuses`)
	case name != zone && zone != "." && !isAbsolute(k.n.Value) && relativePart(name, zone).IsIn(zone):
		s.warnf(k.n, "leave the zone's name out if you don't mean that",
			"%s is relative to the zone %s, and becomes %s, as in octoDNS", quote(k.n.Value), zone, name)
	}
	warnTyped(k)
	if old, known := b.names[name]; known && old.mapping == b.mapping {
		what := quote(k.n.Value)
		if spelling := b.spell(name); spelling != k.n.Value && k.n.Value != "" {
			what += ", which is " + spelling + ","
		}
		s.twice(k.n, what, old.at)
		return "", false
	}
	b.names[name] = nameAt{s.at(k.n), b.mapping}
	return name, true
}

// octoRecord is one record of octoDNS: an RRset.
type octoRecord struct {
	typ           state.Type
	value, values octoNode
	ttl           *state.TTL
	meta          octoMeta
}

// octoOnly are the keys of a record that say what DNS itself can't.
var octoOnly = []string{"dynamic", "geo", "healthcheck"}

var octoKeys = []string{"type", keyTTL, keyValue, keyValues, "octodns"}

// record reads one record. Keys that octoDNS doesn't know it ignores.
func (z *octoZone) record(name state.Name, n octoNode) {
	var r octoRecord
	before := n.s.l.faults
	z.mapping(n, "a record", func(k, v octoNode) {
		key := k.n.Value
		if slices.Contains(octoOnly, key) {
			k.s.errorf(k.n, "keep this zone with octoDNS, or write the record without it",
				"%s is a feature of octoDNS that zoneloom doesn't have", key)
			return
		}
		if !slices.Contains(octoKeys, key) {
			k.s.warnf(k.n, didYouMean(key, octoKeys), "a record has no key %s, and octoDNS ignores it", quote(key))
			return
		}
		if z.isEmpty(v, key) {
			return
		}
		switch key {
		case "type":
			r.typ = z.recordType(v)
		case keyTTL:
			if ttl, ok := v.s.ttl(v.n); ok {
				r.ttl = &ttl
				warnTyped(v)
			}
		case keyValue:
			r.value = v
		case keyValues:
			r.values = v
		default:
			r.meta = z.meta(v)
		}
	})
	switch {
	case n.s.l.faults > before && (r.typ == "" || r.value.n == nil && r.values.n == nil):
		// What is missing may be what the fault is about.
	case r.typ == "":
		n.s.errorf(n.n, "", "the record has no type")
	default:
		z.add(n, state.Key{Name: name, Type: r.typ}, &r)
	}
}

// recordType reads a type, or returns "" after a fault.
func (z *octoZone) recordType(n octoNode) state.Type {
	switch text := n.n.Value; {
	case text == "URLFWD":
		n.s.errorf(n.n, "make it a rule of the service itself", "URLFWD is a redirection by HTTP, which no record can do")
		return ""
	case strings.Contains(text, "/"):
		n.s.errorf(n.n, "", "the type %s is one that only a provider of octoDNS's has", quote(text))
		return ""
	case text == "SOA":
		n.s.errorf(n.n, "write it under soa in the zone's entry", "a SOA is not a record that a zone's files can have")
		return ""
	case text == "SPF":
		n.s.warnf(n.n, "write TXT", "the type SPF is obsolete (RFC 7208 section 3.1), and nobody looks it up")
	}
	return n.s.recordType(n.n)
}

// octoValue is one value of a record.
type octoValue struct {
	n    octoNode
	data string
}

// add declares a record for the providers that it is for: with what octoDNS has
// for Cloudflare there, and without it elsewhere.
func (z *octoZone) add(n octoNode, key state.Key, r *octoRecord) {
	values := z.readValues(n, key, r)
	if key.Name == z.b.zone.Name && key.Type == state.NS {
		z.apexNS(n)
	}
	z.checkMeta(key, r, values)
	cloudflare, others := z.ownersOf(&r.meta)
	if len(cloudflare)+len(others) == 0 {
		z.ignore(n, key)
		return
	}
	z.warnExcluded(n, key, append(slices.Clip(cloudflare), others...))
	if len(cloudflare) > 0 {
		z.begin(n, key, cloudflare)
		for _, v := range values {
			z.b.add(v.n.s, v.n.n, v.data, r.meta.written(key.Type, r.ttl, v.data))
			z.unproxy(key.Type)
		}
	}
	if len(others) > 0 {
		z.begin(n, key, others)
		for _, v := range values {
			z.b.add(v.n.s, v.n.n, v.data, written{ttl: r.ttl})
		}
	}
}

// apexNS leaves the NS records at the apex alone on Cloudflare, as octoDNS does
// there, unless the zone's entry says what becomes of them.
func (z *octoZone) apexNS(n octoNode) {
	rules := &z.b.zone.Rules
	if rules.ApexNS != "" || len(z.others) > 0 {
		return
	}
	rules.ApexNS = state.ApexNSLeave
	n.s.warnf(n.n, "write apex_ns: exact in the zone's entry to change them", "the NS records at the apex are left alone, as octoDNS does on Cloudflare")
}

// begin begins an RRset for some of the zone's providers.
func (z *octoZone) begin(n octoNode, key state.Key, providers []string) {
	if len(providers) == len(z.b.zone.Providers) {
		providers = nil
	}
	z.b.set(n.s, n.n, key, providers)
}

// unproxy turns the proxy of the record that was added last off if its file says
// nothing about it, as octoDNS does. The value is nowhere written, so that a
// guard still asks before a live record loses its proxy.
func (z *octoZone) unproxy(t state.Type) {
	e := &z.b.entries[len(z.b.entries)-1]
	switch {
	case !t.IsAddress() || z.b.spec.defaults.proxied != nil:
	case e.Attrs == (state.Attrs{}):
		e.Attrs = attrsUnproxied
	case !e.Attrs.Has(keyProxied):
		e.Attrs = e.Attrs.With(keyProxied, false)
	}
}
