package live_test

import (
	"net/netip"
	"os"
	"strings"
	"testing"

	"github.com/zoneloom/zoneloom/provider/internal/daemon"
	"github.com/zoneloom/zoneloom/provider/live"
	"github.com/zoneloom/zoneloom/state"
)

// listing reads BIND's listing of a zone: "owner TTL class type rdata".
func listing(t *testing.T, file string, name state.Name) *state.Zone {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var entries []state.Entry
	for line := range strings.Lines(string(text)) {
		f := strings.SplitN(strings.TrimSpace(line), " ", 5)
		owner, err := state.ParseName(f[0], "")
		if err != nil {
			t.Fatal(err)
		}
		ttl, err := state.ParseTTL(f[1])
		if err != nil {
			t.Fatal(err)
		}
		typ, err := state.ParseType(f[3])
		if err != nil {
			t.Fatal(err)
		}
		data, err := state.ParseData(typ, f[4], nil)
		if err != nil {
			t.Fatal(err)
		}
		entries = append(entries, state.Entry{Key: state.Key{Name: owner, Type: typ}, Record: state.Record{Data: data, TTL: ttl}})
	}
	return state.NewZone(name, entries)
}

// Zones of every type and syntax are verified at servers that read them by
// themselves: each RRset agrees or is said to be left out. Knot has no parser
// for some types of everything.example.
func TestServersAnswerAsTheirFilesSay(t *testing.T) {
	most := []string{"generate.example.", "2.0.192.in-addr.arpa.", "8.b.d.0.1.0.0.2.ip6.arpa.", "crlf.example."}
	for _, tt := range []struct {
		name  string
		start func(testing.TB, ...daemon.Zone) *daemon.Server
		zones []string
	}{
		{"named", daemon.Named, append(most, "everything.example.")},
		{"knotd", daemon.Knot, most},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var load []daemon.Zone
			for _, name := range tt.zones {
				text, err := os.ReadFile(expected(name))
				if err != nil {
					t.Fatal(err)
				}
				load = append(load, daemon.Zone{Name: name, Text: string(text)})
			}
			server := live.Server{Addr: netip.MustParseAddrPort(tt.start(t, load...).Addr)}
			for _, name := range tt.zones {
				want := listing(t, expected(name), state.Name(name))
				r := verify(t, patient(), want, server)
				s := r.Servers[0]
				if !r.Agrees() || s.Agreed+len(s.LeftOut) != r.Asked || r.Asked+len(r.LeftOut) != len(want.RRsets) || s.Agreed < 2 {
					t.Errorf("%s: fault %v, %d of %d agree; differences: %+v", name, s.Fault, s.Agreed, r.Asked, s.Differs)
				}
				for _, l := range r.LeftOut {
					t.Logf("%s: %s: %s", name, l.Key, l.Why)
				}
			}
		})
	}
}

func expected(zone string) string {
	return "../../testdata/bind/expected/" + strings.TrimSuffix(zone, ".") + ".txt"
}

// PowerDNS has a zone as it is written, and a difference shows.
func TestPowerDNSAnswers(t *testing.T) {
	text := daemon.Empty("example.com.") + "www 300 A 192.0.2.1\n*.w 300 TXT \"wild\"\nbig 300 TXT \"" + strings.Repeat("x", 250) + "\"\n"
	p := daemon.PowerDNS(t, daemon.Zone{Name: "example.com.", Text: text})
	server := live.Server{Addr: netip.MustParseAddrPort(p.Addr)}
	want := zone(t,
		"@ 3600 SOA ns1.example.net. hostmaster.example.net. 9 7200 3600 1209600 300",
		"@ 3600 NS ns1.example.net.", "@ 3600 NS ns2.example.net.",
		"www 300 A 192.0.2.1", `*.w 300 TXT "wild"`, `big 300 TXT "`+strings.Repeat("x", 250)+`"`)
	if r := verify(t, patient(), want, server); !r.Agrees() || r.Servers[0].Agreed != 5 {
		t.Errorf("differences: %+v", r.Servers[0].Differs)
	}
	r := verify(t, patient(), zone(t, "www 300 A 192.0.2.2", "absent 300 A 192.0.2.1"), server)
	if d := r.Servers[0].Differs; len(d) != 2 || d[0].Kind != live.NXDomain || d[1].Kind != live.Values {
		t.Errorf("differences: %+v", d)
	}
}
