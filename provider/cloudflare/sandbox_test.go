package cloudflare_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

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

// TestConformance takes the smallest batches and the largest.
func TestConformance(t *testing.T) {
	for _, plan := range []string{"free", "enterprise"} {
		t.Run(plan, func(t *testing.T) {
			t.Parallel()
			providertest.Run(t, func(t *testing.T) providertest.Subject {
				t.Helper()
				p, s := inSandbox(t, sandbox.Options{Plan: plan, Quota: 1_000_000})
				return providertest.Subject{
					Provider:   p,
					Zone:       "example.com.",
					Seed:       func(t *testing.T, z *state.Zone) { t.Helper(); seed(t, s, z) },
					Absent:     "absent.example.",
					ReadOnly:   true,
					Duplicates: true,
				}
			})
		})
	}
}

// TestARealZone reads a sample of a zone as people made it, odd shapes and all.
func TestARealZone(t *testing.T) {
	lines, err := os.Open("../../testdata/is-a-dev-sample/is-a.dev.sample.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer lines.Close()
	p, s := inSandbox(t, sandbox.Options{})
	if _, err := s.Seed("is-a.dev", lines); err != nil {
		t.Fatal(err)
	}
	zones, err := p.Zones(t.Context(), []state.Name{"is-a.dev."})
	if err != nil {
		t.Fatal(err)
	}
	zone := zones["is-a.dev."]
	snap, err := zone.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got := snap.Zone.Len(); got != 763 {
		t.Errorf("%d records, want 763", got)
	}
	for _, set := range snap.Zone.RRsets {
		if len(set.Ours()) != len(set.Records) {
			t.Errorf("%s was not understood: %v", set.Key, set.Records)
		}
	}
	info := zone.Info()
	stored, problems := p.Check(snap.Zone, &info)
	for _, problem := range problems {
		if problem.Severity == state.SeverityError {
			t.Errorf("Check refuses what is there: %s %s: %s", problem.Key, problem.Data, problem.Text)
		}
	}
	if diff := cmp.Diff(snap.Zone, stored, ignoreInterned); diff != "" {
		t.Errorf("Check changes what is there (-live +stored):\n%s", diff)
	}
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
