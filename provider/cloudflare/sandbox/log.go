package sandbox

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// The log is NDJSON: a header, then one line for each transaction, each with the checksum of what it holds. A line that
// doesn't end in a line break was being written when the process died, and never acknowledged: it is cut off.
const (
	logHeader = `{"format":"zoneloom sandbox log","version":1}` + "\n"
	linePre   = `{"sum":"00000000","tx":`
)

// errShared is why a log can't be locked.
var errShared = errors.New("another sandbox has the log open: stop it, or choose another file")

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// entry is one transaction. On replay its parts take effect in the order of the fields.
type entry struct {
	User    *user       `json:"user,omitempty"`
	Zones   []*zoneMeta `json:"zones,omitempty"`
	Gone    []string    `json:"gone,omitempty"` // ids of zones
	Zone    string      `json:"zone,omitempty"` // whose records these are
	Deletes []string    `json:"deletes,omitempty"`
	Records []line      `json:"records,omitempty"`
}

func (e *entry) size() int { return 1 + len(e.Zones) + len(e.Gone) + len(e.Deletes) + len(e.Records) }

// line is a record as the log keeps it.
type line struct {
	ID         string   `json:"i"`
	Name       string   `json:"n"`
	Type       string   `json:"t"`
	Content    string   `json:"c"`
	Data       string   `json:"d,omitempty"`
	TTL        uint32   `json:"l"`
	Priority   uint16   `json:"p,omitempty"`
	Proxied    bool     `json:"x,omitempty"`
	Private    bool     `json:"v,omitempty"`
	ReadOnly   bool     `json:"o,omitempty"`
	SettingSet uint8    `json:"s,omitempty"`
	SettingOn  uint8    `json:"so,omitempty"`
	Comment    string   `json:"m,omitempty"`
	CommentAt  int64    `json:"ma,omitempty"`
	Tags       []string `json:"g,omitempty"`
	TagsAt     int64    `json:"ga,omitempty"`
	Created    int64    `json:"a"`
	Modified   int64    `json:"u"`
}

func (r *record) line() line {
	l := line{
		ID: r.id.String(), Name: r.name, Type: r.kind.String(), Content: r.content, Data: r.data, TTL: r.ttl, Priority: r.priority,
		Proxied: r.proxied, Private: r.private, ReadOnly: r.readOnly, SettingSet: r.settings.set, SettingOn: r.settings.on,
		Created: r.created, Modified: r.modified,
	}
	if r.rare != nil {
		l.Comment, l.CommentAt, l.Tags, l.TagsAt = r.rare.comment, r.rare.commentAt, r.rare.tags, r.rare.tagsAt
	}
	return l
}

func (l *line) record() (*record, error) {
	id, ok := parseID(l.ID)
	kind, known := typeByName(l.Type)
	if !ok || !known {
		return nil, fmt.Errorf("record %q of type %q is none", l.ID, l.Type)
	}
	r := &record{
		id: id, name: l.Name, kind: kind, content: l.Content, data: l.Data, ttl: l.TTL, priority: l.Priority,
		proxied: l.Proxied, private: l.Private, readOnly: l.ReadOnly, settings: settings{l.SettingSet, l.SettingOn},
		created: l.Created, modified: l.Modified,
	}
	if l.Comment != "" || len(l.Tags) > 0 {
		r.rare = &rare{l.Comment, l.Tags, l.CommentAt, l.TagsAt}
	}
	return r, nil
}

// txLog is the open log file.
type txLog struct {
	path   string   // as it is shown
	dir    *os.Root // every file of the log is opened from here, by name
	name   string
	own    io.Closer // dir, unless it is the caller's
	file   *os.File
	lock   io.Closer
	weight int   // entries' sizes in the file, to know when it has outgrown the live state
	broken error // a failed write that couldn't be taken back: nothing may follow it
}

// openLog locks the log at path below dir, replays it into st, and compacts it where it pays.
func openLog(dir *os.Root, path string, st *store) (*txLog, error) {
	l := &txLog{path: path, dir: dir, name: path}
	if dir == nil {
		if err := l.ownDir(); err != nil {
			return nil, fmt.Errorf("sandbox log: %w", err)
		}
	}
	if err := l.open(st); err != nil {
		return nil, errors.Join(err, l.close())
	}
	return l, nil
}

// ownDir opens the folder of the log, wherever links lead to it.
func (l *txLog) ownDir() (err error) {
	path := l.path
	if to, err := filepath.EvalSymlinks(path); err == nil {
		path = to
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	l.dir, err = os.OpenRoot(filepath.Dir(path))
	l.own, l.name = l.dir, filepath.Base(path)
	return err
}

func (l *txLog) open(st *store) (err error) {
	if err := l.dir.MkdirAll(filepath.Dir(l.name), 0o700); err != nil {
		return fmt.Errorf("sandbox log: %w", err)
	}
	lock, err := l.dir.OpenFile(l.name+".lock", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("sandbox log: %w", err)
	}
	l.lock = lock
	if err := lockFile(lock); err != nil {
		return fmt.Errorf("sandbox log: %s.lock: %w", l.path, err)
	}
	if l.file, err = l.dir.OpenFile(l.name, os.O_RDWR|os.O_CREATE, 0o600); err != nil {
		return fmt.Errorf("sandbox log: %w", err)
	}
	good, err := l.replay(st)
	if err != nil {
		return err
	}
	if err := l.cut(good); err != nil {
		return fmt.Errorf("sandbox log %s: %w", l.path, err)
	}
	return l.compactIfLarge(st)
}

// cut drops what follows the last whole line, and starts an empty file with its header.
func (l *txLog) cut(good int64) error {
	info, err := l.file.Stat()
	if err != nil {
		return err
	}
	if info.Size() > good {
		if err := errors.Join(l.file.Truncate(good), l.file.Sync()); err != nil {
			return err
		}
	}
	if _, err := l.file.Seek(good, io.SeekStart); err != nil || good > 0 {
		return err
	}
	if _, err := l.file.WriteString(logHeader); err != nil {
		return err
	}
	return errors.Join(l.file.Sync(), l.syncDir())
}

// replay applies all whole lines and returns where the last of them ends.
func (l *txLog) replay(st *store) (good int64, err error) {
	r := bufio.NewReaderSize(l.file, 1<<20)
	for n := 1; ; n++ {
		raw, err := r.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			if n == 1 && !strings.HasPrefix(logHeader, string(raw)) {
				return 0, fmt.Errorf("%s is not a sandbox log: choose another file for the data", l.path)
			}
			return good, nil
		}
		if err != nil {
			return 0, fmt.Errorf("sandbox log %s: %w", l.path, err)
		}
		if n == 1 {
			if string(raw) != logHeader {
				return 0, fmt.Errorf("%s is not a sandbox log of this version: choose another file for the data", l.path)
			}
		} else if err := l.replayLine(st, raw); err != nil {
			return 0, fmt.Errorf("sandbox log %s:%d: %w: restore the file from a copy, or remove it to start anew", l.path, n, err)
		}
		good += int64(len(raw))
	}
}

func (l *txLog) replayLine(st *store, raw []byte) error {
	tx, ok := bytes.CutSuffix(raw, []byte("}\n"))
	if !ok || len(tx) < len(linePre) {
		return errors.New("the line is not a transaction")
	}
	tx = tx[len(linePre):]
	if !bytes.Equal(raw, sealed(tx)) {
		return errors.New("the line is damaged: its checksum differs")
	}
	var e entry
	if err := json.Unmarshal(tx, &e); err != nil {
		return err
	}
	l.weight += e.size()
	return st.apply(&e)
}

// sealed is the line that holds the transaction.
func sealed(tx []byte) []byte {
	buf := make([]byte, 0, len(linePre)+len(tx)+2)
	buf = fmt.Appendf(buf, `{"sum":"%08x","tx":`, crc32.Checksum(tx, castagnoli))
	buf = append(buf, tx...)
	return append(buf, '}', '\n')
}

// apply repeats a transaction of the log.
func (st *store) apply(e *entry) error {
	if e.User != nil {
		st.user = *e.User
	}
	for _, m := range e.Zones {
		st.putZone(m)
	}
	for _, id := range e.Gone {
		if z := st.zones[id]; z != nil {
			st.dropZone(z)
		}
	}
	if e.Zone == "" {
		return nil
	}
	z := st.zones[e.Zone]
	if z == nil {
		return fmt.Errorf("no zone %s for its records", e.Zone)
	}
	for _, s := range e.Deletes {
		id, _ := parseID(s)
		r := z.records[id]
		if r == nil {
			return fmt.Errorf("no record %s to delete", s)
		}
		z.replace(r, nil)
	}
	for i := range e.Records {
		r, err := e.Records[i].record()
		if err != nil {
			return err
		}
		if at := z.byName[r.name]; len(at) > 0 {
			r.name = at[0].name // one copy of the name for all its records
		}
		z.replace(z.records[r.id], r)
	}
	return nil
}

// append writes one transaction and waits until it is on the disk.
func (l *txLog) append(e *entry) error {
	end, err := l.file.Seek(0, io.SeekCurrent)
	if err != nil {
		return err
	}
	if _, err = l.file.Write(sealed(encode(e))); err == nil {
		err = l.file.Sync()
	}
	if err != nil {
		_, seekErr := l.file.Seek(end, io.SeekStart)
		l.broken = errors.Join(l.file.Truncate(end), seekErr)
		return err
	}
	l.weight += e.size()
	return nil
}

func (l *txLog) close() error {
	var errs []error
	if l.file != nil {
		errs = append(errs, l.file.Close())
	}
	for _, c := range []io.Closer{l.lock, l.own} {
		if c != nil {
			errs = append(errs, c.Close())
		}
	}
	return errors.Join(errs...)
}
