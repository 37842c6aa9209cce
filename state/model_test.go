package state_test

import (
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/zoneloom/zoneloom/state"
)

func rec(data string, kept ...state.Kept) state.Record {
	r := state.Record{Data: data, TTL: 300}
	if len(kept) > 0 {
		r.Kept = kept[0]
	}
	return r
}

func set(records ...state.Record) *state.RRset {
	return &state.RRset{Key: state.Key{Name: "www.example.com.", Type: state.A}, Records: records}
}

func TestRRsetEqual(t *testing.T) {
	src := rec("192.0.2.1")
	src.Src = 7
	ttl := rec("192.0.2.1")
	ttl.TTL = state.TTLAuto
	proxied := rec("192.0.2.1")
	proxied.Attrs = state.MakeAttrs(map[string]any{"proxied": true})
	commented := set(rec("192.0.2.1"))
	commented.Attrs = state.MakeAttrs(map[string]any{"comment": "x"})
	tests := []struct {
		name string
		a, b *state.RRset
		want bool
	}{
		{"nil and nil", nil, nil, true},
		{"nil and none", nil, set(), true},
		{"nil and kept only", nil, set(rec("192.0.2.1", state.ReadOnly)), true},
		{"nil and one", nil, set(rec("192.0.2.1")), false},
		{"the same", set(rec("192.0.2.1")), set(rec("192.0.2.1")), true},
		{"declared elsewhere", set(rec("192.0.2.1")), set(src), true},
		{"kept ones aside", set(rec("192.0.2.1"), rec("192.0.2.2", state.Ignored)), set(rec("192.0.2.1")), true},
		{"another value", set(rec("192.0.2.1")), set(rec("192.0.2.2")), false},
		{"another TTL", set(rec("192.0.2.1")), set(ttl), false},
		{"another attribute", set(rec("192.0.2.1")), set(proxied), false},
		{"another attribute of the set", set(rec("192.0.2.1")), commented, false},
		{"one more", set(rec("192.0.2.1")), set(rec("192.0.2.1"), rec("192.0.2.2")), false},
		{"twice", set(rec("192.0.2.1"), rec("192.0.2.1")), set(rec("192.0.2.1")), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.a.Equal(tt.b) != tt.want || tt.b.Equal(tt.a) != tt.want {
				t.Errorf("Equal is %v and %v, want %v", tt.a.Equal(tt.b), tt.b.Equal(tt.a), tt.want)
			}
		})
	}
}

func TestChange(t *testing.T) {
	a, b, c := rec("192.0.2.1"), rec("192.0.2.2"), rec("192.0.2.3")
	kept := rec("192.0.2.9", state.Ignored)
	many := make([]state.Record, 40)
	for i := range many {
		many[i] = rec("192.0.2." + string(rune('0'+i)))
	}
	type pairs = []state.Pair
	tests := []struct {
		name             string
		change           state.Change
		action           state.Action
		deletes, creates []int
		updates          pairs
	}{
		{"nothing", state.Change{Before: set(a), After: set(a), Pairs: pairs{{0, 0}}}, state.NoOp, nil, nil, nil},
		{"create", state.Change{After: set(a, b)}, state.Create, nil, []int{0, 1}, nil},
		{"create beside a kept one", state.Change{Before: set(kept), After: set(a, kept)}, state.Create, nil, []int{0}, nil},
		{"delete", state.Change{Before: set(a, b)}, state.Delete, []int{0, 1}, nil, nil},
		{"delete beside a kept one", state.Change{Before: set(a, kept), After: set(kept)}, state.Delete, []int{0}, nil, nil},
		{"update", state.Change{Before: set(a), After: set(b), Pairs: pairs{{0, 0}}}, state.Update, nil, nil, pairs{{0, 0}}},
		{"one stays, one changes", state.Change{Before: set(a, b), After: set(a, c), Pairs: pairs{{0, 0}, {1, 1}}}, state.Update, nil, nil, pairs{{1, 1}}},
		{"one more", state.Change{Before: set(a), After: set(a, b), Pairs: pairs{{0, 0}}}, state.Update, nil, []int{1}, nil},
		{"one less", state.Change{Before: set(a, b), After: set(b), Pairs: pairs{{1, 0}}}, state.Update, []int{0}, nil, nil},
		{"one of many", state.Change{Before: set(many...), After: set(), Pairs: nil}, state.Delete, indexes(40), nil, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.change.Action(); got != tt.action {
				t.Errorf("Action is %v, want %v", got, tt.action)
			}
			deletes, updates, creates := tt.change.Ops()
			if !slices.Equal(deletes, tt.deletes) || !slices.Equal(creates, tt.creates) || !slices.Equal(updates, tt.updates) {
				t.Errorf("Ops are %v, %v, %v; want %v, %v, %v", deletes, updates, creates, tt.deletes, tt.updates, tt.creates)
			}
		})
	}
}

func indexes(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

func TestWords(t *testing.T) {
	if text, err := state.ReadOnly.MarshalText(); string(text) != "read-only" || err != nil {
		t.Errorf("MarshalText wrote %q, %v", text, err)
	}
	got := []string{
		state.NoOp.String(), state.Create.String(), state.Update.String(), state.Delete.String(),
		state.Ours.String(), state.Ignored.String(), state.ReadOnly.String(),
		state.SeverityError.String(), state.SeverityWarning.String(), state.SeverityNotice.String(),
		state.Key{Name: "www.example.com.", Type: state.A}.String(),
	}
	want := []string{"none", "create", "update", "delete", "", "ignored", "read-only", "error", "warning", "notice", "www.example.com. A"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestNewZone(t *testing.T) {
	entry := func(name state.Name, typ state.Type, data string, src state.Src) state.Entry {
		return state.Entry{Key: state.Key{Name: name, Type: typ}, Record: state.Record{Data: data, Src: src}}
	}
	entries := []state.Entry{
		entry("b.example.com.", state.A, "192.0.2.2", 1),
		entry("a.b.example.com.", state.A, "192.0.2.2", 2),
		entry(`a\.b.example.com.`, state.A, "192.0.2.2", 3),
		entry("example.com.", state.TXT, `"x"`, 4),
		entry("b.example.com.", state.A, "192.0.2.1", 5),
		entry("example.com.", state.MX, "10 a.", 6),
		entry("b.example.com.", state.A, "192.0.2.1", 7),
	}
	z := state.NewZone("example.com.", entries)
	var got []string
	for _, s := range z.RRsets {
		for _, r := range s.Records {
			got = append(got, s.String()+" "+r.Data+" "+string('0'+rune(r.Src)))
		}
	}
	want := []string{
		`example.com. MX 10 a. 6`,
		`example.com. TXT "x" 4`,
		`a\.b.example.com. A 192.0.2.2 3`,
		`b.example.com. A 192.0.2.1 5`,
		`b.example.com. A 192.0.2.1 7`,
		`b.example.com. A 192.0.2.2 1`,
		`a.b.example.com. A 192.0.2.2 2`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("NewZone (-want +got):\n%s", diff)
	}
	if z.Len() != len(entries) {
		t.Errorf("Len is %d", z.Len())
	}
	if s := z.Find(state.Key{Name: "b.example.com.", Type: state.A}); s == nil || len(s.Records) != 3 {
		t.Errorf("Find returned %v", s)
	}
	if s := z.Find(state.Key{Name: "b.example.com.", Type: state.MX}); s != nil {
		t.Errorf("Find returned %v for what isn't there", s)
	}
	if at := z.At("example.com."); len(at) != 2 || len(z.At("c.example.com.")) != 0 {
		t.Errorf("At returned %v", at)
	}
	var none *state.Zone
	if none.Find(state.Key{}) != nil || none.At(".") != nil || none.Len() != 0 {
		t.Error("a nil zone has something")
	}
}

// TestNewZoneOrder holds the quick way of sorting to Key.Compare.
func TestNewZoneOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	labels := []string{"a", "b", "ab", "a-b", "*", `a\.b`, "_a", `\000`, `\@`, "1"}
	for range 200 {
		entries := make([]state.Entry, r.IntN(30))
		for i := range entries {
			name := state.Name("example.com.")
			for range r.IntN(4) {
				name = state.Name(labels[r.IntN(len(labels))]+".") + name
			}
			types := []state.Type{state.A, state.MX, state.TXT}
			entries[i].Key = state.Key{Name: name, Type: types[r.IntN(len(types))]}
			entries[i].Data = labels[r.IntN(len(labels))]
		}
		z := state.NewZone("example.com.", slices.Clone(entries))
		for i := 1; i < len(z.RRsets); i++ {
			if z.RRsets[i-1].Compare(z.RRsets[i].Key) >= 0 {
				t.Fatalf("%v stands before %v", z.RRsets[i-1].Key, z.RRsets[i].Key)
			}
		}
		for _, e := range entries {
			s := z.Find(e.Key)
			if s == nil || !slices.ContainsFunc(s.Records, func(r state.Record) bool { return r.Data == e.Data }) {
				t.Fatalf("%v %q is lost", e.Key, e.Data)
			}
		}
		if z.Len() != len(entries) {
			t.Fatalf("%d of %d records", z.Len(), len(entries))
		}
	}
}

func TestPatternMatch(t *testing.T) {
	tests := []struct {
		name    string
		pattern state.Pattern
		owner   state.Name
		typ     state.Type
		data    string
		want    bool
	}{
		{"empty matches all", state.Pattern{}, "www.example.com.", "A", "192.0.2.1", true},
		{"a name", state.Pattern{Name: "www"}, "www.example.com.", "A", "x", true},
		{"a name in upper case", state.Pattern{Name: "WWW"}, "www.example.com.", "A", "x", true},
		{"part of a name", state.Pattern{Name: "ww"}, "www.example.com.", "A", "x", false},
		{"the apex", state.Pattern{Name: "@"}, "example.com.", "A", "x", true},
		{"the apex isn't all", state.Pattern{Name: "@"}, "www.example.com.", "A", "x", false},
		{"a star spans dots", state.Pattern{Name: "*.k8s"}, "a.b.k8s.example.com.", "A", "x", true},
		{"a star for the whole", state.Pattern{Name: "*"}, "example.com.", "A", "x", true},
		{"absolute", state.Pattern{Name: "*.example.com."}, "www.example.com.", "A", "x", true},
		{"absolute elsewhere", state.Pattern{Name: "*.example.org."}, "www.example.com.", "A", "x", false},
		{"a type", state.Pattern{Type: "txt"}, "www.example.com.", "TXT", `"x"`, true},
		{"another type", state.Pattern{Type: "TXT"}, "www.example.com.", "A", "x", false},
		{"data", state.Pattern{Data: "192.0.2.*"}, "www.example.com.", "A", "192.0.2.1", true},
		{"data keeps its case", state.Pattern{Data: "X*"}, "www.example.com.", "TXT", `"xy"`, false},
		{"plain text", state.Pattern{Data: "heritage=*"}, "www.example.com.", "TXT", `"heritage=external-dns,x"`, true},
		{"text with its quotes", state.Pattern{Data: `"heritage=*"`}, "www.example.com.", "TXT", `"heritage=external-dns,x"`, true},
		{"text in parts", state.Pattern{Data: "ab"}, "www.example.com.", "TXT", `"a" "b"`, true},
		{"all three", state.Pattern{Name: "www", Type: "A", Data: "192.*"}, "www.example.com.", "A", "198.51.100.1", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.pattern.Match("example.com.", state.Key{Name: tt.owner, Type: tt.typ}, tt.data); got != tt.want {
				t.Errorf("Match is %v", got)
			}
		})
	}
}

func FuzzGlob(f *testing.F) {
	f.Add("*.a*b", "x.aab")
	f.Add("a**", "a")
	f.Add("", "")
	f.Fuzz(func(t *testing.T, pattern, s string) {
		if len(pattern) > 1000 {
			return
		}
		parts := strings.Split(pattern, "*")
		for i := range parts {
			parts[i] = regexp.QuoteMeta(parts[i])
		}
		re, err := regexp.Compile(`(?s)\A` + strings.Join(parts, ".*") + `\z`)
		if err != nil {
			return // not UTF-8
		}
		if got, want := state.Glob(pattern, s), re.MatchString(s); got != want {
			t.Errorf("Glob(%q, %q) = %v, and as a regular expression %v", pattern, s, got, want)
		}
	})
}

// Whatever one of two rules brakes, both together brake.
func TestRulesBraked(t *testing.T) {
	mx, www := state.Pattern{Type: "MX"}, state.Pattern{Name: "www"}
	limit := func(l state.Limit) map[string]state.Limit { return map[string]state.Limit{"delete-many": l} }
	for name, tt := range map[string]struct{ r, o, want state.Rules }{
		"nothing": {},
		"protection that was removed": {
			r: state.Rules{Prune: true}, o: state.Rules{Protect: []state.Pattern{mx}},
			want: state.Rules{Prune: true, Protect: []state.Pattern{mx}},
		},
		"protection adds up": {
			r: state.Rules{Protect: []state.Pattern{www}}, o: state.Rules{Protect: []state.Pattern{mx, www}},
			want: state.Rules{Protect: []state.Pattern{www, mx}},
		},
		"a limit over the built-in one": {
			r:    state.Rules{Limits: limit(state.Limit{Count: 500, Percent: 100, Most: 1000})},
			want: state.Rules{Limits: limit(state.Limit{Count: 3, Percent: 30, Most: 100})},
		},
		"no limit at all": {
			r:    state.Rules{Limits: limit(state.Limit{Count: 1, Percent: 10})},
			o:    state.Rules{Limits: limit(state.Limit{Count: 2, Percent: 5, Most: 7})},
			want: state.Rules{Limits: limit(state.Limit{Count: 1, Percent: 5, Most: 7})},
		},
		"a limit that was dropped": {
			o:    state.Rules{Limits: limit(state.Limit{Count: 0, Percent: 0, Most: 1})},
			want: state.Rules{Limits: limit(state.Limit{Count: 0, Percent: 0, Most: 1})},
		},
		"what is claimed stays": {
			r: state.Rules{Ignore: []state.Pattern{www}, ApexNS: state.ApexNSLeave}, o: state.Rules{Prune: true, Ignore: []state.Pattern{mx}},
			want: state.Rules{Ignore: []state.Pattern{www}, ApexNS: state.ApexNSLeave},
		},
	} {
		if diff := cmp.Diff(tt.want, tt.r.Braked(tt.o), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
