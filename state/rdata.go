package state

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
)

// ParseData parses text, the RDATA of one record of type t in presentation form
// (RFC 1035 section 5.1, or RFC 3597's generic form), and returns it in
// canonical form: two texts denote the same RDATA if and only if their
// canonical forms are equal. Names within are read by name, so that a caller
// decides what a name without a final dot means; nil takes them as absolute.
//
// Canonical are: names as Name has them; addresses as RFC 5952 writes them; hex
// in lower case and base64, both without blanks; numbers instead of mnemonics,
// without leading zeros; character strings quoted, with only ", \ and octets
// outside printable ASCII escaped (the latter as \DDD); CAA tags in lower case;
// SVCB parameters by key number, their values quoted; bitmaps in order of type
// codes; LOC with all its fields. A text for TXT is one or more strings; one
// string may have any length here, as providers cut it.
//
// An unquoted semicolon or parenthesis, or a line break anywhere, is an error:
// text is exactly one RDATA.
func ParseData(t Type, text string, name func(string) (Name, error)) (string, error) {
	if name == nil {
		name = absolute
		if isSingleName(t) && isCanonical(text) {
			return text, nil
		}
	}
	switch t {
	case A, AAAA:
		if a, err := netip.ParseAddr(text); err == nil && a.Is4() == (t == A) && a.Zone() == "" {
			var buf [46]byte
			return own(a.AppendTo(buf[:0]), text), nil
		}
	case TXT, SPF:
		if isCanonicalText(text) {
			return text, nil
		}
	}
	if len(text) > maxPresentation {
		return "", fmt.Errorf("%s is too long for one value of %s", short(text), t)
	}
	var few [8]token
	tokens, err := scan(text, few[:0])
	if err != nil {
		return "", fmt.Errorf("%s is not one value: %w", short(text), err)
	}
	if len(tokens) > 0 && tokens[0].text == `\#` && !tokens[0].quoted {
		return parseGeneric(t, tokens[1:])
	}
	if t.IsText() {
		return parseText(t, tokens)
	}
	l, ok := layouts[t]
	if !ok {
		return "", fmt.Errorf(`%s is known by its octets only: write \# , their number, and the octets in hex, such as "\# 2 0aff"`, t)
	}
	var buf [192]byte
	r := reader{t: t, name: name, out: buf[:0]}
	if err := r.read(l, tokens); err != nil {
		return "", err
	}
	data := own(r.out, text)
	if !isHot(t) {
		return data, checkData(t, data)
	}
	return data, nil
}

// maxPresentation bounds the characters that 65,535 octets can take.
const maxPresentation = 8 * 65535

// own returns b as a string: text itself where it is the same.
func own(b []byte, text string) string {
	if string(b) == text {
		return text
	}
	return string(b)
}

// absolute reads a name that needs no origin: the final dot may be missing.
func absolute(s string) (Name, error) {
	if s == "@" {
		return "", errors.New("@ stands for a zone's apex, and there is none here: write the name out")
	}
	return ParseName(s, ".")
}

// isSingleName reports whether RDATA of t is one name.
func isSingleName(t Type) bool {
	return t == CNAME || t == NS || t == "PTR" || t == DNAME || t == ALIAS
}

// isHot reports whether zones hold RDATA of t in such numbers, and it is so
// plain, that it isn't packed for a check. A library can't pack ALIAS and LUA,
// and miekg's parser refuses the long values that URI may have.
func isHot(t Type) bool {
	switch t {
	case A, AAAA, MX, SRV, CAA, LUA, "URI":
		return true
	}
	return isSingleName(t)
}

// reader writes canonical RDATA token by token.
type reader struct {
	t       Type
	name    func(string) (Name, error)
	out     []byte
	gateway uint64 // what gatewayType said
}

// read reads all tokens as l says.
func (r *reader) read(l layout, tokens []token) error {
	if l.columns[0].kind == location {
		return r.location(tokens)
	}
	needed := len(l.columns)
	if l.columns[needed-1].kind >= hexRest {
		needed-- // it may have any number of tokens
	}
	if len(tokens) < needed {
		return r.needs()
	}
	for i, c := range l.columns {
		if i > 0 {
			r.out = append(r.out, ' ')
		}
		if c.kind >= hexRest {
			start := len(r.out)
			if err := r.rest(c, tokens[i:]); err != nil {
				return err
			}
			if len(r.out) == start && i > 0 { // nothing follows the blank
				r.out = r.out[:start-1]
			}
			return nil
		}
		if err := r.cell(c, tokens[i]); err != nil {
			return err
		}
	}
	if n := len(l.columns); len(tokens) > n {
		return fmt.Errorf("%w: %s is left over", r.needs(), short(tokens[n].text))
	}
	return nil
}

// needs says what RDATA of the type is made of.
func (r *reader) needs() error {
	const few = 4 // of more, articles make no sentence
	l := layouts[r.t]
	var b strings.Builder
	for i, c := range l.columns {
		what := c.words()
		if len(l.columns) <= few {
			what = c.described()
		}
		switch {
		case i > 0 && i == len(l.columns)-1:
			b.WriteString(" and ")
		case i > 0:
			b.WriteString(", ")
		}
		b.WriteString(what)
	}
	return fmt.Errorf("%s needs %s, such as %s", r.t, b.String(), inQuotes(l.example))
}

// words returns the name of the column for a sentence.
func (c column) words() string {
	if c.kind == params {
		return "parameters if any"
	}
	return strings.ReplaceAll(c.name, "_", " ")
}

// described returns the name of the column with its article, if it has one.
func (c column) described() string {
	word := c.words()
	switch {
	case c.kind == params, c.kind == hostRest, c.kind == typeRest, c.kind == aplRest, word == "flags":
		return word
	case strings.IndexByte("aeio", word[0]) >= 0:
		return "an " + word
	}
	return "a " + word
}

// inQuotes puts an example in quotes of a kind that it doesn't hold itself.
func inQuotes(s string) string {
	if strings.Contains(s, `"`) {
		return "`" + s + "`"
	}
	return `"` + s + `"`
}

// short quotes s for a message, cut where it is long.
func short(s string) string {
	const limit = 80
	if len(s) > limit {
		return fmt.Sprintf("%q...", s[:limit])
	}
	return fmt.Sprintf("%q", s)
}
