package rfc2136

import (
	"fmt"
	"strings"

	"github.com/zoneloom/zoneloom/provider"
	"github.com/zoneloom/zoneloom/state"
)

// Check implements provider.Checker: what no server of DNS can hold, and what
// BIND or Knot refuse, or leave out in silence.
func (p *Provider) Check(want *state.Zone, _ *provider.Info) (*state.Zone, []state.Problem) {
	c := &checker{zone: want}
	for key := range want.Attrs.All() {
		c.problem(state.Key{Name: want.Name}, state.Record{}, fault{text: fmt.Sprintf("a DNS server keeps no %s for a zone", key)})
	}
	for start := 0; start < len(want.RRsets); {
		end := start
		for end < len(want.RRsets) && want.RRsets[end].Name == want.RRsets[start].Name {
			end++
		}
		c.name(want.RRsets[start:end])
		start = end
	}
	return want, c.problems
}

// checker judges one wanted zone, name by name in the zone's order: what is below
// a name follows it.
type checker struct {
	zone     *state.Zone
	cut      state.Name // the delegation that was passed last, or ""
	dname    state.Name // the DNAME that was passed last, or ""
	problems []state.Problem
}

// fault is a problem without its place.
type fault struct {
	severity state.Severity
	text     string
	hint     string
}

func (c *checker) problem(k state.Key, r state.Record, f fault) {
	c.problems = append(c.problems, state.Problem{
		Key: k, Data: r.Data, Src: r.Src, Severity: f.severity, Text: f.text, Hint: f.hint,
	})
}

// onSet reports a problem of a whole RRset, at its first record.
func (c *checker) onSet(s *state.RRset, f fault) {
	c.problem(s.Key, state.Record{Src: s.Records[0].Src}, f)
}

// name judges the RRsets at one name.
func (c *checker) name(sets []state.RRset) {
	byType := make(map[state.Type]*state.RRset, len(sets))
	for i := range sets {
		c.set(&sets[i])
		byType[sets[i].Type] = &sets[i]
	}
	name := sets[0].Name
	c.alone(byType[state.CNAME], sets)
	c.belowDNAME(&sets[0])
	if s := byType[state.DNAME]; s != nil {
		c.dname = name
		if name.IsWildcard() {
			c.onSet(s, fault{text: "servers take no DNAME at a wildcard (RFC 4592 section 4.4)", hint: "write one for each name"})
		}
	}
	if name == c.zone.Name {
		if ds := byType[state.DS]; ds != nil {
			c.onSet(ds, fault{text: "a DS record can't stand at a zone's own name: it belongs to the parent zone", hint: "take it out, and hand it to the registrar"})
		}
		return
	}
	if ds := byType[state.DS]; ds != nil && byType[state.NS] == nil {
		c.onSet(ds, fault{text: "servers drop a DS record without NS records at the same name", hint: "declare the delegation's NS records too"})
	}
	if s := byType["DNSKEY"]; s != nil {
		c.onSet(s, fault{severity: state.SeverityWarning, text: "BIND takes a DNSKEY record in an update for an order to sign the zone"})
	}
	c.delegation(byType[state.NS], sets)
	c.hostName(byType)
}

// mailHosts warns of MX records that BIND refuses: their hosts are in the zone
// and have no address.
func (c *checker) mailHosts(s *state.RRset) {
	for _, r := range s.Records {
		fields := state.SplitData(s.Type, r.Data)
		host := state.Name(fields[len(fields)-1])
		if !host.IsIn(c.zone.Name) || c.answers(host) {
			continue
		}
		c.problem(s.Key, r, fault{
			severity: state.SeverityWarning,
			text:     fmt.Sprintf("%s has no address in this zone: BIND refuses such an MX record in an update", host),
		})
	}
}

// answers reports whether a name of the zone leads to an address, or may.
func (c *checker) answers(host state.Name) bool {
	for _, set := range c.zone.At(host) {
		if set.Type.IsAddress() {
			return true
		}
	}
	for n := host; n != c.zone.Name; n = n.Parent() {
		if len(c.zone.At("*."+n.Parent())) > 0 || c.zone.Find(state.Key{Name: n, Type: state.NS}) != nil {
			return true
		}
	}
	return false
}

// alone judges a CNAME.
func (c *checker) alone(cname *state.RRset, sets []state.RRset) {
	if cname == nil {
		return
	}
	switch {
	case cname.Name == c.zone.Name:
		c.onSet(cname, fault{text: "a DNS server takes no CNAME at a zone's own name, where its SOA and NS records are", hint: "write A and AAAA records"})
	case len(sets) > 1:
		other := &sets[0]
		if other.Type == state.CNAME {
			other = &sets[1]
		}
		c.onSet(cname, fault{text: fmt.Sprintf("a DNS server takes no CNAME beside %s records at the same name", other.Type), hint: "keep the one or the other"})
	}
}

// belowDNAME judges a name that a DNAME redirects (RFC 6672 section 2.4).
func (c *checker) belowDNAME(s *state.RRset) {
	if c.dname != "" && s.Name != c.dname && s.Name.IsIn(c.dname) {
		c.onSet(s, fault{text: fmt.Sprintf("the DNAME at %s redirects all names below it, so none may have records", c.dname), hint: "take one of them out"})
	}
}

// delegation judges a name with NS records, or below one.
func (c *checker) delegation(ns *state.RRset, sets []state.RRset) {
	name := sets[0].Name
	if ns != nil && name.IsWildcard() {
		c.onSet(ns, fault{text: "a wildcard can't be delegated (RFC 4592 section 4.2)", hint: "delegate each name"})
	}
	if c.cut != "" && name != c.cut && name.IsIn(c.cut) {
		for i := range sets {
			if t := sets[i].Type; t != state.A && t != state.AAAA {
				c.onSet(&sets[i], fault{
					severity: state.SeverityWarning,
					text:     fmt.Sprintf("the server won't answer with this: the NS records at %s delegate the name", c.cut),
					hint:     "declare it in the delegated zone",
				})
			}
		}
		return
	}
	if ns == nil {
		return
	}
	c.cut = name
	for i := range sets {
		if t := sets[i].Type; t != state.NS && t != state.DS && t != state.A && t != state.AAAA {
			c.onSet(&sets[i], fault{
				severity: state.SeverityWarning,
				text:     "the server won't answer with this: the NS records at the same name delegate it",
				hint:     "declare it in the delegated zone, or take the NS records out",
			})
		}
	}
}

// hostName warns of names that BIND, as it comes, refuses for hosts.
func (c *checker) hostName(byType map[state.Type]*state.RRset) {
	for _, t := range []state.Type{state.A, state.AAAA, state.MX} {
		s := byType[t]
		if s == nil || isHostName(strings.TrimPrefix(string(s.Name), "*.")) {
			continue
		}
		c.onSet(s, fault{
			severity: state.SeverityWarning,
			text:     fmt.Sprintf("%s records belong to host names, of letters, digits and hyphens: BIND refuses others unless check-names is off", t),
		})
		return
	}
}

// isHostName reports whether name has only characters of host names (RFC 1123
// section 2.1).
func isHostName(name string) bool {
	for label := range strings.SplitSeq(strings.TrimSuffix(name, "."), ".") {
		other := strings.ContainsFunc(label, func(r rune) bool {
			return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-'
		})
		if other || strings.HasPrefix(label, "-") || strings.HasSuffix(label, "-") {
			return false
		}
	}
	return true
}

// set judges one RRset by itself.
func (c *checker) set(s *state.RRset) {
	for key := range s.Attrs.All() {
		c.onSet(s, fault{text: fmt.Sprintf("a DNS server keeps no %s for records", key)})
	}
	if f, bad := checkType(s, c.zone.Name); bad {
		for _, r := range s.Records {
			c.problem(s.Key, r, f)
		}
		return
	}
	if one := s.Type == state.CNAME || s.Type == state.DNAME || s.Type == state.SOA; one && len(s.Records) > 1 {
		for _, r := range s.Records[1:] {
			c.problem(s.Key, r, fault{text: fmt.Sprintf("a name can have one %s only", s.Type), hint: "keep one of them"})
		}
	}
	if s.Type == state.MX {
		c.mailHosts(s)
	}
	if len(s.Records) > bindRecords {
		c.onSet(s, fault{
			severity: state.SeverityWarning,
			text:     fmt.Sprintf("BIND takes no more than %d records of one type at one name, unless max-records-per-type is raised", bindRecords),
		})
	}
	size := 0
	for i := range s.Records {
		size += c.record(s, &s.Records[i])
	}
	if size > maxSet {
		c.onSet(s, fault{text: fmt.Sprintf("the %s records of this name take %d octets together, and an answer holds %d", s.Type, size, maxSet), hint: "spread them over several names"})
	}
}

// bindRecords is how many records BIND takes in a set, as it comes.
const bindRecords = 100

// maxSet is how much of an answer is left for records.
const maxSet = 65535 - 600

// checkType judges whether a set's type may be there at all.
func checkType(s *state.RRset, apex state.Name) (fault, bool) {
	switch t := s.Type; {
	case t == state.ALIAS:
		return fault{text: "DNS has no ALIAS records", hint: "write A and AAAA records, or a CNAME at a name below the zone's own"}, true
	case t == state.LUA:
		return fault{text: "DNS has no LUA records: only PowerDNS's own API takes them"}, true
	case t == "RRSIG" || t == "NSEC" || t == "NSEC3" || t == "SIG":
		return fault{text: fmt.Sprintf("the server makes %s records by itself when it signs the zone", t), hint: "take it out"}, true
	case s.Name == apex && (t == "NSEC3PARAM" || t == "TYPE65534"):
		return fault{text: fmt.Sprintf("the server keeps %s records for itself when it signs the zone", t), hint: "take it out, and set how to sign at the server"}, true
	case t == state.SOA && s.Name != apex:
		return fault{text: "an SOA record stands at a zone's own name only", hint: "take it out"}, true
	}
	return fault{}, false
}

// record judges one record and returns its size in an answer.
func (c *checker) record(s *state.RRset, r *state.Record) int {
	const around = 12 // a pointer to the name, type, class, TTL, length
	switch first := s.Records[0].TTL; {
	case r.TTL == state.TTLAuto:
		c.problem(s.Key, *r, fault{text: "a DNS server has no automatic TTL", hint: "write a number of seconds, such as 300"})
	case r.TTL > maxTTL:
		c.problem(s.Key, *r, fault{text: fmt.Sprintf("the TTL %s is above %d, the most that DNS has", r.TTL, maxTTL)})
	case r.TTL != first:
		c.problem(s.Key, *r, fault{
			text: fmt.Sprintf("the TTL %s differs from %s, that of another %s record of this name: a DNS server has one for all (RFC 2181 section 5.2)", r.TTL, first, s.Type),
			hint: "write the same TTL for all of them",
		})
	}
	for key := range r.Attrs.All() {
		c.problem(s.Key, *r, fault{text: fmt.Sprintf("a DNS server keeps no %s for a record", key), hint: "take it out"})
	}
	octets, err := encode(s.Type, r.Data)
	if err != nil {
		c.problem(s.Key, *r, fault{text: fmt.Sprintf("the record can't be sent: %s", err)})
	}
	return around + len(octets)
}
