package sandbox

import (
	"net/netip"
	"strings"

	"golang.org/x/net/idna"
)

var punycode = idna.New(idna.MapForLookup(), idna.Transitional(false), idna.StrictDomainName(false))

// canonicalName is s in lower case and Punycode, without its final dot. It fails for what no DNS name of this service can
// be: empty or long labels, blanks, escapes, and a * that isn't the whole first label.
func canonicalName(s string) (string, bool) {
	s = strings.ToLower(strings.TrimSuffix(s, "."))
	if !isASCII(s) {
		labels := strings.Split(strings.NewReplacer("。", ".", "．", ".", "｡", ".").Replace(s), ".")
		for i, l := range labels {
			if isASCII(l) {
				continue
			}
			a, err := punycode.ToASCII(l)
			if err != nil {
				return "", false
			}
			labels[i] = a
		}
		s = strings.Join(labels, ".")
	}
	if s == "" || len(s) > 253 {
		return "", false
	}
	rest := strings.TrimPrefix(s, "*.")
	if s == "*" {
		return s, true
	}
	for l := range strings.SplitSeq(rest, ".") {
		if l == "" || len(l) > 63 || strings.ContainsFunc(l, notInLabel) {
			return "", false
		}
	}
	return s, true
}

func notInLabel(c rune) bool { return c <= ' ' || c > '~' || strings.ContainsRune(`*\"();`, c) }

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// recordName is the whole name of a record that a client calls s in the zone: @ is the zone itself, and a name that
// doesn't end in the zone's is taken as relative to it, final dot or not.
func recordName(s, zone string) (string, bool) {
	if s == "@" {
		return zone, true
	}
	name, ok := canonicalName(s)
	if !ok {
		return "", false
	}
	if name != zone && !strings.HasSuffix(name, "."+zone) {
		name += "." + zone
	}
	return name, len(name) <= 253
}

// hostname is a target as it is stored: lower-case Punycode without a final dot. An address is no hostname.
func hostname(s string) (string, bool) {
	h, ok := canonicalName(s)
	if !ok {
		return "", false
	}
	_, err := netip.ParseAddr(h)
	return h, err != nil
}

// hostnameOrRoot also takes the root, which stays a dot.
func hostnameOrRoot(s string) (string, bool) {
	if s == "." {
		return s, true
	}
	return hostname(s)
}
