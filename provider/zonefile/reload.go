package zonefile

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
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

// reloads has the one argument of each command that stands before the zone.
var reloads = map[string]string{ReloadRNDC: "reload", ReloadKnotc: "zone-reload", ReloadNSD: "reload"}

func validateReload(s string) error {
	if s == "" || s == ReloadNone || reloads[s] != "" {
		return nil
	}
	return fmt.Errorf("reload %q is unknown: write %s, %s, %s or %s; no other command is run", s, ReloadNone, ReloadRNDC, ReloadKnotc, ReloadNSD)
}

// reloadTimeout bounds how long a server may take to answer.
const reloadTimeout = 30 * time.Second

// reload tells the server that the zone's file has changed. No shell takes part.
func (z *zone) reload(ctx context.Context) error {
	verb := reloads[z.p.Reload]
	if verb == "" {
		return nil
	}
	name := "."
	if z.name != "." {
		name = strings.TrimSuffix(string(z.name), ".")
	}
	command := z.p.Reload + " " + verb + " " + name
	if err := plainArgument(z.name); err != nil {
		return fmt.Errorf("the file is written, but the server was not told: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, reloadTimeout)
	defer cancel()
	out, err := exec.CommandContext(ctx, z.p.Reload, verb, name).CombinedOutput()
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
