package rfc2136_test

import (
	"fmt"
	"testing"
)

// BenchmarkZone writes a zone of many records to each daemon, reads it, and
// empties it again.
func BenchmarkZone(b *testing.B) {
	for _, d := range daemons {
		for _, n := range []int{1000, 10000, 100000} {
			b.Run(fmt.Sprintf("%s/%d", d.name, n), func(b *testing.B) {
				s := d.start(b, oneZone...)
				z := find(b, open(b, s), zoneName)
				want, none := zoneOf(b, hosts(n)...), zoneOf(b)
				messages := 0
				for b.Loop() {
					messages = len(write(b, z, want).requests)
					if got := read(b, z).Zone.Len(); got != n+3 {
						b.Fatalf("the zone has %d records", got)
					}
					b.StopTimer()
					write(b, z, none)
					b.StartTimer()
				}
				b.ReportMetric(float64(messages), "messages")
				b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "records/s")
				b.ReportMetric(float64(s.PeakMemory())/(1<<20), "server-MiB")
			})
		}
	}
}
