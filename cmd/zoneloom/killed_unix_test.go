//go:build unix

package main

import (
	"context"
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
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneloom/zoneloom/apply/journal"
	"github.com/zoneloom/zoneloom/provider/cloudflare/sandbox"
	"github.com/zoneloom/zoneloom/state"
)

// The shape of the applies that are killed: a third each is created, updated and
// deleted, so many operations a request.
const (
	killedChanges = 2000
	killedBatch   = 200 // what a zone of this plan takes
)

// killing is a sandbox, a configuration, and a process that is killed.
type killing struct {
	*testing.T
	dir, url string
	sandbox  *sandbox.Server
	start    map[string]string // what the zone holds at first, by name
	want     map[string]string // and what the configuration wants

	mu       sync.Mutex
	inFlight int
	batches  int
	killAt   int // the batch at which to kill; -1: none
	after    bool
	child    *os.Process
}

func newKilling(t *testing.T) *killing {
	t.Helper()
	k := &killing{T: t, dir: t.TempDir(), start: map[string]string{}, want: map[string]string{}, killAt: -1}
	var err error
	if k.sandbox, err = sandbox.New(sandbox.Options{Plan: "free", Quota: 2 * killedChanges}); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(k)
	t.Cleanup(func() { server.Close(); k.sandbox.Close() })
	k.url = server.URL + sandbox.BasePath
	var seeds, records strings.Builder
	for i := range killedChanges {
		name := fmt.Sprintf("h%04d", i)
		if i%3 != 0 {
			k.start[name+".example.com"] = "192.0.2.1"
			fmt.Fprintf(&seeds, `{"type":"A","name":%q,"content":"192.0.2.1","ttl":300}`+"\n", name)
		}
		if i%3 != 1 {
			k.want[name+".example.com"] = "192.0.2.2"
			fmt.Fprintf(&records, "      %s: {type: A, value: 192.0.2.2}\n", name)
		}
	}
	if _, err := k.sandbox.Seed("example.com", strings.NewReader(seeds.String())); err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf("providers: {cf: {type: cloudflare, token: %s, url: %q}}\nzones:\n  example.com:\n    provider: cf\n    records:\n%s",
		sandbox.DefaultToken, k.url, records.String())
	if err := os.WriteFile(filepath.Join(k.dir, "zoneloom.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return k
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

// command is the command as a process of its own.
func (k *killing) command(args ...string) *exec.Cmd {
	c := exec.CommandContext(k.Context(), os.Args[0], args...)
	c.Dir = k.dir
	c.Env = append(os.Environ(), asCommand+"=1", "GORACE="+raceOptions, "GITHUB_BASE_REF=")
	return c
}

// must runs the command to its end, which must be a good one.
func (k *killing) must(args ...string) string {
	k.Helper()
	out, err := k.command(args...).CombinedOutput()
	if err != nil {
		text := string(out)
		k.Fatalf("zoneloom %s: %v\n%s", strings.Join(args, " "), err, text[max(0, len(text)-3000):])
	}
	return string(out)
}

// kill applies and kills the process, at the batch or after the time given.
func (k *killing) kill(batch int, after bool, pause time.Duration) {
	k.Helper()
	c := k.command("apply", "--yes", "-q", "--allow", "example.com:delete-many", "--allow", "example.com:change-many")
	c.Stdout, c.Stderr = io.Discard, io.Discard
	k.mu.Lock()
	k.batches, k.killAt, k.after = 0, batch, after
	if err := c.Start(); err != nil {
		k.Fatal(err)
	}
	k.child = c.Process
	k.mu.Unlock()
	if batch < 0 {
		time.Sleep(pause)
		_ = c.Process.Kill()
	}
	_ = c.Wait()
	k.mu.Lock()
	k.killAt = -1
	k.mu.Unlock()
	// What was sent still takes effect.
	for quiet := 0; quiet < 5; quiet++ {
		time.Sleep(2 * time.Millisecond)
		k.mu.Lock()
		if k.inFlight > 0 {
			quiet = 0
		}
		k.mu.Unlock()
	}
}

// live returns what the zone holds, by name.
func (k *killing) live() map[string]string {
	k.Helper()
	var zones, records struct {
		Result []struct{ ID, Name, Content string }
	}
	k.get("/zones?name=example.com", &zones)
	k.get("/zones/"+zones.Result[0].ID+"/dns_records?per_page=5000", &records)
	held := map[string]string{}
	for _, r := range records.Result {
		held[r.Name] = r.Content
	}
	return held
}

func (k *killing) get(path string, into any) {
	k.Helper()
	r, err := http.NewRequestWithContext(k.Context(), http.MethodGet, k.url+path, nil)
	if err != nil {
		k.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+sandbox.DefaultToken)
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		k.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if err := json.NewDecoder(response.Body).Decode(into); err != nil {
		k.Fatal(err)
	}
}

// truth holds what the journal tells of its last run to what the zone holds, and
// returns that run, nil where the process wrote nothing.
func (k *killing) truth() *journal.Run {
	k.Helper()
	folder, err := journal.OpenFolder(k.dir, journal.DefaultFolder)
	if err != nil {
		k.Fatal(err)
	}
	h := &journal.History{Store: folder}
	defer func() { _ = h.Close() }()
	runs, err := h.List(context.Background())
	if err != nil {
		k.Fatal(err)
	}
	live := k.live()
	if len(runs) == 0 {
		k.same("before any run", k.start, live)
		return nil
	}
	run, err := h.Read(context.Background(), runs[0].ID)
	if err != nil {
		k.Fatal(err)
	}
	if run.Live {
		k.Fatal("a process that was killed counts as alive")
	}
	for i, c := range run.Plan.Plan.Zones[0].Changes {
		has := live[strings.TrimSuffix(string(c.Name), ".")]
		switch fate := run.Zones[0].Fates[i]; {
		case fate == journal.Made && has != data(c.After), fate == journal.NotMade && has != data(c.Before):
			k.Errorf("run %s calls the change of %s %s, and it holds %q", run.ID, c.Name, fate, has)
		case fate == journal.Unknown && has != data(c.Before) && has != data(c.After):
			k.Errorf("%s holds %q", c.Name, has)
		}
	}
	return run
}

func data(s *state.RRset) string {
	if s == nil {
		return ""
	}
	return s.Records[0].Data
}

func (k *killing) same(when string, want, got map[string]string) {
	k.Helper()
	if !maps.Equal(want, got) {
		k.Fatalf("%s the zone is another (-want +got):\n%s", when, cmp.Diff(want, got))
	}
}

// back undoes the run, and forgets it, so that the next one is the first.
func (k *killing) back(run *journal.Run) {
	k.Helper()
	var text strings.Builder
	if err := run.Plan.Plan.Encode(&text, nil); err != nil {
		k.Fatal(err)
	}
	file := filepath.Join(k.dir, "plan.json")
	if err := os.WriteFile(file, []byte(text.String()), 0o600); err != nil {
		k.Fatal(err)
	}
	k.must("undo", "--from", "plan.json", "--yes", "-q", "--allow", "example.com:delete-many", "--allow", "example.com:change-many")
	k.same("after the undo", k.start, k.live())
	if err := os.RemoveAll(filepath.Join(k.dir, ".zoneloom")); err != nil && !errors.Is(err, os.ErrNotExist) {
		k.Fatal(err)
	}
}

// Wherever a process is killed, what the journal tells is true, going on
// converges, and undo brings back what was.
func TestKilled(t *testing.T) {
	const shards, points = 2, 10
	for shard := range shards {
		t.Run(fmt.Sprint(shard), func(t *testing.T) {
			t.Parallel()
			k := newKilling(t)
			random := rand.New(rand.NewPCG(20261125, uint64(shard)))
			began := time.Now()
			k.kill(-1, false, 5*time.Millisecond) // warms the caches
			k.truth()
			k.must("apply", "--yes", "-q", "--allow", "example.com:delete-many", "--allow", "example.com:change-many")
			whole := time.Since(began)
			k.back(k.truth())
			stopped := 0
			for point := range points {
				if point%2 == 0 {
					k.kill(random.IntN(killedChanges/killedBatch), point%4 == 0, 0)
				} else {
					k.kill(-1, false, time.Duration(random.Int64N(int64(whole))))
				}
				run := k.truth()
				if run == nil {
					continue
				}
				if run.Outcome() == journal.Stopped {
					stopped++
					if out := k.must("history"); !strings.Contains(out, "warning: run "+run.ID) {
						t.Errorf("nothing is said of run %s:\n%s", run.ID, out)
					}
				}
				if point%3 == 0 && run.Outcome() == journal.Stopped {
					k.must("apply", "--resume", "--yes", "-q", "--allow", "example.com:delete-many", "--allow", "example.com:change-many")
					k.same("after the resumption", k.want, k.live())
					if out := k.must("plan", "--detailed-exitcode"); strings.Contains(out, "warning: run") {
						t.Errorf("a run that was finished is open:\n%s", out)
					}
				}
				k.back(run)
			}
			t.Logf("%d of %d points stopped a run that had begun; an apply takes %s", stopped, points, whole)
			if stopped < points/3 {
				t.Errorf("only %d of %d points stopped a run that had begun", stopped, points)
			}
		})
	}
}
