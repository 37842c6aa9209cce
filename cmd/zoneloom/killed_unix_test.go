//go:build unix

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneloom/zoneloom/apply/journal"
	"github.com/zoneloom/zoneloom/plan"
	"github.com/zoneloom/zoneloom/provider/cloudflare/sandbox"
	"github.com/zoneloom/zoneloom/state"
)

// batchOps is how many operations a request of these applies holds: that is the
// limit of the zones' Cloudflare plan.
const batchOps = 200

// killing is a sandbox, a configuration, and a process that is killed.
type killing struct {
	*testing.T
	zones     []string
	dir, file string // of the configuration
	url       string
	sandbox   *sandbox.Server
	start     map[string]string // what the zones hold at first, by name
	want      map[string]string // and what the configuration wants
	requests  int               // that it takes
	random    *rand.Rand
	whole     time.Duration // that an apply takes

	mu       sync.Mutex
	inFlight int
	batches  int
	killAt   int // the batch at which to kill; -1: none
	after    bool
	child    *os.Process
}

// newKilling has so many names in each zone, with so many records each: a third of
// the names is created, updated and deleted.
func newKilling(t *testing.T, names, each int, zones ...string) *killing {
	t.Helper()
	dir := t.TempDir()
	k := &killing{
		T: t, zones: zones, dir: dir, file: filepath.Join(dir, "zoneloom.yaml"),
		start: map[string]string{}, want: map[string]string{}, killAt: -1,
		requests: len(zones) * names / (batchOps / each),
	}
	seed := rand.Uint64()
	t.Logf("the seed is %d", seed)
	k.random = rand.New(rand.NewPCG(seed, 0))
	var err error
	if k.sandbox, err = sandbox.New(sandbox.Options{Plan: "free", Quota: 2 * names * each}); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(k)
	t.Cleanup(func() { server.Close(); k.sandbox.Close() })
	k.url = server.URL + sandbox.BasePath
	var config strings.Builder
	fmt.Fprintf(&config, "providers: {cf: {type: cloudflare, token: %s, url: %q}}\nzones:\n", sandbox.DefaultToken, k.url)
	for _, zone := range zones {
		fmt.Fprintf(&config, "  %s:\n    provider: cf\n    records:\n", zone)
		k.fill(zone, names, each, &config)
	}
	if err := os.WriteFile(k.file, []byte(config.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return k
}

// fill seeds a zone and configures it.
func (k *killing) fill(zone string, names, each int, config *strings.Builder) {
	k.Helper()
	var seeds strings.Builder
	for i := range names {
		name := fmt.Sprintf("h%04d", i)
		var old, next []string
		for j := range each {
			old = append(old, fmt.Sprintf("192.0.2.%d", j))
			next = append(next, fmt.Sprintf("198.51.100.%d", j))
		}
		if i%3 != 0 {
			k.start[name+"."+zone] = sorted(old)
			for _, address := range old {
				fmt.Fprintf(&seeds, `{"type":"A","name":%q,"content":%q,"ttl":300}`+"\n", name, address)
			}
		}
		if i%3 != 1 {
			k.want[name+"."+zone] = sorted(next)
			fmt.Fprintf(config, "      %s: {type: A, values: [%s]}\n", name, strings.Join(next, ", "))
		}
	}
	if _, err := k.sandbox.Seed(zone, strings.NewReader(seeds.String())); err != nil {
		k.Fatal(err)
	}
}

// sorted joins what a name holds.
func sorted(values []string) string {
	slices.Sort(values)
	return strings.Join(values, " ")
}

// ServeHTTP kills the child at the batch that is its last, before or after it
// takes effect.
func (k *killing) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	k.mu.Lock()
	k.inFlight++
	kill := false
	if strings.HasSuffix(r.URL.Path, "/batch") {
		kill = k.batches == k.killAt
		k.batches++
	}
	child, after := k.child, k.after
	k.mu.Unlock()
	if kill && !after {
		_ = child.Kill()
	}
	k.sandbox.ServeHTTP(w, r)
	if kill && after {
		_ = child.Kill()
	}
	k.mu.Lock()
	k.inFlight--
	k.mu.Unlock()
}

// args completes a command line.
func (k *killing) args(args ...string) []string {
	args = append(args, "-c", k.file)
	if slices.Contains([]string{"apply", "undo"}, args[0]) {
		args = append(args, "--yes", "--base", "none")
		for _, zone := range k.zones {
			args = append(args, "--allow", zone+":delete-many", "--allow", zone+":change-many")
		}
	}
	return args
}

// do runs the command to its end, inside of this process, and returns what it
// says. Since it is killed nowhere, it needs no process of its own.
func (k *killing) do(code int, args ...string) string {
	k.Helper()
	var said strings.Builder
	if got := run(append([]string{"zoneloom"}, k.args(args...)...), strings.NewReader(""), io.Discard, &said); got != code {
		text := said.String()
		k.Fatalf("zoneloom %s: exit code %d, want %d:\n%s", strings.Join(args, " "), got, code, text[max(0, len(text)-3000):])
	}
	return said.String()
}

// command is the command as a process of its own.
func (k *killing) command(args ...string) *exec.Cmd {
	c := exec.CommandContext(k.Context(), os.Args[0], k.args(args...)...)
	c.Env = append(os.Environ(), asCommand+"=1")
	return c
}

// kill starts a command and reports whether it was killed before its end: ahead of
// a batch, or after it, where batch says which, or by wait. What the command had
// sent takes effect all the same.
func (k *killing) kill(c *exec.Cmd, batch int, after bool, wait func()) bool {
	k.Helper()
	k.mu.Lock()
	k.batches, k.killAt, k.after = 0, batch, after
	err := c.Start()
	k.child = c.Process
	k.mu.Unlock()
	if err != nil {
		k.Fatal(err)
	}
	wait()
	err = c.Wait()
	k.mu.Lock()
	k.killAt = -1
	k.mu.Unlock()
	for quiet := 0; quiet < 5; quiet++ {
		time.Sleep(time.Millisecond)
		k.mu.Lock()
		if k.inFlight > 0 {
			quiet = 0
		}
		k.mu.Unlock()
	}
	if err == nil {
		return false
	}
	if status, ok := c.ProcessState.Sys().(syscall.WaitStatus); !ok || status.Signal() != syscall.SIGKILL {
		k.Fatalf("it wasn't killed: %v", err)
	}
	return true
}

// killAnywhere kills a command at a random point: half of them at any time of the
// whole run, half of them at a request, on its way there or back.
func (k *killing) killAnywhere(args ...string) bool {
	k.Helper()
	c := k.command(args...)
	if k.random.IntN(2) == 0 {
		return k.kill(c, k.random.IntN(k.requests), k.random.IntN(2) == 0, func() {})
	}
	return k.kill(c, -1, false, func() {
		time.Sleep(time.Duration(k.random.Int64N(int64(k.whole))))
		_ = c.Process.Kill()
	})
}

// killAtWrite kills a command at a write of its journal, as killInJournal reads it.
func (k *killing) killAtWrite(n int, cut string, args ...string) bool {
	k.Helper()
	c := k.command(args...)
	c.Env = append(c.Env, fmt.Sprintf("%s=%d %s", killAt, n, cut))
	return k.kill(c, -1, false, func() {})
}

// live returns what the zones hold, by name.
func (k *killing) live() map[string]string {
	k.Helper()
	var zones, records struct {
		Result []struct{ ID, Name, Content string }
	}
	k.get("/zones", &zones)
	held := map[string][]string{}
	for _, z := range zones.Result {
		k.get("/zones/"+z.ID+"/dns_records?per_page=5000", &records)
		for _, r := range records.Result {
			held[r.Name] = append(held[r.Name], r.Content)
		}
	}
	live := make(map[string]string, len(held))
	for name, values := range held {
		live[name] = sorted(values)
	}
	return live
}

func (k *killing) get(path string, into any) {
	k.Helper()
	r := httptest.NewRequestWithContext(k.Context(), http.MethodGet, sandbox.BasePath+path, nil)
	r.Header.Set("Authorization", "Bearer "+sandbox.DefaultToken)
	w := httptest.NewRecorder()
	k.sandbox.ServeHTTP(w, r)
	if err := json.NewDecoder(w.Body).Decode(into); err != nil {
		k.Fatal(err)
	}
}

// runs lists what is on record, and the last run with its plan, nil where there is
// none.
func (k *killing) runs() (runs []*journal.Run, last *journal.Run) {
	k.Helper()
	folder, err := journal.OpenFolder(k.dir, journal.DefaultFolder)
	if err != nil {
		k.Fatal(err)
	}
	h := &journal.History{Store: folder}
	defer func() { _ = h.Close() }()
	if runs, err = h.List(k.Context()); err == nil && len(runs) > 0 {
		last, err = h.Read(k.Context(), runs[0].ID)
	}
	if err != nil {
		k.Fatal(err)
	}
	return runs, last
}

func (k *killing) last() *journal.Run {
	k.Helper()
	_, last := k.runs()
	return last
}

// truth holds what the journal, and with it the next command, tells of its last
// run to what the zones hold, and returns that run, nil where none began.
func (k *killing) truth() *journal.Run {
	k.Helper()
	live, run := k.live(), k.last()
	said := k.do(exitDone, "history")
	if run == nil {
		k.same("before any run", k.start, live)
		if strings.Contains(said, "warning") {
			k.Errorf("no run began, and history says %s", said)
		}
		return nil
	}
	if run.Live {
		k.Fatal("a process that was killed counts as alive")
	}
	for i := range run.Zones {
		k.trueOf(run, &run.Zones[i], live)
	}
	if run.Outcome() == journal.Stopped {
		made, not, unknown := run.Count()
		if most := len(k.zones) * batchOps; unknown > most {
			k.Errorf("run %s doesn't know of %d changes, and only %d can have been on their way", run.ID, unknown, most)
		}
		want := fmt.Sprintf("%s: %d made, %d not made, %d unknown\n", whereStopped(run), made, not, unknown)
		if !strings.Contains(said, "warning: run "+run.ID) || !strings.Contains(said, want) {
			k.Errorf("run %s: history says\n%s, which lacks\n%s", run.ID, said, want)
		}
	}
	return run
}

// trueOf holds what is told of one zone to what it holds.
func (k *killing) trueOf(run *journal.Run, z *journal.Zone, live map[string]string) {
	k.Helper()
	at := slices.IndexFunc(run.Plan.Plan.Zones, func(p plan.Zone) bool { return p.Name == z.Name })
	for i, c := range run.Plan.Plan.Zones[at].Changes {
		has := live[strings.TrimSuffix(string(c.Name), ".")]
		switch fate := z.Fates[i]; {
		case fate == journal.Made && has != data(c.After), fate == journal.NotMade && has != data(c.Before):
			k.Errorf("run %s calls the change of %s %s, and it holds %q", run.ID, c.Name, fate, has)
		case fate == journal.Unknown && has != data(c.Before) && has != data(c.After):
			k.Errorf("%s holds %q", c.Name, has)
		}
	}
}

func data(s *state.RRset) string {
	if s == nil {
		return ""
	}
	var values []string
	for _, r := range s.Records {
		values = append(values, r.Data)
	}
	return sorted(values)
}

func (k *killing) same(when string, want, got map[string]string) {
	k.Helper()
	if !maps.Equal(want, got) {
		k.Fatalf("%s the zones are others (-want +got):\n%s", when, cmp.Diff(want, got))
	}
}

// resume goes on with a run that was stopped, to its end, and returns the run that
// did so.
func (k *killing) resume(r *journal.Run, end map[string]string) *journal.Run {
	k.Helper()
	if said := k.do(exitDone, "apply", "--resume", r.ID); !strings.Contains(said, "going on with run "+r.ID+", which ") {
		k.Errorf("the resumption of run %s says\n%s", r.ID, said)
	}
	k.same("after the resumption", end, k.live())
	return k.last()
}

// undo takes back a run, and holds it to saying how far that one got.
func (k *killing) undo(r *journal.Run) {
	k.Helper()
	said := k.do(exitDone, "undo", r.ID)
	if !strings.Contains(said, "taking back run "+r.ID) || r.Outcome() == journal.Stopped && !strings.Contains(said, whereStopped(r)) {
		k.Errorf("the undo of run %s says\n%s", r.ID, said)
	}
}

// undoLast takes back r, the last run that isn't taken back yet. Where it did
// nothing it doesn't count as one, and must be named.
func (k *killing) undoLast(r *journal.Run) {
	k.Helper()
	if made, _, unknown := r.Count(); made+unknown > 0 {
		k.do(exitDone, "undo")
		return
	}
	k.do(exitError, "undo")
	k.undo(r)
}

// backFrom are the ways back from a run that was stopped, or had come to its end.
var backFrom = map[string]func(*killing, *journal.Run){
	"undo RUN": (*killing).undo,
	"undo":     (*killing).undoLast,
	"undo --from": func(k *killing, r *journal.Run) {
		var text strings.Builder
		if err := r.Plan.Plan.Encode(&text, nil); err != nil {
			k.Fatal(err)
		}
		file := filepath.Join(k.dir, "plan.json")
		if err := os.WriteFile(file, []byte(text.String()), 0o600); err != nil {
			k.Fatal(err)
		}
		k.do(exitDone, "undo", "--from", file)
	},
	"apply --resume, undo what resumed": func(k *killing, r *journal.Run) { k.undo(k.resume(r, k.want)) },
	"apply --resume, undo what stopped": func(k *killing, r *journal.Run) {
		k.resume(r, k.want)
		k.undo(r)
	},
	"apply, undo both": func(k *killing, r *journal.Run) {
		k.do(exitDone, "apply")
		k.same("after another apply", k.want, k.live())
		if made, _, _ := k.truth().Count(); made > 0 {
			k.do(exitDone, "undo")
		}
		k.undoLast(r)
	},
	"undo that is killed, and again": func(k *killing, r *journal.Run) {
		k.killAnywhere("undo", r.ID)
		k.truth()
		k.undo(r)
	},
	"undo that is killed, and resumed": func(k *killing, r *journal.Run) {
		k.killAnywhere("undo", r.ID)
		if u := k.truth(); u.Undoes == r.ID && u.Outcome() == journal.Stopped {
			k.resume(u, k.start)
			return
		}
		k.undo(r)
	},
}

// back goes one of the ways back, and forgets the run, so that the next one is the
// first.
func (k *killing) back(r *journal.Run, way string) {
	k.Helper()
	backFrom[way](k, r)
	k.same("after "+way, k.start, k.live())
	if runs, _ := k.runs(); len(journal.Unsettled(runs, nil)) > 0 {
		k.Errorf("after %s history says\n%s", way, k.do(exitDone, "history"))
	}
	k.forget()
}

func (k *killing) forget() {
	k.Helper()
	if err := os.RemoveAll(filepath.Join(k.dir, ".zoneloom")); err != nil && !errors.Is(err, os.ErrNotExist) {
		k.Fatal(err)
	}
}

// time takes the time that an apply takes.
func (k *killing) time() {
	k.Helper()
	for range 2 { // the first warms the caches
		began := time.Now()
		if out, err := k.command("apply").CombinedOutput(); err != nil {
			k.Fatalf("%v\n%s", err, out)
		}
		k.whole = time.Since(began)
		k.same("after an apply", k.want, k.live())
		k.back(k.truth(), "undo RUN")
	}
}

// Wherever a process is killed, what the journal tells is true, going on
// converges, and undo brings back what was. An apply of 2,000 changes is killed at
// 200 points, which takes some 90 s of processor time.
func TestKilled(t *testing.T) {
	if plainly(t) {
		return
	}
	const shards, points = 2, 100
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	percent := debug.SetGCPercent(800) // a third of the time otherwise
	t.Cleanup(func() { debug.SetGCPercent(percent) })
	for shard := range shards {
		t.Run(fmt.Sprint(shard), func(t *testing.T) {
			t.Parallel()
			k := newKilling(t, 2000, 1, "example.com")
			k.time()
			ways := slices.Sorted(maps.Keys(backFrom))
			stopped := 0
			for point := 0; point < points; {
				killed := k.killAnywhere("apply")
				if killed {
					point++
				}
				run := k.truth()
				switch {
				case run == nil:
				case run.Outcome() == journal.Stopped:
					k.back(run, ways[stopped%len(ways)])
					stopped++
				default:
					k.back(run, "undo RUN")
				}
			}
			t.Logf("%d of %d points stopped a run that had begun; an apply takes %s", stopped, points, k.whole)
			if stopped < points*2/5 {
				t.Errorf("only %d of %d points stopped a run that had begun", stopped, points)
			}
		})
	}
}

// cutsOf returns how much to leave of the write n: the first makes the file, and
// the others differ by turns in where they are torn.
func cutsOf(n int) []string {
	switch {
	case n == 0:
		return slices.Sorted(maps.Keys(cuts))
	case n%2 == 0:
		return []string{"before", "half", "whole"}
	}
	return []string{"before", "unended", "whole"}
}

// The same at each write of the journal, ahead of it, in the middle of it and
// after it, where two zones are written in ten requests.
func TestKilledAtEachWrite(t *testing.T) {
	if plainly(t) {
		return
	}
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	const names = 5 // in a zone, each in a request of its own
	const writes = 1 + 2*2*names + 1
	t.Run("apply", func(t *testing.T) {
		t.Parallel()
		k := newKilling(t, names, batchOps/2+1, "a.example", "b.example")
		ways := []string{"undo RUN", "apply --resume, undo what resumed", "apply --resume, undo what stopped", "undo"}
		for n := range writes {
			for i, cut := range cutsOf(n) {
				if !k.killAtWrite(n, cut, "apply") {
					t.Fatalf("it wasn't killed at its write %d, %s", n, cut)
				}
				run := k.truth()
				switch {
				case n == 0 && cut != "whole":
					if run != nil {
						t.Errorf("a run began at the write 0, %s", cut)
					}
					if said := k.do(exitDone, "apply", "--resume"); !strings.Contains(said, "nothing to resume") {
						t.Errorf("apply --resume says\n%s", said)
					}
					k.do(exitError, "undo")
					k.forget()
				case run == nil:
					t.Fatalf("no run began at the write %d, %s", n, cut)
				case n == writes-1 && cut == "whole":
					if run.Outcome() != journal.Complete {
						t.Errorf("a run whose end is on record is %s", run.Outcome())
					}
					k.back(run, "undo RUN")
				default:
					if run.Outcome() != journal.Stopped {
						t.Fatalf("after the write %d, %s, the run is %s", n, cut, run.Outcome())
					}
					k.back(run, ways[(n+i)%len(ways)])
				}
			}
		}
	})
	t.Run("undo", func(t *testing.T) {
		t.Parallel()
		k := newKilling(t, names, batchOps/2+1, "a.example", "b.example")
		for n := range writes {
			k.do(exitDone, "apply")
			r := k.last()
			if !k.killAtWrite(n, "half", "undo", r.ID) {
				t.Fatalf("it wasn't killed at its write %d", n)
			}
			u := k.truth()
			if began := u.ID != r.ID; began != (n > 0) {
				t.Errorf("at the write %d the undo began: %t", n, began)
			}
			if n%2 == 0 {
				k.back(r, "undo RUN")
				continue
			}
			k.resume(u, k.start)
			k.forget()
		}
	})
}
