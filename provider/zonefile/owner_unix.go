//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package zonefile

import (
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// sameOwner gives f the user and group of another file, without which a server
// that runs as somebody else might not read it.
func sameOwner(f *os.File, like fs.FileInfo) error {
	want, ok := like.Sys().(*syscall.Stat_t)
	if !ok {
		return nil
	}
	info, err := f.Stat()
	if err != nil {
		return pathless(err)
	}
	if have, ok := info.Sys().(*syscall.Stat_t); ok && have.Uid == want.Uid && have.Gid == want.Gid {
		return nil
	}
	if err := f.Chown(int(want.Uid), int(want.Gid)); err != nil {
		return fmt.Errorf("the new file can't be given to user %d and group %d, as the old one is: %w; run as that user, or let the file be this user's", want.Uid, want.Gid, pathless(err))
	}
	return nil
}

// lock keeps other processes of this program from the folder until the function
// that it returns is called, or the process ends.
func lock(root *os.Root) (func(), error) {
	f, err := root.Open(".")
	if err != nil {
		return nil, pathless(err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("the folder can't be locked: %w", err)
	}
	return func() { _ = f.Close() }, nil
}
