package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"reflect"

	"github.com/urfave/cli/v2"

	"github.com/zoneloom/zoneloom/apply"
	"github.com/zoneloom/zoneloom/config"
	"github.com/zoneloom/zoneloom/config/revision"
	"github.com/zoneloom/zoneloom/state"
)

var baseFlag = &cli.StringFlag{
	Name:  "base",
	Usage: "hold what protects the zones at the git revision `REV` in force as well (default: the target of the pull request, where CI names one); none for no revision",
}

// noBase is the value of --base that switches it off.
const noBase = "none"

// baseNames returns the revisions that this change may be compared with, the best
// first, and says where they are named; none where nobody names one.
func (p *program) baseNames(c *cli.Context) (names []string, by string) {
	switch rev := c.String("base"); rev {
	case "":
	case noBase:
		return nil, ""
	default:
		return []string{rev}, "--base"
	}
	for _, v := range []struct{ name, prefix string }{
		{"GITHUB_BASE_REF", "refs/remotes/origin/"}, // Forgejo and Gitea set it too
		{"CI_MERGE_REQUEST_TARGET_BRANCH_SHA", ""},
		{"CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "refs/remotes/origin/"},
		{"CI_MERGE_REQUEST_DIFF_BASE_SHA", ""},
	} {
		if value, _ := p.getenv(v.name); value != "" {
			if by == "" {
				by = v.name
			}
			names = append(names, v.prefix+value)
		}
	}
	return names, by
}

// history is the configuration's folder in its git repository.
type history struct {
	*revision.Repo
	dir, file string // the folder as the user names it, and the configuration in it
}

// openHistory finds the repository of the configuration that c names. The caller
// closes it.
func openHistory(ctx context.Context, c *cli.Context) (*history, error) {
	dir, file := filepath.Split(c.String("config"))
	if dir == "" {
		dir = "."
	}
	repo, err := revision.Open(ctx, dir)
	if err != nil {
		return nil, err
	}
	return &history{repo, dir, file}, nil
}

// find returns the commit of the first of names that the clone has. The error is
// about the first.
func (h *history) find(names []string) (name, commit string, err error) {
	for _, n := range names {
		id, failed := h.Commit(n)
		if failed == nil {
			return n, id, nil
		}
		if err == nil {
			err = failed
		}
	}
	return "", "", err
}

// load reads the configuration as it is at a commit, which name stands for in
// faults; nil where it has none yet.
func (h *history) load(name, commit string) (*config.Config, error) {
	root, err := h.At(commit)
	if err != nil {
		return nil, err
	}
	if _, err := fs.Stat(root, h.file); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	cfg, err := config.Load(root, h.file)
	if faults, ok := errors.AsType[config.ErrorList](err); ok {
		return nil, h.faults(name, faults)
	}
	return cfg, err
}

// faults says of faults that they are those at a commit, which name stands for.
func (h *history) faults(name string, faults config.ErrorList) config.ErrorList {
	faults = moved(h.dir, faults)
	for _, f := range faults {
		f.Pos.File += "@" + name
	}
	return faults
}

// short is what people call a commit.
func short(commit string) string { return commit[:min(12, len(commit))] }

// base is the configuration that this change is compared with.
type base struct {
	*history
	name, commit string
	cfg          *config.Config // nil where there is none yet
}

// base reads the configuration at the base, nil where none is named. A base that
// is named and can't be read is an error, for else anybody could lift its brake.
// The caller closes it.
func (p *program) base(c *cli.Context) (*base, error) {
	names, by := p.baseNames(c)
	if len(names) == 0 {
		return nil, nil
	}
	b := &base{}
	err := b.open(c, names)
	switch {
	case err == nil:
	case errors.As(err, new(config.ErrorList)):
		return nil, err
	case by == "--base":
		return nil, fmt.Errorf("--base %s: %w", names[0], err)
	default:
		return nil, fmt.Errorf("%s names the base %s: %w; or say --base none to do without what protects the zones there", by, names[0], err)
	}
	if by != "--base" {
		p.say("the base is %s (%s), as %s says", b.name, short(b.commit), by)
	}
	if b.cfg == nil {
		p.say("there is no %s at %s yet: nothing is protected there", c.String("config"), b.name)
	}
	return b, nil
}

func (b *base) open(c *cli.Context, names []string) (err error) {
	if b.history, err = openHistory(c.Context, c); err != nil {
		return err
	}
	if b.name, b.commit, err = b.find(names); err == nil {
		b.cfg, err = b.load(b.name, b.commit)
	}
	if err != nil {
		return errors.Join(err, b.Close())
	}
	return nil
}

// Close ends what reads the base, if there is one.
func (b *base) Close() error {
	if b == nil {
		return nil
	}
	return b.history.Close()
}

// brake has what protects the zones at the base hold for targets too, so that no
// change removes its own brake.
func (p *program) brake(b *base, targets []apply.Target) {
	if b == nil || b.cfg == nil {
		return
	}
	rules := map[state.Name]state.Rules{}
	for _, z := range b.cfg.Zones {
		rules[z.Name] = z.Rules
	}
	said := map[state.Name]bool{}
	for i := range targets {
		t := &targets[i]
		at, known := rules[t.Zone]
		if !known {
			continue
		}
		braked := t.Rules.Braked(at)
		if !said[t.Zone] && (len(braked.Protect) > len(t.Rules.Protect) || !reflect.DeepEqual(braked.Limits, t.Rules.Limits)) {
			said[t.Zone] = true
			p.say("zone %s: protect and guards of %s hold too", t.Zone, b.name)
		}
		t.Rules = braked
	}
}
