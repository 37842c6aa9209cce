package config_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/zoneloom/zoneloom/config"
)

// hostile are configurations that must end in a fault, with a part of it.
var hostile = []struct {
	name, want string
	text       func() string
}{
	{"a scalar of 100 MB", "too much to read in one piece", func() string { return "a: " + strings.Repeat("x", 100_000_000) }},
	{"a quoted scalar of 20 MB that looks like records", "too much to read in one piece", func() string {
		return head + "      a: {type: TXT, value: \"" + strings.Repeat("x\n\n  y: z ", 20_000_000/9) + "\"}\n"
	}},
	{"a block scalar of 20 MB among records", "too much to read in one piece", func() string {
		return head + "      a:\n        type: TXT\n        value: |\n" + strings.Repeat("          b: c\n", 20_000_000/15)
	}},
	{"a file of 200 MB", "more than 128 MiB", func() string { return strings.Repeat(" ", 200<<20) }},
	{"a scalar over 256 KiB", "this text has 262145 bytes", func() string {
		return head + "      a: {type: TXT, value: " + strings.Repeat("x", 256<<10+1) + "}\n"
	}},
	{"a key over 256 KiB", "this is not valid YAML", func() string { return strings.Repeat("x", 256<<10+1) + ": a\n" }},
	{"lists in lists", "not valid YAML", func() string { return "a: " + strings.Repeat("[", 500_000) }},
	{"more lists in lists", "too much to read in one piece", func() string { return "a: " + strings.Repeat("[", 10_000_000) }},
	{"records in one line", "too much to read in one piece", func() string { return " " + strings.Repeat("records:", 2_200_000) }},
	{"records beside records", "several YAML documents", func() string { return "zones:\n" + strings.Repeat(" records:\n", 60_000) + "---\n" }},
	{"dense lists among records", "too much to read in one piece", func() string {
		return head + strings.Repeat("      a: ["+strings.Repeat("a,", 1<<20)+"]\n", 8)
	}},
	{"mappings in mappings", "not valid YAML", func() string { return "a: " + strings.Repeat("{a: ", 100_000) }},
	{"closed lists in lists", "nested over 64 levels deep", func() string {
		return "a: " + strings.Repeat("[", 9_000) + strings.Repeat("]", 9_000)
	}},
	{"dashes", "not valid YAML", func() string { return strings.Repeat("- ", 500_000) }},
	{"depth by indentation", "nested over 64 levels deep", func() string {
		var b strings.Builder
		for i := range 3_000 {
			b.WriteString(strings.Repeat(" ", i) + "a:\n")
		}
		return b.String() + strings.Repeat(" ", 3_000) + "b"
	}},
	{"aliases of aliases", "the aliases of this configuration repeat over 32 MiB", laughs},
	{"an alias of what it stands in", "", func() string { return "zones: &a {example.com: *a}\nproviders: {p: {type: &b [*b]}}\n" }},
	{"items without end", "too much to read in one piece", func() string { return "a: [" + strings.Repeat("a,", 8<<20) + "]" }},
	{"lines without end", "too much to read in one piece", func() string { return strings.Repeat("a:\n", 1<<20) }},
	{"comments without end", "too much to read in one piece", func() string { return strings.Repeat("a: b # x\n\n# y\n", 1<<18) }},
	{"faults without end", "has no key", func() string { return strings.Repeat("a: b\n", 20_000) }},
	{"a NUL byte", "zoneloom.yaml:2:4: the text holds the control character U+0000", func() string { return "a:\n  é\x00" }},
	{"no UTF-8", "zoneloom.yaml:1:4: the text is not valid UTF-8", func() string { return "a: \xff" }},
	{"UTF-16", "zoneloom.yaml:1:1: the text is not valid UTF-8", func() string { return "\xff\xfea\x00" }},
	{"nothing", "zoneloom.yaml:1:1: the file is empty", func() string { return "" }},
	{"only null", "zoneloom.yaml:1:1: the file is empty", func() string { return "~" }},
	{"a list", "zoneloom.yaml:1:1: the configuration must be a mapping, not a list", func() string { return "[]" }},
}

// laughs stands for two million records.
func laughs() string {
	var b strings.Builder
	b.WriteString(head + "      all: &all\n")
	for i := range 100 {
		fmt.Fprintf(&b, "        - {type: TYPE%d, value: '\\# 1 00'}\n", 65_280+i)
	}
	for i := range 20_000 {
		fmt.Fprintf(&b, "      r%d: *all\n", i)
	}
	return b.String()
}

func TestHostileInputIsAFault(t *testing.T) {
	for _, tt := range hostile {
		t.Run(tt.name, func(t *testing.T) {
			root := fstest.MapFS{"zoneloom.yaml": {Data: []byte(tt.text())}}
			runtime.GC()
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := config.Load(root, "zoneloom.yaml")
			runtime.ReadMemStats(&after)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Load = %.300v, want %q", err, tt.want)
			}
			// What is allocated in all bounds both the peak and the work.
			if used := (after.TotalAlloc - before.TotalAlloc) >> 20; used > 400 {
				t.Errorf("Load allocated %d MiB in all", used)
			}
			runtime.KeepAlive(root)
		})
	}
}

func TestLinksOutOfTheFolder(t *testing.T) {
	outside, inside := t.TempDir(), t.TempDir()
	write := func(dir, name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(outside, "secret.yaml", "secret\n")
	write(inside, "zoneloom.yaml", "include: [link.yaml, dir/secret.yaml, loop.yaml, self/zoneloom.yaml]\n")
	for link, target := range map[string]string{
		"link.yaml": filepath.Join(outside, "secret.yaml"),
		"dir":       outside,
		"loop.yaml": "loop.yaml",
		"self":      ".",
	} {
		if err := os.Symlink(target, filepath.Join(inside, link)); err != nil {
			t.Fatal(err)
		}
	}
	_, err := load(t, inside, "zoneloom.yaml")
	list, ok := errors.AsType[config.ErrorList](err)
	if !ok {
		t.Fatalf("Load = %v, want a list of faults", err)
	}
	text := list.Error()
	for _, want := range []string{
		"zoneloom.yaml:1:11: link.yaml can't be read: it leads out of the configuration's folder",
		"dir/secret.yaml can't be read: it leads out of the configuration's folder",
		"loop.yaml can't be read: too many levels of symbolic links",
		"self/zoneloom.yaml can't be read: too many levels of symbolic links",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no fault %q in:\n%.2000s", want, text)
		}
	}
	if strings.Contains(text, "secret\n") {
		t.Errorf("a file outside was read:\n%.2000s", text)
	}
}
