package zonefile

import (
	"errors"
	"fmt"
	"strings"

	"github.com/zoneloom/zoneloom/state"
)

// DefaultPattern names the files where the settings don't.
const DefaultPattern = "{zone}.zone"

// placeholder stands in a pattern for the zone's name without its final dot.
const placeholder = "{zone}"

// Settings are what a configuration says of a folder of master files.
type Settings struct {
	Folder  string `yaml:"folder"`
	Pattern string `yaml:"pattern"` // how the files are named; DefaultPattern if empty
	Serial  string `yaml:"serial"`  // SerialIncrement, SerialDate or SerialUnix; SerialIncrement if empty
	Reload  string `yaml:"reload"`  // ReloadNone, ReloadRNDC, ReloadKnotc or ReloadNSD; ReloadNone if empty
}

// Validate reports what is wrong with s, without looking at any file. Values may
// still hold variables.
func (s Settings) Validate() error {
	var errs []error
	if s.Folder == "" {
		errs = append(errs, errors.New("a zonefile provider needs a folder: the one that holds the zones' files"))
	}
	if p := s.Pattern; p != "" && !isVariable(p) {
		before, after, found := strings.Cut(p, placeholder)
		if !found || strings.Contains(after, placeholder) || strings.ContainsAny(p, `/\`) || strings.HasPrefix(before, ".") {
			errs = append(errs, fmt.Errorf(`pattern %q must be the name of a file with %s in it once, such as "%s" or "db.%s"`, p, placeholder, DefaultPattern, placeholder))
		}
	}
	if !isVariable(s.Serial) {
		errs = append(errs, validateSerial(s.Serial))
	}
	if !isVariable(s.Reload) {
		errs = append(errs, validateReload(s.Reload))
	}
	return errors.Join(errs...)
}

// isVariable reports whether s isn't known before its variables are.
func isVariable(s string) bool { return strings.Contains(s, "${") }

// New returns the provider that s describes; folder is where s.Folder is.
func (s Settings) New(folder string) *Provider {
	return &Provider{Folder: folder, Place: s.Folder, Pattern: s.Pattern, Serial: s.Serial, Reload: s.Reload}
}

// pattern tells zones by the names of files.
type pattern struct{ before, after string }

func (p *Provider) pattern() pattern {
	text := p.Pattern
	if text == "" {
		text = DefaultPattern
	}
	before, after, _ := strings.Cut(text, placeholder)
	return pattern{before, after}
}

// zone returns the zone that a file is for. Hidden files are for none: what a
// write leaves when it is killed is one.
func (p pattern) zone(file string) (state.Name, bool) {
	text, ok := strings.CutPrefix(file, p.before)
	text, ends := strings.CutSuffix(text, p.after)
	if !ok || !ends || text == "" || strings.HasPrefix(file, ".") || strings.HasSuffix(text, ".") {
		return "", false
	}
	name, err := state.ParseName(text+".", "")
	return name, err == nil
}

// file returns the name of a new zone's file.
func (p pattern) file(zone state.Name) (string, error) {
	file := p.before + strings.TrimSuffix(string(zone), ".") + p.after
	if again, ok := p.zone(file); !ok || again != zone || strings.ContainsAny(file, `/\`) {
		return "", fmt.Errorf("%s can't be the name of a file, so this zone can't be kept in a folder", file)
	}
	return file, nil
}
