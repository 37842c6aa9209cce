package config

import (
	"cmp"
	"slices"
	"strings"
	"time"
	"unicode"

	"gopkg.in/yaml.v3"

	"github.com/zoneloom/zoneloom/state"
)

// maxPolicies bounds the policies of a configuration: each looks at every change.
const maxPolicies = 100

var (
	policyKeys = []string{"when", "message", "level", "waivers"}
	waiverKeys = []string{"zone", "name", "type", "owner", "until", "reason"}
)

// policiesOf reads the mapping of policies. Whether their expressions mean
// anything is for those to say who know the language.
func (l *loader) policiesOf(s *source, n *yaml.Node) {
	text, _ := l.content(s.name) // it was read before; else positions are those of the whole expression
	var seen []*yaml.Node
	s.entries(n, "policies", func(k, v *yaml.Node) {
		if i := slices.IndexFunc(seen, func(o *yaml.Node) bool { return o.Value == k.Value }); i >= 0 {
			s.twice(k, "the policy "+quote(k.Value), s.at(seen[i]))
			return
		}
		seen = append(seen, k)
		switch {
		case len(seen) == maxPolicies+1:
			s.errorf(k, "say several things in one expression", "there are more than %d policies", maxPolicies)
		case !isPolicyName(k.Value):
			s.errorf(k, "", "%s can't be the name of a policy: it is made of letters, digits, - and _, 64 at most", quote(k.Value))
		default:
			l.policies = append(l.policies, s.policy(k, v, text))
		}
	})
	slices.SortFunc(l.policies, func(a, b state.Policy) int { return cmp.Compare(a.Name, b.Name) })
}

// isPolicyName reports whether a policy may be called so: its name stands in
// messages, reports and the names of their rules.
func isPolicyName(name string) bool {
	for _, c := range name {
		if c != '-' && c != '_' && (c > unicode.MaxASCII || !unicode.IsLetter(c) && !unicode.IsDigit(c)) {
			return false
		}
	}
	return name != "" && len(name) <= 64
}

func (s *source) policy(k, n *yaml.Node, text []byte) state.Policy {
	p := state.Policy{Name: k.Value, Level: state.PolicyDeny}
	what := "the policy " + k.Value
	s.fields(n, what, policyKeys, func(key string, v *yaml.Node) {
		switch key {
		case "when":
			p.When, _ = s.text(v, key)
			p.Src = s.l.places.add(s.at(v), 0)
			s.l.places.spots[p.Src] = s.spots(v, text)
		case "message":
			p.Message = s.sentence(v, key)
		case "level":
			var levels []string
			for _, l := range state.PolicyLevels() {
				levels = append(levels, string(l))
			}
			p.Level = state.PolicyLevel(s.oneOf(v, "level", levels...))
		case "waivers":
			s.list(v, "waivers", func(item *yaml.Node) { p.Waivers = append(p.Waivers, s.waiver(item)) })
		}
	})
	if n.Kind != yaml.MappingNode {
		return p
	}
	if valuesOf(n, "when") == nil && !resembles(n, "when") {
		s.errorf(n, "write when: and an expression that is true where it objects", "%s doesn't say when it objects", what)
	}
	if valuesOf(n, "message") == nil && !resembles(n, "message") {
		s.errorf(n, "write message: and what whoever reads the plan should know", "%s has no message", what)
	}
	return p
}

// sentence returns a text of one line without its full stop.
func (s *source) sentence(n *yaml.Node, what string) string {
	text, ok := s.text(n, what)
	sentence := strings.TrimSuffix(strings.TrimSpace(text), ".")
	switch {
	case !ok:
	case sentence == "":
		s.errorf(n, "write a sentence", "%s is empty", what)
	case strings.ContainsFunc(sentence, unicode.IsControl):
		s.errorf(n, "", "%s must be one line, without control characters", what)
	}
	return sentence
}

// waiver reads leave to do what a policy objects to. It must say who answers for
// it and when it ends.
func (s *source) waiver(n *yaml.Node) state.Waiver {
	w := state.Waiver{Src: s.l.places.add(s.at(n), 0)}
	before := s.l.faults
	s.fields(n, "a waiver", waiverKeys, func(key string, v *yaml.Node) {
		switch key {
		case "zone":
			text, _ := s.text(v, key)
			w.Zone = strings.TrimSuffix(s.checkPattern(v, state.Pattern{Name: strings.ToLower(text)}).Name, ".")
			if w.Zone == "" {
				s.errorf(v, `write "*" for every zone`, "zone is empty")
			}
		case "name":
			if text, ok := s.text(v, key); ok && text == "" {
				s.errorf(v, `write "@" for the apex`, "name is empty")
			} else {
				w.Records.Name = s.checkPattern(v, state.Pattern{Name: text}).Name
			}
		case "type":
			text, _ := s.text(v, key)
			w.Records.Type = s.checkPattern(v, state.Pattern{Type: strings.ToUpper(text)}).Type
		case "owner":
			w.Owner = s.sentence(v, key)
		case "reason":
			w.Reason = s.sentence(v, key)
		case "until":
			w.Until = s.day(v, key)
		}
	})
	switch {
	case s.l.faults > before: // one of them is said already
	case w.Owner == "":
		s.errorf(n, "write owner: and who answers for it", "the waiver has no owner")
	case w.Until.IsZero():
		s.errorf(n, "write until: and the last day on which it holds, as in 2026-12-31", "the waiver has no end")
	}
	return w
}

// day returns the beginning of a day in UTC.
func (s *source) day(n *yaml.Node, what string) time.Time {
	text, ok := s.text(n, what)
	day, err := time.Parse(time.DateOnly, text)
	if ok && err != nil {
		s.errorf(n, "write it as in 2026-12-31", "%s must be a day of the calendar, not %s", what, quote(text))
	}
	return day
}
