package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
	"github.com/santhosh-tekuri/jsonschema/v6"
	fault "github.com/santhosh-tekuri/jsonschema/v6/kind"
	"gopkg.in/yaml.v3"

	"github.com/zoneloom/zoneloom/config"
	"github.com/zoneloom/zoneloom/state"
)

// schemaCompiler returns a compiler that knows a schema by what it is of, and the
// schema.
func schemaCompiler(t *testing.T, of string) (c *jsonschema.Compiler, doc any) {
	t.Helper()
	text, err := config.Schema(of)
	if err != nil {
		t.Fatal(err)
	}
	if doc, err = jsonschema.UnmarshalJSON(bytes.NewReader(text)); err != nil {
		t.Fatal(err)
	}
	c = jsonschema.NewCompiler()
	if err := c.AddResource(of, doc); err != nil {
		t.Fatal(err)
	}
	return c, doc
}

// schemas compiles the schemas by the kinds of files that they are of.
func schemas(t *testing.T) map[string]*jsonschema.Schema {
	t.Helper()
	compiled := map[string]*jsonschema.Schema{}
	for of := range config.Schemas {
		c, _ := schemaCompiler(t, of)
		s, err := c.Compile(of)
		if err != nil {
			t.Fatalf("the schema of %s: %v", of, err)
		}
		compiled[of] = s
	}
	return compiled
}

// coreNumber is a number of YAML 1.2's core schema.
var coreNumber = regexp.MustCompile(`^[-+]?(?:[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+|(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|\.(?:inf|Inf|INF))$`)

// instance is a file as an editor sees it: its values, and the lines where they and their
// keys stand, by JSON pointer.
type instance struct {
	value any
	lines map[string][]int
}

// newInstance reads YAML as an editor does: after the core schema of YAML 1.2.
func newInstance(data []byte) (*instance, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return nil, err
	}
	if len(doc.Content) == 0 {
		return nil, errors.New("the file is empty")
	}
	in := &instance{lines: map[string][]int{}}
	in.value = in.read(doc.Content[0], "", 0)
	return in, nil
}

func (in *instance) read(n *yaml.Node, at string, depth int) any {
	in.lines[at] = append(in.lines[at], n.Line)
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	switch {
	case depth > 64:
		return nil
	case n.Kind == yaml.SequenceNode:
		list := []any{}
		for i, c := range n.Content {
			list = append(list, in.read(c, fmt.Sprintf("%s/%d", at, i), depth+1))
		}
		return list
	case n.Kind == yaml.MappingNode:
		mapping := map[string]any{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			k := n.Content[i].Value
			in.lines[at+"/"+k] = append(in.lines[at+"/"+k], n.Content[i].Line)
			mapping[k] = in.read(n.Content[i+1], at+"/"+k, depth+1)
		}
		return mapping
	case n.Style&^yaml.TaggedStyle == 0:
		return coreScalar(n.Value)
	}
	return n.Value
}

func coreScalar(text string) any {
	switch text {
	case "", "~", "null", "Null", "NULL":
		return nil
	case "true", "True", "TRUE":
		return true
	case "false", "False", "FALSE":
		return false
	}
	if !coreNumber.MatchString(text) {
		return text
	}
	if i, err := strconv.ParseInt(strings.TrimPrefix(text, "+"), 0, 64); err == nil && !strings.HasPrefix(strings.TrimLeft(text, "+-"), "0") {
		return float64(i)
	} else if i, err := strconv.ParseInt(text, 10, 64); err == nil {
		return float64(i)
	}
	if f, err := strconv.ParseFloat(text, 64); err == nil && !math.IsInf(f, 0) {
		return f
	}
	return 0.5 // a number, whichever
}

// refused returns the lines of a file at which a schema refuses it, nil where it takes
// it.
func (in *instance) refused(s *jsonschema.Schema) map[int]bool {
	err := s.Validate(in.value)
	if err == nil {
		return nil
	}
	lines := map[int]bool{}
	var walk func(e *jsonschema.ValidationError)
	walk = func(e *jsonschema.ValidationError) {
		at := ""
		for _, step := range e.InstanceLocation {
			at += "/" + step
		}
		names := []string{at}
		switch k := e.ErrorKind.(type) {
		case *fault.AdditionalProperties:
			names = nil
			for _, p := range k.Properties {
				names = append(names, at+"/"+p)
			}
		case *fault.PropertyNames: // whose location may be another one's
			names = nil
			for pointer := range in.lines {
				if strings.HasSuffix(pointer, "/"+k.Property) {
					names = append(names, pointer)
				}
			}
		case *fault.Schema, *fault.Group, *fault.Reference, *fault.AllOf:
			names = nil
		}
		for _, n := range names {
			for _, l := range in.lines[n] {
				lines[l] = true
			}
		}
		for _, c := range e.Causes {
			walk(c)
		}
	}
	if invalid, ok := errors.AsType[*jsonschema.ValidationError](err); ok {
		walk(invalid)
	}
	return lines
}

// faultsOf returns the faults that validate finds in a configuration without looking at
// what services would say of its records.
func faultsOf(files fs.FS, dir, root string) config.ErrorList {
	var faults config.ErrorList
	cfg, err := config.Load(files, root)
	if errors.As(err, &faults) {
		return append(faults, settingsFaults(files, dir, root)...)
	}
	j := &project{Config: cfg, dir: dir}
	p := &program{stderr: newLineWriter(&bytes.Buffer{}, false), getenv: func(string) (string, bool) { return "", false }}
	o := p.opener(j)
	for _, declared := range j.Providers {
		faults = append(faults, o.check(declared)...)
	}
	faults = append(faults, j.checkHistory()...)
	_, uncompiled := compile(cfg, cfg.Policies)
	faults = slices.Concat(faults, j.unknownCodes(), uncompiled)
	for _, f := range faults {
		if file, err := filepath.Rel(dir, f.Pos.File); err == nil {
			f.Pos.File = file
		}
	}
	return slices.DeleteFunc(faults, func(f *config.Error) bool { return f.Severity != state.SeverityError })
}

// settingsFaults returns the faults of the settings in a configuration whose zones
// have faults, so that validate doesn't get there. Their places are those of the
// settings alone.
func settingsFaults(files fs.FS, dir, root string) config.ErrorList {
	data, err := fs.ReadFile(files, root)
	var all map[string]yaml.Node
	if err != nil || yaml.Unmarshal(data, &all) != nil {
		return nil
	}
	settings := map[string]yaml.Node{}
	for _, key := range []string{"providers", "history"} {
		if n, has := all[key]; has {
			settings[key] = n
		}
	}
	text, err := yaml.Marshal(settings)
	alone := fstest.MapFS{root: {Data: text}}
	if cfg, loadErr := config.Load(alone, root); err != nil || loadErr != nil || cfg == nil {
		return nil
	}
	return faultsOf(alone, dir, root)
}

// kindOf tells which schema a file of a configuration is for.
func kindOf(name, root string, own []string, in *instance) string {
	top, _ := in.value.(map[string]any)
	for _, key := range []string{"zones", "providers", "include", "defaults", "history", "policies"} {
		if _, has := top[key]; has || name == root {
			return "config"
		}
	}
	if slices.Contains(own, name) {
		return "records"
	}
	return "octodns"
}

// corpus calls visit for each configuration in the examples, the tests' data and the
// documentation.
func corpus(t *testing.T, visit func(name string, files fstest.MapFS, root string)) {
	t.Helper()
	walk := func(dir, ext string, each func(file string, data []byte)) {
		err := filepath.WalkDir(filepath.FromSlash(dir), func(file string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || filepath.Ext(file) != ext {
				return err
			}
			data, err := os.ReadFile(file)
			each(filepath.ToSlash(file), data)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, dir := range []string{"../../examples/all-types", "../../examples/octodns", "../../examples/quickstart", "../../examples/several-zones"} {
		files := fstest.MapFS{}
		walk(dir, ".yaml", func(file string, data []byte) {
			files[strings.TrimPrefix(file, dir+"/")] = &fstest.MapFile{Data: data}
		})
		visit(dir, files, "zoneloom.yaml")
	}
	walk("../../testdata/config", ".yaml", func(file string, data []byte) {
		visit(file, fstest.MapFS{"zoneloom.yaml": {Data: data}}, "zoneloom.yaml")
	})
	for _, dir := range []string{"../../testdata/config", "../../testdata/script"} {
		walk(dir, ".txtar", func(file string, data []byte) {
			files := fstest.MapFS{}
			a := txtar.Parse(data)
			for _, f := range a.Files {
				files[f.Name] = &fstest.MapFile{Data: f.Data}
			}
			for i, f := range a.Files {
				scripted := strings.HasSuffix(dir, "script")
				if scripted && isRoot(f.Data) || !scripted && i == 0 {
					visit(file+":"+f.Name, files, f.Name)
				}
			}
		})
	}
	page := regexp.MustCompile("(?s)```yaml\n(?:# ([^\n]+\\.yaml)\n)?(.*?)```\n")
	walk("../../docs", ".md", func(file string, data []byte) {
		var files fstest.MapFS
		for i, m := range page.FindAllSubmatch(data, -1) {
			if name := string(m[1]); name != "" && name != "zoneloom.yaml" {
				files[name] = &fstest.MapFile{Data: m[2]}
			} else if isRoot(m[2]) {
				files = fstest.MapFS{"zoneloom.yaml": {Data: m[2]}}
				defer visit(fmt.Sprintf("%s:%d", file, i+1), files, "zoneloom.yaml")
			}
		}
	})
}

// isRoot reports whether a file of an archive is the root of a configuration.
func isRoot(data []byte) bool {
	in, err := newInstance(data)
	if err != nil {
		return false
	}
	top, _ := in.value.(map[string]any)
	_, providers := top["providers"].(map[string]any)
	return providers
}

// unseen are faults that the schema of a single file can't see, by the reason.
var unseen = map[string]*regexp.Regexp{
	"what data mean": regexp.MustCompile(`is not one value: |is not an IPv[46] address|is an IPv4 address, and|needs .*such as|could be two names|is an address where a name belongs|is a URL, and` +
		`|has a port, and|has a path, and|needs no escapes|holds a line break|is not a number from|is not base64|is not hex|odd number of hex digits|known by its octets only|is not a parameter of|is not a number of metres|the l(?:at|ong)itude `),
	"what names mean in a zone": regexp.MustCompile(`lies outside of the zone|stands inside the zone|is an address, and would become|has typographic quotes|is not the name of a zone|what is below \w+ belongs at the top|a pattern can't have \* in a label|this key is empty`),
	"the same in two spellings": regexp.MustCompile(`is given twice|stands in \w+ twice|has the value .* twice`),
	"other files":               regexp.MustCompile(`can't be read|no file matches|leads out of the configuration|files include one another|is included twice|is a folder|the folder \w+ has none|may stand only in the root file|lies outside the configuration`),
	"other places in the file":  regexp.MustCompile(`there is no provider|the zone has no provider|the zone isn't on a provider`),
	"YAML itself":               regexp.MustCompile(`not valid YAML|several YAML documents|the file is empty|the tag \S+ has no meaning`),
	"how a truth is spelled":    regexp.MustCompile(`must be true or false, not the text "(?:True|TRUE|False|FALSE)"`),
	"which rules lint has":      regexp.MustCompile(`lint has no rule "ZL\d\d\d"`),
	"what settings mean":        regexp.MustCompile(`a history at \w+:// is unknown|the url must not have the parameter`),
	"what expressions mean":     regexp.MustCompile(`: policy [\w-]+: |message is empty|message must be one line|must be a day of the calendar`),
}

func isUnseen(f *config.Error) bool {
	for _, expression := range unseen {
		if expression.MatchString(f.Error()) {
			return true
		}
	}
	return false
}

// What validate takes the schemas take. What a schema refuses validate refuses in that
// file; and each fault of form that validate finds is one for the schema too, in the same line.
func TestSchemaSeesWhatValidateSees(t *testing.T) {
	compiled := schemas(t)
	dir := t.TempDir()
	taken, seen, missed := 0, 0, 0
	corpus(t, func(name string, files fstest.MapFS, root string) {
		faults := faultsOf(files, dir, path.Clean(root))
		own, _ := config.OwnFiles(files, root)
		cfgFiles := own
		if c, err := config.Load(files, root); err == nil {
			cfgFiles = c.Files()
		}
		for _, f := range faults {
			if !slices.Contains(cfgFiles, f.Pos.File) {
				cfgFiles = append(cfgFiles, f.Pos.File)
			}
		}
		loose := map[string]bool{}
		refusedAt := map[string]map[int]bool{}
		for _, file := range cfgFiles {
			if files[file] == nil {
				continue
			}
			in, err := newInstance(files[file].Data)
			if err != nil || strings.Contains(file, "parts/") { // of which octoDNS's files include parts
				continue
			}
			of := kindOf(file, path.Clean(root), own, in)
			loose[file] = of == "octodns" // which helps to write and doesn't judge
			refusedAt[file] = in.refused(compiled[of])
			if len(refusedAt[file]) == 0 {
				taken++
			} else if !slices.ContainsFunc(faults, func(f *config.Error) bool { return f.Pos.File == file }) {
				t.Errorf("%s: the schema refuses %s at the lines %v, which validate takes", name, file, refusedAt[file])
			}
		}
		for _, f := range faults {
			lines := refusedAt[f.Pos.File]
			if lines[f.Pos.Line] || len(lines) > 0 && strings.HasPrefix(f.Text, "provider ") { // that stands where the provider begins
				seen++
				continue
			}
			missed++
			if loose[f.Pos.File] {
				continue
			}
			if !isUnseen(f) {
				t.Errorf("%s: the schema doesn't see: %v", name, f)
			}
		}
	})
	t.Log(taken, "files taken;", seen, "faults seen,", missed, "left to validate")
}

// spoil calls visit for each way to spoil the value of a key by one change, made in place
// for as long as visit runs. Below one of records the others are left out meanwhile.
func spoil(key string, n *yaml.Node, visit func(what string)) {
	with := func(n *yaml.Node, what string, other yaml.Node) {
		was := *n
		*n = other
		visit(fmt.Sprintf("line %d: %s", was.Line, what))
		*n = was
	}
	text := func(value string) yaml.Node { return yaml.Node{Kind: yaml.ScalarNode, Value: value} }
	if n.Kind == yaml.MappingNode {
		content := n.Content
		for i := 0; i+1 < len(content); i += 2 {
			with(content[i], "rename "+content[i].Value, text(content[i].Value+"x"))
			n.Content = slices.Concat(content[:i], content[i+2:])
			visit(fmt.Sprintf("line %d: remove %s", content[i].Line, content[i].Value))
			if key == "records" {
				n.Content = content[i : i+2]
			} else {
				n.Content = content
			}
			spoil(content[i].Value, content[i+1], visit)
			n.Content = content
		}
	}
	if n.Kind == yaml.SequenceNode {
		for _, c := range n.Content {
			spoil("", c, visit)
		}
		with(n, "empty the list", yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle})
	}
	if n.Kind != yaml.ScalarNode {
		with(n, "put a text", text("x"))
	} else {
		scalar := text("x")
		with(n, "put a list", yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle, Content: []*yaml.Node{&scalar}})
		with(n, "put another text", scalar)
		with(n, "put a number", text("1000000"))
	}
	x, y := text("x"), text("y")
	with(n, "put a mapping", yaml.Node{Kind: yaml.MappingNode, Style: yaml.FlowStyle, Content: []*yaml.Node{&x, &y}})
	with(n, "put null", text("~"))
}

// Whatever is changed in a configuration, validate and the schemas agree on whether it
// may be so, but for what a schema can't see.
func TestSchemaAgreesOnChanges(t *testing.T) {
	compiled := schemas(t)
	dir := t.TempDir()
	changes, refused := 0, 0
	corpus(t, func(name string, files fstest.MapFS, root string) {
		root = path.Clean(root)
		own, whole := config.OwnFiles(files, root)
		if most := strings.Contains(name, "/script/") || strings.Contains(name, "/lint/"); most || !whole || len(faultsOf(files, dir, root)) > 0 {
			return
		}
		for _, file := range own {
			var doc yaml.Node
			original := files[file]
			if err := yaml.Unmarshal(original.Data, &doc); err != nil {
				t.Fatal(err)
			}
			spoil("", doc.Content[0], func(what string) {
				text, err := yaml.Marshal(&doc)
				if err != nil {
					return
				}
				in, err := newInstance(text)
				if err != nil {
					return
				}
				files[file] = &fstest.MapFile{Data: text}
				changes++
				faults := faultsOf(files, dir, root)
				lines := in.refused(compiled[kindOf(file, root, own, in)])
				switch {
				case len(faults) == 0 && len(lines) > 0:
					t.Errorf("%s %s: %s: the schema refuses it at %v, and validate takes it\n%s", name, file, what, lines, text)
				case len(faults) > 0 && len(lines) == 0 && !slices.ContainsFunc(faults, isUnseen):
					t.Errorf("%s %s: %s: the schema takes it, and validate says %v", name, file, what, faults)
				case len(lines) > 0:
					refused++
				}
			})
			files[file] = original
		}
	})
	t.Log(changes, "changes,", refused, "refused by both")
}

// The settings of each type of provider are those that its package reads.
func TestSchemaHasTheSettings(t *testing.T) {
	defs := schemaDefs(t)
	for name, k := range kinds {
		def, ok := defs[name].(map[string]any)
		if !ok {
			t.Errorf("the schema has no provider of type %s", name)
			continue
		}
		want := []string{"type"}
		for f := range reflect.TypeOf(k.settings()).Elem().Fields() {
			key, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
			want = append(want, key)
		}
		slices.Sort(want)
		got := slices.Sorted(maps.Keys(def["properties"].(map[string]any)))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("settings of %s (-read +schema):\n%s", name, diff)
		}
		page, err := os.ReadFile(filepath.Join("..", "..", "docs", name+".md"))
		if err != nil {
			t.Fatal(err)
		}
		for _, key := range want[1:] {
			if !bytes.Contains(page, []byte("`"+key+"`")) && key != "type" {
				t.Errorf("docs/%s.md doesn't have the setting %s", name, key)
			}
		}
	}
}

func schemaDefs(t *testing.T) map[string]any {
	t.Helper()
	text, err := config.Schema("config")
	if err != nil {
		t.Fatal(err)
	}
	var top struct {
		Defs map[string]any `json:"$defs"`
	}
	if err := json.Unmarshal(text, &top); err != nil {
		t.Fatal(err)
	}
	return top.Defs
}

// What the schemas give as examples they take.
func TestSchemaExamples(t *testing.T) {
	count := 0
	for of := range config.Schemas {
		c, doc := schemaCompiler(t, of)
		var walk func(at string, v any)
		walk = func(at string, v any) {
			object, _ := v.(map[string]any)
			for key, inner := range object {
				walk(at+"/"+key, inner)
			}
			examples, ok := object["examples"].([]any)
			if !ok || strings.HasSuffix(at, "/properties") {
				return
			}
			s, err := c.Compile(of + "#" + at)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range examples {
				count++
				if err := s.Validate(e); err != nil {
					t.Errorf("%s: %v", at, err)
				}
			}
		}
		walk("", doc)
	}
	if count < 300 {
		t.Errorf("only %d examples were found", count)
	}
}
