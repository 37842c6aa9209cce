package config

import (
	"bytes"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// octoNode is a node with the file that it stands in: !include puts the nodes of
// one file into another.
type octoNode struct {
	s *source
	n *yaml.Node
}

// includeCost is what including a file again counts towards maxAliased.
const includeCost = 1 << 10

// maxChase bounds how many aliases and includes lead from one to the next.
const maxChase = 32

// resolve returns what n stands for: itself, what an alias names, or what an
// included file holds. It returns false after a fault.
func (z *octoZone) resolve(n octoNode) (octoNode, bool) {
	for range maxChase {
		to := n.s.resolve(n.n)
		if to == nil {
			return octoNode{}, false
		}
		n.n = to
		switch {
		case n.n.Style&yaml.TaggedStyle == 0:
			return n, true
		case n.n.Tag != "!include":
			if strings.HasPrefix(n.n.Tag, "!!") {
				return n, true // a type of YAML's own, which changes no text
			}
			n.s.errorf(n.n, "", "the tag %s has no meaning here", n.n.Tag)
			return octoNode{}, false
		case n.n.Kind == yaml.SequenceNode:
			return n, true // several files: items and entries join them
		}
		var ok bool
		if n, ok = z.include(n); !ok {
			return octoNode{}, false
		}
	}
	n.s.errorf(n.n, "", "over %d aliases and includes lead from one to the next", maxChase)
	return octoNode{}, false
}

// include returns the top of the file that n names.
func (z *octoZone) include(n octoNode) (octoNode, bool) {
	names := n.s.paths(n.n)
	if len(names) > 1 {
		n.s.errorf(n.n, "write a list of files", "!include names one file, and %s matches %d", quote(n.n.Value), len(names))
	}
	if len(names) != 1 {
		return octoNode{}, false
	}
	top, known := z.files[names[0]]
	if !known {
		top.s, top.n = z.b.l.read(names[0], n.s.at(n.n))
		if top.n != nil {
			top.s.tags = true
		}
		z.files[names[0]] = top
	} else if z.b.l.aliased += includeCost; top.n != nil && !z.b.l.charge(top.n) {
		n.s.errorf(n.n, "", "the includes of this configuration repeat over %d MiB", maxAliased>>20)
		return octoNode{}, false
	}
	return top, top.n != nil
}

// parts returns the files that a list tagged !include joins, or n alone.
func (z *octoZone) parts(n octoNode) []octoNode {
	if n.n.Kind != yaml.SequenceNode || n.n.Tag != "!include" {
		return []octoNode{n}
	}
	var parts []octoNode
	for _, item := range n.n.Content {
		if part, ok := z.include(octoNode{n.s, item}); ok {
			if part, ok = z.resolve(part); ok {
				parts = append(parts, part)
			}
		}
	}
	return parts
}

// items visits the items of a list, or n itself where it is none.
func (z *octoZone) items(n octoNode, visit func(octoNode)) {
	for _, part := range z.parts(n) {
		if part.n.Kind != yaml.SequenceNode {
			visit(part)
			continue
		}
		if len(part.n.Content) == 0 {
			part.s.errorf(part.n, "give it a value, or remove it", "this list is empty")
		}
		for _, c := range part.n.Content {
			item, ok := z.resolve(octoNode{part.s, c})
			if part.s.l.full() {
				return
			}
			if ok && !z.isEmpty(item, "an item of this list") {
				visit(item)
			}
		}
	}
}

// isEmpty notes a null.
func (z *octoZone) isEmpty(n octoNode, what string) bool {
	if !isNull(n.n) {
		return false
	}
	n.s.errorf(n.n, "give it a value, or remove it", "%s is null", what)
	return true
}

// octoEntry is an entry of a mapping.
type octoEntry struct {
	key, value octoNode
	merged     bool // by a merge key
}

// mapping visits the entries of a mapping with those that merge keys bring, each
// key once. Values are resolved.
func (z *octoZone) mapping(n octoNode, what string, visit func(k, v octoNode)) {
	z.visit(n, what, z.twins, visit)
}

// visit is mapping with the caller's own idea of which keys are the same.
func (z *octoZone) visit(n octoNode, what string, twins func([]octoEntry), visit func(k, v octoNode)) {
	for _, part := range z.parts(n) {
		if part.n.Kind != yaml.MappingNode {
			part.s.errorf(part.n, "", "%s must be a mapping, not %s", what, kind(part.n))
			return
		}
	}
	entries, merged := z.entries(n, 0)
	if merged {
		entries = z.override(entries)
	} else if twins != nil {
		twins(entries)
	}
	for _, e := range entries {
		if n.s.l.full() {
			return
		}
		if v, ok := z.resolve(e.value); ok {
			visit(e.key, v)
		}
	}
}

// entries returns the entries of a mapping in order, and whether several
// mappings were merged into it.
func (z *octoZone) entries(n octoNode, depth int) (entries []octoEntry, merged bool) {
	if depth > maxDepth {
		n.s.errorf(n.n, "", "over %d merge keys lead from one to the next", maxDepth)
		return nil, false
	}
	parts := z.parts(n)
	for p, part := range parts {
		if part.n.Kind != yaml.MappingNode {
			part.s.errorf(part.n, "", "a merge key takes mappings, not %s", kind(part.n))
			continue
		}
		if entries == nil {
			entries = make([]octoEntry, 0, len(part.n.Content)/2)
		}
		for i := 0; i+1 < len(part.n.Content); i += 2 {
			k := octoNode{part.s, part.s.resolve(part.n.Content[i])}
			v := octoNode{part.s, part.n.Content[i+1]}
			switch {
			case k.n == nil:
			case k.n.Kind != yaml.ScalarNode:
				k.s.errorf(k.n, "", "a key must be a text, not %s", kind(k.n))
			case k.n.Value == "" && k.n.Style == 0:
				k.s.errorf(k.n, "the apex is written ''", "this key is empty")
			case k.n.Value == "<<" && k.n.Style&^yaml.TaggedStyle == 0:
				merged = true
				entries = append(entries, z.merge(v, depth)...)
			default:
				entries = append(entries, octoEntry{k, v, p+1 < len(parts)})
			}
		}
	}
	return entries, merged || len(parts) > 1
}

// merge returns the entries that the value of a merge key brings. Of a list the
// first mapping that has a key wins, so that it comes last.
func (z *octoZone) merge(v octoNode, depth int) []octoEntry {
	v, ok := z.resolve(v)
	if !ok {
		return nil
	}
	var from []octoNode
	if v.n.Kind == yaml.SequenceNode && v.n.Tag != "!include" {
		for _, c := range slices.Backward(v.n.Content) {
			if item, ok := z.resolve(octoNode{v.s, c}); ok {
				from = append(from, item)
			}
		}
	} else {
		from = []octoNode{v}
	}
	var all []octoEntry
	for _, n := range from {
		entries, _ := z.entries(n, depth+1)
		for i := range entries {
			entries[i].merged = true
		}
		all = append(all, entries...)
	}
	if len(from) > 1 {
		all = lastOfEach(all) // or lists of lists of mappings would multiply
	}
	return all
}

// lastOfEach returns entries with the last of each key.
func lastOfEach(entries []octoEntry) []octoEntry {
	last := make(map[string]int, len(entries))
	for i, e := range entries {
		last[e.key.n.Value] = i
	}
	kept := make([]octoEntry, 0, len(last))
	for i, e := range entries {
		if last[e.key.n.Value] == i {
			kept = append(kept, e)
		}
	}
	return kept
}

// override returns entries with each key once: what is written wins over what
// is merged, and of what is merged the last. A key that is written before the
// merge key which has it too is a fault: some versions of octoDNS take the one,
// some the other.
func (z *octoZone) override(entries []octoEntry) []octoEntry {
	last := make(map[string]int, len(entries))
	for i, e := range entries {
		key := e.key.n.Value
		j, known := last[key]
		switch {
		case known && !entries[j].merged && e.merged:
			e.key.s.errorf(entries[j].key.n, "write << first", "%s stands before a merge key that has it too", quote(key))
		case known && !entries[j].merged:
			e.key.s.twice(e.key.n, quote(key), e.key.s.at(entries[j].key.n))
		}
		last[key] = i
	}
	return lastOfEach(entries)
}

// twins notes keys that stand in a mapping twice.
func (z *octoZone) twins(entries []octoEntry) {
	const few = 16 // no mapping that means something has more
	if len(entries) > few {
		z.override(entries)
		return
	}
	for i, e := range entries {
		j := slices.IndexFunc(entries[:i], func(o octoEntry) bool { return o.key.n.Value == e.key.n.Value })
		if j >= 0 {
			e.key.s.twice(e.key.n, quote(e.key.n.Value), entries[j].key.s.at(entries[j].key.n))
		}
	}
}

// warnTyped warns of a text that octoDNS reads as another one.
func warnTyped(n octoNode) {
	if was := pythonText(n.n); was != n.n.Value {
		n.s.warnf(n.n, "put it in quotes", "without quotes octoDNS reads this as %s, and here it is %s", quote(was), quote(n.n.Value))
	}
}

// pythonText returns the text that octoDNS makes of n, which is a number or a
// truth to PyYAML where it looks like one.
func pythonText(n *yaml.Node) string {
	text := n.Value
	if n.Style != 0 || text == "" {
		return text
	}
	switch strings.ToLower(text) {
	case "yes", "on", "true":
		return "true"
	case "no", "off", "false":
		return "false"
	case "null":
		return "none"
	}
	if strings.Trim(text, "0123456789.") != "" {
		return text
	}
	whole, fraction, isFloat := strings.Cut(text, ".")
	switch {
	case isFloat && whole != "" && !strings.Contains(fraction, "."):
		if f, err := strconv.ParseFloat(text, 64); err == nil {
			s := strconv.FormatFloat(f, 'f', -1, 64)
			if !strings.Contains(s, ".") {
				s += ".0"
			}
			return s
		}
	case !isFloat && len(text) > 1 && text[0] == '0':
		if i, err := strconv.ParseInt(text, 8, 64); err == nil {
			return strconv.FormatInt(i, 10)
		}
	}
	return text
}

// onlyComments reports whether a file of records holds comments and nothing
// else: somebody says that the zone has no records. A file without any text may
// be one that went missing.
func onlyComments(data []byte) bool {
	comments := false
	for line := range bytes.Lines(data) {
		line = bytes.TrimSpace(line)
		switch {
		case bytes.HasPrefix(line, []byte("#")), string(line) == "---":
			comments = true
		case len(line) > 0:
			return false
		}
	}
	return comments
}
