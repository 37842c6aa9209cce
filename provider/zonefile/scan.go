package zonefile

import "strings"

// word is one word or quoted string, as offsets into the text; the quotes of a
// quoted string are part of it.
type word struct{ start, end int }

// entry is one directive or record: a line, or several that parentheses join.
type entry struct {
	start, end int    // of its lines, the last line break included
	line       int    // number of its first line
	indent     bool   // it begins with a blank: its owner is the last one's
	parens     bool   // it has parentheses, so that its layout is its author's
	words      []word // without parentheses and comments
	comments   []word // each from its semicolon to the end of its line
}

// scanner cuts a text into entries. It reports what keeps a line from being cut,
// and goes on with the next.
type scanner struct {
	text  string
	pos   int
	line  int // number of the line at pos
	fault func(at int, format string, args ...any)
}

// next returns the next entry that has words.
func (s *scanner) next() (entry, bool) {
	for s.pos < len(s.text) {
		if e, ok := s.scan(); ok && len(e.words) > 0 {
			return e, true
		}
	}
	return entry{}, false
}

// scan reads one entry. It returns false where its lines made no sense.
func (s *scanner) scan() (entry, bool) {
	e := entry{start: s.pos, line: s.line, indent: s.pos < len(s.text) && isBlank(s.text[s.pos])}
	var open []int // where parentheses were opened
	good := true
	for s.pos < len(s.text) {
		switch c := s.text[s.pos]; {
		case c == '\n':
			s.pos++
			s.line++
			if len(open) == 0 {
				e.end = s.pos
				return e, good
			}
		case isBlank(c), c == '\r' && strings.HasPrefix(s.text[s.pos+1:], "\n"):
			s.pos++
		case c == ';':
			start := s.pos
			s.pos = s.lineEnd()
			e.comments = append(e.comments, word{start, s.pos})
		case c == '(':
			open, e.parens = append(open, s.pos), true
			s.pos++
		case c == ')' && len(open) == 0:
			s.fault(s.pos, "this parenthesis closes none: remove it, or open one before it")
			good = false
			s.pos++
		case c == ')':
			open = open[:len(open)-1]
			s.pos++
		default:
			w, ok := s.word()
			e.words = append(e.words, w)
			good = good && ok
		}
	}
	if len(open) > 0 {
		s.fault(open[0], "this parenthesis is never closed: everything up to the end of the file belongs to it")
		good = false
	}
	e.end = s.pos
	return e, good
}

// word reads a word or a quoted string.
func (s *scanner) word() (word, bool) {
	start := s.pos
	if s.text[s.pos] == '"' {
		return s.quoted(start)
	}
	for s.pos < len(s.text) {
		switch c := s.text[s.pos]; {
		case isBlank(c), c == '\n', c == ';', c == '(', c == ')', c == '\r' && strings.HasPrefix(s.text[s.pos+1:], "\n"):
			return word{start, s.pos}, true
		case c == '"' && s.text[s.pos-1] == '=': // the value of a parameter of SVCB
			if _, ok := s.quoted(start); !ok {
				return word{start, s.pos}, false
			}
		case c == '\\':
			if !s.escape() {
				return word{start, s.pos}, false
			}
		default:
			s.pos++
		}
	}
	return word{start, s.pos}, true
}

// quoted reads up to the closing quote of the string that is opened at s.pos.
func (s *scanner) quoted(start int) (word, bool) {
	open := s.pos
	for s.pos++; s.pos < len(s.text) && s.text[s.pos] != '\n'; {
		switch s.text[s.pos] {
		case '"':
			s.pos++
			return word{start, s.pos}, true
		case '\\':
			if !s.escape() {
				return word{start, s.pos}, false
			}
		default:
			s.pos++
		}
	}
	s.fault(open, `this quote isn't closed in its line: a line break in a string is written \010`)
	return word{start, s.pos}, false
}

// escape reads a backslash and what it makes literal.
func (s *scanner) escape() bool {
	if s.pos+1 >= len(s.text) || s.text[s.pos+1] == '\n' || s.text[s.pos+1] == '\r' {
		s.fault(s.pos, "a backslash ends the line: it must stand before the character that it makes literal")
		s.pos++
		return false
	}
	s.pos += 2
	return true
}

// lineEnd returns the offset of the line break that ends the line at s.pos.
func (s *scanner) lineEnd() int {
	end := strings.IndexByte(s.text[s.pos:], '\n')
	if end < 0 {
		return len(s.text)
	}
	if end > 0 && s.text[s.pos+end-1] == '\r' {
		end--
	}
	return s.pos + end
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' }

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
