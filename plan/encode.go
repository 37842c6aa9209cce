package plan

import (
	"bufio"
	"bytes"
	"io"
	"slices"
	"strconv"
	"time"

	"github.com/zoneloom/zoneloom/state"
)

// Position turns a place in the configuration into a file and a line; an empty
// file says that there is none.
type Position func(state.Src) (file string, line int)

// Encode writes p as JSON, one change a line. It is deterministic, and holds no
// times and no secrets. A nil pos writes no positions.
func (p *Plan) Encode(w io.Writer, pos Position) error {
	e := encoder{w: bufio.NewWriterSize(w, 1<<16), pos: pos}
	e.plan(p)
	return e.w.Flush()
}

// encoder writes plans; what goes wrong while writing shows in Flush.
type encoder struct {
	w   *bufio.Writer
	pos Position
	buf []byte
}

func (e *encoder) flush() {
	_, _ = e.w.Write(e.buf)
	e.buf = e.buf[:0]
}

func (e *encoder) raw(s string) { e.buf = append(e.buf, s...) }

// field appends a comma and a key, whose value the caller appends.
func (e *encoder) field(key string) {
	e.buf = append(e.buf, `, "`...)
	e.buf = append(e.buf, key...)
	e.buf = append(e.buf, `": `...)
}

func (e *encoder) str(key, value string) {
	e.field(key)
	e.buf = appendString(e.buf, value)
}

func (e *encoder) num(key string, n int) {
	e.field(key)
	e.buf = strconv.AppendInt(e.buf, int64(n), 10)
}

func (e *encoder) plan(p *Plan) {
	e.raw(`{"format_version": "` + FormatVersion + `"`)
	e.str("id", p.ID())
	e.raw(",\n \"zones\": [")
	for i := range p.Zones {
		if i > 0 {
			e.raw(",")
		}
		e.zone(&p.Zones[i])
	}
	e.raw("],\n")
	s := p.Summary()
	e.raw(` "summary": {"create": ` + strconv.Itoa(s.Create))
	e.num("update", s.Update)
	e.num("delete", s.Delete)
	e.num("zones", s.Zones)
	e.raw("},\n \"refusals\": [")
	e.refusals(p, func(z *Zone) []Refusal { return z.Refusals })
	e.raw("]")
	if slices.ContainsFunc(p.Zones, func(z Zone) bool { return len(z.Allowed) > 0 }) {
		e.raw(",\n \"allowed\": [")
		e.refusals(p, func(z *Zone) []Refusal { return z.Allowed })
		e.raw("]")
	}
	e.remarks(p)
	e.raw("}\n")
	e.flush()
}

func (e *encoder) zone(z *Zone) {
	e.raw("\n  {\"zone\": ")
	e.buf = appendString(e.buf, string(z.Name))
	e.str("provider", z.Provider)
	e.str("target", z.Target)
	e.field("create_zone")
	e.buf = strconv.AppendBool(e.buf, z.Create)
	e.num("read", z.Read)
	e.num("ignored", z.Ignored)
	e.num("read_only", z.ReadOnly)
	e.num("undeclared", z.Undeclared)
	if len(z.Ignore) > 0 {
		e.field("ignore")
		e.patterns(z.Ignore)
	}
	if len(z.OwnNS) > 0 {
		e.field("own_ns")
		own := make([]string, len(z.OwnNS))
		for i, n := range z.OwnNS {
			own[i] = string(n)
		}
		e.buf = full.strings(e.buf, own)
	}
	if len(z.Notices) > 0 {
		e.field("notices")
		e.buf = full.strings(e.buf, z.Notices)
	}
	e.raw(",\n   \"changes\": [")
	for i := range z.Changes {
		if i > 0 {
			e.raw(",")
		}
		e.raw("\n    ")
		e.change(&z.Changes[i], z.RiskOf(i))
		e.origin(z, i)
		e.raw("}")
		e.flush()
	}
	e.raw("]}")
}

func (e *encoder) patterns(list []state.Pattern) {
	e.raw("[")
	for i, p := range list {
		if i > 0 {
			e.raw(", ")
		}
		e.raw(`{"name": `)
		e.buf = appendString(e.buf, p.Name)
		e.str("type", p.Type)
		e.str("data", p.Data)
		e.raw("}")
	}
	e.raw("]")
}

func (e *encoder) change(c *state.Change, risk Risk) {
	e.raw(`{"action": "` + c.Action().String() + `"`)
	e.str("name", string(c.Name))
	e.str("type", string(c.Type))
	if c.Before != nil {
		e.field("before")
		e.buf = full.set(e.buf, c.Before)
	}
	if c.After != nil {
		e.field("after")
		e.buf = full.set(e.buf, c.After)
	}
	e.field("pairs")
	e.raw("[")
	for i, p := range c.Pairs {
		if i > 0 {
			e.raw(", ")
		}
		e.raw("[" + strconv.Itoa(p.Before) + ", " + strconv.Itoa(p.After) + "]")
	}
	e.raw("]")
	if len(c.Beside) > 0 {
		e.raw(", ")
		e.buf = bytes.TrimSuffix(full.beside(e.buf, c.Beside), []byte(", "))
	}
	if risk.Level != RiskUnknown {
		e.raw(`, "risk": {"level": "` + risk.Level.String() + `"`)
		e.field("reasons")
		e.buf = full.strings(e.buf, risk.Reasons)
		e.raw("}")
	}
	e.source(c)
}

// origin writes where a change comes from.
func (e *encoder) origin(z *Zone, i int) {
	if i >= len(z.Origins) {
		return
	}
	o := z.Origins[i]
	e.raw(`, "origin": {"kind": "` + string(o.Kind) + `"`)
	if o.Also != "" {
		e.str("also", string(o.Also))
	}
	if o.Revision != "" {
		e.str("revision", o.Revision)
	}
	if !o.Modified.IsZero() {
		e.str("modified", o.Modified.UTC().Format(time.RFC3339))
	}
	e.raw("}")
}

// source writes where the change is declared: the first place of its records.
func (e *encoder) source(c *state.Change) {
	if e.pos == nil {
		return
	}
	var first state.Src
	for _, r := range records(c.After) {
		if r.Src != 0 && (first == 0 || r.Src < first) {
			first = r.Src
		}
	}
	if first == 0 {
		return
	}
	if file, line := e.pos(first); file != "" {
		e.raw(`, "source": {"file": `)
		e.buf = appendString(e.buf, file)
		e.num("line", line)
		e.raw("}")
	}
}

func (e *encoder) refusals(p *Plan, of func(*Zone) []Refusal) {
	first := true
	for i := range p.Zones {
		for _, r := range of(&p.Zones[i]) {
			if !first {
				e.raw(",")
			}
			first = false
			e.raw("\n  {\"zone\": ")
			e.buf = appendString(e.buf, string(r.Zone))
			e.str("provider", r.Provider)
			e.str("guard", r.Guard)
			e.str("text", r.Text)
			e.raw("}")
		}
	}
}

// remarks writes what rules say without standing in the way, if they say anything.
func (e *encoder) remarks(p *Plan) {
	lead := ",\n \"remarks\": ["
	for i := range p.Zones {
		z := &p.Zones[i]
		for _, r := range z.Remarks {
			e.raw(lead + "\n  {\"zone\": ")
			lead = ","
			e.buf = appendString(e.buf, string(z.Name))
			e.str("provider", z.Provider)
			e.str("rule", r.Code)
			e.str("severity", r.Severity.String())
			e.str("name", string(r.Name))
			if r.Type != "" {
				e.str("type", string(r.Type))
			}
			e.str("text", r.Text)
			e.raw("}")
		}
	}
	if lead == "," {
		e.raw("]")
	}
}
