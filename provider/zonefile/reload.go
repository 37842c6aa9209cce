package zonefile

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/zoneloom/zoneloom/state"
)

// The ways to tell a server that a file has changed.
const (
	ReloadNone  = "none"
	ReloadRNDC  = "rndc"        // BIND
	ReloadKnotc = "knotc"       // Knot DNS
	ReloadNSD   = "nsd-control" // NSD
)

// reloads has the arguments of each command that stand before the zone. Knot is
// asked to wait, so that it tells of a zone that it can't load.
var reloads = map[string][]string{ReloadRNDC: {"reload"}, ReloadKnotc: {"-b", "zone-reload"}, ReloadNSD: {"reload"}}

func validateReload(s string) error {
	if s == "" || s == ReloadNone || reloads[s] != nil {
		return nil
	}
	return fmt.Errorf("reload %q is unknown: write %s, %s, %s or %s; no other command is run", s, ReloadNone, ReloadRNDC, ReloadKnotc, ReloadNSD)
}

// reloadTimeout bounds how long a server may take to answer.
const reloadTimeout = 30 * time.Second

// reload tells the server that the zone's file has changed. No shell takes part.
func (z *zone) reload(ctx context.Context) error {
	args := reloads[z.p.Reload]
	if args == nil {
		return nil
	}
	name := "."
	if z.name != "." {
		name = strings.TrimSuffix(string(z.name), ".")
	}
	args = append(slices.Clone(args), name)
	command := z.p.Reload + " " + strings.Join(args, " ")
	if err := plainArgument(z.name); err != nil {
		return fmt.Errorf("the file is written, but the server was not told: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, reloadTimeout)
	defer cancel()
	out, err := exec.CommandContext(ctx, z.p.Reload, args...).CombinedOutput()
	if err == nil {
		return nil
	}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		err = fmt.Errorf("it took more than %s", reloadTimeout)
	}
	const most = 500
	said := strings.ReplaceAll(strings.TrimSpace(string(out)), "\n", "; ")
	if said != "" {
		said = ": " + said[:min(len(said), most)]
	}
	return fmt.Errorf("the file is written, but not reloaded: %q failed: %w%s; run it by hand: the next run finds nothing to write, and doesn't", command, err, said)
}

// plainArgument refuses a zone whose name a command could take for an option.
func plainArgument(n state.Name) error {
	if strings.HasPrefix(string(n), "-") {
		return fmt.Errorf("the name %s begins with a hyphen, which the command would take for an option: reload it by hand", n)
	}
	return nil
}
