package state

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/miekg/dns"
)

// header is what stands before RDATA in the records that this package has
// parsed: a name, a TTL and a class that say nothing.
const header = ". 0 IN "

// parseGeneric reads what follows \# in RFC 3597's generic form. A type that
// has a form of its own gets it.
func parseGeneric(t Type, tokens []token) (string, error) {
	octets, err := genericOctets(tokens)
	if err != nil {
		return "", err
	}
	code, ok := codeOf(t)
	if !ok {
		return "", fmt.Errorf(`%s has no generic form: it is no type of DNS`, t)
	}
	if t.IsOpaque() {
		return strings.TrimSuffix(fmt.Sprintf(`\# %d %x`, len(octets), octets), " "), nil
	}
	data, err := dataOf(t, code, octets)
	if err != nil {
		return "", fmt.Errorf("the octets of the generic form are not RDATA of %s: %w", t, err)
	}
	return data, nil
}

// genericOctets reads the length and the octets in hex.
func genericOctets(tokens []token) ([]byte, error) {
	if len(tokens) == 0 {
		return nil, errors.New(`\# needs the number of octets, and the octets in hex, such as "\# 2 0aff"`)
	}
	n, ok := number(tokens[0].text, 16)
	if !ok || tokens[0].quoted {
		return nil, fmt.Errorf(`the length %s after \# is not a number from 0 to 65535`, short(tokens[0].text))
	}
	for _, t := range tokens {
		if t.quoted {
			return nil, fmt.Errorf(`the octets %s after \# must stand without quotes`, short(t.text))
		}
	}
	octets, err := hex.DecodeString(concat(tokens[1:]))
	if err != nil {
		return nil, fmt.Errorf(`the octets after \# are not hex: %w`, err)
	}
	if uint64(len(octets)) != n {
		return nil, fmt.Errorf(`\# says %d octets, and %d follow`, n, len(octets))
	}
	return octets, nil
}

// dataOf returns the canonical form of RDATA on the wire, and holds it to mean
// the same octets.
func dataOf(t Type, code uint16, octets []byte) (string, error) {
	h := dns.RR_Header{Name: ".", Rrtype: code, Class: dns.ClassINET, Rdlength: uint16(len(octets))}
	rr, _, err := dns.UnpackRRWithHeader(h, octets, 0)
	if err != nil {
		return "", plainError(err)
	}
	text := strings.TrimPrefix(rr.String(), rr.Header().String())
	data, err := ParseData(t, text, nil)
	if err != nil {
		return "", err
	}
	again, err := pack(t, data)
	if err != nil {
		return "", err
	}
	if lowerASCII(string(again)) != lowerASCII(string(octets)) {
		return "", errors.New("they are not written the one way that its definition allows")
	}
	return data, nil
}

// pack returns data of type t on the wire. Text types must have no string of
// over 255 octets here.
func pack(t Type, data string) ([]byte, error) {
	rr, err := dns.NewRR(header + string(t) + " " + data)
	if err != nil {
		return nil, plainError(err)
	}
	if rr == nil { // as for an empty line
		return nil, errors.New("there is no RDATA")
	}
	if loc, ok := rr.(*dns.LOC); ok {
		setAngles(loc, data)
	}
	buf := make([]byte, dns.Len(rr)+len(data)+16)
	end, err := dns.PackRR(rr, buf, 0, nil, false)
	if err != nil {
		return nil, plainError(err)
	}
	const before = 1 + 2 + 2 + 4 + 2 // the root, type, class, TTL, length
	return buf[before:end], nil
}

// checkData holds canonical data against the DNS library: it must parse as one
// record and fit in 65,535 octets.
func checkData(t Type, data string) error {
	if _, err := pack(t, data); err != nil {
		return fmt.Errorf("%s is not valid for %s: %w", short(data), t, err)
	}
	return nil
}

// plainError returns what an error of the library says, without the position in
// a text that nobody wrote.
func plainError(err error) error {
	text := strings.TrimPrefix(err.Error(), "dns: ")
	if i := strings.LastIndex(text, " at line: "); i >= 0 {
		text = text[:i]
	}
	return errors.New(text)
}
