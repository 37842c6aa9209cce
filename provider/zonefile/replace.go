package zonefile

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"sync"

	"github.com/zoneloom/zoneloom/provider"
	"github.com/zoneloom/zoneloom/state"
)

// version is a Snapshot's Own: the zone's files as they were read, or as the
// last Write with that Snapshot left them.
type version struct {
	mu     sync.Mutex
	digest [sha256.Size]byte
}

// Write makes all changes at once: a new file takes the place of the old one. It
// refuses where the file isn't as it was read. A server that can't be told of
// the new file is an error, though the changes are made.
func (z *zone) Write(ctx context.Context, at *provider.Snapshot, changes []state.Change, r provider.Recorder) error {
	v, ok := at.Own.(*version)
	if !ok {
		return errors.New("write the zone: the snapshot is another provider's")
	}
	if len(changes) == 0 {
		return nil
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("write %s: %w", z.file, err)
	}
	req := provider.Request{Zone: z.name, N: 1}
	for i, c := range changes {
		deletes, updates, creates := c.Ops()
		req.Changes = append(req.Changes, i)
		req.Ops += len(deletes) + len(updates) + len(creates)
	}
	if err := r.Sending(req); err != nil {
		return fmt.Errorf("%s was not written: %w", z.file, err)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	made, err := z.replace(v, changes)
	out := provider.Outcome{Culprit: -1, Results: make([]provider.Result, len(changes))}
	for i := range out.Results {
		out.Results[i] = made
	}
	if made != provider.Made {
		out.Err = err
	}
	r.Done(req, out)
	if err != nil {
		return fmt.Errorf("write %s: %w", z.file, err)
	}
	return z.reload(ctx)
}

// replace puts the new file in the place of the old one.
func (z *zone) replace(v *version, changes []state.Change) (provider.Result, error) {
	root, err := z.p.open()
	if err != nil {
		return provider.NotMade, pathless(err)
	}
	defer func() { _ = root.Close() }()
	unlock, err := lock(root)
	if err != nil {
		return provider.NotMade, err
	}
	defer unlock()
	info, err := z.replaceable(root)
	if err != nil {
		return provider.NotMade, err
	}
	m, err := z.load(root)
	if err != nil {
		return provider.NotMade, err
	}
	if m.digest != v.digest {
		return provider.NotMade, z.stale()
	}
	text, want, err := z.compose(m, changes)
	if err != nil {
		return provider.NotMade, fmt.Errorf("%w: %w", provider.ErrRefused, err)
	}
	written, digest, err := z.writeNew(root, text, want, info)
	if err != nil {
		return provider.NotMade, err
	}
	now, err := root.Lstat(z.file)
	if err == nil && (!os.SameFile(info, now) || now.Size() != info.Size() || !now.ModTime().Equal(info.ModTime())) {
		err = z.stale()
	}
	if err == nil {
		err = root.Rename(written, z.file)
	}
	if err != nil {
		return provider.NotMade, errors.Join(err, root.Remove(written))
	}
	v.digest = digest
	return provider.Made, syncFolder(root)
}

func (z *zone) stale() error {
	return fmt.Errorf("%w: the file has changed since it was read: plan again", provider.ErrRefused)
}

// replaceable looks at the file that is to be replaced.
func (z *zone) replaceable(root *os.Root) (fs.FileInfo, error) {
	info, err := root.Lstat(z.file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, z.stale()
	case err != nil:
		return nil, pathless(err)
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%w: it is no regular file, and a new file would take the place of the link: let the folder be the one where the file itself is", provider.ErrRefused)
	}
	return info, nil
}

// compose returns the new text, and the zone that it must read as.
func (z *zone) compose(m *master, changes []state.Change) (string, *state.Zone, error) {
	last := uint32(0)
	if m.soa >= 0 {
		last = serialOf(m.records[m.soa].Data)
	}
	serial := nextSerial(z.p.Serial, last, z.p.now())
	text, err := m.edited(changes, serial)
	if err != nil {
		return "", nil, err
	}
	want := m.outcome(changes, serial)
	return text, want, loadable(m.content(), want)
}

// writeNew writes a new file, reads it back and compares it with what is wanted.
// It returns its name and digest once all of it is on the disk.
func (z *zone) writeNew(
	root *os.Root, text string, want *state.Zone, like fs.FileInfo,
) (name string, digest [sha256.Size]byte, err error) {
	name = "." + z.file + "." + rand.Text() + ".new"
	if err = writeFile(root, name, text, like); err == nil {
		digest, err = z.readBack(root, name, want)
	}
	if err != nil {
		if rerr := root.Remove(name); !errors.Is(rerr, fs.ErrNotExist) {
			err = errors.Join(err, rerr)
		}
	}
	return name, digest, err
}

// writeFile writes a file with the rights and the owner of another one, or, where
// like is nil, with those that servers need to read it.
func writeFile(root *os.Root, name, text string, like fs.FileInfo) error {
	mode := fs.FileMode(0o644)
	if like != nil {
		mode = 0o600 // until it has its owner
	}
	f, err := root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if err != nil {
		return fmt.Errorf("a new file can't be made beside it: %w", pathless(err))
	}
	_, err = f.WriteString(text)
	if err == nil && like != nil {
		err = sameOwner(f, like)
		if err == nil {
			err = f.Chmod(like.Mode().Perm())
		}
	}
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// readBack parses what was written, as a server will, and returns its digest.
func (z *zone) readBack(root *os.Root, name string, want *state.Zone) ([sha256.Size]byte, error) {
	text, err := root.ReadFile(name)
	if err != nil {
		return [sha256.Size]byte{}, pathless(err)
	}
	m, err := z.source(root).master(string(text))
	if err != nil {
		return [sha256.Size]byte{}, fmt.Errorf("%w: the changed file would have faults:\n%w", provider.ErrRefused, err)
	}
	if diff := differs(want, m.content()); diff != "" {
		return m.digest, fmt.Errorf("%w: this edit is beyond Zoneloom, so change the file by hand: %s", provider.ErrRefused, diff)
	}
	return m.digest, nil
}

// syncFolder makes a rename last.
func syncFolder(root *os.Root) error {
	f, err := root.Open(".")
	if err != nil {
		return pathless(err)
	}
	err = f.Sync()
	if strings.Contains(fmt.Sprint(err), "not supported") || errors.Is(err, errors.ErrUnsupported) {
		err = nil // some systems can't, and need not
	}
	return errors.Join(err, f.Close())
}
