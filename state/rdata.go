package state

import (
	"fmt"
	"strings"

	"github.com/miekg/dns"
)

// ParseData parses text, the RDATA of one record of type t in presentation form
// (RFC 1035 section 5.1, or RFC 3597's generic form), and returns it in
// canonical form: two texts denote the same RDATA if and only if their
// canonical forms are equal. Names within are read by name, so that a caller
// decides what a name without a final dot means; nil takes them as absolute.
//
// Canonical are: names as Name has them; addresses as RFC 5952 writes them; hex
// in lower case and base64, both without blanks; numbers without leading zeros;
// character strings quoted, with only ", \ and octets outside printable ASCII
// escaped (the latter as \DDD); CAA tags in lower case; SVCB parameters by key
// number; LOC with all its fields. A text for TXT is one or more strings; one
// string may have any length here, as providers cut it.
func ParseData(t Type, text string, name func(string) (Name, error)) (string, error) {
	rr, err := dns.NewRR(". 0 IN " + string(t) + " " + text)
	if err != nil {
		return "", fmt.Errorf("%q is no RDATA of type %s: %w", text, t, err)
	}
	if rr == nil {
		return "", fmt.Errorf("%q is no RDATA of type %s", text, t)
	}
	return strings.TrimPrefix(rr.String(), rr.Header().String()), nil
}

// FieldKind says how a field of RDATA is written.
type FieldKind uint8

// The kinds of fields.
const (
	FieldToken  FieldKind = iota // one word: a number, a mnemonic, an address
	FieldName                    // a domain name
	FieldString                  // a character string, quoted in presentation form
	FieldRest                    // everything up to the end: hex or base64, SVCB parameters, a LOC size
)

// Field is one field of a type's RDATA.
type Field struct {
	Name string // as in the configuration: preference, exchange, key_tag, ...
	Kind FieldKind
}

// Fields returns the fields of t's RDATA in presentation order, or nil for a
// type that Zoneloom knows no fields of. The names are those of the RFC that
// defines the type, and of Cloudflare's API where it has the type.
func Fields(t Type) []Field { return fields[t] }

var fields = map[Type][]Field{}

// SplitData returns the values of the fields of t in canonical data, strings
// without quotes and unescaped. It returns nil for a type without Fields.
func SplitData(t Type, data string) []string { return nil }

// JoinData returns presentation text for ParseData from the values of the
// fields of t: the inverse of SplitData.
func JoinData(t Type, values []string) string { return "" }

// DataNames returns the domain names in canonical data of type t, such as an
// MX's exchange.
func DataNames(t Type, data string) []Name { return nil }

// TXTData returns canonical data of a text type that holds the given strings of
// octets.
func TXTData(texts ...string) string { return "" }

// TXTStrings returns the strings of octets in canonical data of a text type.
func TXTStrings(data string) []string { return nil }
