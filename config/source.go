package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// Bounds that no honest configuration meets, and that keep a hostile one cheap.
const (
	maxFileSize = 128 << 20 // bytes of one file
	maxScalar   = 256 << 10 // bytes of one key or value
	maxDepth    = 64        // mappings and lists within one another
	maxFaults   = 10_000    // faults that are kept, and as many remarks

	maxPiece, maxNodes    = 16 << 20, 700_000 // bytes and nodes that are parsed at once
	maxPart, maxPartNodes = 2 << 20, 100_000  // and where several are, side by side
)

// source is a file that is being read. Its methods walk the nodes of its YAML
// and note what is wrong with them.
type source struct {
	l     *loader
	name  string // a path below the root, with slashes
	index int    // in the table of places
	shift int    // lines that stand before the nodes' first one
	tags  bool   // the dialect gives tags and merge keys a meaning

	bodies map[*yaml.Node]*body // what stands for these nodes is parsed in parts
}

// open begins a new source.
func (l *loader) open(name string) *source {
	return &source{l: l, name: name, index: l.places.addFile(name)}
}

// read returns the top node of a file, or nil after a fault, which is noted at
// the place that named the file (zero for the root file) or inside the file.
func (l *loader) read(name string, from place) (*source, *yaml.Node) {
	return l.readAs(name, from, (*source).whole)
}

// readAs is read with a way to parse the file: whole, or for large ones in
// parts, which source.parts then visits.
func (l *loader) readAs(name string, from place, top func(*source, []byte) *yaml.Node) (*source, *yaml.Node) {
	if len(l.places.files) >= maxFiles {
		l.fault(from, "", "%s is one file too many: at most %d are read", name, maxFiles)
		return nil, nil
	}
	data, err := l.content(name)
	if err != nil {
		if from == 0 {
			from = pack(l.open(name).index, 1, 1)
		}
		l.fault(from, readHint(err), "%s can't be read: %s", name, readReason(err))
		return nil, nil
	}
	s := l.open(name)
	if line, column, what := badByte(data); what != "" {
		l.fault(pack(s.index, line, column), "save the file as plain UTF-8 text", "%s", what)
		return nil, nil
	}
	return s, top(s, data)
}

// whole parses a file at once.
func (s *source) whole(data []byte) *yaml.Node {
	if failed := s.l.uncut[s.name]; failed != nil && tooMuch(data, maxPiece, maxNodes) {
		s.l.list, s.l.faults = append(s.l.list, failed), s.l.faults+1
		return nil
	}
	return s.parse(data, 0)
}

// cuts reports whether a file should be parsed in parts.
func (s *source) cuts(data []byte) bool {
	return len(data) > s.l.cutSize && s.l.uncut[s.name] == nil
}

// zoneFile parses a file of records, in parts if it is large.
func (s *source) zoneFile(data []byte) *yaml.Node {
	if s.cuts(data) {
		if b := cutFile(data, s.l.cutSize); b != nil {
			top := &yaml.Node{Kind: yaml.MappingNode, Line: 1, Column: 1}
			s.bodies = map[*yaml.Node]*body{top: b}
			return top
		}
	}
	return s.whole(data)
}

// configFile parses a file with the configuration's own keys, and the records
// of its zones in parts if it is large.
func (s *source) configFile(data []byte) *yaml.Node {
	if !s.cuts(data) {
		return s.whole(data)
	}
	rest, bodies := cutRecords(data, s.l.cutSize)
	if len(bodies) > 0 {
		if top, err := parseOne(rest); err == nil && top != nil {
			if placed, all := placeBodies(top, bodies); all && s.bounded(top, 0) {
				s.bodies = placed
				return top
			}
		}
	}
	return s.whole(data)
}

// content reads a regular file of bounded size. Anything else, such as a pipe,
// could block or never end.
func (l *loader) content(name string) ([]byte, error) {
	info, err := fs.Stat(l.root, name)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return nil, errors.New("it is a folder")
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("it is not a regular file")
	}
	f, err := l.root.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // it was only read
	if info.Size() > maxFileSize {
		return nil, errTooBig
	}
	data := make([]byte, 0, info.Size()+1)
	for len(data) <= maxFileSize {
		if len(data) == cap(data) {
			data = append(data, 0)[:len(data)]
		}
		n, err := f.Read(data[len(data):cap(data)])
		data = data[:len(data)+n]
		if errors.Is(err, io.EOF) {
			return data, nil
		}
		if err != nil {
			return nil, err
		}
	}
	return nil, errTooBig
}

var errTooBig = fmt.Errorf("it has more than %d MiB", maxFileSize>>20)

// readReason says in plain words why a file can't be read. The error of an
// os.Root for a way out of its folder has no sentinel.
func readReason(err error) string {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "there is no such file"
	case errors.Is(err, fs.ErrPermission):
		return "permission denied"
	case escapes(err):
		return "it leads out of the configuration's folder"
	}
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		return path.Err.Error()
	}
	return err.Error()
}

func escapes(err error) bool {
	return errors.Is(err, fs.ErrInvalid) || strings.Contains(err.Error(), "escapes")
}

func readHint(err error) string {
	switch {
	case errors.Is(err, errTooBig):
		return "split it into several files"
	case escapes(err):
		return "every file must lie in the root file's folder or below it, links followed"
	}
	return ""
}

// parse returns the top node of data, which must be one YAML document, or nil
// after a fault.
func (s *source) parse(data []byte, depth int) *yaml.Node {
	if tooMuch(data, maxPiece, maxNodes) {
		s.l.fault(pack(s.index, 1, 1), "give each record lines of its own, or split the file into several",
			"this is too much to read in one piece")
		return nil
	}
	top, ok := s.document(data)
	switch {
	case !ok:
	case top == nil:
		s.l.fault(pack(s.index, 1, 1), "", "the file is empty")
	case s.bounded(top, depth):
		return top
	}
	return nil
}

// document returns the top node of data, nil for one without any, or false after a
// fault.
func (s *source) document(data []byte) (*yaml.Node, bool) {
	top, err := parseOne(data)
	switch {
	case errors.Is(err, errSeveral):
		s.l.fault(pack(s.index, top.Line, 1), "put each into a file of its own", "the file holds several YAML documents")
	case err != nil:
		_ = s.syntax(data, err) // it is noted
	default:
		return top, true
	}
	return nil, false
}

// errSeveral says that a text holds more than one document.
var errSeveral = errors.New("several documents")

// parseOne returns the top node of a text that holds one document, or nil for
// one that holds nothing; with errSeveral, the second document.
func parseOne(data []byte) (*yaml.Node, error) {
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var doc, more yaml.Node
	if err := dec.Decode(&doc); errors.Is(err, io.EOF) || err == nil && isEmpty(&doc) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	if err := dec.Decode(&more); err == nil {
		return &more, errSeveral
	} else if !errors.Is(err, io.EOF) {
		return nil, err
	}
	return doc.Content[0], nil
}

// tooMuch reports whether data is more than the parser may be given.
func tooMuch(data []byte, size, nodes int) bool {
	return len(data) > size || nodesIn(data) > nodes
}

// nodesIn returns a number that no YAML in data has more nodes than, the first
// one aside: each needs one of these characters before it.
func nodesIn(data []byte) int {
	count := 0
	for _, c := range []byte("\n,:[{-?&*!") {
		count += bytes.Count(data, []byte{c})
	}
	return count
}

func isEmpty(doc *yaml.Node) bool {
	return len(doc.Content) == 0 || isNull(doc.Content[0])
}

// badByte finds the first character that no YAML text may hold, which the
// parser would report without a line.
func badByte(data []byte) (line, column int, what string) {
	line, start := 1, 0
	for i := 0; i < len(data); {
		c := data[i]
		if c >= ' ' && c < 0x7f {
			i++
			continue
		}
		r, size := utf8.DecodeRune(data[i:])
		switch {
		case c == '\n':
			line, start = line+1, i+1
		case c == '\t' || c == '\r' || r == 0x85 || r > 0x9f && r != utf8.RuneError:
			// Text.
		case r == utf8.RuneError && size == 1:
			return line, utf8.RuneCount(data[start:i]) + 1, "the text is not valid UTF-8"
		case r < 0xa0:
			return line, utf8.RuneCount(data[start:i]) + 1, fmt.Sprintf("the text holds the control character U+%04X", r)
		}
		i += size
	}
	return 0, 0, ""
}

// bounded notes the first node that is too deep or too long.
func (s *source) bounded(n *yaml.Node, depth int) bool {
	if depth >= maxDepth {
		s.errorf(n, "", "this is nested over %d levels deep", maxDepth)
		return false
	}
	if len(n.Value) > maxScalar {
		s.errorf(n, "", "this text has %d bytes; at most %d KiB are allowed", len(n.Value), maxScalar>>10)
		return false
	}
	for _, c := range n.Content {
		if !s.bounded(c, depth+1) {
			return false
		}
	}
	return true
}
