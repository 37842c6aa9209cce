package config

import (
	"regexp"
	"strings"

	"github.com/zoneloom/zoneloom/state"
)

// spfTerm finds what begins a term of an SPF record (RFC 7208 section 4.6.1).
var spfTerm = regexp.MustCompile(`(?i)^([-+~?]?(all$|include:|ip4:|ip6:|exists:|ptr:)|[-~?]all |redirect=)`)

// spf warns of SPF records that a name has two of, or that stand in pieces: each
// value is a record of its own, and mail servers take two for none.
func (b *builder) spf(rrset state.RRset) {
	var whole, pieces []state.Src
	for _, r := range rrset.Records {
		text := strings.ToLower(strings.Join(state.TXTStrings(r.Data), ""))
		switch {
		case text == "v=spf1" || strings.HasPrefix(text, "v=spf1 "):
			whole = append(whole, r.Src)
		case spfTerm.MatchString(text):
			pieces = append(pieces, r.Src)
		}
	}
	if len(whole) == 0 {
		return
	}
	for _, src := range pieces {
		b.l.remark(b.l.places.packed[src], state.SeverityWarning, "write the whole in one text",
			"this looks like a part of the SPF record of %s, and is a record of its own", b.spell(rrset.Name))
	}
	for _, p := range b.zone.Providers {
		var first state.Src
		for _, src := range whole {
			switch {
			case !b.isFor(b.setOf(src), p):
			case first == 0:
				first = src
			default:
				b.l.remark(b.l.places.packed[max(src, first)], state.SeverityWarning, "join them",
					"%s has two SPF records, which mail servers take for an error, the other at %s", b.spell(rrset.Name), b.l.places.posOf(min(src, first)))
			}
		}
	}
}
