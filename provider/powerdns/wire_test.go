package powerdns_test

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/miekg/dns"

	"github.com/zoneloom/zoneloom/provider/internal/daemon"
	"github.com/zoneloom/zoneloom/state"
)

const bindData = "../../testdata/bind"

// listing reads lines of "owner TTL class type rdata".
func listing(tb testing.TB, text string) []state.Entry {
	tb.Helper()
	var entries []state.Entry
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if len(f) == 0 || strings.HasPrefix(line, ";") {
			continue
		}
		rest := line
		for range 4 {
			rest = strings.TrimLeft(rest, " \t")
			rest = rest[strings.IndexAny(rest, " \t"):]
		}
		name, err := state.ParseName(f[0], "")
		if err != nil {
			tb.Fatalf("%s: %v", line, err)
		}
		typ, err := state.ParseType(f[3])
		if err != nil {
			tb.Fatalf("%s: %v", line, err)
		}
		data, err := state.ParseData(typ, strings.TrimSpace(rest), nil)
		if err != nil {
			tb.Fatalf("%s: %v", line, err)
		}
		ttl, err := state.ParseTTL(f[1])
		if err != nil {
			tb.Fatalf("%s: %v", line, err)
		}
		entries = append(entries, state.Entry{Key: state.Key{Name: name, Type: typ}, Record: state.Record{Data: data, TTL: ttl}})
	}
	return entries
}

// axfr returns the zone as dig gets it from the server.
func axfr(tb testing.TB, s *daemon.PowerDNSServer, zone state.Name) *state.Zone {
	tb.Helper()
	host, port, err := net.SplitHostPort(s.Addr)
	if err != nil {
		tb.Fatal(err)
	}
	out := daemon.Run(tb, "bind9-dnsutils", "", "dig", "@"+host, "-p", port, "AXFR", string(zone), "+noall", "+answer", "+onesoa", "+time=30")
	return state.NewZone(zone, listing(tb, out))
}

// lines prints the records of a zone without the SOA's serial.
func lines(z *state.Zone) []string {
	var all []string
	for _, s := range z.RRsets {
		for _, r := range s.Records {
			data := r.Data
			if s.Type == state.SOA {
				f := strings.Fields(data)
				f[2] = "-"
				data = strings.Join(f, " ")
			}
			all = append(all, fmt.Sprintf("%s %s %s", s.Key, r.TTL, data))
		}
	}
	slices.Sort(all)
	return all
}

// expected returns the zones of testdata/bind by name.
func expected(t *testing.T) map[state.Name]*state.Zone {
	t.Helper()
	files, err := filepath.Glob(bindData + "/expected/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("there are no files in %s: %v", bindData, err)
	}
	zones := map[state.Name]*state.Zone{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name := state.Name(strings.TrimSuffix(filepath.Base(file), ".txt") + ".")
		zones[name] = state.NewZone(name, listing(t, string(text)))
	}
	return zones
}

// unwritable are the names of testdata/bind that the API doesn't take.
var unwritable = []state.Name{
	`*literal.syntax.example.`, `\@at.syntax.example.`, `a\.dot.syntax.example.`,
	`lit-0-\$.generate.example.`, `lit-1-\$.generate.example.`, `sp\032ace.syntax.example.`,
}

// TestToTheWire writes whole zones of every type and reads them by other means:
// with dig.
func TestToTheWire(t *testing.T) {
	s, p := start(t)
	var refused []state.Name
	for name, want := range expected(t) {
		z := create(t, p, name)
		info := z.Info()
		_, problems := p.Check(want, &info)
		for _, problem := range problems {
			refused = append(refused, problem.Name)
		}
		want.RRsets = slices.DeleteFunc(want.RRsets, func(s state.RRset) bool { return slices.Contains(unwritable, s.Name) })
		write(t, p, z, want)
		if diff := cmp.Diff(lines(want), lines(axfr(t, s, name))); diff != "" {
			t.Errorf("%s by AXFR (-want +got):\n%s", name, diff)
		}
	}
	slices.Sort(refused)
	if diff := cmp.Diff(unwritable, refused); diff != "" {
		t.Errorf("names that Check refuses (-want +got):\n%s", diff)
	}
}

// generic returns data in the form of RFC 3597.
func generic(t *testing.T, typ, data string) string {
	t.Helper()
	rr, err := dns.NewRR(". IN " + typ + " " + data)
	if err != nil {
		t.Fatal(err)
	}
	var octets dns.RFC3597
	if err := octets.ToRFC3597(rr); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf(`\# %d %s`, len(octets.Rdata)/2, octets.Rdata)
}

// TestFromFiles reads zones that pdnsutil has loaded, and plans nothing for them
// as they are.
func TestFromFiles(t *testing.T) {
	var zones []daemon.Zone
	for name, z := range expected(t) {
		var text strings.Builder
		for _, s := range z.RRsets {
			for _, r := range s.Records {
				typ, data := string(s.Type), r.Data
				switch typ {
				case "HIP": // which pdnsutil doesn't know by name
					typ, data = "TYPE55", generic(t, typ, data)
				case "SVCB", "HTTPS": // in whose numbers it takes no quotes
					data = strings.ReplaceAll(data, `"`, "")
				}
				fmt.Fprintf(&text, "%s %s IN %s %s\n", s.Name, r.TTL, typ, data)
			}
		}
		zones = append(zones, daemon.Zone{Name: string(name), Text: text.String()})
	}
	_, p := start(t, zones...)
	for name, want := range expected(t) {
		found, err := p.Zones(t.Context(), []state.Name{name})
		if err != nil {
			t.Fatal(err)
		}
		at := read(t, found[name])
		if diff := cmp.Diff(lines(want), lines(at.Zone)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		for _, s := range at.Zone.RRsets {
			for _, r := range s.Records {
				if got := r.Kept == state.ReadOnly; got != slices.Contains(unwritable, s.Name) {
					t.Errorf("%s %s: read-only is %v", s.Key, r.Data, got)
				}
			}
		}
		own := slices.DeleteFunc(slices.Clone(at.Zone.RRsets), func(s state.RRset) bool { return slices.Contains(unwritable, s.Name) })
		for _, c := range changes(t, p, found[name], at, &state.Zone{Name: name, RRsets: own}, state.Rules{Prune: true}) {
			t.Errorf("the plan has %s: %v -> %v", c.Key, c.Before, c.After)
		}
	}
}
