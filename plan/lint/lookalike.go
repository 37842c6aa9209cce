package lint

import (
	"strings"
	"unicode"

	"github.com/zoneloom/zoneloom/state"
)

// lookalikes are the letters of Cyrillic and Greek that no reader tells from the
// Latin one below them (Unicode's confusables, UTS 39), in lower case.
const (
	lookalikes = "аеорсухіјѕһԁԛԝӏѵοϲϳ"
	latin      = "aeopcyxijshdqwlvocj"
)

// unicodeLabels yields the labels of owner names in Unicode that have letters
// outside ASCII, each name once.
func (z *zone) unicodeLabels(yield func(state.Key, state.Record, string)) {
	z.names(func(k state.Key, r state.Record) {
		if !strings.Contains(string(k.Name), "xn--") {
			return
		}
		for label := range strings.SplitSeq(k.Name.Unicode(), ".") {
			if strings.IndexFunc(label, func(c rune) bool { return c > unicode.MaxASCII }) >= 0 {
				yield(k, r, label)
			}
		}
	})
}

func mixedScripts(z *zone) {
	z.unicodeLabels(func(k state.Key, r state.Record, label string) {
		scripts := 0
		for _, script := range []*unicode.RangeTable{unicode.Latin, unicode.Cyrillic, unicode.Greek, unicode.Armenian, unicode.Cherokee} {
			if strings.IndexFunc(label, func(c rune) bool { return unicode.Is(script, c) }) >= 0 {
				scripts++
			}
		}
		if scripts > 1 {
			z.report(k, r, "write it in letters of one script", "the label %s mixes letters of several scripts that look alike", label)
		}
	})
}

func lookalikeLabel(z *zone) {
	var pairs []string
	for i, c := range []rune(lookalikes) {
		pairs = append(pairs, string(c), latin[i:i+1])
	}
	toLatin := strings.NewReplacer(pairs...)
	z.unicodeLabels(func(k state.Key, r state.Record, label string) {
		likeness := toLatin.Replace(label)
		hasOwn := strings.IndexFunc(label, func(c rune) bool { return c <= unicode.MaxASCII && unicode.IsLetter(c) }) >= 0
		isLatin := strings.IndexFunc(likeness, func(c rune) bool { return c > unicode.MaxASCII }) < 0
		if isLatin && !hasOwn {
			z.report(k, r, "make sure that it is meant", "the label %s has no Latin letter and can't be told from %s", label, likeness)
		}
	})
}
