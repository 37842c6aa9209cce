package daemon

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/miekg/dns"
)

// A Zone is what a server starts with.
type Zone struct {
	Name   string // "example.com."
	Text   string // a master file; Empty(Name) where ""
	Signed bool   // the server signs it by itself
	Inline bool   // BIND signs a copy of it, a little later
	// Frozen are names that BIND lets no update change: "held.example.com.".
	Frozen []string
	// Types are those of the records that Knot takes in updates; nil: all.
	Types []string
}

// A Key signs transactions (RFC 8945).
type Key struct{ Name, Algorithm, Secret string }

// Server is a daemon that runs until its test ends.
type Server struct {
	Addr string // host and port for DNS over UDP and TCP
	TLS  string // host and port for DNS over TLS; "" where the server has none
	CA   string // file with the certificate of TLS, whose name is ServerName
	Key  Key    // may transfer and update every zone
	Dir  string // its folder

	tb    testing.TB
	name  string
	ready func(*Server) error // nil once it answers
	spec  func(*Server) []string

	mu   sync.Mutex
	cmd  *exec.Cmd
	done chan struct{} // closed when the process is gone
}

// Keys returns Key and keys of other algorithms that may do the same.
func (s *Server) Keys() []Key {
	keys := []Key{s.Key}
	for _, algorithm := range []string{dns.HmacSHA1, dns.HmacSHA512} {
		keys = append(keys, Key{Name: strings.TrimSuffix(algorithm, ".") + "." + s.Key.Name, Algorithm: algorithm, Secret: s.Key.Secret})
	}
	return keys
}

// ServerName is what a server's certificate is for.
const ServerName = "dns.example"

// patience bounds how long a daemon may take to answer at first.
const patience = 60 * time.Second

// attempts bounds how often a daemon is started when something else has taken
// its ports.
const attempts = 5

// newServer starts a daemon. configure writes its files for the addresses of the
// Server and returns the command line; ready tells when it serves.
func newServer(tb testing.TB, name string, configure func(*Server) []string, ready func(*Server) error) *Server {
	tb.Helper()
	s := &Server{
		tb: tb, name: name, ready: ready, spec: configure, Dir: tempDir(tb),
		Key: Key{Name: "zoneloom.", Algorithm: dns.HmacSHA256, Secret: "c2VjcmV0IG9mIHRoZSB0ZXN0cyBvZiB6b25lbG9vbSE="},
	}
	tb.Cleanup(s.Kill)
	var err error
	for range attempts {
		s.Addr = freeAddr(tb)
		if err = s.start(); err == nil {
			return s
		}
		s.Kill()
		if !strings.Contains(strings.ToLower(s.Log()), "in use") {
			break
		}
	}
	tb.Fatalf("%s did not start: %v\n%s", name, err, s.Log())
	return nil
}

// tempDir returns a folder whose path is short enough for a socket in it.
func tempDir(tb testing.TB) string {
	tb.Helper()
	dir, err := makeShortDir()
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// makeShortDir makes a folder: the path of t.TempDir may be too long for a Unix
// socket.
func makeShortDir() (string, error) { return os.MkdirTemp("", "dns") }

// Start starts the server again, after Kill, with the files that it left.
func (s *Server) Start() {
	s.tb.Helper()
	if err := s.start(); err != nil {
		s.tb.Fatalf("%s did not start again: %v\n%s", s.name, err, s.Log())
	}
}

func (s *Server) start() error {
	args := s.spec(s)
	s.mu.Lock()
	defer s.mu.Unlock()
	log, err := os.OpenFile(s.Path("log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }()
	cmd := exec.CommandContext(s.tb.Context(), args[0], args[1:]...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = s.Dir, log, log
	if err := cmd.Start(); err != nil {
		return err
	}
	s.cmd, s.done = cmd, make(chan struct{})
	go func(done chan struct{}) {
		_ = cmd.Wait() // how it ended is in its log
		close(done)
	}(s.done)
	return s.await(s.done)
}

// await polls until the server is ready or gone.
func (s *Server) await(done <-chan struct{}) error {
	limit := time.After(patience)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		err := s.ready(s)
		if err == nil {
			return nil
		}
		select {
		case <-done:
			return errors.New("it ended by itself")
		case <-limit:
			return fmt.Errorf("it does not answer: %w", err)
		case <-tick.C:
		}
	}
}

// Kill ends the server at once, as kill -9 does, and waits until it is gone.
func (s *Server) Kill() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cmd == nil {
		return
	}
	_ = s.cmd.Process.Kill()
	<-s.done
	s.cmd = nil
}

// Log returns what the server has printed.
func (s *Server) Log() string {
	b, _ := os.ReadFile(s.Path("log"))
	const most = 8000
	if len(b) > most {
		b = b[len(b)-most:]
	}
	return string(b)
}

// Path returns the path of one of the server's files.
func (s *Server) Path(name string) string { return filepath.Join(s.Dir, name) }

// PeakMemory returns the most memory that the server has used, in bytes, where
// the system tells.
func (s *Server) PeakMemory() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cmd == nil {
		return 0
	}
	status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	_, rest, _ := bytes.Cut(status, []byte("VmHWM:"))
	var kb int64
	_, _ = fmt.Fscan(bytes.NewReader(rest), &kb)
	return kb << 10
}

// write makes one of the server's files.
func (s *Server) write(name, text string) {
	s.tb.Helper()
	if err := os.WriteFile(s.Path(name), []byte(text), 0o600); err != nil {
		s.tb.Fatal(err)
	}
}

// writeOnce is write, unless the file is there already: a server that starts
// again keeps its zones.
func (s *Server) writeOnce(name, text string) {
	s.tb.Helper()
	if _, err := os.Stat(s.Path(name)); err != nil {
		s.write(name, text)
	}
}

// copyFile puts a program into the server's folder, where no AppArmor profile
// for its usual path confines it.
func (s *Server) copyFile(from, name string) string {
	s.tb.Helper()
	if _, err := os.Stat(s.Path(name)); err == nil {
		return s.Path(name)
	}
	in, err := os.Open(from)
	if err != nil {
		s.tb.Fatal(err)
	}
	defer func() { _ = in.Close() }()
	out, err := os.OpenFile(s.Path(name), os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o700)
	if err != nil {
		s.tb.Fatal(err)
	}
	_, err = io.Copy(out, in)
	if cerr := out.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		s.tb.Fatal(err)
	}
	return s.Path(name)
}

// Run runs a program of the Debian package pkg to its end, with input on its
// standard input, and returns what it printed. It fails the test where the program isn't installed or fails.
func Run(tb testing.TB, pkg, input, program string, args ...string) string {
	tb.Helper()
	cmd := exec.CommandContext(tb.Context(), Program(tb, pkg, program), args...)
	cmd.Stdin = strings.NewReader(input)
	out, err := cmd.CombinedOutput()
	if err != nil {
		tb.Fatalf("%s %s: %v\n%s", program, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// Program returns the path of a program, and fails the test where it isn't
// installed; pkg is the Debian package that has it.
func Program(tb testing.TB, pkg, program string) string {
	tb.Helper()
	for _, dir := range append(filepath.SplitList(os.Getenv("PATH")), "/usr/sbin", "/usr/local/sbin", "/sbin") {
		path := filepath.Join(dir, program)
		if info, err := os.Stat(path); err == nil && !info.IsDir() {
			return path
		}
	}
	tb.Fatalf("this test needs the program %s: install it with apt-get install %s", program, pkg)
	return ""
}

// freeAddr returns a loopback address whose port is free for UDP and TCP.
func freeAddr(tb testing.TB) string {
	tb.Helper()
	for range 100 {
		var listener net.ListenConfig
		tcp, err := listener.Listen(tb.Context(), "tcp", "127.0.0.1:0")
		if err != nil {
			tb.Fatal(err)
		}
		addr := tcp.Addr().String()
		udp, err := listener.ListenPacket(tb.Context(), "udp", addr)
		_ = tcp.Close()
		if err == nil {
			_ = udp.Close()
			return addr
		}
	}
	tb.Fatal("no port of the loopback interface is free for both UDP and TCP")
	return ""
}

func port(addr string) string {
	_, port, _ := net.SplitHostPort(addr)
	return port
}

// serves returns a check that the server answers for all zones.
func serves(zones []Zone) func(*Server) error {
	return func(s *Server) error {
		for _, z := range zones {
			m := new(dns.Msg).SetQuestion(z.Name, dns.TypeSOA)
			c := dns.Client{Net: "tcp", Timeout: time.Second}
			r, _, err := c.Exchange(m, s.Addr)
			if err != nil {
				return err
			}
			if r.Rcode != dns.RcodeSuccess || !r.Authoritative || len(r.Answer) == 0 {
				return fmt.Errorf("%s: %s", z.Name, dns.RcodeToString[r.Rcode])
			}
		}
		return nil
	}
}

// Empty returns the master file of a zone with an SOA and two NS records.
func Empty(zone string) string {
	return fmt.Sprintf("$ORIGIN %s\n$TTL 3600\n@ SOA ns1.example.net. hostmaster.example.net. 1 7200 3600 1209600 300\n"+
		"@ NS ns1.example.net.\n@ NS ns2.example.net.\n", zone)
}

// file returns the zone's master file.
func (z Zone) file() string {
	if z.Text == "" {
		return Empty(z.Name)
	}
	return z.Text
}
