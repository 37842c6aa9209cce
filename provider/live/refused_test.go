package live_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/zoneloom/zoneloom/provider/internal/daemon"
)

// held is a zone in which two names have records that the configuration leaves
// alone, so that servers refuse CNAMEs there; BIND takes no updates of them at all, and
// Knot none with a TXT.
var held = daemon.Zone{
	Name:   "example.com.",
	Text:   daemon.Empty("example.com.") + "held A 192.0.2.1\ntaken A 192.0.2.1\nold A 192.0.2.7\nwww CNAME old\n",
	Frozen: []string{"held.example.com.", "taken.example.com."},
	Types:  []string{"A", "CNAME"},
}

const wanted = `
defaults: {ttl: 300}
zones:
  example.com:
    provider: own
    ignore: [{name: held, type: A}, {name: taken, type: A}]
    records:
      a: {type: A, value: 192.0.2.1}
      b: {type: A, value: 192.0.2.1}
      c: {type: A, value: 192.0.2.1}
      held: {type: CNAME, value: example.net.}
      www: {type: CNAME, value: held}
      taken: {type: TXT, value: taken}
`

// A name that the server refuses keeps all of its request from being made; with
// --keep-going it is found, and the rest is made, but for what needs it.
func TestRefusedOnServers(t *testing.T) {
	program := build(t).program
	servers := map[string]struct {
		first string            // what is said of the request as a whole
		codes map[string]string // of the refusals, by record
	}{
		"named":       {"an update of 7 RRsets: ", map[string]string{"held CNAME": "REFUSED", "taken TXT": "REFUSED"}},
		"knotd":       {"an update of 7 RRsets: the service refused the request", map[string]string{"held CNAME": "YXRRSET", "taken TXT": "NOTAUTH"}},
		"pdns_server": {"zoneloom.yaml:12: held.example.com. CNAME (one of 7 RRsets in its PATCH): ", map[string]string{"held CNAME": "422"}},
	}
	for _, o := range owns(held) {
		t.Run(o.name, func(t *testing.T) {
			want := servers[o.name]
			c := &command{T: t, program: program, dir: t.TempDir()}
			s, providers := o.start(t)
			c.write("zoneloom.yaml", providers+wanted)
			before := c.exported()
			c.run(1, "apply", "--yes")
			said := c.said
			if after := c.exported(); after != before {
				t.Errorf("the zone was\n%s\nand is\n%s", before, after)
			}
			if !strings.Contains(said, "error: zone example.com.: own: "+want.first) || !strings.Contains(said, "hint: with --keep-going") {
				t.Errorf("it says\n%s", said)
			}

			out := c.run(4, "apply", "--yes", "--keep-going", "--format", "json")
			made := map[string]bool{"a A": true, "b A": true, "c A": true, "taken TXT": want.codes["taken TXT"] == ""}
			for _, ch := range changesOf(t, out) {
				what := strings.TrimSuffix(ch.Name, ".example.com.") + " " + ch.Type
				switch {
				case (ch.Result == "made") != made[what]:
					t.Errorf("%s: %s", what, ch.Result)
				case what == "www CNAME" && ch.WaitsFor != "held.example.com.", what == "old A" && ch.WaitsFor != "www.example.com.":
					t.Errorf("%s waits for %q", what, ch.WaitsFor)
				case want.codes[what] != "" && (!slices.Contains(ch.Codes, want.codes[what]) || ch.Source.Line == 0 || ch.Error == ""):
					t.Errorf("%s: %+v", what, ch)
				}
			}
			if line := "error: zone example.com.: own: zoneloom.yaml:12: held.example.com. CNAME"; !strings.Contains(c.said, line) {
				t.Errorf("it says\n%s", c.said)
			}
			for question, answer := range map[string]string{
				"www CNAME": "old.example.com.\n", "old A": "192.0.2.7\n", "held A": "192.0.2.1\n", "a A": "192.0.2.1\n",
			} {
				host, port, _ := strings.Cut(s.Addr, ":")
				name, typ, _ := strings.Cut(question, " ")
				if got := daemon.Run(t, "bind9-dnsutils", "", "dig", "@"+host, "-p", port, "+short", name+".example.com", typ); got != answer {
					t.Errorf("%s: %q", question, got)
				}
			}
		})
	}
}

// exported returns the zone without its serial.
func (c *command) exported() string {
	c.Helper()
	return soaSerial.ReplaceAllString(c.run(0, "export", "example.com"), "${1}serial")
}

// change is a change in a report.
type change struct {
	Name, Type, Result string
	WaitsFor           string `json:"waits_for"`
	Codes              []string
	Error              string
	Source             struct{ Line int }
}

func changesOf(t *testing.T, report string) []change {
	t.Helper()
	var r struct{ Zones []struct{ Changes []change } }
	if err := json.Unmarshal([]byte(report), &r); err != nil || len(r.Zones) != 1 {
		t.Fatalf("the report has %d zones: %v", len(r.Zones), err)
	}
	return r.Zones[0].Changes
}
