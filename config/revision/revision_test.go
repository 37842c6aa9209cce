package revision_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/zoneloom/zoneloom/config/revision"
)

// git runs a git command in dir, without the configuration of whoever tests.
func git(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "git", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(),
		"GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null", "GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.com",
		"GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.com", "GIT_COMMITTER_DATE=2026-01-02T03:04:05Z")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

// newRepo returns a repository with a commit of files.
func newRepo(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	git(t, dir, "init", "-q", "-b", "main")
	commit(t, dir, files)
	return dir
}

func commit(t *testing.T, dir string, files map[string]string) string {
	t.Helper()
	for name, text := range files {
		write(t, filepath.Join(dir, name), text)
	}
	git(t, dir, "add", "-A")
	git(t, dir, "commit", "-q", "--allow-empty", "-m", "change")
	return git(t, dir, "rev-parse", "HEAD")
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func open(t *testing.T, dir string) *revision.Repo {
	t.Helper()
	r, err := revision.Open(context.WithoutCancel(t.Context()), dir) // it is closed after the test
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

func at(t *testing.T, r *revision.Repo, rev string) fs.FS {
	t.Helper()
	id, err := r.Commit(rev)
	if err != nil {
		t.Fatal(err)
	}
	root, err := r.At(id)
	if err != nil {
		t.Fatal(err)
	}
	return root
}

func TestFS(t *testing.T) {
	dir := newRepo(t, map[string]string{"dns/zoneloom.yaml": "old", "dns/zones/a.yaml": "a", "dns/zones/b c.yaml": "", "other": "x"})
	commit(t, dir, map[string]string{"dns/zoneloom.yaml": "new", "dns/later.yaml": "later"})
	r := open(t, filepath.Join(dir, "dns"))
	if r.Folder != "dns" {
		t.Errorf("Folder = %q, want dns", r.Folder)
	}
	old := at(t, r, "HEAD~1")
	if err := fstest.TestFS(old, "zoneloom.yaml", "zones/a.yaml", "zones/b c.yaml"); err != nil {
		t.Error(err)
	}
	for rev, want := range map[string]string{"HEAD~1": "old", "main": "new"} {
		if got, err := fs.ReadFile(at(t, r, rev), "zoneloom.yaml"); string(got) != want || err != nil {
			t.Errorf("zoneloom.yaml at %s = %q, %v; want %q", rev, got, err, want)
		}
	}
	if _, err := fs.Stat(old, "later.yaml"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file of a later revision: %v, want that it doesn't exist", err)
	}
	if _, err := fs.Stat(old, "../other"); err == nil {
		t.Error("a path out of the folder is followed")
	}
	if names, err := fs.Glob(old, "zones/*.yaml"); len(names) != 2 || err != nil {
		t.Errorf("Glob = %q, %v; want two files", names, err)
	}
}

// A folder that a revision doesn't have yet holds nothing then.
func TestNewFolder(t *testing.T) {
	dir := newRepo(t, map[string]string{"README": "x"})
	commit(t, dir, map[string]string{"dns/zoneloom.yaml": "x"})
	root := at(t, open(t, filepath.Join(dir, "dns")), "HEAD~1")
	if _, err := fs.Stat(root, "zoneloom.yaml"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Stat: %v, want that it doesn't exist", err)
	}
}

func TestLinks(t *testing.T) {
	dir := newRepo(t, map[string]string{"secret": "x", "dns/zones/a.yaml": "a"})
	for name, target := range map[string]string{
		"inside": "zones/a.yaml", "folder": "zones", "zones/up": "../zones/a.yaml", "out": "../secret", "far": "zones/../../secret",
		"absolute": "/etc/passwd", "loop": "loop", "dangling": "nowhere",
	} {
		if err := os.Symlink(target, filepath.Join(dir, "dns", name)); err != nil {
			t.Fatal(err)
		}
	}
	commit(t, dir, nil)
	root := at(t, open(t, filepath.Join(dir, "dns")), "HEAD")
	for _, name := range []string{"inside", "folder/a.yaml", "zones/up", "folder/up"} {
		if got, err := fs.ReadFile(root, name); string(got) != "a" || err != nil {
			t.Errorf("%s = %q, %v; want what it leads to", name, got, err)
		}
	}
	for name, want := range map[string]string{
		"out": "escapes", "far": "escapes", "absolute": "escapes", "loop": "too many levels", "dangling": "not exist",
	} {
		if got, err := fs.ReadFile(root, name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s = %q, %v; want an error with %q", name, got, err, want)
		}
	}
}

// What isn't in git is an error, never an empty file.
func TestElsewhere(t *testing.T) {
	dir := newRepo(t, map[string]string{"lfs.yaml": "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"})
	git(t, dir, "update-index", "--add", "--cacheinfo", "160000,"+git(t, dir, "rev-parse", "HEAD")+",sub")
	git(t, dir, "commit", "-q", "-m", "a submodule")
	root := at(t, open(t, dir), "HEAD")
	for name, want := range map[string]string{"lfs.yaml": "Git LFS", "sub/zone.yaml": "submodule"} {
		if got, err := fs.ReadFile(root, name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s = %q, %v; want an error with %q", name, got, err, want)
		}
	}
}

func TestMissing(t *testing.T) {
	r := open(t, newRepo(t, map[string]string{"a": "a"}))
	for rev, want := range map[string]string{
		"":                        "no revision",
		"a\nb":                    "no revision",
		"--help":                  "isn't in this clone",
		"-p":                      "isn't in this clone",
		"HEAD:a":                  "isn't in this clone",
		"HEAD~7":                  "isn't in this clone",
		"origin/release/1":        "`git fetch origin +refs/heads/release/1:refs/remotes/origin/release/1`",
		"0123456789abcdef0123456": "`git fetch origin 0123456789abcdef0123456`",
	} {
		if id, err := r.Commit(rev); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Commit(%q) = %q, %v; want an error with %q", rev, id, err, want)
		}
	}
	if _, err := r.Commit("HEAD"); err != nil {
		t.Errorf("after revisions that aren't there: %v", err)
	}
}

func TestShallow(t *testing.T) {
	dir := newRepo(t, map[string]string{"a": "1"})
	first := git(t, dir, "rev-parse", "HEAD")
	commit(t, dir, map[string]string{"a": "2"})
	clone := filepath.Join(t.TempDir(), "clone")
	git(t, dir, "clone", "-q", "--depth=1", "file://"+dir, clone)
	r := open(t, clone)
	head, err := r.Head()
	if err != nil {
		t.Fatal(err)
	}
	if !r.Shallow {
		t.Error("Shallow = false, want true")
	}
	if log, whole, err := r.Log(head, 10); len(log) != 1 || whole || err != nil {
		t.Errorf("Log = %v, %v, %v; want one commit, not the whole history", log, whole, err)
	}
	_, err = r.Commit(first)
	if err == nil || !strings.Contains(err.Error(), "git fetch --depth=50 origin "+first) || !strings.Contains(err.Error(), "fetch-depth: 0") {
		t.Errorf("Commit of an old one: %v, want how to fetch it", err)
	}
}

// A clone without file contents is never filled in the background, and says so.
func TestPartial(t *testing.T) {
	dir := newRepo(t, map[string]string{"a": "1"})
	commit(t, dir, map[string]string{"a": "2"})
	git(t, dir, "config", "uploadpack.allowFilter", "true")
	clone := filepath.Join(t.TempDir(), "clone")
	git(t, dir, "clone", "-q", "--filter=blob:none", "file://"+dir, clone)
	root := at(t, open(t, clone), "HEAD~1")
	if got, err := fs.ReadFile(root, "a"); err == nil {
		t.Errorf("a = %q, want an error", got)
	}
}

func TestNoRepository(t *testing.T) {
	if _, err := revision.Open(t.Context(), t.TempDir()); !errors.Is(err, revision.ErrNoRepository) {
		t.Errorf("Open outside of git: %v, want ErrNoRepository", err)
	}
	dir := newRepo(t, map[string]string{"a": "a"})
	empty := t.TempDir()
	git(t, empty, "init", "-q")
	if id, err := open(t, empty).Head(); !errors.Is(err, revision.ErrNoCommit) {
		t.Errorf("Head without commits = %q, %v; want ErrNoCommit", id, err)
	}
	t.Setenv("PATH", t.TempDir())
	if _, err := revision.Open(t.Context(), dir); !errors.Is(err, revision.ErrNoGit) {
		t.Errorf("Open without git: %v, want ErrNoGit", err)
	}
}

// A pull request can bring a folder that looks like a bare repository, whose
// settings would run a program.
func TestBareInside(t *testing.T) {
	dir := newRepo(t, map[string]string{"a": "a"})
	inner := filepath.Join(dir, "dns")
	git(t, dir, "init", "-q", "--bare", inner)
	mark := filepath.Join(t.TempDir(), "ran")
	git(t, inner, "config", "core.fsmonitor", "touch "+mark)
	r, err := revision.Open(t.Context(), inner)
	if err == nil {
		_, err = r.Dirty(nil)
		_ = r.Close()
	}
	if err == nil {
		t.Error("a bare repository in the working tree is taken for the folder's own")
	}
	if _, err := os.Stat(mark); err == nil {
		t.Error("the repository ran a program")
	}
}

func TestDirty(t *testing.T) {
	dir := newRepo(t, map[string]string{"dns/zoneloom.yaml": "1", "other": "1", ".gitignore": "made/\n"})
	r := open(t, filepath.Join(dir, "dns"))
	check := func(what string, want bool, files ...string) {
		t.Helper()
		if got, err := r.Dirty(append(files, "zoneloom.yaml")); got != want || err != nil {
			t.Errorf("%s: Dirty = %v, %v; want %v", what, got, err, want)
		}
	}
	check("as committed", false)
	write(t, filepath.Join(dir, "other"), "2")
	check("a change elsewhere", false)
	write(t, filepath.Join(dir, "dns/plan.json"), "x")
	check("a new file that isn't read", false)
	check("a new file that is read", true, "plan.json")
	write(t, filepath.Join(dir, "dns/made/a.yaml"), "x")
	check("an ignored file that is read", true, "made/a.yaml")
	check("an ignored file that isn't read", false)
	write(t, filepath.Join(dir, "dns/zoneloom.yaml"), "2")
	check("a changed file", true)
}

func TestMergeBase(t *testing.T) {
	dir := newRepo(t, map[string]string{"a": "1"})
	base := git(t, dir, "rev-parse", "HEAD")
	git(t, dir, "checkout", "-q", "-b", "change")
	change := commit(t, dir, map[string]string{"a": "2"})
	git(t, dir, "checkout", "-q", "main")
	tip := commit(t, dir, map[string]string{"b": "1"})
	git(t, dir, "checkout", "-q", "--orphan", "alien")
	alien := commit(t, dir, nil)
	r := open(t, dir)
	if got, err := r.MergeBase(change, tip); got != base || err != nil {
		t.Errorf("MergeBase = %q, %v; want %q", got, err, base)
	}
	if got, err := r.MergeBase(change, alien); got != "" || err != nil {
		t.Errorf("MergeBase of strangers = %q, %v; want none", got, err)
	}
}

func TestLog(t *testing.T) {
	dir := newRepo(t, map[string]string{"dns/a": "1", "b": "1"})
	commit(t, dir, map[string]string{"b": "2"})
	tip := commit(t, dir, map[string]string{"dns/a": "2"})
	r := open(t, filepath.Join(dir, "dns"))
	log, whole, err := r.Log(tip, 10)
	if len(log) != 2 || !whole || err != nil || log[0].ID != tip || log[0].Time.Year() != 2026 {
		t.Errorf("Log = %v, %v, %v; want two commits, the tip first", log, whole, err)
	}
	if log, whole, err := r.Log(tip, 1); len(log) != 1 || whole || err != nil {
		t.Errorf("Log of one = %v, %v, %v", log, whole, err)
	}
}
