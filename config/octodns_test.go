package config_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/zoneloom/zoneloom/config"
	"github.com/zoneloom/zoneloom/state"
)

// apiRecord is a record in Cloudflare's terms, as the samples hold them.
type apiRecord struct {
	Name, Type, Content string
	TTL                 uint32
	Priority            *int
	Proxied             bool
	Data                json.RawMessage
}

// apiRecords reads a file of JSON lines.
func apiRecords(t *testing.T, file string) []apiRecord {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var records []apiRecord
	for sc := bufio.NewScanner(bytes.NewReader(data)); sc.Scan(); {
		var r apiRecord
		if err := json.Unmarshal(sc.Bytes(), &r); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		records = append(records, r)
	}
	return records
}

// data returns the canonical data of r. Cloudflare leaves final dots out, and
// holds long texts in pieces.
func (r apiRecord) data(t *testing.T) string {
	t.Helper()
	text := r.Content
	switch r.Type {
	case "MX", "SRV":
		if r.Priority != nil {
			text = fmt.Sprint(*r.Priority, " ", text)
		}
	}
	data, err := state.ParseData(state.Type(r.Type), text, nil)
	if err != nil {
		t.Fatalf("%+v: %v", r, err)
	}
	if r.Type == "TXT" {
		data = state.TXTData(strings.Join(state.TXTStrings(data), ""))
	}
	return data
}

// lines lists what a zone wants, one record in a line.
func lines(z *state.Zone) []string {
	var all []string
	for _, set := range z.RRsets {
		for _, r := range set.Records {
			all = append(all, fmt.Sprint(set.Name, " ", r.TTL, " ", set.Type, " ", r.Data, " proxied=", r.Attrs.Bool("proxied")))
		}
	}
	slices.Sort(all)
	return all
}

// kubernetes returns the zone files of Kubernetes with a configuration that
// names them, and the zones that they should give.
func kubernetes(t *testing.T) (fstest.MapFS, []string) {
	t.Helper()
	dir := filepath.FromSlash("../testdata/octodns-k8s")
	files := fstest.MapFS{}
	paths, err := filepath.Glob(filepath.Join(dir, "zone-configs", "*.yaml"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no zone files: %v", err)
	}
	for _, p := range paths {
		data, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		files["zone-configs/"+filepath.Base(p)] = &fstest.MapFile{Data: data}
	}
	expected, err := filepath.Glob(filepath.Join(dir, "expected", "*.jsonl"))
	if err != nil || len(expected) != 14 {
		t.Fatalf("%d expected zones: %v", len(expected), err)
	}
	main := "providers: {cf: {type: cloudflare}}\ndefaults: {provider: cf, dialect: octodns, ttl: 60}\nzones:\n"
	for _, file := range expected {
		zone := strings.TrimSuffix(filepath.Base(file), ".jsonl")
		if base, canary := strings.CutPrefix(zone, "canary."); canary {
			main += fmt.Sprintf("  %s: {file: zone-configs/%s._0_base.yaml}\n", zone, base)
		} else {
			main += fmt.Sprintf("  %s: {file: zone-configs/%s._*.yaml}\n", zone, zone)
		}
	}
	files["zoneloom.yaml"] = &fstest.MapFile{Data: []byte(main)}
	return files, expected
}

// The zones of Kubernetes load as they are, each from several files, and one of
// them is empty.
func TestOctodnsKubernetes(t *testing.T) {
	files, expected := kubernetes(t)
	c, err := config.Load(files, "zoneloom.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Notices) > 0 {
		t.Errorf("remarks about files without a flaw:\n%s", c.Notices)
	}
	zones := map[string]*config.Zone{}
	for _, z := range c.Zones {
		zones[strings.TrimSuffix(string(z.Name), ".")] = z
	}
	for _, file := range expected {
		name := strings.TrimSuffix(filepath.Base(file), ".jsonl")
		var want []string
		for _, r := range apiRecords(t, file) {
			want = append(want, fmt.Sprint(r.Name, ". ", r.TTL, " ", r.Type, " ", r.data(t), " proxied=", r.Proxied))
		}
		slices.Sort(want)
		if zones[name] == nil {
			t.Errorf("there is no zone %s", name)
			continue
		}
		if diff := cmp.Diff(want, lines(zones[name].Want("cf"))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// Each good archive is loaded and compared with the listing beside it.
func TestOctodnsGood(t *testing.T) {
	for _, file := range archives(t, "good") {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			c, err := config.Load(archiveFS(a), "zoneloom.yaml")
			if err != nil {
				t.Fatal(err)
			}
			golden(t, strings.TrimSuffix(file, ".txtar")+".txt", list(c))
		})
	}
}

// Files that are parsed in parts come to the same as whole ones.
func TestOctodnsPartsAreTheWhole(t *testing.T) {
	for _, file := range append(archives(t, "good"), archives(t, "bad")...) {
		t.Run(filepath.Base(file), func(t *testing.T) { sameInParts(t, filesIn(t, file)) })
	}
	files, _ := kubernetes(t)
	sameInParts(t, files)
}

// No file makes Load panic, or give records that Write and Load disagree on.
func FuzzOctodns(f *testing.F) {
	for _, file := range append(archives(f, "good"), archives(f, "bad")...) {
		for _, data := range filesIn(f, file) {
			f.Add(string(data.Data))
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := config.Load(fstest.MapFS{
			"zoneloom.yaml": {Data: []byte("providers: {cf: {type: cloudflare}, other: {type: other}}\n" +
				"zones: {example.com: {provider: [cf, other], dialect: octodns, file: a.yaml}}\n")},
			"a.yaml": {Data: []byte(text)},
			"b.yaml": {Data: []byte("{type: A, value: 192.0.2.1}")},
		}, "zoneloom.yaml")
		if err != nil {
			return
		}
		checkRoundTrip(t, c.Zones[0].Want("cf"))
	})
}

// Each bad archive says beside its faulty lines what is wrong with them.
func TestOctodnsBad(t *testing.T) {
	for _, file := range archives(t, "bad") {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			_, err = config.Load(archiveFS(a), "zoneloom.yaml")
			list, ok := errors.AsType[config.ErrorList](err)
			if !ok {
				t.Fatalf("Load = %v, want a list of faults", err)
			}
			compareFaults(t, expected(t, a), list)
		})
	}
}

func archives(tb testing.TB, kind string) []string {
	tb.Helper()
	files, err := filepath.Glob(filepath.Join(filepath.FromSlash("../testdata/config/octodns"), kind, "*.txtar"))
	if err != nil || len(files) == 0 {
		tb.Fatalf("no archives: %v", err)
	}
	return files
}

// The examples in the documentation load: each begins with its file's name.
func TestOctodnsDocs(t *testing.T) {
	text, err := os.ReadFile(filepath.FromSlash("../docs/octodns.md"))
	if err != nil {
		t.Fatal(err)
	}
	files := fstest.MapFS{
		"zones/example.net.yaml":            {Data: []byte("# nothing yet\n")},
		"zones/shared.yaml":                 {Data: []byte("www: {type: A, value: 192.0.2.1}\n")},
		"zones/split.example.org./www.yaml": {Data: []byte("www: {type: A, value: 192.0.2.1}\n")},
	}
	blocks := 0
	for i, block := range strings.Split(string(text), "```") {
		if i%2 == 0 {
			continue
		}
		body, isYAML := strings.CutPrefix(block, "yaml\n# ")
		name, data, _ := strings.Cut(body, "\n")
		if !isYAML {
			t.Fatalf("an example without its file's name: %.40q", block)
		}
		files[name] = &fstest.MapFile{Data: []byte(data)}
		blocks++
	}
	c, err := config.Load(files, "zoneloom.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if blocks != 2 || len(c.Notices) > 0 || c.Zones[0].Want("cloudflare").Len()+c.Zones[1].Want("cloudflare").Len() != 5 {
		t.Errorf("%d examples give:\n%s", blocks, list(c))
	}
}
