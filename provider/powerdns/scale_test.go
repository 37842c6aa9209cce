package powerdns_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/zoneloom/zoneloom/provider"
	"github.com/zoneloom/zoneloom/provider/internal/daemon"
	"github.com/zoneloom/zoneloom/state"
)

// hosts returns a zone of n addresses, those of the given generation.
func hosts(tb testing.TB, n, generation int) *state.Zone {
	tb.Helper()
	sets := make([]state.RRset, n)
	for i := range sets {
		sets[i] = set(tb, state.Name(fmt.Sprintf("host%d.example.com.", i)), state.A, fmt.Sprintf("10.%d.%d.%d", generation, i>>8&255, i&255))
	}
	return content(sets...)
}

// TestBodyLimit divides what is too large for one request by whole names, and
// asks the server where that is.
func TestBodyLimit(t *testing.T) {
	_, p, z := one(t)
	const n, size = 400, 9000 // 3.6 MB
	sets := make([]state.RRset, 0, 2*n)
	for i := range n {
		name := state.Name(fmt.Sprintf("host%d.example.com.", i))
		sets = append(sets, set(t, name, state.A, "192.0.2.1"), set(t, name, state.TXT, state.TXTData(strings.Repeat("x", size))))
	}
	at := read(t, z)
	todo := changes(t, p, z, at, content(sets...), state.Rules{Prune: true})
	var l log
	if err := z.Write(t.Context(), at, todo, &l); err != nil {
		t.Fatal(err)
	}
	if len(l.requests) != 2 {
		t.Errorf("%d requests, want 2", len(l.requests))
	}
	in := map[state.Name]int{}
	for _, r := range l.requests {
		for _, i := range r.Changes {
			if before, seen := in[todo[i].Name]; seen && before != r.N {
				t.Errorf("%s is in the requests %d and %d", todo[i].Name, before, r.N)
			}
			in[todo[i].Name] = r.N
		}
	}
	if got := read(t, z).Zone.Len(); got != 2*n+1 {
		t.Errorf("the zone has %d records, want %d", got, 2*n+1)
	}
}

// TestRaisedLimit sends all in one request to a server that takes it.
func TestRaisedLimit(t *testing.T) {
	s := daemon.PowerDNSWith(t, "webserver-max-bodysize=64\n")
	p := connect(s)
	write(t, p, create(t, p, zoneName), hosts(t, 30000, 1)) // 4 MB
}

// TestNameOverLimit refuses a name that fits in no request, before anything is
// sent: half of it would be another name than the one that is wanted.
func TestNameOverLimit(t *testing.T) {
	_, p, z := one(t)
	texts := make([]string, 60)
	for i := range texts {
		texts[i] = fmt.Sprintf(`"%d%s"`, i, strings.Repeat("x", 40000))
	}
	at := read(t, z)
	todo := changes(t, p, z, at, content(set(t, "a.example.com.", state.A, "192.0.2.1"), set(t, "huge.example.com.", state.TXT, texts...)), state.Rules{Prune: true})
	var l log
	err := z.Write(t.Context(), at, todo, &l)
	if !errors.Is(err, provider.ErrRefused) || !strings.Contains(err.Error(), "huge.example.com.") || !strings.Contains(err.Error(), "webserver-max-bodysize") {
		t.Errorf("Write = %v", err)
	}
	if len(l.requests) != 0 || read(t, z).Zone.Len() != 1 {
		t.Errorf("%d requests were sent", len(l.requests))
	}
}

// TestReverse writes a change of 10,000 records and takes it back: the zone on
// the wire is as before.
func TestReverse(t *testing.T) {
	s, p, z := one(t)
	one, two := hosts(t, 10000, 1), hosts(t, 10000, 2)
	two.RRsets = two.RRsets[5000:]
	write(t, p, z, one)
	before := lines(axfr(t, s, zoneName))
	write(t, p, z, two)
	write(t, p, z, one)
	if after := lines(axfr(t, s, zoneName)); strings.Join(before, "\n") != strings.Join(after, "\n") {
		t.Errorf("the zone has %d records, and had %d, or they differ", len(after), len(before))
	}
}

// BenchmarkWrite replaces and reads a zone of n addresses.
func BenchmarkWrite(b *testing.B) {
	for _, n := range []int{1000, 10000, 100000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s, p := start(b)
			z := create(b, p, zoneName)
			requests := 0
			generation := 0
			b.ReportAllocs()
			for b.Loop() {
				b.StopTimer()
				generation++
				at := read(b, z)
				todo := changes(b, p, z, at, hosts(b, n, generation), state.Rules{Prune: true})
				b.StartTimer()
				var l log
				if err := z.Write(b.Context(), at, todo, &l); err != nil {
					b.Fatal(err)
				}
				requests += len(l.requests)
			}
			b.ReportMetric(float64(requests)/float64(b.N), "requests/op")
			b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "records/s")
			b.ReportMetric(float64(s.PeakMemory())/(1<<20), "server-MiB")
		})
	}
}

// BenchmarkRead reads a zone of n addresses.
func BenchmarkRead(b *testing.B) {
	for _, n := range []int{1000, 10000, 100000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			_, p := start(b)
			z := create(b, p, zoneName)
			at := read(b, z)
			if err := z.Write(b.Context(), at, changes(b, p, z, at, hosts(b, n, 1), state.Rules{}), &log{}); err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			b.ResetTimer()
			for b.Loop() {
				if got := read(b, z).Zone.Len(); got != n+1 {
					b.Fatalf("%d records", got)
				}
			}
			b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "records/s")
		})
	}
}
