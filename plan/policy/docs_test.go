package policy_test

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/zoneloom/zoneloom/config"
	"github.com/zoneloom/zoneloom/plan"
	"github.com/zoneloom/zoneloom/plan/policy"
	"github.com/zoneloom/zoneloom/state"
)

const (
	page  = "../../docs/policy.md"
	cases = "../../testdata/policy"
)

// documented returns the policies in the examples of a text.
func documented(t *testing.T, text []byte) []state.Policy {
	t.Helper()
	var all []state.Policy
	for _, m := range regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllSubmatch(text, -1) {
		c, err := config.Load(fstest.MapFS{"zoneloom.yaml": {Data: m[1]}}, "zoneloom.yaml")
		if err != nil {
			t.Fatalf("%v in\n%s", err, m[1])
		}
		all = append(all, c.Policies...)
	}
	return all
}

// Each example of the documentation objects where it should, and only there.
func TestDocumentedExamples(t *testing.T) {
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	before, examples, _ := bytes.Cut(text, []byte("\n## Examples\n"))
	compiled(t, documented(t, before)...)
	all := documented(t, examples)
	files, err := filepath.Glob(cases + "/*.txtar")
	if err != nil || len(files) != len(all) || len(all) != 10 {
		t.Fatalf("%d examples, %d files of cases: %v", len(all), len(files), err)
	}
	for _, p := range all {
		t.Run(p.Name, func(t *testing.T) {
			a, err := txtar.ParseFile(filepath.Join(cases, p.Name+".txtar"))
			if err != nil {
				t.Fatal(err)
			}
			set := compiled(t, p)
			seen := map[string]bool{}
			for _, f := range a.Files {
				want, _, _ := strings.Cut(f.Name, ":")
				seen[want] = true
				if got := verdict(t, set, string(f.Data)); got != want {
					t.Errorf("%s: the policy says %q", f.Name, got)
				}
			}
			if !seen["objects"] || !seen["passes"] || len(p.Waivers) > 0 && !seen["waived"] {
				t.Error("a kind of case is missing")
			}
		})
	}
}

// verdict returns what a policy says of a case.
func verdict(t *testing.T, set *policy.Set, text string) string {
	t.Helper()
	who := policy.Run{Command: "apply", Actor: "alice", Now: today}
	var live, want []state.Entry
	for line := range strings.Lines(strings.TrimSpace(text)) {
		sign, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		if sign == "run" {
			readRun(t, &who, rest)
			continue
		}
		rest, isProxied := strings.CutSuffix(rest, " proxied")
		rest, comment, _ := strings.Cut(rest, " comment=")
		e := entries(t, rest)[0]
		if isProxied {
			e.Attrs = e.Attrs.With("proxied", true)
		}
		if comment != "" {
			e.Attrs = e.Attrs.With("comment", comment)
		}
		switch sign {
		case "-":
			live = append(live, e)
		case "+":
			want = append(want, e)
		case "=":
			live, want = append(live, e), append(want, e)
		default:
			t.Fatalf("%q begins with none of -, + and =", line)
		}
	}
	p, problems := plan.Make([]plan.Input{{
		Provider: "local", Target: "fake:1", Rules: state.Rules{Prune: true},
		Live: state.NewZone("example.com.", live), Want: state.NewZone("example.com.", want),
	}})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	refusals, remarks := set.Judge(t.Context(), p, who)
	for _, s := range told(refusals, remarks) {
		if strings.Contains(s, "can't be evaluated") {
			t.Error(s)
		}
	}
	switch {
	case len(refusals) > 0:
		return "objects"
	case len(remarks) == 0:
		return "passes"
	case strings.Contains(remarks[0].Text, "waived by"):
		return "waived"
	}
	return "objects"
}

// readRun sets what a case says of a run.
func readRun(t *testing.T, who *policy.Run, text string) {
	t.Helper()
	for field := range strings.FieldsSeq(text) {
		key, value, _ := strings.Cut(field, "=")
		switch key {
		case "command":
			who.Command = value
		case "actor":
			who.Actor = value
		case "approvers":
			who.Approvers = strings.Split(value, ",")
		case "now":
			var err error
			if who.Now, err = time.Parse(time.RFC3339, value); err != nil {
				t.Fatal(err)
			}
		default:
			t.Fatalf("a run has no %q", key)
		}
	}
}

// The tables of the page name every field that an expression may have, and no
// other.
func TestDocumentedFields(t *testing.T) {
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "\n## What an expression knows\n")
	knows, _, _ := strings.Cut(rest, "\n## ")
	var got []string
	for _, row := range regexp.MustCompile("(?m)^\\| (`[^|]+) \\|").FindAllStringSubmatch(knows, -1) {
		for _, m := range regexp.MustCompile("`([a-z_.]+)`").FindAllStringSubmatch(row[1], -1) {
			name := m[1]
			if !strings.Contains(name, ".") {
				name = "record." + name
			}
			got = append(got, name)
		}
	}
	var want []string
	for _, s := range policy.Structs() {
		for f := range s.Type.Fields() {
			if name := s.Name + "." + f.Tag.Get("cel"); name != "change.risk" {
				want = append(want, name)
			}
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !reflect.DeepEqual(got, want) {
		t.Errorf("the page has\n%v\nand there are\n%v", got, want)
	}
}
