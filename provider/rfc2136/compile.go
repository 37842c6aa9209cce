package rfc2136

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/miekg/dns"

	"github.com/zoneloom/zoneloom/state"
)

// part is what an update has about one name, or about some of its RRsets.
type part struct {
	changes []int
	ops     int
	soa     bool     // one of the changes is the zone's SOA
	require []dns.RR // prerequisites (RFC 2136 section 2.4)
	first   []dns.RR // added ahead of everything: name servers of the zone
	remove  []dns.RR
	add     []dns.RR
	last    []dns.RR // removed after everything: name servers of the zone
	size    int
}

// compiler turns changes into parts.
type compiler struct {
	apex    state.Name
	at      *state.Zone
	own     *owned
	changes []state.Change
}

// parts returns what to send for each name, in the order of the changes. A name
// makes one part, unless that is too large for any message.
func (c *compiler) parts() ([]*part, error) {
	var parts []*part
	for _, indexes := range byName(c.changes) {
		whole, err := c.part(indexes)
		if err != nil {
			return nil, err
		}
		if whole.size <= maxUpdate {
			parts = append(parts, whole)
			continue
		}
		for _, i := range indexes {
			one, err := c.part([]int{i})
			if err != nil {
				return nil, err
			}
			if one.size > maxUpdate {
				return nil, fmt.Errorf("%s: the change takes %d octets, and an update holds %d: make it in several steps", c.changes[i].Key, one.size, maxUpdate)
			}
			parts = append(parts, one)
		}
	}
	return parts, nil
}

// byName returns the indexes of each name's changes, in the order in which the
// names first occur.
func byName(changes []state.Change) [][]int {
	var groups [][]int
	index := map[state.Name]int{}
	for i := range changes {
		g, ok := index[changes[i].Name]
		if !ok {
			g = len(groups)
			index[changes[i].Name] = g
			groups = append(groups, nil)
		}
		groups[g] = append(groups[g], i)
	}
	return groups
}

// part compiles changes of one name.
func (c *compiler) part(indexes []int) (*part, error) {
	p := &part{changes: indexes}
	touched := map[state.Type]bool{}
	for _, i := range indexes {
		touched[c.changes[i].Type] = true
	}
	for _, i := range indexes {
		if err := c.change(p, &c.changes[i], touched); err != nil {
			return nil, fmt.Errorf("%s: %w", c.changes[i].Key, err)
		}
	}
	if name := c.changes[indexes[0]].Name; !touched[state.CNAME] && name != c.apex && c.creates(indexes) {
		// Else a server leaves the new data out without a word (section 3.4.2.2).
		if err := c.absent(p, state.Key{Name: name, Type: state.CNAME}); err != nil {
			return nil, err
		}
	}
	if err := c.clear(p, touched); err != nil {
		return nil, err
	}
	p.measure(c.apex)
	return p, nil
}

// clear makes room for a CNAME in a signed zone. Knot leaves the CNAME out as
// long as the name has signatures of what was removed one by one, so the name is
// removed whole, if it surely holds nothing that the changes don't know of.
func (c *compiler) clear(p *part, touched map[state.Type]bool) error {
	ch := &c.changes[p.changes[0]]
	at := c.at.At(ch.Name)
	making := slices.ContainsFunc(p.changes, func(i int) bool {
		return c.changes[i].Type == state.CNAME && c.changes[i].Action() == state.Create
	})
	if !making || !c.own.signed || len(at) == 0 {
		return nil
	}
	for i := range at {
		if !touched[at[i].Type] || len(at[i].Ours()) < len(at[i].Records) {
			return nil
		}
	}
	for code, text := range dns.TypeToString {
		t, err := state.ParseType(text)
		if err != nil || touched[t] || slices.Contains(likely, t) || isProof(code) {
			continue
		}
		if err := c.absent(p, state.Key{Name: ch.Name, Type: t}); err != nil {
			return err
		}
	}
	slices.SortStableFunc(p.require, func(a, b dns.RR) int { return cmp.Compare(a.Header().Rrtype, b.Header().Rrtype) })
	p.remove = []dns.RR{&dns.ANY{Hdr: dns.RR_Header{Name: string(ch.Name), Rrtype: dns.TypeANY, Class: dns.ClassANY}}}
	return nil
}

// creates reports whether one of the changes makes an RRset.
func (c *compiler) creates(indexes []int) bool {
	return slices.ContainsFunc(indexes, func(i int) bool { return c.changes[i].Action() == state.Create })
}

// change compiles one change.
func (c *compiler) change(p *part, ch *state.Change, touched map[state.Type]bool) error {
	deletes, updates, creates := ch.Ops()
	p.ops += len(deletes) + len(updates) + len(creates)
	if ch.Type == state.SOA && ch.Name == c.apex {
		p.soa = true // it is made when it is sent: it needs the serial of that time
		if ch.Action() != state.Update {
			return errors.New("a zone's SOA can be changed, but neither made nor removed")
		}
		return nil
	}
	if err := c.asSeen(p, ch.Key, ch.Before.Ours()); err != nil {
		return err
	}
	if a := ch.Action(); ch.Type.Redirects() && (a == state.Create || a == state.Delete) {
		if err := c.beside(p, ch, touched); err != nil {
			return err
		}
	}
	return c.replace(p, ch)
}

// asSeen requires the set with key k to hold exactly these records and the kept
// ones that were read there.
func (c *compiler) asSeen(p *part, k state.Key, records []state.Record) error {
	seen := map[string]bool{}
	add := func(r state.Record) error {
		if seen[r.Data] {
			return nil
		}
		seen[r.Data] = true
		rr, err := c.record(k, r, dns.ClassINET, 0)
		p.require = append(p.require, rr)
		return err
	}
	for _, r := range records {
		if err := add(r); err != nil {
			return err
		}
	}
	if live := c.at.Find(k); live != nil {
		for _, r := range live.Records {
			if r.Kept != state.Ours {
				if err := add(r); err != nil {
					return err
				}
			}
		}
	}
	if len(seen) == 0 {
		return c.absent(p, k)
	}
	return nil
}

// absent requires that there is no set with key k.
func (c *compiler) absent(p *part, k state.Key) error {
	rr, err := about(k, dns.ClassNONE)
	p.require = append(p.require, rr)
	return err
}

// likely are types that may stand at any name.
var likely = []state.Type{
	state.A, state.AAAA, state.MX, state.TXT, state.CNAME, state.NS, state.DNAME, state.DS, state.SRV, state.CAA,
	"HTTPS", "SVCB", "PTR", "NAPTR", "TLSA", "SSHFP", "LOC", state.SPF,
}

// beside requires what else is at the name of ch to be as the plan saw it. A
// prerequisite can't speak of types that it doesn't name, except for a name with
// nothing at all: of those only likely ones are excluded.
func (c *compiler) beside(p *part, ch *state.Change, touched map[state.Type]bool) error {
	known := map[state.Type]bool{ch.Type: true}
	for _, set := range ch.Beside {
		known[set.Type] = true
		own := set.Type == state.SOA || isServers(set.Key, c.apex, true)
		if touched[set.Type] || own {
			continue
		}
		if err := c.asSeen(p, set.Key, set.Ours()); err != nil {
			return err
		}
	}
	if ch.Action() == state.Create && len(known) == 1 && len(touched) == 1 && len(c.at.At(ch.Name)) == 0 {
		p.require = append(p.require, &dns.ANY{Hdr: dns.RR_Header{Name: string(ch.Name), Rrtype: dns.TypeANY, Class: dns.ClassNONE}})
		return nil
	}
	for _, t := range likely {
		k := state.Key{Name: ch.Name, Type: t}
		if known[t] || touched[t] || c.at.Find(k) != nil {
			continue
		}
		if err := c.absent(p, k); err != nil {
			return err
		}
	}
	return nil
}

// replace removes what ch.Before alone has and adds what is new in ch.After. A
// record with another TTL is removed and added: Knot leaves one that is there as
// it is.
func (c *compiler) replace(p *part, ch *state.Change) error {
	before, after := byData(ch.Before), byData(ch.After)
	adds, removes := &p.add, &p.remove
	// To add a CNAME replaces the one that is there. In a signed zone Knot leaves it
	// out where that was removed first. (It loses a DNAME that is added like this.)
	single := ch.Type == state.CNAME && len(after) == 1
	apexNS := ch.Type == state.NS && ch.Name == c.apex
	if apexNS {
		adds, removes = &p.first, &p.last // the last one would not go
	}
	gone := 0
	for data, ttl := range before {
		if now, stays := after[data]; !stays || now != ttl {
			gone++
		}
	}
	if gone > len(after) && !apexNS && !c.keeps(ch.Key) {
		return c.afresh(p, ch)
	}
	for _, r := range ch.After.Ours() {
		was, there := before[r.Data]
		if there && was == r.TTL {
			continue
		}
		if there && !apexNS && !single {
			if err := c.append(removes, ch.Key, r, dns.ClassNONE); err != nil {
				return err
			}
		}
		if there && apexNS && len(before) > 1 && len(p.first) == 0 {
			// To add one anew gives its TTL to the others.
			if err := c.append(adds, ch.Key, r, dns.ClassNONE); err != nil {
				return err
			}
		}
		if err := c.append(adds, ch.Key, r, dns.ClassINET); err != nil {
			return err
		}
	}
	for _, r := range ch.Before.Ours() {
		if _, stays := after[r.Data]; stays || single {
			continue
		}
		if err := c.append(removes, ch.Key, r, dns.ClassNONE); err != nil {
			return err
		}
	}
	return nil
}

// keeps reports whether there are records with key k that aren't ours.
func (c *compiler) keeps(k state.Key) bool {
	live := c.at.Find(k)
	return live != nil && len(live.Ours()) < len(live.Records)
}

// afresh removes a set whole and adds what shall be, where that is shorter.
func (c *compiler) afresh(p *part, ch *state.Change) error {
	rr, err := about(ch.Key, dns.ClassANY)
	if err != nil {
		return err
	}
	p.remove = append(p.remove, rr)
	for _, r := range ch.After.Ours() {
		if err := c.append(&p.add, ch.Key, r, dns.ClassINET); err != nil {
			return err
		}
	}
	return nil
}

// byData returns the TTLs of the records of ours in s.
func byData(s *state.RRset) map[string]state.TTL {
	ttls := map[string]state.TTL{}
	for _, r := range s.Ours() {
		ttls[r.Data] = r.TTL
	}
	return ttls
}

// append appends a record to a list: of class IN to add it, NONE to remove it.
func (c *compiler) append(list *[]dns.RR, k state.Key, r state.Record, class uint16) error {
	ttl := uint32(0)
	if class == dns.ClassINET {
		if r.TTL > maxTTL {
			return fmt.Errorf("the TTL %s is no number of seconds that a server could keep", r.TTL)
		}
		ttl = uint32(r.TTL)
	}
	rr, err := c.record(k, r, class, ttl)
	if err != nil {
		return err
	}
	*list = append(*list, rr)
	return nil
}

// record returns a record for a message, with the RDATA that the server has for
// it where that was read.
func (c *compiler) record(k state.Key, r state.Record, class uint16, ttl uint32) (dns.RR, error) {
	if raw, ok := c.own.raw[rawKey{k, r.Data}]; ok {
		return record(k, []byte(raw), class, ttl)
	}
	octets, err := encode(k.Type, r.Data)
	if err != nil {
		return nil, err
	}
	return record(k, octets, class, ttl)
}

// measure sets p.size to no less than what p takes in a message, in which the
// zone's name can be pointed to from everywhere.
func (p *part) measure(apex state.Name) {
	const pointer, fixed = 2, 10
	p.size = 0
	for _, list := range [][]dns.RR{p.require, p.first, p.remove, p.add, p.last} {
		for _, rr := range list {
			h := rr.Header()
			p.size += nameLen(h.Name) - nameLen(string(apex)) + pointer + fixed
			if opaque, ok := rr.(*dns.RFC3597); ok {
				p.size += len(opaque.Rdata) / 2
			}
		}
	}
	if p.soa {
		p.size += 600 // two names, and numbers
	}
}
