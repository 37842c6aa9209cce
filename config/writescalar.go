package config

import (
	"bufio"
	"fmt"
	"net/netip"
	"strings"
	"unicode"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"github.com/zoneloom/zoneloom/state"
)

// node is a mapping that is to be written: pairs in order, of which one may be
// a list of values.
type node struct {
	pairs  []pair
	values []*node // of the pair without a text
}

type pair struct{ key, text string }

func (n *node) add(key, text string) { n.pairs = append(n.pairs, pair{key, text}) }

// list adds a list of values.
func (n *node) list(key string, values []*node) {
	n.add(key, "")
	n.values = values
}

// flow returns n as a mapping in one line.
func (n *node) flow() string {
	var b strings.Builder
	b.WriteByte('{')
	for i, p := range n.pairs {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(p.key + ": ")
		if p.text != "" {
			b.WriteString(p.text)
			continue
		}
		b.WriteByte('[')
		for j, v := range n.values {
			if j > 0 {
				b.WriteString(", ")
			}
			b.WriteString(v.value())
		}
		b.WriteByte(']')
	}
	b.WriteByte('}')
	return b.String()
}

// value returns n as one value: the bare text where it has nothing else.
func (n *node) value() string {
	if len(n.pairs) == 1 {
		return n.pairs[0].text
	}
	return n.flow()
}

// block writes n in lines, the first after one indent and the others after
// another.
func (n *node) block(b *bufio.Writer, first, indent string) {
	for i, p := range n.pairs {
		lead := indent
		if i == 0 {
			lead = first
		}
		if p.text != "" {
			fmt.Fprintf(b, "%s%s: %s\n", lead, p.key, p.text)
			continue
		}
		fmt.Fprintf(b, "%s%s:\n", lead, p.key)
		for _, v := range n.values {
			fmt.Fprintf(b, "%s  - %s\n", indent, v.value())
		}
	}
}

// presentation returns the text of a value from which the same data is read.
func presentation(t state.Type, data string) string {
	if t.IsText() {
		return plainText(data)
	}
	for _, n := range state.DataNames(t, data) {
		if notAName(string(n)) == nil {
			continue
		}
		words := strings.Split(data, " ")
		for i, w := range words {
			if w == string(n) {
				words[i] = disguise(w)
			}
		}
		data = strings.Join(words, " ")
	}
	return data
}

// disguise escapes a name that looks like an address or a URL, which is a fault
// where a person writes it, but no fault where it exists.
func disguise(name string) string {
	if _, err := netip.ParseAddr(strings.TrimSuffix(name, ".")); err == nil {
		return fmt.Sprintf(`\%03d`, name[0]) + name[1:]
	}
	return strings.ReplaceAll(name, ":", `\058`)
}

// plainText returns the text of a TXT as it is, or its presentation form where
// the text would be read otherwise or with a remark: several strings, octets
// that aren't UTF-8, quotes around it, and what people write by mistake.
func plainText(data string) string {
	texts := state.TXTStrings(data)
	if len(texts) != 1 {
		return data
	}
	text := texts[0]
	inQuotes := len(text) >= 2 && text[0] == '"' && text[len(text)-1] == '"'
	if _, doubtful := doubt(text); inQuotes || doubtful || !utf8.ValidString(text) || strings.Contains(text, `\;`) {
		return data
	}
	return text
}

// scalar returns text as YAML that reads as that text: without quotes only where
// nobody could take it for something else.
func scalar(text string) string {
	switch {
	case isPlainScalar(text):
		return text
	case strings.ContainsAny(text, `\"`) && isPrintable(text):
		return "'" + strings.ReplaceAll(text, "'", "''") + "'"
	}
	return doubleQuoted(text)
}

// isPlainScalar reports whether text needs no quotes in any place and version of
// YAML.
func isPlainScalar(text string) bool {
	if text == "" {
		return false
	}
	for i := range len(text) {
		switch c := text[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '_':
		case strings.IndexByte("./+=~^$()", c) >= 0 && i > 0, c == '-' && i > 0:
		default:
			return false
		}
	}
	switch strings.ToLower(text) {
	case "y", "n", "yes", "no", "on", "off":
		return false // truths, before YAML 1.2
	}
	return (&yaml.Node{Kind: yaml.ScalarNode, Value: text}).ShortTag() == "!!str"
}

func isPrintable(text string) bool {
	return utf8.ValidString(text) && strings.IndexFunc(text, func(r rune) bool { return !isRaw(r) }) < 0
}

// isRaw reports whether r may stand in quotes as it is.
func isRaw(r rune) bool {
	return r == ' ' || r != 0xfeff && r != utf8.RuneError && unicode.IsPrint(r)
}

// doubleQuoted returns text in double quotes.
func doubleQuoted(text string) string {
	var b strings.Builder
	b.Grow(len(text) + 2)
	b.WriteByte('"')
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case isRaw(r):
			b.WriteRune(r)
		case r < 0x100:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r < 0x10000:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
