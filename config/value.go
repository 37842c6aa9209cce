package config

import (
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/zoneloom/zoneloom/state"
)

// data returns the canonical data that a value of type t spells: a presentation
// string or a structured mapping.
func (b *builder) data(s *source, n *yaml.Node, t state.Type) (string, bool) {
	switch {
	case n.Kind == yaml.MappingNode:
		return b.structured(s, n, t)
	case n.Kind != yaml.ScalarNode:
		s.errorf(n, "", "a value must be a text or a mapping, not %s", kind(n))
		return "", false
	case t.IsText():
		return b.text(s, n, t)
	}
	data, err := state.ParseData(t, n.Value, b.relative)
	if err != nil {
		s.errorf(n, "", "%s", err)
	}
	return data, err == nil
}

// text returns the data of a TXT: the plain text as it stands, unless it is in
// quotes of its own.
func (b *builder) text(s *source, n *yaml.Node, t state.Type) (string, bool) {
	v := n.Value
	switch {
	case len(v) >= 2 && v[0] == '"' && v[len(v)-1] == '"':
		data, err := state.ParseData(t, v, nil)
		if err != nil {
			s.errorf(n, `a text that begins and ends with " is read as in a zone file: quote and escape it so, or leave those out`, "%s", err)
		}
		return data, err == nil
	case strings.Contains(v, `\;`):
		s.errorf(n, `write ; without the \`, `a text needs no escapes, so that \; would stand in the record as it is`)
		return "", false
	case n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 && strings.Contains(v, "\n"):
		s.errorf(n, "write >- in place of "+blockSign(n)+", and no blank lines, or put the text in quotes",
			"the text holds a line break")
		return "", false
	}
	if why, doubtful := doubt(v); doubtful {
		s.warnf(n, `write it as in a zone file if that is meant, '"..."', with \ before each " in it`, "%s: it stands in the record as it is", why)
	}
	return state.TXTData(v), true
}

// aVariable finds what would be a variable in a provider's settings.
var aVariable = regexp.MustCompile(`\$\{[A-Za-z_][A-Za-z0-9_]*(:-[^}]*)?\}`)

// doubt says why a plain text may not mean itself.
func doubt(text string) (why string, doubtful bool) {
	switch {
	case strings.HasPrefix(text, `"`):
		return `the text begins with "`, true
	case strings.Contains(text, `" "`):
		return `the text holds " "`, true
	case hasCurlyQuotes(text):
		return "the text has typographic quotes in it", true
	case strings.Contains(text, "${") && aVariable.MatchString(text):
		return "the text holds a variable, and those are filled in under providers and history only", true
	}
	return "", false
}

func blockSign(n *yaml.Node) string {
	if n.Style&yaml.LiteralStyle != 0 {
		return "|"
	}
	return ">"
}

// defaultFields are the fields of structured values that may be left out: where
// the type's RFC has a default, or where nothing is an answer.
var defaultFields = map[state.Type]map[string]string{
	state.CAA: {"flags": "0"},
	"HTTPS":   {"value": ""},
	"SVCB":    {"value": ""},
	"NAPTR":   {"flags": "", "service": "", "regex": ""},
	"LOC": {
		"lat_minutes": "0", "lat_seconds": "0", "long_minutes": "0", "long_seconds": "0",
		"size": "1", "precision_horz": "10000", "precision_vert": "10",
	},
}

// structured returns the data that a mapping of fields spells.
func (b *builder) structured(s *source, n *yaml.Node, t state.Type) (string, bool) {
	fields := state.Fields(t)
	if fields == nil {
		s.errorf(n, "", "a value of type %s must be a text, not a mapping", t)
		return "", false
	}
	known := make([]string, len(fields))
	values := make([]string, len(fields))
	missing := make([]bool, len(fields))
	for i, f := range fields {
		var optional bool
		known[i] = f.Name
		values[i], optional = defaultFields[t][f.Name]
		missing[i] = !optional
	}
	before := s.l.faults
	hint := func(key string) string {
		if slices.Contains(attributeKeys, key) {
			return "write {value: {" + known[0] + ": ...}, " + key + ": ...}"
		}
		return didYouMean(key, known)
	}
	s.hintedFields(n, "a value of type "+string(t), known, hint, func(key string, v *yaml.Node) {
		i := slices.Index(known, key)
		values[i], _ = s.text(v, key)
		missing[i] = false
	})
	var absent []string
	for i, m := range missing {
		if m {
			absent = append(absent, known[i])
		}
	}
	// What seems to be missing may only be misspelled, and noted already.
	if len(absent) > 0 && s.l.faults == before {
		s.errorf(n, "", "a value of type %s needs %s", t, strings.Join(absent, ", "))
	}
	if s.l.faults > before {
		return "", false
	}
	data, err := state.ParseData(t, state.JoinData(t, values), b.relative)
	if err != nil {
		s.errorf(n, "", "%s", err)
	}
	return data, err == nil
}
