package render

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/zoneloom/zoneloom/state"
)

// record shows a record that comes or goes: TTL, data, attributes.
func (t *text) record(r *state.Record) string {
	fields := []string{t.lead(r.TTL.String()) + data(r.Data)}
	for key, v := range r.Attrs.All() {
		fields = append(fields, quote(key)+": "+value(v))
	}
	return strings.Join(fields, ", ")
}

func (t *text) lead(ttl string) string { return pad(ttl, t.ttl) + "  " }

// update shows a set of which some records come, change or go, and says how many
// stay.
func (t *text) update(c *state.Change, head string, deletes []int, updates []state.Pair, creates []int) {
	blank := pad("", len([]rune(head)))
	sign := "~"
	next := func(s, style, rest string) {
		mark := t.style(sign, yellow)
		if s != "" {
			rest = t.style(s+" ", style) + rest
		}
		t.printf("  %s %s  %s\n", mark, t.style(head, yellow), rest)
		sign, head = " ", blank
	}
	alone := len(updates)+len(deletes)+len(creates) == 1 && len(updates) == 1
	for _, p := range updates {
		own := "~"
		if alone {
			own = ""
		}
		for _, rest := range t.become(&c.Before.Records[p.Before], &c.After.Records[p.After], c.Type, len(blank)) {
			next(own, yellow, rest)
			own = ""
			if !alone {
				own = " "
			}
		}
	}
	for _, i := range creates {
		next("+", green, t.record(&c.After.Records[i]))
	}
	for _, i := range deletes {
		next("-", red, t.record(&c.Before.Records[i]))
	}
	if fields := setFields(c.Before, c.After); len(fields) > 0 {
		next("", "", "the set's "+strings.Join(fields, ", "))
	}
	if stay := stays(c, len(updates)); stay != "" {
		next("", "", t.style(stay, faint))
	}
}

// stays says how many records of c are not changed by it.
func stays(c *state.Change, updates int) string {
	var parts []string
	if n := len(c.Pairs) - updates; n > 0 {
		parts = append(parts, fmt.Sprintf("%d unchanged", n))
	}
	ignored, readOnly := 0, 0
	if c.After != nil {
		for _, r := range c.After.Records {
			switch r.Kept {
			case state.Ignored:
				ignored++
			case state.ReadOnly:
				readOnly++
			case state.Ours:
			}
		}
	}
	if ignored > 0 {
		parts = append(parts, fmt.Sprintf("%d ignored", ignored))
	}
	if readOnly > 0 {
		parts = append(parts, fmt.Sprintf("%d read-only", readOnly))
	}
	if len(parts) == 0 {
		return ""
	}
	return "(" + strings.Join(parts, ", ") + ")"
}

// become shows a record that changes, field by field: in one line where that
// fits, else the data before and after in a line each.
func (t *text) become(before, after *state.Record, typ state.Type, indent int) []string {
	ttl := after.TTL.String()
	var fields []string
	if before.TTL != after.TTL {
		ttl = ""
		fields = append(fields, "ttl: "+before.TTL.String()+" -> "+after.TTL.String())
	}
	fields = append(fields, attrFields(before.Attrs, after.Attrs)...)
	lead := t.lead(ttl)
	tail := ""
	if len(fields) > 0 {
		tail = ", " + strings.Join(fields, ", ")
	}
	a, b := data(before.Data), data(after.Data)
	if a == b {
		return []string{lead + a + tail}
	}
	one := lead + a + " -> " + b + tail
	if indent+len(one)+8 <= t.Width {
		return []string{one}
	}
	if typ.IsText() {
		if marked, ok := t.marked(a, b); ok {
			return []string{lead + marked + tail}
		}
	}
	return []string{lead + t.style(a, red), pad("", t.ttl) + "  -> " + t.style(b, green) + tail}
}

// attrFields shows each attribute that differs.
func attrFields(before, after state.Attrs) []string {
	var fields []string
	for key, v := range before.All() {
		w, ok := after.Get(key)
		switch {
		case !ok:
			fields = append(fields, quote(key)+": "+value(v)+" -> "+absent(v))
		case value(v) != value(w):
			fields = append(fields, quote(key)+": "+value(v)+" -> "+value(w))
		}
	}
	for key, w := range after.All() {
		if !before.Has(key) {
			fields = append(fields, quote(key)+": "+absent(w)+" -> "+value(w))
		}
	}
	return fields
}

// absent shows what an attribute that isn't set stands for, by the value on the
// other side.
func absent(other any) string {
	if _, ok := other.(bool); ok {
		return "false"
	}
	return "none"
}

// setFields shows the attributes of the set as a whole that differ.
func setFields(before, after *state.RRset) []string {
	var a, b state.Attrs
	if before != nil {
		a = before.Attrs
	}
	if after != nil {
		b = after.Attrs
	}
	return attrFields(a, b)
}

func (t *text) aside(sign, head string, fields []string) {
	if len(fields) > 0 {
		t.line(sign, green, head, "the set's "+strings.Join(fields, ", "))
	}
}

// value shows the value of an attribute.
func value(v any) string {
	switch v := v.(type) {
	case bool:
		return strconv.FormatBool(v)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case string:
		return strconv.Quote(v)
	case []string:
		list := make([]string, len(v))
		for i, s := range v {
			list[i] = strconv.Quote(s)
		}
		return "[" + strings.Join(list, ", ") + "]"
	}
	return fmt.Sprintf("%q", v)
}

// data shows RDATA, which is printable ASCII in canonical form; should it hold
// anything else, that is escaped as RDATA is.
func data(s string) string {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return escape(s)
		}
	}
	return s
}

func escape(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' {
			fmt.Fprintf(&b, `\%03d`, c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// quote shows text for people, letters of any script as they are, and whatever
// could steer a terminal escaped.
func quote(s string) string {
	q := strconv.Quote(s)
	return strings.ReplaceAll(strings.ReplaceAll(q[1:len(q)-1], `\"`, `"`), `\\`, `\`)
}
