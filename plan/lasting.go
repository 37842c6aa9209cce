package plan

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/zoneloom/zoneloom/state"
)

// lastingTTL is the TTL, in seconds, from which on it is worth saying how long
// what is taken back lives on.
const lastingTTL = 3600

// lasting says of changes that take something back how long resolvers may go on
// with what is there now: of each that decides whether a zone is found or
// validates, and of the others by the longest TTL.
func lasting(changes []state.Change) []string {
	var notices []string
	var long []state.Change
	changes = slices.SortedFunc(slices.Values(changes), func(a, b state.Change) int { return a.Key.Compare(b.Key) })
	for _, c := range changes {
		ttl := longest(c.Before)
		switch c.Type {
		case state.DS, "DNSKEY", "CDS", "CDNSKEY", state.NS:
			notices = append(notices, hold(c, ttl))
		default:
			if ttl >= lastingTTL {
				long = append(long, c)
			}
		}
	}
	if len(long) == 0 {
		return notices
	}
	most := slices.MaxFunc(long, func(a, b state.Change) int { return cmp.Compare(longest(a.Before), longest(b.Before)) })
	return append(notices, fmt.Sprintf("resolvers may keep %d %s as they are now, %s for up to %s",
		len(long), plural(len(long), "RRset"), most.Key, span(longest(most.Before))))
}

// hold says what can't be taken back at once of c.
func hold(c state.Change, ttl state.TTL) string {
	text := fmt.Sprintf("%s can't be taken back at once: ", c.Key)
	if ttl > 0 {
		text += "resolvers may keep what is there now for up to " + span(ttl)
	} else {
		text += "resolvers may remember that there is none, for as long as the zone's SOA says"
	}
	switch c.Type {
	case state.DS, "DNSKEY":
		text += ", and what doesn't fit it fails to validate until then"
	case "CDS", "CDNSKEY":
		text += ", and the parent zone may have acted on it already"
	case state.NS:
		text += ", and ask those name servers until then"
	}
	return text
}

// longest returns the longest TTL of s in seconds, one that the service chooses
// not counted; 0 where there is none.
func longest(s *state.RRset) state.TTL {
	most := state.TTL(0)
	for _, r := range s.Ours() {
		if r.TTL != state.TTLAuto {
			most = max(most, r.TTL)
		}
	}
	return most
}

// span returns a TTL as people say it, in the largest unit that it is a whole
// number of.
func span(ttl state.TTL) string {
	for _, unit := range []struct {
		seconds state.TTL
		name    string
	}{{86400, "day"}, {3600, "hour"}, {60, "minute"}} {
		if ttl >= unit.seconds && ttl%unit.seconds == 0 {
			n := int(ttl / unit.seconds)
			return fmt.Sprintf("%d %s", n, plural(n, unit.name))
		}
	}
	return fmt.Sprintf("%d %s", ttl, plural(int(ttl), "second"))
}
