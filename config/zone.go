package config

import (
	"maps"
	"path"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/zoneloom/zoneloom/state"
)

// Zone is one zone as the configuration wants it.
type Zone struct {
	Name      state.Name
	Providers []string // in the order written; the zone is kept the same on each
	Create    bool     // create it where it doesn't exist
	Rules     state.Rules
	Lint      state.Lint
	Src       state.Src

	want   *state.Zone
	wants  map[string]*state.Zone // by provider, where a record says only
	places *places
}

// Want returns the records that are wanted on a provider, the SOA among them
// where one is declared, with a serial that means nothing. They must not be
// changed: providers share them. Attributes are those declared.
func (z *Zone) Want(provider string) *state.Zone {
	if z.wants != nil {
		return z.wants[provider]
	}
	return z.want
}

// Written reports whether an attribute, or ttl, is written on the record or
// value at src itself, rather than inherited from its zone or from defaults.
func (z *Zone) Written(src state.Src, key string) bool { return z.places.has(src, key) }

// has reports whether key is written at src.
func (p *places) has(src state.Src, key string) bool {
	if src == 0 || int(src) >= len(p.written) || p.written[src] == 0 {
		return false
	}
	for line := range strings.Lines(p.sets[p.written[src]]) {
		if strings.TrimSuffix(line, "\n") == key {
			return true
		}
	}
	return false
}

// zoneSpec is a zone while its files are read.
type zoneSpec struct {
	zone     *Zone
	defaults defaults // the zone's own over its file's over the root's
	records  *yaml.Node
	file     *yaml.Node
	soa      *yaml.Node
}

var zoneKeys = append([]string{"records", "file", "create", "soa", "name"}, defaultKeys...)

// zones reads the mapping of zones.
func (l *loader) zonesOf(s *source, n *yaml.Node, base defaults) {
	s.entries(n, "zones", func(k, v *yaml.Node) {
		name, ok := s.zoneName(k)
		if !ok {
			return
		}
		if first := l.zones[name]; first != nil {
			s.errorf(k, "keep one of them", "the zone %s is given twice, first at %s", name, l.places.posOf(first.Src))
			return
		}
		z := &Zone{Name: name, Src: l.places.add(s.at(k), 0), places: l.places}
		l.zones[name] = z
		if spec := l.zoneSpec(s, v, z, base); spec != nil {
			l.build(s, spec)
		}
	})
}

// zoneName returns the zone that a key names, with or without a final dot.
func (s *source) zoneName(k *yaml.Node) (state.Name, bool) {
	text := k.Value
	if hint, bad := notAZone(text); bad {
		s.errorf(k, hint, "%s is not the name of a zone", quote(text))
		return "", false
	}
	if !isAbsolute(text) {
		text += "."
	}
	name, err := state.ParseName(text, "")
	if err != nil {
		s.errorf(k, "", "%s", err)
	}
	return name, err == nil
}

// zoneSpec reads the keys of a zone. It returns nil for what is no mapping.
func (l *loader) zoneSpec(s *source, n *yaml.Node, z *Zone, base defaults) *zoneSpec {
	spec := &zoneSpec{zone: z}
	var own defaults
	s.fields(n, "a zone", zoneKeys, func(key string, v *yaml.Node) {
		switch key {
		case "records":
			spec.records = v
		case "file":
			spec.file = v
		case "soa":
			spec.soa = v
		case "create":
			z.Create, _ = s.boolean(v, key)
		case "name":
			s.errorf(v, "remove it", "name is reserved for zones with several views, which this version doesn't have")
		default:
			own.read(s, key, v)
		}
	})
	if n.Kind != yaml.MappingNode || own.dialect == "" && valuesOf(n, "dialect") != nil {
		return nil // whatever it means, it isn't what follows
	}
	if spec.records == nil && spec.file == nil && !resembles(n, "records", "file") {
		s.errorf(n, "write records: {} if it is to have none", "the zone has neither records nor file")
	}
	if own.dialect == "" {
		own.dialect = base.dialect
	}
	if d := dialects[own.dialect]; d != nil && d.own() {
		base.ttl, base.proxied = nil, nil
	}
	spec.defaults = own.over(base)
	if spec.defaults.dialect == "" {
		spec.defaults.dialect = "native"
	}
	spec.defaults = spec.defaults.over(dialects[spec.defaults.dialect].builtIn())
	l.settle(s, n, spec)
	return spec
}

// settle sets what a zone's defaults come to.
func (l *loader) settle(s *source, n *yaml.Node, spec *zoneSpec) {
	z, d := spec.zone, &spec.defaults
	z.Rules = state.Rules{
		Prune: d.prune == nil || *d.prune, Ignore: d.ignore, Protect: d.protect, ApexNS: d.apexNS, Limits: resolveLimits(d.limits),
	}
	z.Lint = d.lint.resolve()
	z.Providers = d.providers
	if len(z.Providers) == 0 {
		if d.providersAt == nil && !resembles(n, "provider") {
			hint := "declare one under providers, and name it here as provider"
			if names := l.providerNames(); len(names) > 0 {
				hint = "write provider: and one of: " + strings.Join(names, ", ")
			}
			s.errorf(n, hint, "the zone has no provider")
		}
		return
	}
	for _, p := range z.Providers {
		if !slices.Contains(l.providerNames(), p) {
			d.providersIn.errorf(d.providersAt, didYouMean(p, l.providerNames()), "there is no provider %s under providers", quote(p))
		}
	}
}

// build reads the records of a zone, wherever they stand.
func (l *loader) build(s *source, spec *zoneSpec) {
	b := newBuilder(l, spec)
	d := dialects[spec.defaults.dialect]
	if spec.soa != nil {
		b.soa(s, spec.soa)
	}
	if spec.records != nil {
		inline := *s
		inline.tags = d.tags()
		b.begin()
		inline.parts(spec.records, func(s *source, n *yaml.Node) { d.records(b, s, n) })
	}
	if spec.file != nil {
		known := len(l.places.files)
		l.zoneFiles(s, spec, b, d)
		for _, f := range l.places.files[known:] {
			l.foreign[f] = d.tags()
		}
	}
	b.finish()
}

// zoneFiles reads the files that a zone names, in the order written; those of a
// pattern in the order of their bytes.
func (l *loader) zoneFiles(s *source, spec *zoneSpec, b *builder, d dialect) {
	var seen []string
	s.list(spec.file, "file", func(n *yaml.Node) {
		for _, name := range s.paths(n) {
			if slices.Contains(seen, name) {
				s.errorf(n, "name it once", "%s is read twice for this zone", name)
				continue
			}
			seen = append(seen, name)
			if l.isFolder(name) {
				b.begin()
				d.folder(b, path.Clean(name), s.at(n))
				continue
			}
			if in, top := l.readAs(name, s.at(n), d.parse); top != nil {
				in.tags = d.tags()
				b.begin()
				in.parts(top, func(s *source, n *yaml.Node) { d.records(b, s, n) })
			}
		}
	})
}

func dialectNames() []string { return slices.Sorted(maps.Keys(dialects)) }
