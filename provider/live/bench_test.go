package live_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/zoneloom/zoneloom/provider/internal/daemon"
	"github.com/zoneloom/zoneloom/provider/live"
	"github.com/zoneloom/zoneloom/state"
)

// BenchmarkVerify asks BIND for every RRset of a zone, without holding back.
func BenchmarkVerify(b *testing.B) {
	for _, size := range []int{1_000, 10_000, 100_000} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			var text strings.Builder
			text.WriteString(daemon.Empty("example.com."))
			var entries []state.Entry
			for i := range size {
				data := fmt.Sprintf("192.0.%d.%d", i>>8&255, i&255)
				fmt.Fprintf(&text, "h%d 300 A %s\n", i, data)
				entries = append(entries, state.Entry{
					Key:    state.Key{Name: state.Name(fmt.Sprintf("h%d.example.com.", i)), Type: state.A},
					Record: state.Record{Data: data, TTL: 300},
				})
			}
			s := daemon.Named(b, daemon.Zone{Name: "example.com.", Text: text.String()})
			target := live.Target{
				Want:    state.NewZone("example.com.", entries),
				Servers: []live.Server{{Addr: netip.MustParseAddrPort(s.Addr)}},
			}
			for b.Loop() {
				c := &live.Client{Timeout: 30 * time.Second, Rate: 1e9}
				r, err := c.Verify(b.Context(), target)
				if err != nil || !r.Agrees() {
					b.Fatalf("%v; %+v", err, r)
				}
			}
			b.ReportMetric(float64(size)*float64(b.N)/b.Elapsed().Seconds(), "RRsets/s")
		})
	}
}
