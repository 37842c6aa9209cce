package config

import (
	"fmt"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/zoneloom/zoneloom/state"
)

// maxAliased bounds what aliases may repeat, in bytes of text and 16 for each
// node: ten lines of aliases can stand for billions of nodes.
const maxAliased = 32 << 20

// at returns where n begins.
func (s *source) at(n *yaml.Node) place { return pack(s.index, n.Line+s.shift, n.Column) }

// errorf notes a fault at n. The hint says what to do about it.
func (s *source) errorf(n *yaml.Node, hint, format string, args ...any) {
	s.l.fault(s.at(n), hint, format, args...)
}

// warnf notes a warning at n, noticef a notice.
func (s *source) warnf(n *yaml.Node, hint, format string, args ...any) {
	s.l.remark(s.at(n), state.SeverityWarning, hint, format, args...)
}

// resolve returns what n stands for: itself, or the target of an alias. It
// returns nil, after a fault, for what the dialect gives no meaning.
func (s *source) resolve(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		if !s.l.charge(n.Alias) {
			s.errorf(n, "write the records out", "the aliases of this configuration repeat over %d MiB", maxAliased>>20)
			return nil
		}
		n = n.Alias
	}
	if n.Style&yaml.TaggedStyle != 0 && !s.tags {
		s.errorf(n, "remove it", "the tag %s has no meaning here", n.Tag)
		return nil
	}
	return n
}

// charge counts a node that an alias repeats, and all below it.
func (l *loader) charge(n *yaml.Node) bool {
	l.aliased += 16 + len(n.Value)
	if l.aliased > maxAliased {
		return false
	}
	for _, c := range n.Content {
		if !l.charge(c) {
			return false
		}
	}
	return true
}

// isNull reports whether n is null: nothing at all, ~ or null without quotes.
func isNull(n *yaml.Node) bool {
	if n.Kind != yaml.ScalarNode || n.Style&^yaml.TaggedStyle != 0 {
		return false
	}
	switch n.Value {
	case "", "~", "null", "Null", "NULL":
		return true
	}
	return false
}

// kind names what n is, for a sentence.
func kind(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.MappingNode:
		return "a mapping"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case isNull(n):
		return "null"
	}
	return fmt.Sprintf("the text %s", quote(n.Value))
}

// quote quotes a text for a sentence, cut where it is long.
func quote(text string) string {
	const enough = 80
	if len(text) > enough {
		cut := strings.ToValidUTF8(text[:enough], "")
		return fmt.Sprintf("%q and %d bytes more", cut, len(text)-len(cut))
	}
	return fmt.Sprintf("%q", text)
}

// entries visits the entries of a mapping, whatever their keys: names, say. It
// checks that keys are texts and values no nulls, but not that keys differ: only
// the caller knows when two spellings are one key. What says in a fault what
// the mapping should be.
func (s *source) entries(n *yaml.Node, what string, visit func(k, v *yaml.Node)) {
	n = s.resolve(n)
	if n == nil {
		return
	}
	if n.Kind != yaml.MappingNode {
		hint := ""
		if n.Kind == yaml.SequenceNode {
			hint = "write keys in place of the dashes"
		}
		s.errorf(n, hint, "%s must be a mapping, not %s", what, kind(n))
		return
	}
	for i := 0; i+1 < len(n.Content) && !s.l.full(); i += 2 {
		k, v := s.resolve(n.Content[i]), s.resolve(n.Content[i+1])
		switch {
		case k == nil || v == nil:
		case k.Kind != yaml.ScalarNode:
			s.errorf(k, "", "a key must be a text, not %s", kind(k))
		case k.Value == "" && k.Style == 0:
			s.errorf(k, `the apex is written "@"`, "this key is empty")
		case k.Value == "<<" && k.Style == 0 && !s.tags:
			s.errorf(k, "repeat the keys, or use defaults", "merge keys have no meaning here")
		case isNull(v):
			s.errorf(v, nullHint(n, v), "%s is null", k.Value)
		default:
			visit(k, v)
		}
	}
}

// nullHint returns what to do about a null in a mapping. In one of braces it may
// be the rest of a text.
func nullHint(mapping, v *yaml.Node) string {
	if mapping.Style&yaml.FlowStyle != 0 && v.Value == "" {
		return "give it a value; a text that holds a comma needs quotes"
	}
	return "give it a value, or remove it"
}

// fields visits the entries of a mapping whose keys are fixed. Unknown and
// repeated keys are faults.
func (s *source) fields(n *yaml.Node, what string, known []string, visit func(key string, v *yaml.Node)) {
	s.hintedFields(n, what, known, func(key string) string { return didYouMean(key, known) }, visit)
}

// hintedFields is fields with the hint for an unknown key.
func (s *source) hintedFields(n *yaml.Node, what string, known []string, hint func(string) string, visit func(string, *yaml.Node)) {
	var seen []*yaml.Node
	var few [8]*yaml.Node
	seen = few[:0]
	s.entries(n, what, func(k, v *yaml.Node) {
		if i := slices.IndexFunc(seen, func(o *yaml.Node) bool { return o.Value == k.Value }); i >= 0 {
			s.twice(k, k.Value, s.at(seen[i]))
			return
		}
		if !slices.Contains(known, k.Value) {
			s.errorf(k, hint(k.Value), "%s has no key %s", what, quote(k.Value))
			return
		}
		seen = append(seen, k)
		visit(k.Value, v)
	})
}

// twice notes that something stands at n that stood elsewhere before.
func (s *source) twice(n *yaml.Node, what string, first place) {
	s.errorf(n, "keep one of them", "%s is given twice, first at %s", what, s.l.places.pos(first))
}

// text returns the source text of a scalar.
func (s *source) text(n *yaml.Node, what string) (string, bool) {
	if n.Kind != yaml.ScalarNode || isNull(n) {
		s.errorf(n, "", "%s must be a text, not %s", what, kind(n))
		return "", false
	}
	return n.Value, true
}

// boolean returns true or false, which are spelled so and no other way.
func (s *source) boolean(n *yaml.Node, what string) (value, ok bool) {
	if n.Kind == yaml.ScalarNode && (n.Value == "true" || n.Value == "false") {
		return n.Value == "true", true
	}
	hint := "write true or false"
	switch strings.ToLower(n.Value) {
	case "yes", "on", "y", "1", "true":
		hint = "write true"
	case "no", "off", "n", "0", "false":
		hint = "write false"
	}
	s.errorf(n, hint, "%s must be true or false, not %s", what, kind(n))
	return false, false
}

// list visits the items of a list, or n itself where it is no list.
func (s *source) list(n *yaml.Node, what string, visit func(*yaml.Node)) {
	if n.Kind != yaml.SequenceNode {
		visit(n)
		return
	}
	if len(n.Content) == 0 {
		s.errorf(n, "give it a value, or remove it", "%s is an empty list", what)
	}
	for _, item := range n.Content {
		if s.l.full() {
			return
		}
		if item = s.resolve(item); item == nil {
			continue
		}
		if isNull(item) {
			s.errorf(item, "give it a value, or remove it", "an item of %s is null", what)
			continue
		}
		visit(item)
	}
}

// texts returns one text or a list of them, each once.
func (s *source) texts(n *yaml.Node, what string) []string {
	var texts []string
	s.list(n, what, func(item *yaml.Node) {
		t, ok := s.text(item, what)
		switch {
		case !ok:
		case slices.Contains(texts, t):
			s.errorf(item, "keep one of them", "%s stands in %s twice", quote(t), what)
		default:
			texts = append(texts, t)
		}
	})
	return texts
}

// ttl returns a time to live.
func (s *source) ttl(n *yaml.Node) (state.TTL, bool) {
	text, ok := s.text(n, "ttl")
	if !ok {
		return 0, false
	}
	ttl, err := state.ParseTTL(text)
	if err != nil {
		s.errorf(n, "", "%s", err)
	}
	return ttl, err == nil
}

// oneOf returns a text that must be one of several, "" after a fault.
func (s *source) oneOf(n *yaml.Node, what string, allowed ...string) string {
	text, ok := s.text(n, what)
	if !ok {
		return ""
	}
	if !slices.Contains(allowed, text) {
		hint := didYouMean(text, allowed)
		if !strings.HasPrefix(hint, likely) {
			hint = "" // the sentence has them all
		}
		s.errorf(n, hint, "%s must be one of %s, not %s", what, strings.Join(allowed, ", "), quote(text))
		return ""
	}
	return text
}
