//go:build unix

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/zoneloom/zoneloom/provider/cloudflare/sandbox"
)

// pairService is a sandbox that takes a little time for each batch, of at most 200
// operations, and notes whose it is: the first letter of the names in it.
type pairService struct {
	sandbox *sandbox.Server
	server  *httptest.Server
	delay   time.Duration
	history string            // of the configurations; may be empty
	arrived func(zone string) // ahead of each batch; may be nil

	mu     sync.Mutex
	order  map[string]string // by the zone's id, one letter for each batch
	inside map[string]int
	most   int // batches of one zone at once
}

func newPairService(t *testing.T, zones ...string) *pairService {
	t.Helper()
	s := &pairService{delay: 10 * time.Millisecond, order: map[string]string{}, inside: map[string]int{}}
	var err error
	if s.sandbox, err = sandbox.New(sandbox.Options{Plan: "free", Quota: 1000}); err != nil {
		t.Fatal(err)
	}
	for _, zone := range zones {
		if _, err := s.sandbox.Seed(zone, strings.NewReader("")); err != nil {
			t.Fatal(err)
		}
	}
	s.server = httptest.NewServer(s)
	t.Cleanup(func() { s.server.Close(); s.sandbox.Close() })
	return s
}

var (
	batchPath = regexp.MustCompile(`/zones/([0-9a-f]+)/dns_records/batch$`)
	firstName = regexp.MustCompile(`"name":\s*"([a-z])`)
)

// ServeHTTP notes whose batch it is, and answers.
func (s *pairService) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m := batchPath.FindStringSubmatch(r.URL.Path)
	if m == nil {
		s.sandbox.ServeHTTP(w, r)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	s.mu.Lock()
	arrived := s.arrived
	s.mu.Unlock()
	if arrived != nil {
		arrived(m[1])
	}
	letter := "?"
	if first := firstName.FindSubmatch(body); first != nil {
		letter = string(first[1])
	}
	s.mu.Lock()
	s.order[m[1]] += letter
	s.inside[m[1]]++
	s.most = max(s.most, s.inside[m[1]])
	s.mu.Unlock()
	time.Sleep(s.delay)
	s.sandbox.ServeHTTP(w, r)
	s.mu.Lock()
	s.inside[m[1]]--
	s.mu.Unlock()
}

// onArrival has do called ahead of each batch from now on.
func (s *pairService) onArrival(do func(zone string)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.arrived = do
}

// orders returns whose batches came to each zone so far, in order.
func (s *pairService) orders() map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.order)
}

// configure writes a configuration that wants so many names that begin with letter
// in a zone, 200 in a batch, and says nothing of what else is there.
func (s *pairService) configure(t *testing.T, zone, letter string, names int) string {
	t.Helper()
	var b strings.Builder
	if s.history != "" {
		fmt.Fprintf(&b, "history: %q\n", s.history)
	}
	fmt.Fprintf(&b, "providers:\n  cf: {type: cloudflare, token: %s, url: %q}\n", sandbox.DefaultToken, s.server.URL+sandbox.BasePath)
	fmt.Fprintf(&b, "zones:\n  %s:\n    provider: cf\n    prune: false\n    records:\n", zone)
	for i := range names {
		fmt.Fprintf(&b, "      %s%d: {type: A, value: 192.0.2.1}\n", letter, i)
	}
	file := filepath.Join(t.TempDir(), "zoneloom.yaml")
	if err := os.WriteFile(file, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// pair applies two configurations of a zone at once, in processes of their own.
func (s *pairService) pair(t *testing.T, zone string, env [2]string) {
	t.Helper()
	var runs [2]*running
	for i, letter := range []string{"a", "b"} {
		runs[i] = startWith(t, env[i], "apply", "--yes", "--lock-timeout", "1m", "-c", s.configure(t, zone, letter, 201))
	}
	for _, r := range runs {
		if code := r.exit(); code != exitDone {
			t.Errorf("%s: exit code %d:\n%s", zone, code, r.stderr.String())
		}
	}
}

// interleaved reports whether the batches of one run don't form one block.
func interleaved(order string) bool {
	return !regexp.MustCompile(`^(a+b+|b+a+)$`).MatchString(order)
}

// TestPairsNeverInterleave: of two runs that write one zone at the same time, one
// waits for the other. That they do mix where they don't share their locks shows
// that they would otherwise.
func TestPairsNeverInterleave(t *testing.T) {
	if plainly(t) {
		return
	}
	const pairs = 50
	zones := make([]string, pairs)
	for i := range zones {
		zones[i] = fmt.Sprintf("pair%d.example", i)
	}
	t.Run("with a lock", func(t *testing.T) {
		s := newPairService(t, zones...)
		state := "XDG_STATE_HOME=" + t.TempDir()
		var g errgroup.Group
		g.SetLimit(4)
		for _, zone := range zones {
			g.Go(func() error { s.pair(t, zone, [2]string{state, state}); return nil })
		}
		_ = g.Wait() // it has none to return
		if len(s.orders()) != pairs {
			t.Errorf("%d zones were written", len(s.orders()))
		}
		for _, order := range s.orders() {
			if interleaved(order) || len(order) != 4 {
				t.Errorf("the batches came as %s", order)
			}
		}
		if s.most != 1 {
			t.Errorf("%d batches of one zone at once", s.most)
		}
	})
	t.Run("without", func(t *testing.T) {
		s := newPairService(t, zones...)
		s.delay = 200 * time.Millisecond
		for _, zone := range zones[:5] {
			s.pair(t, zone, [2]string{"XDG_STATE_HOME=" + t.TempDir(), "XDG_STATE_HOME=" + t.TempDir()})
			for _, order := range s.orders() {
				if interleaved(order) {
					return
				}
			}
		}
		t.Errorf("they never mixed: %v", s.orders())
	})
}

// stuck starts an apply whose second batch hangs until the test ends, and returns
// it once it is there.
func stuck(t *testing.T) (s *pairService, r *running, goOn func()) {
	t.Helper()
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	s = newPairService(t, "example.com")
	r, goOn = s.stuck(t)
	return s, r, goOn
}

func (s *pairService) stuck(t *testing.T) (r *running, goOn func()) {
	t.Helper()
	hangs, release := make(chan struct{}), make(chan struct{})
	var n atomic.Int32
	s.onArrival(func(string) {
		if n.Add(1) == 2 {
			close(hangs)
			<-release
		}
	})
	var once sync.Once
	goOn = func() { once.Do(func() { close(release) }) }
	t.Cleanup(goOn)
	r = start(t, "apply", "--yes", "-c", s.configure(t, "example.com", "a", 401))
	select {
	case <-hangs:
	case <-time.After(20 * time.Second):
		goOn()
		t.Fatalf("no second batch came; exit code %d:\n%s", r.exit(), r.stderr.String())
	}
	return r, goOn
}

// command runs the command to its end and returns what it wrote.
func command(t *testing.T, code int, args ...string) (stdout, stderr string) {
	t.Helper()
	r := start(t, args...)
	if got := r.exit(); got != code {
		t.Fatalf("zoneloom %s: exit code %d, want %d:\n%s", strings.Join(args, " "), got, code, r.stderr.String())
	}
	return r.stdout.String(), r.stderr.String()
}

func has(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !regexp.MustCompile(part).MatchString(text) {
			t.Errorf("%q lacks %q", text, part)
		}
	}
}

// A run that holds a lock is named, and one that was killed holds none.
func TestKilledHolderFreesItsLock(t *testing.T) {
	s, r, goOn := stuck(t)
	other := s.configure(t, "example.com", "b", 401)
	pid := fmt.Sprintf("pid %d", r.cmd.Process.Pid)
	_, stderr := command(t, exitRefused, "apply", "--yes", "-c", other)
	has(t, stderr, "refused: zone example.com.: cloudflare:[0-9a-f]{32}: .* is writing it", pid, `since \d{4}-`, "--lock-timeout", "zoneloom unlock", "Nothing was written")
	stdout, _ := command(t, exitDone, "unlock", "--list", "-c", other)
	has(t, stdout, `(?m)^example\.com\. +cloudflare:[0-9a-f]{32} .* `+strings.TrimPrefix(pid, "pid ")+` .* yes$`)
	r.signal(syscall.SIGKILL)
	_ = r.exit()
	stdout, _ = command(t, exitDone, "unlock", "--list", "-c", other)
	has(t, stdout, `(?m)^example\.com\. .* no$`)
	goOn()
	command(t, exitDone, "apply", "--yes", "-c", other)
	stdout, stderr = command(t, exitDone, "unlock", "--list", "-c", other)
	if stdout != "" {
		t.Errorf("locks are left: %s", stdout)
	}
	has(t, stderr, "no lock is held")
}

// Who loses his lock to unlock sends nothing after the request in flight.
func TestUnlockStopsTheHolder(t *testing.T) {
	s, r, goOn := stuck(t)
	other := s.configure(t, "example.com", "b", 401)
	stdout, stderr := command(t, exitDone, "unlock", "--zone", "example.*", "--yes", "--format", "json", "-c", other)
	has(t, stderr, `zone example.com.: freed from .*pid \d+`)
	var lines []lockLine
	if err := json.Unmarshal([]byte(stdout), &lines); err != nil || len(lines) != 1 || !lines[0].Freed || !lines[0].Alive || lines[0].PID != r.cmd.Process.Pid {
		t.Errorf("unlock wrote %s: %v", stdout, err)
	}
	goOn()
	if code := r.exit(); code != exitPartly {
		t.Errorf("exit code %d, want %d", code, exitPartly)
	}
	has(t, r.stderr.String(), "the lock on the zone was lost: it was freed by hand", "400 made, 1 not made")
	if len(s.orders()) != 1 {
		t.Errorf("the batches came as %v", s.orders())
	}
	for _, order := range s.orders() {
		if order != "aa" {
			t.Errorf("the batches came as %s", order)
		}
	}
	command(t, exitDone, "apply", "--yes", "-c", other)
}

// A lock that another run lets go of in time is worth waiting for.
func TestLockTimeoutWaits(t *testing.T) {
	s, r, goOn := stuck(t)
	waiting := start(t, "apply", "--yes", "--lock-timeout", "1m", "-c", s.configure(t, "example.com", "b", 401))
	waiting.until("waiting: zone example.com.: ")
	goOn()
	if a, b := r.exit(), waiting.exit(); a != exitDone || b != exitDone {
		t.Errorf("exit codes %d and %d:\n%s\n%s", a, b, r.stderr.String(), waiting.stderr.String())
	}
	for _, order := range s.orders() {
		if order != "aaabbb" {
			t.Errorf("the batches came as %s", order)
		}
	}
}

// A batch that the service put off isn't sent when its time comes, if by then the
// lock is gone or the run was asked to stop.
func TestPutOffAndThenStopped(t *testing.T) {
	for name, stop := range map[string]func(t *testing.T, r *running, file string){
		"the lock on the zone was lost: it was freed by hand": func(t *testing.T, _ *running, file string) {
			t.Helper()
			command(t, exitDone, "unlock", "--zone", "example.com", "--yes", "-c", file)
		},
		"stopped as asked": func(_ *testing.T, r *running, _ string) { r.signal(os.Interrupt) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("XDG_STATE_HOME", t.TempDir())
			s := newPairService(t, "example.com")
			came := make(chan struct{}, 1)
			var puttingOff atomic.Bool
			puttingOff.Store(true)
			s.server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if !isBatch(r) || !puttingOff.Swap(false) {
					s.ServeHTTP(w, r)
					return
				}
				w.Header().Set("Retry-After", "2")
				http.Error(w, "{}", http.StatusTooManyRequests)
				came <- struct{}{}
			})
			file := s.configure(t, "example.com", "a", 5)
			r := start(t, "apply", "--yes", "-c", file)
			<-came
			stop(t, r, file)
			if code := r.exit(); code != exitError {
				t.Errorf("exit code %d, want %d", code, exitError)
			}
			has(t, r.stderr.String(), "not sent again: "+name, "0 changes? made, 5 not made, 0 unknown")
			if len(s.orders()) != 0 {
				t.Errorf("it was sent all the same: %v", s.orders())
			}
		})
	}
}
