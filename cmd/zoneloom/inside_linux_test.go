package main

import (
	"os"
	"path/filepath"
	"sync"
	"testing"

	"golang.org/x/sys/unix"
)

// Whoever swaps a folder for a link out all the while gets nothing written there.
func TestRaceForTheFolder(t *testing.T) {
	conf, outside := folders(t)
	open := opening(t, conf)
	sub, link := filepath.Join(conf, "sub"), filepath.Join(conf, "away")
	stop := make(chan struct{})
	var swaps sync.WaitGroup
	swaps.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
			}
			if err := unix.Renameat2(unix.AT_FDCWD, sub, unix.AT_FDCWD, link, unix.RENAME_EXCHANGE); err != nil {
				t.Error(err)
				return
			}
		}
	})
	worked := 0
	for range 300 {
		if _, closer, err := open("sandbox", &sandboxSettings{Data: "sub/sandbox.log"}); err == nil {
			worked++
			if err := closer(); err != nil {
				t.Error(err)
			}
		}
	}
	close(stop)
	swaps.Wait()
	if files, err := os.ReadDir(outside); len(files) > 0 || err != nil {
		t.Errorf("outside are %v, %v", files, err)
	}
	if worked == 0 {
		t.Error("it never worked: the test shows nothing")
	}
}
