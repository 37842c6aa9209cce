package journal_test

import (
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	"github.com/zoneloom/zoneloom/apply/journal"
)

// A run that has let go of its record isn't alive, though a process that is being
// forked just then still has its file open.
func TestClosedThoughOpenElsewhere(t *testing.T) {
	dir := t.TempDir()
	store := open(t, dir)
	log, err := store.Begin(t.Context(), "x", []byte(`{"plan_bytes": 2}`), []byte("{}"))
	if err != nil {
		t.Fatal(err)
	}
	copied := false
	fds, err := filepath.Glob("/proc/self/fd/*")
	for _, fd := range fds {
		if file, _ := os.Readlink(fd); filepath.Base(file) != "x"+journal.Extension {
			continue
		}
		n, _ := strconv.Atoi(filepath.Base(fd))
		other, err := syscall.Dup(n)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = syscall.Close(other) }()
		copied = true
	}
	if !copied {
		t.Fatalf("the record isn't open: %v", err)
	}
	live := func() bool {
		r, err := store.Load(t.Context(), "x")
		if err != nil {
			t.Fatal(err)
		}
		return r.Live
	}
	if !live() {
		t.Error("a run that goes on isn't alive")
	}
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	if live() {
		t.Error("a run that has let go of its record is alive")
	}
}
