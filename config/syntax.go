package config

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
)

var (
	syntaxError   = regexp.MustCompile(`^yaml: (?:line (\d+): )?(.*)$`)
	unknownAnchor = regexp.MustCompile(`^unknown anchor '(.*)' referenced$`)
	conflict      = regexp.MustCompile(`(?m)^(<<<<<<<|=======|>>>>>>>)( |\r?$)`)
)

// syntax notes a text that isn't YAML as one fault, and returns it.
func (s *source) syntax(data []byte, err error) *Error {
	line, text, hint := s.diagnose(data, err)
	e := &Error{Pos: Pos{s.name, line + s.shift, 1}, Text: "this is not valid YAML: " + text, Hint: hint}
	s.l.fault(pack(s.index, line+s.shift, 1), hint, "%s", e.Text)
	return e
}

// diagnose returns where data isn't YAML, what the parser says, and what to do.
// For an unknown anchor the parser names no line, but what to look for.
func (s *source) diagnose(data []byte, err error) (line int, text, hint string) {
	line, text = 1, err.Error()
	if m := syntaxError.FindStringSubmatch(text); m != nil {
		text = m[2]
		if n, err := strconv.Atoi(m[1]); err == nil {
			line = n
		}
	}
	if m := unknownAnchor.FindStringSubmatch(text); m != nil {
		before, _, found := bytes.Cut(data, []byte("*"+m[1]))
		if found {
			line = bytes.Count(before, newline) + 1
		}
		return line, fmt.Sprintf("*%s refers to an anchor that isn't defined above", m[1]), "put a name or value that begins with * in quotes"
	}
	if namesOuter(text) {
		line = s.search(data, line, err)
	}
	if at := conflict.FindIndex(data); at != nil {
		return bytes.Count(data[:at[0]], newline) + 1, text, "the file holds the marks of a merge that has conflicts: settle it first"
	}
	return line, text, syntaxHint(text, lineOf(data, line))
}

// namesOuter reports whether the parser gives the line above the mapping or list
// in which something is wrong, and not that of the fault.
func namesOuter(text string) bool {
	return slices.ContainsFunc([]string{
		"did not find expected ',' or '}'", "did not find expected ',' or ']'",
		"did not find expected key", "did not find expected '-' indicator", "did not find expected node content", "found a tab",
	}, func(prefix string) bool { return strings.HasPrefix(text, prefix) })
}

// maxSearched bounds how many bytes are parsed in search of faults.
const maxSearched = 8 << 20

// search returns the first line with which data has the fault err, or else what
// the parser names.
func (s *source) search(data []byte, named int, err error) int {
	const halvings = 20
	if s.l.searched += halvings * len(data); s.l.searched > maxSearched {
		return named
	}
	ends := []int{0}
	for i, c := range data {
		if c == '\n' {
			ends = append(ends, i+1)
		}
	}
	ends = append(ends, len(data))
	return sort.Search(len(ends)-1, func(n int) bool {
		_, again := parseOne(data[:ends[n]])
		return again != nil && again.Error() == err.Error()
	})
}

// lineOf returns a line of data by its number.
func lineOf(data []byte, number int) string {
	for range number - 1 {
		_, data, _ = bytes.Cut(data, newline)
	}
	return string(lineAt(data, 0))
}

// syntaxHints say what to do about what the parser says.
var syntaxHints = []struct{ text, hint string }{
	{"found a tab", tabHint},
	{"found character that cannot start any token", "put a name or value that begins with @, %, | or ` in quotes"},
	{"did not find expected alphabetic or numeric character", `put a name or value that begins with * or & in quotes: "*"`},
	{"did not find expected whitespace", "put a value that begins with ! in quotes"},
	{"mapping values are not allowed", "put a text that holds a colon and a blank in quotes, write a blank after the colon of each key, and indent keys of one mapping alike"},
	{"did not find expected ',' or '}'", "close the brace, and put a text in quotes that holds a brace, a comma, a quote, or a colon and a blank"},
	{"did not find expected ',' or ']'", "close the bracket, and put a text in quotes that holds a bracket, a comma, a quote, or a colon and a blank"},
	{"did not find expected key", "indent the keys of one mapping alike, and put a text that holds quotes in quotes as a whole"},
	{"did not find expected '-' indicator", "indent the items of one list alike, and the keys of an item like its first one"},
	{"could not find expected ':'", "write a key, a colon, and a blank after it"},
	{"found unexpected end of stream", "close the quote that is open here"},
	{"found unknown escape character", `write \\ for a backslash in double quotes, or use single quotes`},
}

const tabHint = "indent with blanks, not with tabs"

// syntaxHint returns what to do about what the parser says of a line.
func syntaxHint(text, line string) string {
	if strings.Contains(line[:len(line)-len(strings.TrimLeft(line, " \t"))], "\t") {
		return tabHint
	}
	for _, h := range syntaxHints {
		if strings.HasPrefix(text, h.text) {
			return h.hint
		}
	}
	return ""
}
