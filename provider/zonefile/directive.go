package zonefile

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/zoneloom/zoneloom/state"
)

// directive reads a line that begins with $.
func (f *file) directive(e entry, name string) {
	var err error
	at := e.words[0].start
	if len(e.words) > 1 {
		at = e.words[1].start
	}
	switch args := e.words[1:]; name {
	case "$ORIGIN":
		if len(args) != 1 {
			err = errors.New("$ORIGIN needs one name, such as example.com. or sub")
			break
		}
		var origin state.Name
		if origin, err = state.ParseName(octets(f.word(args[0])), f.origin); err == nil {
			f.origin = origin
		}
	case "$TTL":
		err = f.standardTTL(args)
	case "$INCLUDE":
		err = f.include(args)
	case "$GENERATE":
		at, err = f.generate(e)
	default:
		at, err = e.words[0].start, fmt.Errorf("%s is no directive: there are $ORIGIN, $TTL, $INCLUDE and $GENERATE; a name that begins with $ is written \\$", name)
	}
	if err != nil {
		f.faultf(at, "%s", err)
	}
}

func (f *file) standardTTL(args []word) error {
	if len(args) != 1 {
		return errors.New("$TTL needs one time, such as 300 or 1h")
	}
	text := f.word(args[0])
	if !isDigit(text[0]) {
		return fmt.Errorf("%q is not a TTL: write seconds, or a number with s, m, h, d or w", text)
	}
	ttl, err := state.ParseTTL(text)
	if err == nil {
		f.ttls.standard, f.ttls.hasStandard, f.ttls.byMinimum = ttl, true, false
	}
	return err
}

// include reads another file in place. Its origin and its last owner end with
// it; a $TTL in it goes on, as in BIND.
func (f *file) include(args []word) error {
	if len(args) != 1 && len(args) != 2 {
		return errors.New("$INCLUDE needs a file, and may have an origin after it")
	}
	sub := &file{parser: f.parser, origin: f.origin, owner: f.owner, ttls: f.ttls}
	if len(args) == 2 {
		var err error
		if sub.origin, err = state.ParseName(octets(f.word(args[1])), f.origin); err != nil {
			return err
		}
	}
	name := strings.Trim(f.word(args[0]), `"`)
	if err := f.open(sub, name); err != nil {
		return err
	}
	sub.read()
	f.ttls = sub.ttls
	return nil
}

// open finds an included file. Its path is relative to the folder of the zones,
// or else to the file that includes it, and stays within that folder.
func (f *file) open(sub *file, name string) error {
	if f.FS == nil {
		return errors.New("$INCLUDE has no folder to look in here")
	}
	below := filepath.ToSlash(name)
	if filepath.IsAbs(name) {
		rel, err := filepath.Rel(f.Folder, name)
		if f.Folder == "" || err != nil {
			return fmt.Errorf("%s lies outside the folder of the zones, and nothing is read from there", name)
		}
		below = filepath.ToSlash(rel)
	}
	candidates := []string{path.Clean(below)}
	if beside := path.Join(path.Dir(f.path), below); beside != candidates[0] {
		candidates = append(candidates, beside)
	}
	for _, c := range candidates {
		if !fs.ValidPath(c) {
			return fmt.Errorf("%s lies outside the folder of the zones, and nothing is read from there", name)
		}
		text, err := fs.ReadFile(f.FS, c)
		switch {
		case err == nil:
			sub.path, sub.name, sub.text = c, c, string(text)
			sub.above = append(slices.Clone(f.above), f.ownPath())
			return f.nesting(sub)
		case !errors.Is(err, fs.ErrNotExist):
			return fmt.Errorf("the file %s can't be read: %w", name, pathless(err))
		}
	}
	return fmt.Errorf("there is no file %s in the folder of the zones", name)
}

// ownPath returns the path of f below FS.
func (f *file) ownPath() string {
	if f.main {
		return path.Clean(filepath.ToSlash(f.name))
	}
	return f.path
}

// nesting bounds what includes may ask for.
func (f *file) nesting(sub *file) error {
	f.files++
	switch {
	case slices.Contains(sub.above, sub.path):
		return fmt.Errorf("the file %s includes itself", sub.path)
	case len(sub.above) > maxDepth:
		return fmt.Errorf("files include one another more than %d deep", maxDepth)
	case f.files > maxFiles:
		return fmt.Errorf("the zone includes more than %d files", maxFiles)
	}
	return nil
}

// pathless returns an error about a file without what names it again.
func pathless(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err
	}
	return err
}
