//go:build unix

// Package postgrestest runs a PostgreSQL server for tests.
package postgrestest

import (
	"context"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Server is a server of its own, on a socket in a new folder.
type Server struct{ dir string }

// Start starts a server, which ends with the test. It won't run as root, so then
// it runs as somebody else.
func Start(t *testing.T) *Server {
	t.Helper()
	dir, err := makeShortDir()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	attr := &syscall.SysProcAttr{}
	if os.Getuid() == 0 {
		attr.Credential = nobody(t)
		if err := os.Chown(dir, int(attr.Credential.Uid), int(attr.Credential.Gid)); err != nil {
			t.Fatal(err)
		}
	}
	data := filepath.Join(dir, "data")
	command := func(name string, args ...string) *exec.Cmd {
		c := exec.CommandContext(context.Background(), program(t, name), args...) // it is stopped below
		c.Dir, c.SysProcAttr, c.Env = dir, attr, []string{"LC_ALL=C", "PATH=" + os.Getenv("PATH")}
		return c
	}
	if out, err := command("initdb", "-D", data, "-U", "zoneloom", "-A", "trust", "-E", "UTF8", "--no-sync").CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v\n%s", err, out)
	}
	var log strings.Builder
	c := command("postgres", "-D", data, "-k", dir, "-c", "listen_addresses=", "-c", "fsync=off")
	c.Stdout, c.Stderr = &log, &log
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.Process.Signal(syscall.SIGQUIT) // at once, its children too
		_ = c.Wait()
	})
	s := &Server{dir}
	for limit := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		conn, err := pgx.Connect(t.Context(), s.url("postgres"))
		if err == nil {
			_ = conn.Close(t.Context())
			return s
		}
		if time.Now().After(limit) {
			t.Fatalf("the server doesn't answer: %v\n%s", err, log.String())
		}
	}
}

// makeShortDir makes a folder: the path of t.TempDir may be too long for a socket.
func makeShortDir() (string, error) { return os.MkdirTemp("", "pg") }

func nobody(t *testing.T) *syscall.Credential {
	t.Helper()
	u, err := user.Lookup("nobody")
	if err != nil {
		t.Fatal(err)
	}
	uid, _ := strconv.Atoi(u.Uid)
	gid, _ := strconv.Atoi(u.Gid)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
}

// program returns the path of one of the server's programs, which Debian keeps
// out of PATH.
func program(t *testing.T, name string) string {
	t.Helper()
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/" + name)
	if len(found) == 0 {
		t.Fatalf("this test needs the program %s: install it with apt-get install postgresql", name)
	}
	return found[len(found)-1]
}

func (s *Server) url(database string) string {
	return "postgres://zoneloom@/" + database + "?host=" + url.QueryEscape(s.dir)
}

// Database makes an empty database and returns its URL.
func (s *Server) Database(t *testing.T, name string) string {
	t.Helper()
	Exec(t, s.url("postgres"), "CREATE DATABASE "+name)
	return s.url(name)
}

// Exec runs a statement in the database of a URL.
func Exec(t *testing.T, at, sql string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), at)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	if _, err := conn.Exec(t.Context(), sql); err != nil {
		t.Fatal(err)
	}
}
