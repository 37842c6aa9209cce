package sandbox

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// recordsPerLine bounds the lines of a compacted log.
const recordsPerLine = 1000

// live is the weight that the log would have if it held nothing but what is there.
func (st *store) live() int {
	n := 1
	for _, z := range st.zones {
		n += 1 + len(z.records) + len(z.records)/recordsPerLine
	}
	return n
}

// compactIfLarge writes the log anew once most of it is history, so that the work stays in proportion to the writes.
func (l *txLog) compactIfLarge(st *store) error {
	if l.weight < 1000 || l.weight < 3*st.live() {
		return nil
	}
	if err := l.compact(st); err != nil {
		return fmt.Errorf("sandbox log %s: compact: %w", l.path, err)
	}
	return nil
}

// compact writes the state to a new file and puts that in the log's place. Until the rename the old log stays good.
func (l *txLog) compact(st *store) error {
	fresh := l.name + ".new"
	f, err := l.dir.OpenFile(fresh, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(f, 1<<20)
	weight := st.dump(w)
	if err := errors.Join(w.Flush(), f.Sync()); err != nil {
		return errors.Join(err, f.Close(), l.dir.Remove(fresh))
	}
	if err := l.dir.Rename(fresh, l.name); err != nil {
		return errors.Join(err, f.Close(), l.dir.Remove(fresh))
	}
	old := l.file
	l.file, l.weight = f, weight
	return errors.Join(l.syncDir(), old.Close())
}

// dump writes the whole state as transactions. The writer keeps its first error for Flush.
func (st *store) dump(w *bufio.Writer) (weight int) {
	write := func(e *entry) {
		weight += e.size()
		_, _ = w.Write(sealed(encode(e)))
	}
	_, _ = w.WriteString(logHeader)
	write(&entry{User: &st.user})
	for _, z := range st.zonesInOrder() {
		e := &entry{Zones: []*zoneMeta{z.meta}}
		for _, r := range z.inOrder() {
			e.Zone = z.meta.ID
			e.Records = append(e.Records, r.line())
			if len(e.Records) == recordsPerLine {
				write(e)
				e = &entry{}
			}
		}
		if e.size() > 1 {
			write(e)
		}
	}
	return weight
}

// syncDir makes a rename or a new file in the log's folder last.
func (l *txLog) syncDir() error {
	d, err := l.dir.Open(filepath.Dir(l.name))
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
