//go:build unix

package postgres_test

import (
	"context"
	"errors"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/zoneloom/zoneloom/apply/journal"
	"github.com/zoneloom/zoneloom/apply/journal/journaltest"
	"github.com/zoneloom/zoneloom/apply/postgres"
)

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

// server starts a PostgreSQL server of its own on a socket in a new folder, which
// it returns. It won't run as root, so then it runs as somebody else.
func server(t *testing.T) string {
	t.Helper()
	dir, err := makeShortDir()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	attr := &syscall.SysProcAttr{}
	if os.Getuid() == 0 {
		u, err := user.Lookup("nobody")
		if err != nil {
			t.Fatal(err)
		}
		uid, _ := strconv.Atoi(u.Uid)
		gid, _ := strconv.Atoi(u.Gid)
		attr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		if err := os.Chown(dir, uid, gid); err != nil {
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
	for limit := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		conn, err := pgx.Connect(t.Context(), address(dir, "postgres"))
		if err == nil {
			_ = conn.Close(t.Context())
			return dir
		}
		if time.Now().After(limit) {
			t.Fatalf("the server doesn't answer: %v\n%s", err, log.String())
		}
	}
}

// makeShortDir makes a folder: the path of t.TempDir may be too long for a socket.
func makeShortDir() (string, error) { return os.MkdirTemp("", "pg") }

func address(dir, database string) string {
	return "postgres://zoneloom@/" + database + "?host=" + url.QueryEscape(dir)
}

// database makes an empty database and returns its URL.
func database(t *testing.T, dir, name string) string {
	t.Helper()
	exec1(t, address(dir, "postgres"), "CREATE DATABASE "+name)
	return address(dir, name)
}

func exec1(t *testing.T, at, sql string) {
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

func open(t *testing.T, at string) *postgres.Store {
	t.Helper()
	s, err := try(t, at)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func try(t *testing.T, at string) (*postgres.Store, error) {
	t.Helper()
	c, err := postgres.Parse(at, true)
	if err != nil {
		t.Fatal(err)
	}
	return postgres.Open(t.Context(), c)
}

func TestServer(t *testing.T) {
	dir := server(t)
	t.Run("behaves as every store", func(t *testing.T) {
		at := database(t, dir, "journal")
		journaltest.Run(t, func(t *testing.T) journal.Store { t.Helper(); return open(t, at) })
	})
	t.Run("many migrate at once", func(t *testing.T) {
		at := database(t, dir, "migrate")
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				s, err := try(t, at)
				if err != nil {
					t.Error(err)
					return
				}
				_ = s.Close()
			})
		}
		all.Wait()
	})
	t.Run("a newer schema is refused", func(t *testing.T) {
		at := database(t, dir, "newer")
		open(t, at)
		exec1(t, at, "INSERT INTO zoneloom_migrations (version) VALUES (99)")
		if _, err := try(t, at); err == nil || !strings.Contains(err.Error(), "schema is of version 99, and this zoneloom knows 1") {
			t.Errorf("Open = %v", err)
		}
	})
	t.Run("a run whose connection is gone isn't live", func(t *testing.T) {
		at := database(t, dir, "gone")
		s := open(t, at)
		log, err := s.Begin(t.Context(), "x", []byte("{}"), []byte("{}"))
		if err != nil {
			t.Fatal(err)
		}
		exec1(t, at, "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2")
		for limit := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
			r, err := s.Load(t.Context(), "x")
			if err != nil {
				t.Fatal(err)
			}
			if !r.Live {
				break
			}
			if time.Now().After(limit) {
				t.Fatal("it still counts as live")
			}
		}
		if err := errors.Join(log.Append([]byte("{}"))); err == nil {
			t.Error("Append went well without a connection")
		}
	})
}

func TestParse(t *testing.T) {
	for _, text := range []string{
		"postgres://h/d?service=x", "postgres://h/d?passfile=/etc/passwd", "postgres://h/d?sslkey=k", "postgres://h/d?sslrootcert=r", "postgres://h/d?servicefile=f",
		"mysql://h/d", "postgres://h:port/d", "host=h dbname=d",
	} {
		if _, err := postgres.Parse(text, true); err == nil {
			t.Errorf("Parse(%q) went well", text)
		}
	}
	if _, err := postgres.Parse("postgres://u:s3cret@h:99999999/d", true); err == nil || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("Parse with a bad port: %v", err)
	}
	c, err := postgres.Parse("postgres://one.example/d?host=three.example&sslmode=verify-full", true)
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range c.Hosts() {
		if h.Local || !h.TLS || h.Name != "three.example" {
			t.Errorf("a host is %+v", h)
		}
	}
	c, err = postgres.Parse("postgres://one.example,two.example/d?sslmode=prefer", true)
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	insecure := false
	for _, h := range c.Hosts() {
		names[h.Name] = true
		insecure = insecure || !h.TLS
	}
	if !names["one.example"] || !names["two.example"] || !insecure {
		t.Errorf("the hosts are %v", c.Hosts())
	}
}
