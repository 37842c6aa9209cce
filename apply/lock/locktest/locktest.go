// Package locktest holds every store of locks to the same rules.
package locktest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneloom/zoneloom/apply"
	"github.com/zoneloom/zoneloom/apply/lock"
	"github.com/zoneloom/zoneloom/state"
)

// Opener opens a store anew, as another process would, for a holder. All that it
// opens in one test share their locks. Die makes the store look as if its process
// had been killed.
type Opener func(h apply.Holder) (s lock.Store, die func())

// Run runs the tests; begin makes a place for locks, empty, for one test.
func Run(t *testing.T, begin func(t *testing.T) Opener) {
	t.Helper()
	for name, test := range map[string]func(*tester){
		"a lock keeps others out":             keepsOthersOut,
		"all or none":                         allOrNone,
		"zones and targets differ":            keysDiffer,
		"an epoch tells of others":            epochTells,
		"a freed lock is lost":                freedIsLost,
		"free frees only what was seen":       freeOnlySeen,
		"release frees only what is ours":     releaseOnlyOurs,
		"a dead holder's lock is free":        deadHolder,
		"who is told":                         whoIsTold,
		"a cancelled context ends it":         cancelled,
		"one at a time":                       oneAtATime,
		"opposite orders don't wait for ever": oppositeOrders,
		"a thousand locks":                    many,
	} {
		t.Run(name, func(t *testing.T) {
			open := begin(t)
			a, dieA := open(holderA)
			b, _ := open(holderB)
			test(&tester{t, open, a, b, dieA})
		})
	}
}

var (
	holderA = apply.Holder{Who: "alice", Run: "run-a", Host: "host-a", PID: 11}
	holderB = apply.Holder{Who: "bob", Run: "run-b", Host: "host-b", PID: 12}
)

type tester struct {
	*testing.T
	open Opener
	a, b lock.Store
	dieA func()
}

func key(zone string) apply.LockKey {
	return apply.LockKey{Zone: state.Name(zone), Target: "memory:" + zone}
}

// take takes locks, which must succeed.
func (t *tester) take(s lock.Store, keys ...apply.LockKey) []apply.Lock {
	t.Helper()
	locks, err := s.Take(t.Context(), keys)
	if err != nil {
		t.Fatalf("Take(%v) = %v", keys, err)
	}
	return locks
}

// held tries to take locks, which others must hold, and returns which.
func (t *tester) held(s lock.Store, keys ...apply.LockKey) []apply.LockState {
	t.Helper()
	_, err := s.Take(t.Context(), keys)
	held, ok := errors.AsType[*apply.HeldError](err)
	if !ok {
		t.Fatalf("Take(%v) = %v, want a HeldError", keys, err)
	}
	return held.Held
}

func (t *tester) look(s lock.Store, k apply.LockKey) apply.LockState {
	t.Helper()
	states, err := s.Look(t.Context(), []apply.LockKey{k})
	if err != nil || len(states) != 1 || states[0].LockKey != k {
		t.Fatalf("Look(%v) = %v, %v", k, states, err)
	}
	return states[0]
}

func (t *tester) list(s lock.Store) []apply.LockState {
	t.Helper()
	list, err := s.List(t.Context())
	if err != nil {
		t.Fatalf("List = %v", err)
	}
	return list
}

func (t *tester) free(s lock.Store, seen apply.LockState, want bool) {
	t.Helper()
	if freed, err := s.Free(t.Context(), seen); err != nil || freed != want {
		t.Fatalf("Free(%v) = %t, %v, want %t", seen, freed, err, want)
	}
}

// isOurs fails the test unless l.Check says so, or else that it is lost.
func (t *tester) isOurs(l apply.Lock, ours bool) {
	t.Helper()
	if err := l.Check(t.Context()); ours && err != nil || !ours && !errors.Is(err, apply.ErrLockLost) {
		t.Errorf("Check = %v, and it being ours is %t", err, ours)
	}
}

func keepsOthersOut(t *tester) {
	one := t.take(t.a, key("a.example."))[0]
	t.isOurs(one, true)
	t.held(t.b, key("a.example."))
	t.held(t.a, key("a.example.")) // nor twice the same
	one.Release()
	one.Release()
	t.isOurs(one, false)
	t.isOurs(t.take(t.b, key("a.example."))[0], true)
	t.isOurs(one, false)
}

func allOrNone(t *tester) {
	t.take(t.a, key("b.example."))
	held := t.held(t.b, key("a.example."), key("b.example."), key("c.example."))
	if len(held) != 1 || held[0].LockKey != key("b.example.") {
		t.Errorf("%v are held, want b.example. alone", held)
	}
	t.take(t.a, key("a.example."), key("c.example."))
}

func keysDiffer(t *tester) {
	t.take(t.a, apply.LockKey{Zone: "a.example.", Target: "memory:1"})
	t.take(t.b, apply.LockKey{Zone: "a.example.", Target: "memory:2"})
	t.take(t.b, apply.LockKey{Zone: "b.example.", Target: "memory:1"})
}

func epochTells(t *tester) {
	k := key("a.example.")
	if s := t.look(t.a, k); s.Epoch != 0 || s.Held() {
		t.Errorf("a lock that nobody took is %+v", s)
	}
	for i := range uint64(3) {
		before := t.look(t.a, k)
		l := t.take(t.b, k)[0]
		if got := l.Epoch(); got != i+1 || got != before.Epoch+1 {
			t.Errorf("the epoch is %d after %d, want %d", got, before.Epoch, i+1)
		}
		if s := t.look(t.a, k); !s.Held() || s.Epoch != l.Epoch() {
			t.Errorf("while it is held it is %+v", s)
		}
		l.Release()
		if s := t.look(t.a, k); s.Held() || s.Epoch != l.Epoch() {
			t.Errorf("after release it is %+v", s)
		}
	}
}

func freedIsLost(t *tester) {
	k := key("a.example.")
	l := t.take(t.a, k)[0]
	t.free(t.b, t.look(t.b, k), true)
	t.isOurs(l, false)
	if s := t.look(t.b, k); s.Held() || s.Epoch != l.Epoch()+1 {
		t.Errorf("once freed it is %+v, and its epoch was %d", s, l.Epoch())
	}
	err := l.Check(t.Context())
	if !strings.Contains(fmt.Sprint(err), "freed by hand") {
		t.Errorf("Check = %v", err)
	}
	t.take(t.b, k)
	t.isOurs(l, false)
	if err := l.Check(t.Context()); !strings.Contains(err.Error(), "bob") {
		t.Errorf("Check = %v, want who has it", err)
	}
}

func freeOnlySeen(t *tester) {
	k := key("a.example.")
	first := t.take(t.a, k)[0]
	seen := t.look(t.b, k)
	first.Release()
	t.free(t.b, seen, false) // nobody holds it
	second := t.take(t.a, k)[0]
	t.free(t.b, seen, false) // it is another's
	t.isOurs(second, true)
}

func releaseOnlyOurs(t *tester) {
	k := key("a.example.")
	old := t.take(t.a, k)[0]
	t.free(t.b, t.look(t.b, k), true)
	now := t.take(t.b, k)[0]
	old.Release()
	t.isOurs(now, true)
	t.held(t.a, k)
}

func deadHolder(t *tester) {
	k, other := key("a.example."), key("b.example.")
	old := t.take(t.a, k, other)
	t.dieA()
	list := t.list(t.b)
	if len(list) != 2 || !list[0].Dead || list[0].Held() {
		t.Errorf("List = %+v, want two with a dead holder", list)
	}
	if s := t.look(t.b, k); s.Held() || s.Epoch != 1 {
		t.Errorf("the lock of a dead holder is %+v", s)
	}
	if now := t.take(t.b, k)[0]; now.Epoch() != old[0].Epoch()+1 {
		t.Errorf("the epoch is %d after %d", now.Epoch(), old[0].Epoch())
	}
	t.isOurs(old[0], false)
}

func whoIsTold(t *tester) {
	t.take(t.a, key("b.example."), key("a.example."))
	t.take(t.b, key("c.example.")) // and released ones aren't told
	t.take(t.b, key("d.example."))[0].Release()
	var got []apply.Holder
	for _, s := range t.list(t.b) {
		if age := time.Since(s.Holder.Since); age < -time.Minute || age > time.Minute {
			t.Errorf("%s is held since %s", s, s.Holder.Since)
		}
		h := *s.Holder
		h.Since, h.Until = time.Time{}, time.Time{}
		got = append(got, h)
	}
	if diff := cmp.Diff([]apply.Holder{holderA, holderA, holderB}, got); diff != "" {
		t.Errorf("holders (-want +got):\n%s", diff)
	}
	err := &apply.HeldError{Held: t.held(t.b, key("a.example."))}
	for _, part := range []string{"zone a.example.: memory:a.example.: alice", "host-a", "pid 11", "run run-a", "since 2", "zoneloom unlock"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q lacks %q", err, part)
		}
	}
}

func cancelled(t *tester) {
	l := t.take(t.a, key("a.example."))[0]
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := t.a.Take(ctx, []apply.LockKey{key("b.example.")}); !errors.Is(err, context.Canceled) {
		t.Errorf("Take = %v", err)
	}
	if err := l.Check(ctx); !errors.Is(err, context.Canceled) || errors.Is(err, apply.ErrLockLost) {
		t.Errorf("Check = %v", err)
	}
	t.take(t.b, key("b.example."))
}

// oneAtATime has many runs want one lock, and counts who has it.
func oneAtATime(t *tester) {
	const runs, times = 6, 5
	var inside, most, taken atomic.Int32
	var wg sync.WaitGroup
	for i := range runs {
		s, _ := t.open(apply.Holder{Run: fmt.Sprint(i)})
		wg.Go(func() {
			for n := 0; n < times; {
				locks, err := s.Take(t.Context(), []apply.LockKey{key("a.example.")})
				if _, held := errors.AsType[*apply.HeldError](err); held {
					time.Sleep(time.Millisecond)
					continue
				} else if err != nil {
					t.Errorf("Take = %v", err)
					return
				}
				most.Store(max(most.Load(), inside.Add(1)))
				time.Sleep(time.Millisecond)
				if err := locks[0].Check(t.Context()); err != nil {
					t.Errorf("Check = %v", err)
				}
				inside.Add(-1)
				taken.Add(1)
				locks[0].Release()
				n++
			}
		})
	}
	wg.Wait()
	if most.Load() != 1 || taken.Load() != runs*times {
		t.Errorf("%d at once, %d in all", most.Load(), taken.Load())
	}
	if s := t.look(t.a, key("a.example.")); s.Epoch != runs*times {
		t.Errorf("the epoch is %d, want %d", s.Epoch, runs*times)
	}
}

// oppositeOrders has two runs want the same locks in opposite orders.
func oppositeOrders(t *tester) {
	var wg sync.WaitGroup
	for i, s := range []lock.Store{t.a, t.b} {
		keys := []apply.LockKey{key("a.example."), key("b.example.")}
		if i == 1 {
			keys[0], keys[1] = keys[1], keys[0]
		}
		wg.Go(func() {
			for n := 0; n < 20; {
				locks, err := s.Take(t.Context(), keys)
				if _, held := errors.AsType[*apply.HeldError](err); held {
					time.Sleep(time.Millisecond)
					continue
				} else if err != nil {
					t.Errorf("Take = %v", err)
					return
				}
				n++
				locks[0].Release()
				locks[1].Release()
			}
		})
	}
	wg.Wait()
}

func many(t *tester) {
	keys := make([]apply.LockKey, 1000)
	for i := range keys {
		keys[i] = key(fmt.Sprintf("zone%04d.example.", i))
	}
	start := time.Now()
	locks := t.take(t.a, keys...)
	if held := t.held(t.b, keys...); len(held) != len(keys) {
		t.Errorf("%d are held", len(held))
	}
	t.isOurs(locks[999], true)
	for _, l := range locks {
		l.Release()
	}
	if took := time.Since(start); took > 15*time.Second {
		t.Errorf("taking and releasing 1,000 locks took %s", took)
	}
	if list := t.list(t.b); len(list) != 0 {
		t.Errorf("%d are listed after release", len(list))
	}
}
