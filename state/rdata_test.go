package state_test

import (
	"bufio"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/miekg/dns"

	"github.com/zoneloom/zoneloom/state"
)

func TestRDATAExamplesAreCanonical(t *testing.T) {
	for typ, text := range state.RDATAExamples() {
		got, err := state.ParseData(typ, text, nil)
		if err != nil || got != text {
			t.Errorf("ParseData(%s, %q) = %q, %v", typ, text, got, err)
		}
		if split := state.SplitData(typ, text); split != nil {
			if joined := state.JoinData(typ, split); joined != text {
				t.Errorf("JoinData(%s, %q) = %q, want %q", typ, split, joined, text)
			}
		}
	}
}

// TestBINDListing holds canonical data against what BIND prints: the same octets
// on the wire, but for the case of names and tags.
func TestBINDListing(t *testing.T) {
	files, err := filepath.Glob("../testdata/bind/expected/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no listings: %v", err)
	}
	for _, file := range files {
		f, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		for s := bufio.NewScanner(f); s.Scan(); {
			checkListed(t, s.Text())
		}
	}
}

func checkListed(t *testing.T, line string) {
	t.Helper()
	parts := strings.SplitN(line, " ", 5)
	typ, err := state.ParseType(parts[3])
	if err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	data, err := state.ParseData(typ, parts[4], nil)
	if err != nil {
		t.Errorf("%s: %v", line, err)
		return
	}
	if again, err := state.ParseData(typ, data, nil); err != nil || again != data {
		t.Errorf("%s: canonical %q parses to %q, %v", line, data, again, err)
	}
	source := parts[4]
	if typ == "NID" || typ == "L64" { // miekg wants all four digits of a group
		source = data
	}
	want, err := state.Pack(typ, source)
	if err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	got, err := state.Pack(typ, data)
	if err != nil || !strings.EqualFold(string(got), string(want)) {
		t.Errorf("%s: canonical %q is % x on the wire, want % x (%v)", line, data, got, want, err)
	}
	if _, known := dns.StringToType[string(typ)]; known == typ.IsOpaque() {
		t.Errorf("%s: opaque is %v", line, typ.IsOpaque())
	}
}
