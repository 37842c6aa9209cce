package sandbox

import (
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
)

// lockFile takes the lock that keeps two processes from sharing a log: a file that nobody else may open meanwhile.
func lockFile(path string) (io.Closer, error) {
	name, err := syscall.UTF16PtrFromString(path)
	if err != nil {
		return nil, fmt.Errorf("sandbox log: %s: %w", path, err)
	}
	h, err := syscall.CreateFile(name, syscall.GENERIC_READ|syscall.GENERIC_WRITE, 0, nil, syscall.OPEN_ALWAYS, syscall.FILE_ATTRIBUTE_NORMAL, 0)
	if errors.Is(err, syscall.Errno(32)) { // ERROR_SHARING_VIOLATION
		err = errors.New("another sandbox has the log open: stop it, or choose another file")
	}
	if err != nil {
		return nil, fmt.Errorf("sandbox log: %s: %w", path, err)
	}
	return os.NewFile(uintptr(h), path), nil
}
