package config_test

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/zoneloom/zoneloom/config"
)

// outcome writes all that a load comes to: what it says, or its faults.
func outcome(root fstest.MapFS, size int) string {
	c, err := config.LoadParts(root, "zoneloom.yaml", size)
	if err != nil {
		return err.Error()
	}
	return list(c)
}

// sameInParts fails if files that are parsed in parts come to something else
// than whole ones.
func sameInParts(t *testing.T, root fstest.MapFS) {
	t.Helper()
	whole := outcome(root, math.MaxInt)
	for _, size := range []int{0, 1, 60, 300} {
		if diff := cmp.Diff(whole, outcome(root, size)); diff != "" {
			t.Errorf("in parts of %d bytes (-whole +parts):\n%s", size, diff)
		}
	}
}

func TestPartsAreTheWhole(t *testing.T) {
	for _, file := range testFiles(t, "good", "bad") {
		t.Run(filepath.Base(file), func(t *testing.T) { sameInParts(t, filesIn(t, file)) })
	}
	t.Run("many records", func(t *testing.T) {
		sameInParts(t, fstest.MapFS{"zoneloom.yaml": {Data: manyRecords(50)}})
	})
}

// testFiles returns the files of these kinds, good or bad, that tests load.
func testFiles(tb testing.TB, kinds ...string) []string {
	tb.Helper()
	var files []string
	for _, kind := range kinds {
		for _, ext := range []string{"*.yaml", "*.txtar"} {
			found, err := filepath.Glob(filepath.Join("..", "testdata", "config", kind, ext))
			if err != nil {
				tb.Fatal(err)
			}
			files = append(files, found...)
		}
	}
	if len(files) == 0 {
		tb.Fatalf("no files of the kinds %s", kinds)
	}
	return files
}

// filesIn returns what a test file holds: itself as the root file, or the files
// of an archive.
func filesIn(tb testing.TB, file string) fstest.MapFS {
	tb.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		tb.Fatal(err)
	}
	if strings.HasSuffix(file, ".txtar") {
		return archiveFS(txtar.Parse(data))
	}
	return fstest.MapFS{"zoneloom.yaml": {Data: data}}
}

// FuzzParts holds the law for two files of which one holds a zone's records.
func FuzzParts(f *testing.F) {
	for _, file := range testFiles(f, "good", "bad") {
		for _, data := range filesIn(f, file) {
			f.Add(string(data.Data), "a: {type: A, value: 192.0.2.1}\nb:\n- {type: TXT, value: x}\n")
		}
	}
	f.Add(head+"      a: &a {type: A, value: 192.0.2.1}\n      b: *a\n", "---\n# x\n  a: |\n    b\n...\n")
	f.Add(head+"      a: {type: TXT, value: \"x\n      b: y\"}\n  c: {provider: p, file: zone.yaml}\n", "a: x\n---\nb: y\n")
	f.Add(head+"      a:\n      - b\n      ? c\n      : d\n    ttl: 5m\n", "? a\n: b\n")
	f.Fuzz(func(t *testing.T, root, zone string) {
		sameInParts(t, fstest.MapFS{"zoneloom.yaml": {Data: []byte(root)}, "zone.yaml": {Data: []byte(zone)}})
	})
}
