package plan_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/gowebpki/jcs"
	"pgregory.net/rapid"

	"github.com/zoneloom/zoneloom/plan"
	"github.com/zoneloom/zoneloom/state"
)

// pool is what random zones are made of: few names and data, so that two zones
// have much in common.
var pool = []struct {
	typ  state.Type
	data []string
}{
	{state.A, []string{"192.0.2.1", "192.0.2.2", "192.0.2.3"}},
	{state.CNAME, []string{"a.example.com.", "b.example.com.", "c.example.net."}},
	{state.MX, []string{"10 a.example.net.", "20 a.example.net.", "10 b.example.net."}},
	{state.NS, []string{"a.example.net.", "b.example.net."}},
	{state.TXT, []string{`"a=1"`, `"a=2"`, `"ab"`, `"a" "b"`, `"\195\169"`}},
	{"TYPE65400", []string{`\# 1 ab`, `\# 0`}},
}

var attrSets = []state.Attrs{
	{},
	state.MakeAttrs(map[string]any{"proxied": true}),
	state.MakeAttrs(map[string]any{"proxied": false, "comment": ""}),
	state.MakeAttrs(map[string]any{"comment": "a\u2028<b>\"", "tags": []string{"x", "y"}}),
	state.MakeAttrs(map[string]any{"weight": 0.5, "n": 1e21}),
}

// drawZone draws a live zone, whose attributes are full and which may hold twins
// and kept records, or a wanted one.
func drawZone(t *rapid.T, label string, live bool) *state.Zone {
	var entries []state.Entry
	for range rapid.IntRange(0, 12).Draw(t, label+" records") {
		kind := pool[rapid.IntRange(0, len(pool)-1).Draw(t, "type")]
		name := rapid.SampledFrom([]state.Name{"example.com.", "a.example.com.", "b.example.com.", "*.example.com.", "x.b.example.com."}).Draw(t, "name")
		e := state.Entry{
			Key: state.Key{Name: name, Type: kind.typ},
			Record: state.Record{
				Data:  rapid.SampledFrom(kind.data).Draw(t, "data"),
				TTL:   rapid.SampledFrom([]state.TTL{60, 300, state.TTLAuto}).Draw(t, "ttl"),
				Attrs: rapid.SampledFrom(attrSets).Draw(t, "attrs"),
			},
		}
		if live {
			e.Attrs = e.Attrs.Lay(state.Attrs{})
			e.Kept = rapid.SampledFrom([]state.Kept{0, 0, 0, 0, 0, state.ReadOnly, state.Ignored}).Draw(t, "kept")
			if e.Attrs.Bool("proxied") {
				e.TTL = state.TTLAuto
			}
		} else {
			e.Src = state.Src(len(entries) + 1)
			if slices.ContainsFunc(entries, func(o state.Entry) bool { return o.Key == e.Key && o.Data == e.Data }) {
				continue // config refuses a value that is declared twice
			}
		}
		entries = append(entries, e)
	}
	return state.NewZone("example.com.", entries)
}

// bag counts the records of ours in s, each with all that is kept with it.
func bag(s *state.RRset) map[state.Record]int {
	counts := map[state.Record]int{}
	for _, r := range s.Ours() {
		r.Src = 0
		counts[r]++
	}
	return counts
}

// without returns how many records of a aren't in b.
func without(a, b map[state.Record]int) int {
	n := 0
	for r, count := range a {
		n += max(0, count-b[r])
	}
	return n
}

func TestLawsOfDiff(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		live, want := drawZone(t, "live", true), drawZone(t, "want", false)
		if changes := plan.Diff(live, live); len(changes) > 0 {
			t.Fatalf("a zone differs from itself: %v", changes)
		}
		changes := plan.Diff(live, want)
		for _, c := range changes {
			deletes, updates, creates := c.Ops()
			before, after := bag(c.Before), bag(c.After)
			if n, least := len(deletes)+len(updates)+len(creates), max(without(before, after), without(after, before)); n != least {
				t.Fatalf("%v takes %d writes, %d would do:\n%v\n%v", c.Key, n, least, c.Before, c.After)
			}
		}
		applied := apply(live, changes)
		if again := plan.Diff(applied, want); len(again) > 0 {
			t.Fatalf("once applied there is more to do: %v", again)
		}
	})
}

func mapped[T, U any](list []T, f func(T) U) []U {
	var result []U
	for _, v := range list {
		result = append(result, f(v))
	}
	return result
}

// drawInputs draws what several zones depend on.
func drawInputs(t *rapid.T) []plan.Input {
	var inputs []plan.Input
	for i := range rapid.IntRange(1, 3).Draw(t, "zones") {
		in := plan.Input{
			Provider: fmt.Sprint("p", i), Target: fmt.Sprint("p:", i),
			Want: drawZone(t, "want", false), Live: drawZone(t, "live", true),
			Rules:  state.Rules{Prune: rapid.Bool().Draw(t, "prune")},
			Create: rapid.Bool().Draw(t, "create"),
		}
		if rapid.Bool().Draw(t, "ignore") {
			in.Rules.Ignore = []state.Pattern{{Name: "b", Type: "t*"}, {Data: "192.0.2.1"}}
			in.OwnNS = []state.Name{"a.example.net."}
		}
		inputs = append(inputs, in)
	}
	return inputs
}

func TestLawsOfPlans(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		inputs := drawInputs(t)
		p, problems := plan.Make(inputs)
		pos := func(src state.Src) (string, int) { return "zoneloom.yaml", int(src) }
		first := encodePlan(t, p, pos)

		slices.Reverse(inputs)
		q, again := plan.Make(inputs)
		if second := encodePlan(t, q, pos); second != first || len(again) != len(problems) {
			t.Fatalf("the order of inputs makes a difference:\n%s\n%s", first, second)
		}
		if id := canonicalID(t, first); p.ID() != id {
			t.Fatalf("id %s, by the JSON %s:\n%s", p.ID(), id, first)
		}
		saved, err := plan.Decode(strings.NewReader(first))
		if err != nil {
			t.Fatalf("%v\n%s", err, first)
		}
		if second := encodePlan(t, saved.Plan, saved.Pos); second != first {
			t.Fatalf("decoded and encoded again:\n%s\n%s", first, second)
		}
	})
}

func encodePlan(t *rapid.T, p *plan.Plan, pos plan.Position) string {
	var b bytes.Buffer
	if err := p.Encode(&b, pos); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// canonicalID makes a plan's id from its JSON as the design defines it, by way of
// an implementation of RFC 8785 that isn't plan's.
func canonicalID(t *rapid.T, encoded string) string {
	var doc struct{ Zones []map[string]any }
	if err := json.Unmarshal([]byte(encoded), &doc); err != nil {
		t.Fatal(err)
	}
	zones := []any{}
	for _, z := range doc.Zones {
		changes := []any{}
		for _, c := range z["changes"].([]any) {
			c := c.(map[string]any)
			delete(c, "action")
			delete(c, "pairs")
			delete(c, "source")
			delete(c, "risk")
			dropKept(c, "before")
			dropKept(c, "after")
			if list, ok := c["beside"].([]any); ok {
				c["beside"] = slices.DeleteFunc(list, func(s any) bool { return withoutKept(s) == 0 })
				if len(c["beside"].([]any)) == 0 {
					delete(c, "beside")
				}
			}
			changes = append(changes, c)
		}
		if len(changes) > 0 || z["create_zone"] == true {
			zones = append(zones, map[string]any{"zone": z["zone"], "target": z["target"], "create_zone": z["create_zone"], "changes": changes})
		}
	}
	text, err := json.Marshal(zones)
	if err != nil {
		t.Fatal(err)
	}
	canonical, err := jcs.Transform(text)
	if err != nil {
		t.Fatal(err)
	}
	return sha256ID(canonical)
}

func dropKept(c map[string]any, key string) {
	if s, ok := c[key]; ok && withoutKept(s) == 0 {
		delete(c, key)
	}
}

// withoutKept drops the kept records of a set and returns how many are left.
func withoutKept(set any) int {
	s := set.(map[string]any)
	ours := slices.DeleteFunc(s["records"].([]any), func(r any) bool { return r.(map[string]any)["kept"] != nil })
	s["records"] = ours
	return len(ours)
}

// TestInputsStay holds Make to its promise to change nothing that it is given.
func TestInputsStay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		inputs := drawInputs(t)
		show := func() string {
			lines := mapped(inputs, func(in plan.Input) string { return fmt.Sprint(in.Live.RRsets, in.Want.RRsets, in.Rules) })
			return strings.Join(lines, "\n")
		}
		before := show()
		plan.Make(inputs)
		if after := show(); after != before {
			t.Fatalf("the inputs changed: %d", cmp.Compare(before, after))
		}
	})
}
