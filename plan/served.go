package plan

import (
	"slices"
	"strings"

	"github.com/zoneloom/zoneloom/state"
)

// What records mean to the guards, by their names, types and data.

func isApex(zone, n state.Name) bool  { return n == zone }
func isBelow(zone, n state.Name) bool { return n != zone }
func isWild(_, n state.Name) bool     { return n.IsWildcard() }

// isServed reports whether a record is given to those who ask: some services
// keep records that they don't serve.
func isServed(r state.Record) bool { return !r.Attrs.Bool("disabled") }

// isType returns a func that tells whether a record is of one of types, as made
// by a program on the server too, whose data begins with what it makes.
func isType(types ...state.Type) func(state.Type, string) bool {
	return func(t state.Type, data string) bool {
		if t == state.LUA {
			made, _, _ := strings.Cut(data, " ")
			t = state.Type(made)
		}
		return slices.Contains(types, t)
	}
}

// isMailExchange reports whether a record is an MX that takes mail, as a null MX
// doesn't (RFC 7505).
func isMailExchange(t state.Type, data string) bool {
	return isType(state.MX)(t, data) && !strings.HasSuffix(data, " .")
}

// isSPF reports whether a record is an SPF policy (RFC 7208 section 4.5), be it
// that nobody may send.
func isSPF(t state.Type, data string) bool {
	if t != state.TXT {
		return false
	}
	version, _, _ := strings.Cut(text(data), " ")
	return strings.EqualFold(version, "v=spf1")
}

func isDKIMName(_, n state.Name) bool { return strings.Contains("."+string(n), "._domainkey.") }

// isDKIM reports whether a record, at or below _domainkey, is a key (RFC 6376
// section 3.6.1) that isn't revoked, or hands the name to those who publish one.
func isDKIM(t state.Type, data string) bool {
	if t != state.TXT {
		return isElsewhere(t)
	}
	for tag := range strings.SplitSeq(text(data), ";") {
		name, key, _ := strings.Cut(tag, "=")
		if strings.TrimSpace(name) == "p" {
			return strings.TrimSpace(key) != ""
		}
	}
	return false
}

func isDMARCName(_, n state.Name) bool { return strings.HasPrefix(string(n), "_dmarc.") }

// isDMARC reports whether a record, at a name that begins with _dmarc, is a DMARC
// policy (RFC 7489 section 6.3), or hands the name to those who publish one.
func isDMARC(t state.Type, data string) bool {
	if t != state.TXT {
		return isElsewhere(t)
	}
	first, _, _ := strings.Cut(text(data), ";")
	name, version, _ := strings.Cut(first, "=")
	return strings.TrimSpace(name) == "v" && strings.TrimSpace(version) == "DMARC1"
}

// isElsewhere reports whether what is at a name with a record of t, or below it,
// is somebody else's to say.
func isElsewhere(t state.Type) bool { return t == state.NS || t == state.DNAME }

// text returns the octets that the strings of TXT data make together.
func text(data string) string { return strings.Join(state.TXTStrings(data), "") }
