package state

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// token is one word or one quoted string of presentation form, with its escapes
// as they were written.
type token struct {
	text   string // without the quotes of a quoted string
	quoted bool
	inner  bool // a word with a quoted part after "=", as SVCB parameters have
}

// scan splits text at blanks outside quotes and appends the tokens to tokens.
// What would end a record or go on in another line of a zone file is an error
// here, so that nothing can hide behind it.
func scan(text string, tokens []token) ([]token, error) {
	for i := 0; i < len(text); {
		switch text[i] {
		case ' ', '\t':
			i++
			continue
		case '"':
			end, err := closingQuote(text, i)
			if err != nil {
				return nil, err
			}
			tokens = append(tokens, token{text: text[i+1 : end], quoted: true})
			if i = end + 1; i < len(text) && !isBlank(text[i]) && text[i] != '"' {
				return nil, errors.New("something stands directly after a closing quote")
			}
		default:
			t, err := scanWord(text[i:])
			if err != nil {
				return nil, err
			}
			tokens = append(tokens, t)
			i += len(t.text)
		}
	}
	return tokens, nil
}

// scanWord returns the word at the start of text.
func scanWord(text string) (token, error) {
	inner := false
	i := 0
	for ; i < len(text) && !isBlank(text[i]); i++ {
		switch c := text[i]; {
		case c == '\\':
			i++
		case c == ';' || c == '(' || c == ')':
			return token{}, fmt.Errorf(`it has a %c outside quotes: write \%c, or put quotes around the text`, c, c)
		case c == '"' && (i == 0 || text[i-1] != '='):
			return token{}, fmt.Errorf(`a quote stands in the middle of a word: write \" for the character itself`)
		case c == '"':
			end, err := closingQuote(text, i)
			if err != nil {
				return token{}, err
			}
			i, inner = end, true
			if i+1 < len(text) && !isBlank(text[i+1]) {
				return token{}, errors.New("something stands directly after a closing quote")
			}
		case isControl(c):
			return token{}, controlError(c)
		}
	}
	return token{text: text[:min(i, len(text))], inner: inner}, nil
}

// closingQuote returns the index of the quote that closes the one at open.
func closingQuote(text string, open int) (int, error) {
	for i := open + 1; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			return i, nil
		case c == '\\':
			i++
		case isControl(c):
			return 0, controlError(c)
		}
	}
	return 0, errors.New("a quote is opened and never closed")
}

func controlError(c byte) error {
	if c == '\n' || c == '\r' {
		return fmt.Errorf(`it has a line break: a value is one line, and in a string a line break is written \%03d`, c)
	}
	return fmt.Errorf(`it has a control character: write it as \%03d`, c)
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' }

func isControl(c byte) bool { return c < ' ' && c != '\t' || c == 0x7f }

// decode returns the octets that s, a token's text, stands for.
func decode(s string) (string, error) {
	if strings.IndexByte(s, '\\') < 0 {
		return s, nil
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); {
		if s[i] != '\\' {
			b = append(b, s[i])
			i++
			continue
		}
		octet, size, err := unescape(s[i:])
		if err != nil {
			return "", err
		}
		b = append(b, octet)
		i += size
	}
	return string(b), nil
}

// appendQuoted appends octets as a quoted string in canonical form.
func appendQuoted(b []byte, octets string) []byte {
	b = append(b, '"')
	for i := range len(octets) {
		switch c := octets[i]; {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c < ' ' || c > '~':
			b = append(b, '\\', '0'+c/100, '0'+c/10%10, '0'+c%10)
		default:
			b = append(b, c)
		}
	}
	return append(b, '"')
}

// isPlain reports whether octets stand for themselves between quotes.
func isPlain(octets string) bool {
	for i := range len(octets) {
		if c := octets[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

// number parses a decimal number of at most bits bits. Leading zeros are fine,
// signs are not.
func number(s string, bits int) (uint64, bool) {
	for i := range len(s) {
		if !isDigit(s[i]) {
			return 0, false
		}
	}
	n, err := strconv.ParseUint(s, 10, bits)
	return n, err == nil
}
