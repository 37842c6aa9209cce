package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/zoneloom/zoneloom/config"
)

// A run is taken down with the commit, and whether what was read differs from it.
func TestGitOf(t *testing.T) {
	dir := t.TempDir()
	git := func(args ...string) {
		t.Helper()
		c := exec.CommandContext(t.Context(), "git", append([]string{"-C", dir, "-c", "user.name=n", "-c", "user.email=n@example.net"}, args...)...)
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, "zoneloom.yaml"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	of := func() (commit string, dirty bool) {
		t.Helper()
		cfg, err := config.Load(os.DirFS(dir), "zoneloom.yaml")
		if err != nil {
			t.Fatal(err)
		}
		g := gitOf(t.Context(), &project{Config: cfg, dir: dir})
		if g == nil {
			return "", false
		}
		return g.Commit, g.Dirty
	}
	write("zones: {}\n")
	if commit, _ := of(); commit != "" {
		t.Errorf("outside of any repository the commit is %q", commit)
	}
	git("init", "-q")
	git("add", ".")
	git("commit", "-q", "-m", "one")
	commit, dirty := of()
	if len(commit) != 40 || dirty {
		t.Errorf("commit %q, dirty %v", commit, dirty)
	}
	write("zones: {}\n# more\n")
	if again, dirty := of(); again != commit || !dirty {
		t.Errorf("after a change: commit %q, dirty %v", again, dirty)
	}
}
