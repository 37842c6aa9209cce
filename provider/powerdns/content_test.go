package powerdns_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/zoneloom/zoneloom/provider/powerdns"
	"github.com/zoneloom/zoneloom/state"
)

// odd is RDATA that the server spells in its own way, or is known to mix up.
var odd = []string{
	`A 192.0.2.1`,
	`AAAA ::`, `AAAA ::1`, `AAAA ::ffff:192.0.2.128`, `AAAA ::c000:201`, `AAAA 64:ff9b::c000:201`, `AAAA 2001:db8:0:1:1:1:1:1`, `AAAA 2001:0:0:1:0:0:0:1`,
	`ALIAS a.example.net.`,
	`AMTRELAY 10 0 1 192.0.2.1`, `AMTRELAY 10 1 3 relay.example.com.`,
	`APL 1:192.0.2.0/24 !1:192.0.2.64/28 2:2001:db8::/32`,
	`AVC "app-name:WOLFGANG|app-class:OAM"`,
	`CAA 0 issue ""`, `CAA 0 issue "ca.example.net; a=\"b\\c"`, `CAA 0 issue "\200x"`,
	`CDS 60485 13 2 d4b7d520e7bb5f0f67674a0c`, `CDNSKEY 257 3 13 mdsswUyr3DPW132mOi8V9xESWE8jTo0d`,
	`CNAME .`, `CNAME a\.b.example.com.`, `CNAME a\\b.example.com.`, `CNAME a\032b.example.com.`, `CNAME a\000b.example.com.`,
	`CNAME a\200b.example.com.`, `CNAME a\@b.example.com.`, `CNAME a\"b.example.com.`, `CNAME a\(b\)\;\$.example.com.`,
	`DLV 60485 13 2 d4b7d520e7bb5f0f67674a0c`,
	`EUI48 00-00-5e-00-53-2a`, `EUI64 00-00-5e-ef-10-00-00-2a`,
	`GID 1000`, `UID 1000`,
	`HINFO "PC \"x\"" ""`,
	`HIP 2 200100107b1a74df365639cc39f1d578 AwEAAbdxyhNuSutc5EMzxTs9LBPCIkOFH8cIvM4p rvs.example.com.`,
	`IPSECKEY 10 0 0 .`, `IPSECKEY 10 1 0 192.0.2.38`,
	`IPSECKEY 10 0 2 . AQNRU3mG7TVTO2BkR47usntb102uFJtugbo6BSGvgqt4AQ==`,
	`IPSECKEY 10 1 2 192.0.2.38 AQNRU3mG7TVTO2BkR47usntb102uFJtugbo6BSGvgqt4AQ==`,
	`IPSECKEY 10 2 2 2001:db8::1 AQNRU3mG7TVTO2BkR47usntb102uFJtugbo6BSGvgqt4AQ==`,
	`IPSECKEY 10 3 2 gw.example.com. AQNRU3mG7TVTO2BkR47usntb102uFJtugbo6BSGvgqt4AQ==`,
	`ISDN "150862028003217" "004"`,
	`L64 10 2001:0db8:0000:0001`,
	`LOC 0 0 0.000 N 0 0 0.000 E 0.00m 0.00m 0.00m 0.00m`, `LOC 0 0 0.000 S 1 0 0.000 W 0.00m 0.00m 0.00m 0.00m`, `LOC 0 0 0.001 N 0 0 0.001 E 0.00m 1.00m 1.00m 1.00m`,
	`LOC 90 0 0.000 S 180 0 0.000 W -100000.00m 40000000.00m 40000000.00m 40000000.00m`,
	`LOC 89 59 59.999 S 179 59 59.999 W 21374836.47m 0.00m 0.00m 0.00m`, `LOC 52 22 23.123 N 4 53 32.987 E 1234.56m 0.05m 0.30m 20.00m`,
	`LUA A ";return \"x\""`, `LUA TXT "os.date()"`,
	`MX 0 .`, `MX 10 123.`,
	`NAPTR 100 10 "u" "E2U+sip" "!^.*$!sip:info@example.com\\1!" .`, `NAPTR 100 10 "" "" "" a\;b.example.com.`,
	`NINFO "text"`, `NSAP-PTR www.example.com.`, `PX 10 example.com. c-us.example.net.`,
	`PTR 0/25.example.com.`, `RESINFO "qnamemin" "exterr=15-17"`,
	`RP . .`, `RP a\;b. c\@d.`,
	`RT 10 relay.example.com.`,
	`SRV 0 0 0 .`,
	`SPF "v=spf1" "-all"`,
	`SVCB 0 .`, `SVCB 1 a\;b.example.com. port="1"`,
	`SVCB 16 . mandatory="alpn,port" alpn="h2,h3" no-default-alpn port="443" ipv4hint="192.0.2.1,192.0.2.2" ech="AEX+DQBB" ipv6hint="2001:db8::1,2001:db8::2"`,
	`SVCB 1 . dohpath="/dns-query{?dns}"`, `SVCB 1 . ohttp`, `SVCB 1 . mandatory="dohpath" dohpath="/q{?dns}" ohttp`,
	`SVCB 1 . key667="he\"l\\l\200o w"`, `SVCB 1 . key667`, `SVCB 1 . mandatory="key667" key667="x"`,
	`HTTPS 1 . alpn="h3"`,
	`TA 60485 13 2 d4b7d520e7bb5f0f67674a0c`, `TALINK a.example.com. b.example.com.`,
	`TXT ""`, `TXT "" "a" ""`, `TXT "a\"b\\c\009\200;()"`, `TXT "two" "strings"`,
	`TYPE62347 \# 0`, `TYPE65280 \# 5 0102030405`, `TYPE65280 \# 300 ` + strings.Repeat("0a", 300),
	`URI 10 1 ""`, `URI 10 1 "https://www.example.com/\"\\x"`,
	`ZONEMD 2026010100 1 1 c220b8a6ed5728a971902f7e3d4fd93adeea88b0453c2e8e8c863d465ab06cf34eb95b266398c98b59124fa239cb7eeb`,
}

// TestOddContent writes odd content and reads it back.
func TestOddContent(t *testing.T) {
	_, p := start(t)
	z := create(t, p, "example.com.")
	var sets []state.RRset
	for i, text := range odd {
		typ, data, _ := strings.Cut(text, " ")
		sets = append(sets, set(t, state.Name(fmt.Sprintf("r%d.example.com.", i)), state.Type(typ), data))
	}
	write(t, p, z, content(sets...))
}

// TestOddContentAlone writes each by itself, so that a refusal names it.
func TestOddContentAlone(t *testing.T) {
	_, p := start(t)
	z := create(t, p, "example.com.")
	for _, text := range odd {
		typ, data, _ := strings.Cut(text, " ")
		t.Run(text[:min(len(text), 60)], func(t *testing.T) {
			want := set(t, "r.example.com.", state.Type(typ), data)
			at := write(t, p, z, content(want))
			live := at.Zone.Find(want.Key)
			if live == nil || len(live.Records) != 1 || live.Records[0].Data != want.Records[0].Data {
				t.Errorf("the zone holds %v, want %v", live, want.Records)
			}
		})
	}
}

// FuzzContent holds that what is sent means what was wanted, for any data: read
// back as the server prints it, it is the same, though long texts are cut.
func FuzzContent(f *testing.F) {
	for _, text := range odd {
		typ, data, _ := strings.Cut(text, " ")
		f.Add(typ, data)
	}
	f.Fuzz(func(t *testing.T, typ, text string) {
		rtype, err := state.ParseType(typ)
		if err != nil {
			return
		}
		data, err := state.ParseData(rtype, text, nil)
		if err != nil {
			return
		}
		content, err := powerdns.ContentTo(rtype, data)
		if err != nil {
			return // Check says so too
		}
		again, err := powerdns.DataFrom(rtype, content)
		if rtype.IsText() {
			data, again = state.TXTData(strings.Join(state.TXTStrings(data), "")), state.TXTData(strings.Join(state.TXTStrings(again), ""))
		}
		if err != nil || again != data {
			t.Errorf("%s %s is sent as %s, which reads as %s, %v", rtype, data, content, again, err)
		}
	})
}
