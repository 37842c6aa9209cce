package main

import (
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"
)

// plainly runs the test t in a test binary without the race detector, if this one
// has it, and reports whether it did: nothing is left to do then. It is for tests
// of what hundreds of processes do to one another, which the detector makes five
// times as slow and sees nothing of; what goes on inside of each, the other tests
// run under it.
func plainly(t *testing.T) bool {
	t.Helper()
	if !detectsRaces() {
		return false
	}
	binary := filepath.Join(t.TempDir(), "plain.test")
	if out, err := exec.CommandContext(t.Context(), "go", "test", "-race=false", "-c", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("go test -c: %v\n%s", err, out)
	}
	out, err := exec.CommandContext(t.Context(), binary, "-test.v", "-test.run", "^"+t.Name()+"$").CombinedOutput()
	// Marked, so that nobody takes its lines for those of this run.
	t.Logf("without the race detector:\n| %s", strings.ReplaceAll(string(out), "\n", "\n| "))
	if err != nil {
		t.Error(err)
	}
	return true
}

// detectsRaces reports whether this binary has the race detector.
func detectsRaces() bool {
	info, _ := debug.ReadBuildInfo()
	for _, s := range info.Settings {
		if s.Key == "-race" && s.Value == "true" {
			return true
		}
	}
	return false
}
