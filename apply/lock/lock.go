// Package lock keeps the locks of zones in files, for the runs of one user on
// one host. It knows nothing of zones but their names.
package lock

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gofrs/flock"

	"github.com/zoneloom/zoneloom/apply"
	"github.com/zoneloom/zoneloom/state"
)

// Store is where locks are kept.
type Store interface {
	apply.Locks
	// List returns the locks that have a holder, alive or dead, by target and zone.
	List(ctx context.Context) ([]apply.LockState, error)
	// Free takes a lock from its holder, who finds out before his next request.
	// It reports false where the lock isn't as was seen any more, and then does
	// nothing.
	Free(ctx context.Context, seen apply.LockState) (bool, error)
	// TakeFor says which run takes locks from now on.
	TakeFor(run string)
	// Close ends the Store, once no lock is held any more.
	Close() error
}

// Folder keeps locks in the files of a folder. The zero Holder is nobody known;
// fields must not be set while it is used.
//
// Each lock is a file with its epoch and its holder, replaced as a whole. While
// a Folder holds locks, it keeps a lock of the operating system on a file of its
// own that the holders in the others name. That lock ends with the process,
// whatever ends it, so a dead holder is known for one. All reading and writing is
// done under one more such lock, which is held for moments only.
type Folder struct {
	Path   string       // made where it isn't there
	Holder apply.Holder // who takes locks; when is filled in

	mu   sync.Mutex
	life *flock.Flock // what shows that this process is alive, while it holds locks
	id   string       // names life
	held int          // locks that depend on life
}

var _ Store = (*Folder)(nil)

const (
	guardFile  = "guard"
	lockSuffix = ".lock"
	lifeSuffix = ".alive"
	guardPause = 2 * time.Millisecond
	guardLimit = 10 * time.Second
)

// entry is what the file of a lock holds.
type entry struct {
	Zone   state.Name `json:"zone"`
	Target string     `json:"target"`
	Epoch  uint64     `json:"epoch"`
	Holder *holder    `json:"holder,omitempty"`
}

type holder struct {
	Life  string    `json:"life"` // names the file that shows that the holder is alive
	Who   string    `json:"who,omitempty"`
	Run   string    `json:"run,omitempty"`
	Host  string    `json:"host,omitempty"`
	PID   int       `json:"pid,omitempty"`
	Since time.Time `json:"since"`
}

// TakeFor says which run takes locks from now on.
func (f *Folder) TakeFor(run string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.Holder.Run = run
}

// Close does nothing: what a Folder has open ends with its last lock.
func (f *Folder) Close() error { return nil }

// under calls do while nobody else reads or writes in the folder.
func (f *Folder) under(ctx context.Context, do func() error) (err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := os.MkdirAll(f.Path, 0o700); err != nil {
		return fmt.Errorf("the folder for locks can't be made: %w; set XDG_STATE_HOME to one that can be written", err)
	}
	guard := flock.New(filepath.Join(f.Path, guardFile))
	limited, cancel := context.WithTimeout(ctx, guardLimit)
	defer cancel()
	switch _, err := guard.TryLockContext(limited, guardPause); {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("another process has kept %s for %s; end it, then try again", guard.Path(), guardLimit)
	case err != nil:
		return err
	}
	defer func() { err = errors.Join(err, guard.Unlock()) }()
	return do()
}

// file returns the path of a lock, a name of one length whatever the key.
func (f *Folder) file(k apply.LockKey) string {
	sum := sha256.Sum256([]byte(k.String()))
	return filepath.Join(f.Path, hex.EncodeToString(sum[:])+lockSuffix)
}

// read returns the entry for a lock. What doesn't parse is an entry that somebody
// unknown held.
func (f *Folder) read(k apply.LockKey) (entry, error) {
	b, err := os.ReadFile(f.file(k))
	e := entry{Zone: k.Zone, Target: k.Target}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return e, nil
	case err != nil:
		return e, err
	}
	var found entry
	if json.Unmarshal(b, &found) != nil || found.Zone != k.Zone || found.Target != k.Target {
		e.Holder = &holder{}
		return e, nil
	}
	return found, nil
}

// write replaces the file of a lock.
func (f *Folder) write(e entry) error {
	b, err := json.Marshal(e)
	if err != nil {
		return err
	}
	path := f.file(apply.LockKey{Zone: e.Zone, Target: e.Target})
	if err := os.WriteFile(path+".new", append(b, '\n'), 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// state tells of e what others may know.
func (f *Folder) state(e entry) (apply.LockState, error) {
	s := apply.LockState{LockKey: apply.LockKey{Zone: e.Zone, Target: e.Target}, Epoch: e.Epoch}
	if h := e.Holder; h != nil {
		s.Holder = &apply.Holder{Who: h.Who, Run: h.Run, Host: h.Host, PID: h.PID, Since: h.Since}
		alive, err := f.alive(h.Life)
		if err != nil {
			return s, err
		}
		s.Dead = !alive
	}
	return s, nil
}

// alive reports whether the process that made the file called life still runs.
// It removes the file of one that doesn't.
func (f *Folder) alive(life string) (bool, error) {
	if life == "" || life != filepath.Base(life) {
		return false, nil
	}
	if life == f.id {
		return true, nil
	}
	path := filepath.Join(f.Path, life+lifeSuffix)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	l := flock.New(path)
	got, err := l.TryLock()
	if err != nil || !got {
		return true, err
	}
	return false, errors.Join(l.Unlock(), os.Remove(path))
}

// Look tells how each of the locks is now.
func (f *Folder) Look(ctx context.Context, keys []apply.LockKey) ([]apply.LockState, error) {
	states := make([]apply.LockState, len(keys))
	return states, f.under(ctx, func() error {
		for i, k := range keys {
			e, err := f.read(k)
			if err != nil {
				return err
			}
			if states[i], err = f.state(e); err != nil {
				return err
			}
		}
		return nil
	})
}

// Take takes all of the locks, or none.
func (f *Folder) Take(ctx context.Context, keys []apply.LockKey) ([]apply.Lock, error) {
	locks := make([]apply.Lock, len(keys))
	err := f.under(ctx, func() error {
		entries, err := f.free(keys)
		if err != nil {
			return err
		}
		if err := f.live(); err != nil {
			return err
		}
		h := f.Holder
		for i, e := range entries {
			e.Epoch++
			e.Holder = &holder{Life: f.id, Who: h.Who, Run: h.Run, Host: h.Host, PID: h.PID, Since: time.Now().UTC().Truncate(time.Second)}
			if err := f.write(e); err != nil {
				return errors.Join(err, f.giveBack(entries[:i]))
			}
			entries[i] = e
			locks[i] = &taken{folder: f, entry: e, life: f.id}
		}
		f.held += len(keys)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return locks, nil
}

// free returns the entries of locks that nobody holds, else a HeldError.
func (f *Folder) free(keys []apply.LockKey) ([]entry, error) {
	var held []apply.LockState
	entries := make([]entry, len(keys))
	for i, k := range keys {
		e, err := f.read(k)
		if err != nil {
			return nil, err
		}
		s, err := f.state(e)
		if err != nil {
			return nil, err
		}
		if s.Held() {
			held = append(held, s)
		}
		entries[i] = e
	}
	if len(held) > 0 {
		return nil, &apply.HeldError{Held: held}
	}
	return entries, nil
}

// live begins to show that this process is alive.
func (f *Folder) live() error {
	if f.life != nil {
		return nil
	}
	id := rand.Text()
	l := flock.New(filepath.Join(f.Path, id+lifeSuffix))
	switch got, err := l.TryLock(); {
	case err != nil:
		return err
	case !got:
		return fmt.Errorf("%s is locked already", l.Path())
	}
	f.life, f.id = l, id
	return nil
}

// giveBack frees locks just taken.
func (f *Folder) giveBack(entries []entry) error {
	var errs []error
	for _, e := range entries {
		e.Holder = nil
		errs = append(errs, f.write(e))
	}
	return errors.Join(append(errs, f.rest())...)
}

// rest ends what shows that this process is alive, once no lock depends on it.
func (f *Folder) rest() error {
	if f.life == nil || f.held > 0 {
		return nil
	}
	err := errors.Join(f.life.Unlock(), os.Remove(f.life.Path()))
	f.life, f.id = nil, ""
	return err
}

// List returns the locks that have a holder.
func (f *Folder) List(ctx context.Context) ([]apply.LockState, error) {
	var states []apply.LockState
	err := f.under(ctx, func() error {
		files, err := filepath.Glob(filepath.Join(f.Path, "*"+lockSuffix))
		if err != nil {
			return err
		}
		for _, file := range files {
			b, err := os.ReadFile(file)
			if err != nil {
				return err
			}
			var e entry
			if json.Unmarshal(b, &e) != nil || e.Holder == nil {
				continue // torn, so that nobody alive can hold it, or free
			}
			s, err := f.state(e)
			if err != nil {
				return err
			}
			states = append(states, s)
		}
		return nil
	})
	slices.SortFunc(states, func(a, b apply.LockState) int {
		return strings.Compare(a.String(), b.String())
	})
	return states, err
}

// Free takes a lock from its holder.
func (f *Folder) Free(ctx context.Context, seen apply.LockState) (freed bool, err error) {
	return freed, f.under(ctx, func() error {
		e, err := f.read(seen.LockKey)
		if err != nil || e.Epoch != seen.Epoch || e.Holder == nil {
			return err
		}
		e.Epoch++
		e.Holder = nil
		freed = true
		return f.write(e)
	})
}

// taken is a lock that this process took.
type taken struct {
	folder *Folder
	entry  entry
	life   string
	once   sync.Once
}

// Epoch returns the lock's epoch.
func (t *taken) Epoch() uint64 { return t.entry.Epoch }

func (t *taken) key() apply.LockKey {
	return apply.LockKey{Zone: t.entry.Zone, Target: t.entry.Target}
}

// ours reports whether e is as t made it.
func (t *taken) ours(e entry) bool {
	return e.Epoch == t.entry.Epoch && e.Holder != nil && e.Holder.Life == t.life
}

// Check returns an error unless the file says what t wrote there.
func (t *taken) Check(ctx context.Context) error {
	return t.folder.under(ctx, func() error {
		e, err := t.folder.read(t.key())
		switch {
		case err != nil:
			return fmt.Errorf("check the lock: %w", err)
		case t.ours(e):
			return nil
		case e.Holder == nil:
			return fmt.Errorf("%w: it was freed by hand", apply.ErrLockLost)
		}
		s, err := t.folder.state(e)
		return errors.Join(fmt.Errorf("%w to %s", apply.ErrLockLost, s.Holder), err)
	})
}

// Release frees the lock.
func (t *taken) Release() {
	t.once.Do(func() {
		f := t.folder
		_ = f.under(context.Background(), func() error {
			e, err := f.read(t.key())
			if err == nil && t.ours(e) {
				e.Holder = nil
				err = f.write(e)
			}
			f.held--
			return errors.Join(err, f.rest())
		})
	})
}
