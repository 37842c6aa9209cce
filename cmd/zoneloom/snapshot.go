package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/zoneloom/zoneloom/apply"
	"github.com/zoneloom/zoneloom/apply/journal"
	"github.com/zoneloom/zoneloom/plan"
)

// Where snapshots are kept: the folder, below the configuration's, and how their
// names end.
const (
	snapshotFolder = ".zoneloom/snapshots"
	snapshotFile   = ".json"
)

// snapshot keeps whole zones in a file.
func (p *program) snapshot(c *cli.Context) (err error) {
	if err := errors.Join(noArgs(c), p.begin(c)); err != nil {
		return err
	}
	file := c.String("out")
	if _, err := os.Stat(file); err == nil {
		return usagef("--out %s is there already; name another file, or remove that one", file)
	}
	ctx, release := interruptible()
	defer release()
	w, err := p.work(c, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	if len(w.targets) == 0 {
		return errors.New("the configuration has no zones to keep")
	}
	kept, err := w.engine.Snapshot(ctx, w.targets)
	w.bar.end()
	if err != nil {
		return err
	}
	s := &plan.Snapshot{Taken: time.Now().Truncate(time.Second), By: p.who().String(), Zones: kept}
	if file == "" {
		file, err = w.keep(s)
	} else {
		err = writeFile(file, s.Encode)
	}
	if err != nil {
		return err
	}
	records := 0
	for _, k := range kept {
		records += k.Zone.Len()
	}
	p.say("%s with %s kept; zoneloom restore %s brings them back", plural(len(kept), "zone"), plural(records, "record"), file)
	_, err = fmt.Fprintln(p.stdout, file)
	return err
}

// keep writes s to a new file in the folder of snapshots and returns its name.
// No link leads out of the configuration's folder.
func (j *project) keep(s *plan.Snapshot) (string, error) {
	root, err := os.OpenRoot(j.dir)
	if err != nil {
		return "", err
	}
	defer root.Close()
	if err := makePrivate(root, snapshotFolder); err != nil {
		return "", err
	}
	suffix := make([]byte, 3)
	_, _ = rand.Read(suffix) // it never fails
	name := path.Join(snapshotFolder, s.Taken.UTC().Format("20060102T150405Z")+"-"+hex.EncodeToString(suffix)+snapshotFile)
	f, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", err
	}
	if err := errors.Join(s.Encode(f), f.Sync(), f.Close()); err != nil {
		return "", errors.Join(err, root.Remove(name))
	}
	return filepath.Join(j.dir, filepath.FromSlash(name)), nil
}

// makePrivate makes a folder in .zoneloom, with a .gitignore there: zones are
// nothing to be committed by accident.
func makePrivate(root *os.Root, folder string) error {
	if err := root.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	f, err := root.OpenFile(path.Join(path.Dir(folder), ".gitignore"), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = f.WriteString("*\n")
	return errors.Join(err, f.Close())
}

// restore brings zones back to what a snapshot kept of them.
func (p *program) restore(c *cli.Context) (err error) {
	if err := errors.Join(p.begin(c), p.checkRestore(c)); err != nil {
		return err
	}
	reports, err := newReports(c, c.Args().First())
	if err != nil {
		return err
	}
	defer func() { err = p.finish(reports, err) }()
	j, err := load(c)
	if err != nil {
		return err
	}
	s, err := j.kept(c.Args().First())
	if err != nil {
		return err
	}
	var places []place
	for _, k := range s.Zones {
		places = append(places, place{k.Zone.Name, k.Provider})
	}
	b, err := p.openBack(c, j, places, c.Args().First())
	if err != nil {
		return err
	}
	b.reports = reports
	defer func() { err = errors.Join(err, b.Close()) }()
	p.say("snapshot of %s, by %s", stamp(s.Taken), printable(s.By))
	return p.wayBack(c, b, journal.Head{Command: "restore"}, func(ctx context.Context) (*apply.Planned, []apply.Left, error) {
		return b.engine.Restore(ctx, s.Zones, b.targets)
	})
}

// checkRestore finds what is wrong with the command line, before anything is
// called.
func (p *program) checkRestore(c *cli.Context) error {
	if c.NArg() != 1 {
		return usagef("say which snapshot to restore: its file, or its name in %s", snapshotFolder)
	}
	return p.checkWayBack(c)
}

// kept reads a snapshot by its file or, where there is no such file, by its name
// in the folder of snapshots, or the beginning of it.
func (j *project) kept(name string) (*plan.Snapshot, error) {
	f, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) && !strings.ContainsAny(name, `/\`) {
		f, err = j.keptAs(name)
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	s, err := plan.DecodeSnapshot(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return s, nil
}

func (j *project) keptAs(prefix string) (*os.File, error) {
	root, err := os.OpenRoot(j.dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	entries, err := fs.ReadDir(root.FS(), snapshotFolder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var all, found []string
	for _, e := range entries {
		id, isSnapshot := strings.CutSuffix(e.Name(), snapshotFile)
		if !isSnapshot {
			continue
		}
		all = append(all, id)
		if strings.HasPrefix(id, prefix) {
			found = append(found, id)
		}
	}
	switch len(found) {
	case 0:
		slices.Reverse(all) // the newest first
		return nil, fmt.Errorf("there is no file %s, and no such snapshot in %s; there are %s", prefix, filepath.Join(j.dir, snapshotFolder), enumerate(all))
	case 1:
		return root.Open(path.Join(snapshotFolder, found[0]+snapshotFile))
	}
	return nil, fmt.Errorf("%s is the beginning of %d snapshots: %s", prefix, len(found), enumerate(found))
}
