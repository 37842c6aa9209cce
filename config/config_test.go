package config_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneloom/zoneloom/config"
	"github.com/zoneloom/zoneloom/state"
)

var update = flag.Bool("update", false, "rewrite the golden listings")

// load loads a file of a folder as the command does.
func load(t *testing.T, dir, file string) (*config.Config, error) {
	t.Helper()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = root.Close() })
	return config.Load(root.FS(), file)
}

// list writes everything that a configuration says, one record in a line.
func list(c *config.Config) string {
	var b strings.Builder
	for _, p := range c.Providers {
		fmt.Fprintf(&b, "provider %s %s\n", p.Name, p.Type)
	}
	for _, z := range c.Zones {
		fmt.Fprintf(&b, "\nzone %s on %s create=%t rules=%+v\n", z.Name, z.Providers, z.Create, z.Rules)
		for i, p := range z.Providers {
			want := z.Want(p)
			if i > 0 && want == z.Want(z.Providers[0]) {
				continue
			}
			fmt.Fprintf(&b, "on %s:\n", p)
			for _, set := range want.RRsets {
				for _, r := range set.Records {
					fmt.Fprintf(&b, "  %s %s %s %s %v (%s)\n", set.Name.Relative(z.Name), r.TTL, set.Type, r.Data, r.Attrs.Map(), c.Pos(r.Src))
				}
			}
		}
	}
	for _, n := range c.Notices {
		fmt.Fprintf(&b, "%s\n", n)
	}
	return b.String()
}

// Each good file, or archive of files, is loaded and compared with the listing
// beside it.
func TestGood(t *testing.T) {
	for _, file := range testFiles(t, "good") {
		t.Run(filepath.Base(file), func(t *testing.T) {
			c, err := config.Load(filesIn(t, file), "zoneloom.yaml")
			if err != nil {
				t.Fatal(err)
			}
			golden(t, strings.TrimSuffix(file, filepath.Ext(file))+".txt", list(c))
		})
	}
}

// golden compares got with a file, or rewrites that with -update.
func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

func TestErrorText(t *testing.T) {
	for want, e := range map[string]*config.Error{
		"z.yaml:2:3: text (hint)": {Pos: config.Pos{File: "z.yaml", Line: 2, Column: 3}, Text: "text", Hint: "hint"},
		"warning: text":           {Severity: state.SeverityWarning, Text: "text"},
	} {
		if got := e.Error(); got != want {
			t.Errorf("Error() = %q, want %q", got, want)
		}
	}
}
