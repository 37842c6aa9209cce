package state

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/miekg/dns"
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

// params appends SVCB parameters in order of their keys (RFC 9460 section 2.1).
func (r *reader) params(tokens []token) error {
	if len(tokens) == 0 {
		return nil
	}
	b := []byte(". 0 IN SVCB 1 .")
	for _, t := range tokens {
		key, value, _ := strings.Cut(t.text, "=")
		if t.quoted || t.inner != strings.HasPrefix(value, `"`) {
			return fmt.Errorf(`%s: write parameters as key="value"`, short(t.text))
		}
		if t.inner {
			value = value[1 : len(value)-1]
		}
		octets, err := decode(value)
		key = lowerASCII(key)
		switch {
		case !isParam(key):
			return fmt.Errorf("%s is not a parameter of %s: they are %s, or key and a number", short(key), r.t, strings.Join(paramNames, ", "))
		case err != nil:
			return fmt.Errorf("parameter %s: %w", key, err)
		}
		b = append(append(append(b, ' '), key...), '=')
		b = appendQuoted(b, octets)
	}
	rr, err := dns.NewRR(string(b))
	if err != nil {
		return fmt.Errorf("parameters %s of %s: %w", short(string(b[len(". 0 IN SVCB 1 ."):])), r.t, plainError(err))
	}
	return r.pairs(rr.(*dns.SVCB).Value)
}

// paramNames are the keys of parameters in order of their numbers.
var paramNames = []string{"mandatory", "alpn", "no-default-alpn", "port", "ipv4hint", "ech", "ipv6hint", "dohpath", "ohttp"}

// isParam reports whether key names a parameter, known or by number.
func isParam(key string) bool {
	digits, found := strings.CutPrefix(key, "key")
	if n, ok := number(digits, 16); found && ok {
		return n >= uint64(len(paramNames)) && n < 65535 && digits[0] != '0'
	}
	return slices.Contains(paramNames, key)
}

// pairs appends parsed parameters, each once, and holds the mandatory ones to
// be there (RFC 9460 section 8).
func (r *reader) pairs(values []dns.SVCBKeyValue) error {
	slices.SortStableFunc(values, func(a, b dns.SVCBKeyValue) int { return int(a.Key()) - int(b.Key()) })
	for i, v := range values {
		if i > 0 {
			r.out = append(r.out, ' ')
			if values[i-1].Key() == v.Key() {
				return fmt.Errorf("parameter %s stands twice", v.Key())
			}
		}
		switch v := v.(type) {
		case *dns.SVCBMandatory:
			if err := checkMandatory(v, values); err != nil {
				return err
			}
		case *dns.SVCBAlpn:
			if len(v.Alpn) == 0 {
				return errors.New(`parameter alpn is empty: leave it out, or name protocols such as alpn="h3,h2"`)
			}
		}
		octets, err := decode(v.String())
		if err != nil {
			return fmt.Errorf("parameter %s: %w", v.Key(), err)
		}
		r.out = append(r.out, v.Key().String()...)
		if octets != "" {
			r.out = appendQuoted(append(r.out, '='), octets)
		}
	}
	return nil
}

// checkMandatory sorts the keys of m and holds each to be among values once.
func checkMandatory(m *dns.SVCBMandatory, values []dns.SVCBKeyValue) error {
	slices.Sort(m.Code)
	if len(m.Code) == 0 {
		return errors.New(`parameter mandatory is empty: leave it out, or name parameters such as mandatory="alpn"`)
	}
	for i, key := range m.Code {
		switch {
		case i > 0 && m.Code[i-1] == key:
			return fmt.Errorf("parameter mandatory names %s twice", key)
		case key == dns.SVCB_MANDATORY || key.String() == "":
			return fmt.Errorf("parameter mandatory names %q, which can't be mandatory", key.String())
		case !slices.ContainsFunc(values, func(v dns.SVCBKeyValue) bool { return v.Key() == key }):
			return fmt.Errorf("parameter mandatory names %s, which isn't there", key)
		}
	}
	return nil
}
