package daemon_test

import (
	"strings"
	"testing"

	"github.com/zoneloom/zoneloom/provider/internal/daemon"
)

var zones = []daemon.Zone{{Name: "plain.example."}, {Name: "signed.example.", Signed: true}}

// TestStart starts each daemon, kills it and starts it again.
func TestStart(t *testing.T) {
	for name, start := range map[string]func(testing.TB) *daemon.Server{
		"named":    func(tb testing.TB) *daemon.Server { tb.Helper(); return daemon.Named(tb, zones...) },
		"knotd":    func(tb testing.TB) *daemon.Server { tb.Helper(); return daemon.Knot(tb, zones...) },
		"powerdns": func(tb testing.TB) *daemon.Server { tb.Helper(); return daemon.PowerDNS(tb, zones[0]).Server },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t)
			for range 2 {
				host, port, _ := strings.Cut(s.Addr, ":")
				out := daemon.Run(t, "bind9-dnsutils", "", "dig", "@"+host, "-p", port, "+short", "+tcp", "plain.example.", "NS")
				if !strings.Contains(out, "ns1.example.net.") {
					t.Errorf("dig prints %q", out)
				}
				if s.PeakMemory() == 0 {
					t.Error("the peak of memory isn't known")
				}
				s.Kill()
				s.Start()
			}
		})
	}
}
