// Package postgres keeps the journal and the locks of zones in a PostgreSQL
// database, where many hosts share them. It alone knows the database and its
// driver.
package postgres

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/zoneloom/zoneloom/apply/journal"
)

// Config says which database to use, and how to get there.
type Config struct {
	LockLife time.Duration // how long a lock lasts without a sign of life from its holder; 0 is a minute

	conn *pgx.ConnConfig
}

// plainKeys are the parameters of a URL that read no file and lead nowhere else.
var plainKeys = []string{
	"application_name", "connect_timeout", "dbname", "host", "password", "port", "search_path", "sslmode", "target_session_attrs", "user",
}

// Parse reads the URL of a database. A strict one may not have parameters that
// read files or name services. Its errors show nothing of the URL.
func Parse(text string, strict bool) (*Config, error) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" || u.Fragment != "" {
		return nil, errors.New("the url can't be read: it must be postgres://USER:PASSWORD@HOST/DATABASE")
	}
	for key := range u.Query() {
		if strict && !slices.Contains(plainKeys, key) {
			return nil, fmt.Errorf("the url must not have the parameter %q; there are %s", key, strings.Join(plainKeys, ", "))
		}
	}
	conn, err := pgx.ParseConfig(text)
	if err != nil {
		return nil, errors.New("the url can't be read as that of a PostgreSQL database")
	}
	if conn.ConnectTimeout == 0 {
		conn.ConnectTimeout = patience
	}
	return &Config{conn: conn}, nil
}

// Host is one that a Config leads to.
type Host struct {
	Name  string // a path where Local
	Port  uint16
	Local bool // a socket of this machine
	TLS   bool // never without
}

// Password returns the password that the server is told, "" where there is none.
func (c *Config) Password() string { return c.conn.Password }

// Hosts returns every host that might be connected to.
func (c *Config) Hosts() []Host {
	var hosts []Host
	add := func(name string, port uint16, secure bool) {
		local := strings.HasPrefix(name, "/") || strings.HasPrefix(name, "@")
		hosts = append(hosts, Host{name, port, local, secure})
	}
	add(c.conn.Host, c.conn.Port, c.conn.TLSConfig != nil)
	for _, f := range c.conn.Fallbacks {
		add(f.Host, f.Port, f.TLSConfig != nil)
	}
	return hosts
}

// patience bounds each call to the database.
const patience = 30 * time.Second

// runLocks is the class of the advisory locks that runs hold while they go on.
const runLocks = 0x7a6c // "zl"

// Store is a journal.Store in a database.
type Store struct {
	config *Config

	mu   sync.Mutex
	conn *pgx.Conn
}

var _ journal.Store = (*Store)(nil)

// Open connects to the database and brings its schema up to date. The caller
// closes the Store.
func Open(ctx context.Context, c *Config) (*Store, error) {
	conn, err := c.open(ctx)
	if err != nil {
		return nil, err
	}
	return &Store{config: c, conn: conn}, nil
}

// open connects to the database and brings its schema up to date.
func (c *Config) open(ctx context.Context) (*pgx.Conn, error) {
	conn, err := c.connect(ctx)
	if err != nil {
		return nil, err
	}
	if err := migrate(ctx, conn); err != nil {
		return nil, errors.Join(c.fail(err), conn.Close(ctx))
	}
	return conn, nil
}

// settings are those of each connection: commits wait for the disk, a statement
// that waited sees what was committed meanwhile, who falls silent within a
// transaction doesn't keep others waiting, and the session of a host that is gone
// ends within a minute: by itself the server would count its run as going on for
// two hours.
const settings = `SELECT
	set_config('synchronous_commit', CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END, false),
	set_config('default_transaction_isolation', 'read committed', false),
	set_config('idle_in_transaction_session_timeout', $1, false),
	set_config('tcp_keepalives_idle', '15', false),
	set_config('tcp_keepalives_interval', '15', false),
	set_config('tcp_keepalives_count', '3', false)`

// connect opens a connection.
func (c *Config) connect(ctx context.Context) (*pgx.Conn, error) {
	conn, err := pgx.ConnectConfig(ctx, c.conn.Copy())
	if err != nil {
		return nil, c.fail(err)
	}
	if _, err := conn.Exec(ctx, settings, fmt.Sprintf("%ds", int(patience.Seconds()))); err != nil {
		return nil, errors.Join(c.fail(err), conn.Close(ctx))
	}
	return conn, nil
}

// name is that of the database, for messages.
func (c *Config) name() string {
	return fmt.Sprintf("the database %s at %s", c.conn.Database, c.conn.Host)
}

// fail says which database err is about.
func (c *Config) fail(err error) error { return fmt.Errorf("%s: %w", c.name(), err) }

// Close ends the connection.
func (s *Store) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return s.conn.Close(ctx)
}

// Begin keeps a new run. A connection of its own holds an advisory lock until the
// Log is closed: when the process ends, the server lets go of it.
func (s *Store) Begin(ctx context.Context, id string, head, plan []byte) (journal.Log, error) {
	conn, err := s.config.connect(ctx)
	if err != nil {
		return nil, err
	}
	err = pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		var number int32
		err := tx.QueryRow(ctx, `INSERT INTO zoneloom_runs (id, head, plan) VALUES ($1, $2, $3) RETURNING number`,
			id, string(head), string(plan)).Scan(&number)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `SELECT pg_advisory_lock($1::int, $2::int)`, runLocks, number)
		return err
	})
	if err != nil {
		const uniqueViolation = "23505"
		if e, ok := errors.AsType[*pgconn.PgError](err); ok && e.Code == uniqueViolation {
			err = fmt.Errorf("%w: %s", journal.ErrTaken, id)
		}
		return nil, errors.Join(s.config.fail(err), conn.Close(ctx))
	}
	return &log{store: s, conn: conn, id: id}, nil
}

// log takes down the events of one run.
type log struct {
	store *Store
	id    string

	mu   sync.Mutex
	conn *pgx.Conn
	n    int
	err  error
}

// Append keeps an event, and returns when the server has it on its disk.
func (l *log) Append(event []byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err != nil {
		return l.err
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	l.n++
	_, err := l.conn.Exec(ctx, `INSERT INTO zoneloom_events (run, n, event) VALUES ($1, $2, $3)`, l.id, l.n, string(event))
	if err != nil {
		l.err = l.store.config.fail(err)
	}
	return l.err
}

// Close lets go of the run's lock, which the server would do a moment after the
// connection has ended, and ends it.
func (l *log) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	_, err := l.conn.Exec(ctx, `SELECT pg_advisory_unlock_all()`)
	return errors.Join(err, l.conn.Close(ctx))
}

// listed are the runs with whether each goes on. It is asked before what they
// hold: a run that ends meanwhile then counts as going on, not as stopped.
const listed = `SELECT id, EXISTS (
	SELECT FROM pg_locks
	WHERE locktype = 'advisory' AND granted AND objsubid = 2 AND classid = $1::int::oid AND objid = number::oid
	AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))
FROM zoneloom_runs`

// List reads all runs but for their plans.
func (s *Store) List(ctx context.Context) ([]journal.Record, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	records, err := s.read(ctx, listed, runLocks)
	if err != nil {
		return nil, s.config.fail(err)
	}
	return records, nil
}

// Load reads one run.
func (s *Store) Load(ctx context.Context, id string) (*journal.Record, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	records, err := s.read(ctx, listed+` WHERE id = $2`, runLocks, id)
	if err != nil {
		return nil, s.config.fail(err)
	}
	if len(records) == 0 {
		return nil, fmt.Errorf("%w: %s", journal.ErrNoRun, id)
	}
	r := &records[0]
	var plan string
	if err := s.conn.QueryRow(ctx, `SELECT plan::text FROM zoneloom_runs WHERE id = $1`, id).Scan(&plan); err != nil {
		return nil, s.config.fail(err)
	}
	r.Plan = []byte(plan)
	return r, nil
}

// read reads the runs that a query finds, without their plans.
func (s *Store) read(ctx context.Context, query string, args ...any) ([]journal.Record, error) {
	rows, err := s.conn.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	records, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (journal.Record, error) {
		var r journal.Record
		err := row.Scan(&r.ID, &r.Live)
		r.Source = "run " + r.ID + " in " + s.config.name()
		return r, err
	})
	if err != nil {
		return nil, err
	}
	index := map[string]*journal.Record{}
	ids := make([]string, len(records))
	for i := range records {
		ids[i], index[records[i].ID] = records[i].ID, &records[i]
	}
	err = s.each(ctx, `SELECT id, head::text FROM zoneloom_runs WHERE id = ANY($1)`, ids, func(id, text string) {
		index[id].Head = []byte(text)
	})
	if err != nil {
		return nil, err
	}
	return records, s.each(ctx, `SELECT run, event::text FROM zoneloom_events WHERE run = ANY($1) ORDER BY run, n`, ids, func(id, text string) {
		index[id].Events = append(index[id].Events, []byte(text))
	})
}

// each calls do for the rows that a query about runs finds.
func (s *Store) each(ctx context.Context, query string, ids []string, do func(id, text string)) error {
	rows, err := s.conn.Query(ctx, query, ids)
	if err != nil {
		return err
	}
	var id, text string
	_, err = pgx.ForEachRow(rows, []any{&id, &text}, func() error {
		do(id, text)
		return nil
	})
	return err
}
