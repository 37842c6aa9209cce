package config

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"gopkg.in/yaml.v3"

	"github.com/zoneloom/zoneloom/state"
)

// patterns reads ignore and protect: a pattern or a list of them, each a
// mapping or a pattern of names.
func (s *source) patterns(n *yaml.Node, what string) []state.Pattern {
	var patterns []state.Pattern
	s.list(n, what, func(item *yaml.Node) {
		var p state.Pattern
		if item.Kind == yaml.ScalarNode {
			if p.Name, _ = s.text(item, what); p.Name == "" {
				s.errorf(item, `write "@" for the apex, or "*" for every name`, "a pattern of names is empty")
			}
			patterns = append(patterns, s.checkPattern(item, p))
			return
		}
		found, before := false, s.l.faults
		s.fields(item, "a pattern", []string{"name", "type", "data"}, func(key string, v *yaml.Node) {
			text, _ := s.text(v, key)
			found = true
			switch key {
			case "name":
				p.Name = text
			case "type":
				p.Type = strings.ToUpper(text)
			case "data":
				p.Data = text
			}
		})
		if !found && s.l.faults == before {
			s.errorf(item, "give it a name, a type or data", "a pattern without any of these would match every record")
		}
		patterns = append(patterns, s.checkPattern(item, p))
	})
	return patterns
}

// checkPattern notes a pattern that can't match what its writer means by it.
// Names are compared in canonical form, so that Unicode has to become Punycode.
func (s *source) checkPattern(n *yaml.Node, p state.Pattern) state.Pattern {
	if p.Type != "" && !strings.Contains(p.Type, "*") {
		if _, err := state.ParseType(p.Type); err != nil {
			s.errorf(n, "", "%s", err)
		}
	}
	if strings.IndexFunc(p.Name, func(r rune) bool { return r > unicode.MaxASCII }) >= 0 {
		for label := range strings.SplitSeq(p.Name, ".") {
			if strings.Contains(label, "*") && label != "*" {
				s.errorf(n, "write the names out, or in Punycode", "a pattern can't have * in a label with letters outside of ASCII")
				return p
			}
		}
		name, err := state.ParseName(p.Name, ".")
		if err != nil {
			s.errorf(n, "", "%s", err)
			return p
		}
		absolute := isAbsolute(p.Name)
		p.Name = string(name)
		if !absolute {
			p.Name = strings.TrimSuffix(p.Name, ".")
		}
		return p
	}
	return p
}

// plainGuards are lifted for one run, and have nothing to set.
var plainGuards = []string{
	"wipe", "empty", "apex-ns", "delegation", "ds", "mx", "spf", "dkim", "dmarc", "caa",
	"apex-address", "wildcard-address", "protect", "unproxy",
}

// limitSpec is a limit of which some numbers may be left to what is around it.
type limitSpec struct{ count, percent, most *int }

var limitKeys = []string{"count", "percent", "most"}

// guards reads the limits of the guards that count.
func (s *source) guards(n *yaml.Node) map[string]limitSpec {
	limits := map[string]limitSpec{}
	counted := state.DefaultLimits()
	known := append(slices.Sorted(maps.Keys(counted)), plainGuards...)
	s.fields(n, "guards", known, func(guard string, v *yaml.Node) {
		if _, counts := counted[guard]; !counts {
			s.errorf(v, "lift it for one run with --allow ZONE:"+guard, "the guard %s has no limits to set", guard)
			return
		}
		var limit limitSpec
		s.fields(v, guard, limitKeys, func(key string, v *yaml.Node) {
			switch key {
			case "count":
				limit.count = s.number(v, key, 1<<31-1)
			case "percent":
				limit.percent = s.number(v, key, 100)
			case "most":
				limit.most = s.number(v, key, 1<<31-1)
			}
		})
		limits[guard] = limit
	})
	return limits
}

// number returns a whole number from 0 to most, nil after a fault.
func (s *source) number(n *yaml.Node, what string, most int) *int {
	text, ok := s.text(n, what)
	if !ok {
		return nil
	}
	parsed, err := strconv.ParseUint(text, 10, 32)
	if err != nil || parsed > uint64(most) {
		s.errorf(n, "", "%s must be a whole number from 0 to %d, not %s", what, most, quote(text))
		return nil
	}
	number := int(parsed)
	return &number
}

// mergeLimits lays limits over base, number by number.
func mergeLimits(limits, base map[string]limitSpec) map[string]limitSpec {
	merged := map[string]limitSpec{}
	maps.Copy(merged, base)
	for guard, l := range limits {
		b := base[guard]
		merged[guard] = limitSpec{cmp.Or(l.count, b.count), cmp.Or(l.percent, b.percent), cmp.Or(l.most, b.most)}
	}
	return merged
}

// resolveLimits returns the limits as a zone's rules have them, nil for none. One
// that sets one number keeps the others of the built-in one.
func resolveLimits(limits map[string]limitSpec) map[string]state.Limit {
	var resolved map[string]state.Limit
	builtIn := state.DefaultLimits()
	for guard, l := range limits {
		limit := builtIn[guard]
		limit.Count = *cmp.Or(l.count, &limit.Count)
		limit.Percent = *cmp.Or(l.percent, &limit.Percent)
		limit.Most = *cmp.Or(l.most, &limit.Most)
		if resolved == nil {
			resolved = map[string]state.Limit{}
		}
		resolved[guard] = limit
	}
	return resolved
}
