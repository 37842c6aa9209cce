package config

import (
	"bytes"
	"strconv"
	"unicode"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"github.com/zoneloom/zoneloom/state"
)

// PosIn returns where a character of the text at src stands, the first of them
// being 0: in an expression, say, of several lines in a block. It is the place of
// the text as a whole where that isn't known.
func (c *Config) PosIn(src state.Src, char int) Pos {
	if spots := c.places.spots[src]; len(spots) > 0 && char >= 0 {
		return c.places.pos(spots[min(char, len(spots)-1)])
	}
	return c.Pos(src)
}

// spots returns where each character of a scalar's value stands in the text of
// its file, or nil where that can't be told. YAML folds lines, drops indentation
// and writes some characters by name; but all of the value that isn't blank
// stands in the text in the same order, so that the two are read side by side.
// A blank has the place of what comes after it; one place more is that after the
// last character.
func (s *source) spots(n *yaml.Node, text []byte) []place {
	if n.Kind != yaml.ScalarNode {
		return nil
	}
	r := &spotReader{text: text, line: 1, column: 1, style: n.Style &^ yaml.TaggedStyle}
	for r.line < n.Line+s.shift || r.line == n.Line+s.shift && r.column < n.Column {
		if r.next() == 0 {
			return nil
		}
	}
	r.open()
	spots := make([]place, 0, len(n.Value))
	for _, c := range n.Value {
		r.blanks()
		spots = append(spots, pack(s.index, r.line, r.column))
		if !unicode.IsSpace(c) && r.char() != c {
			return nil
		}
	}
	return append(spots, pack(s.index, r.line, r.column))
}

// spotReader reads the text of a scalar.
type spotReader struct {
	text         []byte
	line, column int // of what comes next
	style        yaml.Style
}

// next returns the next character of the text, 0 at its end.
func (r *spotReader) next() rune {
	if len(r.text) == 0 {
		return 0
	}
	c, size := utf8.DecodeRune(r.text)
	r.text = r.text[size:]
	if r.column++; c == '\n' {
		r.line, r.column = r.line+1, 1
	}
	return c
}

func (r *spotReader) has(prefix string) bool { return bytes.HasPrefix(r.text, []byte(prefix)) }

// open skips what stands before a scalar's first character: an anchor, and the
// quote or the head of a block.
func (r *spotReader) open() {
	if r.has("&") {
		for len(r.text) > 0 && !unicode.IsSpace(rune(r.text[0])) {
			r.next()
		}
		r.blanks()
	}
	switch r.style &^ yaml.FlowStyle {
	case yaml.SingleQuotedStyle, yaml.DoubleQuotedStyle:
		r.next()
	case yaml.LiteralStyle, yaml.FoldedStyle:
		for c := r.next(); c != '\n' && c != 0; {
			c = r.next()
		}
	}
}

// blanks skips what a blank of the value may stand for, or none at all.
func (r *spotReader) blanks() {
	for {
		switch c, _ := utf8.DecodeRune(r.text); {
		case len(r.text) > 0 && unicode.IsSpace(c):
			r.next()
		case r.style&yaml.DoubleQuotedStyle != 0 && c == '\\' && unicode.IsSpace(r.escaped()):
			r.char()
		default:
			return
		}
	}
}

// letters are the characters that YAML writes by one letter in double quotes.
var letters = map[byte]rune{
	'0': 0, 'a': '\a', 'b': '\b', 't': '\t', 'n': '\n', 'v': '\v', 'f': '\f', 'r': '\r', 'e': 0x1b,
	'N': 0x85, '_': 0xa0, 'L': 0x2028, 'P': 0x2029,
}

// digits are those that follow on the letter of a number.
var digits = map[byte]int{'x': 2, 'u': 4, 'U': 8}

// escaped returns the character that the escape at the beginning of the text
// stands for.
func (r *spotReader) escaped() rune {
	if len(r.text) < 2 {
		return 0
	}
	if n := digits[r.text[1]]; n > 0 && len(r.text) >= 2+n {
		v, _ := strconv.ParseUint(string(r.text[2:2+n]), 16, 32)
		return rune(v)
	}
	if c, known := letters[r.text[1]]; known {
		return c
	}
	c, _ := utf8.DecodeRune(r.text[1:])
	return c
}

// char reads one character of the value.
func (r *spotReader) char() rune {
	switch {
	case r.style&yaml.DoubleQuotedStyle != 0 && r.has(`\`):
		c := r.escaped()
		r.next()
		if kind := r.next(); kind < utf8.RuneSelf {
			for range digits[byte(kind)] {
				r.next()
			}
		}
		return c
	case r.style&yaml.SingleQuotedStyle != 0 && r.has("''"):
		r.next()
	}
	return r.next()
}
