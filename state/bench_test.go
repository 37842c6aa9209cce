package state_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/zoneloom/zoneloom/state"
)

var benchData = []struct {
	name string
	typ  state.Type
	text string
}{
	{"A", state.A, "192.0.2.1"},
	{"AAAA", state.AAAA, "2001:DB8:0:0::1"},
	{"CNAME", state.CNAME, "www.example.com."},
	{"CNAME upper", state.CNAME, "WWW.example.com"},
	{"MX", state.MX, "10 mail.example.com."},
	{"SRV", state.SRV, "10 60 5060 sip.example.com."},
	{"CAA", state.CAA, `0 issue "letsencrypt.org"`},
	{"TXT", state.TXT, `"v=spf1 include:_spf.example.net ip4:192.0.2.0/24 -all"`},
	{"TXT escaped", state.TXT, `"quote \" and \195\164" "second"`},
	{"TLSA", "TLSA", "3 1 1 0C72AC70B745AC19998811B131D662C9AC69DBDBE7CB23E5B514B56664C5D3D6"},
	{"HTTPS", "HTTPS", `1 . alpn="h3,h2" ipv4hint="192.0.2.1"`},
}

func BenchmarkParseData(b *testing.B) {
	for _, bb := range benchData {
		b.Run(bb.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := state.ParseData(bb.typ, bb.text, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkParseName(b *testing.B) {
	for _, s := range []string{"www", "www.example.com.", "münchen"} {
		b.Run(s, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := state.ParseName(s, "example.com."); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkNewZone(b *testing.B) {
	for _, n := range []int{1000, 10_000, 100_000} {
		entries := manyEntries(n)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				state.NewZone("example.com.", entries)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/record")
		})
	}
}

// manyEntries returns n entries in no order, the same ones each time.
func manyEntries(n int) []state.Entry {
	r := rand.New(rand.NewPCG(1, 2))
	entries := make([]state.Entry, n)
	for i := range entries {
		name := state.Name(fmt.Sprintf("host%d.dept%d.example.com.", r.IntN(n), r.IntN(20)))
		entries[i] = state.Entry{
			Key:    state.Key{Name: name, Type: state.A},
			Record: state.Record{Data: fmt.Sprintf("192.0.2.%d", i%256), TTL: 300},
		}
	}
	return entries
}
