package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zoneloom/zoneloom/state"
)

// The guards by meaning compare a name before and after: it had what they look
// for, and has it no more. Another MX set, or a CNAME in place of an address, is
// no loss; and what a wildcard would answer in the name's stead doesn't count.

// reach says how far a guard by meaning follows a name that is a CNAME.
type reach uint8

const (
	// own looks at the name's own records only.
	own reach = iota
	// within counts what the name leads to inside the zone as the name's, once the
	// plan is made. What lies outside can't be known, and doesn't count.
	within
	// beyond counts a CNAME, before and after, as what it leads to, and one that
	// leads out of the zone as well: to lead there is how such records are had.
	beyond
)

// meaning is what names may not lose without leave.
type meaning struct {
	what  string                            // as in "would have no MX any more"
	at    func(zone, name state.Name) bool  // the names that may have it; nil: all
	is    func(t state.Type, d string) bool // whether a record is it
	reach reach                             // what a CNAME counts
	alias bool                              // ALIAS leads as CNAME does
}

var (
	delegated = meaning{what: "delegation", at: isBelow, is: isType(state.NS)}
	signed    = meaning{what: "DS", is: isType(state.DS)}
	mail      = meaning{what: "MX that takes mail", is: isMailExchange, reach: within}
	spf       = meaning{what: "SPF", is: isSPF, reach: within}
	issuing   = meaning{what: "CAA", is: isType(state.CAA), reach: within}
	dkim      = meaning{what: "DKIM key", at: isDKIMName, is: isDKIM, reach: beyond}
	dmarc     = meaning{what: "DMARC policy", at: isDMARCName, is: isDMARC, reach: beyond}

	apexAddress = meaning{what: "address", at: isApex, is: isType(state.A, state.AAAA), reach: beyond, alias: true}
	wildAddress = meaning{what: "address", at: isWild, is: isType(state.A, state.AAAA), reach: beyond, alias: true}
)

// keeps returns a guard that objects where names lose what m is about.
func keeps(m *meaning) func(*review) string {
	return func(r *review) string {
		names := r.losers(m)
		if len(names) == 0 {
			return ""
		}
		return some(names) + " would have no " + m.what + " any more" + r.reason(names, m)
	}
}

// keepsAddress does as keeps, and objects as well where names keep IPv6 alone,
// which much of the world can't reach.
func keepsAddress(m *meaning) func(*review) string {
	four := *m
	four.what, four.is = "IPv4 address", isType(state.A)
	all, ipv4 := keeps(m), keeps(&four)
	return func(r *review) string {
		if text := all(r); text != "" {
			return text
		}
		return ipv4(r)
	}
}

// apexNS objects where none of the owner's name servers at the apex stays. The
// service's own always do, so they can't count: where there are any, nothing
// would ever be lost.
func apexNS(r *review) string {
	k := state.Key{Name: r.zone.Name, Type: state.NS}
	i := slices.IndexFunc(r.zone.Changes, func(c state.Change) bool { return c.Key == k })
	if i < 0 {
		return ""
	}
	c := r.zone.Changes[i]
	had := slices.ContainsFunc(records(c.Before), func(rec state.Record) bool { return rec.Kept == state.Ours && isServed(rec) })
	has := slices.ContainsFunc(records(c.After), func(rec state.Record) bool { return rec.Kept != state.ReadOnly && isServed(rec) })
	switch {
	case !had || has:
		return ""
	case len(r.zone.OwnNS) > 0:
		return fmt.Sprintf("%s would have no name servers at its apex any more but the service's own", k.Name)
	}
	return fmt.Sprintf("%s would have no name servers at its apex any more", k.Name)
}

// losers returns the names that have m by the zone as read, and no more when the
// plan is made; in order.
func (r *review) losers(m *meaning) []state.Name {
	if !slices.ContainsFunc(r.zone.Changes, func(c state.Change) bool { return c.Before != nil }) {
		return nil // what is only added takes nothing away
	}
	var names []state.Name
	for group := range groups(r.zone.Changes) {
		n := group[0].Name
		if m.mayBeAt(r.zone.Name, n) && slices.ContainsFunc(group, m.touches) && r.loses(n, m) {
			names = append(names, n)
		}
	}
	if m.reach == beyond {
		names = append(names, r.leftHanging(m)...)
	}
	slices.SortFunc(names, state.Name.Compare)
	return slices.Compact(names)
}

// leftHanging returns the names that stay a CNAME to a name of the zone, where
// there is no m any more.
func (r *review) leftHanging(m *meaning) []state.Name {
	var names []state.Name
	sets := r.live.RRsets
	for i := range sets {
		s := &sets[i]
		if m.leads(s.Type) && len(s.Records) > 0 && m.mayBeAt(r.zone.Name, s.Name) &&
			state.Name(s.Records[0].Data).IsIn(r.zone.Name) && r.loses(s.Name, m) {
			names = append(names, s.Name)
		}
	}
	return names
}

func (m *meaning) mayBeAt(zone, n state.Name) bool { return m.at == nil || m.at(zone, n) }

func (m *meaning) leads(t state.Type) bool { return t == state.CNAME || m.alias && t == state.ALIAS }

// touches reports whether c changes a set that may hold m.
func (m *meaning) touches(c state.Change) bool {
	return slices.ContainsFunc(records(c.Before), func(rec state.Record) bool {
		return isServed(rec) && (m.is(c.Type, rec.Data) || m.reach == beyond && m.leads(c.Type))
	})
}

func (r *review) loses(n state.Name, m *meaning) bool {
	before, after := r.views()
	// Whatever a name led to by a CNAME that isn't expected there was never its own.
	had := m.reach != beyond || m.isHadAt(before, n)
	return had && !m.isHadAt(after, n)
}

// isHadAt reports whether n has m in v.
func (m *meaning) isHadAt(v *view, n state.Name) bool {
	for range maxChain {
		var target state.Name
		found := false
		v.each(n, func(s *state.RRset) {
			for _, rec := range s.Records {
				switch {
				case !isServed(rec):
				case m.is(s.Type, rec.Data):
					found = true
				case m.reach != own && m.leads(s.Type):
					target = state.Name(rec.Data)
				}
			}
		})
		if found || target == "" {
			return found
		}
		owner, cut := state.Name(""), true
		if target.IsIn(v.zone.Name) {
			owner, cut = v.source(target)
		}
		switch {
		case cut:
			return m.reach == beyond
		case owner == "":
			return false
		}
		n = owner
	}
	return false
}

// views returns the zone as read, and as it is when the plan is made.
func (r *review) views() (before, after *view) {
	if r.before == nil {
		r.before, r.after = views(r.live, r.zone.Changes)
	}
	return r.before, r.after
}

// reason adds what may surprise: that a name's records are another's from now on.
func (r *review) reason(names []state.Name, m *meaning) string {
	if m.reach != within {
		return ""
	}
	_, after := r.views()
	leaving := 0
	for _, n := range names {
		after.each(n, func(s *state.RRset) {
			if s.Type == state.CNAME && len(s.Records) > 0 && !state.Name(s.Records[0].Data).IsIn(r.zone.Name) {
				leaving++
			}
		})
	}
	switch {
	case leaving == 0:
		return ""
	case len(names) == 1:
		return "; its CNAME leads out of the zone, to what isn't known"
	}
	return fmt.Sprintf("; the CNAMEs of %d of them lead out of the zone, to what isn't known", leaving)
}

// some names the first few of names, and counts the others.
func some(names []state.Name) string {
	const few = 3
	texts := make([]string, 0, few)
	for _, n := range names[:min(few, len(names))] {
		texts = append(texts, string(n))
	}
	switch n := len(texts); {
	case len(names) > few:
		return fmt.Sprintf("%d names (%s and %d more)", len(names), strings.Join(texts, ", "), len(names)-few)
	case n > 1:
		return strings.Join(texts[:n-1], ", ") + " and " + texts[n-1]
	}
	return texts[0]
}
