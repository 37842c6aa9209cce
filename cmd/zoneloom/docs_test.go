package main

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/urfave/cli/v2"
)

var update = flag.Bool("update", false, "rewrite the tables in docs/commands.md and the golden parts of scripts")

const commandsPage = "../../docs/commands.md"

// The reference has a table for each command; they are the app's own flags.
func TestDocumentedFlags(t *testing.T) {
	b, err := os.ReadFile(commandsPage)
	if err != nil {
		t.Fatal(err)
	}
	page := string(b)
	p := &program{}
	for _, c := range p.app().Commands {
		begin := fmt.Sprintf("<!-- flags of %s -->\n", c.Name)
		const end = "<!-- end -->"
		before, rest, found := strings.Cut(page, begin)
		table, after, closed := strings.Cut(rest, end)
		if !found || !closed {
			t.Errorf("docs/commands.md has no table of the flags of %s", c.Name)
			continue
		}
		want := flagTable(c)
		if *update {
			page = before + begin + want + end + after
			continue
		}
		if diff := cmp.Diff(want, table); diff != "" {
			t.Errorf("docs/commands.md on %s (-app +page; go test -update rewrites it):\n%s", c.Name, diff)
		}
	}
	if *update {
		if err := os.WriteFile(commandsPage, []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func flagTable(c *cli.Command) string {
	flags := flagsOf(c)
	if len(flags) == 0 {
		return "\nNo flags.\n\n"
	}
	var b strings.Builder
	b.WriteString("\n| Flag | Meaning |\n|---|---|\n")
	for _, f := range flags {
		placeholder, usage := usageOf(f)
		names := strings.Join(dashed(f), ", ")
		if takesValue(f) {
			names += " " + placeholder
		}
		if d, ok := f.(cli.DocGenerationFlag); ok && takesValue(f) {
			if text := d.GetDefaultText(); text != "" {
				usage += " (default: " + strings.Trim(text, `"`) + ")"
			}
		}
		fmt.Fprintf(&b, "| `%s` | %s |\n", names, strings.ReplaceAll(usage, "|", `\|`))
	}
	return b.String() + "\n"
}
