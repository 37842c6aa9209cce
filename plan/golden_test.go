package plan_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"golang.org/x/tools/txtar"

	"github.com/zoneloom/zoneloom/plan"
	"github.com/zoneloom/zoneloom/plan/render"
	"github.com/zoneloom/zoneloom/state"
)

var update = flag.Bool("update", false, "rewrite what golden files want")

// TestGolden plans each file of testdata/plan. Its section "current" holds zones
// as read and "desired" as declared; both read
//
//	zone example.com.
//	NAME TTL TYPE DATA {"attribute": value}
//
// with a ! ahead of a record that is read-only. "options" holds lines such as
// "ignore NAME TYPE DATA", "prune false", "create", "allow ZONE:GUARD" and
// "width 80". "want.text" and "want.json" hold the plan.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("../testdata/plan/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			text, encoded := golden(t, archive)
			if *update {
				setSection(archive, "want.text", text)
				setSection(archive, "want.json", encoded)
				if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(section(archive, "want.text"), text); diff != "" {
				t.Errorf("text (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(section(archive, "want.json"), encoded); diff != "" {
				t.Errorf("JSON (-want +got):\n%s", diff)
			}
		})
	}
}

// golden returns the two forms of an archive's plan, having held the JSON
// against its schema and against itself.
func golden(t *testing.T, archive *txtar.Archive) (text, encoded string) {
	t.Helper()
	current := parseZones(t, section(archive, "current"))
	desired := parseZones(t, section(archive, "desired"))
	options := parseOptions(t, section(archive, "options"))
	var inputs []plan.Input
	for name, want := range desired {
		in := options.input
		in.Provider, in.Target = "cloudflare", "cloudflare:"+strings.TrimSuffix(string(name), ".")
		in.Want, in.Live = want, current[name]
		in.Create = in.Live == nil
		inputs = append(inputs, in)
	}
	p, problems := plan.Make(inputs)
	p.Allow(options.allow)
	pos := func(src state.Src) (string, int) { return "zoneloom.yaml", int(src) }
	var b bytes.Buffer
	for _, problem := range problems {
		b.WriteString("zoneloom.yaml:" + strconv.Itoa(int(problem.Src)) + ": " + problem.Key.String() + " " + problem.Data + ": " +
			problem.Severity.String() + ": " + problem.Text + " (" + problem.Hint + ")\n")
	}
	options.render.Pos = pos
	if err := render.Text(&b, p, options.render); err != nil {
		t.Fatal(err)
	}
	encoded = encode(t, p, pos)
	saved, err := plan.Decode(strings.NewReader(encoded))
	if err != nil {
		t.Fatalf("%v\n%s", err, encoded)
	}
	if again := encode(t, saved.Plan, saved.Pos); again != encoded {
		t.Errorf("decoded and encoded again (-first +second):\n%s", cmp.Diff(encoded, again))
	}
	return b.String(), encoded
}

// encode returns p as JSON that fits its schema.
func encode(t *testing.T, p *plan.Plan, pos plan.Position) string {
	t.Helper()
	var b bytes.Buffer
	if err := p.Encode(&b, pos); err != nil {
		t.Fatal(err)
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(b.Bytes()))
	if err != nil {
		t.Fatalf("%v\n%s", err, &b)
	}
	if err := schema(t).Validate(value); err != nil {
		t.Errorf("%v\n%s", err, &b)
	}
	return b.String()
}

func schema(tb testing.TB) *jsonschema.Schema {
	tb.Helper()
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(plan.Schema))
	if err != nil {
		tb.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("plan.schema.json", doc); err != nil {
		tb.Fatal(err)
	}
	s, err := c.Compile("plan.schema.json")
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func section(a *txtar.Archive, name string) string {
	for _, f := range a.Files {
		if f.Name == name {
			return string(f.Data)
		}
	}
	return ""
}

func setSection(a *txtar.Archive, name, text string) {
	for i := range a.Files {
		if a.Files[i].Name == name {
			a.Files[i].Data = []byte(text)
			return
		}
	}
	a.Files = append(a.Files, txtar.File{Name: name, Data: []byte(text)})
}

// parseZones reads zones in the form that TestGolden tells of. The line counts
// as the place of a record.
func parseZones(tb testing.TB, text string) map[state.Name]*state.Zone {
	tb.Helper()
	entries := map[state.Name][]state.Entry{}
	var zone state.Name
	line := 0
	for s := range strings.Lines(text) {
		line++
		s = strings.TrimSpace(s)
		switch name, found := strings.CutPrefix(s, "zone "); {
		case s == "" || strings.HasPrefix(s, "#"):
		case found:
			zone = parseName(tb, name, "")
			entries[zone] = nil
		default:
			entries[zone] = append(entries[zone], parseEntry(tb, zone, s, line))
		}
	}
	zones := map[state.Name]*state.Zone{}
	for name, list := range entries {
		zones[name] = state.NewZone(name, list)
	}
	return zones
}

func parseEntry(tb testing.TB, zone state.Name, line string, src int) state.Entry {
	tb.Helper()
	var e state.Entry
	if rest, found := strings.CutPrefix(line, "!"); found {
		e.Kept, line = state.ReadOnly, rest
	}
	if i := strings.LastIndex(line, " {"); i >= 0 && strings.HasSuffix(line, "}") {
		if err := json.Unmarshal([]byte(line[i:]), &e.Attrs); err != nil {
			tb.Fatalf("%s: %v", line, err)
		}
		line = line[:i]
	}
	name, rest, _ := strings.Cut(line, " ")
	ttl, rest, _ := strings.Cut(strings.TrimSpace(rest), " ")
	typ, data, _ := strings.Cut(strings.TrimSpace(rest), " ")
	var err error
	if e.TTL, err = state.ParseTTL(ttl); err != nil {
		tb.Fatalf("%s: %v", line, err)
	}
	if e.Type, err = state.ParseType(typ); err != nil {
		tb.Fatalf("%s: %v", line, err)
	}
	if e.Data, err = state.ParseData(e.Type, strings.TrimSpace(data), nil); err != nil {
		tb.Fatalf("%s: %v", line, err)
	}
	e.Name, e.Src = parseName(tb, name, zone), state.Src(src)
	return e
}

func parseName(tb testing.TB, text string, origin state.Name) state.Name {
	tb.Helper()
	n, err := state.ParseName(text, origin)
	if err != nil {
		tb.Fatal(err)
	}
	return n
}

type options struct {
	input  plan.Input
	allow  []plan.Allowance
	render render.Options
}

func parseOptions(t *testing.T, text string) options {
	t.Helper()
	o := options{input: plan.Input{Rules: state.Rules{Prune: true}}}
	for s := range strings.Lines(text) {
		args := strings.Fields(s)
		switch {
		case len(args) == 0:
		case args[0] == "ignore":
			args = append(args, "", "", "")
			o.input.Rules.Ignore = append(o.input.Rules.Ignore, state.Pattern{Name: args[1], Type: args[2], Data: args[3]})
		case args[0] == "allow":
			a, err := plan.ParseAllowance(args[1])
			if err != nil {
				t.Fatal(err)
			}
			o.allow = append(o.allow, a)
		case slices.Equal(args, []string{"prune", "false"}):
			o.input.Rules.Prune = false
		case args[0] == "apex-ns":
			o.input.Rules.ApexNS = state.ApexNS(args[1])
		case args[0] == "own-ns":
			o.input.OwnNS = append(o.input.OwnNS, parseName(t, args[1], ""))
		case slices.Equal(args, []string{"inherited"}):
			o.input.Written = func(state.Src, string) bool { return false }
		case args[0] == "width":
			width, err := strconv.Atoi(args[1])
			if err != nil {
				t.Fatal(err)
			}
			o.render.Width = width
		case args[0] == "verbose":
			o.render.Verbose = true
		case args[0] == "batch-limit":
			limit, err := strconv.Atoi(args[1])
			if err != nil {
				t.Fatal(err)
			}
			o.input.BatchLimit = limit
		default:
			t.Fatalf("option %q", s)
		}
	}
	return o
}
