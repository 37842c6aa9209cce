//go:build unix

package postgres_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/zoneloom/zoneloom/apply"
	"github.com/zoneloom/zoneloom/apply/lock"
	"github.com/zoneloom/zoneloom/apply/lock/locktest"
	"github.com/zoneloom/zoneloom/apply/postgres"
	"github.com/zoneloom/zoneloom/apply/postgres/postgrestest"
)

// holdAt is the environment variable that makes the test a process that takes a
// lock in that database and keeps it until it is killed.
const holdAt = "ZONELOOM_TEST_HOLD"

func TestMain(m *testing.M) {
	if at := os.Getenv(holdAt); at != "" {
		hold(at)
	}
	m.Run()
}

func hold(at string) {
	l, err := newLocks(at, apply.Holder{Who: "alice", PID: os.Getpid()})
	if err == nil {
		_, err = l.Take(context.Background(), []apply.LockKey{someKey})
	}
	fmt.Println(err)
	select {}
}

var someKey = apply.LockKey{Zone: "a.example.", Target: "memory:a.example."}

// life is that of the locks here: short, as a test has to wait for the end of some.
const life = 2 * time.Second

func newLocks(at string, h apply.Holder) (*postgres.Locks, error) {
	c, err := postgres.Parse(at, true)
	if err != nil {
		return nil, err
	}
	c.LockLife = life
	return postgres.OpenLocks(context.Background(), c, h)
}

func openLocks(t *testing.T, at, who string) *postgres.Locks {
	t.Helper()
	return openLocksAs(t, at, apply.Holder{Who: who})
}

func openLocksAs(t *testing.T, at string, h apply.Holder) *postgres.Locks {
	t.Helper()
	l, err := newLocks(at, h)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

// take takes someKey, which must succeed.
func take(t *testing.T, l *postgres.Locks) apply.Lock {
	t.Helper()
	locks, err := l.Take(t.Context(), []apply.LockKey{someKey})
	if err != nil {
		t.Fatal(err)
	}
	return locks[0]
}

func look(t *testing.T, l *postgres.Locks) apply.LockState {
	t.Helper()
	states, err := l.Look(t.Context(), []apply.LockKey{someKey})
	if err != nil {
		t.Fatal(err)
	}
	return states[0]
}

// untilDead waits for the lock's holder to count as dead, and returns how long
// that took.
func untilDead(t *testing.T, l *postgres.Locks) time.Duration {
	t.Helper()
	for start := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		s := look(t, l)
		switch took := time.Since(start); {
		case s.Dead:
			return took
		case took > 10*life:
			t.Fatalf("after %s the lock is still %+v", took, s)
		}
	}
}

// lost fails the test unless l is lost, for the reason given.
func lost(t *testing.T, l apply.Lock, why string) {
	t.Helper()
	if err := l.Check(t.Context()); !errors.Is(err, apply.ErrLockLost) || !strings.Contains(err.Error(), why) {
		t.Errorf("Check = %v, want %s", err, why)
	}
}

// lockTest is a test of the locks in a database.
type lockTest struct {
	*testing.T
	at string
}

// testLocks holds the locks of a server to the rules of all, and to their own.
func testLocks(t *testing.T, server *postgrestest.Server) {
	t.Helper()
	t.Run("behave as everywhere", func(t *testing.T) {
		at := server.Database(t, "locks")
		// Whatever the database has for transactions, one that waited sees what was
		// committed meanwhile.
		postgrestest.Exec(t, at, "ALTER DATABASE locks SET default_transaction_isolation = serializable")
		locktest.Run(t, func(t *testing.T) locktest.Opener {
			t.Helper()
			postgrestest.Exec(t, at, "DROP TABLE IF EXISTS zoneloom_locks, zoneloom_events, zoneloom_runs, zoneloom_migrations")
			return func(h apply.Holder) (lock.Store, func()) {
				l := openLocksAs(t, at, h)
				return l, func() {
					l.Die()
					time.Sleep(life)
				}
			}
		})
	})
	n := 0
	for name, test := range map[string]func(*lockTest){
		"end with their process":     killFrees,
		"end in silence":             silenceEnds,
		"outlive a connection":       lostConnection,
		"outlive what was forgotten": forgotten,
		"come to a database without": schemaWithoutLocks,
	} {
		n++
		at := server.Database(t, fmt.Sprint("own", n))
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(&lockTest{t, at})
		})
	}
}

// A holder that does nothing keeps its lock for as long as it lives, and one that
// was killed doesn't.
func killFrees(t *lockTest) {
	c := exec.CommandContext(t.Context(), os.Args[0])
	c.Env = append(os.Environ(), holdAt+"="+t.at)
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "<nil>\n" {
		t.Fatalf("the other process says %q, %v", line, err)
	}
	b := openLocks(t.T, t.at, "bob")
	time.Sleep(life + life/2)
	if s := look(t.T, b); !s.Held() || s.Holder.PID != c.Process.Pid {
		t.Errorf("the lock of a process that lives is %+v", s)
	}
	_ = c.Process.Kill()
	_ = c.Wait()
	if _, err := b.Take(t.Context(), []apply.LockKey{someKey}); err == nil || !strings.Contains(err.Error(), "without a sign of life it ends at 2") {
		t.Errorf("Take = %v, right after the holder was killed", err)
	}
	if took := untilDead(t.T, b); took > 3*life {
		t.Errorf("it took %s for the lock to end", took)
	}
	if l := take(t.T, b); l.Epoch() != 2 {
		t.Errorf("the epoch is %d, want 2", l.Epoch())
	}
}

func silenceEnds(t *lockTest) {
	a, b := openLocks(t.T, t.at, "alice"), openLocks(t.T, t.at, "bob")
	old := take(t.T, a)
	a.Mute()
	untilDead(t.T, b)
	lost(t.T, old, "the database had no sign of life from this run for 2s")
	now := take(t.T, b)
	lost(t.T, old, "was lost to bob since 2")
	old.Release()
	if err := now.Check(t.Context()); err != nil {
		t.Errorf("Check = %v", err)
	}
}

// A Check whose connection is gone lets nothing be sent. The lock is freed all
// the same, over another connection.
func lostConnection(t *lockTest) {
	l := take(t.T, openLocks(t.T, t.at, "alice"))
	postgrestest.Exec(t.T, t.at, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
	b := openLocks(t.T, t.at, "bob")
	err := l.Check(t.Context())
	if err == nil || errors.Is(err, apply.ErrLockLost) || !strings.Contains(err.Error(), "nothing more is sent, as the zone's lock can't be checked: the database own") {
		t.Errorf("Check = %v", err)
	}
	if s := look(t.T, b); !s.Held() {
		t.Errorf("the lock is %+v", s)
	}
	l.Release()
	if s := look(t.T, b); s.Held() || s.Epoch != 1 {
		t.Errorf("after release the lock is %+v", s)
	}
}

// A database that was brought back from a copy gives an epoch out twice.
func forgotten(t *lockTest) {
	a, b := openLocks(t.T, t.at, "alice"), openLocks(t.T, t.at, "bob")
	old := take(t.T, a)
	postgrestest.Exec(t.T, t.at, "DELETE FROM zoneloom_locks")
	lost(t.T, old, "the database has forgotten it")
	now := take(t.T, b)
	if old.Epoch() != now.Epoch() {
		t.Fatalf("the epochs are %d and %d", old.Epoch(), now.Epoch())
	}
	lost(t.T, old, "to bob")
	old.Release()
	if err := now.Check(t.Context()); err != nil {
		t.Errorf("Check = %v", err)
	}
}

// A database that an earlier release made gets the locks, and keeps its runs.
func schemaWithoutLocks(t *lockTest) {
	s := open(t.T, t.at)
	log, err := s.Begin(t.Context(), "x", []byte("{}"), []byte("{}"))
	if err != nil {
		t.Fatal(err)
	}
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	postgrestest.Exec(t.T, t.at, "DROP TABLE zoneloom_locks; DELETE FROM zoneloom_migrations WHERE version > 1")
	take(t.T, openLocks(t.T, t.at, "alice"))
	if runs, err := s.List(t.Context()); err != nil || len(runs) != 1 {
		t.Errorf("List = %v, %v", runs, err)
	}
}
