package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#+ (.*)$`)
	fenced  = regexp.MustCompile("(?s)```.*?```|`[^`\n]*`")
)

// anchors returns the anchors that GitHub gives the headings of a page.
func anchors(page string) map[string]bool {
	found := map[string]bool{}
	for _, m := range heading.FindAllStringSubmatch(fenced.ReplaceAllStringFunc(page, func(code string) string {
		return strings.Trim(strings.ReplaceAll(code, "#", ""), "`")
	}), -1) {
		var b strings.Builder
		for _, r := range strings.ToLower(m[1]) {
			switch {
			case r == ' ':
				b.WriteRune('-')
			case r == '-' || r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r > 127:
				b.WriteRune(r)
			}
		}
		found[b.String()] = true
	}
	return found
}

// pages returns the text of the pages of the documentation, by their paths.
func pages(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	root := filepath.Join("..", "..")
	for _, dir := range []string{"README.md", "docs", "examples", "tools", "testdata/octodns-k8s/README.md"} {
		err := filepath.WalkDir(filepath.Join(root, filepath.FromSlash(dir)), func(file string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || filepath.Ext(file) != ".md" {
				return err
			}
			text, err := os.ReadFile(file)
			found[file] = string(text)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return found
}

// Every link between the pages of the documentation leads to a file, and where it
// names one to a heading.
func TestLinks(t *testing.T) {
	all := pages(t)
	checked := 0
	for file, text := range all {
		for _, m := range link.FindAllStringSubmatch(fenced.ReplaceAllString(text, ""), -1) {
			target, anchor, _ := strings.Cut(m[1], "#")
			if strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
				continue
			}
			checked++
			to := file
			if target != "" {
				to = filepath.Join(filepath.Dir(file), filepath.FromSlash(target))
			}
			if _, err := os.Stat(to); err != nil {
				t.Errorf("%s: the link %s leads nowhere", file, m[1])
				continue
			}
			if page, known := all[to]; anchor != "" && (!known || !anchors(page)[anchor]) {
				t.Errorf("%s: %s has no heading #%s", file, target, anchor)
			}
		}
	}
	if checked < 200 {
		t.Errorf("only %d links were found", checked)
	}
}

// The index leads to every page, and the page about providers to one for each type.
func TestIndexIsWhole(t *testing.T) {
	all := pages(t)
	docs := filepath.Join("..", "..", "docs")
	for file := range all {
		if filepath.Dir(file) != docs || filepath.Base(file) == "README.md" {
			continue
		}
		if name := "(" + filepath.Base(file) + ")"; !strings.Contains(all[filepath.Join(docs, "README.md")], name) {
			t.Errorf("docs/README.md doesn't lead to %s", file)
		}
	}
	for name := range kinds {
		if !strings.Contains(all[filepath.Join(docs, "providers.md")], "[`"+name+"`]("+name+".md)") {
			t.Errorf("docs/providers.md doesn't lead to the page of %s", name)
		}
	}
}
