package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"github.com/zoneloom/zoneloom/apply/journal"
)

// killAt in the environment of the command says at which of its writes to the
// journal it is killed, and how much of that write there is then: "7 half". The
// head and the plan of a run are one write, and each event is one.
const killAt = "ZONELOOM_TEST_KILL_AT"

// cuts are how much there may be of a write of so many bytes, which end a line.
var cuts = map[string]func(size int) int{
	"before":  nil, // not even a file
	"empty":   func(int) int { return 0 },
	"start":   func(int) int { return 7 },
	"half":    func(size int) int { return size / 2 },
	"unended": func(size int) int { return size - 1 },
	"whole":   func(size int) int { return size },
}

// killInJournal has this process kill itself at a write of its journal.
func killInJournal(at string) {
	if at == "" {
		return
	}
	k := &killer{}
	if _, err := fmt.Sscan(at, &k.at, &k.cut); err != nil {
		panic(err)
	}
	open := openFolder
	openFolder = func(dir, path string) (journal.Store, error) {
		store, err := open(dir, path)
		return &killingStore{store, k, filepath.Join(dir, path)}, err
	}
}

// killer kills the process.
type killer struct {
	at  int
	cut string

	mu sync.Mutex
	n  int // writes so far
}

// write does a write of so many bytes to a file, unless the process ends with it.
func (k *killer) write(file string, size int, do func() error) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	n := k.n
	k.n++
	if n != k.at {
		return do()
	}
	if cut := cuts[k.cut]; cut != nil {
		before := int64(0)
		if info, err := os.Stat(file); err == nil {
			before = info.Size()
		}
		if err := do(); err != nil {
			return err
		}
		if err := os.Truncate(file, before+int64(cut(size))); err != nil {
			return err
		}
	}
	if self, err := os.FindProcess(os.Getpid()); err != nil || self.Kill() != nil {
		return err
	}
	select {}
}

// killingStore is a Store in a folder whose process is killed at a write.
type killingStore struct {
	journal.Store
	*killer
	folder string
}

func (s *killingStore) Begin(ctx context.Context, id string, head, plan []byte) (log journal.Log, err error) {
	file := filepath.Join(s.folder, id+journal.Extension)
	err = s.write(file, len(head)+len(plan)+2, func() error {
		log, err = s.Store.Begin(ctx, id, head, plan)
		return err
	})
	return &killingLog{log, s.killer, file}, err
}

type killingLog struct {
	journal.Log
	*killer
	file string
}

func (l *killingLog) Append(event []byte) error {
	return l.write(l.file, len(event)+1, func() error { return l.Log.Append(event) })
}
