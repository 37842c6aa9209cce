package config

import (
	"bytes"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// Format returns the text of a file with its layout made uniform: two blanks for
// each level, lists one level below their key, one blank after each sign, no blanks at
// ends of lines, at most one empty line in a row. Comments, quotes, the order of
// keys and the lines themselves stay. Format of what it returned is the same
// again.
//
// What comes back has the same characters but for blanks, and the same YAML
// nodes: where laying a text out would change them, that is a fault and not a
// result. The error is an ErrorList with positions in a file of that name.
func Format(name string, data []byte) ([]byte, error) {
	l := &loader{places: newPlaces()}
	s := l.open(name)
	before, ok := s.formattable(data)
	if !ok {
		return nil, l.list.sorted()
	}
	out := layout(data)
	after, err := parseOne(out)
	switch line, same := sameTree(before, after); {
	case err != nil || !same:
		l.fault(pack(s.index, max(line, 1), 1), "lay the lines out by hand, in block style", "this can't be formatted without changing what it says")
	case !slices.Equal(withoutBlanks(data), withoutBlanks(out)):
		l.fault(pack(s.index, 1, 1), "lay it out by hand", "this can't be formatted without losing text")
	default:
		return out, nil
	}
	return nil, l.list.sorted()
}

// formattable returns the top node of a file that can be laid out, nil for one
// without any, or false after a fault.
func (s *source) formattable(data []byte) (*yaml.Node, bool) {
	if line, column, what := badByte(data); what != "" {
		s.l.fault(pack(s.index, line, column), "save the file as plain UTF-8 text", "%s", what)
		return nil, false
	}
	if line := oddBreak(data); line > 0 {
		s.l.fault(pack(s.index, line, 1), "end lines with a line feed, and write others as an escape in double quotes", "this line ends in a character that only YAML takes for a line break")
		return nil, false
	}
	const times = 4 // as much as is read at once: there is one file at a time, and its nodes are all that is kept
	if tooMuch(data, times*maxPiece, times*maxNodes) {
		s.l.fault(pack(s.index, 1, 1), "split the file into several", "this is too much to format in one piece")
		return nil, false
	}
	top, ok := s.document(data)
	return top, ok && (top == nil || s.bounded(top, 0))
}

// oddBreak returns the first line that ends in a line break which isn't LF or
// CRLF, 0 where all do.
func oddBreak(data []byte) int {
	for number, line := range bytes.Split(bytes.ReplaceAll(data, []byte("\r\n"), newline), newline) {
		if bytes.ContainsAny(line, "\r\u0085\u2028\u2029") {
			return number + 1
		}
	}
	return 0
}

// sameTree reports whether two trees say the same in the same way, or else the line
// where a first differs.
func sameTree(a, b *yaml.Node) (line int, same bool) {
	if a == nil || b == nil {
		return 0, a == b
	}
	if a.Kind != b.Kind || a.Style != b.Style || a.Tag != b.Tag || a.Value != b.Value || a.Anchor != b.Anchor || len(a.Content) != len(b.Content) {
		return a.Line, false
	}
	for i := range a.Content {
		if line, same := sameTree(a.Content[i], b.Content[i]); !same {
			return line, false
		}
	}
	return 0, true // an alias has its anchor as its value
}

// withoutBlanks returns the characters that a layout must keep.
func withoutBlanks(data []byte) []byte {
	return bytes.Map(func(r rune) rune {
		switch r {
		case ' ', '\t', '\r', '\n', '\ufeff':
			return -1
		}
		return r
	}, data)
}

// layout lays a text out anew. It looks at characters and not at nodes, which don't say
// where they end nor where a blank line was; for a text that isn't YAML it returns
// something, whatever that is.
func layout(data []byte) []byte {
	text := strings.ReplaceAll(strings.TrimPrefix(string(data), "\ufeff"), "\r\n", "\n")
	ended := strings.HasSuffix(text, "\n")
	f := &formatter{lines: strings.Split(strings.TrimSuffix(text, "\n"), "\n")}
	for f.row < len(f.lines) {
		f.line()
	}
	f.placeComments(nil)
	return f.text(ended)
}

// laidLine is a line as it will be written.
type laidLine struct {
	text    string
	keep    bool   // the line is content: its blanks count
	block   bool   // and it is of a block scalar
	comment string // behind the text
	at, gap int    // where that stood, and how many blanks before it
}

// text returns all lines. Comments behind lines that follow one another stay in one
// column if they were.
func (f *formatter) text(ended bool) []byte {
	f.align()
	var b bytes.Buffer
	blank := true // the line before is, or there is none
	pending := false
	for _, l := range f.out {
		text := l.text
		if !l.keep {
			text = strings.TrimRight(text, " \t")
		}
		if text == "" && l.comment == "" && !l.keep {
			pending = !blank
			continue
		}
		if pending {
			b.WriteByte('\n')
		}
		pending, blank = false, false
		b.WriteString(text + l.comment + "\n")
	}
	// A block scalar ends in a line break only where the file does.
	if n := len(f.out); !ended && n > 0 && f.out[n-1].block {
		b.Truncate(b.Len() - 1)
	}
	return b.Bytes()
}

// align puts blanks before the comments behind lines: as many as there were, and in
// lines that have them in one column as many as keep them there.
func (f *formatter) align() {
	for start := 0; start < len(f.out); {
		end, width, gap := start, 0, f.out[start].gap
		for end < len(f.out) && f.out[end].comment != "" && f.out[end].at == f.out[start].at {
			width, gap = max(width, runes(f.out[end].text)), min(gap, f.out[end].gap)
			end++
		}
		for i := start; i < end; i++ {
			l := &f.out[i]
			l.comment = strings.Repeat(" ", width+gap-runes(l.text)) + l.comment
		}
		start = max(end, start+1)
	}
}
