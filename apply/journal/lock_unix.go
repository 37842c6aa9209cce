//go:build unix

package journal

import (
	"errors"
	"os"
	"syscall"
)

// lock marks a file as one that its run still writes. The system lets go of it
// when the process ends. It waits for those who just look whether it is locked.
func lock(f *os.File) error {
	return flock(f, syscall.LOCK_EX)
}

// locked reports whether a run still writes the file.
func locked(f *os.File) (bool, error) {
	err := flock(f, syscall.LOCK_SH|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return true, nil
	}
	if err == nil {
		err = unlock(f)
	}
	return false, err
}

// unlock takes back what lock, or locked, did.
func unlock(f *os.File) error { return flock(f, syscall.LOCK_UN) }

func flock(f *os.File, how int) error {
	for {
		err := syscall.Flock(int(f.Fd()), how)
		if !errors.Is(err, syscall.EINTR) {
			return os.NewSyscallError("flock", err)
		}
	}
}

// syncFolder has a folder's entries written to the disk.
func syncFolder(dir *os.File) error { return dir.Sync() }
