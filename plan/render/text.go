package render

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/zoneloom/zoneloom/plan"
	"github.com/zoneloom/zoneloom/state"
)

// Options say how Text shows a plan.
type Options struct {
	Color   bool
	Width   int           // of the terminal in columns; 0: 100
	Verbose bool          // show zones without changes too, and where each change is declared
	Pos     plan.Position // for Verbose; may be nil
}

// Text writes p for a terminal or a log: zone by zone, one line for each record
// that comes, changes or goes, and the totals in the last line. Nothing is left
// out of a change, and no octet of the data reaches the terminal as a control.
func Text(w io.Writer, p *plan.Plan, o Options) error {
	if o.Width <= 0 {
		o.Width = 100
	}
	t := &text{w: bufio.NewWriter(w), Options: o}
	for i := range p.Zones {
		t.zone(&p.Zones[i])
	}
	t.refusals(p)
	t.total(p)
	return t.w.Flush()
}

type text struct {
	Options
	w    *bufio.Writer
	name int // width of the column of names
	kind int // width of the column of types
	ttl  int // width of the column of TTLs
}

// The styles of a terminal.
const (
	bold   = "1"
	faint  = "2"
	red    = "31"
	green  = "32"
	yellow = "33"
)

func (t *text) style(s, style string) string {
	if !t.Color || s == "" {
		return s
	}
	return "\x1b[" + style + "m" + s + "\x1b[0m"
}

// printf leaves the error to Flush.
func (t *text) printf(format string, args ...any) { _, _ = fmt.Fprintf(t.w, format, args...) }

func (t *text) zone(z *plan.Zone) {
	left := leftAlone(z)
	if z.Empty() && (!t.Verbose || left == "") && len(z.Notices) == 0 {
		return
	}
	t.printf("%s  %s\n", t.style(both(z.Name, z.Name.Unicode()), bold), t.style(quote(z.Provider), faint))
	if z.Create {
		t.printf("  %s\n", t.style("+ the zone itself, at "+quote(z.Target), green))
	}
	t.measure(z)
	for i := range z.Changes {
		if i < len(z.Origins) {
			t.printf("  %s\n", t.style("# "+quote(z.Origins[i].String()), faint))
		}
		t.change(z.Name, &z.Changes[i])
		t.risk(z.RiskOf(i))
	}
	if z.Empty() {
		t.printf("  %s\n", t.style("no changes", faint))
	}
	for _, n := range z.Notices {
		t.printf("  note: %s\n", quote(n))
	}
	if left != "" {
		t.printf("  %s\n", t.style("left alone: "+left, faint))
	}
	t.printf("\n")
}

// leftAlone says how many records of the zone the plan doesn't touch for they
// aren't its own.
func leftAlone(z *plan.Zone) string {
	var parts []string
	for _, c := range []struct {
		n    int
		what string
	}{{z.Ignored, "ignored"}, {z.ReadOnly, "read-only"}, {z.Undeclared, "not declared"}} {
		if c.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", c.n, c.what))
		}
	}
	return strings.Join(parts, ", ")
}

// both shows a name as it is written, and in Unicode ahead of that where it
// differs.
func both(n state.Name, unicode string) string {
	if unicode == string(n) {
		return quote(unicode)
	}
	return quote(unicode) + " (" + quote(string(n)) + ")"
}

// measure sets the widths of the columns that a zone needs.
func (t *text) measure(z *plan.Zone) {
	const widest = 40 // a longer name pushes its own line only
	t.name, t.kind, t.ttl = 0, 0, 0
	for _, c := range z.Changes {
		if n := utf8.RuneCountInString(owner(z.Name, c.Name)); n <= widest {
			t.name = max(t.name, n)
		}
		t.kind = max(t.kind, len(c.Type))
		for _, s := range []*state.RRset{c.Before, c.After} {
			for _, r := range s.Ours() {
				t.ttl = max(t.ttl, len(r.TTL.String()))
			}
		}
	}
}

// owner shows the name of a change inside its zone.
func owner(zone, name state.Name) string {
	plain := name.Relative(zone)
	if u := name.Unicode(); u != string(name) {
		return both(state.Name(plain), strings.TrimSuffix(strings.TrimSuffix(u, zone.Unicode()), "."))
	}
	return quote(plain)
}

func pad(s string, width int) string {
	return s + strings.Repeat(" ", max(0, width-utf8.RuneCountInString(s)))
}

func (t *text) change(zone state.Name, c *state.Change) {
	deletes, updates, creates := c.Ops()
	head := pad(owner(zone, c.Name), t.name) + "  " + pad(string(c.Type), t.kind)
	blank := strings.Repeat(" ", utf8.RuneCountInString(head))
	t.declared(c)
	switch c.Action() {
	case state.Create:
		for _, i := range creates {
			t.line("+", green, head, t.record(&c.After.Records[i]))
			head = blank
		}
		t.aside("+", head, setFields(nil, c.After))
	case state.Delete:
		for _, i := range deletes {
			t.line("-", red, head, t.record(&c.Before.Records[i]))
			head = blank
		}
	case state.Update:
		t.update(c, head, deletes, updates, creates)
	case state.NoOp:
	}
}

// declared says where c stands in the configuration.
func (t *text) declared(c *state.Change) {
	if !t.Verbose || t.Pos == nil || c.After == nil {
		return
	}
	for _, r := range c.After.Records {
		if file, line := t.Pos(r.Src); r.Src != 0 && file != "" {
			t.printf("  %s\n", t.style(fmt.Sprintf("# %s:%d", quote(file), line), faint))
			return
		}
	}
}

// line prints one record's line: its sign, the name and type, and the rest.
func (t *text) line(sign, style, head, rest string) {
	t.printf("  %s %s  %s\n", t.style(sign, style), t.style(head, style), rest)
}
