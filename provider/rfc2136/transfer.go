package rfc2136

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/miekg/dns"

	"github.com/zoneloom/zoneloom/provider"
	"github.com/zoneloom/zoneloom/state"
)

// sink takes what a transfer says.
type sink interface {
	reset() // the whole zone follows
	add(dns.RR) error
	remove(dns.RR) error
}

var errEnded = errors.New("the transfer ended before its last record, so the zone wasn't read whole")

// transfer brings s from the version of the zone with the serial from to the
// present one, whose SOA it returns; a nil from asks for the whole zone.
func (z *zone) transfer(ctx context.Context, from *uint32, s sink) (*dns.SOA, error) {
	c, err := z.p.dial(ctx)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	q := new(dns.Msg)
	if from == nil {
		q.SetAxfr(string(z.name))
	} else {
		q.SetIxfr(string(z.name), *from, ".", ".")
	}
	v, err := c.send(q)
	if err != nil {
		return nil, err
	}
	t := &transfer{zone: string(z.name), from: from, sink: s}
	for !t.ended {
		r, err := c.receive(v, q.Id)
		switch {
		case err != nil && t.first != nil && ctx.Err() == nil:
			return nil, fmt.Errorf("%w: %w", errEnded, err)
		case err != nil:
			return nil, err
		case r.Rcode != dns.RcodeSuccess:
			return nil, c.transferRefused(r)
		case len(r.Answer) == 0:
			return nil, fmt.Errorf("%w: the server %s sent a message without records", errEnded, z.p.Addr)
		}
		for _, rr := range r.Answer {
			if err := t.take(rr); err != nil {
				return nil, err
			}
		}
		// A lone SOA with the version that we have says that nothing changed.
		t.ended = t.ended || from != nil && t.state == atSecond && t.first.Serial == *from
	}
	if err := v.finished(); err != nil {
		return nil, err
	}
	return t.first, nil
}

// transferRefused says why the server doesn't send the zone.
func (c *conn) transferRefused(r *dns.Msg) error {
	switch r.Rcode {
	case dns.RcodeNameError:
		return fmt.Errorf("%w: the server %s answers %s", provider.ErrNoZone, c.p.Addr, rcodeText(r.Rcode))
	case dns.RcodeRefused, dns.RcodeNotAuth:
		return fmt.Errorf("%w: the server %s refuses to transfer the zone (%s): let %s do so (BIND: allow-transfer; Knot: an acl with action transfer)",
			provider.ErrAuth, c.p.Addr, rcodeText(r.Rcode), c.p.caller())
	}
	return c.refusal("the transfer", r)
}

// caller names who asks.
func (p *Provider) caller() string {
	if p.Key == nil {
		return "this machine's address"
	}
	return "the key " + p.Key.Name
}

// transfer is one AXFR or IXFR under way (RFC 5936 section 2.2, RFC 1995 section
// 4).
type transfer struct {
	zone  string
	from  *uint32
	sink  sink
	first *dns.SOA // of the version that the transfer leads to
	state step
	at    uint32 // the version that the difference under way leads to
	ended bool
}

// step is where a transfer stands.
type step uint8

const (
	atFirst   step = iota // the SOA that opens it is next
	atSecond              // what comes next tells a whole zone from differences
	inZone                // records of the whole zone
	inRemoved             // records that a difference removes
	inAdded               // records that it adds
)

// take takes the next record.
func (t *transfer) take(rr dns.RR) error {
	if t.ended {
		return fmt.Errorf("the transfer goes on after its last record: %s", rr)
	}
	if rr.Header().Class != dns.ClassINET {
		return fmt.Errorf("the transfer holds a record of another class: %s", rr)
	}
	soa, _ := rr.(*dns.SOA)
	if soa != nil && !strings.EqualFold(soa.Hdr.Name, t.zone) {
		soa = nil // a fault of the zone, but not ours
	}
	switch t.state {
	case atFirst:
		if soa == nil {
			return fmt.Errorf("the transfer begins with %s, not with the zone's SOA", rr)
		}
		t.first, t.state = soa, atSecond
		return nil
	case atSecond:
		if soa != nil && t.from != nil && soa.Serial == *t.from && soa.Serial != t.first.Serial {
			t.state = inRemoved
			return nil
		}
		t.state = inZone
		t.sink.reset()
		if err := t.sink.add(t.first); err != nil {
			return err
		}
	case inZone, inRemoved, inAdded:
	}
	if soa != nil {
		return t.version(soa)
	}
	if t.state == inRemoved {
		return t.sink.remove(rr)
	}
	return t.sink.add(rr)
}

// version takes an SOA that stands between or after other records.
func (t *transfer) version(soa *dns.SOA) error {
	switch t.state {
	case inZone:
		if soa.Serial != t.first.Serial {
			return fmt.Errorf("the transfer began with serial %d and ended with %d: the zone changed under it", t.first.Serial, soa.Serial)
		}
		t.ended = true
	case inRemoved:
		t.at, t.state = soa.Serial, inAdded
	case inAdded:
		if soa.Serial != t.at {
			return fmt.Errorf("the transfer of differences leads to serial %d and goes on from %d", t.at, soa.Serial)
		}
		t.ended = t.at == t.first.Serial
		t.state = inRemoved
		if t.ended {
			return t.sink.add(soa)
		}
	case atFirst, atSecond:
	}
	return nil
}

// owned is what a Snapshot of ours keeps beside its zone.
type owned struct {
	serial uint32
	signed bool              // the server signs the zone
	raw    map[rawKey]string // RDATA on the wire that differs from what its data gives
}

type rawKey struct {
	state.Key
	data string
}

// wholeZone is a sink for a full transfer.
type wholeZone struct {
	entries []state.Entry
	raw     map[rawKey]string
	signed  bool
}

func (w *wholeZone) reset() {}

func (w *wholeZone) remove(rr dns.RR) error {
	return fmt.Errorf("a transfer of the whole zone removes %s", rr)
}

func (w *wholeZone) add(rr dns.RR) error {
	if isProof(rr.Header().Rrtype) {
		w.signed = true
		return nil
	}
	e, err := decode(rr)
	if err != nil {
		return err
	}
	if e.raw != "" {
		w.raw[rawKey{e.Key, e.Data}] = e.raw
	}
	w.entries = append(w.entries, e.Entry)
	return nil
}

// isProof reports whether a server makes records of the type in numbers when it
// signs a zone. They are left out of what is read.
func isProof(code uint16) bool {
	return code == dns.TypeRRSIG || code == dns.TypeNSEC || code == dns.TypeNSEC3
}

// Read implements provider.Zone, by a full transfer. What signing servers make
// by the thousand is left out; what else is their own is read-only.
func (z *zone) Read(ctx context.Context) (*provider.Snapshot, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	w := &wholeZone{raw: map[rawKey]string{}}
	soa, err := z.transfer(ctx, nil, w)
	if err != nil {
		return nil, fmt.Errorf("read zone %s: %w", z.name, err)
	}
	for i := range w.entries {
		e := &w.entries[i]
		if !e.Name.IsIn(z.name) {
			return nil, fmt.Errorf("read zone %s: the server sent %s, which isn't in it", z.name, e.Name)
		}
		if isServers(e.Key, z.name, w.signed) {
			e.Kept = state.ReadOnly
		}
	}
	return &provider.Snapshot{Zone: state.NewZone(z.name, w.entries), Own: &owned{soa.Serial, w.signed, w.raw}}, nil
}

// isServers reports whether a server keeps the set for itself: what describes how
// it signs the zone.
func isServers(k state.Key, apex state.Name, signed bool) bool {
	if k.Name != apex {
		return false
	}
	switch k.Type {
	case "NSEC3PARAM", "TYPE65534":
		return true
	case "DNSKEY", "CDS", "CDNSKEY", "ZONEMD":
		return signed
	}
	return false
}
