package config

import "strings"

// flow writes a collection in brackets. Its lines stay lines of their own.
func (f *formatter) flow(n level) {
	m := &moves{in: n}
	apart := false // from what comes next
	var last byte  // what the last word or sign began with
	for f.row < len(f.lines) {
		f.skipBlanks()
		if f.atEnd() {
			f.nextFlowLine(m, last != 0 && !strings.ContainsRune(`[]{},:"'`, rune(last)))
			apart, last = false, 0
			continue
		}
		rest := f.rest()
		first := rest[0]
		switch first {
		case ']', '}', ',':
			apart = last == ':' // else the colon would be a part of the key
		case ':':
			apart = last == '*' // likewise of the alias
		}
		if apart {
			f.write(" ")
		}
		apart, last = true, first
		switch first {
		case '"', '\'':
			f.quoted(m)
			continue
		case '[', '{':
			m.open(f)
			apart = false
		case ']', '}':
			m.close()
		}
		size := flowToken(rest)
		f.write(rest[:size])
		f.col += size
		if len(m.places) == 0 {
			return
		}
	}
}

// nextFlowLine ends a line, and begins the next that isn't blank. Behind a word those
// between may be line breaks in a text.
func (f *formatter) nextFlowLine(m *moves, word bool) {
	m.settle(f)
	f.finish()
	for f.row < len(f.lines) && isBlankText(f.lines[f.row]) {
		f.cur.keep = word
		f.end()
	}
	if f.row < len(f.lines) {
		f.col = indentOf(f.lines[f.row])
		f.begin(m.column(f.col))
	}
}

// flowToken returns how long the sign or the word is that a text within brackets
// begins with. That of a quoted one means nothing.
func flowToken(text string) int {
	switch text[0] {
	case ',', '[', ']', '{', '}', ':':
		return 1
	case '?':
		if blankAt(text, 1) {
			return 1
		}
	case '*', '&', '!':
		for i := 1; i < len(text); i++ {
			if blankAt(text, i) || strings.IndexByte(",[]{}", text[i]) >= 0 {
				return i
			}
		}
		return len(text)
	}
	end := 1
	for end < len(text) && !endsFlowWord(text, end) {
		end++
	}
	return len(strings.TrimRight(text[:end], " \t"))
}

// endsFlowWord reports whether a word without quotes ends before i.
func endsFlowWord(text string, i int) bool {
	switch text[i] {
	case ',', '[', ']', '{', '}':
		return true
	case '#':
		return blankAt(text, i-1)
	case ':':
		return blankAt(text, i+1) // before a bracket it is a part of the word, to yaml.v3
	}
	return false
}

// flowEnd returns where a text goes on behind the brackets that it begins with, -1
// where they don't end in this line.
func flowEnd(text string) int {
	depth := 0
	for i := 0; i < len(text); {
		switch c := text[i]; {
		case c == ' ' || c == '\t':
			i++
			continue
		case c == '#' && blankAt(text, i-1):
			return -1
		case c == '"' || c == '\'':
			end := closing(text[i+1:], c)
			if end < 0 {
				return -1
			}
			i += end + 2
			continue
		case c == '[' || c == '{':
			depth++
		case c == ']' || c == '}':
			if depth--; depth == 0 {
				return i + 1
			}
		}
		i += flowToken(text[i:])
	}
	return -1
}
