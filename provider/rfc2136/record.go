package rfc2136

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/miekg/dns"

	"github.com/zoneloom/zoneloom/state"
)

// received is a record as a server sent it.
type received struct {
	state.Entry
	// raw is its RDATA on the wire where that isn't what the model's data gives:
	// a server may hold a name within in another case.
	raw string
}

// decode returns a record from the wire in the model's terms. An RDATA that the
// model can't read is carried as octets.
func decode(rr dns.RR) (received, error) {
	h := rr.Header()
	name, err := state.ParseName(h.Name, ".")
	if err != nil {
		return received{}, fmt.Errorf("the server sent the name %q: %w", h.Name, err)
	}
	t, err := state.ParseType("TYPE" + strconv.Itoa(int(h.Rrtype)))
	if err != nil {
		return received{}, fmt.Errorf("the server sent a record that is none: %w", err)
	}
	e := received{Entry: state.Entry{Key: state.Key{Name: name, Type: t}, Record: state.Record{TTL: state.TTL(h.Ttl)}}}
	if text, ok := hotText(rr); ok {
		if e.Data, err = state.ParseData(t, text, nil); err == nil {
			e.raw, err = rawText(rr, e.Data, text)
			return e, err
		}
	}
	octets, err := rdataOf(rr)
	if err != nil {
		return received{}, fmt.Errorf("%s: %w", e.Key, err)
	}
	generic := strings.TrimSuffix(fmt.Sprintf(`\# %d %x`, len(octets), octets), " ")
	if e.Data, err = state.ParseData(t, generic, nil); err != nil {
		// Nothing that is read may be lost. It can't be declared, so it is the server's.
		e.Data, e.Kept, e.raw = generic, state.ReadOnly, string(octets)
		return e, nil
	}
	if back, err := encode(t, e.Data); err != nil || string(back) != string(octets) {
		e.raw = string(octets)
	}
	return e, nil
}

// rawText returns the octets of a record whose text isn't the canonical data: a
// name or a tag within is in another case. Texts have no case.
func rawText(rr dns.RR, data, text string) (string, error) {
	switch rr := rr.(type) {
	case *dns.TXT, *dns.URI:
		return "", nil
	case *dns.CAA:
		if strings.ToLower(rr.Tag) == rr.Tag {
			return "", nil
		}
		return string([]byte{rr.Flag, byte(len(rr.Tag))}) + rr.Tag + rr.Value, nil
	}
	if data == text {
		return "", nil
	}
	octets, err := rdataOf(rr)
	return string(octets), err
}

// hotText returns the RDATA of the types that zones hold in numbers, and of those
// whose octets the library leaves unescaped, in presentation form.
func hotText(rr dns.RR) (string, bool) {
	switch rr := rr.(type) {
	case *dns.A:
		a, ok := netip.AddrFromSlice(rr.A.To4())
		return a.String(), ok
	case *dns.AAAA:
		a, ok := netip.AddrFromSlice(rr.AAAA.To16())
		return a.String(), ok
	case *dns.CNAME:
		return rr.Target, true
	case *dns.NS:
		return rr.Ns, true
	case *dns.PTR:
		return rr.Ptr, true
	case *dns.MX:
		return strconv.Itoa(int(rr.Preference)) + " " + rr.Mx, true
	case *dns.SRV:
		return fmt.Sprintf("%d %d %d %s", rr.Priority, rr.Weight, rr.Port, rr.Target), true
	case *dns.URI:
		return fmt.Sprintf("%d %d %s", rr.Priority, rr.Weight, state.TXTData(rr.Target)), true
	case *dns.CAA:
		plain := rr.Tag != "" && isHostName(strings.ToLower(rr.Tag))
		return fmt.Sprintf("%d %s %s", rr.Flag, rr.Tag, state.TXTData(rr.Value)), plain
	case *dns.TXT:
		return `"` + strings.Join(rr.Txt, `" "`) + `"`, true
	}
	return "", false
}

// rdataOf returns the RDATA of a record on the wire, names within uncompressed.
func rdataOf(rr dns.RR) ([]byte, error) {
	if opaque, ok := rr.(*dns.RFC3597); ok {
		return hex.DecodeString(opaque.Rdata)
	}
	buf := make([]byte, dns.Len(rr)+256)
	end, err := dns.PackRR(rr, buf, 0, nil, false)
	if err != nil {
		return nil, err
	}
	owner, ok := skipName(buf, 0)
	if !ok {
		return nil, errMessage
	}
	return buf[owner+10 : end], nil
}

// maxString is how many octets one character string can have (RFC 1035 section
// 3.3).
const maxString = 255

// encode returns canonical data on the wire. A text of one string is cut.
func encode(t state.Type, data string) ([]byte, error) {
	switch {
	case t == state.A || t == state.AAAA:
		a, err := netip.ParseAddr(data)
		return a.AsSlice(), err
	case t.IsText():
		return encodeText(data)
	case t == state.ALIAS || t == state.LUA:
		return nil, fmt.Errorf("%s is no type of DNS", t)
	case t.IsOpaque():
		_, digits, _ := strings.Cut(strings.TrimPrefix(data, `\# `), " ")
		return hex.DecodeString(digits)
	case t == "URI": // the library takes no long ones
		fields := state.SplitData(t, data)
		if len(fields) != 3 {
			return nil, fmt.Errorf("%s is no URI", data)
		}
		var wire []byte
		for _, text := range fields[:2] {
			n, err := strconv.ParseUint(text, 10, 16)
			if err != nil {
				return nil, err
			}
			wire = binary.BigEndian.AppendUint16(wire, uint16(n))
		}
		return append(wire, fields[2]...), nil
	}
	rr, err := dns.NewRR(". 0 IN " + string(t) + " " + data)
	if err != nil {
		return nil, err
	}
	if rr == nil {
		return nil, fmt.Errorf("%s has no data", t)
	}
	wire, err := rdataOf(rr)
	if t == "LOC" && err == nil {
		return encodeAngles(wire, state.SplitData(t, data))
	}
	return wire, err
}

func encodeText(data string) ([]byte, error) {
	texts := state.TXTStrings(data)
	if len(texts) == 1 {
		for len(texts[len(texts)-1]) > maxString {
			last := texts[len(texts)-1]
			texts = append(texts[:len(texts)-1], last[:maxString], last[maxString:])
		}
	}
	var wire []byte
	for _, text := range texts {
		if len(text) > maxString {
			return nil, fmt.Errorf("a string of %d octets is too long for DNS", len(text))
		}
		wire = append(append(wire, byte(len(text))), text...)
	}
	return wire, nil
}

// encodeAngles writes the angles of a LOC (RFC 1876 section 2): the library
// reads seconds as a float, and so takes 1.001 s for 1.000 s.
func encodeAngles(wire []byte, fields []string) ([]byte, error) {
	const size, equator = 16, 1 << 31
	if len(wire) != size || len(fields) < 8 {
		return nil, fmt.Errorf("%q is no LOC", fields)
	}
	for i := range 2 {
		var parts [3]uint32 // degrees, minutes, thousandths of a second
		for j, text := range fields[4*i : 4*i+3] {
			n, err := strconv.ParseUint(strings.Replace(text, ".", "", 1), 10, 32)
			if err != nil {
				return nil, err
			}
			parts[j] = uint32(n)
		}
		angle := (parts[0]*60+parts[1])*60_000 + parts[2]
		if d := fields[4*i+3]; d == "S" || d == "W" {
			angle = -angle
		}
		binary.BigEndian.PutUint32(wire[4+4*i:], equator+angle)
	}
	return wire, nil
}

// record returns a record for a message. Its RDATA is opaque, so that it is sent
// to the octet as it is here.
func record(k state.Key, rdata []byte, class uint16, ttl uint32) (dns.RR, error) {
	code, err := code(k.Type)
	if err != nil {
		return nil, err
	}
	h := dns.RR_Header{Name: string(k.Name), Rrtype: code, Class: class, Ttl: ttl}
	return &dns.RFC3597{Hdr: h, Rdata: hex.EncodeToString(rdata)}, nil
}

// about returns a record without RDATA, which speaks of a whole RRset.
func about(k state.Key, class uint16) (dns.RR, error) {
	code, err := code(k.Type)
	if err != nil {
		return nil, err
	}
	return &dns.ANY{Hdr: dns.RR_Header{Name: string(k.Name), Rrtype: code, Class: class}}, nil
}

// code returns the number of a type.
func code(t state.Type) (uint16, error) {
	if n, ok := dns.StringToType[string(t)]; ok {
		return n, nil
	}
	n, err := strconv.ParseUint(strings.TrimPrefix(string(t), "TYPE"), 10, 16)
	if err != nil {
		return 0, fmt.Errorf("%s is no type of DNS", t)
	}
	return uint16(n), nil
}
