package render

import (
	"strings"

	"github.com/sergi/go-diff/diffmatchpatch"
)

// maxTokens bounds the texts that are compared piece by piece: the time that
// takes grows with the square of what differs.
const maxTokens = 2000

// marked shows b with what changed since a marked where it did: [-gone-]{+come+}.
// It reports false where the two have too little in common for that to help.
func (t *text) marked(a, b string) (string, bool) {
	if strings.ContainsAny(a+b, "{}[]") {
		return "", false // which could be taken for marks
	}
	codes := map[string]rune{}
	var words []string
	x, y := encode(a, codes, &words), encode(b, codes, &words)
	if x == nil || y == nil {
		return "", false
	}
	dmp := diffmatchpatch.New()
	dmp.DiffTimeout = 0 // else the output depends on how busy the machine is
	var out strings.Builder
	same := 0
	for _, d := range dmp.DiffMainRunes(x, y, false) {
		piece := decode(d.Text, words)
		switch d.Type {
		case diffmatchpatch.DiffEqual:
			same += len(piece)
			out.WriteString(piece)
		case diffmatchpatch.DiffDelete:
			out.WriteString(t.style("[-"+piece+"-]", red))
		case diffmatchpatch.DiffInsert:
			out.WriteString(t.style("{+"+piece+"+}", green))
		}
	}
	return out.String(), 2*same >= max(len(a), len(b))
}

// encode turns text into one rune for each of its tokens, or nil where there are
// too many.
func encode(s string, codes map[string]rune, words *[]string) []rune {
	var runes []rune
	for s != "" {
		if len(runes) == maxTokens {
			return nil
		}
		n := strings.IndexAny(s, " ;,\"=")
		if n < 0 {
			n = len(s)
		}
		n = max(n, 1)
		word := s[:n]
		s = s[n:]
		code, ok := codes[word]
		if !ok {
			code = firstCode + rune(len(*words))
			codes[word] = code
			*words = append(*words, word)
		}
		runes = append(runes, code)
	}
	return runes
}

// firstCode begins a range of runes without surrogates that is larger than any
// number of tokens that is compared.
const firstCode = 0xF0000

func decode(s string, words []string) string {
	var b strings.Builder
	for _, r := range s {
		b.WriteString(words[r-firstCode])
	}
	return b.String()
}
