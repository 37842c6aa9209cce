package state_test

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/zoneloom/zoneloom/state"
)

func TestParseDataCanonical(t *testing.T) {
	long := strings.Repeat("x", 300)
	tests := []struct {
		name     string
		typ      state.Type
		in, want string
	}{
		{"blanks around", "A", " \t192.0.2.1 ", "192.0.2.1"},
		{"IPv6 case and zeros", "AAAA", "2001:0DB8:0:0:0:0:0:1", "2001:db8::1"},
		{"IPv6 picks the longest zeros", "AAAA", "2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},
		{"mapped IPv4", "AAAA", "::FFFF:c000:0280", "::ffff:192.0.2.128"},
		{"a name without its final dot", "CNAME", "WWW.example.com", "www.example.com."},
		{"IDN inside", "CNAME", "münchen.example.", "xn--mnchen-3ya.example."},
		{"escapes in names", "NS", `a\046b.example.`, `a\.b.example.`},
		{"MX zeros", "MX", "0010  Mail.Example.COM.", "10 mail.example.com."},
		{"null MX", "MX", "0 .", "0 ."},
		{"SRV with no service", "SRV", "0 0 0 .", "0 0 0 ."},
		{"CAA case and quotes", "CAA", "0 IssueWild letsencrypt.org", `0 issuewild "letsencrypt.org"`},
		{"CAA semicolon", "CAA", `0 issue ";"`, `0 issue ";"`},
		{"CAA keeps the value's case", "CAA", `128 iodef "mailto:A@b"`, `128 iodef "mailto:A@b"`},
		{"CAA longer than a string", "CAA", `0 issue "` + long + `"`, `0 issue "` + long + `"`},
		{"URI longer than a string", "URI", `1 2 "` + long + `"`, `1 2 "` + long + `"`},
		{"unquoted text", "TXT", "hello", `"hello"`},
		{"two words are two strings", "TXT", "a b", `"a" "b"`},
		{"adjacent strings", "TXT", `"a""b"`, `"a" "b"`},
		{"empty text", "TXT", `""`, `""`},
		{"text longer than a string", "TXT", `"` + long + `"`, `"` + long + `"`},
		{"needless escapes", "TXT", `"\a\;\065\032"`, `"a;A "`},
		{"needed escapes", "TXT", `"\"\\\000é	"`, `"\"\\\000\195\169\009"`},
		{"parentheses and semicolons in quotes", "TXT", `"(a;b)"`, `"(a;b)"`},
		{"escaped semicolon outside quotes", "TXT", `a\;b`, `"a;b"`},
		{"directive as text", "TXT", `$INCLUDE /etc/passwd`, `"$INCLUDE" "/etc/passwd"`},
		{"SPF is text", "SPF", "a", `"a"`},
		{"hex case and blanks", "DS", "60485 5 1 2BB183AF 5F22588179A53B0A 98631FAD1A292118", "60485 5 1 2bb183af5f22588179a53b0a98631fad1a292118"},
		{"algorithm by name", "DS", "60485 ecdsap256sha256 2 2BB1", "60485 13 2 2bb1"},
		{"base64 blanks and spare bits", "DNSKEY", "257 3 13 mdsswU yr3DPW 132mOi8V9xESWE8jTo1=", "257 3 13 mdsswUyr3DPW132mOi8V9xESWE8jTo0="},
		{"certificate type by name", "CERT", "PGP 0 0 MFEw CgYIKoZIzj0=", "3 0 0 MFEwCgYIKoZIzj0="},
		{"TLSA", "TLSA", "03 1 1 0C72 ac70", "3 1 1 0c72ac70"},
		{"NAPTR without quotes", "NAPTR", "100 10 u E2U+sip !^.*$!sip:a@b! .", `100 10 "u" "E2U+sip" "!^.*$!sip:a@b!" .`},
		{"NAPTR empty strings", "NAPTR", `1 2 "" "" "" a.b.`, `1 2 "" "" "" a.b.`},
		{"LOC in full", "LOC", "52 22 23.000 N 04 53 32.0 E -2.00m 0.00m 10000m 10m", "52 22 23.000 N 4 53 32.000 E -2.00m 0.00m 10000.00m 10.00m"},
		{"LOC in short", "LOC", "42 n 71 w 24m", "42 0 0.000 N 71 0 0.000 W 24.00m 1.00m 10000.00m 10.00m"},
		{"LOC thousandths are exact", "LOC", "1 2 1.001 S 1 2 58.003 W 0.01m 30m", "1 2 1.001 S 1 2 58.003 W 0.01m 30.00m 10000.00m 10.00m"},
		{"LOC sizes have one digit", "LOC", "1 N 1 E 0 12.34m 99m 0.09", "1 0 0.000 N 1 0 0.000 E 0.00m 10.00m 90.00m 0.09m"},
		{"LOC on the equator", "LOC", "0 S 1 W 0", "0 0 0.000 N 1 0 0.000 W 0.00m 1.00m 10000.00m 10.00m"},
		{"LOC on the zero meridian", "LOC", "1 S 0 0 0.0009 w 0", "1 0 0.000 S 0 0 0.000 E 0.00m 1.00m 10000.00m 10.00m"},
		{"generic LOC on both", "LOC", `\# 16 00000000 80000000 80000000 00989680`, "0 0 0.000 N 0 0 0.000 E 0.00m 0.00m 0.00m 0.00m"},
		{"LOC across both is another place", "LOC", "0 0 0.001 S 180 W 0", "0 0 0.001 S 180 0 0.000 W 0.00m 1.00m 10000.00m 10.00m"},
		{"LOC cuts what it has no room for", "LOC", "1 2 3.9999 N 1 2 .5 E -1.239", "1 2 3.999 N 1 2 0.500 E -1.23m 1.00m 10000.00m 10.00m"},
		{"SVCB order", "SVCB", "1 svc.example.com. port=08443 alpn=h2,h3 mandatory=port,alpn", `1 svc.example.com. mandatory="alpn,port" alpn="h2,h3" port="8443"`},
		{"SVCB without a value", "HTTPS", `1 . alpn="h2" no-default-alpn=""`, `1 . alpn="h2" no-default-alpn`},
		{"SVCB addresses", "HTTPS", "1 . ipv6hint=2001:DB8:0::1 ipv4hint=192.0.2.1,192.0.2.2", `1 . ipv4hint="192.0.2.1,192.0.2.2" ipv6hint="2001:db8::1"`},
		{"SVCB alias", "SVCB", "0 Foo.example.com", "0 foo.example.com."},
		{"SVCB unknown key", "SVCB", `1 . key667="hello\210qoo"`, `1 . key667="hello\210qoo"`},
		{"SVCB escapes in a list", "SVCB", `16 foo.example.org. alpn="f\\\\oo\\,bar,h2"`, `16 foo.example.org. alpn="f\\\\oo\\,bar,h2"`},
		{"SVCB other escapes of the same", "SVCB", `16 foo.example.org. alpn=f\\\092oo\092,bar,h2`, `16 foo.example.org. alpn="f\\\\oo\\,bar,h2"`},
		{"SVCB value that ends in an escaped quote", "SVCB", `1 . key700=a\"`, `1 . key700="a\""`},
		{"SVCB ech", "HTTPS", `1 . ech=AEn+DQBFKwAgACABWIHUGj4u`, `1 . ech="AEn+DQBFKwAgACABWIHUGj4u"`},
		{"SVCB path", "SVCB", `1 . dohpath=/dns-query{?dns}`, `1 . dohpath="/dns-query{?dns}"`},
		{"bitmap order", "CSYNC", "66 3 AAAA NS TYPE1 NS TYPE65280", "66 3 A NS AAAA TYPE65280"},
		{"bitmap of nothing", "CSYNC", "66 3", "66 3"},
		{"NSEC3 in lower case", "NSEC3", "1 1 12 AABBCCDD 2T7B4G4VSA5SMI47K61MV5BV1A22BOJR MX A", "1 1 12 aabbccdd 2t7b4g4vsa5smi47k61mv5bv1a22bojr A MX"},
		{"APL", "APL", "!1:192.0.2.64/28  2:2001:DB8::/32", "!1:192.0.2.64/28 2:2001:db8::/32"},
		{"HIP with servers", "HIP", "2 200100107B1A74DF365639CC39F1D578 AwEA A.example. b.example", "2 200100107b1a74df365639cc39f1d578 AwEA a.example. b.example."},
		{"IPSECKEY to a name", "IPSECKEY", "10 3 2 MyGateway.example AQNR U3mG", "10 3 2 mygateway.example. AQNRU3mG"},
		{"IPSECKEY to nothing", "IPSECKEY", "10 0 2 . AQNRU3mG", "10 0 2 . AQNRU3mG"},
		{"IPSECKEY without a key", "IPSECKEY", "10 1 0 192.0.2.1", "10 1 0 192.0.2.1"},
		{"AMTRELAY to IPv6", "AMTRELAY", "10 1 2 2001:DB8::1", "10 1 2 2001:db8::1"},
		{"AMTRELAY to a name", "AMTRELAY", "10 0 3 Relay.example.com", "10 0 3 relay.example.com."},
		{"node without zeros", "NID", "10 14:4fff:FF20:EE64", "10 0014:4fff:ff20:ee64"},
		{"EUI48 case", "EUI48", "00-00-5E-00-53-2A", "00-00-5e-00-53-2a"},
		{"SOA units", "SOA", "ns1.a. host\\.master.a. 1 2h 1h 2w 5m", `ns1.a. host\.master.a. 1 7200 3600 1209600 300`},
		{"RRSIG time", "RRSIG", "A 13 2 3600 20270101000000 20261201000000 60485 Example.com. mdss", "A 13 2 3600 1798761600 1796083200 60485 example.com. mdss"},
		{"ALIAS", "ALIAS", "Example.com", "example.com."},
		{"LUA in parts", "LUA", `a "ifport" "up(443)"`, `A "ifportup(443)"`},
		{"opaque", "TYPE65280", `\# 5 01020 30A0B`, `\# 5 0102030a0b`},
		{"opaque and empty", "TYPE65280", `\# 00`, `\# 0`},
		{"opaque though it has a name", "ATMA", `\# 1 FF`, `\# 1 ff`},
		{"generic A", "A", `\# 4 C0000201`, "192.0.2.1"},
		{"generic MX", "MX", `\# 7 000A 03 575757 00`, "10 www."},
		{"generic TXT", "TXT", `\# 4 03616263`, `"abc"`},
		{"generic CAA", "CAA", `\# 9 00 05 4953535545 6162`, `0 issue "ab"`},
		{"generic LOC", "LOC", `\# 16 00121613 8B3D18B8 7DC09D30 00989680`, "52 22 33.400 N 10 28 28.496 W 0.00m 1.00m 10000.00m 10.00m"},
		{"generic SVCB", "SVCB", `\# 9 0001 00 0003 0002 01BB`, `1 . port="443"`},
		{"generic DS", "DS", `\# 6 EC45 0D 02 ABCD`, "60485 13 2 abcd"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := state.ParseData(tt.typ, tt.in, nil)
			checkResult(t, got, err, tt.want, "")
			again, err := state.ParseData(tt.typ, got, nil)
			checkResult(t, again, err, got, "")
		})
	}
}

func TestParseDataErrors(t *testing.T) {
	tests := []struct {
		name    string
		typ     state.Type
		in, err string
	}{
		{"bad address", "A", "300.1.2.3", `"300.1.2.3" is not an IPv4 address`},
		{"leading zeros mean octal to some", "A", "192.0.2.01", "not an IPv4 address"},
		{"short address", "A", "192.0.2", "not an IPv4 address"},
		{"IPv6 in A", "A", "2001:db8::1", "is an IPv6 address, and A needs IPv4"},
		{"IPv4 in AAAA", "AAAA", "192.0.2.1", "is an IPv4 address, and AAAA needs IPv6"},
		{"IPv6 with a zone", "AAAA", "fe80::1%eth0", "not an IPv6 address"},
		{"no address", "A", "", `A needs an address, such as "192.0.2.1"`},
		{"two addresses", "A", "192.0.2.1 192.0.2.2", `"192.0.2.2" is left over`},
		{"MX without preference", "MX", "mail.example.com.", `MX needs a preference and an exchange, such as "10 mail.example.com."`},
		{"preference out of range", "MX", "65536 a.", `preference "65536" is not a number from 0 to 65535`},
		{"a sign", "MX", "+1 a.", "not a number"},
		{"a quoted number", "MX", `"10" a.`, "without quotes"},
		{"a quoted name", "MX", `10 "a."`, "without quotes"},
		{"a bad name", "MX", "10 a..b.", "exchange: "},
		{"apex without a zone", "CNAME", "@", "apex"},
		{"short SRV", "SRV", "1 2 a.", "SRV needs a priority, a weight, a port and a target"},
		{"flags have no article", "CAA", "0", "CAA needs flags, a tag and a value, such as"},
		{"long lists have none", "RRSIG", "A 13", "RRSIG needs type covered, algorithm, labels, original ttl, expiration, inception, key tag, signer and signature, such as"},
		{"long lists with flags", "NAPTR", "1 2", "NAPTR needs order, preference, flags, service, regex and replacement, such as"},
		{"comment", "A", "192.0.2.1 ; web", "outside quotes"},
		{"comment in text", "TXT", "v=DKIM1; k=rsa", `write \;`},
		{"parentheses", "MX", "( 10 a. )", "outside quotes"},
		{"line break", "TXT", "a\n$INCLUDE /etc/passwd", "line break"},
		{"carriage return", "A", "192.0.2.1\r", "line break"},
		{"line break in quotes", "TXT", "\"a\nb\"", `\010`},
		{"NUL", "TXT", "\"a\x00b\"", `\000`},
		{"open quote", "TXT", `"abc`, "never closed"},
		{"escaped closing quote", "TXT", `"abc\"`, "never closed"},
		{"text after a quote", "TXT", `"abc"d`, "directly after"},
		{"quote in a word", "TXT", `abc"d"`, "middle of a word"},
		{"quotes after an equals sign", "TXT", `a="b"`, "quoted as a whole"},
		{"escape over 255", "TXT", `"\256"`, "over 255"},
		{"short escape", "TXT", `"\25"`, "three digits"},
		{"no text", "TXT", " ", "one or more strings"},
		{"too much text", "TXT", `"` + strings.Repeat("x", 65281) + `"`, "too long"},
		{"far too much text", "TXT", strings.Repeat(`"" `, 1<<18), "too long"},
		{"a string over 255", "HINFO", `"` + strings.Repeat("x", 256) + `" b`, "at most 255"},
		{"CAA flags", "CAA", `256 issue "a"`, "0 to 255"},
		{"CAA tag", "CAA", `0 is_sue "a"`, "letters and digits"},
		{"CAA value in two words", "CAA", "0 issue a b", "left over"},
		{"hex digit", "DS", "1 13 2 xyz0", "not hex"},
		{"odd hex", "DS", "1 13 2 abc", "odd number"},
		{"no hex", "TLSA", "3 1 1", "TLSA needs a usage"},
		{"algorithm", "DS", "1 NOSUCH 2 ab", "0 to 255"},
		{"base64", "OPENPGPKEY", "m*Q=", "not base64"},
		{"LOC latitude", "LOC", "91 N 0 E 0", "0 to 90 degrees"},
		{"LOC latitude over the pole", "LOC", "90 0 0.001 N 0 E 0", "over 90 degrees"},
		{"LOC minutes", "LOC", "1 60 N 0 E 0", "0 to 59 minutes"},
		{"LOC seconds", "LOC", "1 0 NaN N 0 E 0", "59.999 seconds"},
		{"LOC with parts of a degree", "LOC", "1.5 N 0 E 0", "0 to 90 degrees"},
		{"LOC with a point alone", "LOC", "1 N 0 E .", "altitude"},
		{"LOC with letters after the point", "LOC", "1 N 0 E 1.0000x", "altitude"},
		{"LOC without direction", "LOC", "1 2 3", "must end in N or S"},
		{"LOC without altitude", "LOC", "1 N 2 E", "LOC needs"},
		{"LOC altitude", "LOC", "1 N 2 E -100000.01", "altitude"},
		{"LOC leftovers", "LOC", "1 N 2 E 0 1 1 1 1", "left over"},
		{"SVCB key twice", "SVCB", "1 . port=1 port=2", "stands twice"},
		{"SVCB mandatory isn't there", "SVCB", "1 . mandatory=port", "isn't there"},
		{"SVCB mandatory twice", "SVCB", "1 . port=1 mandatory=port,port", "twice"},
		{"SVCB mandatory itself", "SVCB", "1 . mandatory=mandatory", "can't be mandatory"},
		{"SVCB mandatory unknown", "SVCB", "1 . mandatory=nosuch", "can't be mandatory"},
		{"SVCB mandatory empty", "SVCB", "1 . mandatory", "is empty"},
		{"SVCB alpn empty", "SVCB", "1 . alpn", "alpn is empty"},
		{"SVCB alpn too long", "SVCB", "1 . alpn=" + strings.Repeat("x", 256), "not valid for SVCB"},
		{"SVCB key", "HTTPS", "1 . nosuch=1", `"nosuch" is not a parameter of HTTPS`},
		{"SVCB known key by number", "HTTPS", "1 . key3=1", "not a parameter"},
		{"SVCB port", "HTTPS", "1 . port=http", `parameter port can't have the value "http": it is written like port="8443"`},
		{"SVCB quoted as a whole", "HTTPS", `1 . "port=1"`, `key="value"`},
		{"SVCB quotes in the value", "HTTPS", `1 . key667=a="b"`, `key="value"`},
		{"SVCB mapped address", "HTTPS", "1 . ipv6hint=::ffff:1.2.3.4", "ipv6hint"},
		{"bitmap of a query type", "CSYNC", "1 0 ANY", "type of queries"},
		{"bitmap of no type", "CSYNC", "1 0 ALIAS", "without a number"},
		{"APL bits", "APL", "1:192.0.2.1/24", "1:192.0.2.0/24 was probably meant"},
		{"APL family", "APL", "1:2001:db8::/32", "not an address prefix"},
		{"APL of nothing", "APL", "", "APL needs prefixes"},
		{"gateway type", "IPSECKEY", "10 4 2 . AQNR", "none of 0 (none)"},
		{"gateway none", "IPSECKEY", "10 0 2 192.0.2.1 AQNR", "there is none"},
		{"gateway family", "IPSECKEY", "10 2 2 192.0.2.1 AQNR", "needs IPv6"},
		{"EUI48 length", "EUI48", "00-00-5e-00-53", "6 pairs"},
		{"node groups", "NID", "10 1:2:3", "four groups"},
		{"opaque without a form", "TYPE65280", "hello", "octets only"},
		{"generic length", "TYPE65280", `\# 2 01`, `says 2 octets, and 1 follow`},
		{"generic odd", "TYPE65280", `\# 1 0`, "not hex"},
		{"generic without length", "TYPE65280", `\#`, "number of octets"},
		{"generic quoted", "TYPE65280", `\# 1 "00"`, "without quotes"},
		{"generic A of three octets", "A", `\# 3 010203`, "not RDATA of A"},
		{"generic A of none", "A", `\# 0`, "not RDATA of A"},
		{"generic MX with more behind it", "MX", `\# 4 000A0000`, "not RDATA of MX"},
		{"generic SVCB out of order", "SVCB", `\# 14 0001 00 0003 0002 01BB 0002 0000 00`, "not RDATA of SVCB"},
		{"generic ALIAS", "ALIAS", `\# 1 00`, "no generic form"},
		{"no such type", "NOSUCH", `a`, "octets only"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := state.ParseData(tt.typ, tt.in, nil)
			checkResult(t, got, err, "", tt.err)
			if err != nil && (strings.Contains(err.Error(), "at line") || len(err.Error()) > 600) {
				t.Errorf("not a sentence for people: %v", err)
			}
		})
	}
}

func TestParseDataAsksForNames(t *testing.T) {
	zone := func(s string) (state.Name, error) { return state.ParseName(s, "example.com.") }
	for _, tt := range []struct {
		typ      state.Type
		in, want string
	}{
		{"CNAME", "www", "www.example.com."},
		{"CNAME", "@", "example.com."},
		{"CNAME", "www.example.org.", "www.example.org."},
		{"MX", "10 mail", "10 mail.example.com."},
		{"HTTPS", "1 svc alpn=h2", `1 svc.example.com. alpn="h2"`},
		{"SOA", "ns1 hostmaster 1 2 3 4 5", "ns1.example.com. hostmaster.example.com. 1 2 3 4 5"},
		{"HIP", "2 20 AwEA a b.", "2 20 AwEA a.example.com. b."},
		{"IPSECKEY", "10 3 2 gw AQNR", "10 3 2 gw.example.com. AQNR"},
		{"CNAME", `\# 3 01 61 00`, "a."},
	} {
		got, err := state.ParseData(tt.typ, tt.in, zone)
		checkResult(t, got, err, tt.want, "")
	}
	refused := errors.New("no")
	_, err := state.ParseData("CNAME", "www.example.com.", func(string) (state.Name, error) { return "", refused })
	if !errors.Is(err, refused) {
		t.Errorf("got %v, want the error of the caller's own func", err)
	}
}

// TestParseDataIsLinear holds hostile text to take no more than its share: a
// quadratic step anywhere would make this test run for minutes.
func TestParseDataIsLinear(t *testing.T) {
	const size = 500_000
	var keys, list strings.Builder
	for i := 100; keys.Len()+list.Len() < size && i < 65000; i++ {
		fmt.Fprintf(&keys, " key%d", i)
		fmt.Fprintf(&list, ",key%d", i)
	}
	fill := func(s string) string { return strings.Repeat(s, size/len(s)) }
	for typ, texts := range map[state.Type][]string{
		"SVCB":    {"1 . mandatory=" + list.String()[1:] + keys.String(), "1 . " + fill("port=1 "), "1 . alpn=" + fill(`\\,`), "1 . x=" + fill("x")},
		"CSYNC":   {"1 1 " + fill("A MX ")},
		"TXT":     {fill(`"" `), fill(`\`), `"` + fill(`\`), fill("a ")},
		"LOC":     {fill("1 "), "1 N 1 E 1." + fill("1"), fill("1")},
		"APL":     {fill("1:1.2.3.4/32 "), "1:" + fill("1.")},
		"HIP":     {"2 20 AwEA " + fill("a. "), "2 20 AwEA " + fill("a.")},
		"CNAME":   {fill("a."), fill("ü"), fill(`\.`), fill("xn--a")},
		"DS":      {"1 1 1 " + fill("ab "), fill("1")},
		"DNSKEY":  {"1 1 1 " + fill("AAAA "), "1 1 1 " + fill("=")},
		"EUI64":   {fill("00-")},
		"NID":     {"1 " + fill("1:")},
		"CAA":     {"0 " + fill("a") + " x", "0 issue " + fill(`\000`)},
		"TYPE700": {`\# 5 ` + fill("00 "), `\# ` + fill("0")},
	} {
		for _, text := range texts {
			if data, err := state.ParseData(typ, text, nil); err == nil && len(data) > 2*size || err != nil && len(err.Error()) > 1000 {
				t.Errorf("%s %.20s...: %d characters, an error of %d", typ, text, len(data), len(fmt.Sprint(err)))
			}
		}
	}
}

// TestGenericLOC holds octets of a LOC, any of them, to be what the text says.
func TestGenericLOC(t *testing.T) {
	for power := range 10 {
		for digit := 1; digit <= 9; digit++ {
			size := fmt.Sprintf("%x%x", digit, power)
			for _, seconds := range []string{"800003e9", "80000001", "7ffffc17", "8000eA5f"} {
				in := `\# 16 00` + size + "1613" + seconds + seconds + "00989681"
				data, err := state.ParseData("LOC", in, nil)
				if err != nil {
					t.Errorf("%s: %v", in, err)
					continue
				}
				wire, err := state.Pack("LOC", data)
				if want := strings.ToLower(in[len(`\# 16 `):]); err != nil || hex.EncodeToString(wire) != want {
					t.Errorf("%s is %q, which is %x, %v", in, data, wire, err)
				}
			}
		}
	}
}
