package state

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/miekg/dns"
)

// Type is a record type by its mnemonic in upper case, "A" or "TXT". A type
// without a known mnemonic is written TYPEnnn (RFC 3597 section 5), and one
// with a mnemonic never is.
type Type string

// The types that Zoneloom gives a meaning beyond their RDATA.
const (
	A     Type = "A"
	AAAA  Type = "AAAA"
	ALIAS Type = "ALIAS"
	CAA   Type = "CAA"
	CNAME Type = "CNAME"
	DNAME Type = "DNAME"
	DS    Type = "DS"
	LUA   Type = "LUA"
	MX    Type = "MX"
	NS    Type = "NS"
	SOA   Type = "SOA"
	SPF   Type = "SPF"
	SRV   Type = "SRV"
	TXT   Type = "TXT"
)

// private are types that services hold without ever sending them on the wire.
var private = map[Type]bool{ALIAS: true, LUA: true}

// ParseType parses a mnemonic in any case, or TYPEnnn. Meta-types and query
// types (RFC 6895 section 3.1), such as ANY or OPT, are errors.
func ParseType(s string) (Type, error) {
	t := Type(upperASCII(s))
	if private[t] {
		return t, nil
	}
	code, ok := dns.StringToType[string(t)]
	if digits, found := strings.CutPrefix(string(t), "TYPE"); found {
		n, valid := number(digits, 16)
		if !valid {
			return "", fmt.Errorf("%s is not a record type: TYPE must be followed by a number from 0 to 65535", short(s))
		}
		code, ok = uint16(n), true
	}
	if !ok {
		return "", fmt.Errorf("%s is not a known record type: check its spelling, or write TYPE and its number", short(s))
	}
	if isMeta(code) {
		return "", fmt.Errorf("%s is a type of queries, not of records", short(s))
	}
	return typeOf(code), nil
}

// Types returns the types that have a mnemonic, in its order.
func Types() []Type {
	types := slices.Collect(maps.Keys(private))
	for mnemonic := range dns.StringToType {
		if t, err := ParseType(mnemonic); err == nil {
			types = append(types, t)
		}
	}
	slices.Sort(types)
	return slices.Compact(types)
}

// upperASCII raises a to z only: no other letter stands in a mnemonic.
func upperASCII(s string) string {
	for i := range len(s) {
		if 'a' <= s[i] && s[i] <= 'z' {
			b := []byte(s)
			for ; i < len(b); i++ {
				if 'a' <= b[i] && b[i] <= 'z' {
					b[i] -= 'a' - 'A'
				}
			}
			return string(b)
		}
	}
	return s
}

// typeOf returns the one spelling of a type code.
func typeOf(code uint16) Type {
	if name, ok := dns.TypeToString[code]; ok {
		return Type(name)
	}
	return Type("TYPE" + strconv.Itoa(int(code)))
}

// isMeta reports whether code is no type of data (RFC 6895 section 3.1).
func isMeta(code uint16) bool {
	return code == 0 || code == dns.TypeOPT || code >= 128 && code <= 255 || code == dns.TypeReserved
}

// codeOf returns the number of a type, unless it is one without.
func codeOf(t Type) (uint16, bool) {
	if code, ok := dns.StringToType[string(t)]; ok {
		return code, true
	}
	digits, found := strings.CutPrefix(string(t), "TYPE")
	n, ok := number(digits, 16)
	return uint16(n), found && ok
}

// IsOpaque reports whether RDATA of t is carried as octets only (RFC 3597):
// Zoneloom knows no other form of it.
func (t Type) IsOpaque() bool {
	_, known := layouts[t]
	return !known && !t.IsText()
}

// IsText reports whether RDATA of t is a sequence of character strings that
// mean their concatenation, as TXT's is.
func (t Type) IsText() bool { return t == TXT || t == SPF }

// IsAddress reports whether a record of t makes its name answer for an address:
// A and AAAA, and CNAME and ALIAS, which lead to one.
func (t Type) IsAddress() bool { return t == A || t == AAAA || t == CNAME || t == ALIAS }

// Redirects reports whether a record of t changes what other data at or below
// its name means, so that a plan which adds or removes one must have seen
// everything else at the name.
func (t Type) Redirects() bool { return t == CNAME || t == DNAME || t == NS || t == ALIAS }
