package config

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf8"
)

// formatter lays out the lines of a file. It walks them from the first to the
// last; row and col say where it is.
type formatter struct {
	lines    []string // without their ends
	row, col int
	levels   []level // the mappings and lists that are open, from the outermost
	out      []laidLine
	cur      laidLine // the line that is being written
	buf      []byte   // and its text
	comments []comment
	limit    int // where the text of the block scalar before those goes, if there is one
}

// level is a mapping or a list in block style: the column in which its keys or
// dashes stand, and the one in which they are going to.
type level struct {
	from, to int
	list     bool
}

// noLevel stands for what the outermost node is in.
var noLevel = level{from: -1, to: -1}

// comment is a line of its own whose column depends on the lines around it.
type comment struct{ line, col int }

// line lays out the next line, and those that continue it.
func (f *formatter) line() {
	text := f.lines[f.row]
	f.col = indentOf(text)
	switch rest := strings.TrimLeft(text, " \t"); {
	case rest == "":
		f.end()
	case rest[0] == '#':
		f.comments = append(f.comments, comment{len(f.out), f.col})
		f.write(strings.TrimRight(rest, " \t"))
		f.end()
	case isDocumentMarker(text):
		f.placeComments(nil)
		f.levels = nil
		f.write(text[:3])
		f.col = 3
		f.content(noLevel)
	case text[0] == '%':
		f.write(text)
		f.end()
	default:
		f.block()
	}
}

// isDocumentMarker reports whether a line begins or ends a document.
func isDocumentMarker(line string) bool {
	return (strings.HasPrefix(line, "---") || strings.HasPrefix(line, "...")) && (len(line) == 3 || line[3] == ' ' || line[3] == '\t')
}

// block lays out a line that has an item or an entry in block style, or what a
// key or a dash in a line before stands for.
func (f *formatter) block() {
	before := slices.Clone(f.levels)
	dash := f.isSign('-')
	if !f.isStructure() {
		f.leave(f.col - 1)
		f.placeComments(before)
		f.begin(f.below())
		f.value(f.level())
		return
	}
	f.leave(f.col)
	if n := f.level(); n.from == f.col && n.list && !dash {
		f.levels = f.levels[:len(f.levels)-1] // a list in its key's column ends
	}
	if n := f.level(); n.from < f.col || dash && !n.list {
		f.levels = append(f.levels, level{f.col, f.below(), dash})
	}
	f.placeComments(before)
	f.begin(f.level().to)
	f.entry()
}

// below returns the column of what stands below the innermost level.
func (f *formatter) below() int {
	if len(f.levels) == 0 {
		return 0
	}
	return f.level().to + 2
}

// leave closes the levels that stand further right than col.
func (f *formatter) leave(col int) {
	for len(f.levels) > 0 && f.level().from > col {
		f.levels = f.levels[:len(f.levels)-1]
	}
}

// level returns the innermost level that is open.
func (f *formatter) level() level {
	if len(f.levels) == 0 {
		return noLevel
	}
	return f.levels[len(f.levels)-1]
}

// entry writes signs, a key, and what they stand for.
func (f *formatter) entry() {
	for f.isSign('-') || f.isSign('?') || f.isSign(':') {
		f.write(f.rest()[:1])
		f.col++
		if f.skipBlanks(); !f.isStructure() {
			f.content(f.level())
			return
		}
		f.write(" ")
		f.levels = append(f.levels, level{f.col, len(f.buf), f.isSign('-')})
	}
	end := keyEnd(f.rest())
	key := strings.TrimRight(f.rest()[:end], " \t")
	f.write(key)
	if key != "" && isAlias(key) {
		f.write(" ") // else the colon would be a part of its name
	}
	f.write(":")
	f.col += end + 1
	f.content(f.level())
}

// content writes what stands behind a sign, if anything does.
func (f *formatter) content(n level) {
	if f.skipBlanks(); f.atEnd() {
		f.finish()
		return
	}
	f.write(" ")
	f.value(n)
}

// isAlias reports whether a key ends in an alias.
func isAlias(key string) bool {
	return key[strings.LastIndexAny(key, " \t")+1] == '*'
}

// isStructure reports whether a mapping or a list in block style has its key or its
// dash here.
func (f *formatter) isStructure() bool {
	return f.isSign('-') || f.isSign('?') || f.isSign(':') || keyEnd(f.rest()) >= 0
}

// isSign reports whether c stands here, and then a blank or nothing.
func (f *formatter) isSign(c byte) bool {
	rest := f.rest()
	return rest != "" && rest[0] == c && blankAt(rest, 1)
}

// blankAt reports whether a text has a blank at i, or ends there.
func blankAt(text string, i int) bool {
	return i >= len(text) || text[i] == ' ' || text[i] == '\t'
}

// placeComments puts the comments that stand before this line into the column of
// the level that they stand in: one of those before them, or of those after.
func (f *formatter) placeComments(before []level) {
	for _, c := range f.comments {
		in, next := noLevel, level{from: -1}
		for _, l := range slices.Concat(before, f.levels) {
			if l.from <= c.col && l.from >= in.from {
				in = l
			}
			if l.from > c.col && (next.from < 0 || l.from <= next.from) {
				next = l
			}
		}
		col := c.col
		if in != noLevel {
			col += in.to - in.from
		}
		if next.from >= 0 {
			col = min(col, next.to)
		}
		if f.limit > 0 {
			col = min(col, f.limit-1) // further right it would be text
		}
		f.out[c.line].text = strings.Repeat(" ", col) + f.out[c.line].text
	}
	f.comments, f.limit = f.comments[:0], 0
}

// begin begins a line with this many blanks.
func (f *formatter) begin(col int) { f.write(strings.Repeat(" ", col)) }

func (f *formatter) write(text string) { f.buf = append(f.buf, text...) }

// rest returns what is left of the line.
func (f *formatter) rest() string {
	if f.row >= len(f.lines) {
		return ""
	}
	return f.lines[f.row][min(f.col, len(f.lines[f.row])):]
}

func (f *formatter) skipBlanks() {
	rest := f.rest()
	f.col += len(rest) - len(strings.TrimLeft(rest, " \t"))
}

// atEnd reports whether nothing but a comment is left of the line.
func (f *formatter) atEnd() bool {
	rest := f.rest()
	return rest == "" || rest[0] == '#'
}

// end ends the line that is being written and goes to the next.
func (f *formatter) end() {
	f.cur.text = string(f.buf)
	f.out = append(f.out, f.cur)
	f.cur, f.buf = laidLine{}, f.buf[:0]
	f.row, f.col = f.row+1, 0
}

// finish takes what is left of the line, which should be a comment, and ends it.
func (f *formatter) finish() {
	if f.row >= len(f.lines) {
		return
	}
	line := f.lines[f.row]
	f.col = min(f.col, len(line))
	gap := f.col - len(strings.TrimRight(line[:f.col], " \t"))
	rest := f.rest()
	blanks := len(rest) - len(strings.TrimLeft(rest, " \t"))
	switch rest = strings.TrimRight(rest[blanks:], " \t"); {
	case rest == "":
	case rest[0] != '#':
		f.write(" " + rest) // no YAML has it
	case len(bytes.TrimLeft(f.buf, " ")) == 0:
		f.write(rest)
	default:
		f.cur.comment, f.cur.at, f.cur.gap = rest, runes(line[:f.col+blanks]), gap+blanks
	}
	f.end()
}

// indentOf returns how many blanks a line begins with.
func indentOf(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }

func runes(text string) int { return utf8.RuneCountInString(text) }
