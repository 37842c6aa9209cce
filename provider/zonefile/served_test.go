package zonefile_test

import (
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneloom/zoneloom/provider/internal/daemon"
	"github.com/zoneloom/zoneloom/provider/zonefile"
	"github.com/zoneloom/zoneloom/state"
)

// Real servers load what Print writes of every sample, and dig transfers the
// records that BIND reads in the sample itself. Knot 3.2 doesn't know HIP.
func TestServed(t *testing.T) {
	t.Run("BIND", func(t *testing.T) { served(t, daemon.Named, "") })
	t.Run("Knot", func(t *testing.T) { served(t, daemon.Knot, "HIP") })
}

// served starts a server with the samples, without one type.
func served(t *testing.T, start func(testing.TB, ...daemon.Zone) *daemon.Server, without state.Type) {
	t.Helper()
	var zones []daemon.Zone
	want := map[string][]string{}
	for _, s := range samples(t, "valid") {
		z, err := parse(t, s)
		if err != nil {
			t.Fatal(err)
		}
		z.RRsets = slices.DeleteFunc(z.RRsets, func(set state.RRset) bool { return set.Type == without })
		zones = append(zones, daemon.Zone{Name: string(z.Name), Text: printed(t, z)})
		want[string(z.Name)] = slices.DeleteFunc(expected(t, s.Origin), func(line string) bool {
			return strings.Fields(line)[2] == string(without)
		})
	}
	server := start(t, zones...)
	for _, z := range zones {
		if diff := cmp.Diff(want[z.Name], listing(transfer(t, server, z.Name))); diff != "" {
			t.Errorf("%s isn't served as it is (-want +served):\n%s", z.Name, diff)
		}
	}
}

// transfer returns a zone as dig gets it.
func transfer(t *testing.T, s *daemon.Server, zone string) *state.Zone {
	t.Helper()
	host, port, err := net.SplitHostPort(s.Addr)
	if err != nil {
		t.Fatal(err)
	}
	key := strings.TrimSuffix(s.Key.Algorithm, ".") + ":" + s.Key.Name + ":" + s.Key.Secret
	out := daemon.Run(t, "bind9-dnsutils", "", "dig", "@"+host, "-p", port, "-y", key, "+onesoa", "+nocmd", "+nostats", "+tcp", zone, "AXFR")
	var records []string
	for line := range strings.Lines(out) {
		if !strings.Contains(line, "\tTSIG\t") {
			records = append(records, line)
		}
	}
	z, err := zonefile.Source{File: "dig", Zone: state.Name(zone)}.Parse(strings.Join(records, ""))
	if err != nil {
		t.Fatalf("%v in\n%s", err, out)
	}
	return z
}
