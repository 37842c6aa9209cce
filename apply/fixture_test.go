package apply_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneloom/zoneloom/apply"
	"github.com/zoneloom/zoneloom/plan"
	"github.com/zoneloom/zoneloom/provider"
	"github.com/zoneloom/zoneloom/provider/providertest"
	"github.com/zoneloom/zoneloom/state"
)

// zone makes a zone of lines such as "www 300 A 192.0.2.1".
func zone(t *testing.T, name state.Name, lines ...string) *state.Zone {
	t.Helper()
	var entries []state.Entry
	for i, line := range lines {
		f := strings.SplitN(line, " ", 4)
		owner, err := state.ParseName(f[0], name)
		if err != nil {
			t.Fatal(err)
		}
		ttl, err := state.ParseTTL(f[1])
		if err != nil {
			t.Fatal(err)
		}
		data, err := state.ParseData(state.Type(f[2]), f[3], nil)
		if err != nil {
			t.Fatal(err)
		}
		entries = append(entries, state.Entry{
			Key:    state.Key{Name: owner, Type: state.Type(f[2])},
			Record: state.Record{Data: data, TTL: ttl, Src: state.Src(i + 1)},
		})
	}
	return state.NewZone(name, entries)
}

// hosts makes lines for n names with one address each.
func hosts(n int) []string {
	lines := make([]string, n)
	for i := range lines {
		lines[i] = fmt.Sprintf("host%03d 300 A 192.0.2.%d", i, i%250+1)
	}
	return lines
}

// world is an engine over one provider in memory, called "mem".
type world struct {
	*testing.T
	memory  *providertest.Memory
	engine  *apply.Engine
	targets []apply.Target
	now     time.Time
	events  []apply.Event
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{T: t, memory: &providertest.Memory{}, now: time.Unix(1_700_000_000, 0)}
	w.engine = &apply.Engine{
		Providers: map[string]apply.Opened{"mem": {Kind: "memory", Provider: w.memory}},
		Now:       func() time.Time { return w.now },
		Events:    func(e apply.Event) { w.events = append(w.events, e) },
	}
	return w
}

// live seeds what a zone holds.
func (w *world) live(name state.Name, lines ...string) {
	w.Helper()
	w.memory.Seed(zone(w.T, name, lines...))
}

// want adds a target.
func (w *world) want(name state.Name, lines ...string) *apply.Target {
	w.Helper()
	w.targets = append(w.targets, apply.Target{
		Zone: name, Provider: "mem", Want: zone(w.T, name, lines...), Rules: state.Rules{Prune: true},
	})
	return &w.targets[len(w.targets)-1]
}

// plan plans, which must succeed, and lifts every guard.
func (w *world) plan() *apply.Planned {
	w.Helper()
	p, err := w.engine.Plan(w.Context(), w.targets)
	if err != nil {
		w.Fatalf("Plan: %v", err)
	}
	for _, r := range p.Plan.Refusals() {
		p.Plan.Allow([]plan.Allowance{r.Allowance()})
	}
	return p
}

// apply plans and applies, which must succeed.
func (w *world) apply() *apply.Report {
	w.Helper()
	r, err := w.engine.Apply(w.Context(), w.plan(), apply.Options{})
	if err != nil {
		w.Fatalf("Apply: %v", err)
	}
	return r
}

// holds fails the test unless the zone's records are those of the lines.
func (w *world) holds(name state.Name, lines ...string) {
	w.Helper()
	if diff := cmp.Diff(plain(zone(w.T, name, lines...)), plain(w.memory.Content(name))); diff != "" {
		w.Errorf("zone %s (-want +got):\n%s", name, diff)
	}
}

// plain lists a zone's records, one a line.
func plain(z *state.Zone) []string {
	var lines []string
	for _, set := range z.RRsets {
		for _, r := range set.Records {
			lines = append(lines, fmt.Sprintf("%s %s %s", set.Key, r.TTL, r.Data))
		}
	}
	return lines
}

// results lists what became of the changes of the report's n-th zone.
func results(r *apply.Report, n int) map[string]string {
	list := map[string]string{}
	for _, c := range r.Zones[n].Changes {
		list[c.Key.String()] = [...]string{
			provider.NotMade: "not made", provider.Made: "made", provider.Unknown: "unknown",
		}[c.Result]
		if c.Already {
			list[c.Key.String()] = "already"
		}
	}
	return list
}

// contains fails the test unless text has each of the parts.
func contains(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q lacks %q", text, part)
		}
	}
}
