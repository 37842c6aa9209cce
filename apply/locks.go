package apply

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/zoneloom/zoneloom/state"
)

// Locks keep two runs from writing one zone at the same time. A lock has an
// epoch, which rises each time that somebody takes the lock or frees it by
// force: whoever knows the epoch from before he read a zone can tell afterwards
// whether another has written there since.
type Locks interface {
	// Look tells how each of the locks is now, in the order of keys. A lock that
	// nobody ever took has the epoch 0.
	Look(ctx context.Context, keys []LockKey) ([]LockState, error)
	// Take takes all of the locks, or none of them: then it returns a *HeldError
	// where others hold some. It doesn't wait. Keys must differ.
	Take(ctx context.Context, keys []LockKey) ([]Lock, error)
}

// LockKey says what a lock is for: one zone at one place.
type LockKey struct {
	Zone   state.Name
	Target string // as in a plan: "cloudflare:023e..."; for a zone to be created where that will be
}

// String returns the key in one word, different for each key.
func (k LockKey) String() string { return k.Target + "|" + string(k.Zone) }

// LockState is a lock at one time.
type LockState struct {
	LockKey
	Epoch  uint64
	Holder *Holder // nil where nobody holds it
	Dead   bool    // its holder is no more: whoever wants the lock gets it
}

// Held reports whether s keeps others from taking the lock.
func (s LockState) Held() bool { return s.Holder != nil && !s.Dead }

// Holder is who holds a lock. What isn't known is empty.
type Holder struct {
	Who   string // a person or a CI job
	Run   string // the id of the run
	Host  string
	PID   int
	Since time.Time
	Until time.Time // when the lock ends unless its holder renews it; zero where it ends with the process
}

// String tells all of it in a few words.
func (h *Holder) String() string {
	if h == nil || *h == (Holder{}) {
		return "somebody unknown"
	}
	who := h.Who
	if who == "" {
		who = "somebody unknown"
	}
	var where []string
	if h.Host != "" {
		where = append(where, "on "+h.Host)
	}
	if h.PID != 0 {
		where = append(where, fmt.Sprintf("pid %d", h.PID))
	}
	if h.Run != "" {
		where = append(where, "run "+h.Run)
	}
	if len(where) > 0 {
		who += " (" + strings.Join(where, ", ") + ")"
	}
	if !h.Since.IsZero() {
		who += " since " + h.Since.Format(time.RFC3339)
	}
	return who
}

// Lock is a lock that was taken. Its methods may be called from several
// goroutines.
type Lock interface {
	// Epoch is the one that taking the lock raised it to.
	Epoch() uint64
	// Check returns an error, which wraps ErrLockLost where that is why, unless
	// the lock is still the taker's.
	Check(ctx context.Context) error
	// Release frees the lock, if it is still the taker's. A failure isn't told: a
	// lock that can't be freed ends with its process, or when its time is up.
	// A further call does nothing.
	Release()
}

// ErrLockLost is why a zone is written no further.
var ErrLockLost = errors.New("the lock on the zone was lost")

// HeldError says which locks others hold.
type HeldError struct{ Held []LockState }

func (e *HeldError) Error() string {
	lines := make([]string, len(e.Held))
	for i, h := range e.Held {
		lines[i] = HeldText(h)
	}
	return strings.Join(lines, "\n")
}

// HeldText tells who writes a zone, and what to do about it.
func HeldText(s LockState) string {
	end := "it ends with that process"
	if s.Holder != nil && !s.Holder.Until.IsZero() {
		end = "without a sign of life it ends at " + s.Holder.Until.Format(time.RFC3339)
	}
	return fmt.Sprintf("zone %s: %s: %s is writing it; %s. Wait with --lock-timeout, or free it with zoneloom unlock",
		s.Zone, s.Target, s.Holder, end)
}

// The time between two tries to take locks grows from the one to the other.
const (
	firstLockPause = 100 * time.Millisecond
	lastLockPause  = 2 * time.Second
)

// key is the lock that s needs now. A zone that was absent has another once it is
// there.
func (s *site) key() LockKey { return LockKey{s.Zone, s.target} }

// look notes the epochs of the sites' locks, which must come before the sites
// are read. Of a zone that somebody else is writing right now nothing is known:
// what is read may be half of it.
func (e *Engine) look(ctx context.Context, sites []*site) error {
	sites = slices.DeleteFunc(slices.Clone(sites), func(s *site) bool { return s.err != nil || s.target == "" })
	if e.Locks == nil || len(sites) == 0 {
		return nil
	}
	keys := make([]LockKey, len(sites))
	for i, s := range sites {
		keys[i] = s.key()
	}
	states, err := e.Locks.Look(ctx, keys)
	if err != nil {
		return fmt.Errorf("look at the locks: %w", err)
	}
	for i, s := range sites {
		s.seen = seen{keys[i], states[i].Epoch, !states[i].Held()}
	}
	return nil
}

// seen is what was known of a lock before its zone was read.
type seen struct {
	key   LockKey
	epoch uint64
	calm  bool // nobody held it
}

// secure takes the locks of jobs and looks once more at those that may have
// moved, so that they can be written: all where the time was given away, those
// that were read too long ago, and those that somebody else has locked since
// they were read.
func (e *Engine) secure(ctx context.Context, p *Planned, jobs []*job, o Options) error {
	again := e.unsettled(jobs, o.Confirm != nil || p.applied)
	for {
		written, err := e.lock(ctx, jobs, o.LockTimeout)
		if err != nil {
			return err
		}
		for _, j := range written {
			if !slices.Contains(again, j) {
				again = append(again, j)
			}
		}
		if len(again) == 0 {
			return nil
		}
		if err := e.settle(ctx, again); err != nil {
			return err
		}
		again = nil // a zone that appeared meanwhile has another lock
	}
}

// lock takes the locks that jobs need and don't have, and returns those of the
// jobs that somebody else may have written since they were read.
func (e *Engine) lock(ctx context.Context, jobs []*job, timeout time.Duration) ([]*job, error) {
	if e.Locks == nil {
		return nil, nil
	}
	var open []*job
	for _, j := range jobs {
		if j.locks[j.key()] == nil {
			open = append(open, j)
		}
	}
	if len(open) == 0 {
		return nil, nil
	}
	keys := make([]LockKey, 0, len(open))
	by := map[LockKey]*job{}
	for _, j := range open {
		k := j.key()
		if other := by[k]; other != nil {
			return nil, fmt.Errorf("zone %s: the providers %s and %s both keep it at %s: name one of them", k.Zone, other.Provider, j.Provider, k.Target)
		}
		by[k] = j
		keys = append(keys, k)
	}
	locks, err := e.take(ctx, keys, timeout)
	if err != nil {
		return nil, err
	}
	var written []*job
	for i, j := range open {
		j.hold(keys[i], locks[i])
		if !j.seen.calm || j.seen.key != keys[i] || locks[i].Epoch() != j.seen.epoch+1 {
			written = append(written, j)
		}
	}
	return written, nil
}

// take takes locks, and waits at most as long as timeout says.
func (e *Engine) take(ctx context.Context, keys []LockKey, timeout time.Duration) ([]Lock, error) {
	deadline := time.NewTimer(timeout)
	defer deadline.Stop()
	for pause, told := firstLockPause, false; ; pause = min(2*pause, lastLockPause) {
		locks, err := e.Locks.Take(ctx, keys)
		held, isHeld := errors.AsType[*HeldError](err)
		switch {
		case err == nil:
			return locks, nil
		case !isHeld:
			return nil, fmt.Errorf("take the locks: %w", err)
		case timeout <= 0:
			return nil, &Refused{Held: held.Held}
		}
		if !told {
			told = true
			for _, h := range held.Held {
				e.tell(Event{Kind: EventWaiting, Zone: h.Zone, Err: &HeldError{[]LockState{h}}})
			}
		}
		select {
		case <-time.After(pause):
		case <-deadline.C:
			timeout = 0 // one last try
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// hold notes a lock that was taken.
func (j *job) hold(k LockKey, l Lock) {
	if j.locks == nil {
		j.locks = map[LockKey]Lock{}
	}
	j.locks[k] = l
}

// release frees the locks of j.
func (j *job) release() {
	for _, l := range j.locks {
		l.Release()
	}
	j.locks = nil
}

func release(jobs []*job) {
	for _, j := range jobs {
		j.release()
	}
}

// checkLock returns an error unless the zone's lock is still ours.
func (w *writer) checkLock(ctx context.Context) error {
	if w.engine.Locks == nil {
		return nil
	}
	l := w.locks[w.key()]
	if l == nil {
		return fmt.Errorf("%w: it was never taken", ErrLockLost)
	}
	return l.Check(ctx)
}

// relock takes the lock of a zone that was created just now, before anything in
// it is read or written.
func (w *writer) relock(ctx context.Context) error {
	_, err := w.engine.lock(ctx, []*job{w.job}, w.o.LockTimeout)
	if refused, ok := errors.AsType[*Refused](err); ok {
		return &HeldError{refused.Held} // something was written: the zone
	}
	return err
}
