package zonefile_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/miekg/dns"

	"github.com/zoneloom/zoneloom/provider"
	"github.com/zoneloom/zoneloom/provider/internal/daemon"
	"github.com/zoneloom/zoneloom/provider/zonefile"
	"github.com/zoneloom/zoneloom/state"
)

// command puts a program of that name first in the path, which notes its
// arguments in a file beside it.
func command(t *testing.T, name, then string) (calls func() string) {
	t.Helper()
	dir := t.TempDir()
	script := fmt.Sprintf("#!/bin/sh\necho \"%s|$*|$#\" >> %q\n%s\n", name, filepath.Join(dir, "calls"), then)
	if err := os.WriteFile(filepath.Join(dir, name), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+string(filepath.ListSeparator)+os.Getenv("PATH"))
	return func() string {
		b, err := os.ReadFile(filepath.Join(dir, "calls"))
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		return string(b)
	}
}

// The server is told once for each file that was written, with fixed arguments.
func TestReload(t *testing.T) {
	for name, want := range map[string]string{
		"rndc":        "rndc|reload example.com|2\n",
		"knotc":       "knotc|-b zone-reload example.com|3\n",
		"nsd-control": "nsd-control|reload example.com|2\n",
	} {
		t.Run(name, func(t *testing.T) {
			calls := command(t, name, "")
			_, p := folder(t)
			p.Reload = name
			z := open(t, p)
			snap := snapshot(t, z)
			if _, err := add(t, z, snap, ""); err != nil || calls() != "" {
				t.Fatalf("nothing to write: %v, called %q", err, calls())
			}
			if _, err := add(t, z, snap, "b 300 A 192.0.2.2"); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, calls()); diff != "" {
				t.Errorf("calls (-want +got):\n%s", diff)
			}
			now := snapshot(t, z)
			err := z.Write(t.Context(), now, changes(t, now.Zone, "", "@ NS"), &silent{})
			if !errors.Is(err, provider.ErrRefused) || calls() != want {
				t.Errorf("a refused write: %v, called %q", err, calls())
			}
		})
	}
}

// A server that can't be told leaves the changes made, and says what it said.
func TestReloadFails(t *testing.T) {
	command(t, "rndc", "echo 'connection refused'; echo 'is it up?' >&2; exit 1")
	dir, p := folder(t)
	p.Reload = zonefile.ReloadRNDC
	z := open(t, p)
	out, err := add(t, z, snapshot(t, z), "b 300 A 192.0.2.2")
	if err == nil || !strings.Contains(err.Error(), "written, but not reloaded") || !strings.Contains(err.Error(), "connection refused; is it up?") || !strings.Contains(err.Error(), "rndc reload example.com") {
		t.Errorf("Write = %v", err)
	}
	if out.Results[0] != provider.Made || !strings.Contains(read(t, dir, "example.com.zone"), "192.0.2.2") {
		t.Errorf("the change is reported as %v", out.Results)
	}
	t.Setenv("PATH", t.TempDir())
	if _, err := add(t, z, snapshot(t, z), "c 300 A 192.0.2.2"); err == nil || !strings.Contains(err.Error(), "executable file not found") {
		t.Errorf("without the program: %v", err)
	}
}

// No zone's name is taken for an option.
func TestReloadOption(t *testing.T) {
	calls := command(t, "rndc", "")
	dir := t.TempDir()
	write(t, dir, "-s.example.zone", plainZone)
	p := &zonefile.Provider{Folder: dir, Reload: zonefile.ReloadRNDC}
	found, err := p.Zones(t.Context(), nil)
	if err != nil || found["-s.example."] == nil {
		t.Fatalf("Zones = %v, %v", found, err)
	}
	z := found["-s.example."]
	snap := snapshot(t, z)
	k := state.Key{Name: "b.-s.example.", Type: state.A}
	change := state.Change{Key: k, After: &state.RRset{Key: k, Records: []state.Record{{Data: "192.0.2.2", TTL: 300}}}}
	if err := z.Write(t.Context(), snap, []state.Change{change}, &silent{}); err == nil || !strings.Contains(err.Error(), "hyphen") || calls() != "" {
		t.Errorf("Write = %v, called %q", err, calls())
	}
}

// Knot serves what was written as soon as it was told.
func TestKnot(t *testing.T) {
	server := daemon.Knot(t, daemon.Zone{Name: "example.com.", Text: plainZone})
	command(t, "knotc", fmt.Sprintf("exec %q -s %q \"$@\"", daemon.Program(t, "knot", "knotc"), server.Path("sock")))
	p := &zonefile.Provider{Folder: server.Dir, Pattern: "{zone}", Reload: zonefile.ReloadKnotc}
	// Knot goes by a link, as a write puts a new file in the place of the old one.
	if err := os.Rename(server.Path("zone0"), server.Path("example.com")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("example.com", server.Path("zone0")); err != nil {
		t.Fatal(err)
	}
	z := open(t, p)
	if _, err := add(t, z, snapshot(t, z), "b 300 A 192.0.2.2"); err != nil {
		t.Fatal(err)
	}
	m := new(dns.Msg).SetQuestion("b.example.com.", dns.TypeA)
	r, _, err := (&dns.Client{Net: "tcp", Timeout: 10 * time.Second}).ExchangeContext(t.Context(), m, server.Addr)
	if err != nil || len(r.Answer) != 1 || !strings.HasSuffix(r.Answer[0].String(), "192.0.2.2") {
		t.Errorf("Knot answers %v, %v", r, err)
	}
}
