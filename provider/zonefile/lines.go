package zonefile

import (
	"slices"
	"strings"

	"github.com/zoneloom/zoneloom/state"
)

// writer writes an edited file. It follows what the lines leave to the ones
// before them, and states it where those are gone or have changed.
type writer struct {
	*edit
	out     strings.Builder
	newline string
	origin  state.Name
	owner   state.Name
	ttls    ttls
	fresh   bool // the output ends in a line break, or is empty
}

// patch puts text in the place of a part of the file.
type patch struct {
	start, end int
	text       string
}

func (w *writer) write() string {
	pos, text := 0, w.m.text
	w.out.Grow(len(text) + len(text)/8)
	w.fresh, w.origin = true, w.m.zone
	for i := range w.m.lines {
		l := &w.m.lines[i]
		w.copy(text[pos:l.start])
		pos, w.origin = l.end, l.origin
		r, isSet := w.set[i]
		switch {
		case l.record < 0:
			w.copy(text[l.start:l.end])
			if l.leak != nil {
				w.ttls = *l.leak
			}
		case isSet:
			w.rewrite(l, r)
		case !w.drop[i]:
			stays := w.m.records[l.record].Record
			stays.TTL = w.m.records[l.record].stated
			w.patched(l, stays, nil)
		}
		news := w.inserts[i]
		slices.SortStableFunc(news, func(a, b state.Entry) int { return a.Key.Compare(b.Key) })
		for _, e := range news {
			w.insert(l, e)
		}
	}
	w.copy(text[pos:])
	return w.out.String()
}

// copy writes text as it is.
func (w *writer) copy(text string) {
	if text == "" {
		return
	}
	w.out.WriteString(text)
	w.fresh = strings.HasSuffix(text, "\n")
}

// insert writes a record behind a line: like that line where it is of the same
// name and type, which keeps columns.
func (w *writer) insert(l *line, e state.Entry) {
	if !w.fresh {
		w.copy(w.newline)
	}
	if l.record >= 0 && w.m.records[l.record].Key == e.Key {
		w.rewrite(l, e.Record)
		return
	}
	w.line(e, l.record < 0 || l.classWord >= 0)
}

// rewrite writes a line with another record, changing no more of it than it must.
func (w *writer) rewrite(l *line, r state.Record) {
	was := w.m.records[l.record]
	if l.typ == state.SOA && len(l.words)-l.rdata == soaFields {
		w.patched(l, r, w.soaFields(l, was.Data, r.Data))
		return
	}
	var patches []patch
	text := oneLine(r.Attrs.String(attrComment))
	sameComment := text == was.Attrs.String(attrComment) || l.typ == state.SOA
	if was.Data != r.Data || !sameComment {
		if l.parens || l.rdata >= len(l.words) {
			w.line(state.Entry{Key: was.Key, Record: r}, l.classWord >= 0)
			return
		}
	}
	last := l.words[len(l.words)-1]
	if was.Data != r.Data {
		patches = append(patches, patch{l.words[l.rdata].start, last.end, written(l.typ, r.Data)})
	}
	if !sameComment {
		end := l.start + len(strings.TrimRight(w.m.text[l.start:l.end], "\r\n"))
		patches = append(patches, patch{last.end, end, remark(r.Attrs)})
	}
	w.patched(l, r, patches)
}

// soaFields returns the patches that make an SOA's data the wanted one.
func (w *writer) soaFields(l *line, was, wanted string) []patch {
	var patches []patch
	before, after := state.SplitData(state.SOA, was), state.SplitData(state.SOA, wanted)
	for i := range after {
		if before[i] != after[i] {
			field := l.words[l.rdata+i]
			patches = append(patches, patch{field.start, field.end, after[i]})
		}
	}
	return patches
}

// patched writes a line that holds r once the patches of its RDATA are made. It
// states owner and TTL where the lines before don't say them any more.
func (w *writer) patched(l *line, r state.Record, patches []patch) {
	var before []patch
	if l.indent && w.owner != l.owner {
		before = append(before, w.ownerPatch(l))
	}
	stated := l.ttlWord >= 0
	switch implied, known := w.ttls.implied(l.typ, r.Data); {
	case stated && l.ttl != r.TTL:
		at := l.words[l.ttlWord]
		before = append(before, patch{at.start, at.end, r.TTL.String()})
	case !stated && (!known || implied != r.TTL || w.ttls.elsewhere() != l.before.elsewhere()):
		at := l.words[l.rest].start
		before = append(before, patch{at, at, r.TTL.String() + " "})
		stated = true
	}
	pos := l.start
	for _, p := range append(before, patches...) {
		w.copy(w.m.text[pos:p.start])
		w.copy(p.text)
		pos = p.end
	}
	w.copy(w.m.text[pos:l.end])
	w.owner, w.ttls = l.owner, w.ttls.after(l.typ, r.Data, r.TTL, stated)
}

// ownerPatch states the owner of a line that begins with blanks, in their place
// where there are enough.
func (w *writer) ownerPatch(l *line) patch {
	owner := l.owner.Relative(w.origin)
	blanks := l.words[0].start - l.start
	if blanks > len(owner) && strings.Trim(w.m.text[l.start:l.start+blanks], " ") == "" {
		return patch{l.start, l.start + len(owner), owner}
	}
	return patch{l.start, l.start, owner}
}

// line writes a line of its own for a record.
func (w *writer) line(e state.Entry, class bool) {
	fields := []string{e.Name.Relative(w.origin)}
	implied, known := w.ttls.implied(e.Type, e.Data)
	stated := !known || implied != e.TTL || !w.ttls.hasStandard || w.ttls.byMinimum
	if stated {
		fields = append(fields, e.TTL.String())
	}
	if class {
		fields = append(fields, "IN")
	}
	fields = append(fields, string(e.Type), written(e.Type, e.Data))
	text := strings.Join(fields, "\t")
	if e.Type != state.SOA {
		text += remark(e.Attrs)
	}
	w.copy(text + w.newline)
	w.owner, w.ttls = e.Name, w.ttls.after(e.Type, e.Data, e.TTL, stated)
}
