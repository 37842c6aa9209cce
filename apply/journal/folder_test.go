package journal_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneloom/zoneloom/apply"
	"github.com/zoneloom/zoneloom/apply/journal"
	"github.com/zoneloom/zoneloom/apply/journal/journaltest"
	"github.com/zoneloom/zoneloom/plan"
	"github.com/zoneloom/zoneloom/provider/providertest"
	"github.com/zoneloom/zoneloom/state"
)

func open(t *testing.T, dir string) *journal.Folder {
	t.Helper()
	f, err := journal.OpenFolder(dir, journal.DefaultFolder)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

func TestFolder(t *testing.T) {
	dir := t.TempDir()
	journaltest.Run(t, func(t *testing.T) journal.Store { t.Helper(); return open(t, dir) })
	for name, want := range map[string]os.FileMode{".zoneloom": 0o700, journal.DefaultFolder: 0o700} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
	files, err := filepath.Glob(filepath.Join(dir, journal.DefaultFolder, "*"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", file, info.Mode(), err)
		}
	}
	if b, err := os.ReadFile(filepath.Join(dir, ".zoneloom", ".gitignore")); err != nil || string(b) != "*\n" {
		t.Errorf(".gitignore: %q, %v", b, err)
	}
}

func TestFolderIsntLeft(t *testing.T) {
	dir, outside := t.TempDir(), t.TempDir()
	if err := os.Symlink(outside, filepath.Join(dir, ".zoneloom")); err != nil {
		t.Fatal(err)
	}
	if log, err := open(t, dir).Begin(t.Context(), "x", []byte("{}"), []byte("{}")); err == nil {
		_ = log.Close()
		t.Error("Begin followed a link out of the folder")
	}
	if entries, _ := os.ReadDir(outside); len(entries) > 0 {
		t.Errorf("outside the folder there are %v", entries)
	}
}

// one runs an apply of seven changes in a zone, three a request, with a journal in
// dir, and returns its ID.
func one(t *testing.T, dir string, faults ...providertest.Verdict) string {
	t.Helper()
	name := state.Name("example.com.")
	memory := &providertest.Memory{BatchLimit: 3}
	memory.Seed(state.NewZone(name, nil))
	if len(faults) > 0 {
		memory.OnWrite = func(context.Context, providertest.Write) providertest.Verdict {
			f := faults[0]
			if len(faults) > 1 {
				faults = faults[1:]
			}
			return f
		}
	}
	var entries []state.Entry
	for i := range 7 {
		owner, err := state.ParseName(string(rune('a'+i)), name)
		if err != nil {
			t.Fatal(err)
		}
		entries = append(entries, state.Entry{
			Key: state.Key{Name: owner, Type: "A"}, Record: state.Record{Data: "192.0.2.1", TTL: 300},
		})
	}
	h := &journal.History{Store: open(t, dir)}
	r := h.Record(journal.Head{Command: "apply", Who: journal.Who{User: "alice@host"}}, nil)
	e := &apply.Engine{Providers: map[string]apply.Opened{"mem": {Kind: "memory", Provider: memory}}, Journal: r}
	p, err := e.Plan(t.Context(), []apply.Target{{Zone: name, Provider: "mem", Want: state.NewZone(name, entries)}})
	if err != nil {
		t.Fatal(err)
	}
	_, _ = e.Apply(t.Context(), p, apply.Options{})
	return r.ID()
}

func TestRunIsTakenDown(t *testing.T) {
	dir := t.TempDir()
	id := one(t, dir)
	h := &journal.History{Store: open(t, dir)}
	run, err := h.Read(t.Context(), id[:len(id)-2])
	if err != nil {
		t.Fatal(err)
	}
	made, not, unknown := run.Count()
	if run.Outcome() != journal.Complete || made != 7 || not+unknown != 0 || len(run.Requests) != 3 || run.Who.User != "alice@host" {
		t.Errorf("the run is %s, %d %d %d in %d requests", run.Outcome(), made, not, unknown, len(run.Requests))
	}
	if got := len(run.Plan.Plan.Zones[0].Changes); got != 7 {
		t.Errorf("its plan has %d changes", got)
	}
	listed, err := h.List(t.Context())
	if err != nil || len(listed) != 1 {
		t.Fatal(listed, err)
	}
	run.Plan = nil
	if diff := cmp.Diff(run, listed[0], cmp.Comparer(func(a, b state.Name) bool { return a == b })); diff != "" {
		t.Errorf("listed and read differ (-read +listed):\n%s", diff)
	}
	if _, err := h.Read(t.Context(), "2"); err != nil {
		t.Errorf("Read of the one that begins with 2: %v", err)
	}
	if _, err := h.Read(t.Context(), "3"); !errors.Is(err, journal.ErrNoRun) {
		t.Errorf("Read of none: %v", err)
	}
}

// The IDs of runs of one second say nothing of which came first.
func TestRunsOfOneSecondAreInOrder(t *testing.T) {
	now := time.Date(2026, 11, 25, 11, 3, 0, 0, time.UTC)
	h := &journal.History{Store: open(t, t.TempDir()), Now: func() time.Time { return now }}
	var began []string
	for range 20 {
		now = now.Add(time.Millisecond)
		r := h.Record(journal.Head{Command: "apply"}, nil)
		if err := r.Begin(&plan.Plan{}); err != nil {
			t.Fatal(err)
		}
		began = append(began, r.ID())
	}
	runs, err := h.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	slices.Reverse(runs)
	var listed []string
	for _, r := range runs {
		listed = append(listed, r.ID)
	}
	if diff := cmp.Diff(began, listed); diff != "" {
		t.Errorf("runs (-as they began +as listed):\n%s", diff)
	}
}

// Whatever byte a file ends at, what it tells is true: what is called made was
// answered so, and what is called not made wasn't sent.
func TestRecordTornAtEachByte(t *testing.T) {
	dir := t.TempDir()
	id := one(t, dir)
	file := filepath.Join(dir, journal.DefaultFolder, id+".ndjson")
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	h := &journal.History{Store: open(t, dir)}
	for end := range len(whole) {
		tails := []string{""}
		if end%16 == 0 || whole[end-1] == '\n' {
			tails = append(tails, "\x00\x00", "\x00\x00\n") // as after a power cut
		}
		for _, tail := range tails {
			if err := os.WriteFile(file, append(bytes.Clone(whole[:end]), tail...), 0o600); err != nil {
				t.Fatal(err)
			}
			checkTorn(t, h, id, whole[:end])
		}
	}
}

func checkTorn(t *testing.T, h *journal.History, id string, rest []byte) {
	t.Helper()
	run, err := h.Read(t.Context(), id)
	if bytes.Count(rest, []byte("\n")) < 2 {
		if !errors.Is(err, journal.ErrNoRun) {
			t.Fatalf("at %d: a run that didn't begin: %v", len(rest), err)
		}
		if runs, err := h.List(t.Context()); err != nil || len(runs) != 0 {
			t.Fatalf("at %d: a run that didn't begin is listed: %v, %v", len(rest), runs, err)
		}
		return
	}
	if err != nil {
		t.Fatalf("at %d: %v", len(rest), err)
	}
	done := 0
	for line := range strings.Lines(string(rest)) {
		switch {
		case !strings.HasSuffix(line, "\n"):
		case strings.Contains(line, `"event":"done"`):
			done++
		}
	}
	made, not, unknown := run.Count()
	wantMade := min(3*done, 7)
	asked := 0
	for _, q := range run.Requests {
		asked += len(q.Changes)
	}
	if made != wantMade || unknown != asked-wantMade || not != 7-asked {
		t.Fatalf("at %d: %d made, %d not made, %d unknown; %d answers, %d asked", len(rest), made, not, unknown, done, asked)
	}
	if run.Outcome() != journal.Stopped {
		t.Fatalf("at %d: the run is %s", len(rest), run.Outcome())
	}
}

func TestCorruption(t *testing.T) {
	dir := t.TempDir()
	good := one(t, dir)
	bad := one(t, dir)
	file := filepath.Join(dir, journal.DefaultFolder, bad+".ndjson")
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(strings.TrimSuffix(string(whole), "\n"), "\n")
	h := &journal.History{Store: open(t, dir)}
	for name, tt := range map[string]struct {
		edit func() string
		want string
	}{
		"a word in the middle": {func() string { return strings.Replace(string(whole), `"event":"done"`, `"event":"gone"`, 1) }, ".ndjson:4: the event \"gone\" is unknown"},
		"a line is missing":    {func() string { return strings.Join(append(lines[:2:2], lines[3:]...), "") }, ".ndjson:3: an answer belongs to no request"},
		"zeros in the middle": {func() string {
			return strings.Join(append(append(lines[:2:2], strings.Repeat("\x00", 50)+"\n"), lines[3:]...), "")
		}, ".ndjson:3: this isn't what zoneloom writes"},
		"a newer format": {func() string {
			return strings.Replace(string(whole), `"format_version":"1"`, `"format_version":"2"`, 1)
		}, `.ndjson:1: the record has format_version "2" and this zoneloom reads "1": use the release that wrote it`},
		"another run's name": {func() string { return strings.Replace(string(whole), bad, good, 1) }, ".ndjson:1: it is the record of the run"},
	} {
		if err := os.WriteFile(file, []byte(tt.edit()), 0o600); err != nil {
			t.Fatal(err)
		}
		runs, err := h.List(t.Context())
		if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), bad) {
			t.Errorf("%s: List: %v, want %s", name, err, tt.want)
		}
		if len(runs) != 1 || runs[0].ID != good {
			t.Errorf("%s: the good run is hidden: %v", name, runs)
		}
		if _, err := h.Read(t.Context(), bad); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: Read: %v, want %s", name, err, tt.want)
		}
	}
	edited := strings.Replace(string(whole), "192.0.2.1", "192.0.2.7", 1)
	if err := os.WriteFile(file, []byte(edited), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Read(t.Context(), bad); err == nil || !strings.Contains(err.Error(), ".ndjson:2: the plan was edited") {
		t.Errorf("an edited plan: %v", err)
	}
}

func TestRunThatIsRefused(t *testing.T) {
	dir := t.TempDir()
	one(t, dir, providertest.Commit, providertest.Refuse)
	runs, err := (&journal.History{Store: open(t, dir)}).List(t.Context())
	if err != nil || len(runs) != 1 {
		t.Fatal(runs, err)
	}
	made, not, unknown := runs[0].Count()
	if runs[0].Outcome() != journal.InPart || made != 3 || not != 4 || unknown != 0 {
		t.Errorf("the run is %s: %d made, %d not made, %d unknown", runs[0].Outcome(), made, not, unknown)
	}
}
