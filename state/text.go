package state

import (
	"fmt"
	"strings"
)

// maxText bounds the octets of all strings of a text record: cut into strings
// of 255 octets, each with its length before it, they fill an RDATA.
const maxText = 65535 / 256 * 255

// TXTData returns canonical data of a text type that holds the given strings of
// octets.
func TXTData(texts ...string) string {
	size := 0
	for _, s := range texts {
		size += len(s) + 3
	}
	b := make([]byte, 0, size)
	for i, s := range texts {
		if i > 0 {
			b = append(b, ' ')
		}
		b = appendQuoted(b, s)
	}
	return string(b)
}

// TXTStrings returns the strings of octets in canonical data of a text type.
func TXTStrings(data string) []string {
	if isCanonicalText(data) { // one string
		return []string{data[1 : len(data)-1]}
	}
	tokens, err := scan(data, nil)
	if err != nil {
		return nil
	}
	texts := make([]string, len(tokens))
	for i, t := range tokens {
		if texts[i], err = decode(t.text); err != nil {
			return nil
		}
	}
	return texts
}

// isCanonicalText reports whether text is one canonical string, judging only
// those that need no escape and are shorter than any limit.
func isCanonicalText(text string) bool {
	n := len(text)
	return n >= 2 && n <= maxText && text[0] == '"' && text[n-1] == '"' && isPlain(text[1:n-1])
}

// parseText reads one or more strings of any length.
func parseText(t Type, tokens []token) (string, error) {
	if len(tokens) == 0 {
		return "", fmt.Errorf(`%s needs one or more strings, such as "\"some text\""`, t)
	}
	texts := make([]string, len(tokens))
	wire := 0
	for i, tok := range tokens {
		octets, err := decode(tok.text)
		if err != nil {
			return "", fmt.Errorf("text %s: %w", short(tok.text), err)
		}
		if tok.inner {
			return "", fmt.Errorf("text %s must be quoted as a whole", short(tok.text))
		}
		texts[i] = octets
		wire += len(octets) + max(1, (len(octets)+254)/255)
	}
	if wire > 65535 {
		return "", fmt.Errorf("the text is too long: %d octets on the wire, at most 65535 are allowed", wire)
	}
	return TXTData(texts...), nil
}

// splitQuoted is what SplitData does to a string: no quotes, no escapes.
func splitQuoted(s string) string {
	octets, err := decode(strings.TrimSuffix(strings.TrimPrefix(s, `"`), `"`))
	if err != nil {
		return s
	}
	return octets
}
