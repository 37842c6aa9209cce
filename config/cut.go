package config

import (
	"bytes"

	"gopkg.in/yaml.v3"
)

// A large file is parsed in parts, because yaml.v3 takes some 350 bytes for each
// node: the nodes of one part are gone when the next one is walked, and parts
// are parsed side by side. The cuts are made before lines that hold a record's
// name, which a line can only seem to do inside a text or a list that spans
// lines: then one of the parts is no YAML, or isn't the mapping that it should
// be, and the file is parsed whole.

// body is the mapping of records in a file that is parsed in parts.
type body struct {
	parts []part
	depth int // of the mapping in the file
}

// part is a few whole entries of a body.
type part struct {
	text   []byte
	line   int // lines that stand before it
	indent int // of its keys
}

// cutFile returns the top mapping of a zone's file as a body, or nil where it
// can't be cut.
func cutFile(data []byte, size int) *body {
	if !canCut(data) {
		return nil
	}
	pos, line := 0, 0
	for pos < len(data) {
		text := lineAt(data, pos)
		if !isBlank(text) && !bytes.HasPrefix(text, []byte("---")) {
			break
		}
		if bytes.HasPrefix(text, []byte("---")) && len(bytes.TrimSpace(text)) > 3 {
			return nil
		}
		pos, line = pos+len(text), line+1
	}
	parts, end, _ := cutLines(data, pos, line, -1, size)
	if end != len(data) || parts == nil {
		return nil
	}
	return &body{parts: parts}
}

// recordsLine returns the indentation of the line that holds the word at pos,
// and where the next line begins, if there is nothing else in the line.
func recordsLine(data []byte, pos int) (indent, next int, ok bool) {
	start := pos
	for start > 0 && data[start-1] == ' ' {
		start--
	}
	if start == pos || start > 0 && data[start-1] != '\n' {
		return 0, 0, false
	}
	rest := lineAt(data, pos)
	return pos - start, pos + len(rest), isBlank(rest[len(recordsWord):])
}

var recordsWord = []byte("records:")

// cutRecords cuts the mappings under records out of data. It returns what is
// left, with as many lines, and the bodies by the line that they stand below.
// It returns no bodies where cutting is of no use.
func cutRecords(data []byte, size int) (rest []byte, bodies map[int]*body) {
	if !canCut(data) {
		return nil, nil
	}
	bodies = map[int]*body{}
	var kept [][]byte // what is left
	var gaps []int    // lines cut out after each
	done, left := 0, len(data)
	seen, line := 0, 0 // lines up to a place
	for at := bytes.Index(data, recordsWord); at >= 0; at = nextIndex(data, max(at+1, done), recordsWord) {
		indent, start, ok := recordsLine(data, at)
		if !ok {
			continue
		}
		seen, line = start, line+bytes.Count(data[seen:start], newline)
		parts, end, count := cutLines(data, start, line, indent, size)
		if end == start {
			continue // nothing below
		}
		if parts == nil {
			return nil, nil
		}
		const depth = 3 // zones, the zone's name, records
		bodies[line] = &body{parts, depth}
		kept, gaps = append(kept, data[done:start]), append(gaps, count)
		done, seen, line, left = end, end, line+count, left-(end-start)
	}
	kept, gaps = append(kept, data[done:]), append(gaps, 0)
	nodes := 0
	for _, text := range kept {
		nodes += nodesIn(text)
	}
	if left > maxPiece || nodes > maxNodes {
		return nil, nil
	}
	rest = make([]byte, 0, left+line)
	for i, text := range kept {
		rest = append(append(rest, text...), bytes.Repeat(newline, gaps[i])...)
	}
	return rest, bodies
}

var newline = []byte("\n")

// nextIndex returns where sep begins in data at from or after it, or -1.
func nextIndex(data []byte, from int, sep []byte) int {
	if i := bytes.Index(data[from:], sep); i >= 0 {
		return from + i
	}
	return -1
}

// canCut reports whether parts of data mean the same alone as together: whether
// there is no alias, whose anchor may stand in another part, and lines end as
// lines do here.
func canCut(data []byte) bool {
	for _, sep := range []string{"\u0085", "\u2028", "\u2029", "\n\ufeff"} {
		if bytes.Contains(data, []byte(sep)) {
			return false
		}
	}
	for at := bytes.IndexByte(data, '\r'); at >= 0; at = nextIndex(data, at+1, []byte("\r")) {
		if at+1 == len(data) || data[at+1] != '\n' {
			return false
		}
	}
	for at := bytes.IndexByte(data, '*'); at >= 0; at = nextIndex(data, at+1, []byte("*")) {
		if at == 0 || bytes.IndexByte([]byte(" \t\n[{,:-"), data[at-1]) >= 0 {
			return false
		}
	}
	return true
}

// cutLines cuts the block mapping that begins at from, after line lines, and is
// indented by more than above, into parts of about size bytes. It returns where
// that ends, with the number of its lines; from itself where there is none; and
// no parts for what can't be cut.
func cutLines(data []byte, from, line, above, size int) (parts []part, end, lines int) {
	pos, start, startLine, indent := from, from, line, -1
	first := line
	for pos < len(data) {
		text := lineAt(data, pos)
		if !isBlank(text) {
			depth := len(text) - len(bytes.TrimLeft(text, " "))
			c := text[depth]
			switch {
			case indent < 0 && depth <= above:
				return nil, from, 0
			case isMarker(text) || indent < 0 && !isKeyStart(c):
				return nil, len(data), 0
			case indent < 0:
				indent = depth
			case depth < indent:
				return addPart(parts, part{data[start:pos], startLine, indent}, size), pos, line - first
			case depth == indent && isKeyStart(c) && pos-start >= size:
				parts = addPart(parts, part{data[start:pos], startLine, indent}, size)
				start, startLine = pos, line
				if parts == nil {
					return nil, len(data), 0
				}
			}
		}
		pos, line = pos+len(text), line+1
	}
	if indent < 0 {
		return nil, from, 0
	}
	return addPart(parts, part{data[start:pos], startLine, indent}, size), pos, line - first
}

// addPart adds a part, or returns nil where it is one entry of a size that no
// record has: several of those must not be parsed at a time.
func addPart(parts []part, p part, size int) []part {
	if len(p.text) > 2*size && tooMuch(p.text, maxPart, maxPartNodes) {
		return nil
	}
	return append(parts, p)
}

// lineAt returns the line at pos with its end.
func lineAt(data []byte, pos int) []byte {
	if i := bytes.IndexByte(data[pos:], '\n'); i >= 0 {
		return data[pos : pos+i+1]
	}
	return data[pos:]
}

// isBlank reports whether a line is empty or a comment.
func isBlank(line []byte) bool {
	line = bytes.TrimLeft(line, " ")
	return len(line) == 0 || line[0] == '\n' || line[0] == '\r' || line[0] == '#'
}

// isMarker reports whether a line begins or ends a document.
func isMarker(line []byte) bool {
	return bytes.HasPrefix(line, []byte("---")) || bytes.HasPrefix(line, []byte("..."))
}

// isKeyStart reports whether a key may begin with c, judging only plain cases.
func isKeyStart(c byte) bool {
	return c == '"' || c == '\'' || c == '_' || c >= 0x80 ||
		'0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// placeBodies puts bodies where they were cut out of the file with this top node. It
// reports whether each had its place.
func placeBodies(top *yaml.Node, bodies map[int]*body) (map[*yaml.Node]*body, bool) {
	placed := map[*yaml.Node]*body{}
	for _, zones := range valuesOf(top, "zones") {
		for _, zone := range valuesOf(zones, "") {
			for i := 0; zone.Kind == yaml.MappingNode && i+1 < len(zone.Content); i += 2 {
				k, v := zone.Content[i], zone.Content[i+1]
				if b := bodies[k.Line]; b != nil && k.Value == "records" && isNull(v) {
					v.Kind, v.Tag, v.Line, v.Column = yaml.MappingNode, "!!map", b.parts[0].line+1, b.parts[0].indent+1
					placed[v] = b
				}
			}
		}
	}
	return placed, len(placed) == len(bodies)
}

// valuesOf returns the values of a mapping under a key, or under all for "".
func valuesOf(n *yaml.Node, key string) []*yaml.Node {
	var values []*yaml.Node
	if n.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(n.Content); i += 2 {
			if key == "" || n.Content[i].Value == key {
				values = append(values, n.Content[i+1])
			}
		}
	}
	return values
}
