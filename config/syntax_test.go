package config_test

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/zoneloom/zoneloom/config"
)

// What isn't YAML is told at the line that has to be changed, with what is most
// likely to be done about it.
func TestSyntax(t *testing.T) {
	const before = "providers: {p: {type: sandbox}}\nzones:\n  example.com:\n    provider: p\n    records:\n" // lines 1 to 5
	tests := []struct {
		name, records, want string
	}{
		{"an apex without quotes", "      a: {type: TXT, value: a}\n      @: {type: TXT, value: a}\n", ":7:1: ~ (put a name or value that begins with @"},
		{"a wildcard without quotes", "      *: {type: TXT, value: a}\n", ":6:1: ~ (put a name or value that begins with * or &"},
		{"a wildcard label without quotes", "      *.dev: {type: TXT, value: a}\n", ":6:1: ~ (put a name or value that begins with * or &"},
		{"what looks like an alias", "      a: b\n      *dev: {type: TXT, value: a}\n", `:7:1: ~ *dev refers to an anchor that isn't defined above (put a name or value that begins with *`},
		{"a tab", "      a:\n\t- {type: TXT, value: a}\n", ":7:1: ~ (indent with blanks, not with tabs)"},
		{"a tab among blanks", "      a:\n        type: TXT\n      \tvalue: a\n", ":8:1: ~ (indent with blanks, not with tabs)"},
		{"a colon in a text", "      a:\n        type: TXT\n        value: v: 1\n      b: x\n", ":8:1: ~ (put a text that holds a colon and a blank in quotes"},
		{"a colon in a text in braces", "      a: x\n      b: {type: TXT, value: v: 1}\n      c: x\n", ":7:1: ~ (close the brace, and put a text in quotes that holds"},
		{"an open brace", "      a: {type: TXT, value: a\n      b: {type: TXT, value: b}\n", ":6:1: ~ (close the brace"},
		{"an open bracket", "      a: {type: TXT, values: [a, b}\n      b: {type: TXT, value: b}\n", ":6:1: ~ (close the bracket"},
		{"an open quote", "      a: {type: TXT, value: \"a}\n      b: {type: TXT, value: b}\n", ":6:1: ~ (close the quote"},
		{"a quote within quotes", "      a: x\n      b: {type: TXT, value: 'it's'}\n", ":7:1: ~ (close the brace, and put a text in quotes that holds a brace, a comma, a quote"},
		{"two quoted texts", "      a: x\n      b:\n        type: TXT\n        value: \"a\" \"b\"\n", ":9:1: ~ put a text that holds quotes in quotes as a whole)"},
		{"a key too far left", "      a: x\n     b: x\n", ":7:1: ~ (indent the keys of one mapping alike"},
		{"a key too far right", "      a: {type: A}\n       b: x\n", ":7:1: ~ (indent the keys of one mapping alike"},
		{"a key beside a list's item", "      a:\n        - {type: TXT}\n          ttl: 60\n      b: x\n", ":8:1: ~ (indent the items of one list alike"},
		{"no colon", "      a: x\n      b\n      c: x\n", ":7:1: ~ (write a key, a colon, and a blank after it)"},
		{"no blank after a colon", "      a:\n        type:TXT\n        value: x\n", ":8:1: ~ write a blank after the colon of each key"},
		{"an escape of zone files", "      a: {type: TXT, value: \"k=rsa\\; p=\"}\n", `:6:1: ~ (write \\ for a backslash in double quotes`},
		{"a merge with conflicts", "      a: x\n<<<<<<< HEAD\n      b: x\n=======\n      b: y\n>>>>>>> other\n", ":7:1: ~ (the file holds the marks of a merge"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			files := fstest.MapFS{"z.yaml": {Data: []byte(before + tt.records)}}
			_, err := config.Load(files, "z.yaml")
			list, ok := errors.AsType[config.ErrorList](err)
			if !ok || len(list) != 1 {
				t.Fatalf("Load = %v, want one fault", err)
			}
			at, text, _ := strings.Cut(tt.want, "~")
			if got := list[0].Error(); !strings.HasPrefix(got, "z.yaml"+at) || !strings.Contains(got, "valid YAML") || !strings.Contains(got, strings.TrimPrefix(text, " ")) {
				t.Errorf("%s\nwant %s", got, tt.want)
			}
		})
	}
}

// Looking for the line must not cost more than the file is worth.
func TestSyntaxOfMuch(t *testing.T) {
	files := fstest.MapFS{}
	for _, name := range []string{"a.yaml", "b.yaml", "c.yaml", "d.yaml"} {
		files[name] = &fstest.MapFile{Data: []byte(strings.Repeat("a: {type: TXT, value: a}\n", 8000) + "b: {\n")}
	}
	files["z.yaml"] = &fstest.MapFile{Data: []byte("include: [a.yaml, b.yaml, c.yaml, d.yaml]\n")}
	_, err := config.Load(files, "z.yaml")
	list, ok := errors.AsType[config.ErrorList](err)
	if !ok || len(list) != len(files)-1 {
		t.Fatalf("Load = %v, want a fault for each file", err)
	}
	for _, e := range list {
		if e.Pos.Line < 8000 {
			t.Errorf("%s, want it at the end", e)
		}
	}
}
