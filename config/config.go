// Package config reads the desired state from YAML. It is the only package that
// knows YAML: it hands on zones in the terms of package state, each provider's
// settings undecoded, and turns a state.Src back into file, line and column.
//
// It looks at nothing but the files below the root that it is given, asks no
// service, and reads no environment: variables are expanded only when a caller
// decodes a provider's settings.
package config

import (
	"cmp"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"

	"gopkg.in/yaml.v3"

	"github.com/zoneloom/zoneloom/state"
)

// Config is a configuration without faults.
type Config struct {
	Providers []*Provider    // by name
	History   *Setting       // nil where there is none
	Policies  []state.Policy // by name
	Zones     []*Zone        // by name
	Notices   ErrorList      // warnings and notices

	places *places
}

// Load reads the configuration that begins with file, a path below root. Its
// error is an ErrorList with every fault. A root made by os.OpenRoot keeps
// symbolic links from leading out of the folder.
func Load(root fs.FS, file string) (*Config, error) { return load(root, file, cutSize) }

// cutSize is the size in bytes up to which a file is parsed whole, and the size
// of the parts of a larger one.
const cutSize = 128 << 10

// load loads with a given size of parts.
func load(root fs.FS, file string, size int) (*Config, error) {
	l := read(root, file, size)
	if l.faults > 0 {
		return nil, l.list.faults().sorted()
	}
	return &Config{
		Providers: sortedBy(l.providers, func(a, b *Provider) int { return cmp.Compare(a.Name, b.Name) }),
		History:   l.history,
		Policies:  l.policies,
		Zones:     sortedBy(l.zones, func(a, b *Zone) int { return a.Name.Compare(b.Name) }),
		Notices:   l.list.sorted(),
		places:    l.places,
	}, nil
}

// read reads a configuration with a given size of parts. Files that could not be
// parsed in parts after all are parsed whole in a second attempt: it is they that
// have faults.
func read(root fs.FS, file string, size int) *loader {
	var l *loader
	uncut := map[string]*Error{}
	for range 2 {
		l = &loader{
			root: root, cutSize: size, uncut: uncut,
			places:    newPlaces(),
			providers: map[string]*Provider{},
			zones:     map[state.Name]*Zone{},
			failed:    map[string]*Error{},
			foreign:   map[string]bool{},
		}
		l.load(file)
		if len(l.failed) == 0 {
			break
		}
		uncut = l.failed
	}
	return l
}

// OwnFiles returns the files of the configuration that begins with file, as Files
// does, without those of another tool's dialect. Whole is false where the
// configuration has faults, so that there may be files which it doesn't find.
func OwnFiles(root fs.FS, file string) (files []string, whole bool) {
	l := read(root, file, cutSize)
	own := slices.DeleteFunc(l.places.distinct(), func(f string) bool { return l.foreign[f] })
	return own, l.faults == 0
}

func sortedBy[K comparable, V any](m map[K]V, compare func(a, b V) int) []V {
	return slices.SortedFunc(maps.Values(m), compare)
}

// Provider returns the provider of that name, or nil.
func (c *Config) Provider(name string) *Provider {
	for _, p := range c.Providers {
		if p.Name == name {
			return p
		}
	}
	return nil
}

// Pos returns where src was declared; the zero Pos for the zero Src.
func (c *Config) Pos(src state.Src) Pos { return c.places.posOf(src) }

// Files returns the files that were read, as paths below the root, in the order
// in which they were first read.
func (c *Config) Files() []string { return c.places.distinct() }

// Problems gives what a provider found about wanted records its positions.
func (c *Config) Problems(problems []state.Problem) ErrorList {
	list := make(ErrorList, len(problems))
	for i, p := range problems {
		list[i] = &Error{Pos: c.Pos(p.Src), Severity: p.Severity, Text: fmt.Sprintf("%s: %s", p.Key, p.Text), Hint: p.Hint, Code: p.Code}
	}
	return list.sorted()
}

// loader is the state of one Load.
type loader struct {
	root      fs.FS
	rootFile  string
	places    *places
	list      ErrorList
	faults    int // noted, whether kept in list or not
	remarks   int // likewise of warnings and notices
	aliased   int // see maxAliased
	searched  int // see maxSearched
	providers map[string]*Provider
	names     []string // of the providers, in order
	history   *Setting
	policies  []state.Policy
	zones     map[state.Name]*Zone
	defaults  defaults // the root file's
	included  map[string]place

	cutSize int
	uncut   map[string]*Error // files to parse whole, with the fault that a part had
	failed  map[string]*Error // files in which a part had a fault
	foreign map[string]bool   // files of another tool's dialect
}

// fault notes a fault.
func (l *loader) fault(at place, hint, format string, args ...any) {
	l.remark(at, state.SeverityError, hint, format, args...)
}

// remark notes a fault, a warning or a notice.
func (l *loader) remark(at place, severity state.Severity, hint, format string, args ...any) {
	kept := &l.remarks
	if severity == state.SeverityError {
		kept = &l.faults
	}
	if *kept++; *kept <= maxFaults {
		l.list = append(l.list, &Error{Pos: l.places.pos(at), Severity: severity, Text: fmt.Sprintf(format, args...), Hint: hint})
	}
}

// full reports that there are so many faults that looking for more is of no use.
func (l *loader) full() bool { return l.faults >= maxFaults }

// providerNames returns the names of the declared providers in order.
func (l *loader) providerNames() []string { return l.names }

// rootKeys are the keys at the top of a file, and those of them that only the
// root file may have.
var (
	rootKeys = []string{"include", "providers", "history", "policies", "defaults", "zones"}
	rootOnly = []string{"providers", "history", "policies"}
)

// load reads the root file and what it includes.
func (l *loader) load(file string) {
	file = path.Clean(file)
	l.rootFile = file
	l.included = map[string]place{file: 0}
	s, top := l.readAs(file, 0, (*source).configFile)
	if top == nil {
		return
	}
	at := l.topKeys(s, top)
	if n := at["providers"]; n != nil {
		l.providersOf(s, n)
	}
	if n := at["history"]; n != nil {
		l.history = s.setting(n)
	}
	if n := at["policies"]; n != nil {
		l.policiesOf(s, n)
	}
	if n := at["defaults"]; n != nil {
		l.defaults = s.defaultsOf(n)
	}
	l.body(s, at, l.defaults, []string{file})
	s.bodies = nil // the settings keep the source, which needn't keep the file's text
}

// topKeys returns the nodes at the top of a file by their keys.
func (l *loader) topKeys(s *source, top *yaml.Node) map[string]*yaml.Node {
	at := map[string]*yaml.Node{}
	s.fields(top, "the configuration", rootKeys, func(key string, v *yaml.Node) {
		at[key] = v
	})
	return at
}

// body reads what any file may hold: zones, and further files. Chain names the
// files that led here.
func (l *loader) body(s *source, at map[string]*yaml.Node, base defaults, chain []string) {
	if n := at["zones"]; n != nil {
		l.zonesOf(s, n, base)
	}
	if n := at["include"]; n != nil {
		l.includes(s, n, chain)
	}
}
