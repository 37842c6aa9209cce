package lint

import (
	"regexp"
	"strings"

	"github.com/zoneloom/zoneloom/state"
)

// spfTerm finds what begins a term of an SPF record (RFC 7208 section 4.6.1).
var spfTerm = regexp.MustCompile(`(?i)^([-+~?]?(all$|include:|ip4:|ip6:|exists:|ptr:)|[-~?]all |redirect=)`)

// spfOf returns the SPF records of a name, and what looks like pieces of one: each
// value is a record of its own, and mail servers take two for none.
func spfOf(rrset state.RRset) (whole, pieces []state.Record) {
	for _, r := range rrset.Records {
		text := strings.ToLower(strings.Join(state.TXTStrings(r.Data), ""))
		switch {
		case text == "v=spf1" || strings.HasPrefix(text, "v=spf1 "):
			whole = append(whole, r)
		case spfTerm.MatchString(text):
			pieces = append(pieces, r)
		}
	}
	return whole, pieces
}

func spfInPieces(z *zone) {
	for _, s := range z.Want.RRsets {
		if s.Type != state.TXT {
			continue
		}
		whole, pieces := spfOf(s)
		if len(whole) == 0 {
			continue
		}
		for _, r := range pieces {
			z.report(s.Key, r, "write the whole in one text", "this looks like a part of the name's SPF record, and is a record of its own")
		}
	}
}

func severalSPF(z *zone) {
	for _, s := range z.Want.RRsets {
		if s.Type != state.TXT {
			continue
		}
		if whole, _ := spfOf(s); len(whole) > 1 {
			last := whole[0]
			for _, r := range whole {
				if r.Src > last.Src {
					last = r
				}
			}
			z.report(s.Key, last, "join them", "the name has %d SPF records, which mail servers take for an error", len(whole))
		}
	}
}
