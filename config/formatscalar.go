package config

import (
	"strings"
	"unicode/utf8"
)

// value writes a scalar or a collection in flow style, with its tag and anchor, to
// the end of its last line. N is the level that it belongs to.
func (f *formatter) value(n level) {
	for rest := f.rest(); rest != "" && (rest[0] == '&' || rest[0] == '!'); rest = f.rest() {
		end := wordEnd(rest)
		f.write(rest[:end])
		f.col += end
		if f.skipBlanks(); f.atEnd() {
			f.finish()
			return
		}
		f.write(" ")
	}
	switch rest := f.rest(); rest[0] {
	case '"', '\'':
		f.quoted(&moves{in: n})
	case '[', '{':
		f.flow(n)
	case '|', '>':
		f.blockScalar(n)
		return
	default:
		f.plain(n)
	}
	f.finish()
}

// wordEnd returns where the first blank of a text is.
func wordEnd(text string) int {
	if i := strings.IndexAny(text, " \t"); i >= 0 {
		return i
	}
	return len(text)
}

// moves says where the lines go that continue something: by as much as the last
// of the given places that they don't begin left of, else by as much as the level.
type moves struct {
	in      level
	places  []level
	settled int // how many places are columns; the others count bytes of the present line
}

// open adds the place where f is.
func (m *moves) open(f *formatter) {
	m.places = append(m.places, level{from: f.col, to: len(f.buf)})
}

// close forgets the last place.
func (m *moves) close() {
	m.places = m.places[:max(len(m.places)-1, 0)]
	m.settled = min(m.settled, len(m.places))
}

// settle makes columns of the places in a line that ends.
func (m *moves) settle(f *formatter) {
	for i := m.settled; i < len(m.places); i++ {
		p := &m.places[i]
		p.from, p.to = runes(f.lines[f.row][:p.from]), utf8.RuneCount(f.buf[:p.to])
	}
	m.settled = len(m.places)
}

// column returns the new column of a line that begins in col.
func (m *moves) column(col int) int {
	by := m.in.to - m.in.from
	for _, p := range m.places {
		if col >= p.from {
			by = p.to - p.from
		}
	}
	return max(col+by, m.in.to+1)
}

// quoted writes a scalar in quotes. Blanks at the begin of its further lines mean
// nothing, those at their ends might.
func (f *formatter) quoted(m *moves) {
	m.open(f)
	defer m.close()
	mark := f.rest()[0]
	f.write(string(mark))
	f.col++
	for {
		rest := f.rest()
		if end := closing(rest, mark); end >= 0 {
			f.write(rest[:end+1])
			f.col += end + 1
			return
		}
		f.write(rest)
		m.settle(f)
		f.cur.keep = true
		f.end()
		for f.row < len(f.lines) && isBlankText(f.lines[f.row]) {
			f.cur.keep = true
			f.end()
		}
		if f.row >= len(f.lines) {
			return
		}
		f.col = indentOf(f.lines[f.row])
		f.begin(m.column(f.col))
		f.skipBlanks()
	}
}

func isBlankText(line string) bool { return strings.Trim(line, " \t") == "" }

// closing returns where the quote that ends a scalar is in the rest of a line, -1
// where it isn't.
func closing(text string, mark byte) int {
	for i := 0; i < len(text); i++ {
		switch {
		case mark == '"' && text[i] == '\\':
			i++
		case text[i] != mark:
		case mark == '\'' && i+1 < len(text) && text[i+1] == mark:
			i++
		default:
			return i
		}
	}
	return -1
}

// plain writes a scalar without quotes, or an alias.
func (f *formatter) plain(n level) {
	m := &moves{in: n}
	m.open(f)
	for {
		rest := f.rest()
		end := len(rest)
		if i := commentAt(rest); i >= 0 {
			end = i
		}
		text := strings.TrimRight(rest[:end], " \t")
		f.write(text)
		f.col += len(text)
		next := f.row + 1
		for next < len(f.lines) && isBlankText(f.lines[next]) {
			next++
		}
		if end < len(rest) || next == len(f.lines) || !continues(f.lines[next], n) {
			return
		}
		m.settle(f)
		f.end()
		for f.row < next {
			f.cur.keep = true
			f.end()
		}
		f.col = indentOf(f.lines[f.row])
		f.begin(m.column(f.col))
		f.skipBlanks()
	}
}

// continues reports whether a line can continue a scalar that belongs to n.
func continues(line string, n level) bool {
	return indentOf(line) > n.from && strings.TrimLeft(line, " \t")[0] != '#' && !isDocumentMarker(line)
}

// commentAt returns where a comment begins in the rest of a line, -1 where there
// is none.
func commentAt(text string) int {
	for i := 1; i < len(text); i++ {
		if text[i] == '#' && blankAt(text, i-1) {
			return i
		}
	}
	return -1
}

// blockScalar writes a scalar that begins with | or >. Its text goes two blanks right
// of its level, unless it says itself where it stands.
func (f *formatter) blockScalar(n level) {
	head := f.rest()[:wordEnd(f.rest())]
	f.write(head)
	f.col += len(head)
	f.finish()
	from, to := f.blockIndent(head, n)
	f.limit = to
	end, filled := f.row, f.row // behind the last line, and behind the last that counts
	for end < len(f.lines) && (isSpaces(f.lines[end]) || indentOf(f.lines[end]) >= from && !isDocumentMarker(f.lines[end])) {
		end++
		if l := f.lines[end-1]; !isSpaces(l) || len(l) > from || strings.Contains(head, "+") {
			filled = end
		}
	}
	for f.row < filled {
		f.cur.keep, f.cur.block = true, true
		if l := f.lines[f.row]; len(l) > from {
			f.write(strings.Repeat(" ", to) + l[from:])
		}
		f.end()
	}
}

// blockIndent returns the column in which the text of a block scalar stands, and
// the one in which it is going to.
func (f *formatter) blockIndent(head string, n level) (from, to int) {
	if i := strings.IndexAny(head, "123456789"); i >= 0 {
		digit := int(head[i] - '0')
		return max(n.from, 0) + digit, max(n.to, 0) + digit
	}
	first := f.row
	for first < len(f.lines) && isSpaces(f.lines[first]) {
		first++
	}
	if first == len(f.lines) || indentOf(f.lines[first]) <= n.from {
		return maxScalar, 0 // it has no text
	}
	if from = indentOf(f.lines[first]); n == noLevel {
		return from, from
	}
	return from, n.to + 2
}

// isSpaces reports whether a line has nothing but spaces, which tabs aren't.
func isSpaces(line string) bool { return strings.Trim(line, " ") == "" }

// keyEnd returns where the colon is that makes a key of what a text begins with,
// -1 where there is none.
func keyEnd(text string) int {
	at := 0
	for at < len(text) && (text[at] == '&' || text[at] == '!') {
		at += wordEnd(text[at:])
		at += len(text[at:]) - len(strings.TrimLeft(text[at:], " \t"))
	}
	switch {
	case at == len(text) || text[at] == '#' || text[at] == '|' || text[at] == '>':
		return -1
	case text[at] == '"' || text[at] == '\'':
		end := closing(text[at+1:], text[at])
		if end < 0 {
			return -1
		}
		at += end + 2
	case text[at] == '[' || text[at] == '{':
		end := flowEnd(text[at:])
		if end < 0 {
			return -1
		}
		at += end
	default:
		end := len(text)
		if i := commentAt(text); i >= 0 {
			end = i
		}
		for ; at < end; at++ {
			if text[at] == ':' && blankAt(text, at+1) {
				return at
			}
		}
		return -1
	}
	at += len(text[at:]) - len(strings.TrimLeft(text[at:], " \t"))
	if at < len(text) && text[at] == ':' && blankAt(text, at+1) {
		return at
	}
	return -1
}
