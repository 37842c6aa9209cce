package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The examples hold no faults, and what runs on a sandbox of its own can be
// applied as it is: once, and then there is nothing to do.
func TestExamples(t *testing.T) {
	files, err := filepath.Glob("../../examples/*/zoneloom.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no examples: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(filepath.Dir(file)), func(t *testing.T) {
			dir := t.TempDir()
			if err := os.CopyFS(dir, os.DirFS(filepath.Dir(file))); err != nil {
				t.Fatal(err)
			}
			copied := filepath.Join(dir, "zoneloom.yaml")
			text, err := os.ReadFile(copied)
			if err != nil {
				t.Fatal(err)
			}
			here(t, "no faults", "validate", "-c", copied)
			if strings.Contains(string(text), "type: cloudflare") {
				return
			}
			here(t, "Applied: ", "apply", "--yes", "-c", copied)
			here(t, "Nothing to do", "apply", "--yes", "-c", copied)
			here(t, "", "plan", "--detailed-exitcode", "-c", copied)
		})
	}
}

// The first screen of the README has a configuration and its plan.
func TestReadme(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(readme), "```yaml\n")
	yaml, rest, _ := strings.Cut(rest, "```\n")
	_, rest, _ = strings.Cut(rest, "$ zoneloom plan\n")
	want, _, found := strings.Cut(rest, "```\n")
	if !found {
		t.Fatal("the README has no configuration with a plan below it")
	}
	file := filepath.Join(t.TempDir(), "zoneloom.yaml")
	if err := os.WriteFile(file, []byte(yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr strings.Builder
	if code := run([]string{"zoneloom", "plan", "-c", file, "--base", "none"}, strings.NewReader(""), &stdout, &stderr); code != exitDone {
		t.Errorf("exit code %d:\n%s", code, stderr.String())
	}
	if diff := cmp.Diff(want, stdout.String()); diff != "" {
		t.Errorf("the README's plan (-README +zoneloom):\n%s", diff)
	}
}

// here runs the command in this process; it must succeed and say want.
func here(t *testing.T, want string, args ...string) {
	t.Helper()
	var stdout, stderr strings.Builder
	got := run(append([]string{"zoneloom"}, args...), strings.NewReader(""), &stdout, &stderr)
	if got != exitDone || !strings.Contains(stdout.String()+stderr.String(), want) {
		t.Errorf("zoneloom %s: exit code %d, want 0 and %q\n%s%s",
			strings.Join(args, " "), got, want, stdout.String(), stderr.String())
	}
}
