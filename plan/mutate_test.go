package plan_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/zoneloom/zoneloom/plan"
	"github.com/zoneloom/zoneloom/state"
)

// mutations returns values with one thing in v changed, v being what a JSON
// decoder returns: every leaf, every member and every item in several ways.
func mutations(v any) []any {
	var all []any
	switch v := v.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			with := func(value any) map[string]any {
				m := maps.Clone(v)
				m[key] = value
				return m
			}
			less := maps.Clone(v)
			delete(less, key)
			all = append(all, less, with(nil))
			for _, changed := range mutations(v[key]) {
				all = append(all, with(changed))
			}
		}
	case []any:
		for i := range v {
			all = append(all, slices.Delete(slices.Clone(v), i, i+1), slices.Insert(slices.Clone(v), i, v[i]))
			if i > 0 {
				swapped := slices.Clone(v)
				swapped[i-1], swapped[i] = swapped[i], swapped[i-1]
				all = append(all, swapped)
			}
			for _, changed := range mutations(v[i]) {
				m := slices.Clone(v)
				m[i] = changed
				all = append(all, m)
			}
		}
		all = append(all, []any{})
	case string:
		all = append(all, v+"x", "x"+v, strings.ToUpper(v), strings.ReplaceAll(v, "1", "2"), "", 7)
	case json.Number:
		n, _ := v.Int64()
		all = append(all, n+1, n-1, -n, fmt.Sprint(n))
	case bool:
		all = append(all, !v)
	}
	return all
}

// TestEveryEditIsNoticed changes each thing in the plans of the golden files, and
// holds Decode to this: it refuses the edited plan, or the edit changes nothing
// of what is written. What only tells of a plan may be edited, and what apply
// never takes from a file: patterns that ignore (it refuses others than the
// configuration's), the service's name servers (it asks the service) and the
// name of the provider (it compares where that leads with the target).
func TestEveryEditIsNoticed(t *testing.T) {
	files, err := filepath.Glob("../testdata/plan/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	refused, harmless := 0, 0
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		live := parseZones(t, section(archive, "current"))
		text := section(archive, "want.json")
		dec := json.NewDecoder(strings.NewReader(text))
		dec.UseNumber()
		var v any
		if err := dec.Decode(&v); err != nil {
			t.Fatal(err)
		}
		original := decoded(t, text)
		want := writes(original, live)
		for _, m := range mutations(v) {
			edited, err := json.Marshal(m)
			if err != nil {
				t.Fatal(err)
			}
			s, err := plan.Decode(bytes.NewReader(edited))
			if err != nil {
				refused++
				continue
			}
			harmless++
			if diff := cmp.Diff(want, writes(lent(s.Plan, original), live), compareSets); diff != "" {
				t.Fatalf("%s: an edit that Decode takes changes what is written (-before +after):\n%s\n%s", file, diff, edited)
			}
		}
	}
	if refused < 1000 || harmless < 100 {
		t.Errorf("%d edits refused, %d harmless: there are more", refused, harmless)
	}
}

func decoded(tb testing.TB, text string) *plan.Plan {
	tb.Helper()
	s, err := plan.Decode(strings.NewReader(text))
	if err != nil {
		tb.Fatal(err)
	}
	return s.Plan
}

// lent gives the zones of p what apply never takes from a file.
func lent(p, original *plan.Plan) *plan.Plan {
	for i := range p.Zones {
		for _, z := range original.Zones {
			if z.Name == p.Zones[i].Name {
				p.Zones[i].Ignore, p.Zones[i].OwnNS = z.Ignore, z.OwnNS
			}
		}
	}
	return p
}

// written is what apply sends for one zone.
type written struct {
	Zone    state.Name
	Target  string
	Create  bool
	Moved   []string
	Changes []state.Change
}

// writes returns the id of p and what applying it to zones as they are sends.
func writes(p *plan.Plan, live map[state.Name]*state.Zone) (all []written) {
	all = append(all, written{Target: p.ID()})
	for i := range p.Zones {
		z := &p.Zones[i]
		if z.Empty() {
			continue
		}
		w := written{Zone: z.Name, Target: z.Target, Create: z.Create}
		for _, m := range plan.Stale(z, live[z.Name]) {
			w.Moved = append(w.Moved, m.Key.String())
		}
		w.Changes = plan.Remaining(z, live[z.Name])
		for n := range w.Changes {
			w.Changes[n].Beside = nil // which is for Stale
		}
		all = append(all, w)
	}
	return all
}
