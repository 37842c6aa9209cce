//go:build unix

package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/zoneloom/zoneloom/provider/cloudflare/sandbox"
)

// running is the command in a process of its own.
type running struct {
	t      *testing.T
	cmd    *exec.Cmd
	lines  *bufio.Scanner // of standard error
	stderr strings.Builder
	stdout strings.Builder
}

func start(t *testing.T, args ...string) *running {
	t.Helper()
	// A test whose children are to share their locks sets XDG_STATE_HOME itself.
	state, ok := os.LookupEnv("XDG_STATE_HOME")
	if !ok {
		state = t.TempDir()
	}
	return startWith(t, "XDG_STATE_HOME="+state, args...)
}

// startWith does as start, with one more variable in the environment.
func startWith(t *testing.T, env string, args ...string) *running {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	r := &running{t: t, cmd: exec.CommandContext(t.Context(), self, args...)}
	r.cmd.Env = append(os.Environ(), env, asCommand+"=1", "GORACE="+raceOptions, "GITHUB_BASE_REF=") // which CI may have set
	r.cmd.Stdout = &r.stdout
	pipe, err := r.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	r.lines = bufio.NewScanner(pipe)
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return r
}

// until reads standard error up to a line that begins with prefix.
func (r *running) until(prefix string) string {
	r.t.Helper()
	for r.lines.Scan() {
		r.stderr.WriteString(r.lines.Text() + "\n")
		if strings.HasPrefix(r.lines.Text(), prefix) {
			return r.lines.Text()
		}
	}
	r.t.Fatalf("it ended without a line %q:\n%s", prefix, r.stderr.String())
	return ""
}

func (r *running) signal(s os.Signal) {
	r.t.Helper()
	if err := r.cmd.Process.Signal(s); err != nil {
		r.t.Fatal(err)
	}
}

// exit reads the rest of standard error and returns the exit code.
func (r *running) exit() int {
	r.t.Helper()
	for r.lines.Scan() {
		r.stderr.WriteString(r.lines.Text() + "\n")
	}
	err := r.cmd.Wait()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return exit.ExitCode()
	}
	if err != nil {
		r.t.Fatal(err)
	}
	return 0
}

// gate is a sandbox that holds back the requests that hold picks.
type gate struct {
	*sandbox.Server
	hold    func(*http.Request) bool
	held    chan struct{} // one for each request that is held
	release chan struct{} // closed to let them through
	gone    chan struct{} // one for each whose client went away
	url     string
}

// newGate has the zone example.com on the free plan, whose batches hold 200 operations.
func newGate(t *testing.T, hold func(*http.Request) bool) *gate {
	t.Helper()
	s, err := sandbox.New(sandbox.Options{Plan: "free", Quota: 1000})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Seed("example.com", strings.NewReader("")); err != nil {
		t.Fatal(err)
	}
	g := &gate{Server: s, hold: hold, held: make(chan struct{}, 100), release: make(chan struct{}), gone: make(chan struct{}, 100)}
	server := httptest.NewServer(g)
	t.Cleanup(server.Close)
	g.url = server.URL + sandbox.BasePath
	return g
}

// ServeHTTP answers, perhaps once the gate opens.
func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if g.hold(r) {
		body, err := io.ReadAll(r.Body) // or the server won't notice that the client goes
		if err != nil {
			return
		}
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		g.held <- struct{}{}
		select {
		case <-g.release:
		case <-r.Context().Done():
			g.gone <- struct{}{}
			return
		}
	}
	g.Server.ServeHTTP(w, r)
}

// config writes a configuration with 250 records, which need two batches.
func (g *gate) config(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "providers:\n  cloudflare: {type: cloudflare, token: %s, url: %q}\n", sandbox.DefaultToken, g.url)
	b.WriteString("zones:\n  example.com:\n    provider: cloudflare\n    records:\n")
	for i := range 250 {
		fmt.Fprintf(&b, "      h%03d: {type: A, value: 192.0.2.1}\n", i)
	}
	file := filepath.Join(t.TempDir(), "zoneloom.yaml")
	if err := os.WriteFile(file, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func isBatch(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/batch") }

func isRead(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/dns_records") }

func (g *gate) batches() int {
	return g.Counts()["POST /zones/{zone_id}/dns_records/batch"]
}

// The first signal lets the batch in flight finish; the next one isn't sent.
func TestFirstSignalFinishesWhatIsInFlight(t *testing.T) {
	for _, s := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		t.Run(s.String(), func(t *testing.T) {
			g := newGate(t, isBatch)
			r := start(t, "apply", "--yes", "-c", g.config(t))
			<-g.held
			r.signal(s)
			r.until("stopping: ")
			close(g.release)
			if code := r.exit(); code != exitPartly {
				t.Errorf("exit code %d, want %d", code, exitPartly)
			}
			if n := g.batches(); n != 1 {
				t.Errorf("%d batches were sent, want 1", n)
			}
			for _, want := range []string{
				"zone example.com.: 200 changes made, 50 not made, 0 unknown\n",
				"Applied in part: 200 made, 50 not made, 0 unknown\n",
				"stopped as asked",
			} {
				if !strings.Contains(r.stderr.String(), want) {
					t.Errorf("standard error has no %q:\n%s", want, r.stderr.String())
				}
			}
		})
	}
}

// The second signal doesn't wait for the batch in flight, and the report says
// that nobody knows what became of it.
func TestSecondSignalAborts(t *testing.T) {
	g := newGate(t, isBatch)
	r := start(t, "apply", "--yes", "-c", g.config(t))
	<-g.held
	r.signal(os.Interrupt)
	r.until("stopping: ")
	r.signal(os.Interrupt)
	if code := r.exit(); code != exitPartly {
		t.Errorf("exit code %d, want %d", code, exitPartly)
	}
	if want := "zone example.com.: 0 changes made, 50 not made, 200 unknown\n"; !strings.Contains(r.stderr.String(), want) {
		t.Errorf("standard error has no %q:\n%s", want, r.stderr.String())
	}
}

// An apply that was killed between two batches is finished by the next one.
func TestKilledApplyConverges(t *testing.T) {
	var batches atomic.Int64
	g := newGate(t, func(r *http.Request) bool { return isBatch(r) && batches.Add(1) == 2 })
	file := g.config(t)
	r := start(t, "apply", "--yes", "-c", file)
	<-g.held
	r.signal(os.Kill)
	r.exit()
	<-g.gone
	if code := start(t, "apply", "--yes", "-c", file).exit(); code != exitDone {
		t.Errorf("the second apply: exit code %d, want %d", code, exitDone)
	}
	if code := start(t, "plan", "--detailed-exitcode", "-c", file).exit(); code != exitDone {
		t.Errorf("the plan after it: exit code %d, want %d", code, exitDone)
	}
}

// While zones are read nothing is in flight that should finish.
func TestSignalWhileReading(t *testing.T) {
	for _, args := range [][]string{{"apply", "--yes"}, {"plan"}} {
		t.Run(args[0], func(t *testing.T) {
			g := newGate(t, isRead)
			r := start(t, append(args, "-c", g.config(t))...)
			<-g.held
			r.signal(os.Interrupt)
			if code := r.exit(); code != exitError {
				t.Errorf("exit code %d, want %d:\n%s", code, exitError, r.stderr.String())
			}
			if n := g.batches(); n != 0 {
				t.Errorf("%d batches were sent, want none", n)
			}
			if r.stdout.String() != "" {
				t.Errorf("standard output has a plan from a read that was cut off:\n%s", r.stdout.String())
			}
		})
	}
}

// The sandbox says where it listens, serves, keeps what it is told, and ends
// when it is asked to.
func TestSandboxCommand(t *testing.T) {
	dir := t.TempDir()
	data := filepath.Join(dir, "sandbox.log")
	seed := filepath.Join(dir, "seed.jsonl")
	line := `{"name": "www.example.com", "type": "A", "content": "192.0.2.1", "ttl": 300}`
	if err := os.WriteFile(seed, []byte(line+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	srv := filepath.Join(dir, "srv.jsonl")
	line = `{"type": "SRV", "ttl": 300, "data": {"service": "_sip", "proto": "_tcp", "name": "example.net", "priority": 1, "weight": 1, "port": 5060, "target": "sip.example.net"}, "name": "_sip._tcp.example.net"}`
	if err := os.WriteFile(srv, []byte(line+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	get := func(path, token string, args ...string) (int, string) {
		t.Helper()
		r := start(t, append([]string{"sandbox", "--listen", "127.0.0.1:0", "--data", data}, args...)...)
		rest := strings.TrimPrefix(r.until("sandbox: use url: "), "sandbox: use url: ")
		url, _, _ := strings.Cut(rest, " ")
		q, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		q.Header.Set("Authorization", "Bearer "+token)
		answer, err := http.DefaultClient.Do(q)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		body, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		r.signal(syscall.SIGTERM)
		if code := r.exit(); code != exitDone {
			t.Errorf("exit code %d, want %d:\n%s", code, exitDone, r.stderr.String())
		}
		if r.stdout.String() != url+"\n" {
			t.Errorf("standard output is %q, want the url %s", r.stdout.String(), url)
		}
		return answer.StatusCode, string(body)
	}
	tests := []struct {
		name, path, token string
		args              []string
		status            int
		want              string
	}{
		{"seeded", "/zones", sandbox.DefaultToken, []string{"--seed", "example.com=" + seed}, 200, `"name":"example.com"`},
		{"kept", "/zones?name=example.com", sandbox.DefaultToken, nil, 200, `"name":"example.com"`},
		{"a token that may read zones", "/zones", reader, []string{"--token", reader + "=zone:read"}, 200, `"name":"example.com"`},
		{"a token for other zones", "/zones", reader, []string{"--token", reader + "=zone:read@example.net"}, 200, `"result":[]`},
		{"SRV as it was", "/zones?name=example.net", sandbox.DefaultToken, []string{"--legacy-srv", "--seed", "example.net=" + srv}, 200, `"name":"example.net"`},
		{"a fault", "/zones", sandbox.DefaultToken, []string{"--fault", "503,path=/zones"}, 503, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			status, body := get(tt.path, tt.token, tt.args...)
			if status != tt.status || !strings.Contains(body, tt.want) {
				t.Errorf("status %d, want %d and %s in\n%s", status, tt.status, tt.want, body)
			}
		})
	}
}
