package state

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// Name is an absolute domain name in canonical form: lower case, A-labels
// instead of Unicode, one spelling for each escape, a final dot. The root is
// ".". Two Names denote the same owner if and only if they are equal.
type Name string

// Limits in octets on the wire (RFC 1035 section 2.3.4). A name's length counts
// a length octet for each label and one for the root.
const (
	maxLabel = 63
	maxName  = 255
	// maxWritten bounds the octets of a name as somebody wrote it: four for each
	// octet or letter.
	maxWritten = 4 * maxName
)

// unicodeLabels maps one label as UTS 46 says, non-transitionally.
var unicodeLabels = idna.New(
	idna.MapForLookup(),
	idna.Transitional(false),
	idna.StrictDomainName(false),
)

// fullStops are the characters that UTS 46 maps to a label separator.
var fullStops = strings.NewReplacer("\u3002", ".", "\uff0e", ".", "\uff61", ".")

// ParseName parses s as a domain name in presentation form (RFC 1035 section
// 5.1). "@" and "" stand for origin, and a name without a final dot is relative
// to it; without an origin both are errors. Labels that hold something outside
// ASCII become A-labels (UTS 46, non-transitional); ASCII labels such as _dmarc,
// * or r3---x are only lower-cased.
func ParseName(s string, origin Name) (Name, error) {
	if (s == "" || s == "@") && origin != "" {
		return origin, nil
	}
	if s == "." {
		return ".", nil
	}
	if len(s) > maxWritten {
		return "", fmt.Errorf("%s is too long for a domain name", short(s))
	}
	if n, ok := plainName(lowerASCII(s), origin); ok {
		return n, nil
	}
	labels, absolute, err := parseLabels(s)
	if err != nil {
		return "", fmt.Errorf("%s is not a domain name: %w", short(s), err)
	}
	if !absolute && origin == "" {
		return "", fmt.Errorf("%s is not an absolute domain name: it must end in a dot", short(s))
	}
	var b strings.Builder
	b.Grow(len(s) + len(origin) + 2)
	for _, l := range labels {
		printLabel(&b, l)
		b.WriteByte('.')
	}
	if !absolute && origin != "." {
		b.WriteString(string(origin))
	}
	n := Name(b.String())
	if size := n.wireLen(); size > maxName {
		return "", fmt.Errorf("%s is too long: %d octets on the wire, at most %d are allowed", short(s), size, maxName)
	}
	return n, nil
}

// plainName is ParseName for the plain case, which most names are.
func plainName(s string, origin Name) (Name, bool) {
	switch {
	case isCanonical(s):
		return Name(s), true
	case origin == "" || len(s)+1+len(origin) >= maxName || !arePlainLabels(s):
		return "", false
	case origin == ".":
		return Name(s + "."), true
	}
	return Name(s) + "." + origin, true
}

// isCanonical reports whether s is already in canonical form, judging only the
// plain case: absolute, short, and made of characters that need no thought.
func isCanonical(s string) bool {
	return len(s) > 1 && len(s) < maxName && s[len(s)-1] == '.' && arePlainLabels(s[:len(s)-1])
}

// arePlainLabels reports whether s, which has no final dot, is one or more
// labels of lower-case letters, digits, hyphens, underscores and asterisks.
func arePlainLabels(s string) bool {
	label := 0
	for i := range len(s) {
		c := s[i]
		if c == '.' {
			if label == 0 || label > maxLabel {
				return false
			}
			label = 0
			continue
		}
		if (c < 'a' || c > 'z') && !isDigit(c) && c != '-' && c != '_' && c != '*' {
			return false
		}
		label++
	}
	return label > 0 && label <= maxLabel
}

// parseLabels splits s at its unescaped dots into labels of raw octets, lower
// case, with Unicode labels converted.
func parseLabels(s string) (labels []string, absolute bool, err error) {
	if !isASCII(s) {
		if !utf8.ValidString(s) {
			return nil, false, errors.New("it is not valid UTF-8")
		}
		s = fullStops.Replace(s)
	}
	var label []byte
	unicode, escaped := false, false
	flush := func() error {
		if unicode && escaped {
			return fmt.Errorf(`label %s mixes letters outside ASCII with escapes`, short(string(label)))
		}
		l, err := finishLabel(label, unicode)
		labels = append(labels, l)
		label, unicode, escaped = label[:0], false, false
		return err
	}
	for i := 0; i < len(s); i++ {
		absolute = false
		switch c := s[i]; c {
		case '.':
			if err := flush(); err != nil {
				return nil, false, err
			}
			absolute = true
		case '\\':
			octet, size, err := unescape(s[i:])
			if err != nil {
				return nil, false, err
			}
			label = append(label, octet)
			escaped = true
			i += size - 1
		default:
			unicode = unicode || c >= utf8.RuneSelf
			label = append(label, c)
		}
	}
	if absolute {
		return labels, true, nil
	}
	return labels, false, flush()
}

// finishLabel checks one label and converts it to lower-case octets.
func finishLabel(label []byte, unicode bool) (string, error) {
	if len(label) == 0 {
		return "", errors.New("it has an empty label")
	}
	l := string(label)
	if unicode {
		var err error
		if l, err = aLabel(l); err != nil {
			return "", err
		}
	}
	if len(l) > maxLabel {
		return "", fmt.Errorf("label %s has %d octets, at most %d are allowed", short(l), len(l), maxLabel)
	}
	return lowerASCII(l), nil
}

// aLabel returns the ASCII form of a label with letters outside ASCII. Some
// characters map to nothing, or to ASCII that means something here, such as a
// dot or an asterisk: that would be another name than the one that was read.
func aLabel(label string) (string, error) {
	ascii, err := unicodeLabels.ToASCII(label)
	if err != nil {
		return "", fmt.Errorf("label %s can't be written in ASCII (IDNA): %w", short(label), err)
	}
	if ascii == "" {
		return "", fmt.Errorf("label %s has no visible characters", short(label))
	}
	for i := range len(ascii) {
		c := ascii[i]
		plain := isDigit(c) || 'a' <= c && c <= 'z' || c == '-'
		if !plain && strings.IndexByte(label, c) < 0 {
			return "", fmt.Errorf("label %s has a character that stands for %q: write that itself", short(label), c)
		}
	}
	return ascii, nil
}

// unescape reads the escape at the start of s: \DDD or \ and one character
// (RFC 1035 section 5.1).
func unescape(s string) (octet byte, size int, err error) {
	if len(s) < 2 {
		return 0, 0, errors.New(`it ends in a single \`)
	}
	if !isDigit(s[1]) {
		return s[1], 2, nil
	}
	if len(s) < 4 || !isDigit(s[2]) || !isDigit(s[3]) {
		return 0, 0, fmt.Errorf(`the escape %q must have three digits`, s[:min(4, len(s))])
	}
	n := int(s[1]-'0')*100 + int(s[2]-'0')*10 + int(s[3]-'0')
	if n > 255 {
		return 0, 0, fmt.Errorf(`the escape %q is over 255`, s[:4])
	}
	return byte(n), 4, nil
}

// printLabel appends a label in canonical presentation form.
func printLabel(b *strings.Builder, label string) {
	for i := range len(label) {
		switch c := label[i]; {
		case strings.IndexByte(`."();@$\`, c) >= 0:
			b.WriteByte('\\')
			b.WriteByte(c)
		case c <= ' ' || c > '~':
			fmt.Fprintf(b, `\%03d`, c)
		default:
			b.WriteByte(c)
		}
	}
}

// wireLen returns the octets that n takes on the wire, uncompressed.
func (n Name) wireLen() int {
	if n == "." {
		return 1
	}
	size := 1
	for i := 0; i < len(n); i++ {
		if n[i] == '\\' {
			if isDigit(n[i+1]) {
				i += 2
			}
			i++
		}
		size++
	}
	return size
}

// Labels returns the labels of n from left to right in presentation form, none
// for the root.
func (n Name) Labels() []string {
	var labels []string
	for n != "." && n != "" {
		parent := n.Parent()
		end := len(n) - len(parent)
		if parent != "." {
			end-- // the dot between them
		}
		labels = append(labels, string(n[:end]))
		n = parent
	}
	return labels
}

// Parent returns n without its first label; the root's parent is the root.
func (n Name) Parent() Name {
	for i := 0; i < len(n); i++ {
		switch n[i] {
		case '\\':
			i++
		case '.':
			if i+1 < len(n) {
				return n[i+1:]
			}
			return "."
		}
	}
	return "."
}

// IsIn reports whether n is zone or lies below it.
func (n Name) IsIn(zone Name) bool {
	if zone == "." || n == zone {
		return true
	}
	above := len(n) - len(zone)
	if above < 2 || n[above:] != zone || n[above-1] != '.' {
		return false
	}
	// The dot before the suffix must be a separator, not an escaped dot.
	escapes := 0
	for i := above - 2; i >= 0 && n[i] == '\\'; i-- {
		escapes++
	}
	return escapes%2 == 0
}

// IsWildcard reports whether the first label of n is an asterisk (RFC 4592).
func (n Name) IsWildcard() bool { return strings.HasPrefix(string(n), "*.") }

// Relative returns n as it is written inside zone: "@" for the apex, without
// the zone's labels below it, and absolute where n lies outside.
func (n Name) Relative(zone Name) string {
	switch {
	case n == zone:
		return "@"
	case !n.IsIn(zone):
		return string(n)
	case zone == ".":
		return strings.TrimSuffix(string(n), ".")
	}
	return string(n[:len(n)-len(zone)-1])
}

// Unicode returns n with its A-labels in Unicode, for people. It returns n
// itself where there are none, or where one doesn't convert back to itself.
func (n Name) Unicode() string {
	if !strings.Contains(string(n), "xn--") {
		return string(n)
	}
	u, err := unicodeLabels.ToUnicode(string(n))
	if err != nil {
		return string(n)
	}
	if again, err := ParseName(u, ""); err != nil || again != n {
		return string(n)
	}
	return u
}

// Compare orders names so that a zone's apex comes first and every name stands
// before those below it: label by label from the right.
func (n Name) Compare(m Name) int {
	a, b := string(n), string(m)
	if strings.IndexByte(a, '\\') < 0 && strings.IndexByte(b, '\\') < 0 {
		a, b = cutCommonLabels(a, b)
	}
	for a != "" && b != "" {
		var la, lb string
		a, la = cutLastLabel(a)
		b, lb = cutLastLabel(b)
		if la != lb {
			return strings.Compare(la, lb)
		}
	}
	return len(a) - len(b)
}

// cutCommonLabels cuts the labels off that a and b end in alike. It knows no
// escapes.
func cutCommonLabels(a, b string) (string, string) {
	common := 0 // octets that are whole labels, with the dot before them
	for i := 1; i <= len(a) && i <= len(b) && a[len(a)-i] == b[len(b)-i]; i++ {
		if a[len(a)-i] == '.' {
			common = i - 1
		}
	}
	return a[:len(a)-common], b[:len(b)-common]
}

// cutLastLabel splits a name that ends in a dot before its last label.
func cutLastLabel(s string) (rest, label string) {
	s = s[:len(s)-1]
	for i := len(s) - 1; i >= 0; i-- {
		if s[i] != '.' {
			continue
		}
		escapes := 0
		for j := i - 1; j >= 0 && s[j] == '\\'; j-- {
			escapes++
		}
		if escapes%2 == 0 {
			return s[:i+1], s[i+1:]
		}
	}
	return "", s
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// lowerASCII lowers A to Z only: other octets of a label have no case.
func lowerASCII(s string) string {
	for i := range len(s) {
		if 'A' <= s[i] && s[i] <= 'Z' {
			b := []byte(s)
			for ; i < len(b); i++ {
				if 'A' <= b[i] && b[i] <= 'Z' {
					b[i] += 'a' - 'A'
				}
			}
			return string(b)
		}
	}
	return s
}
