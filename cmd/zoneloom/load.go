package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/zoneloom/zoneloom/apply"
	"github.com/zoneloom/zoneloom/config"
	"github.com/zoneloom/zoneloom/plan"
	"github.com/zoneloom/zoneloom/plan/policy"
	"github.com/zoneloom/zoneloom/state"
)

// project is a configuration and the folder that it stands in.
type project struct {
	*config.Config
	dir      string
	policies *policy.Set
}

// load reads the configuration that c names.
func load(c *cli.Context) (*project, error) {
	file := c.String("config")
	root, dir, name, err := openConfig(file)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	cfg, err := config.Load(root.FS(), name)
	if err != nil {
		return nil, inFolder(dir, err)
	}
	j := &project{Config: cfg, dir: dir}
	set, faults := compile(cfg, cfg.Policies)
	j.policies = set
	if faults = append(faults, j.unknownCodes()...); len(faults) > 0 {
		slices.SortFunc(faults, func(a, b *config.Error) int { return a.Pos.Compare(b.Pos) })
		return nil, moved(dir, faults)
	}
	return j, nil
}

// openConfig opens the folder of a configuration: an os.Root lets no path and no link in
// the configuration lead out of it.
func openConfig(file string) (root *os.Root, dir, name string, err error) {
	info, err := os.Stat(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, "", "", fmt.Errorf("there is no configuration %s; name one with -c FILE", file)
	case err != nil:
		return nil, "", "", err
	case info.IsDir():
		return nil, "", "", fmt.Errorf("%s is a folder; name the configuration in it with -c FILE", file)
	}
	if dir, name = filepath.Split(file); dir == "" {
		dir = "."
	}
	root, err = os.OpenRoot(dir)
	return root, dir, name, err
}

// inFolder puts the configuration's folder before the files of faults, so that
// an editor finds them from where the user stands.
func inFolder(dir string, err error) error {
	var faults config.ErrorList
	if !errors.As(err, &faults) {
		return err
	}
	return moved(dir, faults)
}

func moved(dir string, faults config.ErrorList) config.ErrorList {
	all := make(config.ErrorList, len(faults))
	for i, f := range faults {
		m := *f
		if m.Pos.File != "" {
			m.Pos.File = filepath.Join(dir, m.Pos.File)
		}
		all[i] = &m
	}
	return all
}

// faults gives problems their positions.
func (j *project) faults(problems []state.Problem) config.ErrorList {
	return moved(j.dir, j.Problems(problems))
}

// remarks returns the warnings and notices that loading the configuration gave,
// and what there is to say of waivers today.
func (j *project) remarks() config.ErrorList {
	return moved(j.dir, slices.Concat(j.Notices, located(j.Config, policy.Lapsed(j.Policies, time.Now()))))
}

// position tells the file, relative to the configuration's folder, and the line of src.
func (j *project) position(src state.Src) (file string, line int) {
	pos := j.Pos(src)
	return pos.File, pos.Line
}

// fromHere turns positions in the configuration's folder, as plans have them,
// into those from where the user stands.
func (j *project) fromHere(pos plan.Position) plan.Position {
	return func(src state.Src) (file string, line int) {
		if file, line = pos(src); file != "" {
			file = filepath.Join(j.dir, file)
		}
		return file, line
	}
}

// targets returns the zones that c selects, at the providers that c selects.
func (j *project) targets(c *cli.Context) ([]apply.Target, error) {
	only := c.String("provider")
	if only != "" {
		if err := j.declares(only); err != nil {
			return nil, err
		}
	}
	names := make([]state.Name, len(j.Zones))
	for i, z := range j.Zones {
		names[i] = z.Name
	}
	chosen, err := choose(names, c.StringSlice("zone"))
	if err != nil {
		return nil, err
	}
	var targets []apply.Target
	for i, z := range j.Zones {
		for _, t := range at(z) {
			if chosen[i] && (only == "" || t.Provider == only) {
				targets = append(targets, t)
			}
		}
	}
	if len(targets) == 0 && (only != "" || len(c.StringSlice("zone")) > 0) {
		return nil, fmt.Errorf("none of the chosen zones is kept at the provider %s", only)
	}
	return targets, nil
}

// at returns a zone of the configuration at each of its providers.
func at(z *config.Zone) []apply.Target {
	var targets []apply.Target
	for _, name := range z.Providers {
		targets = append(targets, apply.Target{
			Zone: z.Name, Provider: name, Want: z.Want(name), Rules: z.Rules, Create: z.Create, Written: z.Written,
		})
	}
	return targets
}

// target is a zone as the configuration wants it at one of its providers.
func target(z *config.Zone, provider string) apply.Target {
	return apply.Target{
		Zone: z.Name, Provider: provider, Want: z.Want(provider), Rules: z.Rules, Create: z.Create, Written: z.Written,
	}
}

// declares reports as an error that the configuration has no provider of that
// name.
func (j *project) declares(name string) error {
	if j.Provider(name) == nil {
		return fmt.Errorf("--provider %s: there is no such provider; the configuration declares %s", name, enumerate(j.providerNames()))
	}
	return nil
}

func (j *project) providerNames() []string {
	var names []string
	for _, p := range j.Providers {
		names = append(names, p.Name)
	}
	return names
}

// choose says which of names the globs match; without globs, all. A glob that
// matches none is an error, for it is most likely a slip of the pen.
func choose(names []state.Name, globs []string) ([]bool, error) {
	chosen := make([]bool, len(names))
	if len(globs) == 0 {
		for i := range chosen {
			chosen[i] = true
		}
		return chosen, nil
	}
	for _, glob := range globs {
		matched := false
		for i, n := range names {
			if matches(glob, n) {
				chosen[i], matched = true, true
			}
		}
		if !matched {
			return nil, fmt.Errorf("--zone %s matches no zone; there are %s", glob, enumerate(texts(names)))
		}
	}
	return chosen, nil
}

// matches compares a glob with a zone's name in both its forms.
func matches(glob string, n state.Name) bool {
	glob = strings.TrimSuffix(strings.ToLower(glob), ".")
	return state.Glob(glob, strings.TrimSuffix(string(n), ".")) ||
		state.Glob(glob, strings.TrimSuffix(n.Unicode(), "."))
}

func texts(names []state.Name) []string {
	all := make([]string, len(names))
	for i, n := range names {
		all[i] = strings.TrimSuffix(string(n), ".")
	}
	return all
}

// enumerate lists names for a message, the first twenty of them.
func enumerate(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	const most = 20
	names = slices.Sorted(slices.Values(names))
	if rest := len(names) - most; rest > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), rest)
	}
	return strings.Join(names, ", ")
}
