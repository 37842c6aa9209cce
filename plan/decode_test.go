package plan_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/zoneloom/zoneloom/plan"
	"github.com/zoneloom/zoneloom/state"
)

// saved returns the JSON of a small plan.
func saved(tb testing.TB) string {
	tb.Helper()
	live := zone(tb, "a 300 MX 10 mx.example.com.\n!a 300 MX 20 b.example.net.\nb 300 TXT \"x\"\nn 300 TXT \"1\"\nm 300 TXT \"1\"")
	want := zone(tb, "a 300 MX 20 mx.example.com.\nb 300 TXT \"x\"\nb 300 CNAME c.example.net. {\"comment\": \"c\"}\nn 300 TXT \"1\"\nm 300 TXT \"1\"")
	p, problems := plan.Make([]plan.Input{{Provider: "p", Target: "p:1", Live: live, Want: want, Rules: state.Rules{Prune: true}}})
	if len(problems) > 0 {
		tb.Fatal(problems)
	}
	var b bytes.Buffer
	if err := p.Encode(&b, func(src state.Src) (string, int) { return "z.yaml", int(src) }); err != nil {
		tb.Fatal(err)
	}
	return b.String()
}

func TestDecodeRefuses(t *testing.T) {
	tests := []struct {
		name, old, new string
		want           string
	}{
		{"a later format", `"format_version": "1"`, `"format_version": "2"`, `apply it with the release that made it`},
		{"something else", `"format_version": "1", `, ``, `it has no format_version`},
		{"an unknown field", `"provider": "p"`, `"provider": "p", "x": 1`, `unknown field "x"`},
		{"edited data", `"20 mx.example.com."`, `"30 mx.example.com."`, "edited"},
		{"an edited TTL", `"ttl": 300`, `"ttl": 301`, "edited"},
		{"an edited target", `"target": "p:1"`, `"target": "p:2"`, "edited"},
		{"an edited summary", `"create": 1`, `"create": 2`, "edited: its summary"},
		{"an edited comment", `"comment": "c"`, `"comment": "d"`, "edited"},
		{"data that isn't canonical", `"20 mx.example.com."`, `"20  MX.example.com."`, "isn't canonical"},
		{"data that doesn't parse", `"20 mx.example.com."`, `"mx.example.com."`, "zone example.com."},
		{"a name that isn't canonical", `"name": "a.example.com."`, `"name": "A.example.com."`, "isn't canonical"},
		{"a name outside the zone", `"name": "a.example.com."`, `"name": "a.example.org."`, "isn't in the zone"},
		{"a type that isn't canonical", `"type": "CNAME"`, `"type": "TYPE5"`, "isn't canonical"},
		{"an action that isn't what happens", `"action": "update"`, `"action": "delete"`, `says "delete" and does "update"`},
		{"a pair out of range", `"pairs": [[0, 1]]`, `"pairs": [[7, 1]]`, "fits no two records"},
		{"a pair with a kept record", `"pairs": [[0, 1]]`, `"pairs": [[1, 1]]`, "fits no two records"},
		{"a pair of one", `"pairs": [[0, 1]]`, `"pairs": [[0]]`, "fits no two records"},
		{"a pair left out", `"pairs": [[0, 1]]`, `"pairs": []`, "edited: its pairs"},
		{"a strange reason to keep", `"kept": "read-only"`, `"kept": "mine"`, `kept as "mine"`},
		{"a refusal of no zone", `"refusals": []`, `"refusals": [{"zone": "x.", "provider": "p", "guard": "wipe", "text": "x"}]`, "doesn't change"},
		{"something after it", `"refusals": []}`, `"refusals": []} {}`, "invalid character"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := saved(t)
			edited := strings.Replace(text, tt.old, tt.new, 1)
			if edited == text {
				t.Fatalf("nothing to edit: there is no %s in\n%s", tt.old, text)
			}
			_, err := plan.Decode(strings.NewReader(edited))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want one with %q", err, tt.want)
			}
		})
	}
}

func TestDecodeKeepsPlaces(t *testing.T) {
	s, err := plan.Decode(strings.NewReader(saved(t)))
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, c := range s.Plan.Zones[0].Changes {
		if c.After == nil {
			continue
		}
		for _, r := range c.After.Records {
			file, line := s.Pos(r.Src)
			if r.Kept == state.Ours && (file != "z.yaml" || line == 0) {
				t.Errorf("%v %s is at %q:%d", c.Key, r.Data, file, line)
			}
			found++
		}
	}
	if found < 3 {
		t.Errorf("%d records found", found)
	}
}

// FuzzDecode holds Decode to this: whatever it takes, it gives back.
func FuzzDecode(f *testing.F) {
	f.Add(saved(f))
	f.Add(`{"format_version": "1"}`)
	f.Fuzz(func(t *testing.T, text string) {
		s, err := plan.Decode(strings.NewReader(text))
		if err != nil {
			return
		}
		var b bytes.Buffer
		if err := s.Plan.Encode(&b, s.Pos); err != nil {
			t.Fatal(err)
		}
		if _, err := plan.Decode(&b); err != nil {
			t.Errorf("%v\n%s", err, &b)
		}
	})
}
