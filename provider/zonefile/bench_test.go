package zonefile_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/zoneloom/zoneloom/provider/zonefile"
	"github.com/zoneloom/zoneloom/state"
)

// manyLines returns a zone of n addresses.
func manyLines(n int) string {
	var b strings.Builder
	b.WriteString(plainZone)
	for i := range n {
		fmt.Fprintf(&b, "host%d\tIN\tA\t198.18.%d.%d ; rack %d\n", i, i/256%256, i%256, i%40)
	}
	return b.String()
}

// BenchmarkParse reads zones of several sizes.
func BenchmarkParse(b *testing.B) {
	for _, n := range []int{1000, 10000, 100000} {
		text := manyLines(n)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				if _, err := (zonefile.Source{File: "zone", Zone: "example.com."}).Parse(text); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "records/s")
		})
	}
}

// BenchmarkWrite changes one record of zones of several sizes.
func BenchmarkWrite(b *testing.B) {
	for _, n := range []int{1000, 10000, 100000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			dir := b.TempDir()
			write(b, dir, "example.com.zone", manyLines(n))
			p := &zonefile.Provider{Folder: dir}
			found, err := p.Zones(b.Context(), nil)
			if err != nil {
				b.Fatal(err)
			}
			z := found["example.com."]
			k := state.Key{Name: "host7.example.com.", Type: state.A}
			for i := 0; b.Loop(); i++ {
				snap, err := z.Read(b.Context())
				if err != nil {
					b.Fatal(err)
				}
				before := snap.Zone.Find(k)
				after := &state.RRset{Key: k, Records: []state.Record{{Data: fmt.Sprintf("192.0.2.%d", i%250+1), TTL: 300}}}
				c := state.Change{Key: k, Before: before, After: after, Pairs: []state.Pair{{Before: 0, After: 0}}}
				if err := z.Write(b.Context(), snap, []state.Change{c}, &silent{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
