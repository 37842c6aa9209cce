package config

import (
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/zoneloom/zoneloom/state"
)

// octoMeta is what stands under octodns in a record: what octoDNS is to do with
// it, and what Cloudflare keeps beside it.
type octoMeta struct {
	ignored            bool
	included, excluded []string
	proxied            bool
	proxiedAt          octoNode
	autoTTL            bool
	more               map[string]any
	values             []octoNode // of cloudflare.values
	own                map[string]map[string]any
}

var octoMetaKeys = []string{"cloudflare", "excluded", "ignored", "included", "lenient"}

// meta reads the octodns key of a record.
func (z *octoZone) meta(n octoNode) octoMeta {
	var m octoMeta
	z.mapping(n, "octodns", func(k, v octoNode) {
		key := k.n.Value
		if slices.Contains(octoOnly, key) {
			k.s.errorf(k.n, "keep this zone with octoDNS, or write the record without it",
				"%s is a feature of octoDNS that zoneloom doesn't have", key)
			return
		}
		if !slices.Contains(octoMetaKeys, key) {
			// What octoDNS keeps for other services has no meaning here. A single
			// value is none of those: it may be a misspelled ignored.
			if v.n.Kind == yaml.MappingNode {
				k.s.warnf(k.n, "", "octodns.%s has no meaning here, and is left out", key)
			} else {
				k.s.errorf(k.n, didYouMean(key, octoMetaKeys), "octodns has no key %s", quote(key))
			}
			return
		}
		if z.isEmpty(v, key) {
			return
		}
		switch key {
		case "cloudflare":
			z.cloudflareMeta(v, &m)
		case "excluded":
			m.excluded = z.strings(v, key)
		case "ignored":
			m.ignored = z.boolean(v, key)
		case "included":
			m.included = z.strings(v, key)
		case "lenient":
			z.boolean(v, key) // what octoDNS lets pass only then is a warning here
		}
	})
	return m
}

var octoCloudflareKeys = []string{"auto-ttl", "comment", keyProxied, "region", "tags", keyValues}

// cloudflareMeta reads what octoDNS's provider for Cloudflare takes.
func (z *octoZone) cloudflareMeta(n octoNode, m *octoMeta) {
	z.mapping(n, "octodns.cloudflare", func(k, v octoNode) {
		key := k.n.Value
		if !slices.Contains(octoCloudflareKeys, key) {
			k.s.warnf(k.n, didYouMean(key, octoCloudflareKeys), "octodns.cloudflare has no key %s, and octoDNS ignores it", quote(key))
			return
		}
		if z.isEmpty(v, key) {
			return
		}
		switch key {
		case "auto-ttl":
			m.autoTTL = z.boolean(v, key)
		case keyProxied:
			m.proxied, m.proxiedAt = z.boolean(v, key), v
		case "region":
			k.s.warnf(k.n, "", "regions of Cloudflare aren't managed by zoneloom: what is set stays")
		case keyValues:
			z.items(v, func(item octoNode) { m.values = append(m.values, item) })
		default:
			m.more = z.attribute(m.more, v, key)
		}
	})
}

// attribute adds a comment or tags to a set of attributes.
func (z *octoZone) attribute(to map[string]any, n octoNode, key string) map[string]any {
	if to == nil {
		to = map[string]any{}
	}
	if key == "tags" {
		tags := z.strings(n, key)
		slices.Sort(tags)
		to[key] = slices.Compact(tags)
	} else if text, ok := n.s.text(n.n, key); ok {
		to[key] = text
	}
	return to
}

// strings returns one text or a list of them, which may be empty.
func (z *octoZone) strings(n octoNode, what string) []string {
	list := []string{}
	if n.n.Kind == yaml.SequenceNode && len(n.n.Content) == 0 {
		return list
	}
	z.items(n, func(item octoNode) {
		if text, ok := item.s.text(item.n, what); ok {
			list = append(list, text)
		}
	})
	return list
}

// boolean returns a truth as PyYAML reads it.
func (z *octoZone) boolean(n octoNode, what string) bool {
	if n.n.Kind == yaml.ScalarNode && n.n.Style&^yaml.TaggedStyle == 0 {
		switch strings.ToLower(n.n.Value) {
		case "true", "yes", "on":
			return true
		case "false", "no", "off":
			return false
		}
	}
	n.s.errorf(n.n, "write true or false, without quotes", "%s must be true or false, not %s", what, kind(n.n))
	return false
}

// checkMeta fills in what single values have of their own, and notes what has no
// meaning.
func (z *octoZone) checkMeta(key state.Key, r *octoRecord, values []octoValue) {
	m := &r.meta
	if m.proxied && !key.Type.IsAddress() {
		m.proxiedAt.s.warnf(m.proxiedAt.n, "write auto-ttl", "%s can't be proxied: all that this does is an automatic TTL, as in octoDNS", key.Type)
		m.proxied, m.autoTTL = false, true
	}
	for _, item := range m.values {
		var value octoNode
		var more map[string]any
		z.mapping(item, "an item of octodns.cloudflare.values", func(k, v octoNode) {
			switch {
			case z.isEmpty(v, k.n.Value):
			case k.n.Value == keyValue:
				value = v
			case k.n.Value == "comment" || k.n.Value == "tags":
				more = z.attribute(more, v, k.n.Value)
			default:
				k.s.errorf(k.n, didYouMean(k.n.Value, []string{keyValue, "comment", "tags"}), "an item of octodns.cloudflare.values has no key %s", quote(k.n.Value))
			}
		})
		if value.n == nil {
			item.s.errorf(item.n, "", "an item of octodns.cloudflare.values needs value")
			continue
		}
		data, ok := z.data(value, key.Type)
		if !ok {
			continue
		}
		if !slices.ContainsFunc(values, func(v octoValue) bool { return v.data == data }) {
			value.s.errorf(value.n, "", "%s %s has no such value", z.b.spell(key.Name), key.Type)
		}
		if m.own == nil {
			m.own = map[string]map[string]any{}
		}
		m.own[data] = more
	}
}

// written returns what is written for one value, on Cloudflare.
func (m *octoMeta) written(t state.Type, ttl *state.TTL, data string) written {
	w := written{ttl: ttl, more: m.more}
	if m.autoTTL || m.proxied {
		auto := state.TTLAuto
		w.ttl = &auto
	}
	if m.proxiedAt.n != nil && t.IsAddress() {
		w.proxied = &m.proxied
	}
	if own, ok := m.own[data]; ok {
		return written{more: own}.over(w)
	}
	return w
}

// ownersOf returns the providers of the zone that a record is for, those that
// are Cloudflare and the others.
func (z *octoZone) ownersOf(m *octoMeta) (cloudflare, others []string) {
	if m.ignored {
		return nil, nil
	}
	if len(m.included) == 0 && len(m.excluded) == 0 {
		return z.cloudflare, z.others
	}
	isFor := func(list []string) []string {
		var kept []string
		for _, p := range list {
			if !slices.Contains(m.excluded, p) && (len(m.included) == 0 || slices.Contains(m.included, p)) {
				kept = append(kept, p)
			}
		}
		return kept
	}
	return isFor(z.cloudflare), isFor(z.others)
}

// ignore leaves the RRset to somebody else: neither wanted nor deleted. A
// pattern can't say an asterisk itself.
func (z *octoZone) ignore(n octoNode, key state.Key) {
	if strings.Contains(string(key.Name), "*") {
		n.s.errorf(n.n, "write it under ignore in the zone's entry, as widely as you mean it",
			"a wildcard that octoDNS ignores can't be left alone: the pattern for it matches other names too")
		return
	}
	rules := &z.b.zone.Rules
	rules.Ignore = append(slices.Clip(rules.Ignore), state.Pattern{Name: string(key.Name), Type: string(key.Type)})
}

// warnExcluded says on which of the zone's providers a record isn't wanted:
// octoDNS would leave it alone there.
func (z *octoZone) warnExcluded(n octoNode, key state.Key, owners []string) {
	for _, p := range z.b.zone.Providers {
		if !slices.Contains(owners, p) {
			n.s.warnf(n.n, "ignore it in the zone's entry if it is to stay", "%s %s isn't for %s, and is deleted there if it exists: octoDNS would leave it alone",
				z.b.spell(key.Name), key.Type, p)
		}
	}
}
