//go:build unix

package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/zoneloom/zoneloom/apply/journal"
	"github.com/zoneloom/zoneloom/apply/postgres"
	"github.com/zoneloom/zoneloom/apply/postgres/postgrestest"
	"github.com/zoneloom/zoneloom/provider/cloudflare/sandbox"
	"github.com/zoneloom/zoneloom/state"
)

// databaseTest is a test of the command with its history in a database of its own.
type databaseTest struct {
	*testing.T
	service *pairService // which has example.com, and the zones for pairs
}

const databasePairs = 10

// TestPostgres runs the command with its history, and so its locks, in a
// PostgreSQL database. Each process has a folder for locks of its own, as on
// another host.
func TestPostgres(t *testing.T) {
	server := postgrestest.Start(t)
	zones := []string{"example.com"}
	for i := range databasePairs {
		zones = append(zones, fmt.Sprintf("pair%d.example", i))
	}
	for name, test := range map[string]func(*databaseTest){
		"pairs":  pairsInDatabase,
		"killed": killedInDatabase,
		"crash":  crashInDatabase,
		"unlock": unlockInDatabase,
		"lost":   lostInDatabase,
		"undo":   undoInDatabase,
	} {
		at := server.Database(t, name)
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newPairService(t, zones...)
			s.history = at
			test(&databaseTest{t, s})
		})
	}
}

// Of two runs on two hosts that write one zone at the same time, one waits for
// the other. TestPairsNeverInterleave shows that they would mix otherwise.
func pairsInDatabase(t *databaseTest) {
	s := t.service
	var g errgroup.Group
	g.SetLimit(3)
	for i := range databasePairs {
		env := [2]string{"XDG_STATE_HOME=" + t.TempDir(), "XDG_STATE_HOME=" + t.TempDir()}
		g.Go(func() error { s.pair(t.T, fmt.Sprintf("pair%d.example", i), env); return nil })
	}
	_ = g.Wait() // it has none to return
	if len(s.orders()) != databasePairs || s.most != 1 {
		t.Errorf("%d zones were written, %d batches of one at once", len(s.orders()), s.most)
	}
	for _, order := range s.orders() {
		if interleaved(order) || len(order) != 4 {
			t.Errorf("the batches came as %s", order)
		}
	}
}

// A run that was killed keeps its lock for a minute, unless somebody frees it.
// Any host can go on with it.
func killedInDatabase(t *databaseTest) {
	s := t.service
	r, _ := s.stuck(t.T)
	elsewhere := s.configure(t.T, "example.com", "a", 401)
	stdout, _ := command(t.T, exitDone, "history", "-c", elsewhere)
	has(t.T, stdout, `in progress`)
	r.signal(syscall.SIGKILL)
	_ = r.exit()
	_, stderr := command(t.T, exitRefused, "apply", "--yes", "-c", elsewhere)
	has(t.T, stderr, `warning: run 20.* stopped at .* in zone example\.com\. \(cf\), during request 2: 200 made, 1 not made, 200 unknown`,
		fmt.Sprintf(`refused: zone example\.com\.: cloudflare:[0-9a-f]{32}: .*pid %d, run 20\S+\) since 20\S+ is writing it; without a sign of life it ends at 20`, r.cmd.Process.Pid))
	stdout, _ = command(t.T, exitDone, "unlock", "--list", "-c", elsewhere)
	has(t.T, stdout, `(?m)^example\.com\. +cloudflare:[0-9a-f]{32} .* yes$`)
	command(t.T, exitDone, "unlock", "--zone", "example.com", "--yes", "-c", elsewhere)
	_, stderr = command(t.T, exitDone, "apply", "--resume", "--yes", "-c", elsewhere)
	has(t.T, stderr, "going on with run 20", "Applied: 201 changes")
	_, stderr = command(t.T, exitDone, "plan", "--detailed-exitcode", "-c", elsewhere)
	if strings.Contains(stderr, "stopped") {
		t.Errorf("a run that was finished is open:\n%s", stderr)
	}
	stdout, _ = command(t.T, exitDone, "unlock", "--list", "-c", elsewhere)
	if stdout != "" {
		t.Errorf("locks are left: %s", stdout)
	}
}

// Who loses his lock to unlock on another host sends nothing after the request in
// flight.
func unlockInDatabase(t *databaseTest) {
	s := t.service
	r, goOn := s.stuck(t.T)
	other := s.configure(t.T, "example.com", "b", 401)
	_, stderr := command(t.T, exitDone, "unlock", "--zone", "example.com", "--yes", "-c", other)
	has(t.T, stderr, fmt.Sprintf(`zone example.com.: freed from .*pid %d, run 20`, r.cmd.Process.Pid))
	s.stopsThere(t.T, r, goOn, "the lock on the zone was lost: it was freed by hand")
	command(t.T, exitDone, "apply", "--yes", "-c", other)
}

// Who loses the connection that his lock is checked over sends nothing more, and
// the lock is free all the same.
func lostInDatabase(t *databaseTest) {
	s := t.service
	r, goOn := s.stuck(t.T)
	postgrestest.Exec(t.T, s.history, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%zoneloom_locks%' AND datname = current_database() AND pid <> pg_backend_pid()")
	s.stopsThere(t.T, r, goOn, "nothing more is sent, as the zone's lock can't be checked: the database lost at ")
	command(t.T, exitDone, "apply", "--yes", "-c", s.configure(t.T, "example.com", "b", 401))
}

// stopsThere lets the batch in flight go on, which must be the last one.
func (s *pairService) stopsThere(t *testing.T, r *running, goOn func(), why string) {
	t.Helper()
	goOn()
	if code := r.exit(); code != exitPartly {
		t.Errorf("exit code %d, want %d", code, exitPartly)
	}
	has(t, r.stderr.String(), why, "400 made, 1 not made")
	for _, order := range s.orders() {
		if order != "aa" {
			t.Errorf("the batches came as %s", order)
		}
	}
}

// Runs are taken back, and that is too, from folders that share nothing but the
// database.
func undoInDatabase(t *databaseTest) {
	s := t.service
	configure := func(records string) string {
		file := filepath.Join(t.TempDir(), "zoneloom.yaml")
		text := fmt.Sprintf("history: %q\nproviders:\n  cf: {type: cloudflare, token: %s, url: %q}\nzones:\n  example.com:\n    provider: cf\n    records:\n%s",
			s.history, sandbox.DefaultToken, s.server.URL+sandbox.BasePath, records)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	one := configure("      www: {type: A, value: 192.0.2.1}\n      old: {type: TXT, value: gone, comment: keep me}\n")
	two := configure("      www: {type: A, value: 192.0.2.2, comment: two}\n      new: {type: TXT, value: here}\n")
	run := func(args ...string) string {
		t.Helper()
		_, stderr := command(t.T, exitDone, args...)
		m := regexp.MustCompile(`(?m)^run (20\S+): zoneloom undo`).FindStringSubmatch(stderr)
		if m == nil {
			t.Fatalf("no run is named:\n%s", stderr)
		}
		return m[1]
	}
	is := func(file string) {
		t.Helper()
		command(t.T, exitDone, "plan", "--detailed-exitcode", "-c", file)
	}
	first := run("apply", "--yes", "-c", one)
	second := run("apply", "--yes", "-c", two)
	stdout, _ := command(t.T, exitDone, "history", "-c", one)
	has(t.T, stdout, `(?s)^RUN .*\n`+second+` .* \+1 ~1 -1 +example\.com +complete\n`+first+` .* \+2 ~0 -0 +example\.com +complete\n$`)
	back := run("undo", second, "--yes", "-c", one)
	is(one)
	stdout, _ = command(t.T, exitDone, "history", second, "-c", one)
	has(t.T, stdout, "^Run "+second+": complete, undone by "+back)
	run("undo", back, "--yes", "-c", one)
	is(two)
	stdout, _ = command(t.T, exitDone, "history", second, "-c", one)
	has(t.T, stdout, "^Run "+second+": complete\n")
	run("undo", "--yes", "-c", one) // the last one that isn't undone
	is(one)
}

// Whenever a process is killed, what the database tells of its run is true, and
// undo brings back what was: here within a moment after a batch arrives.
func crashInDatabase(t *databaseTest) {
	const names, points = 801, 3
	s := t.service
	file := s.configure(t.T, "example.com", "a", names)
	seed := rand.Uint64()
	t.Logf("the seed is %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	stopped := 0
	for range points {
		batch, pause := random.Int32N(names/200), time.Duration(random.Int64N(int64(3*s.delay)))
		s.killAt(t.T, batch, pause, "apply", "--yes", "-q", "-c", file)
		run, live := s.newestRun(t.T), s.live(t.T)
		if run.Outcome() == journal.Stopped {
			stopped++
		}
		for i, c := range run.Plan.Plan.Zones[0].Changes {
			if f := run.Zones[0].Fates[i]; f == journal.Made && !live[c.Name] || f == journal.NotMade && live[c.Name] {
				t.Errorf("%s after batch %d run %s calls the creation of %s %s", pause, batch, run.ID, c.Name, f)
			}
		}
		command(t.T, exitDone, "unlock", "--zone", "example.com", "--yes", "-c", file)
		command(t.T, exitDone, "undo", run.ID, "--yes", "-c", file,
			"--allow", "example.com:delete-many", "--allow", "example.com:change-many", "--allow", "example.com:wipe")
		if live := s.live(t.T); len(live) != 0 {
			t.Errorf("%s after batch %d and undo %d names are there", pause, batch, len(live))
		}
	}
	if stopped == 0 {
		t.Errorf("none of %d kills stopped a run", points)
	}
}

// killAt runs the command in a process and kills it some time after the batch of
// that number arrives. It returns once no batch is being made any more.
func (s *pairService) killAt(t *testing.T, batch int32, pause time.Duration, args ...string) {
	t.Helper()
	var n atomic.Int32
	kill := make(chan struct{})
	s.onArrival(func(string) {
		if n.Add(1) == batch+1 {
			close(kill)
		}
	})
	r := start(t, args...)
	<-kill
	time.Sleep(pause)
	r.signal(syscall.SIGKILL)
	_ = r.exit()
	for quiet := 0; quiet < 5; time.Sleep(10 * time.Millisecond) {
		if quiet++; s.busy() {
			quiet = 0
		}
	}
	s.onArrival(nil)
}

// busy reports whether a batch is being made.
func (s *pairService) busy() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, n := range s.inside {
		if n > 0 {
			return true
		}
	}
	return false
}

// newestRun reads the run that was begun last, once the server has noticed that
// its process is gone.
func (s *pairService) newestRun(t *testing.T) *journal.Run {
	t.Helper()
	config, err := postgres.Parse(s.history, true)
	if err != nil {
		t.Fatal(err)
	}
	store, err := postgres.Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	h := &journal.History{Store: store}
	defer func() { _ = h.Close() }()
	for limit := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		runs, err := h.List(t.Context())
		switch {
		case err != nil:
			t.Fatal(err)
		case len(runs) == 0:
			t.Fatal("no run is on record")
		case runs[0].Live && time.Now().Before(limit):
			continue
		case runs[0].Live:
			t.Fatal("a process that was killed counts as alive")
		}
		run, err := h.Read(t.Context(), runs[0].ID)
		if err != nil {
			t.Fatal(err)
		}
		return run
	}
}

// live returns the names that example.com has.
func (s *pairService) live(t *testing.T) map[state.Name]bool {
	t.Helper()
	stdout, _ := command(t, exitDone, "export", "example.com", "-c", s.configure(t, "example.com", "a", 1))
	names := map[state.Name]bool{}
	for _, m := range regexp.MustCompile(`(?m)^(a\d+)\s`).FindAllStringSubmatch(stdout, -1) {
		names[state.Name(m[1]+".example.com.")] = true
	}
	return names
}
