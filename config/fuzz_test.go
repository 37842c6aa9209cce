package config_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/zoneloom/zoneloom/config"
)

// FuzzLoad holds for any text: Load ends, twice the same, with a configuration
// or with faults that each have a place in a file.
func FuzzLoad(f *testing.F) {
	for _, file := range testFiles(f, "good", "bad") {
		for _, data := range filesIn(f, file) {
			f.Add(string(data.Data), "a: {type: TXT, value: x}\n")
		}
	}
	f.Fuzz(func(t *testing.T, root, other string) {
		files := fstest.MapFS{
			"zoneloom.yaml": {Data: []byte(root)}, "zone.yaml": {Data: []byte(other)}, "b/z.yaml": {Data: []byte(other)},
		}
		c, err := config.Load(files, "zoneloom.yaml")
		again, errAgain := config.Load(files, "zoneloom.yaml")
		if (err == nil) != (errAgain == nil) || err != nil && err.Error() != errAgain.Error() {
			t.Fatalf("Load = %v, then %v", err, errAgain)
		}
		if err == nil {
			if one, two := list(c), list(again); one != two {
				t.Errorf("Load says\n%s\nthen\n%s", one, two)
			}
			return
		}
		faults, ok := errors.AsType[config.ErrorList](err)
		if !ok || len(faults) == 0 {
			t.Fatalf("Load = %#v, want a list of faults", err)
		}
		for _, e := range faults {
			if files[e.Pos.File] == nil || e.Pos.Line < 1 || e.Pos.Column < 1 {
				t.Errorf("%s has no place in a file", e)
			}
		}
	})
}

// The order of records doesn't change what is wanted.
func TestOrderOfRecordsHasNoMeaning(t *testing.T) {
	records := strings.SplitAfter(string(manyRecords(1)), "records:\n")
	lines := []string{
		"      a: {type: A, values: [192.0.2.2, 192.0.2.1]}\n",
		"      b: {type: MX, values: [20 mail, 10 a]}\n",
		"      \"@\": [{type: TXT, value: x}, {type: A, value: 192.0.2.1}]\n",
	}
	wants := map[string]bool{}
	for range 2 {
		c := parse(t, records[0]+strings.Join(lines, ""))
		var b strings.Builder
		for _, set := range c.Zones[0].Want("p").RRsets {
			b.WriteString(set.Key.String())
			for _, r := range set.Records {
				b.WriteString(" " + r.Data)
			}
		}
		wants[b.String()] = true
		slices.Reverse(lines)
	}
	if len(wants) != 1 {
		t.Errorf("the order of records changes what is wanted: %v", wants)
	}
}
