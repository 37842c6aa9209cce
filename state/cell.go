package state

import (
	"encoding/base32"
	"encoding/base64"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/miekg/dns"
)

// cell appends one token, read as c says.
func (r *reader) cell(c column, t token) error {
	if c.kind == str || c.kind == longStr {
		return r.str(c, t)
	}
	if t.quoted || t.inner {
		return fmt.Errorf("%s %s must stand without quotes", c.name, short(t.text))
	}
	switch c.kind {
	case host:
		return r.host(c, t.text)
	case ipv4, ipv6:
		return r.address(c.kind == ipv4, t.text)
	case gateway:
		return r.gatewayCell(c, t.text)
	case rrType:
		typ, err := ParseType(t.text)
		r.out = append(r.out, typ...)
		return err
	case tag:
		return r.tag(c, t.text)
	case eui48, eui64, node64, hexWord, saltWord, b32Word, b64Word:
		return r.word(c, t.text)
	}
	return r.number(c, t.text)
}

// number appends a number, in the type's one spelling.
func (r *reader) number(c column, s string) error {
	bits := 32
	switch c.kind {
	case bit:
		bits = 1
	case num8, gatewayType, algorithm:
		bits = 8
	case num16, certType:
		bits = 16
	}
	n, ok := number(s, bits)
	if !ok {
		n, ok = mnemonic(c.kind, s)
	}
	if !ok {
		return fmt.Errorf("%s %s is not a number from 0 to %d", c.name, short(s), uint64(1)<<bits-1)
	}
	if c.kind == gatewayType {
		if n > 3 {
			return fmt.Errorf("%s %d is none of 0 (none), 1 (IPv4), 2 (IPv6) and 3 (a name)", c.name, n)
		}
		r.gateway = n
	}
	r.out = strconv.AppendUint(r.out, n, 10)
	return nil
}

// mnemonic returns the number that a word stands for in a column of that kind.
func mnemonic(k kind, s string) (uint64, bool) {
	switch k {
	case algorithm:
		n, ok := dns.StringToAlgorithm[strings.ToUpper(s)]
		return uint64(n), ok
	case certType:
		n, ok := dns.StringToCertType[strings.ToUpper(s)]
		return uint64(n), ok
	case duration:
		n, err := ParseTTL(s)
		return uint64(n), err == nil && n != TTLAuto
	case moment:
		t, err := time.Parse("20060102150405", s)
		return uint64(uint32(t.Unix())), err == nil // modulo 2^32: RFC 4034 section 3.1.5
	}
	return 0, false
}

// host appends a name.
func (r *reader) host(c column, s string) error {
	n, err := r.name(s)
	if err != nil {
		return fmt.Errorf("%s: %w", c.name, err)
	}
	r.out = append(r.out, n...)
	return nil
}

// address appends an IPv4 or an IPv6 address.
func (r *reader) address(four bool, s string) error {
	a, err := netip.ParseAddr(s)
	version := map[bool]int{true: 4, false: 6}
	switch {
	case err != nil || a.Zone() != "":
		return fmt.Errorf("%s is not an IPv%d address", short(s), version[four])
	case a.Is4() != four:
		return fmt.Errorf("%s is an IPv%d address, and %s needs IPv%d", short(s), version[!four], r.t, version[four])
	}
	r.out = a.AppendTo(r.out)
	return nil
}

// gatewayCell appends what the gateway type before it says.
func (r *reader) gatewayCell(c column, s string) error {
	switch r.gateway {
	case 1, 2:
		return r.address(r.gateway == 1, s)
	case 3:
		return r.host(c, s)
	}
	if s != "." {
		return fmt.Errorf(`%s %s: with type 0 there is none, write "."`, c.name, short(s))
	}
	r.out = append(r.out, '.')
	return nil
}

// tag appends a CAA tag (RFC 8659 section 4.1).
func (r *reader) tag(c column, s string) error {
	for i := range len(s) {
		if l := s[i] | 0x20; !isDigit(s[i]) && (l < 'a' || l > 'z') {
			return fmt.Errorf("%s %s may have letters and digits only", c.name, short(s))
		}
	}
	if len(s) > 255 {
		return fmt.Errorf("%s %s is over 255 characters long", c.name, short(s))
	}
	r.out = append(r.out, lowerASCII(s)...)
	return nil
}

// str appends a character string, quoted.
func (r *reader) str(c column, t token) error {
	if t.inner {
		return fmt.Errorf("%s %s must be quoted as a whole", c.name, short(t.text))
	}
	octets, err := decode(t.text)
	if err != nil {
		return fmt.Errorf("%s %s: %w", c.name, short(t.text), err)
	}
	limit := 255
	if c.kind == longStr {
		limit = 65535 - 4 - 255 // what stands before it in a CAA, at most
	}
	if len(octets) > limit {
		return fmt.Errorf("%s has %d octets, at most %d are allowed", c.name, len(octets), limit)
	}
	r.out = appendQuoted(r.out, octets)
	return nil
}

// word appends hex, base32, base64 or the like that stands in one word.
func (r *reader) word(c column, s string) error {
	switch c.kind {
	case eui48, eui64:
		return r.eui(c, s)
	case node64:
		return r.node(c, s)
	case saltWord:
		if s == "-" {
			r.out = append(r.out, '-')
			return nil
		}
		return r.hex(c, s, 255)
	case hexWord:
		return r.hex(c, s, 255)
	case b32Word:
		octets, err := base32.HexEncoding.WithPadding(base32.NoPadding).DecodeString(strings.ToUpper(s))
		if err != nil || len(octets) == 0 || len(octets) > 255 {
			return fmt.Errorf("%s %s is not base32 of 1 to 255 octets", c.name, short(s))
		}
		r.out = append(r.out, strings.ToLower(s)...)
		return nil
	}
	return r.base64(c, s)
}

// hex appends hex in lower case, of at most limit octets.
func (r *reader) hex(c column, s string, limit int) error {
	for i := range len(s) {
		switch l := s[i] | 0x20; {
		case isDigit(s[i]):
			r.out = append(r.out, s[i])
		case 'a' <= l && l <= 'f':
			r.out = append(r.out, l)
		default:
			return fmt.Errorf("%s %s is not hex: it has %q", c.name, short(s), s[i])
		}
	}
	if len(s)%2 != 0 {
		return fmt.Errorf("%s %s has an odd number of hex digits", c.name, short(s))
	}
	if len(s) == 0 || len(s)/2 > limit {
		return fmt.Errorf("%s must have 1 to %d octets of hex", c.name, limit)
	}
	return nil
}

// base64 appends base64, encoded anew: the last digit may have had spare bits.
func (r *reader) base64(c column, s string) error {
	octets, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		return fmt.Errorf("%s %s is not base64", c.name, short(s))
	}
	r.out = base64.StdEncoding.AppendEncode(r.out, octets)
	return nil
}

// eui appends an address of RFC 7043: pairs of hex digits with hyphens.
func (r *reader) eui(c column, s string) error {
	size := 8
	if c.kind == eui48 {
		size = 6
	}
	hex := strings.ToLower(strings.ReplaceAll(s, ":", "-"))
	parts := strings.Split(hex, "-")
	for _, p := range parts {
		if _, err := strconv.ParseUint(p, 16, 8); err != nil || len(p) != 2 || len(parts) != size {
			return fmt.Errorf("%s %s is not %d pairs of hex digits with hyphens between them", c.name, short(s), size)
		}
	}
	r.out = append(r.out, hex...)
	return nil
}

// node appends four groups of four hex digits (RFC 6742 section 2.1.2).
func (r *reader) node(c column, s string) error {
	groups := strings.Split(s, ":")
	for i, g := range groups {
		n, err := strconv.ParseUint(g, 16, 16)
		if err != nil || len(g) > 4 || len(groups) != 4 {
			return fmt.Errorf("%s %s is not four groups of hex digits with colons between them", c.name, short(s))
		}
		if i > 0 {
			r.out = append(r.out, ':')
		}
		r.out = fmt.Appendf(r.out, "%04x", n)
	}
	return nil
}
