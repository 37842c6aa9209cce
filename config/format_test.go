package config_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
	"pgregory.net/rapid"

	"github.com/zoneloom/zoneloom/config"
)

func TestFormat(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"levels of four blanks", "a:\n    b:\n        c: d\n    e: f\n", "a:\n  b:\n    c: d\n  e: f\n"},
		{"a list in its key's column", "a:\n- b\n- c: d\n  e: f\ng: h\n", "a:\n  - b\n  - c: d\n    e: f\ng: h\n"},
		{"a list further right", "a:\n     -   b: c\n         d: e\n", "a:\n  - b: c\n    d: e\n"},
		{"an item below its dash", "a:\n-\n    b: c\n    d: e\n", "a:\n  -\n    b: c\n    d: e\n"},
		{"lists in lists", "-   - a\n    - b\n-   -   - c\n", "- - a\n  - b\n- - - c\n"},
		{"blanks around signs", "a :   b\nc:\td   \n\"e\"  : f\n", "a: b\nc: d\n\"e\": f\n"},
		{"braces", "a: { b: c,d : [ e ,f ], }\n", "a: {b: c, d: [e, f],}\n"},
		{"JSON", `{"a":{"b":["c","d"],"e":1}}` + "\n", `{"a": {"b": ["c", "d"], "e": 1}}` + "\n"},
		{"a null in braces", "a: {b: , c: }\n", "a: {b: , c: }\n"},
		{"a word over lines in braces", "a: { b: c\n\n\n  d,\n\n\n e: f }\n", "a: {b: c\n\n\n  d,\n\n e: f}\n"},
		{"a colon before a brace", "a: {b:, c:}\nd: { \"e\":}\n", "a: {b:, c:}\nd: {\"e\": }\n"},
		{"colons and signs in words", "a: {b: c:d, e: f, h: i#j, k: it's, l: 2001:db8::1}\n", "a: {b: c:d, e: f, h: i#j, k: it's, l: 2001:db8::1}\n"},
		{"no blank between words goes", "a: {b: c   d}\ne:   f   g\n", "a: {b: c   d}\ne: f   g\n"},
		{"brackets over lines", "a:   [b,\n      c,\n      d]\ne:\n    f: [\n        g,  h,\n    ]\n", "a: [b,\n    c,\n    d]\ne:\n  f: [\n      g, h,\n   ]\n"},
		{"braces over lines with comments", "a:\n    b: {c: d, # e\n        # f\n\n\n        g: h}\n", "a:\n  b: {c: d, # e\n      # f\n\n      g: h}\n"},
		{"empty lines", "\n\na: b\n\n\n\nc: d\n   \ne: f\n\n\n", "a: b\n\nc: d\n\ne: f\n"},
		{"no final line break", "a: b", "a: b\n"},
		{"line ends of Windows, and its mark", "\ufeffa:\r\n    b: c\r\n\r\n\r\nd: |\r\n    e\r\n    f\r\n", "a:\n  b: c\n\nd: |\n  e\n  f\n"},
		{"comments above", "# a\nb:\n    # c\n    d: e\n\n    # f\n\n    g: h\n# i\nj: k\n# l\n", "# a\nb:\n  # c\n  d: e\n\n  # f\n\n  g: h\n# i\nj: k\n# l\n"},
		{"a comment below a block stays with it", "a:\n    b:\n        c: d\n        # e\n    # f\n# g\nh: i\n", "a:\n  b:\n    c: d\n    # e\n  # f\n# g\nh: i\n"},
		{"a comment above the first item", "a:\n# b\n- c\n# d\n- e\n", "a:\n  # b\n  - c\n  # d\n  - e\n"},
		{"code in comments", "a:\n    b: c\n    # d:\n    #     e: f\n    g: h\n", "a:\n  b: c\n  # d:\n  #     e: f\n  g: h\n"},
		{"a comment between levels", "a:\n        b: c\n    # d\n        e: f\n", "a:\n  b: c\n  # d\n  e: f\n"},
		{"comments in one column", "a:     b   # c\ndd:    e   # f\n\ng:     h # i\n", "a: b    # c\ndd: e   # f\n\ng: h # i\n"},
		{"a comment behind a key", "a:    # b\n    c: d # e\n", "a:    # b\n  c: d # e\n"},
		{"no comment", "a: b#c\nd: \"e # f\"\ng: 'h # i'\n", "a: b#c\nd: \"e # f\"\ng: 'h # i'\n"},
		{"a literal text", "a:\n    b: |\n            c\n              d\n\n            e\n    f: g\n", "a:\n  b: |\n    c\n      d\n\n    e\n  f: g\n"},
		{"a folded text in a list", "a:\n- >-  # b\n     c\n     d\n- e\n", "a:\n  - >-  # b\n    c\n    d\n  - e\n"},
		{"a text that says where it stands", "a:\n    b: |2\n          c\n        d\n", "a:\n  b: |2\n        c\n      d\n"},
		{"empty lines of a text", "a: |+\n  b\n\n\nc: |\n  d\n\n\ne: |-\n  f\n  \n     \n  g\n", "a: |+\n  b\n\n\nc: |\n  d\n\ne: |-\n  f\n\n     \n  g\n"},
		{"a text at the end of the file", "a: |+\n    b\n\n", "a: |+\n  b\n\n"},
		{"a text at an end without a line break", "a: |\n    b", "a: |\n  b"},
		{"an empty text", "a: |+\n\n\nb: c\n", "a: |+\n\n\nb: c\n"},
		{"what looks like YAML in a text", "a: |\n    # b\n    - c:   d\n# e\n", "a: |\n  # b\n  - c:   d\n# e\n"},
		{"a comment right of what ends a text", "a:\n      b: |\n        c\n    # d\n      e: f\n", "a:\n  b: |\n    c\n  # d\n  e: f\n"},
		{"plain texts over lines", "a:   b\n     c\n\n     d\ne:\n    f\n    g\n", "a: b\n   c\n\n   d\ne:\n  f\n  g\n"},
		{"quoted texts over lines", "a:    \"b   \n       c\\\n\n\n   d\"\ne: 'f\n  # g: h\n\n  i'\n", "a: \"b   \n    c\\\n\n\n   d\"\ne: 'f\n  # g: h\n\n  i'\n"},
		{"anchors, aliases and tags", "a:   &b   {c: d}\ne: *b\n*b : f\ng:  !h   i\nj:   &k\n    l: m\nn: [*b , *b]\no: {*b : p}\n", "a: &b {c: d}\ne: *b\n*b : f\ng: !h i\nj: &k\n  l: m\nn: [*b, *b]\no: {*b : p}\n"},
		{"keys with a question mark", "?   a\n:   - b\n    - c\n? {d: e}\n: f\n", "? a\n: - b\n  - c\n? {d: e}\n: f\n"},
		{"documents' marks", "%YAML 1.1\n---   # a\nb:\n    c: d\n...\n", "%YAML 1.1\n---   # a\nb:\n  c: d\n...\n"},
		{"names that need no quotes", "'@': a\n\"*\": b\n_dmarc: c\n1.10: d\nno: e\nmünchen:     f  # g\n", "'@': a\n\"*\": b\n_dmarc: c\n1.10: d\nno: e\nmünchen: f  # g\n"},
		{"only comments", "  # a\n\n\n# b\n", "  # a\n\n# b\n"},
		{"nothing", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, format(t, "a.yaml", []byte(tt.in))); diff != "" {
				t.Errorf("Format (-want +got):\n%s", diff)
			}
		})
	}
}

// format formats a text, and what came of it once more: that must be the same.
func format(t interface {
	Helper()
	Fatalf(string, ...any)
}, name string, text []byte,
) string {
	t.Helper()
	once, err := config.Format(name, text)
	if err != nil {
		t.Fatalf("Format: %v, of\n%s", err, text)
	}
	twice, err := config.Format(name, once)
	if err != nil || !bytes.Equal(once, twice) {
		t.Fatalf("the second time: %v\n%s\nof\n%s", err, cmp.Diff(string(once), string(twice)), text)
	}
	return string(once)
}

// files calls visit for every file of YAML in the examples, the tests' data and the
// documentation, with archives and pages taken apart.
func files(t *testing.T, visit func(name string, data []byte)) {
	t.Helper()
	page := regexp.MustCompile("(?s)```yaml\n(.*?)```\n")
	for _, dir := range []string{"../examples", "../testdata", "../docs", "../README.md"} {
		err := filepath.WalkDir(filepath.FromSlash(dir), func(file string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			data, err := os.ReadFile(file)
			switch filepath.Ext(file) {
			case ".yaml":
				visit(filepath.ToSlash(file), data)
			case ".txtar":
				for _, f := range txtar.Parse(data).Files {
					if strings.HasSuffix(f.Name, ".yaml") {
						visit(filepath.ToSlash(file)+":"+f.Name, f.Data)
					}
				}
			case ".md":
				for i, m := range page.FindAllSubmatch(data, -1) {
					visit(fmt.Sprintf("%s:%d", filepath.ToSlash(file), i+1), m[1])
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// Every file that is YAML can be formatted, and is a fixed point then. Those that people
// copy from are fixed points already, except for octoDNS's own.
func TestFormatFiles(t *testing.T) {
	octodns := regexp.MustCompile(`octodns`)
	seen := 0
	files(t, func(name string, data []byte) {
		seen++
		out, err := config.Format(name, data)
		if err != nil {
			if text := err.Error(); !strings.Contains(text, "not valid YAML") && !strings.Contains(text, "several YAML documents") {
				t.Error(err)
			}
			return
		}
		if again, err := config.Format(name, out); err != nil || !bytes.Equal(out, again) {
			t.Errorf("%s isn't the same the second time: %v\n%s", name, err, cmp.Diff(string(out), string(again)))
		}
		if !strings.Contains(name, "testdata") && !octodns.MatchString(name) && !bytes.Equal(data, out) {
			t.Errorf("%s isn't formatted: %s", name, cmp.Diff(string(data), string(out)))
		}
	})
	if seen < 250 {
		t.Errorf("only %d files were found", seen)
	}
}

// place is where something stands, in a listing.
var listedPlace = regexp.MustCompile(`[\w./-]+\.yaml:\d+:\d+`)

// A configuration says the same after its files were formatted.
func TestFormatKeepsTheMeaning(t *testing.T) {
	for _, file := range testFiles(t, "good", filepath.Join("octodns", "good")) {
		before := filesIn(t, file)
		after := filesIn(t, file)
		for name, f := range after {
			if strings.HasSuffix(name, ".yaml") {
				f.Data = []byte(format(t, name, shaken(string(f.Data))))
			}
		}
		c, err := config.Load(before, "zoneloom.yaml")
		if err != nil {
			t.Fatal(err)
		}
		d, err := config.Load(after, "zoneloom.yaml")
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		if diff := cmp.Diff(listedPlace.ReplaceAllString(list(c), ""), listedPlace.ReplaceAllString(list(d), "")); diff != "" {
			t.Errorf("%s says something else (-before +after):\n%s", file, diff)
		}
	}
}

// shaken returns a text of YAML with twice the blanks before each line, and an empty
// line twice.
func shaken(text string) []byte {
	var b strings.Builder
	for line := range strings.Lines(text) {
		trimmed := strings.TrimLeft(line, " ")
		b.WriteString(strings.Repeat(" ", 2*(len(line)-len(trimmed))))
		for len(trimmed) > 1 && strings.Contains("- ? : ", trimmed[:2]) {
			b.WriteString(trimmed[:1] + "   ")
			trimmed = trimmed[2:]
		}
		b.WriteString(trimmed)
		if trimmed == "\n" {
			b.WriteString("\n")
		}
	}
	return []byte(b.String())
}

func TestFormatFaults(t *testing.T) {
	for want, text := range map[string]string{
		"z.yaml:2:1: this is not valid YAML": "a: b\n*: c\n",
		"z.yaml:2:1: the file holds several": "a: b\n---\nc: d\n",
		"z.yaml:2:4: the text holds the":     "a: b\nc: \x01\n",
		"z.yaml:1:1: the text is not valid":  "\xff",
		"z.yaml:2:1: this line ends in a":    "a: b\nc: 'd\u2028e'\n",
		"z.yaml:1:1: this line ends in a":    "a: b\rc: d\n",
		"nested over 64 levels deep":         "a: " + strings.Repeat("[", 70) + strings.Repeat("]", 70) + "\n",
		"too much to format in one piece":    "a: " + strings.Repeat("x", 65<<20),
	} {
		out, err := config.Format("z.yaml", []byte(text))
		if _, ok := errors.AsType[config.ErrorList](err); !ok || out != nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Format = %q, %v, want %q", out, err, want)
		}
	}
}

// sketch draws a text of YAML whose layout nobody would choose.
type sketch struct {
	t *rapid.T
	b strings.Builder
}

func (s *sketch) draw(what ...string) string { return rapid.SampledFrom(what).Draw(s.t, "text") }

// clutter draws what may stand between lines.
func (s *sketch) clutter(indent int) {
	for range rapid.IntRange(0, 2).Draw(s.t, "clutter") {
		s.b.WriteString(s.draw("\n", "\n", "   \n", strings.Repeat(" ", indent)+"# a\n", "# b\n", "         # c: d\n"))
	}
}

func (s *sketch) eol() { s.b.WriteString(s.draw("", "", "  ", " # e", "    # f: g") + "\n") }

// scalar draws a scalar that belongs to a level.
func (s *sketch) scalar(indent int) {
	in := strings.Repeat(" ", max(indent+1, 0)+rapid.IntRange(0, 6).Draw(s.t, "further"))
	switch s.draw("plain", "plain", "quoted", "long", "block", "folded", "flow", "flows") {
	case "plain":
		s.b.WriteString(s.draw("a", "b  c", "http://d/#e", "f:g", "-h", "no", "::1", "é"))
	case "quoted":
		s.b.WriteString(s.draw(`"a: # b"`, `'c '' d'`, `"\" e \\"`, `""`, "'"+"f\n\n"+in+"g'", "\"h  \\\n"+in+"i \n"+in+"#j\""))
	case "long":
		s.b.WriteString("k\n" + s.draw("", "\n") + in + "l\n" + in + "  m")
	case "block", "folded":
		s.b.WriteString(s.draw("|", ">", "|-", ">-", "|+") + s.draw("", " # n", "  ") + "\n" + s.draw("", "\n"))
		s.b.WriteString(in + "o\n" + s.draw("", "\n", in+"   \n") + in + "  # p:\n" + in + "- q\n" + s.draw("", "\n", "\n\n", in+"  \n"))
		return
	case "flow":
		s.b.WriteString(s.draw("{a: b}", "{ a: [b , c], d: {e: f} }", "[]", "{}", `["a",b , 'c']`, "[ a: b, c ]", `{"a":b}`, "{a: , b: }"))
	case "flows":
		s.b.WriteString("{a: b, # c\n" + s.draw("", "\n") + in + "d:   [e,\n" + in + "    'f\n" + in + "g'\n" + in + "] , # h\n" + in + "# i\n" + in + "}")
	}
	s.eol()
}

// node draws a mapping or a list whose lines begin at indent; the first one is
// begun already where inline.
func (s *sketch) node(indent, depth int, inline bool) {
	isList := s.draw("list", "mapping") == "list"
	for i := range rapid.IntRange(1, 3).Draw(s.t, "entries") {
		if i > 0 || !inline {
			s.clutter(indent)
			s.b.WriteString(strings.Repeat(" ", indent))
		}
		lead := fmt.Sprintf("%s%d%s:", s.draw("k", `"q`)[:1], i, "")
		if strings.HasPrefix(lead, `"`) {
			lead = fmt.Sprintf(`"q%d" :`, i)
		}
		if isList {
			lead = "-"
		}
		s.b.WriteString(lead)
		gap := rapid.IntRange(1, 4).Draw(s.t, "gap")
		switch {
		case depth == 0 || s.draw("leaf", "node", "node") == "leaf":
			s.b.WriteString(strings.Repeat(" ", gap))
			s.scalar(indent)
		case isList && s.draw("inline", "below") == "inline":
			s.b.WriteString(strings.Repeat(" ", gap))
			s.node(indent+1+gap, depth-1, true)
		default:
			s.eol()
			s.node(indent+gap, depth-1, false)
		}
	}
}

// Whatever a text's layout is, it can be formatted, says the same afterwards, which
// Format makes sure of, and formatting it again changes nothing.
func TestFormatAnyLayout(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := &sketch{t: t}
		s.node(rapid.IntRange(0, 2).Draw(t, "indent"), 3, false)
		format(t, "z.yaml", []byte(s.b.String()))
	})
}

// FuzzFormat holds for any text: Format ends, with a text that it leaves alone the second
// time or with faults that have a place in the file.
func FuzzFormat(f *testing.F) {
	f.Add("a:\n- {b: c, # d\n   e: [f]}\n-   |+\n      g\n\n")
	f.Add("? a\n:   - 'b\n\n  c'\n#d\n--- \"e\\\n f\"\n")
	f.Add("\r")
	f.Add("&a b: !c *d\n<<: [ {\"e\":f}, g: h,]\n")
	for _, file := range testFiles(f, "good", "bad") {
		for _, data := range filesIn(f, file) {
			f.Add(string(data.Data))
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		once, err := config.Format("z.yaml", []byte(text))
		if err != nil {
			faults, ok := errors.AsType[config.ErrorList](err)
			if !ok || len(faults) == 0 || faults[0].Pos.Line < 1 {
				t.Fatalf("Format = %#v, want faults with places", err)
			}
			return
		}
		if twice, err := config.Format("z.yaml", once); err != nil || !bytes.Equal(once, twice) {
			t.Errorf("the second time: %v\n%s", err, cmp.Diff(string(once), string(twice)))
		}
	})
}
