package live_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneloom/zoneloom/provider/internal/daemon"
)

// command is the whole command, run in a folder of its own.
type command struct {
	*testing.T
	program, dir string
	said         string // on standard error, by the last run
}

// build builds the command.
func build(t *testing.T) *command {
	t.Helper()
	c := &command{T: t, program: filepath.Join(t.TempDir(), "zoneloom"), dir: t.TempDir()}
	out, err := exec.CommandContext(t.Context(), "go", "build", "-o", c.program, "../../cmd/zoneloom").CombinedOutput()
	if err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return c
}

// run runs the command, which must exit with code, and returns its standard
// output.
func (c *command) run(code int, args ...string) string {
	c.Helper()
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(c.Context(), c.program, args...)
	cmd.Env = append(os.Environ(), "XDG_STATE_HOME="+c.dir) // where it keeps its locks
	cmd.Dir, cmd.Stdout, cmd.Stderr = c.dir, &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) || errors.Is(err, context.Canceled) {
		c.Fatal(err)
	}
	if got := cmd.ProcessState.ExitCode(); got != code {
		c.Fatalf("zoneloom %s: exit code %d, want %d\n%s%s", strings.Join(args, " "), got, code, &stdout, &stderr)
	}
	c.said = stderr.String()
	return stdout.String()
}

// write writes a file to the command's folder.
func (c *command) write(name, text string) {
	c.Helper()
	if err := os.WriteFile(filepath.Join(c.dir, name), []byte(text), 0o600); err != nil {
		c.Fatal(err)
	}
}

// transfer reads a zone with dig: its records, sorted, without the serial.
func (c *command) transfer(s *daemon.Server, zone string) []string {
	c.Helper()
	host, port, _ := strings.Cut(s.Addr, ":")
	out := daemon.Run(c.T, "bind9-dnsutils", "", "dig", "@"+host, "-p", port, "-y", "hmac-sha256:"+s.Key.Name+":"+s.Key.Secret,
		"+nocomments", "+nocmd", "+nostats", "+noquestion", "+onesoa", "AXFR", zone)
	var lines []string
	for line := range strings.Lines(out) {
		f := strings.Fields(line)
		if len(f) > 6 && f[3] == "SOA" {
			f[6] = "serial"
		}
		if len(f) > 4 && !strings.HasPrefix(line, ";") && f[3] != "TSIG" {
			lines = append(lines, strings.Join(f, " "))
		}
	}
	slices.Sort(lines)
	return lines
}

const declared = `
defaults: {ttl: 300}
zones:
  example.com:
    provider: own
    apex_ns: exact
    soa: {mname: ns1.example.net., rname: hostmaster@example.net, refresh: 2h, retry: 1h, expire: 14d, minimum: 300, ttl: 1h}
    records:
      "@":
        - {type: NS, values: [ns1.example.net., ns2.example.net.], ttl: 1h}
        - {type: MX, values: ["10 mx1.example.net.", "20 mx2.example.net."]}
        - {type: TXT, value: "v=spf1 -all"}
      www: {type: A, values: [192.0.2.1, 192.0.2.2]}
      v6: {type: AAAA, value: "2001:db8::1"}
      alias: {type: CNAME, value: www}
      "*.wild": {type: A, value: 192.0.2.9}
      sub: {type: NS, value: ns.sub.example.com.}
      ns.sub: {type: A, value: 192.0.2.53}
      _443._tcp: {type: TLSA, value: "3 1 1 0c72ac70b745ac19998811b131d662c9ac69dbdbe7cb23e5b514b56664c5d3d6"}
`

// own is a server of a zone with the provider that the configuration calls own.
type own struct {
	name  string
	start func(t *testing.T) (*daemon.Server, string)
}

func owns(zone daemon.Zone) []own {
	updates := func(s *daemon.Server) (*daemon.Server, string) {
		return s, fmt.Sprintf("providers: {own: {type: rfc2136, server: %q, key_name: %q, secret: %q}}\n", s.Addr, s.Key.Name, s.Key.Secret)
	}
	return []own{
		{"named", func(t *testing.T) (*daemon.Server, string) {
			t.Helper()
			return updates(daemon.Named(t, zone))
		}},
		{"knotd", func(t *testing.T) (*daemon.Server, string) {
			t.Helper()
			return updates(daemon.Knot(t, zone))
		}},
		{"pdns_server", func(t *testing.T) (*daemon.Server, string) {
			t.Helper()
			p := daemon.PowerDNS(t, zone)
			return p.Server, fmt.Sprintf("providers: {own: {type: powerdns, url: %q, key: %q}}\n", p.API, p.APIKey)
		}},
	}
}

// The command brings each server to what is declared, waits until it answers,
// and finds it so by every way of looking.
func TestCommandOnServers(t *testing.T) {
	program := build(t).program
	for _, o := range owns(daemon.Zone{Name: "example.com."}) {
		t.Run(o.name, func(t *testing.T) {
			c := &command{T: t, program: program, dir: t.TempDir()}
			s, providers := o.start(t)
			c.write("zoneloom.yaml", providers+declared)
			c.run(2, "verify", "--server", s.Addr)
			c.run(0, "apply", "--yes", "--verify", "--server", s.Addr)
			if out := c.run(0, "verify", "--server", s.Addr); !strings.Contains(out, "1 of 1 server as configured") {
				t.Errorf("verify: %s", out)
			}
			c.run(0, "plan", "--detailed-exitcode")
			c.run(0, "compare", "config", "live:"+s.Addr)
			c.run(0, "compare", "config", "provider:own")
			c.run(0, "compare", "provider:own", "live:"+s.Addr)
			c.write("exported.zone", c.run(0, "export", "example.com"))
			c.run(0, "compare", "config", "file:exported.zone")
			c.run(0, "import", "--provider", "own", "example.com")

			c.write("zoneloom.yaml", providers+strings.Replace(strings.Replace(declared, "192.0.2.2]", "192.0.2.3]", 1), "refresh: 2h", "refresh: 3h", 1))
			out := c.run(2, "verify", "--server", s.Addr)
			if !strings.Contains(out, "www A: lacks 192.0.2.3; has 192.0.2.2 too many") || !strings.Contains(out, "@ SOA: lacks") {
				t.Errorf("verify: %s", out)
			}
			c.run(2, "compare", "config", "live:"+s.Addr)
			c.run(0, "apply", "--yes", "--verify", "--server", s.Addr)
			c.run(0, "plan", "--detailed-exitcode")
		})
	}
}

// One zone is kept the same at servers of three kinds, two of them alike.
func TestOneZoneAtSeveralServers(t *testing.T) {
	c := build(t)
	zone := daemon.Zone{Name: "example.com."}
	named, one, two := daemon.Named(t, zone), daemon.PowerDNS(t, zone), daemon.PowerDNS(t, zone)
	c.write("zoneloom.yaml", fmt.Sprintf(`
providers:
  bind: {type: rfc2136, server: %q, key_name: %q, secret: %q}
  one: {type: powerdns, url: %q, key: %q}
  two: {type: powerdns, url: %q, key: %q}
`, named.Addr, named.Key.Name, named.Key.Secret, one.API, one.APIKey, two.API, two.APIKey)+
		strings.Replace(declared, "provider: own", "provider: [bind, one, two]", 1))
	c.run(0, "apply", "--yes", "--verify", "--server", named.Addr, "--server", one.Addr, "--server", two.Addr)
	c.run(0, "plan", "--detailed-exitcode")
	if out := c.run(0, "verify", "--server", named.Addr, "--server", one.Addr, "--server", two.Addr); !strings.Contains(out, "3 of 3 servers as configured") {
		t.Errorf("verify: %s", out)
	}
	c.run(0, "compare", "provider:bind", "provider:one", "--zone", "example.com")
	c.run(0, "compare", "live:"+one.Addr, "live:"+two.Addr)
}

// What BIND reads from its files is imported, put on another server, and is there
// the same records: dig says so.
func TestImportedZonesAreTheSameElsewhere(t *testing.T) {
	c := build(t)
	zones := []string{"everything.example.", "generate.example.", "2.0.192.in-addr.arpa.", "8.b.d.0.1.0.0.2.ip6.arpa.", "crlf.example."}
	var full, empty []daemon.Zone
	for _, name := range zones {
		text, err := os.ReadFile(expected(name))
		if err != nil {
			t.Fatal(err)
		}
		full = append(full, daemon.Zone{Name: name, Text: string(text)})
		empty = append(empty, daemon.Zone{Name: name})
	}
	from, to := daemon.Named(t, full...), daemon.Named(t, empty...)
	settings := func(s *daemon.Server) string {
		return fmt.Sprintf("{type: rfc2136, server: %q, key_name: %q, secret: %q}", s.Addr, s.Key.Name, s.Key.Secret)
	}
	c.write("zoneloom.yaml", "providers: {own: "+settings(from)+"}\n")
	c.run(0, append([]string{"import", "--provider", "own", "--out", "zones"}, zones...)...)
	c.write("zoneloom.yaml", "providers: {own: "+settings(from)+"}\ninclude: zones/*.yaml\n")
	c.run(0, "plan", "--detailed-exitcode")
	c.write("zoneloom.yaml", "providers: {own: "+settings(to)+"}\ninclude: zones/*.yaml\n")
	c.run(0, "apply", "--yes", "--verify", "--server", to.Addr)
	for _, name := range zones {
		want := c.transfer(from, name)
		if diff := cmp.Diff(want, c.transfer(to, name)); diff != "" || len(want) < 3 {
			t.Errorf("%s has %d records (-from +to):\n%s", name, len(want), diff)
		}
	}
}
