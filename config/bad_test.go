package config_test

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/zoneloom/zoneloom/config"
)

var (
	expectation = regexp.MustCompile(`# ERROR ((?:"(?:[^"\\]|\\.)*" ?)+)`)
	quoted      = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)
)

// fault is one expected or found: a place and a part of its sentence.
type fault struct {
	file string
	line int
	text string
}

// expected returns the faults that the comments in an archive ask for: each text
// after # ERROR is a part of one fault in its line.
func expected(t *testing.T, a *txtar.Archive) []fault {
	t.Helper()
	var faults []fault
	for _, f := range a.Files {
		for i, line := range strings.Split(string(f.Data), "\n") {
			m := expectation.FindStringSubmatch(line)
			if m == nil {
				continue
			}
			for _, q := range quoted.FindAllString(m[1], -1) {
				text, err := strconv.Unquote(q)
				if err != nil {
					t.Fatalf("%s:%d: %s: %v", f.Name, i+1, q, err)
				}
				faults = append(faults, fault{f.Name, i + 1, text})
			}
		}
	}
	slices.SortFunc(faults, func(a, b fault) int {
		return cmp.Or(cmp.Compare(a.file, b.file), cmp.Compare(a.line, b.line))
	})
	return faults
}

func archiveFS(a *txtar.Archive) fstest.MapFS {
	files := fstest.MapFS{}
	for _, f := range a.Files {
		files[f.Name] = &fstest.MapFile{Data: f.Data}
	}
	return files
}

// Each bad file says beside its faulty lines what is wrong with them; nothing
// else may be found, and nothing twice.
func TestBad(t *testing.T) {
	for _, file := range testFiles(t, "bad") {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			_, err = config.Load(archiveFS(a), a.Files[0].Name)
			list, ok := errors.AsType[config.ErrorList](err)
			if !ok {
				t.Fatalf("Load = %v, want a list of faults", err)
			}
			compareFaults(t, expected(t, a), list)
		})
	}
}

// compareFaults compares found faults with the expected ones, in whose order
// those of one line may differ.
func compareFaults(t *testing.T, want []fault, got config.ErrorList) {
	t.Helper()
	left := slices.Clone(want)
	for _, e := range got {
		i := slices.IndexFunc(left, func(f fault) bool {
			return f.file == e.Pos.File && f.line == e.Pos.Line && strings.Contains(e.Error(), f.text)
		})
		if i < 0 {
			t.Errorf("unexpected: %s", e)
			continue
		}
		left = slices.Delete(left, i, i+1)
	}
	for _, f := range left {
		t.Errorf("missing: %s", fmt.Sprintf("%s:%d: %q", f.file, f.line, f.text))
	}
}
