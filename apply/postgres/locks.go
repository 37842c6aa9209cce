package postgres

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/zoneloom/zoneloom/apply"
	"github.com/zoneloom/zoneloom/apply/lock"
	"github.com/zoneloom/zoneloom/state"
)

// lockLife is how long a lock lasts unless its holder renews it, which it does
// several times in that time.
const (
	lockLife = time.Minute
	renewals = 4
)

// Locks keeps locks in a database, for all runs that share it.
//
// A lock is a row with its epoch and its holder. It is the holder's until it
// expires by the server's clock; no other clock matters. While a Locks holds
// some, it renews them, and so does each Check. That a lock is still somebody's
// hangs on its row alone, not on the connection: the advisory lock of a run in
// the journal, which ends with its session, says only that the run goes on. A
// session can end while its process is about to write, and another begin.
type Locks struct {
	config *Config
	life   time.Duration
	stop   chan struct{}  // closed to end the renewals
	done   sync.WaitGroup // them

	mu     sync.Mutex
	conn   *pgx.Conn
	holder apply.Holder
	held   map[string]int // how many locks each taking still holds, by its claim
}

var _ lock.Store = (*Locks)(nil)

// OpenLocks connects to the database and brings its schema up to date. Holder is
// who takes locks; when is filled in. The caller closes the Locks.
func OpenLocks(ctx context.Context, c *Config, holder apply.Holder) (*Locks, error) {
	conn, err := c.open(ctx)
	if err != nil {
		return nil, err
	}
	l := &Locks{
		config: c, life: cmp.Or(c.LockLife, lockLife), stop: make(chan struct{}),
		conn: conn, holder: holder, held: map[string]int{},
	}
	l.done.Go(l.renewAll)
	return l, nil
}

// Close ends the renewals and the connection. What is still held then ends when
// its time is up.
func (l *Locks) Close() error {
	close(l.stop)
	l.done.Wait()
	l.mu.Lock()
	defer l.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return l.conn.Close(ctx)
}

// TakeFor says which run takes locks from now on.
func (l *Locks) TakeFor(run string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.holder.Run = run
}

// do has the connection, a new one where it was lost, do something within a
// time. Once begun that isn't cancelled: a statement that is cut off leaves open
// what it did.
func (l *Locks) do(ctx context.Context, limit time.Duration, do func(context.Context, *pgx.Conn) error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), limit)
	defer cancel()
	if l.conn.IsClosed() {
		conn, err := l.config.connect(ctx)
		if err != nil {
			return err
		}
		l.conn = conn
	}
	if err := do(ctx, l.conn); err != nil {
		if _, held := errors.AsType[*apply.HeldError](err); held {
			return err
		}
		return l.config.fail(err)
	}
	return nil
}

// renewAll renews what is held, time and again.
func (l *Locks) renewAll() {
	ticker := time.NewTicker(l.life / renewals)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			_ = l.renew() // the next Check tells
		case <-l.stop:
			return
		}
	}
}

// renew puts off the end of all that is held and hasn't expired. Whoever locks
// several rows does so in their order, or two might wait for one another.
func (l *Locks) renew() error {
	const renew = `UPDATE zoneloom_locks AS l SET expires = clock_timestamp() + $2::interval FROM (
	SELECT target, zone FROM zoneloom_locks WHERE claim = ANY($1) ORDER BY target, zone FOR UPDATE
) AS ours WHERE l.target = ours.target AND l.zone = ours.zone AND l.claim = ANY($1) AND l.expires > clock_timestamp()`
	return l.do(context.Background(), l.life/2, func(ctx context.Context, c *pgx.Conn) error {
		claims := make([]string, 0, len(l.held))
		for claim := range l.held {
			claims = append(claims, claim)
		}
		if len(claims) == 0 {
			return nil
		}
		_, err := c.Exec(ctx, renew, claims, l.life)
		return err
	})
}

// columns are what scan reads.
const columns = `target, zone, epoch, claim IS NOT NULL, holder::text, since, expires, coalesce(expires <= clock_timestamp(), false)`

// scan reads the state of a lock. A holder that can't be read is somebody unknown.
func scan(row pgx.CollectableRow) (apply.LockState, error) {
	var (
		s              apply.LockState
		target, zone   string
		taken, expired bool
		who            *string
		since, expires *time.Time
	)
	if err := row.Scan(&target, &zone, &s.Epoch, &taken, &who, &since, &expires, &expired); err != nil {
		return s, err
	}
	s.LockKey = apply.LockKey{Zone: state.Name(zone), Target: target}
	if !taken {
		return s, nil
	}
	var h holder
	if who != nil && json.Unmarshal([]byte(*who), &h) != nil {
		h = holder{}
	}
	s.Holder = &apply.Holder{
		Who: h.Who, Run: h.Run, Host: h.Host, PID: h.PID,
		Since: since.UTC().Truncate(time.Second), Until: expires.UTC().Truncate(time.Second),
	}
	s.Dead = expired
	return s, nil
}

// holder is who holds a lock, as it stands in the database.
type holder struct {
	Who  string `json:"who,omitempty"`
	Run  string `json:"run,omitempty"`
	Host string `json:"host,omitempty"`
	PID  int    `json:"pid,omitempty"`
}

// look reads how locks are, in the order of keys.
func look(ctx context.Context, c *pgx.Conn, keys []apply.LockKey) ([]apply.LockState, error) {
	targets, zones := split(keys)
	rows, err := c.Query(ctx, `SELECT `+columns+` FROM zoneloom_locks WHERE (target, zone) IN (SELECT * FROM unnest($1::text[], $2::text[]))`, targets, zones)
	if err != nil {
		return nil, err
	}
	found, err := pgx.CollectRows(rows, scan)
	if err != nil {
		return nil, err
	}
	by := map[apply.LockKey]apply.LockState{}
	for _, s := range found {
		by[s.LockKey] = s
	}
	states := make([]apply.LockState, len(keys))
	for i, k := range keys {
		states[i] = by[k]
		states[i].LockKey = k
	}
	return states, nil
}

func split(keys []apply.LockKey) (targets, zones []string) {
	for _, k := range keys {
		targets, zones = append(targets, k.Target), append(zones, string(k.Zone))
	}
	return targets, zones
}

// Look tells how each of the locks is now.
func (l *Locks) Look(ctx context.Context, keys []apply.LockKey) ([]apply.LockState, error) {
	var states []apply.LockState
	err := l.do(ctx, patience, func(ctx context.Context, c *pgx.Conn) (err error) {
		states, err = look(ctx, c, keys)
		return err
	})
	return states, err
}

// Take takes all of the locks, or none.
func (l *Locks) Take(ctx context.Context, keys []apply.LockKey) ([]apply.Lock, error) {
	locks := make([]apply.Lock, len(keys))
	err := l.do(ctx, patience, func(ctx context.Context, c *pgx.Conn) error {
		claim := rand.Text()
		var epochs map[apply.LockKey]uint64
		err := pgx.BeginFunc(ctx, c, func(tx pgx.Tx) (err error) {
			epochs, err = l.take(ctx, tx, keys, claim)
			return err
		})
		if err != nil {
			return err
		}
		for i, k := range keys {
			locks[i] = &taken{locks: l, key: k, epoch: epochs[k], claim: claim}
		}
		l.held[claim] = len(keys)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return locks, nil
}

// take takes those of the locks that nobody holds, and returns their new epochs.
// Where that aren't all it returns a HeldError.
func (l *Locks) take(ctx context.Context, tx pgx.Tx, keys []apply.LockKey, claim string) (map[apply.LockKey]uint64, error) {
	const take = `INSERT INTO zoneloom_locks AS l (target, zone, epoch, claim, holder, since, expires)
SELECT target, zone, 1, $3, $4::text::json, clock_timestamp(), clock_timestamp() + $5::interval
FROM unnest($1::text[], $2::text[]) AS wanted (target, zone) ORDER BY target, zone
ON CONFLICT (target, zone) DO UPDATE
SET epoch = l.epoch + 1, claim = excluded.claim, holder = excluded.holder, since = clock_timestamp(), expires = clock_timestamp() + $5::interval
WHERE l.claim IS NULL OR l.expires <= clock_timestamp()
RETURNING target, zone, epoch`
	who, err := json.Marshal(holder{l.holder.Who, l.holder.Run, l.holder.Host, l.holder.PID})
	if err != nil {
		return nil, err
	}
	targets, zones := split(keys)
	rows, err := tx.Query(ctx, take, targets, zones, claim, string(who), l.life)
	if err != nil {
		return nil, err
	}
	epochs := map[apply.LockKey]uint64{}
	var target, zone string
	var epoch uint64
	if _, err := pgx.ForEachRow(rows, []any{&target, &zone, &epoch}, func() error {
		epochs[apply.LockKey{Zone: state.Name(zone), Target: target}] = epoch
		return nil
	}); err != nil {
		return nil, err
	}
	if len(epochs) == len(keys) {
		return epochs, nil
	}
	// The others' rows are locked until this transaction ends: they are as they were.
	others := slices.DeleteFunc(slices.Clone(keys), func(k apply.LockKey) bool { return epochs[k] > 0 })
	held, err := look(ctx, tx.Conn(), others)
	if err != nil {
		return nil, err
	}
	return nil, &apply.HeldError{Held: held}
}

// List returns the locks that have a holder.
func (l *Locks) List(ctx context.Context) ([]apply.LockState, error) {
	var states []apply.LockState
	err := l.do(ctx, patience, func(ctx context.Context, c *pgx.Conn) error {
		rows, err := c.Query(ctx, `SELECT `+columns+` FROM zoneloom_locks WHERE claim IS NOT NULL`)
		if err != nil {
			return err
		}
		states, err = pgx.CollectRows(rows, scan)
		return err
	})
	slices.SortFunc(states, func(a, b apply.LockState) int { return cmp.Compare(a.String(), b.String()) })
	return states, err
}

// Free takes a lock from its holder.
func (l *Locks) Free(ctx context.Context, seen apply.LockState) (bool, error) {
	const free = `UPDATE zoneloom_locks SET epoch = epoch + 1, claim = NULL, holder = NULL, since = NULL, expires = NULL
WHERE target = $1 AND zone = $2 AND epoch = $3 AND claim IS NOT NULL`
	freed := false
	err := l.do(ctx, patience, func(ctx context.Context, c *pgx.Conn) error {
		tag, err := c.Exec(ctx, free, seen.Target, string(seen.Zone), seen.Epoch)
		freed = tag.RowsAffected() == 1
		return err
	})
	return freed, err
}

// taken is a lock that this process took.
type taken struct {
	locks *Locks
	key   apply.LockKey
	epoch uint64
	claim string // tells it from another of that epoch, after the database has forgotten something
	once  sync.Once
}

// Epoch returns the lock's epoch.
func (t *taken) Epoch() uint64 { return t.epoch }

// Check renews the lock, which goes well only where it is still the taker's. An
// answer that takes half the lock's life is none: the request that waits for it
// would begin with too little of it left.
func (t *taken) Check(ctx context.Context) error {
	const check = `UPDATE zoneloom_locks SET expires = clock_timestamp() + $5::interval
WHERE target = $1 AND zone = $2 AND epoch = $3 AND claim = $4 AND expires > clock_timestamp()`
	ours, now := false, apply.LockState{}
	err := t.locks.do(ctx, t.locks.life/2, func(ctx context.Context, c *pgx.Conn) error {
		tag, err := c.Exec(ctx, check, t.key.Target, string(t.key.Zone), t.epoch, t.claim, t.locks.life)
		if err != nil {
			return err
		}
		if ours = tag.RowsAffected() == 1; ours {
			return nil
		}
		states, err := look(ctx, c, []apply.LockKey{t.key})
		if err == nil {
			now = states[0]
		}
		return err
	})
	switch {
	case err != nil && ctx.Err() != nil:
		return err
	case err != nil:
		return fmt.Errorf("nothing more is sent, as the zone's lock can't be checked: %w", err)
	case ours:
		return nil
	case now.Epoch < t.epoch:
		return fmt.Errorf("%w: the database has forgotten it", apply.ErrLockLost)
	case now.Holder == nil:
		return fmt.Errorf("%w: it was freed by hand", apply.ErrLockLost)
	case now.Epoch == t.epoch && now.Dead:
		return fmt.Errorf("%w: the database had no sign of life from this run for %s", apply.ErrLockLost, t.locks.life)
	}
	return fmt.Errorf("%w to %s", apply.ErrLockLost, now.Holder)
}

// Release frees the lock.
func (t *taken) Release() {
	const release = `UPDATE zoneloom_locks SET claim = NULL, holder = NULL, since = NULL, expires = NULL
WHERE target = $1 AND zone = $2 AND epoch = $3 AND claim = $4`
	t.once.Do(func() {
		l := t.locks
		_ = l.do(context.Background(), patience, func(ctx context.Context, c *pgx.Conn) error {
			_, err := c.Exec(ctx, release, t.key.Target, string(t.key.Zone), t.epoch, t.claim)
			return err
		})
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.held[t.claim]--; l.held[t.claim] == 0 {
			delete(l.held, t.claim)
		}
	})
}
