//go:build unix

package postgres_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zoneloom/zoneloom/apply/journal"
	"github.com/zoneloom/zoneloom/apply/journal/journaltest"
	"github.com/zoneloom/zoneloom/apply/postgres"
	"github.com/zoneloom/zoneloom/apply/postgres/postgrestest"
)

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
	server := postgrestest.Start(t)
	t.Run("behaves as every store", func(t *testing.T) {
		at := server.Database(t, "journal")
		journaltest.Run(t, func(t *testing.T) journal.Store { t.Helper(); return open(t, at) })
	})
	t.Run("locks", func(t *testing.T) { testLocks(t, server) })
	t.Run("many migrate at once", func(t *testing.T) {
		at := server.Database(t, "migrate")
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
		at := server.Database(t, "newer")
		open(t, at)
		postgrestest.Exec(t, at, "INSERT INTO zoneloom_migrations (version) VALUES (99)")
		if _, err := try(t, at); err == nil || !strings.Contains(err.Error(), "schema is of version 99, and this zoneloom knows 2") {
			t.Errorf("Open = %v", err)
		}
	})
	t.Run("a run whose connection is gone isn't live", func(t *testing.T) {
		at := server.Database(t, "gone")
		s := open(t, at)
		log, err := s.Begin(t.Context(), "x", []byte("{}"), []byte("{}"))
		if err != nil {
			t.Fatal(err)
		}
		postgrestest.Exec(t, at, "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2")
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
