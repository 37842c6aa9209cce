package config

import (
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/zoneloom/zoneloom/state"
)

// native is Zoneloom's own dialect.
type native struct{}

func (native) own() bool  { return false }
func (native) tags() bool { return false }

func (native) builtIn() defaults {
	ttl := state.TTL(300)
	return defaults{ttl: &ttl}
}

func (native) folder(b *builder, dir string, from place) {
	b.l.fault(from, "write "+dir+"/*.yaml", "%s is a folder, which only the octodns dialect reads as one zone", dir)
}

// The keys of records and values, and of the attributes among them.
const (
	keyTTL      = "ttl"
	keyProxied  = "proxied"
	keyComment  = "comment"
	keyDisabled = "disabled"
	keyValue    = "value"
	keyValues   = "values"
)

var (
	attributeKeys = []string{keyTTL, keyProxied, keyComment, "tags", "settings", "private_routing", keyDisabled}
	recordKeys    = append([]string{"type", keyValue, keyValues, "only", "lint"}, attributeKeys...)
	valueKeys     = append([]string{keyValue}, attributeKeys...)
)

func (native) parse(s *source, data []byte) *yaml.Node { return s.zoneFile(data) }

func (d native) records(b *builder, s *source, mapping *yaml.Node) {
	s.entries(mapping, "records", func(k, v *yaml.Node) {
		if isWholeFile(k, v) {
			s.errorf(k, "leave the key out, and begin with the names", "what is below %s belongs at the top of the file", k.Value)
			return
		}
		name, ok := b.name(s, k)
		if !ok {
			return
		}
		s.list(v, "the list of records", func(n *yaml.Node) {
			d.record(b, s, name, n)
		})
	})
}

// isWholeFile reports whether a key isn't a name, but what stands above records
// in the configuration.
func isWholeFile(k, v *yaml.Node) bool {
	return (k.Value == "records" || k.Value == "zones") && v.Kind == yaml.MappingNode && len(v.Content) > 0 &&
		!resembles(v, recordKeys...)
}

// recordSpec is one record as written: an RRset.
type recordSpec struct {
	typ           state.Type
	value, values *yaml.Node
	only          []string
	written       written
	lint          []state.LintIgnore
	faulty        bool // some key of it is
}

// record reads one record mapping.
func (d native) record(b *builder, s *source, name state.Name, n *yaml.Node) {
	if n.Kind == yaml.ScalarNode {
		s.errorf(n, scalarHint(n.Value), "a record must be a mapping, not %s", kind(n))
		return
	}
	var r recordSpec
	before := s.l.faults
	s.hintedFields(n, "a record", recordKeys, recordHint(n), func(key string, v *yaml.Node) {
		switch key {
		case "type":
			r.typ = s.recordType(v)
		case keyValue:
			r.value = v
		case keyValues:
			r.values = v
		case "only":
			r.only = s.only(v, b.zone.Providers)
		case "lint":
			r.lint = s.lint(v, false).ignore
		default:
			s.attribute(key, v, &r.written)
		}
	})
	if n.Kind != yaml.MappingNode {
		return
	}
	// What seems to be missing may only be misspelled, and noted already.
	r.faulty = s.l.faults > before
	if r.typ == "" {
		if !r.faulty {
			s.errorf(n, "", "the record has no type")
		}
		return
	}
	if !s.fits(n, r.typ, r.written) || r.faulty && holdsFields(n, r.typ) {
		return
	}
	b.set(s, n, state.Key{Name: name, Type: r.typ}, r.only)
	b.lint = r.lint
	d.values(b, s, n, &r)
}

// values reads the one value or the list of them.
func (d native) values(b *builder, s *source, n *yaml.Node, r *recordSpec) {
	switch {
	case r.value == nil && r.values == nil:
		if !r.faulty {
			s.errorf(n, "", "the record has no value")
		}
	case r.value != nil && r.values != nil:
		s.errorf(r.values, "put all into values", "the record has both value and values")
	case r.value == nil:
		if r.values.Kind != yaml.SequenceNode {
			s.errorf(r.values, "write value for a single one", "values must be a list, not %s", kind(r.values))
			return
		}
		s.list(r.values, keyValues, func(v *yaml.Node) { d.value(b, s, v, r) })
	case r.value.Kind == yaml.SequenceNode:
		s.errorf(r.value, "write values", "value must be a single one, not a list")
	default:
		d.value(b, s, r.value, r)
	}
}

// value reads one value, which may be wrapped in a mapping with attributes of
// its own.
func (d native) value(b *builder, s *source, n *yaml.Node, r *recordSpec) {
	w, inner := r.written, n
	if isWrapper(n, r.typ) {
		var own written
		inner = nil
		before := s.l.faults
		s.hintedFields(n, "a value with attributes", valueKeys, wrapperHint(r.typ), func(key string, v *yaml.Node) {
			if key == keyValue {
				inner = v
				return
			}
			s.attribute(key, v, &own)
		})
		switch {
		case inner == nil || !s.fits(n, r.typ, own):
			return
		case s.l.faults > before && state.Fields(r.typ) != nil && inner.Kind == yaml.ScalarNode:
			return // what the text lacks may stand beside it
		}
		w = own.over(r.written)
	}
	if data, ok := b.data(s, inner, r.typ); ok {
		b.add(s, n, data, w)
	}
}

// isWrapper reports whether n wraps a value of type t: whether it has the key
// value, and that is no field of t or all others are attributes.
func isWrapper(n *yaml.Node, t state.Type) bool {
	if n.Kind != yaml.MappingNode || valuesOf(n, keyValue) == nil {
		return false
	}
	if !slices.ContainsFunc(state.Fields(t), func(f state.Field) bool { return f.Name == keyValue }) {
		return true
	}
	for i := 0; i < len(n.Content); i += 2 {
		if !slices.Contains(valueKeys, n.Content[i].Value) {
			return false
		}
	}
	return true
}

func (s *source) recordType(n *yaml.Node) state.Type {
	text, ok := s.text(n, "type")
	if !ok {
		return ""
	}
	t, err := state.ParseType(text)
	if err != nil {
		s.errorf(n, "", "%s", err)
		return ""
	}
	return t
}

// fits notes attributes that have no meaning for a type.
func (s *source) fits(n *yaml.Node, t state.Type, w written) bool {
	if w.proxied == nil || t.IsAddress() {
		return true
	}
	s.errorf(n, "remove it", "proxied applies to A, AAAA, CNAME and ALIAS, not to %s", t)
	return false
}

// only reads the providers that a record is for.
func (s *source) only(n *yaml.Node, providers []string) []string {
	names := s.texts(n, "only")
	for _, name := range names {
		if !slices.Contains(providers, name) {
			s.errorf(n, didYouMean(name, providers), "the zone isn't on a provider %s", quote(name))
		}
	}
	return names
}

// attribute reads what is written under an attribute's key into w.
func (s *source) attribute(key string, n *yaml.Node, w *written) {
	var value any
	ok := true
	switch key {
	case keyTTL:
		if ttl, valid := s.ttl(n); valid {
			w.ttl, w.ttlAt = &ttl, s.at(n)
		}
		return
	case keyProxied:
		if proxied, valid := s.boolean(n, key); valid {
			w.proxied = &proxied
		}
		return
	case "settings":
		s.settings(n, w)
		return
	case keyComment:
		value, ok = s.text(n, key)
	case "tags":
		value = s.tagList(n)
	case "private_routing", keyDisabled:
		value, ok = s.boolean(n, key)
	}
	if ok {
		w.put(key, value)
	}
}

func (w *written) put(key string, value any) {
	if w.more == nil {
		w.more = map[string]any{}
	}
	w.more[key] = value
}

// tagList reads a list of tags, which may be empty: that declares that there are
// none.
func (s *source) tagList(n *yaml.Node) []string {
	if n.Kind == yaml.SequenceNode && len(n.Content) == 0 {
		return []string{}
	}
	tags := s.texts(n, "tags")
	slices.Sort(tags) // services keep them as a set
	return tags
}

// settings reads a flat mapping into keys such as settings.flatten_cname.
func (s *source) settings(n *yaml.Node, w *written) {
	seen := map[string]place{}
	s.entries(n, "settings", func(k, v *yaml.Node) {
		if first, twice := seen[k.Value]; twice {
			s.twice(k, k.Value, first)
			return
		}
		seen[k.Value] = s.at(k)
		if strings.ContainsAny(k.Value, "=\n") {
			s.errorf(k, "", "%s can't be the name of a setting", quote(k.Value))
			return
		}
		text, ok := s.text(v, "settings."+k.Value)
		if !ok {
			return
		}
		w.put("settings."+k.Value, settingValue(text, v.Style))
	})
}

// settingValue takes a scalar for what it looks like: only a setting's own
// service knows its type.
func settingValue(text string, style yaml.Style) any {
	if style != 0 {
		return text
	}
	if text == "true" || text == "false" {
		return text == "true"
	}
	if f, err := strconv.ParseFloat(text, 64); err == nil && strings.Trim(text, "0123456789.-") == "" {
		return f
	}
	return text
}
