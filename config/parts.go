package config

import (
	"fmt"
	"iter"
	"runtime"

	"gopkg.in/yaml.v3"
)

// parts visits n, or the parts that stand for it one by one. After a part that
// can't be read the rest is left out, and the file is noted to be parsed whole.
func (s *source) parts(n *yaml.Node, visit func(*source, *yaml.Node)) {
	b := s.bodies[n]
	if b == nil {
		visit(s, n)
		return
	}
	for p, parsed := range parseParts(b.parts) {
		in := *s
		in.shift, in.bodies = p.line, nil
		top := in.checked(p, parsed)
		if top == nil || !in.bounded(top, b.depth) {
			return
		}
		visit(&in, top)
	}
}

// checked returns the top node of a part, or nil, after a fault, where the part
// isn't the block mapping that it was cut out as.
func (s *source) checked(p part, parsed parsed) *yaml.Node {
	top, err := parsed.top, parsed.err
	if err == nil && (top == nil || top.Kind != yaml.MappingNode || top.Style&yaml.FlowStyle != 0 || top.Column != p.indent+1) {
		err = fmt.Errorf("line %d: the records don't stand below one another", p.line+1)
	}
	if err == nil {
		return top
	}
	if s.l.failed[s.name] == nil {
		s.l.failed[s.name] = s.syntax(p.text, err)
	}
	return nil
}

// parsed is what became of a part.
type parsed struct {
	top *yaml.Node
	err error
}

// parseParts yields the parts parsed, in order. As many as there are processors
// are parsed ahead, so that memory holds only a few.
func parseParts(parts []part) iter.Seq2[part, parsed] {
	return func(yield func(part, parsed) bool) {
		ahead := runtime.GOMAXPROCS(0)
		results := make([]chan parsed, len(parts))
		start := func(i int) {
			if i >= len(parts) {
				return
			}
			c := make(chan parsed, 1) // so that nobody waits if the caller stops
			results[i] = c
			go func() {
				top, err := parseOne(parts[i].text)
				c <- parsed{top, err}
			}()
		}
		for i := range min(ahead, len(parts)) {
			start(i)
		}
		for i, p := range parts {
			result := <-results[i]
			results[i] = nil
			start(i + ahead)
			if !yield(p, result) {
				return
			}
		}
	}
}
