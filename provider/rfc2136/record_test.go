package rfc2136_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/miekg/dns"

	"github.com/zoneloom/zoneloom/provider/rfc2136"
	"github.com/zoneloom/zoneloom/state"
)

// FuzzRecord holds what is sent for a record to be the octets that were read, as
// a prerequisite must be.
func FuzzRecord(f *testing.F) {
	const owner = len("\x01x\x07example\x00") + 10
	for _, text := range []string{
		"A 192.0.2.1", "AAAA ::ffff:192.0.2.1", "CNAME Target.Example.", `MX 10 a\.b.example.`, `TXT "a\"\\\000" ""`, `CAA 0 ISSUE "x\\y"`,
		`URI 1 2 "a\\b"`, "LOC 1 2 1.001 N 3 4 59.999 W 0m 0m 0m 0m", `NAPTR 1 2 "a" "b\"" "" .`, `HTTPS 1 . alpn="a\\\,b,c" key667="\001"`,
		`TYPE65280 \# 2 abcd`, `TYPE65281 \# 0`, "APL 1:192.0.2.0/24", "HINFO \"a\" \"b\"", "SOA A.example. b. 1 2 3 4 5", "L64 10 2001:0db8:1140:1000",
		"DNSKEY 257 3 13 AQIDBA==", "CSYNC 66 3 A NS", "HIP 2 200100107B1A74DF365639CC39F1D578 AwEAAbdx a.", "IPSECKEY 10 1 2 192.0.2.38 AQNR",
	} {
		rr, err := dns.NewRR("x.example. 300 IN " + text)
		if err != nil {
			f.Fatalf("%s: %v", text, err)
		}
		buf := make([]byte, 1024)
		n, err := dns.PackRR(rr, buf, 0, nil, false)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(rr.Header().Rrtype, buf[owner:n])
	}
	f.Fuzz(func(t *testing.T, code uint16, octets []byte) {
		h := dns.RR_Header{Name: "x.example.", Rrtype: code, Class: dns.ClassINET, Ttl: 300, Rdlength: uint16(len(octets))}
		rr, end, err := dns.UnpackRRWithHeader(h, bytes.Clone(octets), 0)
		if err != nil || end != len(octets) || len(octets) > 2000 || code == dns.TypeTXT && end == 0 {
			return // no server sends this, or no library reads it
		}
		buf := make([]byte, 1<<16)
		if n, err := dns.PackRR(rr, buf, 0, nil, false); err != nil || n-owner > len(octets) {
			return // cut short: the library takes fields for empty, as they may be in an update
		}
		e, sent, err := rfc2136.Reread(rr)
		if err != nil {
			return // the reading fails as a whole
		}
		if e.Kept == state.ReadOnly {
			return // it is never sent
		}
		if !bytes.Equal(sent, octets) {
			t.Errorf("%s %s: %x was read, and %x would be sent", e.Type, e.Data, octets, sent)
		}
		if again, err := state.ParseData(e.Type, e.Data, nil); err != nil || again != e.Data {
			t.Errorf("%s: the data %s is read as %s, %v", e.Type, e.Data, again, err)
		}
		if strings.Contains(e.Data, "\n") {
			t.Errorf("the data %q has a line break", e.Data)
		}
	})
}
