package providertest_test

import (
	"testing"

	"github.com/zoneloom/zoneloom/provider/providertest"
	"github.com/zoneloom/zoneloom/state"
)

func TestMemory(t *testing.T) {
	tests := []struct {
		name string
		make func() *providertest.Memory
	}{
		{"without a limit", func() *providertest.Memory { return &providertest.Memory{} }},
		{"at most 200 operations", func() *providertest.Memory { return &providertest.Memory{BatchLimit: 200} }},
		{"at most 7 operations", func() *providertest.Memory { return &providertest.Memory{BatchLimit: 7} }},
		{"few types, no attributes", func() *providertest.Memory {
			return &providertest.Memory{Attrs: []string{}, Types: []state.Type{"A", "AAAA", "CNAME", "MX", "TXT"}, MinTTL: 60}
		}},
		{"own name servers", func() *providertest.Memory {
			return &providertest.Memory{OwnNS: []state.Name{"ns1.example.org.", "ns2.example.org."}}
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			providertest.Run(t, func(*testing.T) providertest.Subject {
				m := tt.make()
				m.Seed(&state.Zone{Name: "example.com."})
				return providertest.Subject{
					Provider: m, Zone: "example.com.", Absent: "example.net.", ReadOnly: true, Duplicates: true,
					Seed: func(_ *testing.T, z *state.Zone) { m.Seed(z) },
				}
			})
		})
	}
}
