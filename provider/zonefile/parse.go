package zonefile

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io/fs"
	"slices"
	"strings"

	"github.com/zoneloom/zoneloom/state"
)

// Source is what a master file is read for.
type Source struct {
	File    string     // its name, for messages
	Zone    state.Name // the first origin
	FS      fs.FS      // where $INCLUDE finds files; nil: it is an error
	Folder  string     // where FS is, for absolute paths; "" has none
	Partial bool       // without an SOA it is a list of records, not a fault
}

// Parse reads a whole zone. All faults that it finds are in the ErrorList.
// Records that an edit of the file can't change, since they come from $INCLUDE
// or $GENERATE or were made by signing, are marked read-only.
func (s Source) Parse(text string) (*state.Zone, error) {
	m, err := s.master(text)
	if err != nil {
		return nil, err
	}
	return m.content(), nil
}

// master is a master file with what was understood of it.
type master struct {
	zone    state.Name
	text    string
	lines   []line   // those with words
	records []record // also from other files
	soa     int      // index of the SOA's record, or -1
	signed  bool
	digest  [sha256.Size]byte // of the file and all that it includes
}

// line is one entry of the main file.
type line struct {
	entry
	header
	record int        // index of its record, or -1 for a directive
	origin state.Name // behind it
	before ttls       // what was in force there
	leak   *ttls      // what a directive leaves behind, where it changes that
}

// record is one record of the zone, wherever it comes from.
type record struct {
	state.Entry
	stated state.TTL // as its own line has it
	line   int       // index of its line in the main file, or -1
	first  int       // index of the first record with equal data: servers take them for one
}

// The bounds on what one zone's files may ask for.
const (
	maxDepth     = 10        // of files that include one another
	maxFiles     = 1000      // included
	maxBytes     = 512 << 20 // in all files
	maxGenerated = 1 << 20   // records from $GENERATE
)

// parser reads a zone's files.
type parser struct {
	Source
	m         *master
	errs      ErrorList
	sum       hash.Hash
	files     int
	bytes     int
	generated int
	index     map[rdata]int             // of the first record
	ttl       map[state.Key]setTTL      // of each set
	run       int                       // counts the runs of records with one owner
	runOwner  state.Name                // of the present one
	names     map[state.Name]occupation // which types stand at each name
	remarks   map[string]state.Attrs    // comments that were read
}

// rdata is what makes two records one.
type rdata struct {
	state.Key
	data string
}

func (s Source) master(text string) (*master, error) {
	p := &parser{
		Source: s, m: &master{zone: s.Zone, text: text, soa: -1}, sum: sha256.New(),
		index: map[rdata]int{}, ttl: map[state.Key]setTTL{}, names: map[state.Name]occupation{},
		remarks: map[string]state.Attrs{},
	}
	size := min(strings.Count(text, "\n"), len(text)/16) // about as many lines and records
	p.m.lines, p.m.records = make([]line, 0, size), make([]record, 0, size)
	f := &file{parser: p, name: s.File, text: text, main: true, origin: s.Zone}
	f.read()
	if p.m.soa < 0 && !s.Partial && len(p.errs) == 0 {
		p.errs = append(p.errs, &Error{File: s.File, Text: fmt.Sprintf(
			"it has no SOA record, so it is no zone: write one for %s, with its serial and timers", s.Zone)})
	}
	if err := p.errs.err(); err != nil {
		return nil, err
	}
	for i := range p.m.records {
		p.m.records[i].TTL = p.ttl[p.m.records[i].Key].ttl
	}
	p.sum.Sum(p.m.digest[:0])
	return p.m, nil
}

// content returns the zone, each record once.
func (m *master) content() *state.Zone {
	entries := make([]state.Entry, 0, len(m.records))
	for i := range m.records {
		if m.records[i].first == i {
			entries = append(entries, m.records[i].Entry)
		}
	}
	return state.NewZone(m.zone, entries)
}

// file is one of the files that make a zone.
type file struct {
	*parser
	name   string // as messages have it
	path   string // below FS, of an included file
	text   string
	main   bool
	above  []string // paths of the files that include it
	origin state.Name
	owner  state.Name // of the last record
	ttls   ttls
}

// faultf notes what is wrong at an offset of the text.
func (f *file) faultf(at int, format string, args ...any) {
	before := f.text[:at]
	f.errs = append(f.errs, &Error{
		File: f.name, Line: strings.Count(before, "\n") + 1, Column: at - strings.LastIndexByte(before, '\n'),
		Text: fmt.Sprintf(format, args...),
	})
}

// maxFaults ends the reading of what is no master file at all.
const maxFaults = 100

// read reads the file to its end.
func (f *file) read() {
	f.bytes += len(f.text)
	fmt.Fprintf(f.sum, "%s %d\n%s", f.path, len(f.text), f.text)
	if i := strings.IndexByte(f.text, 0); i >= 0 {
		f.faultf(i, "this is no text: write the zone in the text form of master files (masterfile-format text, in BIND)")
		return
	}
	if strings.HasPrefix(f.text, "\xef\xbb\xbf") {
		f.faultf(0, "the file begins with a byte order mark, which servers take for a part of a name: save it without one")
		return
	}
	if f.bytes > maxBytes {
		f.faultf(0, "the zone's files have more than %d MiB together", maxBytes>>20)
		return
	}
	s := scanner{text: f.text, line: 1, fault: f.faultf}
	for len(f.errs) < maxFaults {
		e, ok := s.next()
		if !ok {
			return
		}
		f.entry(e)
	}
}

// entry reads one directive or record.
func (f *file) entry(e entry) {
	l := line{entry: e, record: -1, before: f.ttls}
	if first := f.word(e.words[0]); !e.indent && first[0] == '$' {
		f.directive(e, strings.ToUpper(first))
		if f.ttls != l.before {
			after := f.ttls
			l.leak = &after
		}
	} else if h, ok := f.header(e); ok {
		f.owner = h.owner
		l.header = h
		l.record = f.record(l)
	}
	if f.main {
		l.origin = f.origin
		f.m.lines = append(f.m.lines, l)
	}
}

// word returns a word as it is written, with its quotes.
func (f *file) word(w word) string { return f.text[w.start:w.end] }

// record reads the RDATA of a record, and returns its index or -1.
func (f *file) record(l line) int {
	at := l.words[len(l.words)-1].end
	if l.rdata < len(l.words) {
		at = l.words[l.rdata].start
	}
	var few [8]string
	texts := few[:0]
	for _, w := range l.words[l.rdata:] {
		texts = append(texts, f.word(w))
	}
	data, err := f.data(l.typ, strings.Join(texts, " "), f.origin)
	if err != nil {
		f.faultf(at, "%s", err)
		return -1
	}
	ttl, stated := l.ttl, l.ttlWord >= 0
	if !stated {
		if ttl, stated = f.ttls.implied(l.typ, data); !stated {
			f.faultf(at, "the record has no TTL, and nothing before it says one: write $TTL and a number at the top of the file")
			return -1
		}
	}
	f.ttls = f.ttls.after(l.typ, data, ttl, l.ttlWord >= 0)
	r := record{stated: ttl, line: -1}
	r.Key = state.Key{Name: l.owner, Type: l.typ}
	r.Data, r.TTL, r.Attrs = data, ttl, f.comment(l)
	if f.main {
		r.line = len(f.m.lines)
	}
	return f.add(l.words[0].start, r)
}

// data returns canonical RDATA. Master files have no string of over 255 octets,
// and their names are octets, not Unicode.
func (f *file) data(t state.Type, text string, origin state.Name) (string, error) {
	data, err := state.ParseData(t, plainText(text), func(s string) (state.Name, error) {
		return state.ParseName(octets(s), origin)
	})
	if err != nil {
		return "", err
	}
	if !t.IsText() {
		return data, nil
	}
	for _, s := range state.TXTStrings(data) {
		if len(s) > maxString {
			return "", fmt.Errorf("the string has %d octets, at most %d are allowed: cut it into several, each in quotes of its own", len(s), maxString)
		}
	}
	return data, nil
}

// maxString is how many octets one string can have (RFC 1035 section 3.3).
const maxString = 255

// comment returns the attributes of a record: what its author wrote beside it.
// The remarks within an SOA name its fields.
func (f *file) comment(l line) state.Attrs {
	if len(l.comments) == 0 || l.typ == state.SOA {
		return state.Attrs{}
	}
	var texts []string
	for _, c := range l.comments {
		if text := strings.TrimSpace(f.word(c)[1:]); text != "" {
			texts = append(texts, text)
		}
	}
	text := strings.Join(texts, "; ")
	attrs, known := f.remarks[text]
	if !known {
		attrs = commentAttrs(text)
		f.remarks[text] = attrs
	}
	return attrs
}

func commentAttrs(text string) state.Attrs {
	if text == "" {
		return state.Attrs{}
	}
	return state.MakeAttrs(map[string]any{attrComment: text})
}

// attrComment is the one attribute of a record that a master file can hold.
const attrComment = "comment"

// add adds a record that is written at an offset of the file, and returns its
// index or -1.
func (f *file) add(at int, r record) int {
	if err := f.place(&r); err != nil {
		f.faultf(at, "%s", err)
		return -1
	}
	m, i := f.m, len(f.m.records)
	key := rdata{r.Key, r.Data}
	first, found := f.index[key]
	if !found {
		f.index[key], first = i, i
	}
	f.note(&r)
	r.first = first
	m.records = append(m.records, r)
	switch r.Type {
	case state.SOA:
		m.soa = i
	case "RRSIG":
		m.signed = true
	}
	if r.line < 0 || isSigning(r.Type) {
		m.records[first].Kept = state.ReadOnly
	}
	return i
}

// setTTL is the TTL of an RRset, and the run of records that gave it.
type setTTL struct {
	ttl state.TTL
	run int
}

// note keeps the TTL that r gives its RRset, which has only one (RFC 2181 section
// 5.2). As in BIND, the first of records that follow one another counts, and of
// several such runs the last.
func (p *parser) note(r *record) {
	if r.Name != p.runOwner {
		p.run, p.runOwner = p.run+1, r.Name
	}
	if was, found := p.ttl[r.Key]; !found || was.run != p.run {
		p.ttl[r.Key] = setTTL{r.TTL, p.run}
	}
}

// isSigning reports whether records of t are made by signing a zone.
func isSigning(t state.Type) bool { return slices.Contains([]state.Type{"RRSIG", "NSEC", "NSEC3"}, t) }

// place reports why r can't stand where it does.
func (f *file) place(r *record) error {
	z := f.m.zone
	if !r.Name.IsIn(z) {
		return fmt.Errorf("%s lies outside the zone %s, so servers leave it out: remove the record, or look at the $ORIGIN above", r.Name, z)
	}
	if r.Type == state.SOA {
		switch {
		case r.Name != z:
			return fmt.Errorf("an SOA stands at %s, but the zone is %s: each zone has a file of its own", r.Name, z)
		case f.m.soa >= 0:
			return errors.New("this is a second SOA: a zone has one, so remove one of them")
		}
	}
	o := f.names[r.Name]
	fault := o.add(r.Name, r.Type, r.Data)
	f.names[r.Name] = o
	return fault
}
