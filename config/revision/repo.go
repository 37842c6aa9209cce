// Package revision reads the configuration as it is at a git revision: the files
// below a folder as an fs.FS, and what git knows of that folder.
//
// It is the git command that reads, for it knows shallow and partial clones,
// worktrees and the user's safe.directory. It is only asked what runs no code of
// the repository's: no hook, no filter, no fetch.
package revision

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// What keeps a revision from being read, apart from a *MissingError.
var (
	ErrNoGit        = errors.New("git is not installed")
	ErrNoRepository = errors.New("the folder is in no git repository")
	ErrNoCommit     = errors.New("the repository has no commit yet")
)

// Repo is the git repository that a folder lies in.
type Repo struct {
	Top     string // its working tree, an absolute path
	Folder  string // the folder in it, with slashes; "." for the working tree itself
	Shallow bool   // the clone lacks old commits

	ctx     context.Context // of the processes that answer until Close
	mu      sync.Mutex
	content *pipe // git cat-file --batch, once it is needed
	sizes   *pipe // git cat-file --batch-check
	trees   map[string][]node
}

// Open finds the repository of a folder. Its context holds until Close.
func Open(ctx context.Context, dir string) (*Repo, error) {
	out, err := run(ctx, dir, "rev-parse", "--is-inside-work-tree", "--is-shallow-repository", "--show-toplevel", "--show-prefix")
	if err != nil {
		return nil, err
	}
	lines := strings.Split(string(out), "\n")
	if len(lines) < 5 || lines[0] != "true" {
		return nil, fmt.Errorf("%w: it is no working tree", ErrNoRepository)
	}
	return &Repo{
		Top: lines[2], Folder: path.Clean(lines[3]), Shallow: lines[1] == "true",
		ctx: ctx, trees: map[string][]node{},
	}, nil
}

// Close ends the processes that read.
func (r *Repo) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	err := errors.Join(r.content.close(), r.sizes.close())
	r.content, r.sizes = nil, nil
	return err
}

// local are the variables that would point git to another repository than the
// folder's own, as they do in hooks.
var local = []string{
	"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_NAMESPACE", "GIT_COMMON_DIR", "GIT_GRAFT_FILE",
	"GIT_SHALLOW_FILE", "GIT_REPLACE_REF_BASE", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES",
}

// command is git in a folder, in English, without locks, prompts and fetches.
// A folder that only looks like a bare repository is none.
func command(ctx context.Context, dir string, args ...string) *exec.Cmd {
	fixed := []string{"-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "safe.bareRepository=explicit", "--no-replace-objects"}
	cmd := exec.CommandContext(ctx, "git", append(fixed, args...)...)
	cmd.Dir = dir
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		return slices.Contains(local, name)
	})
	cmd.Env = append(cmd.Env, "LC_ALL=C", "GIT_OPTIONAL_LOCKS=0", "GIT_TERMINAL_PROMPT=0",
		"GIT_NO_LAZY_FETCH=1", "GIT_ALLOW_PROTOCOL=none") // the last for releases that don't know the one before
	return cmd
}

// run returns what a git command prints.
func run(ctx context.Context, dir string, args ...string) ([]byte, error) {
	var out, said bytes.Buffer
	cmd := command(ctx, dir, args...)
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		return nil, failure(args[0], err, said.String())
	}
	return out.Bytes(), nil
}

// failure says why a git command failed, in git's words where it has some.
func failure(what string, err error, said string) error {
	said = strings.TrimPrefix(strings.TrimSpace(said), "fatal: ")
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return ErrNoGit
	case strings.HasPrefix(said, "not a git repository"), strings.HasPrefix(said, "this operation must be run in a work tree"):
		return ErrNoRepository
	case said != "":
		return fmt.Errorf("git %s: %s", what, strings.Join(strings.Fields(said), " "))
	}
	return fmt.Errorf("git %s: %w", what, err)
}

// Commit returns the id of the commit that a revision names. A revision that
// isn't there is a *MissingError.
func (r *Repo) Commit(rev string) (string, error) {
	if rev == "" || strings.ContainsAny(rev, "\n\x00") {
		return "", fmt.Errorf("%q is no revision", rev)
	}
	kind, id, _, err := r.header(rev + "^{commit}")
	switch {
	case err != nil:
		return "", err
	case kind != "commit":
		return "", &MissingError{Rev: rev, Ambiguous: kind == "ambiguous", Shallow: r.Shallow}
	}
	return id, nil
}

// Head returns the id of the commit that is checked out.
func (r *Repo) Head() (string, error) {
	id, err := r.Commit("HEAD")
	if _, missing := errors.AsType[*MissingError](err); missing {
		return "", ErrNoCommit
	}
	return id, err
}

// Branch returns the branch that is checked out, "" where none is.
func (r *Repo) Branch() string {
	out, err := run(r.ctx, r.Top, "symbolic-ref", "--quiet", "--short", "HEAD")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}

// MissingError says that a revision isn't in the clone.
type MissingError struct {
	Rev       string
	Ambiguous bool // it may mean several
	Shallow   bool // the clone lacks old commits
}

// Error says how to fetch the revision.
func (e *MissingError) Error() string {
	if e.Ambiguous {
		return fmt.Sprintf("the git revision %q may mean several commits: give more of it", e.Rev)
	}
	depth := ""
	if e.Shallow {
		depth = "--depth=50 "
	}
	branch := strings.TrimPrefix(strings.TrimPrefix(e.Rev, "refs/remotes/"), "origin/")
	text := fmt.Sprintf("the git revision %q isn't in this clone: fetch it", e.Rev)
	switch {
	case strings.ContainsAny(e.Rev, "~^@:{"):
		if e.Shallow {
			text += " with `git fetch --unshallow`"
		}
	case isID(e.Rev):
		text += fmt.Sprintf(" with `git fetch %sorigin %s`", depth, e.Rev)
	default:
		text += fmt.Sprintf(" with `git fetch %sorigin +refs/heads/%s:refs/remotes/origin/%s` and name it origin/%s", depth, branch, branch, branch)
	}
	if e.Shallow {
		text += " (the clone is shallow; for actions/checkout, say fetch-depth: 0)"
	}
	return text
}

func isID(s string) bool {
	return len(s) >= 7 && strings.Trim(s, "0123456789abcdef") == ""
}

// MergeBase returns the commit that one and other, which are ids, have both grown
// from, or "" where the clone doesn't have it.
func (r *Repo) MergeBase(one, other string) (string, error) {
	out, err := run(r.ctx, r.Top, "merge-base", one, other)
	var exit *exec.ExitError
	if err != nil && (errors.As(err, &exit) && exit.ExitCode() == 1) {
		return "", nil
	}
	return strings.TrimSpace(string(out)), err
}

// Entry is a commit of the history.
type Entry struct {
	ID   string
	Time time.Time // when it was committed
}

// Log returns the commits before and including tip, an id, that change anything
// in the folder: those of the branch itself, newest first, and at most so many.
// Whole says that there are no others.
func (r *Repo) Log(tip string, most int) (log []Entry, whole bool, err error) {
	out, err := run(r.ctx, r.Top, "--literal-pathspecs", "rev-list", "--first-parent", "--timestamp",
		"--max-count="+strconv.Itoa(most+1), tip, "--", r.Folder)
	if err != nil {
		return nil, false, err
	}
	for line := range strings.Lines(string(out)) {
		stamp, id, _ := strings.Cut(strings.TrimSpace(line), " ")
		seconds, err := strconv.ParseInt(stamp, 10, 64)
		if err != nil {
			return nil, false, fmt.Errorf("git rev-list: %q is no commit", line)
		}
		log = append(log, Entry{id, time.Unix(seconds, 0).UTC()})
	}
	if len(log) > most {
		return log[:most], false, nil
	}
	return log, !r.Shallow, nil
}

// Dirty reports whether the folder isn't as it was committed last. Files are those
// read below the folder, which count though git doesn't know them or ignores
// them; others that it doesn't know make no difference.
func (r *Repo) Dirty(files []string) (bool, error) {
	out, err := run(r.ctx, r.Top, "--literal-pathspecs", "status", "--porcelain=v1", "-z", "--no-renames",
		"--untracked-files=all", "--ignored=matching", "--", r.Folder)
	if err != nil {
		return false, err
	}
	for entry := range strings.SplitSeq(string(out), "\x00") {
		if len(entry) < 4 {
			continue
		}
		status, name := entry[:2], entry[3:]
		if status != "??" && status != "!!" || slices.ContainsFunc(files, func(f string) bool {
			f = path.Join(r.Folder, f)
			return f == name || strings.HasSuffix(name, "/") && strings.HasPrefix(f, name)
		}) {
			return true, nil
		}
	}
	return false, nil
}
