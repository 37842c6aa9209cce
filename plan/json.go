package plan

import (
	"strconv"

	"github.com/gowebpki/jcs"
	"github.com/zoneloom/zoneloom/state"
)

// FormatVersion is the version of the JSON that Encode writes.
const FormatVersion = "1"

// form is how a set is written: canonical leaves kept records out, and sorts
// keys.
type form bool

const (
	full      form = false
	canonical form = true
)

func appendBeside(b []byte, sets []*state.RRset, f form) []byte {
	sep := `"beside":[`
	for _, s := range sets {
		if f == canonical && len(s.Ours()) == 0 {
			continue
		}
		b = append(b, sep...)
		b = appendBesideSet(b, s, f)
		sep = ","
	}
	if sep == "," {
		b = append(b, "],"...)
	}
	return b
}

func appendBesideSet(b []byte, s *state.RRset, f form) []byte {
	if f == full {
		b = append(b, `{"type":`...)
		b = appendString(b, string(s.Type))
		b = append(b, ',')
		return append(b, appendSet(nil, s, f)[1:]...)
	}
	b = appendSet(b, s, f)
	b = append(b[:len(b)-1], `,"type":`...)
	b = appendString(b, string(s.Type))
	return append(b, '}')
}

func appendSet(b []byte, s *state.RRset, f form) []byte {
	b = append(b, '{')
	if s.Attrs != (state.Attrs{}) {
		b = append(b, `"attrs":`...)
		b = append(appendAttrs(b, s.Attrs), ',')
	}
	b = append(b, `"records":[`...)
	records := s.Records
	if f == canonical {
		records = s.Ours()
	}
	for i := range records {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendRecord(b, &records[i], f)
	}
	return append(b, "]}"...)
}

func appendRecord(b []byte, r *state.Record, f form) []byte {
	b = append(b, '{')
	if f == canonical && r.Attrs != (state.Attrs{}) {
		b = append(b, `"attrs":`...)
		b = append(appendAttrs(b, r.Attrs), ',')
	}
	b = append(b, `"data":`...)
	b = appendString(b, r.Data)
	b = append(b, `,"ttl":`...)
	if r.TTL == state.TTLAuto {
		b = append(b, `"auto"`...)
	} else {
		b = strconv.AppendUint(b, uint64(r.TTL), 10)
	}
	if f == full && r.Attrs != (state.Attrs{}) {
		b = append(b, `,"attrs":`...)
		b = appendAttrs(b, r.Attrs)
	}
	if f == full && r.Kept != state.Ours {
		b = append(b, `,"kept":`...)
		b = appendString(b, r.Kept.String())
	}
	return append(b, '}')
}

// appendAttrs appends an object with its keys sorted.
func appendAttrs(b []byte, a state.Attrs) []byte {
	b = append(b, '{')
	first := true
	for key, v := range a.All() {
		if !first {
			b = append(b, ',')
		}
		first = false
		b = append(appendString(b, key), ':')
		switch v := v.(type) {
		case bool:
			b = strconv.AppendBool(b, v)
		case string:
			b = appendString(b, v)
		case float64:
			text, err := jcs.NumberToJSON(v)
			if err != nil {
				text = "null" // no JSON number, and so none that a service sent
			}
			b = append(b, text...)
		case []string:
			b = appendStrings(b, v)
		}
	}
	return append(b, '}')
}

func appendStrings(b []byte, list []string) []byte {
	b = append(b, '[')
	for i, s := range list {
		if i > 0 {
			b = append(b, ',')
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
