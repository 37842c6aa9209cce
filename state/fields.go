package state

import "strings"

// FieldKind says how a field of RDATA is written.
type FieldKind uint8

// The kinds of fields.
const (
	FieldToken  FieldKind = iota // one word: a number, a mnemonic, an address
	FieldName                    // a domain name
	FieldString                  // a character string, quoted in presentation form
	FieldRest                    // everything up to the end: hex or base64, SVCB parameters, a list
)

// Field is one field of a type's RDATA.
type Field struct {
	Name string // as in the configuration: preference, exchange, key_tag, ...
	Kind FieldKind
}

// Fields returns the fields of t's RDATA in presentation order, or nil for a
// type that Zoneloom knows no fields of, and for text. The names are those of
// Cloudflare's API where it has the type, else of the RFC that defines it.
// Callers must not change the slice.
func Fields(t Type) []Field { return fields[t] }

var fields = makeFields()

func makeFields() map[Type][]Field {
	all := make(map[Type][]Field, len(layouts))
	for t, l := range layouts {
		list := make([]Field, len(l.columns))
		for i, c := range l.columns {
			list[i] = Field{c.name, c.kind.field()}
		}
		all[t] = list
	}
	return all
}

// field returns the kind of field that a column of kind k is.
func (k kind) field() FieldKind {
	switch {
	case k == host:
		return FieldName
	case k == str, k == longStr, k == joined:
		return FieldString
	case k == location:
		return FieldToken
	case k >= hexRest:
		return FieldRest
	}
	return FieldToken
}

// SplitData returns the values of the fields of t in canonical data, strings
// without quotes and unescaped, lengths of a LOC without their unit. It returns
// nil for a type without Fields, and for data in generic form.
func SplitData(t Type, data string) []string {
	columns := layouts[t].columns
	if columns == nil {
		return nil
	}
	values := make([]string, len(columns))
	rest := data
	for i, c := range columns {
		switch c.kind.field() {
		case FieldRest:
			values[i], rest = rest, ""
		case FieldString:
			values[i], rest = cutField(rest)
			values[i] = splitQuoted(values[i])
		default:
			values[i], rest = cutField(rest)
		}
		if c.kind == location {
			values[i] = strings.TrimSuffix(values[i], "m")
		}
	}
	return values
}

// cutField cuts canonical data after its first word or quoted string.
func cutField(s string) (field, rest string) {
	end := strings.IndexByte(s, ' ')
	if strings.HasPrefix(s, `"`) {
		for end = 1; end < len(s) && s[end] != '"'; end++ {
			if s[end] == '\\' {
				end++
			}
		}
		end++
	}
	if end < 0 || end >= len(s) {
		return s, ""
	}
	return s[:end], s[end+1:]
}

// JoinData returns presentation text for ParseData from the values of the
// fields of t: the inverse of SplitData. Values may come from a person: one
// that can't stand in its field, such as a word that is empty or has a blank,
// is put in quotes, so that ParseData refuses it rather than reads it as two.
// Hex and base64 may be in several lines.
func JoinData(t Type, values []string) string {
	columns := layouts[t].columns
	var b []byte
	for i, v := range values {
		f := FieldRest
		if i < len(columns) {
			f = columns[i].kind.field()
		}
		if f == FieldRest && v == "" {
			continue
		}
		if i > 0 {
			b = append(b, ' ')
		}
		switch {
		case f == FieldString, f != FieldRest && !isWord(v):
			b = appendQuoted(b, v)
		case i < len(columns) && columns[i].kind <= b64Maybe: // in lines, maybe
			b = append(b, lineBreaks.Replace(v)...)
		default:
			b = append(b, v...)
		}
		if t == "LOC" && i >= 8 && !strings.HasSuffix(v, "m") {
			b = append(b, 'm')
		}
	}
	return string(b)
}

// lineBreaks are blanks in hex and base64, which people copy from files.
var lineBreaks = strings.NewReplacer("\r", " ", "\n", " ")

// isWord reports whether v stands in presentation form as the one word it is.
func isWord(v string) bool {
	tokens, err := scan(v, nil)
	return err == nil && len(tokens) == 1 && tokens[0] == token{text: v}
}

// DataNames returns the domain names in canonical data of type t, such as an
// MX's exchange.
func DataNames(t Type, data string) []Name {
	if isSingleName(t) {
		return []Name{Name(data)}
	}
	columns := layouts[t].columns
	var names []Name
	gatewayIs := ""
	for rest, i := data, 0; i < len(columns); i++ {
		var value string
		c := columns[i]
		if c.kind == hostRest {
			for s := range strings.FieldsSeq(rest) {
				names = append(names, Name(s))
			}
			break
		}
		value, rest = cutField(rest)
		if c.kind == gatewayType {
			gatewayIs = value
		}
		if c.kind == host || c.kind == gateway && gatewayIs == "3" {
			names = append(names, Name(value))
		}
	}
	return names
}
