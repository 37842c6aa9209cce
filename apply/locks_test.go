package apply_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneloom/zoneloom/apply"
	"github.com/zoneloom/zoneloom/apply/lock"
	"github.com/zoneloom/zoneloom/plan"
	"github.com/zoneloom/zoneloom/provider/providertest"
	"github.com/zoneloom/zoneloom/state"
)

// locks has the engine take locks in a folder of its own, and returns what
// somebody else would take them with.
func (w *world) locks() *lock.Folder {
	w.Helper()
	dir := w.TempDir()
	w.engine.Locks = &lock.Folder{Path: dir, Holder: apply.Holder{Who: "alice"}}
	return &lock.Folder{Path: dir, Holder: apply.Holder{Who: "bob", Host: "builder", PID: 42, Run: "run-b"}}
}

// taken takes the lock on an existing zone, which must succeed.
func taken(t *testing.T, s lock.Store, zone state.Name) apply.Lock {
	t.Helper()
	locks, err := s.Take(t.Context(), []apply.LockKey{lockOf(zone)})
	if err != nil {
		t.Fatalf("Take = %v", err)
	}
	return locks[0]
}

func lockOf(zone state.Name) apply.LockKey {
	return apply.LockKey{Zone: zone, Target: "memory:" + string(zone)}
}

// nobodyHolds fails the test if a lock has a holder.
func nobodyHolds(t *testing.T, s lock.Store) {
	t.Helper()
	if list, err := s.List(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("locks are left: %v, %v", list, err)
	}
}

// Where nobody interferes, locks cost no call to the service.
func TestLocksCostNoCalls(t *testing.T) {
	calls := func(locked bool) providertest.Calls {
		w := newWorld(t)
		if locked {
			w.locks()
		}
		w.live("example.com.")
		w.live("example.net.")
		w.want("example.com.", hosts(3)...)
		w.want("example.net.", hosts(3)...)
		w.want("new.example.", hosts(3)...).Create = true
		w.apply()
		return w.memory.Calls()
	}
	if diff := cmp.Diff(calls(false), calls(true)); diff != "" {
		t.Errorf("calls (-without locks +with):\n%s", diff)
	}
}

// A plans, B applies, and A applies before its reading counts as old: A must not
// rely on it.
func TestSomebodyWroteBetweenReadAndLock(t *testing.T) {
	const name = "example.com."
	tests := []struct {
		name    string
		locked  bool
		theirs  string // what B makes the zone hold
		refused bool
		reads   int
		left    []string
	}{
		{"the same records", true, "www 300 A 192.0.2.9", true, 2, []string{"www 300 A 192.0.2.9"}},
		{"others", true, "other 300 A 192.0.2.9", false, 3, []string{"other 300 A 192.0.2.9", "www 300 A 192.0.2.1"}},
		{"the same records as A wants", true, "www 300 A 192.0.2.1", false, 2, []string{"www 300 A 192.0.2.1"}},
		// Without locks A is none the wiser; this shows that the test can fail.
		{"the same records, without locks", false, "www 300 A 192.0.2.9", false, 2, []string{"www 300 A 192.0.2.1", "www 300 A 192.0.2.9"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			bob := w.locks()
			if !tt.locked {
				w.engine.Locks = nil
			}
			w.live(name)
			w.want(name, "www 300 A 192.0.2.1")
			p := w.plan()
			l := taken(t, bob, name)
			w.live(name, tt.theirs)
			l.Release()
			_, err := w.engine.Apply(t.Context(), p, apply.Options{})
			refused, ok := errors.AsType[*apply.Refused](err)
			if ok != tt.refused || err != nil && tt.locked && !tt.refused {
				t.Fatalf("Apply = %v", err)
			}
			if tt.refused && len(refused.Moved) != 1 {
				t.Errorf("moved: %v", refused.Moved)
			}
			if got := w.memory.Calls().Reads; got != tt.reads {
				t.Errorf("%d reads, want %d", got, tt.reads)
			}
			w.holds(name, tt.left...)
			nobodyHolds(t, bob)
		})
	}
}

// What is read while somebody writes may be half of what he makes.
func TestReadWhileSomebodyWrites(t *testing.T) {
	const name = "example.com."
	w := newWorld(t)
	bob := w.locks()
	w.live(name)
	w.want(name, "www 300 A 192.0.2.1")
	l := taken(t, bob, name)
	p := w.plan()
	w.live(name, "www 300 A 192.0.2.9")
	l.Release()
	_, err := w.engine.Apply(t.Context(), p, apply.Options{})
	if refused, ok := errors.AsType[*apply.Refused](err); !ok || len(refused.Moved) != 1 {
		t.Fatalf("Apply = %v", err)
	}
	nobodyHolds(t, bob)
}

func TestLockHeldByAnother(t *testing.T) {
	const name = "example.com."
	w := newWorld(t)
	bob := w.locks()
	w.live(name)
	w.live("example.net.")
	w.want(name, hosts(1)...)
	w.want("example.net.", hosts(1)...)
	p := w.plan()
	l := taken(t, bob, "example.net.")
	before := w.memory.Calls()
	r, err := w.engine.Apply(t.Context(), p, apply.Options{})
	refused, ok := errors.AsType[*apply.Refused](err)
	if !ok || r != nil || len(refused.Held) != 1 {
		t.Fatalf("Apply = %v, %v", r, err)
	}
	contains(t, err.Error(), "zone example.net.", "bob", "on builder", "pid 42", "run run-b", "since ", "--lock-timeout", "zoneloom unlock")
	if diff := cmp.Diff(before, w.memory.Calls()); diff != "" {
		t.Errorf("calls were made (-before +after):\n%s", diff)
	}
	l.Release()
	nobodyHolds(t, bob)
}

func TestLockTimeout(t *testing.T) {
	const name = "example.com."
	w := newWorld(t)
	bob := w.locks()
	w.live(name)
	w.want(name, hosts(1)...)
	p := w.plan()
	l := taken(t, bob, name)
	start := time.Now()
	_, err := w.engine.Apply(t.Context(), p, apply.Options{LockTimeout: 300 * time.Millisecond})
	if refused, ok := errors.AsType[*apply.Refused](err); !ok || len(refused.Held) != 1 {
		t.Fatalf("Apply = %v", err)
	}
	if took := time.Since(start); took < 300*time.Millisecond {
		t.Errorf("it waited only %s", took)
	}
	if len(w.events) == 0 || w.events[len(w.events)-1].Kind != apply.EventWaiting {
		t.Errorf("events: %v", w.events)
	}
	go func() {
		time.Sleep(150 * time.Millisecond)
		l.Release()
	}()
	if _, err := w.engine.Apply(t.Context(), p, apply.Options{LockTimeout: time.Minute}); err != nil {
		t.Fatalf("Apply once it is free = %v", err)
	}
	w.holds(name, hosts(1)...)
}

func TestStopWhileWaitingForALock(t *testing.T) {
	const name = "example.com."
	w := newWorld(t)
	bob := w.locks()
	w.live(name)
	w.want(name, hosts(1)...)
	p := w.plan()
	taken(t, bob, name)
	stop := make(chan struct{})
	time.AfterFunc(50*time.Millisecond, func() { close(stop) })
	_, err := w.engine.Apply(t.Context(), p, apply.Options{LockTimeout: time.Minute, Stop: stop})
	if !errors.Is(err, apply.ErrStopped) {
		t.Errorf("Apply = %v", err)
	}
}

// Who is freed by force stops before the next request.
func TestLockFreedWhileWriting(t *testing.T) {
	const name = "example.com."
	w := newWorld(t)
	bob := w.locks()
	w.memory.BatchLimit = 1
	w.live(name)
	w.want(name, hosts(3)...)
	w.memory.OnWrite = func(ctx context.Context, wr providertest.Write) providertest.Verdict {
		if wr.N == 2 {
			states, err := bob.Look(ctx, []apply.LockKey{lockOf(name)})
			if err != nil || !states[0].Held() {
				t.Errorf("while it writes the lock is %v, %v", states, err)
			}
			if freed, err := bob.Free(ctx, states[0]); err != nil || !freed {
				t.Errorf("Free = %t, %v", freed, err)
			}
			taken(t, bob, name)
		}
		return providertest.Commit
	}
	r, err := w.engine.Apply(t.Context(), w.plan(), apply.Options{})
	if !errors.Is(err, apply.ErrLockLost) {
		t.Fatalf("Apply = %v", err)
	}
	contains(t, err.Error(), "zone example.com.: mem: ", "bob")
	if made, notMade, unknown := r.Count(); made != 2 || notMade != 1 || unknown != 0 || r.Complete() {
		t.Errorf("%d made, %d not made, %d unknown", made, notMade, unknown)
	}
	w.holds(name, hosts(2)...)
	if list, err := bob.List(t.Context()); err != nil || len(list) != 1 || list[0].Holder.Who != "bob" {
		t.Errorf("then the lock is %v, %v", list, err)
	}
}

// A zone to be created is locked by where it will be, and then by what it is.
func TestLocksOfAZoneToBeCreated(t *testing.T) {
	place := apply.LockKey{Zone: newZone, Target: "memory:heap"}
	w := creating(t)
	bob := w.locks()
	held := func(ctx context.Context, want ...apply.LockKey) {
		list, err := bob.List(ctx)
		var got []apply.LockKey
		for _, s := range list {
			got = append(got, s.LockKey)
		}
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("locks (-want +got):\n%s%v", diff, err)
		}
	}
	w.memory.OnCreate = func(ctx context.Context, _ state.Name) error {
		held(ctx, place)
		return nil
	}
	w.memory.OnWrite = func(ctx context.Context, _ providertest.Write) providertest.Verdict {
		held(ctx, place, lockOf(newZone))
		return providertest.Commit
	}
	w.apply()
	nobodyHolds(t, bob)
}

func TestNewZoneLockedByAnother(t *testing.T) {
	w := creating(t)
	bob := w.locks()
	w.memory.OnCreate = func(context.Context, state.Name) error {
		taken(t, bob, newZone)
		return nil
	}
	r, err := w.engine.Apply(t.Context(), w.plan(), apply.Options{})
	if _, held := errors.AsType[*apply.HeldError](err); !held || !r.Wrote() {
		t.Fatalf("Apply = %v", err)
	}
	if _, refused := errors.AsType[*apply.Refused](err); refused {
		t.Error("it is said that nothing was written")
	}
	if got := w.memory.Calls().Requests; got != 0 {
		t.Errorf("%d requests", got)
	}
}

// A zone that appears while the user is asked has another lock than the one that
// was taken.
func TestZoneAppearsBeforeTheLock(t *testing.T) {
	w := creating(t)
	bob := w.locks()
	w.memory.OnWrite = func(ctx context.Context, _ providertest.Write) providertest.Verdict {
		states, err := bob.Look(ctx, []apply.LockKey{lockOf(newZone)})
		if err != nil || !states[0].Held() {
			t.Errorf("while it is written the lock is %v, %v", states, err)
		}
		return providertest.Commit
	}
	confirm := func(context.Context, *plan.Plan) (bool, error) {
		w.live(newZone, "www 300 A 192.0.2.1")
		return true, nil
	}
	r, err := w.engine.Apply(t.Context(), w.plan(), apply.Options{Confirm: confirm})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"new.example. MX": "made", "www.new.example. A": "already"}
	if diff := cmp.Diff(want, results(r, 0)); diff != "" {
		t.Errorf("results (-want +got):\n%s", diff)
	}
	nobodyHolds(t, bob)
}

// However a run ends, it leaves no lock.
func TestLocksAreReleased(t *testing.T) {
	const name = "example.com."
	tests := []struct {
		name  string
		setUp func(w *world, o *apply.Options)
	}{
		{"the answer is no", func(_ *world, o *apply.Options) {
			o.Confirm = func(context.Context, *plan.Plan) (bool, error) { return false, nil }
		}},
		{"the zone moved", func(w *world, _ *apply.Options) {
			w.now = w.now.Add(time.Hour)
			w.live(name, "host000 300 A 192.0.2.77")
		}},
		{"a read fails", func(w *world, _ *apply.Options) {
			w.now = w.now.Add(time.Hour)
			w.memory.OnRead = func(context.Context, state.Name) error { return errFull }
		}},
		{"the journal fails", func(w *world, _ *apply.Options) { w.engine.Journal = &journal{fail: "begin 1"} }},
		{"a request is refused", func(w *world, _ *apply.Options) { w.memory.OnWrite = script(providertest.Refuse) }},
		{"an answer is lost", func(w *world, _ *apply.Options) { w.memory.OnWrite = script(providertest.LoseAnswer) }},
		{"it is stopped", func(_ *world, o *apply.Options) {
			stop := make(chan struct{})
			close(stop)
			o.Stop = stop
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			bob := w.locks()
			w.live(name)
			w.want(name, hosts(2)...)
			p, o := w.plan(), apply.Options{}
			tt.setUp(w, &o)
			_, _ = w.engine.Apply(t.Context(), p, o)
			nobodyHolds(t, bob)
		})
	}
}

func TestDryRunTakesNoLock(t *testing.T) {
	const name = "example.com."
	w := newWorld(t)
	bob := w.locks()
	w.live(name)
	w.want(name, hosts(2)...)
	taken(t, bob, name)
	if _, err := w.engine.Apply(t.Context(), w.plan(), apply.Options{DryRun: true}); err != nil {
		t.Errorf("Apply = %v", err)
	}
}

func TestOneZoneAtTwoNamesOfAProvider(t *testing.T) {
	w := creating(t)
	w.locks()
	w.engine.Providers["again"] = w.engine.Providers["mem"]
	second := *w.want(newZone, hosts(1)...)
	second.Provider, second.Create = "again", true
	w.targets[1] = second
	_, err := w.engine.Apply(t.Context(), w.plan(), apply.Options{})
	if c := w.memory.Calls(); err == nil || c.Requests+c.Creates != 0 {
		t.Fatalf("Apply = %v, %+v", err, c)
	}
	contains(t, err.Error(), "zone new.example.", "mem", "again", "memory:heap")
}
