package zonefile

import "github.com/zoneloom/zoneloom/state"

// ttls is what decides the TTL of a record that states none.
type ttls struct {
	standard, last       state.TTL
	hasStandard, hasLast bool
	byMinimum            bool // the standard is the SOA's minimum, not a $TTL
}

// implied returns the TTL of a record without one: $TTL's, else that of the
// record before (RFC 1035 section 5.1), else the SOA's minimum, as in BIND.
func (t ttls) implied(typ state.Type, data string) (state.TTL, bool) {
	switch {
	case t.hasStandard:
		return t.standard, true
	case t.hasLast:
		return t.last, true
	case typ == state.SOA:
		return minimum(data), true
	}
	return 0, false
}

// elsewhere returns the TTL of a record without one for servers that prefer that
// of the record before to the SOA's minimum; 0 is none.
func (t ttls) elsewhere() state.TTL {
	if t.hasLast && (!t.hasStandard || t.byMinimum) {
		return t.last
	}
	return t.standard
}

// after returns t behind a record: stated says that its TTL was written, or is
// implied.
func (t ttls) after(typ state.Type, data string, ttl state.TTL, stated bool) ttls {
	switch {
	case stated:
		t.last, t.hasLast = ttl, true
	case typ == state.SOA && !t.hasStandard && !t.hasLast:
		t.standard, t.hasStandard, t.byMinimum = minimum(data), true, true
	}
	return t
}

// minimum returns the last field of an SOA.
func minimum(data string) state.TTL {
	values := state.SplitData(state.SOA, data)
	ttl, err := state.ParseTTL(values[len(values)-1])
	if err != nil {
		return 0 // it is over 2^31-1, which RFC 2181 section 8 takes for 0
	}
	return ttl
}
