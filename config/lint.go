package config

import (
	"cmp"
	"maps"
	"slices"

	"gopkg.in/yaml.v3"

	"github.com/zoneloom/zoneloom/state"
)

// lintSpec is what stands under lint. Whether its codes exist is for those to
// say who know the rules.
type lintSpec struct {
	ignore []state.LintIgnore
	levels map[string]state.LintLevel
	chain  *int
}

var (
	lintRecordKeys = []string{"ignore", "reason"}
	lintZoneKeys   = append([]string{"severity", "chain", "records"}, lintRecordKeys...)
)

// lint reads which findings to leave out, and why: one mapping, or a list of
// them. Those of a zone or of defaults may say more than those of a record.
func (s *source) lint(n *yaml.Node, ofZone bool) lintSpec {
	known := lintRecordKeys
	if ofZone {
		known = lintZoneKeys
	}
	var spec lintSpec
	s.list(n, "lint", func(item *yaml.Node) {
		var ignore []state.LintIgnore
		var records []state.Pattern
		var reason string
		s.fields(item, "lint", known, func(key string, v *yaml.Node) {
			switch key {
			case "ignore":
				s.list(v, "lint.ignore", func(code *yaml.Node) { ignore = s.lintIgnore(code, ignore) })
			case "reason":
				reason, _ = s.text(v, "lint.reason")
			case "records":
				records = s.patterns(v, "lint.records")
			case "chain":
				if spec.chain = s.number(v, "lint.chain", 16); spec.chain != nil && *spec.chain == 0 {
					s.errorf(v, "write a number from 1 to 16", "lint.chain is 0, which would allow no CNAME")
				}
			case "severity":
				s.lintLevels(v, &spec)
			}
		})
		if len(ignore) == 0 && (reason != "" || records != nil) && valuesOf(item, "ignore") == nil {
			s.errorf(item, "write ignore: and the code of a finding", "lint says what to leave something out for, and not what")
		}
		for i := range ignore {
			ignore[i].Reason, ignore[i].Records = reason, records
		}
		spec.ignore = append(spec.ignore, ignore...)
	})
	return spec
}

func (s *source) lintIgnore(n *yaml.Node, list []state.LintIgnore) []state.LintIgnore {
	code, ok := s.text(n, "lint.ignore")
	switch {
	case !ok:
		return list
	case slices.ContainsFunc(list, func(i state.LintIgnore) bool { return i.Code == code }):
		s.errorf(n, "keep one of them", "%s stands in lint.ignore twice", quote(code))
		return list
	}
	return append(list, state.LintIgnore{Code: code, Src: s.l.places.add(s.at(n), 0)})
}

// lintLevels reads the severities that rules have in a zone.
func (s *source) lintLevels(n *yaml.Node, spec *lintSpec) {
	s.entries(n, "lint.severity", func(k, v *yaml.Node) {
		levels := []string{"off", state.SeverityNotice.String(), state.SeverityWarning.String(), state.SeverityError.String()}
		text := s.oneOf(v, "the severity of "+quote(k.Value), levels...)
		if text == "" {
			return
		}
		if first, twice := spec.levels[k.Value]; twice {
			s.twice(k, k.Value, s.l.places.packed[first.Src])
			return
		}
		level := state.LintLevel{Off: text == "off", Src: s.l.places.add(s.at(k), 0)}
		for _, severity := range []state.Severity{state.SeverityNotice, state.SeverityWarning, state.SeverityError} {
			if severity.String() == text {
				level.Severity = severity
			}
		}
		if spec.levels == nil {
			spec.levels = map[string]state.LintLevel{}
		}
		spec.levels[k.Value] = level
	})
}

// over lays l over base: ignores add up, severities and limits are the nearest.
func (l lintSpec) over(base lintSpec) lintSpec {
	merged := lintSpec{ignore: slices.Concat(base.ignore, l.ignore), chain: cmp.Or(l.chain, base.chain)}
	if len(l.levels)+len(base.levels) > 0 {
		merged.levels = map[string]state.LintLevel{}
		maps.Copy(merged.levels, base.levels)
		maps.Copy(merged.levels, l.levels)
	}
	return merged
}

func (l lintSpec) resolve() state.Lint {
	lint := state.Lint{Ignore: l.ignore, Levels: l.levels}
	if l.chain != nil {
		lint.Chain = *l.chain
	}
	return lint
}
