package plan_test

import (
	"fmt"
	"io"
	"slices"
	"testing"

	"github.com/zoneloom/zoneloom/plan"
	"github.com/zoneloom/zoneloom/plan/render"
	"github.com/zoneloom/zoneloom/state"
)

// benchZone makes a zone of n records, a mix of types as zones have it; every
// step-th record is another than in a zone made with step 0.
func benchZone(n, step int) *state.Zone {
	proxied := state.MakeAttrs(map[string]any{"proxied": true})
	entries := make([]state.Entry, n)
	for i := range entries {
		name := state.Name(fmt.Sprintf("h%d.example.com.", i/2))
		e := state.Entry{Key: state.Key{Name: name}, Record: state.Record{TTL: 300}}
		last := i % 250
		if step > 0 && i%step == 0 {
			last = 251
		}
		switch i % 4 {
		case 0:
			e.Type, e.Data, e.Attrs, e.TTL = state.A, fmt.Sprintf("192.0.2.%d", last), proxied, state.TTLAuto
		case 1:
			e.Type, e.Data = state.TXT, fmt.Sprintf(`"key=%d"`, last)
		case 2:
			e.Type, e.Data = state.CNAME, fmt.Sprintf("h%d.example.com.", (i-2)/2)
		default:
			e.Type, e.Data = state.MX, fmt.Sprintf("%d mx.example.net.", last)
		}
		entries[i] = e
	}
	return state.NewZone("example.com.", entries)
}

var sizes = []int{1_000, 10_000, 100_000, 1_000_000}

// perRecord reports what a record costs, so that a quadratic step shows.
func perRecord(b *testing.B, n int) {
	b.Helper()
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/record")
}

func BenchmarkMake(b *testing.B) {
	for _, n := range sizes {
		live := benchZone(n, 0)
		for _, c := range []struct {
			name string
			want *state.Zone
			live *state.Zone
		}{
			{"nothing", benchZone(n, 0), live},
			{"a tenth", benchZone(n, 10), live},
			{"all new", benchZone(n, 0), &state.Zone{Name: live.Name}},
			{"all gone", &state.Zone{Name: live.Name}, live},
		} {
			b.Run(fmt.Sprintf("%d/%s", n, c.name), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					plan.Make([]plan.Input{{Provider: "p", Target: "p:1", Want: c.want, Live: c.live, Rules: state.Rules{Prune: true}}})
				}
				perRecord(b, n)
			})
		}
	}
}

func BenchmarkOutput(b *testing.B) {
	for _, n := range sizes {
		p, _ := plan.Make([]plan.Input{{Provider: "p", Target: "p:1", Want: benchZone(n, 2), Live: benchZone(n, 0), Rules: state.Rules{Prune: true}}})
		for _, c := range []struct {
			name  string
			write func() error
		}{
			{"id", func() error { _ = p.ID(); return nil }},
			{"json", func() error { return p.Encode(io.Discard, nil) }},
			{"text", func() error { return render.Text(io.Discard, p, render.Options{}) }},
		} {
			b.Run(fmt.Sprintf("%d/%s", n, c.name), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if err := c.write(); err != nil {
						b.Fatal(err)
					}
				}
				perRecord(b, n)
			})
		}
	}
}

// BenchmarkSetOfMany pairs one large set whose every record changes.
func BenchmarkSetOfMany(b *testing.B) {
	for _, n := range sizes[:3] {
		set := func(first int) *state.Zone {
			entries := make([]state.Entry, n)
			for i := range entries {
				entries[i] = state.Entry{Key: state.Key{Name: "example.com.", Type: state.TXT}, Record: state.Record{Data: fmt.Sprintf(`"k%d=%d"`, i, first), TTL: 300}}
			}
			slices.Reverse(entries)
			return state.NewZone("example.com.", entries)
		}
		live, want := set(1), set(2)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				plan.Diff(live, want)
			}
			perRecord(b, n)
		})
	}
}

// BenchmarkGuards has the guards judge n changes: of records of all kinds that
// go, and of keys that are left to lead to nothing.
func BenchmarkGuards(b *testing.B) {
	for _, n := range sizes[:3] {
		hanging, keys := make([]state.Entry, 0, 2*n), make([]state.Entry, 0, n)
		for i := range n {
			target := state.Name(fmt.Sprintf("k%d.example.com.", i))
			key := state.Entry{Key: state.Key{Name: state.Name(fmt.Sprintf("k%d._domainkey.example.com.", i)), Type: state.CNAME}, Record: state.Record{Data: string(target), TTL: 300}}
			keys = append(keys, key)
			hanging = append(hanging, key, state.Entry{Key: state.Key{Name: target, Type: state.TXT}, Record: state.Record{Data: `"v=DKIM1; p=MIGf"`, TTL: 300}})
		}
		for _, c := range []struct {
			name       string
			live, want *state.Zone
		}{
			{"all gone", benchZone(n, 0), &state.Zone{Name: "example.com."}},
			{"keys left hanging", state.NewZone("example.com.", hanging), state.NewZone("example.com.", keys)},
		} {
			in := plan.Input{
				Provider: "p", Target: "p:1", Live: c.live, Want: c.want,
				Rules: state.Rules{Prune: true, Protect: []state.Pattern{{Name: "www"}}},
			}
			p, _ := plan.Make([]plan.Input{in})
			z := &p.Zones[0]
			b.Run(fmt.Sprintf("%d/%s", n, c.name), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					plan.Recheck(z, z.Changes, &in)
				}
				b.ReportMetric(float64(len(z.Changes)), "changes")
				perRecord(b, n)
			})
		}
	}
}
