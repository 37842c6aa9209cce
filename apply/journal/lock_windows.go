package journal

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// lock marks a file as one that its run still writes. The system lets go of it
// when the process ends. Here a lock keeps others from reading what it covers:
// this one covers a byte far behind the end.
func lock(f *os.File) error {
	return lockByte(f, windows.LOCKFILE_EXCLUSIVE_LOCK)
}

// locked reports whether a run still writes the file.
func locked(f *os.File) (bool, error) {
	err := lockByte(f, windows.LOCKFILE_FAIL_IMMEDIATELY)
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) {
		return true, nil
	}
	if err == nil {
		err = unlock(f)
	}
	return false, err
}

// unlock takes back what lock, or locked, did.
func unlock(f *os.File) error {
	return windows.UnlockFileEx(windows.Handle(f.Fd()), 0, 1, 0, farAway())
}

func lockByte(f *os.File, how uint32) error {
	return windows.LockFileEx(windows.Handle(f.Fd()), how, 0, 1, 0, farAway())
}

func farAway() *windows.Overlapped { return &windows.Overlapped{OffsetHigh: 1 << 30} }

// syncFolder does nothing: a folder can't be synced here.
func syncFolder(*os.File) error { return nil }
