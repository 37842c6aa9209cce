package cloudflare_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/zoneloom/zoneloom/provider"
	"github.com/zoneloom/zoneloom/provider/cloudflare"
	"github.com/zoneloom/zoneloom/provider/cloudflare/sandbox"
	"github.com/zoneloom/zoneloom/provider/providertest"
	"github.com/zoneloom/zoneloom/state"
)

// inSandbox runs a sandbox that has example.com, empty, and a provider for it.
func inSandbox(tb testing.TB, opts sandbox.Options) (*cloudflare.Provider, *sandbox.Server) {
	tb.Helper()
	s, url, stop, err := sandbox.Start(opts)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := stop(); err != nil {
			tb.Error(err)
		}
	})
	if _, err := s.Seed("example.com", strings.NewReader("")); err != nil {
		tb.Fatal(err)
	}
	return &cloudflare.Provider{Token: sandbox.DefaultToken, BaseURL: url, Budget: newBudget(newClock())}, s
}

// seed puts the records of z into the sandbox past our own writing. Of equal TXT
// records the second and later ones are raw, as the service may have them.
func seed(tb testing.TB, s *sandbox.Server, z *state.Zone) {
	tb.Helper()
	var lines bytes.Buffer
	for _, set := range z.RRsets {
		for i, r := range set.Records {
			text, err := cloudflare.Post(state.Entry{Key: set.Key, Record: r})
			if err != nil {
				tb.Fatal(err)
			}
			var m map[string]any
			if err := json.Unmarshal(text, &m); err != nil {
				tb.Fatal(err)
			}
			if r.Kept == state.ReadOnly {
				m["meta"] = map[string]any{"read_only": true}
			}
			if i > 0 && r.Data == set.Records[i-1].Data {
				m["content"] = strings.Join(state.TXTStrings(r.Data), "")
			}
			if err := json.NewEncoder(&lines).Encode(m); err != nil {
				tb.Fatal(err)
			}
		}
	}
	if _, err := s.Seed(strings.TrimSuffix(string(z.Name), "."), &lines); err != nil {
		tb.Fatal(err)
	}
}

// TestConformance takes the plan with the small batches: one name can't hold as
// many records as a large one has room for.
func TestConformance(t *testing.T) {
	providertest.Run(t, func(t *testing.T) providertest.Subject {
		t.Helper()
		p, s := inSandbox(t, sandbox.Options{Plan: "free", Quota: 1_000_000})
		return providertest.Subject{
			Provider:   p,
			Zone:       "example.com.",
			Seed:       func(t *testing.T, z *state.Zone) { t.Helper(); seed(t, s, z) },
			Absent:     "absent.example.",
			ReadOnly:   true,
			Duplicates: true,
		}
	})
}

// create is the change that creates records of one type.
func create(name state.Name, typ state.Type, data ...string) state.Change {
	s := &state.RRset{Key: state.Key{Name: name, Type: typ}}
	for _, d := range data {
		s.Records = append(s.Records, state.Record{Data: d, TTL: 300})
	}
	return state.Change{Key: s.Key, After: s}
}

// remove is the inverse of a change that creates.
func remove(c state.Change) state.Change { return state.Change{Key: c.Key, Before: c.After} }

// log records what a Recorder is told.
type log struct {
	requests []provider.Request
	outcomes []provider.Outcome
}

func (l *log) Sending(r provider.Request) error { l.requests = append(l.requests, r); return nil }

func (l *log) Done(_ provider.Request, o provider.Outcome) { l.outcomes = append(l.outcomes, o) }

func (l *log) String() string {
	var b strings.Builder
	for i, r := range l.requests {
		fmt.Fprintf(&b, "%d: changes %v, %d operations: %v\n", r.N, r.Changes, r.Ops, l.outcomes[i].Results)
	}
	return b.String()
}
