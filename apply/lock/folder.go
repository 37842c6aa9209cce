package lock

import (
	"errors"
	"path/filepath"
	"runtime"
)

// DefaultFolder returns the folder for locks of the current user, outside any
// checkout, so that two checkouts on one host keep out of each other's way:
// $XDG_STATE_HOME/zoneloom/locks, else ~/.local/state/zoneloom/locks; on Windows
// %LocalAppData%\zoneloom\locks, and on macOS ~/Library/Application Support/zoneloom/locks
// where $XDG_STATE_HOME isn't set.
func DefaultFolder(getenv func(string) (string, bool)) (string, error) {
	base, _ := getenv("XDG_STATE_HOME")
	home, _ := getenv("HOME")
	switch local, _ := getenv("LocalAppData"); {
	case filepath.IsAbs(base): // the specification has others ignored
	case runtime.GOOS == "windows" && local != "":
		base = local
	case runtime.GOOS == "windows" || home == "":
		return "", errors.New("there is no folder for locks, as neither HOME nor XDG_STATE_HOME is set: set XDG_STATE_HOME to a folder that all runs on this host share")
	case runtime.GOOS == "darwin":
		base = filepath.Join(home, "Library", "Application Support")
	default:
		base = filepath.Join(home, ".local", "state")
	}
	return filepath.Join(base, "zoneloom", "locks"), nil
}
