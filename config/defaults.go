package config

import (
	"slices"

	"gopkg.in/yaml.v3"

	"github.com/zoneloom/zoneloom/state"
)

// defaults are what holds for a zone where nothing nearer says otherwise. The
// same keys stand under defaults and in a zone.
type defaults struct {
	providers       []string
	providersAt     *yaml.Node
	providersIn     *source
	dialect         string
	ttl             *state.TTL
	proxied         *bool
	prune           *bool
	apexNS          state.ApexNS
	ignore, protect []state.Pattern
	limits          map[string]limitSpec
	lint            lintSpec
}

// defaultKeys are the keys that make sense for all zones. The others say what
// one zone is.
var defaultKeys = []string{
	"provider", "dialect", keyTTL, keyProxied, "prune", "ignore", "protect", "guards", "lint", "apex_ns",
}

// read reads one of defaultKeys into d.
func (d *defaults) read(s *source, key string, n *yaml.Node) {
	switch key {
	case "provider":
		d.providers, d.providersAt, d.providersIn = s.texts(n, key), n, s
	case "dialect":
		d.dialect = s.oneOf(n, key, dialectNames()...)
	case keyTTL:
		if ttl, ok := s.ttl(n); ok {
			d.ttl = &ttl
		}
	case keyProxied:
		if proxied, ok := s.boolean(n, key); ok {
			d.proxied = &proxied
		}
	case "prune":
		if prune, ok := s.boolean(n, key); ok {
			d.prune = &prune
		}
	case "ignore":
		d.ignore = s.patterns(n, key)
	case "protect":
		d.protect = s.patterns(n, key)
	case "guards":
		d.limits = s.guards(n)
	case "lint":
		d.lint = s.lint(n, true)
	case "apex_ns":
		d.apexNS = state.ApexNS(s.oneOf(n, key, string(state.ApexNSLeave), string(state.ApexNSMerge), string(state.ApexNSExact)))
	}
}

// over returns d where it says something, else base. Patterns add up: what one
// place ignores or protects, another must not lose unseen.
func (d defaults) over(base defaults) defaults {
	if d.providers == nil {
		d.providers, d.providersAt, d.providersIn = base.providers, base.providersAt, base.providersIn
	}
	if d.dialect == "" {
		d.dialect = base.dialect
	}
	if d.ttl == nil {
		d.ttl = base.ttl
	}
	if d.proxied == nil {
		d.proxied = base.proxied
	}
	if d.prune == nil {
		d.prune = base.prune
	}
	if d.apexNS == "" {
		d.apexNS = base.apexNS
	}
	d.ignore = slices.Concat(base.ignore, d.ignore)
	d.protect = slices.Concat(base.protect, d.protect)
	d.limits = mergeLimits(d.limits, base.limits)
	d.lint = d.lint.over(base.lint)
	return d
}

// defaultsOf reads a file's defaults.
func (s *source) defaultsOf(n *yaml.Node) defaults {
	var d defaults
	s.fields(n, "defaults", defaultKeys, func(key string, v *yaml.Node) {
		d.read(s, key, v)
	})
	return d
}
