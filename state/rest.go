package state

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// rest appends all the tokens that are left, read as c says.
func (r *reader) rest(c column, tokens []token) error {
	if len(tokens) == 0 {
		switch c.kind {
		case hexRest, b64Rest, strRest, aplRest, joined:
			return r.needs()
		}
	}
	switch c.kind {
	case strRest:
		return r.each(tokens, func(t token) error { return r.str(c, t) })
	case joined:
		return r.joined(c, tokens)
	case params:
		return r.params(tokens)
	}
	for _, t := range tokens {
		if t.quoted || t.inner {
			return fmt.Errorf("%s %s must stand without quotes", c.name, short(t.text))
		}
	}
	switch c.kind {
	case hostRest:
		return r.each(tokens, func(t token) error { return r.host(c, t.text) })
	case aplRest:
		return r.each(tokens, func(t token) error { return r.prefix(t.text) })
	case typeRest:
		return r.bitmap(tokens)
	case hexRest:
		return r.hex(c, concat(tokens), 65535)
	}
	return r.base64(c, concat(tokens))
}

// each appends every token with a blank between them.
func (r *reader) each(tokens []token, one func(token) error) error {
	for i, t := range tokens {
		if i > 0 {
			r.out = append(r.out, ' ')
		}
		if err := one(t); err != nil {
			return err
		}
	}
	return nil
}

// concat returns the texts of tokens without the blanks between them.
func concat(tokens []token) string {
	if len(tokens) == 1 {
		return tokens[0].text
	}
	var b strings.Builder
	for _, t := range tokens {
		b.WriteString(t.text)
	}
	return b.String()
}

// joined appends one quoted string that joins all tokens.
func (r *reader) joined(c column, tokens []token) error {
	var b strings.Builder
	for _, t := range tokens {
		octets, err := decode(t.text)
		if err != nil || t.inner {
			return fmt.Errorf("%s %s is not a quoted string", c.name, short(t.text))
		}
		b.WriteString(octets)
	}
	if b.Len() > maxText {
		return fmt.Errorf("%s has %d octets, at most %d are allowed", c.name, b.Len(), maxText)
	}
	r.out = appendQuoted(r.out, b.String())
	return nil
}

// bitmap appends types in order of their codes, each once.
func (r *reader) bitmap(tokens []token) error {
	codes := make([]uint16, 0, len(tokens))
	for _, t := range tokens {
		typ, err := ParseType(t.text)
		code, ok := codeOf(typ)
		if err != nil {
			return err
		}
		if !ok {
			return fmt.Errorf("%s is a type of some services, without a number in DNS", typ)
		}
		codes = append(codes, code)
	}
	slices.Sort(codes)
	for i, code := range slices.Compact(codes) {
		if i > 0 {
			r.out = append(r.out, ' ')
		}
		r.out = append(r.out, typeOf(code)...)
	}
	return nil
}

// prefix appends one item of an APL (RFC 3123 section 5).
func (r *reader) prefix(s string) error {
	item, negated := strings.CutPrefix(s, "!")
	family, rest, _ := strings.Cut(item, ":")
	p, err := netip.ParsePrefix(rest)
	switch {
	case err != nil || p.Addr().Is4() != (family == "1") || p.Addr().Is6() != (family == "2"):
		return fmt.Errorf(`%s is not an address prefix, such as "1:192.0.2.0/24" or "!2:2001:db8::/32"`, short(s))
	case p != p.Masked():
		return fmt.Errorf("%s has bits set beyond its length: %s was probably meant", short(s), family+":"+p.Masked().String())
	}
	if negated {
		r.out = append(r.out, '!')
	}
	r.out = append(append(r.out, family...), ':')
	r.out = p.AppendTo(r.out)
	return nil
}
