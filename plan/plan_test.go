package plan_test

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneloom/zoneloom/plan"
	"github.com/zoneloom/zoneloom/state"
)

func TestSavedPlanIsThePlan(t *testing.T) {
	entry := func(name, typ, data string, ttl state.TTL, src state.Src) state.Entry {
		return state.Entry{
			Key:    state.Key{Name: state.Name(name), Type: state.Type(typ)},
			Record: state.Record{Data: data, TTL: ttl, Src: src},
		}
	}
	live := state.NewZone("example.com.", []state.Entry{
		entry("example.com.", "A", "192.0.2.1", 300, 0),
		entry("old.example.com.", "A", "192.0.2.1", 300, 0),
		entry("www.example.com.", "CNAME", "old.example.com.", 300, 0),
	})
	want := state.NewZone("example.com.", []state.Entry{
		entry("example.com.", "A", "192.0.2.9", 300, 1),
		entry("new.example.com.", "A", "192.0.2.1", 300, 1),
		entry("www.example.com.", "CNAME", "new.example.com.", 300, 2),
	})
	p, problems := plan.Make([]plan.Input{{Provider: "p", Target: "p:1", Want: want, Live: live, Rules: state.Rules{Prune: true}}})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	var first, second bytes.Buffer
	pos := func(src state.Src) (string, int) { return "zoneloom.yaml", int(src) }
	if err := p.Encode(&first, pos); err != nil {
		t.Fatal(err)
	}
	saved, err := plan.Decode(bytes.NewReader(first.Bytes()))
	if err != nil {
		t.Fatalf("%v\n%s", err, &first)
	}
	if err := saved.Plan.Encode(&second, saved.Pos); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first.String(), second.String()); diff != "" {
		t.Errorf("decoded and encoded again (-first +second):\n%s", diff)
	}
	t.Log(first.String())
}
