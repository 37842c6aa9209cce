package sandbox

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// lockFile takes the lock that keeps two processes from sharing a log. The system lets go of it when the process ends.
func lockFile(f *os.File) error {
	how := uint32(windows.LOCKFILE_EXCLUSIVE_LOCK | windows.LOCKFILE_FAIL_IMMEDIATELY)
	err := windows.LockFileEx(windows.Handle(f.Fd()), how, 0, 1, 0, &windows.Overlapped{})
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) {
		return errShared
	}
	return err
}
