package journal

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
)

// DefaultFolder is where records are kept unless the configuration says
// otherwise, in the folder of the configuration.
const DefaultFolder = ".zoneloom/runs"

// Folder is a Store of one file for each run, ID.ndjson, in a folder. A file
// grows by whole lines, each on the disk before the next step of its run: only
// its last line can be torn, and then what it was to tell didn't happen.
type Folder struct {
	root *os.Root
	path string // of the folder, below root
	name string // of the folder, for messages
}

var _ Store = (*Folder)(nil)

// OpenFolder returns the Store in the folder path below dir, which path and the
// links on its way can't leave. The folder is made when the first run begins.
func OpenFolder(dir, path string) (*Folder, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	return &Folder{root, filepath.ToSlash(filepath.Clean(path)), filepath.Join(dir, path)}, nil
}

// Close lets go of the folder.
func (f *Folder) Close() error { return f.root.Close() }

// Extension is how the file of a run ends.
const Extension = ".ndjson"

// file returns the path of a run's file below root.
func (f *Folder) file(id string) string { return path.Join(f.path, id+Extension) }

// Begin writes the first two lines of a new file. They are durable when it
// returns, the file's entry in its folder among them.
func (f *Folder) Begin(_ context.Context, id string, head, plan []byte) (Log, error) {
	if err := f.make(); err != nil {
		return nil, fmt.Errorf("the folder of the journal, %s: %w", f.name, pathless(err))
	}
	file, err := f.root.OpenFile(f.file(id), os.O_RDWR|os.O_CREATE|os.O_EXCL|os.O_APPEND, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("%w: %s", ErrTaken, id)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.source(id), pathless(err))
	}
	log := &fileLog{file: file}
	err = lock(file)
	if err == nil {
		err = log.Append(bytes.Join([][]byte{head, plan}, []byte("\n")))
	}
	if err == nil {
		err = f.syncDir(f.path)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.source(id), errors.Join(pathless(err), log.Close()))
	}
	return log, nil
}

// make makes the folder, where it isn't there yet, with a .gitignore: plans are
// as private as zones are.
func (f *Folder) make() error {
	if _, err := f.root.Stat(f.path); err == nil || !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := f.root.MkdirAll(f.path, 0o700); err != nil {
		return err
	}
	top := f.path
	if own, _, _ := strings.Cut(f.path, "/"); own == path.Dir(DefaultFolder) {
		top = own
	}
	file, err := f.root.OpenFile(path.Join(top, ".gitignore"), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	switch {
	case errors.Is(err, fs.ErrExist):
	case err != nil:
		return err
	default:
		_, err := file.WriteString("*\n")
		if err := errors.Join(err, file.Close()); err != nil {
			return err
		}
	}
	for dir := f.path; ; dir = path.Dir(dir) {
		if err := f.syncDir(dir); err != nil || dir == "." {
			return err
		}
	}
}

// syncDir has the entries of a folder written to the disk.
func (f *Folder) syncDir(name string) error {
	dir, err := f.root.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(syncFolder(dir), dir.Close())
}

func (f *Folder) source(id string) string { return filepath.Join(f.name, id+Extension) }

// fileLog is the open file of a run.
type fileLog struct {
	mu   sync.Mutex
	file *os.File
	err  error
}

// Append writes a line and waits until it is on the disk.
func (l *fileLog) Append(line []byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err == nil {
		_, l.err = l.file.Write(append(bytes.Clone(line), '\n'))
	}
	if l.err == nil {
		l.err = l.file.Sync()
	}
	return pathless(l.err)
}

// Close unlocks the file and closes it. To close it isn't enough: a process that is
// being forked just then has it open for a moment more.
func (l *fileLog) Close() error { return errors.Join(unlock(l.file), l.file.Close()) }

// List reads all files but for the plans in them.
func (f *Folder) List(ctx context.Context) ([]Record, error) {
	entries, err := f.entries()
	if err != nil {
		return nil, fmt.Errorf("the folder of the journal, %s: %w", f.name, pathless(err))
	}
	var records []Record
	var errs []error
	for _, e := range entries {
		id, ours := strings.CutSuffix(e.Name(), Extension)
		if !ours || e.IsDir() {
			continue
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		r, err := f.read(id, false)
		switch {
		case err != nil:
			errs = append(errs, err)
		case r != nil:
			records = append(records, *r)
		}
	}
	return records, errors.Join(errs...)
}

// entries returns the folder's entries; none where there is no folder yet.
func (f *Folder) entries() ([]os.DirEntry, error) {
	dir, err := f.root.Open(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = dir.Close() }()
	return dir.ReadDir(-1)
}

// Load reads one file.
func (f *Folder) Load(_ context.Context, id string) (*Record, error) {
	if id == "" || strings.ContainsAny(id, `/\`) {
		return nil, fmt.Errorf("%w: %q", ErrNoRun, id)
	}
	r, err := f.read(id, true)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%w: %s", ErrNoRun, id)
	case err == nil && r == nil:
		return nil, fmt.Errorf("%w: %s was stopped before its record was whole, and wrote nothing", ErrNoRun, id)
	}
	return r, err
}

// read reads a run's file, nil where the run didn't begin: its first two lines
// aren't whole. Where the file is locked the run is going on.
func (f *Folder) read(id string, withPlan bool) (*Record, error) {
	file, err := f.root.Open(f.file(id))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.source(id), pathless(err))
	}
	defer func() { _ = file.Close() }()
	r := &Record{ID: id, Source: f.source(id)}
	// Before it is read: a run that ends meanwhile is then called live, not stopped.
	if r.Live, err = locked(file); err != nil {
		return nil, fmt.Errorf("%s: %w", r.Source, pathless(err))
	}
	begun, err := r.readFrom(file, withPlan)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r.Source, pathless(err))
	}
	if !begun {
		return nil, nil
	}
	return r, nil
}

// readFrom reads what a file holds, and reports whether the run began.
func (r *Record) readFrom(file io.ReadSeeker, withPlan bool) (begun bool, err error) {
	in := &lines{file: file}
	head, err := in.next()
	if err != nil || head == nil {
		return false, err
	}
	r.Head = head
	if withPlan {
		if r.Plan, err = in.next(); err != nil || r.Plan == nil {
			return false, err
		}
	} else if skipped, err := in.skip(head); err != nil || !skipped {
		return false, err
	}
	for {
		line, err := in.next()
		if err != nil || line == nil {
			return true, err
		}
		r.Events = append(r.Events, line)
	}
}

// lines reads a file by lines, of which the last may be torn.
type lines struct {
	file io.ReadSeeker
	buf  []byte
	done bool
}

// next returns the next line, nil after the last whole one.
func (l *lines) next() ([]byte, error) {
	for {
		if i := bytes.IndexByte(l.buf, '\n'); i >= 0 {
			line := l.buf[:i:i]
			l.buf = l.buf[i+1:]
			return l.whole(line)
		}
		if l.done {
			return nil, nil
		}
		if err := l.fill(); err != nil {
			return nil, err
		}
	}
}

// whole returns line, or nil where it is the last and torn: a file that was
// growing when the power failed may have zeros where it wasn't written yet.
func (l *lines) whole(line []byte) ([]byte, error) {
	if bytes.IndexByte(line, 0) < 0 {
		return line, nil
	}
	for len(l.buf) == 0 && !l.done {
		if err := l.fill(); err != nil {
			return nil, err
		}
	}
	if len(l.buf) == 0 {
		return nil, nil
	}
	return line, nil // not the last: whoever decodes it says what is wrong
}

// fill reads more of the file.
func (l *lines) fill() error {
	const size = 64 << 10
	b := make([]byte, max(size, len(l.buf)))
	n, err := l.file.Read(b)
	l.buf = append(l.buf, b[:n]...)
	if errors.Is(err, io.EOF) {
		l.done, err = true, nil
	}
	return err
}

// skip goes on after the plan, whose length the head tells. It reports whether
// the plan is whole. Where the head tells nothing sensible the plan is read:
// what is wrong with the head is said by whoever decodes it.
func (l *lines) skip(head []byte) (bool, error) {
	var h struct {
		PlanBytes int `json:"plan_bytes"`
	}
	if err := json.Unmarshal(head, &h); err != nil || h.PlanBytes <= 0 || h.PlanBytes < len(l.buf) {
		line, err := l.next()
		return line != nil, err
	}
	if _, err := l.file.Seek(int64(h.PlanBytes-len(l.buf)), io.SeekCurrent); err != nil {
		return false, err
	}
	l.buf = nil
	rest, err := l.next()
	if err == nil && len(rest) > 0 {
		err = errors.New("the plan in its second line isn't as long as the first line says")
	}
	return rest != nil, err
}

// pathless returns err without the path below the root, which messages name as
// the user knows it.
func pathless(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err
	}
	return err
}
