package plan

import (
	"encoding/json"
	"strconv"

	"github.com/gowebpki/jcs"

	"github.com/zoneloom/zoneloom/state"
)

// FormatVersion is the version of the JSON that Encode writes.
const FormatVersion = "1"

// form is how JSON is written: canonical has the keys of each object sorted, no
// blanks, and no kept records.
type form bool

const (
	full      form = false
	canonical form = true
)

func (f form) key(b []byte, name string) []byte {
	b = append(b, '"')
	b = append(b, name...)
	if f == canonical {
		return append(b, `":`...)
	}
	return append(b, `": `...)
}

func (f form) comma(b []byte) []byte {
	if f == canonical {
		return append(b, ',')
	}
	return append(b, ", "...)
}

// beside appends a member with the sets that stand beside a change, and a comma,
// where there are any.
func (f form) beside(b []byte, sets []*state.RRset) []byte {
	first := true
	for _, s := range sets {
		if f == canonical && len(s.Ours()) == 0 {
			continue
		}
		if first {
			b = append(f.key(b, "beside"), '[')
		} else {
			b = f.comma(b)
		}
		first = false
		b = append(b, '{')
		if f == full {
			b = f.comma(appendString(f.key(b, "type"), string(s.Type)))
		}
		b = f.members(b, s)
		if f == canonical { // where keys are sorted
			b = appendString(f.key(f.comma(b), "type"), string(s.Type))
		}
		b = append(b, '}')
	}
	if first {
		return b
	}
	return f.comma(append(b, ']'))
}

// SetJSON returns the records of ours in s as the JSON of a plan has them, null
// where there are none.
func SetJSON(s *state.RRset) json.RawMessage {
	ours := s.Ours()
	if len(ours) == 0 {
		return json.RawMessage("null")
	}
	return full.set(nil, &state.RRset{Key: s.Key, Records: ours, Attrs: s.Attrs})
}

func (f form) set(b []byte, s *state.RRset) []byte {
	return append(f.members(append(b, '{'), s), '}')
}

// members appends what a set's object holds.
func (f form) members(b []byte, s *state.RRset) []byte {
	if s.Attrs != (state.Attrs{}) {
		b = f.comma(f.attrs(f.key(b, "attrs"), s.Attrs))
	}
	b = append(f.key(b, "records"), '[')
	records := s.Records
	if f == canonical {
		records = s.Ours()
	}
	for i := range records {
		if i > 0 {
			b = f.comma(b)
		}
		b = f.record(b, &records[i])
	}
	return append(b, ']')
}

func (f form) record(b []byte, r *state.Record) []byte {
	b = append(b, '{')
	if f == canonical && r.Attrs != (state.Attrs{}) {
		b = f.comma(f.attrs(f.key(b, "attrs"), r.Attrs))
	}
	b = appendString(f.key(b, "data"), r.Data)
	b = f.key(f.comma(b), "ttl")
	if r.TTL == state.TTLAuto {
		b = append(b, `"auto"`...)
	} else {
		b = strconv.AppendUint(b, uint64(r.TTL), 10)
	}
	if f == full && r.Attrs != (state.Attrs{}) {
		b = f.attrs(f.key(f.comma(b), "attrs"), r.Attrs)
	}
	if f == full && r.Kept != state.Ours {
		b = appendString(f.key(f.comma(b), "kept"), r.Kept.String())
	}
	return append(b, '}')
}

// attrs appends an object with its keys sorted.
func (f form) attrs(b []byte, a state.Attrs) []byte {
	b = append(b, '{')
	first := true
	for key, v := range a.All() {
		if !first {
			b = f.comma(b)
		}
		first = false
		b = appendString(b, key)
		b = append(b, ':')
		if f == full {
			b = append(b, ' ')
		}
		switch v := v.(type) {
		case bool:
			b = strconv.AppendBool(b, v)
		case string:
			b = appendString(b, v)
		case float64:
			text, err := jcs.NumberToJSON(v)
			if err != nil {
				text = "null" // JSON has no such number, so no service sent it
			}
			b = append(b, text...)
		case []string:
			b = f.strings(b, v)
		}
	}
	return append(b, '}')
}

func (f form) strings(b []byte, list []string) []byte {
	b = append(b, '[')
	for i, s := range list {
		if i > 0 {
			b = f.comma(b)
		}
		b = appendString(b, s)
	}
	return append(b, ']')
}

// appendString appends s as RFC 8785 section 3.2.2.2 writes strings.
func appendString(b []byte, s string) []byte {
	const hexDigits = "0123456789abcdef"
	b = append(b, '"')
	for i := range len(s) {
		switch c := s[i]; c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\b':
			b = append(b, `\b`...)
		case '\f':
			b = append(b, `\f`...)
		case '\n':
			b = append(b, `\n`...)
		case '\r':
			b = append(b, `\r`...)
		case '\t':
			b = append(b, `\t`...)
		default:
			if c < ' ' {
				b = append(b, `\u00`...)
				b = append(b, hexDigits[c>>4], hexDigits[c&15])
				continue
			}
			b = append(b, c)
		}
	}
	return append(b, '"')
}
