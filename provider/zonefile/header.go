package zonefile

import (
	"fmt"
	"strings"

	"github.com/zoneloom/zoneloom/state"
)

// header is what stands before the RDATA of a record. The indexes are those of
// words of its entry.
type header struct {
	owner     state.Name
	typ       state.Type
	ttl       state.TTL
	ttlWord   int // -1: it states none
	classWord int // -1: it states none
	rest      int // the first after the owner
	rdata     int // the first after the type
}

// header reads owner, TTL, class and type.
func (f *file) header(e entry) (header, bool) {
	h := header{owner: f.owner, ttlWord: -1, classWord: -1}
	if !e.indent {
		name, err := f.ownerName(e)
		if err != nil {
			f.faultf(e.words[0].start, "%s", err)
			return h, false
		}
		h.owner, h.rest = name, 1
	}
	i := h.rest
	for ; i < len(e.words); i++ {
		text, at := f.word(e.words[i]), e.words[i].start
		class, isClass := className(text)
		switch {
		case isDigit(text[0]) && h.ttlWord < 0:
			ttl, err := state.ParseTTL(text)
			if err != nil {
				f.faultf(at, "%s", err)
				return h, false
			}
			h.ttl, h.ttlWord = ttl, i
			continue
		case isClass && h.classWord < 0 && class != "IN":
			f.faultf(at, "the class is %s: only zones of the Internet (IN) can be kept here", class)
			return h, false
		case isClass && h.classWord < 0:
			h.classWord = i
			continue
		}
		break
	}
	return f.recordType(e, h, i)
}

// recordType reads the type, the word with index i.
func (f *file) recordType(e entry, h header, i int) (header, bool) {
	if i == len(e.words) {
		f.faultf(e.words[i-1].end, "a type and its data are missing here")
		return h, false
	}
	t, err := state.ParseType(f.word(e.words[i]))
	switch {
	case err != nil:
		f.faultf(e.words[i].start, "%s", err)
		return h, false
	case h.owner == "":
		f.faultf(e.words[0].start, "the line begins with a blank, so it is for the name of the record before it, and there is none: write the name, or @ for the zone itself")
		return h, false
	}
	h.typ, h.rdata = t, i+1
	return h, true
}

// ownerName reads the first word. Cloudflare exports the SOA with an absolute
// name that lacks its final dot: that one is known for what it is.
func (f *file) ownerName(e entry) (state.Name, error) {
	text := octets(f.word(e.words[0]))
	name, err := state.ParseName(text, f.origin)
	if err != nil {
		return "", err
	}
	if name != f.m.zone && strings.EqualFold(text+".", string(f.m.zone)) {
		for _, w := range e.words[1:min(4, len(e.words))] {
			if strings.EqualFold(f.word(w), "SOA") {
				return f.m.zone, nil
			}
		}
	}
	return name, nil
}

// className returns the class that text names.
func className(text string) (string, bool) {
	switch upper := strings.ToUpper(text); upper {
	case "IN", "CLASS1":
		return "IN", true
	case "CH", "HS", "CS":
		return upper, true
	default:
		digits, found := strings.CutPrefix(upper, "CLASS")
		return upper, found && digits != "" && strings.Trim(digits, "0123456789") == ""
	}
}

// octets returns a name with what isn't ASCII as escapes: in a master file they
// are octets, not letters of an internationalised name.
func octets(s string) string {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return escaped(s, func(c byte) bool { return c >= 0x80 })
		}
	}
	return s
}

// plainText returns RDATA with control characters as escapes, which is how the
// model wants them.
func plainText(s string) string {
	for i := range len(s) {
		if isControl(s[i]) {
			return escaped(s, isControl)
		}
	}
	return s
}

func isControl(c byte) bool { return c < ' ' && c != '\t' || c == 0x7f }

// escaped returns s with the characters that must be as \DDD. A backslash before
// one is part of it.
func escaped(s string, must func(byte) bool) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\' && i+1 < len(s) && must(s[i+1]):
		case c == '\\' && i+1 < len(s):
			b.WriteString(s[i : i+2])
			i++
		case must(c):
			fmt.Fprintf(&b, `\%03d`, c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}
