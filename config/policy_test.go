package config_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"
	"pgregory.net/rapid"

	"github.com/zoneloom/zoneloom/config"
	"github.com/zoneloom/zoneloom/state"
)

func TestPolicies(t *testing.T) {
	c := loadText(t, `
policies:
  b:
    when: change.type == "MX"
    message: Ask the postmaster.
    level: warn
  a:
    when: |
      zone.delete > 3
    message: "Too many"
    waivers:
      - {zone: "*.Bücher.example.", name: "*.lab", type: a, owner: alice@example.com, until: 2026-12-31, reason: lab}
      - owner: bob
        until: 2027-01-01
`)
	day := func(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }
	want := []state.Policy{
		{Name: "a", When: "zone.delete > 3\n", Message: "Too many", Level: state.PolicyDeny, Waivers: []state.Waiver{
			{Zone: "*.xn--bcher-kva.example", Records: state.Pattern{Name: "*.lab", Type: "A"}, Owner: "alice@example.com", Reason: "lab", Until: day(2026, 12, 31)},
			{Owner: "bob", Until: day(2027, 1, 1)},
		}},
		{Name: "b", When: `change.type == "MX"`, Message: "Ask the postmaster", Level: state.PolicyWarn},
	}
	got := c.Policies
	for i := range got {
		if c.Pos(got[i].Src).Line == 0 {
			t.Errorf("%s has no position", got[i].Name)
		}
		got[i].Src = 0
		for n := range got[i].Waivers {
			got[i].Waivers[n].Src = 0
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("policies (-want +got):\n%s", diff)
	}
}

func TestPositionsInExpressions(t *testing.T) {
	for _, tt := range []struct {
		name, yaml, find string
		line, column     int
	}{
		{"plain", "when: change.typ == 1", "typ", 4, 18},
		{"plain in braces", "{when: change.typ, message: x}", "typ", 4, 19},
		{"double quotes", `when: "change.type == \"MX\" && change.nme"`, "nme", 4, 44},
		{"numbers in double quotes", `when: "\x63hange\u002etyp"`, "typ", 4, 27},
		{"single quotes", `when: 'change.type == ''MX'' && change.nme'`, "nme", 4, 44},
		{"after letters outside of ASCII", `when: change.type == 'éü€' && change.nme`, "nme", 4, 42},
		{"plain over lines", "when: change.type ==\n\n      1 && change.nme", "nme", 6, 19},
		{"double quotes over lines", "when: \"change.type ==\n      1 && chan\\\n      ge.nme\"", "nme", 6, 10},
		{"single quotes over lines", "when: 'change.type ==\n\n      ''x'' && change.nme'", "nme", 6, 23},
		{"a block", "when: | # with a remark\n      change.type == 1\n\n        && change.nme", "nme", 7, 19},
		{"a block with its indentation", "when: |2-\n        change.type == 1\n      && change.nme", "nme", 6, 17},
		{"a folded block", "when: >-\n      change.type == 1\n      && change.nme", "nme", 6, 17},
		{"an anchor", "when: &rule change.nme", "nme", 4, 24},
		{"an anchored block", "when: &rule |\n      change.nme", "nme", 5, 14},
		{"on a line of its own", "when:\n      change.nme", "nme", 5, 14},
	} {
		t.Run(tt.name, func(t *testing.T) {
			body := "    " + tt.yaml + "\n    message: x\n"
			if strings.HasPrefix(tt.yaml, "{") {
				body = "    " + tt.yaml + "\n"
			}
			c := loadText(t, "# one\npolicies:\n  p:\n"+body)
			p := c.Policies[0]
			at := utf8.RuneCountInString(p.When[:strings.Index(p.When, tt.find)])
			if got, want := c.PosIn(p.Src, at), (config.Pos{File: "zoneloom.yaml", Line: tt.line, Column: tt.column}); got != want {
				t.Errorf("%q of %q is at %s, want %s", tt.find, p.When, got, want)
			}
		})
	}
}

// However YAML writes a text, each character that isn't blank is found where it
// stands.
func TestEveryCharacterHasItsPlace(t *testing.T) {
	styles := []yaml.Style{0, yaml.SingleQuotedStyle, yaml.DoubleQuotedStyle, yaml.LiteralStyle, yaml.FoldedStyle}
	rapid.Check(t, func(t *rapid.T) {
		when := rapid.StringMatching(`[a-z"'#&|é☃\\:{}\[\],]([ -~é☃\n]{0,60}[a-z"'\\])?`).Draw(t, "when")
		style := rapid.SampledFrom(styles).Draw(t, "style")
		node := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: when, Style: style}
		text, err := yaml.Marshal(map[string]any{"policies": map[string]any{"p": map[string]any{"when": node, "message": "x"}}})
		if err != nil {
			t.Fatal(err)
		}
		var read struct {
			Policies map[string]map[string]yaml.Node
		}
		if err := yaml.Unmarshal(text, &read); err != nil {
			t.Fatal(err)
		}
		if n := read.Policies["p"]["when"]; n.Tag != "!!str" {
			t.Skip("it is read as " + n.Tag)
		}
		c, err := config.Load(fstest.MapFS{"zoneloom.yaml": {Data: text}}, "zoneloom.yaml")
		if err != nil {
			t.Fatalf("%v of\n%s", err, text)
		}
		p := c.Policies[0]
		lines := strings.Split(string(text), "\n")
		for i, r := range []rune(p.When) {
			pos := c.PosIn(p.Src, i)
			at := []rune(lines[pos.Line-1])[pos.Column-1:]
			if r != ' ' && r != '\n' && at[0] != r && at[0] != '\\' {
				t.Fatalf("character %d, %q, of %q is said to be at %s of\n%s", i, r, p.When, pos, text)
			}
		}
	})
}

// Positions are those of the file, also where its records are parsed in parts.
func TestPositionsBelowManyRecords(t *testing.T) {
	var b strings.Builder
	b.WriteString("providers: {p: {type: sandbox}}\nzones:\n  example.com:\n    provider: p\n    records:\n")
	for i := range 200 {
		fmt.Fprintf(&b, "      h%d: {type: A, value: 192.0.2.1}\n", i)
	}
	b.WriteString("policies:\n  p:\n    message: x\n    when: |\n      one ==\n        two\n")
	c, err := config.LoadParts(fstest.MapFS{"zoneloom.yaml": {Data: []byte(b.String())}}, "zoneloom.yaml", 500)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := c.PosIn(c.Policies[0].Src, len("one ==\n  ")), (config.Pos{File: "zoneloom.yaml", Line: 211, Column: 9}); got != want {
		t.Errorf("two is at %s, want %s", got, want)
	}
}
