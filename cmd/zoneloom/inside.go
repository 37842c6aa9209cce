package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// inside returns path, the value of key, relative to the folder dir and with its
// links resolved. It refuses a path that leads out of dir. That is for the user,
// who is to know which setting is wrong: what keeps a link that is made later from
// leading out is that files are opened through an os.Root. An empty path stays
// empty.
func inside(dir, key, path string) (string, error) {
	if path == "" {
		return "", nil
	}
	if !filepath.IsLocal(path) {
		return "", fmt.Errorf("%s: %s lies outside the configuration's folder", key, path)
	}
	root, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return "", err
	}
	// What exists of the path may hold links; the rest will be made here.
	whole, rest := filepath.Join(dir, path), ""
	for existing := whole; ; existing = filepath.Dir(existing) {
		if _, err := os.Lstat(existing); err != nil {
			rest = filepath.Join(filepath.Base(existing), rest)
			continue
		}
		resolved, err := filepath.EvalSymlinks(existing)
		if err != nil {
			return "", fmt.Errorf("%s: %s: %w", key, path, err)
		}
		rel, err := filepath.Rel(root, resolved)
		if err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
			return "", fmt.Errorf("%s: %s leads outside the configuration's folder", key, path)
		}
		return filepath.Join(rel, rest), nil
	}
}

// openInside opens a folder that inside found in dir.
func openInside(dir, folder string) (*os.Root, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer func() { _ = root.Close() }()
	return root.OpenRoot(folder)
}
