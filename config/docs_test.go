package config_test

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"testing/fstest"

	"github.com/zoneloom/zoneloom/config"
	"github.com/zoneloom/zoneloom/state"
)

// example is a file in the documentation; its first line may name it.
var example = regexp.MustCompile("(?s)```yaml\n(?:# ([^\n]+\\.yaml)\n)?(.*?)```\n")

// The examples of the documentation load. A named one that isn't the root file
// goes with the root file before it.
func TestDocumentedExamples(t *testing.T) {
	text, err := os.ReadFile(filepath.FromSlash("../docs/configuration.md"))
	if err != nil {
		t.Fatal(err)
	}
	var sets []fstest.MapFS
	for _, m := range example.FindAllSubmatch(text, -1) {
		name := string(m[1])
		if name == "" || name == "zoneloom.yaml" {
			name = "zoneloom.yaml"
			sets = append(sets, fstest.MapFS{})
		}
		sets[len(sets)-1][name] = &fstest.MapFile{Data: m[2]}
	}
	if len(sets) < 4 {
		t.Fatalf("only %d examples found", len(sets))
	}
	for i, files := range sets {
		c, err := config.Load(files, "zoneloom.yaml")
		if err != nil {
			t.Errorf("example %d: %v", i+1, err)
			continue
		}
		if len(c.Zones) == 0 || len(c.Notices) > 0 {
			t.Errorf("example %d: %d zones, notices %v", i+1, len(c.Zones), c.Notices)
		}
	}
}

// The table of fields names the fields of each type in it, in order.
func TestDocumentedFields(t *testing.T) {
	text, err := os.ReadFile(filepath.FromSlash("../docs/configuration.md"))
	if err != nil {
		t.Fatal(err)
	}
	row := regexp.MustCompile(`(?m)^\| ([A-Z, ]+) \| ((?:\[?` + "`[a-z_]+`" + `\]?(?:, )?)+) \|$`)
	field := regexp.MustCompile("`([a-z_]+)`")
	rows := row.FindAllSubmatch(text, -1)
	if len(rows) < 10 {
		t.Fatalf("only %d rows found", len(rows))
	}
	for _, m := range rows {
		for _, typ := range regexp.MustCompile(`[A-Z]+`).FindAllString(string(m[1]), -1) {
			fields := state.Fields(state.Type(typ))
			documented := field.FindAllSubmatch(m[2], -1)
			if len(fields) != len(documented) {
				t.Errorf("%s: %d fields are documented, there are %v", typ, len(documented), fields)
				continue
			}
			for i, f := range fields {
				if got := string(documented[i][1]); got != f.Name {
					t.Errorf("%s: field %d is documented as %s, it is %s", typ, i+1, got, f.Name)
				}
			}
		}
	}
}

// The tables name every key.
func TestDocumentedKeys(t *testing.T) {
	text, err := os.ReadFile(filepath.FromSlash("../docs/configuration.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range config.AllKeys() {
		if !regexp.MustCompile("(?m)^\\| [^|]*`" + key + "`").Match(text) {
			t.Errorf("no table has the key %s", key)
		}
	}
}
