package apply_test

import (
	"fmt"
	"testing"

	"github.com/zoneloom/zoneloom/apply"
	"github.com/zoneloom/zoneloom/provider/providertest"
	"github.com/zoneloom/zoneloom/state"
)

// BenchmarkApply creates all records of a zone through the provider in memory,
// planning and the final comparison included.
func BenchmarkApply(b *testing.B) {
	for _, n := range []int{1_000, 10_000, 100_000, 1_000_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			entries := make([]state.Entry, n)
			for i := range entries {
				entries[i] = state.Entry{
					Key:    state.Key{Name: state.Name(fmt.Sprintf("host%07d.example.com.", i)), Type: state.A},
					Record: state.Record{Data: "192.0.2.1", TTL: 300},
				}
			}
			want := state.NewZone("example.com.", entries)
			b.ReportAllocs()
			calls := 0
			for b.Loop() {
				m := &providertest.Memory{BatchLimit: 3500}
				m.Seed(&state.Zone{Name: "example.com."})
				e := &apply.Engine{Providers: map[string]apply.Opened{"mem": {Kind: "memory", Provider: m}}}
				p, err := e.Plan(b.Context(), []apply.Target{{Zone: "example.com.", Provider: "mem", Want: want}})
				if err != nil {
					b.Fatal(err)
				}
				if _, err := e.Apply(b.Context(), p, apply.Options{}); err != nil {
					b.Fatal(err)
				}
				calls = m.Calls().Zones + m.Calls().Reads + m.Calls().Requests
			}
			b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "records/s")
			b.ReportMetric(float64(calls), "calls")
		})
	}
}
