package rfc2136

import (
	"encoding/binary"
	"fmt"
	"strconv"

	"github.com/miekg/dns"

	"github.com/zoneloom/zoneloom/provider"
	"github.com/zoneloom/zoneloom/state"
)

// maxUpdate bounds a message without its signature.
const maxUpdate = dns.MaxMsgSize - 1024

// nameLen returns the length of a name on the wire.
func nameLen(name string) int {
	if name == "." {
		return 1
	}
	n := 1
	for i := 0; i < len(name); i++ {
		if name[i] == '\\' && i+3 < len(name) && name[i+1] >= '0' && name[i+1] <= '9' {
			i += 3
		} else if name[i] == '\\' {
			i++
		}
		n++
	}
	return n
}

// pack divides the parts into messages: one where all fit, else as few as their
// order allows.
func pack(apex state.Name, parts []*part) [][]*part {
	total := 0
	for _, p := range parts {
		total += p.size
	}
	// The sizes are a little too large: a name that recurs nearby costs nothing.
	if total > maxUpdate && total < 2*maxUpdate {
		if wire, err := message(apex, parts, nil).Pack(); err == nil && len(wire) <= maxUpdate {
			return [][]*part{parts}
		}
	}
	var messages [][]*part
	size := maxUpdate + 1
	for _, p := range parts {
		if size+p.size > maxUpdate {
			messages = append(messages, nil)
			size = headerLen + nameLen(string(apex)) + 4
		}
		messages[len(messages)-1] = append(messages[len(messages)-1], p)
		size += p.size
	}
	return messages
}

// message makes an update of parts; soa is added, where it isn't nil. Nothing is
// added before all is removed that could stand in its way, except for the zone's
// name servers, and a delegation's DS after its NS.
func message(apex state.Name, parts []*part, soa dns.RR) *dns.Msg {
	m := new(dns.Msg).SetUpdate(string(apex))
	m.Compress = true
	for _, p := range parts {
		m.Answer = append(m.Answer, p.require...)
		m.Ns = append(m.Ns, p.first...)
	}
	for _, p := range parts {
		m.Ns = append(m.Ns, p.remove...)
	}
	for _, ds := range []bool{false, true} {
		for _, p := range parts {
			for _, rr := range p.add {
				if (rr.Header().Rrtype == dns.TypeDS) == ds {
					m.Ns = append(m.Ns, rr)
				}
			}
		}
	}
	for _, p := range parts {
		m.Ns = append(m.Ns, p.last...)
	}
	if soa != nil {
		m.Ns = append(m.Ns, soa)
	}
	return m
}

// newSOA returns the record that makes ch, given the SOA of now: with a serial
// that follows it (RFC 1982), or the one that ch asks for where that does.
func newSOA(now *dns.SOA, ch *state.Change) (dns.RR, error) {
	ours := ch.After.Ours()
	if len(ours) != 1 {
		return nil, fmt.Errorf("a zone has one SOA, not %d", len(ours))
	}
	octets, err := encode(state.SOA, ours[0].Data)
	if err != nil {
		return nil, err
	}
	fields := state.SplitData(state.SOA, ours[0].Data)
	serial := now.Serial + 1
	if n, err := strconv.ParseUint(fields[soaSerial], 10, 32); err == nil && follows(uint32(n), now.Serial) {
		serial = uint32(n)
	}
	const after = 4 * 5 // the numbers of an SOA
	binary.BigEndian.PutUint32(octets[len(octets)-after:], serial)
	return record(ch.Key, octets, dns.ClassINET, uint32(ours[0].TTL))
}

// soaSerial is which field of an SOA is its serial.
const soaSerial = 2

// follows reports whether serial a is newer than b.
func follows(a, b uint32) bool { return a != b && a-b < 1<<31 }

// results gives n changes the same result.
func results(n int, r provider.Result) []provider.Result {
	list := make([]provider.Result, n)
	for i := range list {
		list[i] = r
	}
	return list
}
