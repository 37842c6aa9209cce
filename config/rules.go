package config

import (
	"maps"
	"strconv"
	"strings"

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
		found := false
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
		if item.Kind == yaml.MappingNode && !found {
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
	for i := range len(p.Name) {
		if p.Name[i] < 0x80 {
			continue
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

// countedGuards are the guards that have limits, with the built-in ones: a
// limit that sets one number keeps the others.
var countedGuards = map[string]state.Limit{
	"delete-many": {Count: 3, Percent: 30, Most: 100},
	"change-many": {Count: 10, Percent: 30},
}

// guardNames are the names under guards.
var guardNames = []string{"change-many", "delete-many"}

// plainGuards are lifted for one run, and have nothing to set.
var plainGuards = []string{
	"wipe", "empty", "apex-ns", "delegation", "ds", "mx", "spf", "dkim", "dmarc", "caa",
	"apex-address", "wildcard-address", "protect", "unproxy",
}

// guards reads the limits of the guards that count.
func (s *source) guards(n *yaml.Node) map[string]state.Limit {
	limits := map[string]state.Limit{}
	known := append(append([]string{}, guardNames...), plainGuards...)
	s.fields(n, "guards", known, func(guard string, v *yaml.Node) {
		limit, counts := countedGuards[guard]
		if !counts {
			s.errorf(v, "lift it for one run with --allow ZONE:"+guard, "the guard %s has no limits to set", guard)
			return
		}
		s.fields(v, guard, []string{"count", "percent", "most"}, func(key string, v *yaml.Node) {
			switch key {
			case "count":
				limit.Count, _ = s.number(v, key, 1<<31-1)
			case "percent":
				limit.Percent, _ = s.number(v, key, 100)
			case "most":
				limit.Most, _ = s.number(v, key, 1<<31-1)
			}
		})
		limits[guard] = limit
	})
	return limits
}

// number returns a whole number from 0 to most.
func (s *source) number(n *yaml.Node, what string, most int) (int, bool) {
	text, ok := s.text(n, what)
	if !ok {
		return 0, false
	}
	number, err := strconv.ParseUint(text, 10, 32)
	if err != nil || number > uint64(most) {
		s.errorf(n, "", "%s must be a whole number from 0 to %d, not %s", what, most, quote(text))
		return 0, false
	}
	return int(number), true
}

// merge returns limits with base where a guard has none of its own.
func merge(limits, base map[string]state.Limit) map[string]state.Limit {
	if len(limits)+len(base) == 0 {
		return nil
	}
	merged := maps.Clone(base)
	if merged == nil {
		merged = map[string]state.Limit{}
	}
	maps.Copy(merged, limits)
	return merged
}
