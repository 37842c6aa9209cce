package revision

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"
)

// The modes that git gives what a folder holds.
const (
	modeFolder    = "40000"
	modeLink      = "120000"
	modeSubmodule = "160000"
)

// maxLinks is how many symbolic links are followed on the way to a file, as an
// os.Root does.
const maxLinks = 8

// What isn't in git.
var (
	errEscapes   = errors.New("path escapes from parent") // as an os.Root says it
	errSubmodule = errors.New("it is a submodule, whose files are in another repository")
	errLFS       = errors.New("it is kept with Git LFS, so that its content isn't in git")
)

// tree is the repository's folder at one commit.
type tree struct {
	repo *Repo
	root node
}

var (
	_ fs.StatFS    = tree{}
	_ fs.ReadDirFS = tree{}
)

// node is what a folder holds under a name.
type node struct{ name, mode, id string }

// At returns the folder as it is at a commit, which is an id. A folder that isn't
// there is an empty one. Symbolic links are followed unless they lead out of it.
func (r *Repo) At(commit string) (fs.FS, error) {
	kind, id, _, err := r.header(commit + ":" + strings.TrimPrefix(r.Folder, "."))
	switch {
	case err != nil:
		return nil, err
	case kind == "tree":
		return tree{r, node{".", modeFolder, id}}, nil
	case kind == "missing" && r.Folder != ".":
		return tree{r, node{".", modeFolder, ""}}, nil
	}
	return nil, fmt.Errorf("there is no folder %s in %s", r.Folder, commit)
}

// Open implements fs.FS.
func (t tree) Open(name string) (fs.File, error) {
	n, err := t.find(name)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	if n.mode == modeFolder {
		entries, err := t.ReadDir(name)
		return &folder{info{n, 0}, entries}, err
	}
	data, err := t.file(n)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return &file{info{n, int64(len(data))}, bytes.NewReader(data)}, nil
}

// Stat implements fs.StatFS.
func (t tree) Stat(name string) (fs.FileInfo, error) {
	n, err := t.find(name)
	if err == nil {
		var i fs.FileInfo
		if i, err = t.info(n); err == nil {
			return i, nil
		}
	}
	return nil, &fs.PathError{Op: "stat", Path: name, Err: err}
}

func (t tree) info(n node) (fs.FileInfo, error) {
	if n.mode == modeFolder || n.mode == modeSubmodule {
		return info{n, 0}, nil
	}
	_, _, size, err := t.repo.header(n.id)
	return info{n, size}, err
}

// ReadDir implements fs.ReadDirFS.
func (t tree) ReadDir(name string) ([]fs.DirEntry, error) {
	n, err := t.find(name)
	if err == nil && n.mode != modeFolder {
		err = errors.New("not a folder")
	}
	var nodes []node
	if err == nil {
		nodes, err = t.list(n.id)
	}
	if err != nil {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: err}
	}
	entries := make([]fs.DirEntry, len(nodes))
	for i, n := range nodes {
		entries[i] = entry{t, n}
	}
	return entries, nil
}

// find follows a path and the links on it.
func (t tree) find(name string) (node, error) {
	if !fs.ValidPath(name) {
		return node{}, fs.ErrInvalid
	}
	at := []node{t.root}
	links := 0
	for rest := name; rest != ""; {
		var part string
		part, rest, _ = strings.Cut(rest, "/")
		switch part {
		case "", ".":
			continue
		case "..":
			if len(at) == 1 {
				return node{}, errEscapes
			}
			at = at[:len(at)-1]
			continue
		}
		next, err := t.child(at[len(at)-1], part)
		if err != nil {
			return node{}, err
		}
		if next.mode != modeLink {
			at = append(at, next)
			continue
		}
		if links++; links > maxLinks {
			return node{}, errors.New("too many levels of symbolic links")
		}
		target, err := t.repo.object(next.id, "blob")
		if err != nil {
			return node{}, err
		}
		if path.IsAbs(string(target)) {
			return node{}, errEscapes
		}
		rest = string(target) + "/" + rest
	}
	return at[len(at)-1], nil
}

// child returns what a folder holds under a name.
func (t tree) child(parent node, name string) (node, error) {
	switch parent.mode {
	case modeFolder:
	case modeSubmodule:
		return node{}, errSubmodule
	default:
		return node{}, fs.ErrNotExist
	}
	nodes, err := t.list(parent.id)
	if err != nil {
		return node{}, err
	}
	i, found := slices.BinarySearchFunc(nodes, name, func(n node, name string) int { return strings.Compare(n.name, name) })
	if !found {
		return node{}, fs.ErrNotExist
	}
	return nodes[i], nil
}

// list returns what a folder holds, by name.
func (t tree) list(id string) ([]node, error) {
	if id == "" {
		return nil, nil
	}
	t.repo.mu.Lock()
	known, read := t.repo.trees[id]
	t.repo.mu.Unlock()
	if read {
		return known, nil
	}
	data, err := t.repo.object(id, "tree")
	if err != nil {
		return nil, err
	}
	var nodes []node
	for size := len(id) / 2; len(data) > 0; { // of an id in octets
		mode, rest, ok := bytes.Cut(data, []byte{' '})
		name, rest, ok2 := bytes.Cut(rest, []byte{0})
		if !ok || !ok2 || len(rest) < size || !fs.ValidPath(string(name)) || bytes.ContainsRune(name, '/') {
			return nil, fmt.Errorf("the tree %s is malformed", id)
		}
		nodes = append(nodes, node{string(name), string(mode), hex.EncodeToString(rest[:size])})
		data = rest[size:]
	}
	slices.SortFunc(nodes, func(a, b node) int { return strings.Compare(a.name, b.name) })
	t.repo.mu.Lock()
	t.repo.trees[id] = nodes
	t.repo.mu.Unlock()
	return nodes, nil
}

// file returns the content of a file.
func (t tree) file(n node) ([]byte, error) {
	if n.mode == modeSubmodule {
		return nil, errSubmodule
	}
	data, err := t.repo.object(n.id, "blob")
	if err == nil && bytes.HasPrefix(data, []byte("version https://git-lfs.github.com/spec/")) {
		err = errLFS
	}
	return data, err
}

// info implements fs.FileInfo.
type info struct {
	node
	size int64
}

func (i info) Name() string       { return i.name }
func (i info) Size() int64        { return i.size }
func (i info) ModTime() time.Time { return time.Time{} }
func (i info) IsDir() bool        { return i.Mode().IsDir() }
func (i info) Sys() any           { return nil }

// Mode returns the kind of file; all are only read.
func (i info) Mode() fs.FileMode {
	switch i.mode {
	case modeFolder, modeSubmodule:
		return fs.ModeDir | 0o555
	case modeLink:
		return fs.ModeSymlink | 0o444
	}
	return 0o444
}

// entry implements fs.DirEntry.
type entry struct {
	tree
	node
}

func (e entry) Name() string               { return e.name }
func (e entry) IsDir() bool                { return e.Type().IsDir() }
func (e entry) Type() fs.FileMode          { return info{e.node, 0}.Mode().Type() }
func (e entry) Info() (fs.FileInfo, error) { return e.info(e.node) }

// file is an open file.
type file struct {
	info
	*bytes.Reader
}

func (f *file) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *file) Size() int64                { return f.size }
func (f *file) Close() error               { return nil }

// folder is an open folder.
type folder struct {
	info
	rest []fs.DirEntry
}

func (f *folder) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *folder) Close() error               { return nil }
func (f *folder) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: f.name, Err: errors.New("it is a folder")}
}

// ReadDir implements fs.ReadDirFile.
func (f *folder) ReadDir(n int) ([]fs.DirEntry, error) {
	if n > 0 && len(f.rest) == 0 {
		return nil, io.EOF
	}
	if n <= 0 || n > len(f.rest) {
		n = len(f.rest)
	}
	entries := f.rest[:n]
	f.rest = f.rest[n:]
	return entries, nil
}
