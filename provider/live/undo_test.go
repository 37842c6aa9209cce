package live_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/zoneloom/zoneloom/provider/internal/daemon"
)

// soaSerial is the serial in an exported SOA record.
var soaSerial = regexp.MustCompile(`(SOA\s+\S+\s+\S+\s+\(?\s*)\d+`)

// What an apply changed on a server is taken back, to the octet: all but the
// serial of the SOA, which goes on. Undoing that makes it again.
func TestUndoOnServers(t *testing.T) {
	program := build(t).program
	for _, o := range owns(daemon.Zone{Name: "example.com."}) {
		t.Run(o.name, func(t *testing.T) {
			c := &command{T: t, program: program, dir: t.TempDir()}
			_, providers := o.start(t)
			first, comment := declared, ""
			if o.name == "pdns_server" { // which alone has comments
				comment = `, comment: "new"`
			}
			commented := func() bool {
				t.Helper()
				return strings.Contains(c.run(0, "import", "--provider", "own", "example.com"), "comment")
			}
			c.write("zoneloom.yaml", providers+first)
			c.run(0, "apply", "--yes")
			before := c.exported()
			kept := strings.TrimSpace(c.run(0, "snapshot"))

			second := strings.NewReplacer(
				"192.0.2.2]", "192.0.2.3], ttl: 60"+comment,
				"{type: CNAME, value: www}", "{type: A, value: 192.0.2.4}",
				`v6: {type: AAAA, value: "2001:db8::1"}`, "new: {type: TXT, value: here}",
				"refresh: 2h", "refresh: 3h",
			).Replace(first)
			c.write("zoneloom.yaml", providers+second)
			c.run(0, "apply", "--yes")
			after := c.exported()
			if commented() != (comment != "") {
				t.Error("the comment didn't come")
			}
			c.run(0, "undo", "--yes")
			if got := c.exported(); got != before {
				t.Errorf("after the undo:\n%s\nand before:\n%s", got, before)
			}
			if commented() {
				t.Error("the comment stays after the undo")
			}
			c.write("zoneloom.yaml", providers+first)
			c.run(0, "plan", "--detailed-exitcode")

			c.write("zoneloom.yaml", providers+second)
			c.run(0, "apply", "--yes")
			if got := c.exported(); got != after {
				t.Errorf("applied again:\n%s\nand at first:\n%s", got, after)
			}
			c.run(0, "restore", "--yes", kept)
			if got := c.exported(); got != before {
				t.Errorf("after the restore:\n%s\nand before:\n%s", got, before)
			}
			if commented() {
				t.Error("the comment stays after the restore")
			}
		})
	}
}
