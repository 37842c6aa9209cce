package state_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneloom/zoneloom/state"
)

func TestAttrs(t *testing.T) {
	m := map[string]any{"proxied": true, "comment": "a=b\nc", "tags": []string{"x", "y"}, "weight": 5, `odd"=key`: "v"}
	a := state.MakeAttrs(m)
	if _, ok := m["weight"].(int); !ok {
		t.Error("MakeAttrs changed the caller's map")
	}
	want := map[string]any{"proxied": true, "comment": "a=b\nc", "tags": []string{"x", "y"}, "weight": 5.0, `odd"=key`: "v"}
	if diff := cmp.Diff(want, a.Map()); diff != "" {
		t.Errorf("Map (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"comment", `odd"=key`, "proxied", "tags", "weight"}, keysOf(a)); diff != "" {
		t.Errorf("keys (-want +got):\n%s", diff)
	}
	if a != state.MakeAttrs(want) {
		t.Error("equal sets aren't ==")
	}
	if !a.Bool("proxied") || a.Bool("comment") || a.Bool("absent") {
		t.Error("Bool")
	}
	if a.String("comment") != "a=b\nc" || a.String("proxied") != "" || a.String("absent") != "" {
		t.Error("String")
	}
	if !slices.Equal(a.Strings("tags"), []string{"x", "y"}) || a.Strings("comment") != nil {
		t.Error("Strings")
	}
	if v, ok := a.Get("weight"); v != 5.0 || !ok || a.Has("absent") || !a.Has(`odd"=key`) {
		t.Error("Get or Has")
	}
	if a.With("x", "y").Without("x") != a || a.Without("absent") != a || a.With("proxied", false) == a {
		t.Error("With or Without")
	}
}

func keysOf(a state.Attrs) []string {
	var keys []string
	for k := range a.All() {
		keys = append(keys, k)
	}
	return keys
}

func TestAttrsAreOneSpelling(t *testing.T) {
	empty := state.MakeAttrs(map[string]any{"tags": []string{}})
	if state.MakeAttrs(map[string]any{"tags": []string(nil)}) != empty {
		t.Error("a nil list isn't an empty list")
	}
	minus := 0.0
	minus = -minus
	if state.MakeAttrs(map[string]any{"n": minus}) != state.MakeAttrs(map[string]any{"n": 0}) {
		t.Error("-0 isn't 0")
	}
	if state.MakeAttrs(nil) != (state.Attrs{}) || state.MakeAttrs(map[string]any{}) != (state.Attrs{}) {
		t.Error("a set without entries isn't the zero value")
	}
}

func TestMakeAttrsPanicsOnOtherTypes(t *testing.T) {
	for _, v := range []any{nil, int64(1), []any{"a"}, map[string]any{}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("no panic on a %T", v)
				}
			}()
			state.MakeAttrs(map[string]any{"k": v})
		}()
	}
}

func TestAttrsLay(t *testing.T) {
	type m = map[string]any
	tests := []struct {
		name                 string
		live, declared, want m
	}{
		{"nothing on nothing", m{}, m{}, m{}},
		{"undeclared stays", m{"comment": "x"}, m{"proxied": true}, m{"comment": "x", "proxied": true}},
		{"declared replaces", m{"comment": "x"}, m{"comment": "y"}, m{"comment": "y"}},
		{"declared empty removes", m{"comment": "x", "tags": []string{"a"}}, m{"comment": "", "tags": []string{}}, m{}},
		{"declared false removes", m{"proxied": true, "comment": "x"}, m{"proxied": false}, m{"comment": "x"}},
		{"declared empty of what isn't there", m{"comment": "x"}, m{"proxied": false}, m{"comment": "x"}},
		{"the same", m{"proxied": true}, m{"proxied": true}, m{"proxied": true}},
		{"part of it", m{"proxied": true, "comment": "x"}, m{"proxied": true}, m{"proxied": true, "comment": "x"}},
		{"on nothing", m{}, m{"proxied": false, "comment": "x", "n": 0}, m{"comment": "x"}},
		{"empties that are live go too", m{"proxied": false, "comment": "x"}, m{}, m{"comment": "x"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := state.MakeAttrs(tt.live).Lay(state.MakeAttrs(tt.declared))
			if got != state.MakeAttrs(tt.want) {
				t.Errorf("got %v, want %v", got.Map(), tt.want)
			}
		})
	}
}

func TestAttrsJSON(t *testing.T) {
	a := state.MakeAttrs(map[string]any{"tags": []string{"b", "a"}, "comment": "é", "proxied": true, "n": 1.5})
	text, err := json.Marshal(a)
	if want := `{"comment":"é","n":1.5,"proxied":true,"tags":["b","a"]}`; err != nil || string(text) != want {
		t.Errorf("got %s, %v; want %s", text, err, want)
	}
	for _, bad := range []string{`[]`, `{"a":null}`, `{"a":{}}`, `{"a":[1]}`, `"a"`} {
		if err := json.Unmarshal([]byte(bad), &a); err == nil {
			t.Errorf("%s reads as %v", bad, a.Map())
		}
	}
}

func FuzzAttrs(f *testing.F) {
	f.Add(`{"proxied":true,"comment":"x","tags":["a"]}`, `{"comment":"","n":0}`)
	f.Add(`{"a=b":"c","a":"b=c"}`, `{"\"q\"\n":1e300}`)
	f.Fuzz(func(t *testing.T, live, declared string) {
		var a, d state.Attrs
		if json.Unmarshal([]byte(live), &a) != nil || json.Unmarshal([]byte(declared), &d) != nil {
			return
		}
		text, err := json.Marshal(a)
		if err != nil {
			t.Fatalf("%s: %v", live, err)
		}
		var back state.Attrs
		if err := json.Unmarshal(text, &back); err != nil || back != a {
			t.Errorf("%s became %s, %v", live, text, err)
		}
		if again := state.MakeAttrs(a.Map()); again != a {
			t.Errorf("%s became %v", live, again.Map())
		}
		laid := a.Lay(d)
		if again := laid.Lay(d); again != laid {
			t.Errorf("Lay(%s, %s) is %v, and laid again %v", live, declared, laid.Map(), again.Map())
		}
		for k, v := range laid.All() {
			want, ok := d.Get(k)
			if !ok {
				want, _ = a.Get(k)
			}
			if diff := cmp.Diff(want, v); diff != "" || isEmpty(v) {
				t.Errorf("Lay(%s, %s) has %s: %v", live, declared, k, v)
			}
		}
	})
}

// isEmpty reports whether v declares an attribute empty.
func isEmpty(v any) bool {
	list, ok := v.([]string)
	return v == nil || v == false || v == "" || v == 0.0 || ok && len(list) == 0
}
