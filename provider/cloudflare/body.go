package cloudflare

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/zoneloom/zoneloom/state"
)

// maxChunk is the most octets of one character string of a TXT record.
const maxChunk = 255

// body is a record, or what changes of one, as the API takes it.
type body struct {
	ID             string         `json:"id,omitempty"`
	Type           string         `json:"type,omitempty"`
	Name           string         `json:"name,omitempty"`
	Content        string         `json:"content,omitempty"`
	Data           map[string]any `json:"data,omitempty"`
	Priority       *uint16        `json:"priority,omitempty"`
	TTL            uint32         `json:"ttl,omitempty"`
	Proxied        *bool          `json:"proxied,omitempty"`
	PrivateRouting *bool          `json:"private_routing,omitempty"`
	Comment        *string        `json:"comment,omitempty"`
	Tags           *[]string      `json:"tags,omitempty"`
	Settings       map[string]any `json:"settings,omitempty"`
}

// newBody is the whole record r, to be created.
func newBody(k state.Key, r state.Record) (*body, error) {
	b := &body{Type: string(k.Type), Name: bare(k.Name), TTL: wireTTL(r)}
	if err := b.setData(k.Type, r.Data); err != nil {
		return nil, err
	}
	if canProxy(k.Type) {
		b.Proxied = new(r.Attrs.Bool(attrProxied))
	}
	b.setAttrs(state.Attrs{}, r.Attrs)
	return b, nil
}

// patch is what changes when the record before becomes after. Whatever else the
// service keeps of the record stays.
func patch(id recordID, t state.Type, before, after state.Record) (*body, error) {
	b := &body{ID: id.String()}
	if before.Data != after.Data {
		if err := b.setData(t, after.Data); err != nil {
			return nil, err
		}
	}
	proxied := after.Attrs.Bool(attrProxied)
	if switched := before.Attrs.Bool(attrProxied) != proxied; switched {
		b.Proxied = &proxied
		b.TTL = wireTTL(after) // either way: a proxied record has no TTL of its own
	}
	if before.TTL != after.TTL {
		b.TTL = wireTTL(after)
	}
	b.setAttrs(before.Attrs, after.Attrs)
	return b, nil
}

func wireTTL(r state.Record) uint32 {
	if r.TTL == state.TTLAuto || r.Attrs.Bool(attrProxied) {
		return 1
	}
	return uint32(r.TTL)
}

// setAttrs sets the attributes other than proxied that differ. Emptied ones are
// sent empty. Settings go whole, as the service may take them for the new whole.
func (b *body) setAttrs(before, after state.Attrs) {
	if before == after {
		return
	}
	if c := after.String(attrComment); c != before.String(attrComment) {
		b.Comment = &c
	}
	if tags := after.Strings(attrTags); !slices.Equal(tags, before.Strings(attrTags)) {
		b.Tags = new(append([]string{}, tags...)) // none is [], never null
	}
	if private := after.Bool(attrPrivateRouting); private != before.Bool(attrPrivateRouting) {
		b.PrivateRouting = &private
	}
	old, now := settings(before), settings(after)
	changed := false
	for key, v := range now {
		changed = changed || old[key] != v
	}
	for key := range old {
		if _, kept := now[key]; !kept {
			now[key] = false
			changed = true
		}
	}
	if changed {
		b.Settings = now
	}
}

// settings returns the settings among the attributes by their own names.
func settings(a state.Attrs) map[string]any {
	m := map[string]any{}
	for key, v := range a.All() {
		if name, ok := strings.CutPrefix(key, attrSettings); ok {
			m[name] = v
		}
	}
	return m
}

// setData sets content, or data, and priority.
func (b *body) setData(t state.Type, data string) error {
	if fields := dataFields[t]; fields != nil {
		return b.setFields(t, fields, data)
	}
	switch t {
	case state.TXT:
		b.Content = writeTXT(strings.Join(state.TXTStrings(data), ""))
	case state.MX:
		priority, exchange, _ := strings.Cut(data, " ")
		b.Content = dropDot(exchange)
		return b.setPriority(priority)
	case state.CNAME, state.NS, "PTR":
		b.Content = dropDot(data)
	default:
		b.Content = data
	}
	return nil
}

func (b *body) setFields(t state.Type, fields []dataField, data string) error {
	values := state.SplitData(t, data)
	if len(values) != len(fields) {
		return fmt.Errorf("%s record %q has %d fields, the service wants %d", t, data, len(values), len(fields))
	}
	b.Data = make(map[string]any, len(fields))
	for i, f := range fields {
		v := values[i]
		switch f.kind {
		case number:
			n, err := strconv.ParseFloat(v, 64)
			if err != nil {
				return fmt.Errorf("%s of %s record %q is no number", f.name, t, data)
			}
			b.Data[f.name] = n
		case top:
			if err := b.setPriority(v); err != nil {
				return err
			}
		case bareDot:
			b.Data[f.name] = dropDot(v)
		default:
			b.Data[f.name] = v
		}
	}
	return nil
}

func (b *body) setPriority(s string) error {
	n, err := strconv.ParseUint(s, 10, 16)
	if err != nil {
		return fmt.Errorf("priority %q is no number from 0 to 65535", s)
	}
	b.Priority = new(uint16(n))
	return nil
}

// dropDot returns a host as the service stores it: without the final dot, but
// the root as ".".
func dropDot(s string) string {
	if s == "." {
		return s
	}
	return strings.TrimSuffix(s, ".")
}

// writeTXT quotes text in chunks that fit a character string. Only what must be
// escaped is, as the service counts what it is sent: quotes, backslashes,
// controls, and octets that JSON can't carry.
func writeTXT(text string) string {
	var b strings.Builder
	for first := true; first || text != ""; first = false {
		chunk := text[:chunkLen(text)]
		text = text[len(chunk):]
		if !first {
			b.WriteByte(' ')
		}
		b.WriteByte('"')
		for i := 0; i < len(chunk); {
			r, size := utf8.DecodeRuneInString(chunk[i:])
			switch {
			case r == '"' || r == '\\':
				b.WriteByte('\\')
				b.WriteByte(chunk[i])
			case r < ' ' || r == 0x7f || r == utf8.RuneError && size == 1:
				fmt.Fprintf(&b, `\%03d`, chunk[i])
			default:
				b.WriteString(chunk[i : i+size])
			}
			i += size
		}
		b.WriteByte('"')
	}
	return b.String()
}

// chunkLen returns where to cut text: at maxChunk, or before the character that
// lies across it, as half of one is nothing that JSON can carry.
func chunkLen(text string) int {
	if len(text) <= maxChunk {
		return len(text)
	}
	n := maxChunk
	for n > maxChunk-utf8.UTFMax && !utf8.RuneStart(text[n]) {
		n--
	}
	if !utf8.RuneStart(text[n]) {
		return maxChunk // not UTF-8: its octets are escaped one by one
	}
	return n
}
