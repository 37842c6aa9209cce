package zonefile

import (
	"strings"

	"github.com/zoneloom/zoneloom/state"
)

// written returns data as it stands in a file: a text in strings of at most 255
// octets.
func written(t state.Type, data string) string {
	if !t.IsText() {
		return data
	}
	texts := state.TXTStrings(data)
	if len(texts) != 1 || len(texts[0]) <= maxString {
		return data
	}
	var parts []string
	for text := texts[0]; text != ""; {
		n := min(len(text), maxString)
		parts = append(parts, text[:n])
		text = text[n:]
	}
	return state.TXTData(parts...)
}

// remark returns a record's comment as it stands behind it, with a blank before
// it, or "".
func remark(a state.Attrs) string {
	text := oneLine(a.String(attrComment))
	if text == "" {
		return ""
	}
	return " ; " + text
}

// oneLine returns text in one line, as a remark must be.
func oneLine(text string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' || r == 0x7f {
			return ' '
		}
		return r
	}, text))
}
