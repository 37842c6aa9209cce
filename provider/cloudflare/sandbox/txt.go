package sandbox

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// storedTXT is how the content of a TXT is kept: as sent, unless one of its strings is longer than 255 bytes. Quoted text
// that doesn't parse is taken as it stands, as unquoted text is.
func storedTXT(s string) string {
	chunks, ok := quotedStrings(s)
	if !ok {
		if len(s) <= 255 {
			return s
		}
		return quote(s)
	}
	for _, c := range chunks {
		if len(c) > 255 {
			return quote(strings.Join(chunks, ""))
		}
	}
	return s
}

// txtStrings are the strings that go over the wire for stored content.
func txtStrings(content string) []string {
	if chunks, ok := quotedStrings(content); ok {
		return chunks
	}
	return []string{content}
}

// quotedStrings reads one or more quoted strings with the escapes of RFC 1035, blanks between them.
func quotedStrings(s string) (chunks []string, ok bool) {
	for s = strings.TrimRight(s, " \t"); s != ""; s = strings.TrimLeft(s, " \t") {
		if s[0] != '"' {
			return nil, false
		}
		var chunk string
		if chunk, s, ok = quotedString(s[1:]); !ok {
			return nil, false
		}
		chunks = append(chunks, chunk)
	}
	return chunks, len(chunks) > 0
}

// quotedString reads up to the closing quote.
func quotedString(s string) (chunk, rest string, ok bool) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '"':
			return b.String(), s[i+1:], true
		case s[i] != '\\':
			b.WriteByte(s[i])
		case i+3 < len(s) && isDigits(s[i+1:i+4]):
			n := int(s[i+1]-'0')*100 + int(s[i+2]-'0')*10 + int(s[i+3]-'0')
			if n > 255 {
				return "", "", false
			}
			b.WriteByte(byte(n))
			i += 3
		case i+1 < len(s):
			i++
			b.WriteByte(s[i])
		default:
			return "", "", false
		}
	}
	return "", "", false
}

func isDigits(s string) bool { return strings.Trim(s, "0123456789") == "" }

// quote cuts s into quoted strings of at most 255 bytes, never within a UTF-8 sequence, which JSON couldn't carry.
func quote(s string) string {
	var b strings.Builder
	binary := !utf8.ValidString(s)
	for first := true; first || s != ""; first = false {
		n := min(len(s), 255)
		for n < len(s) && n > 252 && !utf8.RuneStart(s[n]) {
			n--
		}
		if !first {
			b.WriteByte(' ')
		}
		b.WriteByte('"')
		for i := range n {
			escape(&b, s[i], binary)
		}
		b.WriteByte('"')
		s = s[n:]
	}
	return b.String()
}

func escape(b *strings.Builder, c byte, binary bool) {
	switch {
	case c < ' ' || c == 0x7f || (binary && c > 0x7f):
		fmt.Fprintf(b, `\%03d`, c)
	case c == '"' || c == '\\':
		b.WriteByte('\\')
		b.WriteByte(c)
	default:
		b.WriteByte(c)
	}
}

// txtWireLength is the length of the RDATA of stored content.
func txtWireLength(content string) int {
	n := 0
	for _, s := range txtStrings(content) {
		n += 1 + len(s)
	}
	return n
}
