package config

import (
	"io/fs"
	"path"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// maxChain bounds how many files may include one another in a row. Links can
// make a cycle in which every path differs.
const maxChain = 32

// includes reads the files that n names.
func (l *loader) includes(s *source, n *yaml.Node, chain []string) {
	s.list(n, "include", func(item *yaml.Node) {
		names := s.paths(item)
		globbed := len(names) > 0 && isGlob(item.Value) && !slices.Contains(names, path.Join(path.Dir(s.name), item.Value))
		for _, name := range names {
			if globbed && name == s.name {
				continue // *.yaml beside the file that says so
			}
			l.include(s, item, name, chain)
		}
	})
}

// include reads one included file.
func (l *loader) include(s *source, n *yaml.Node, name string, chain []string) {
	if l.full() {
		return
	}
	if slices.Contains(chain, name) {
		s.errorf(n, "remove one of these includes", "files include one another: %s", strings.Join(append(chain, name), " -> "))
		return
	}
	if len(chain) >= maxChain {
		s.errorf(n, "", "over %d files include one another in a row", maxChain)
		return
	}
	if first, again := l.included[name]; again {
		s.errorf(n, "include it once", "%s is included twice, first at %s", name, l.places.pos(first))
		return
	}
	l.included[name] = s.at(n)
	in, top := l.readAs(name, s.at(n), (*source).configFile)
	if top == nil {
		return
	}
	at := l.topKeys(in, top)
	for _, key := range rootOnly {
		if v := at[key]; v != nil {
			in.errorf(v, "move it there", "%s may stand only in the root file, %s", key, l.rootFile)
		}
	}
	base := l.defaults
	if v := at["defaults"]; v != nil {
		base = in.defaultsOf(v).over(l.defaults)
	}
	l.body(in, at, base, append(slices.Clip(chain), name))
}

// paths returns the files that a path or a pattern stands for, as paths below
// the root.
func (s *source) paths(n *yaml.Node) []string {
	text, ok := s.text(n, "a path")
	if !ok {
		return nil
	}
	switch {
	case text == "" || strings.ContainsAny(text, "\\\x00"):
		s.errorf(n, "write it with slashes", "%s is not a path", quote(text))
		return nil
	case strings.HasPrefix(text, "/") || len(text) > 1 && text[1] == ':':
		s.errorf(n, "write it relative to this file", "%s is an absolute path", quote(text))
		return nil
	}
	name := path.Join(path.Dir(s.name), text)
	if name == ".." || strings.HasPrefix(name, "../") {
		s.errorf(n, "every file must lie in the root file's folder or below it", "%s leads out of the configuration's folder", quote(text))
		return nil
	}
	if !isGlob(text) || s.l.exists(name) {
		return []string{name}
	}
	names, err := fs.Glob(s.l.root, name)
	if err != nil {
		s.errorf(n, "", "%s is not a pattern of paths: %s", quote(text), err)
		return nil
	}
	if len(names) == 0 {
		s.errorf(n, "", "no file matches %s", quote(text))
	}
	slices.Sort(names)
	return names
}

func isGlob(text string) bool { return strings.ContainsAny(text, "*?[") }

func (l *loader) exists(name string) bool {
	_, err := fs.Stat(l.root, name)
	return err == nil
}

func (l *loader) isFolder(name string) bool {
	info, err := fs.Stat(l.root, name)
	return err == nil && info.IsDir()
}
