package lock_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/zoneloom/zoneloom/apply"
	"github.com/zoneloom/zoneloom/apply/lock"
	"github.com/zoneloom/zoneloom/apply/lock/locktest"
)

func TestFolder(t *testing.T) {
	locktest.Run(t, func(t *testing.T) locktest.Opener {
		t.Helper()
		dir := filepath.Join(t.TempDir(), "a", "b")
		return func(h apply.Holder) (lock.Store, func()) {
			f := &lock.Folder{Path: dir, Holder: h}
			return f, f.Die
		}
	})
}

var someKey = apply.LockKey{Zone: "a.example.", Target: "memory:a.example."}

// files lists the names in a folder that end so.
func files(t *testing.T, dir, suffix string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "*"+suffix))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// However a lock's file was torn, the lock is there to be taken.
func TestFolderTornFile(t *testing.T) {
	dir := t.TempDir()
	f := &lock.Folder{Path: dir, Holder: apply.Holder{Who: "alice"}}
	locks, err := f.Take(t.Context(), []apply.LockKey{someKey})
	if err != nil {
		t.Fatal(err)
	}
	file := files(t, dir, ".lock")[0]
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	f.Die()
	for n := range len(whole) {
		if err := os.WriteFile(file, whole[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		f := &lock.Folder{Path: dir}
		if _, err := f.List(t.Context()); err != nil {
			t.Fatalf("List with %d bytes: %v", n, err)
		}
		again, err := f.Take(t.Context(), []apply.LockKey{someKey})
		if err != nil {
			t.Fatalf("Take with %d bytes: %v", n, err)
		}
		if locks[0].Check(t.Context()) == nil {
			t.Errorf("with %d bytes the lock is still the first one's", n)
		}
		again[0].Release()
	}
}

func TestFolderIsPrivateAndLeavesNothing(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("it has no modes")
	}
	dir := filepath.Join(t.TempDir(), "locks")
	f := &lock.Folder{Path: dir}
	locks, err := f.Take(t.Context(), []apply.LockKey{someKey})
	if err != nil {
		t.Fatal(err)
	}
	err = filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has the mode %s", path, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	locks[0].Release()
	if alive := files(t, dir, ".alive"); len(alive) != 0 {
		t.Errorf("%v are left", alive)
	}
}

func TestFolderRemovesWhatTheDeadLeft(t *testing.T) {
	dir := t.TempDir()
	f := &lock.Folder{Path: dir}
	if _, err := f.Take(t.Context(), []apply.LockKey{someKey}); err != nil {
		t.Fatal(err)
	}
	f.Die()
	if _, err := f.Look(t.Context(), []apply.LockKey{someKey}); err != nil {
		t.Fatal(err)
	}
	if alive := files(t, dir, ".alive"); len(alive) != 0 {
		t.Errorf("%v are left", alive)
	}
}

// Who deletes the folder under a run takes its locks.
func TestFolderDeleted(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "locks")
	f := &lock.Folder{Path: dir}
	locks, err := f.Take(t.Context(), []apply.LockKey{someKey})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := locks[0].Check(t.Context()); err == nil {
		t.Error("Check = nil")
	}
	other, err := (&lock.Folder{Path: dir}).Take(t.Context(), []apply.LockKey{someKey})
	if err != nil || other[0].Epoch() != locks[0].Epoch() {
		t.Fatalf("Take = %v, %v", other, err)
	}
	if err := locks[0].Check(t.Context()); err == nil {
		t.Error("Check = nil, though another has the lock with the same epoch")
	}
	locks[0].Release()
	if err := other[0].Check(t.Context()); err != nil {
		t.Errorf("the other's Check = %v", err)
	}
}

func TestDefaultFolder(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("paths differ")
	}
	tests := []struct {
		name, xdg, home, want string
	}{
		{"XDG_STATE_HOME", "/var/state", "/home/u", "/var/state/zoneloom/locks"},
		{"HOME", "", "/home/u", "/home/u/.local/state/zoneloom/locks"},
		{"a relative XDG_STATE_HOME is ignored", "state", "/home/u", "/home/u/.local/state/zoneloom/locks"},
		{"neither", "", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			env := map[string]string{"XDG_STATE_HOME": tt.xdg, "HOME": tt.home}
			got, err := lock.DefaultFolder(func(k string) (string, bool) { v, ok := env[k]; return v, ok })
			if got != tt.want || (err != nil) != (tt.want == "") {
				t.Errorf("DefaultFolder = %q, %v, want %q", got, err, tt.want)
			}
			if err != nil && !strings.Contains(err.Error(), "set XDG_STATE_HOME") {
				t.Errorf("%q doesn't say what to do", err)
			}
		})
	}
}
