package zonefile_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/zoneloom/zoneloom/provider/internal/daemon"
	"github.com/zoneloom/zoneloom/provider/zonefile"
	"github.com/zoneloom/zoneloom/state"
)

// checkzone has BIND read a master file, and returns the zone as it prints it.
func checkzone(t *testing.T, zone state.Name, text string) *state.Zone {
	t.Helper()
	z, said := namedCheckzone(t, zone, text)
	if strings.Contains(said, "ignoring") || strings.Contains(said, "prior TTL") {
		t.Errorf("BIND doesn't take the file as it is: %s", said)
	}
	return z
}

// asRead is checkzone for example.com., of a file that BIND may grumble at.
func asRead(t *testing.T, text string) *state.Zone {
	t.Helper()
	z, _ := namedCheckzone(t, "example.com.", text)
	return z
}

func namedCheckzone(t *testing.T, zone state.Name, text string) (z *state.Zone, said string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "zone")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	name := strings.TrimSuffix(string(zone), ".")
	out := daemon.Run(t, "bind9-utils", "", "named-checkzone",
		"-i", "none", "-k", "ignore", "-m", "ignore", "-M", "ignore", "-S", "ignore", "-s", "full", "-o", path+".out", "-D", name, path)
	b, err := os.ReadFile(path + ".out")
	if err != nil {
		t.Fatal(err)
	}
	if z, err = (zonefile.Source{File: "BIND", Zone: zone}).Parse(string(b)); err != nil {
		t.Fatal(err)
	}
	return z, out
}

// withoutComments returns the listing of z as a server has it.
func withoutComments(z *state.Zone) string { return strings.Join(listing(z), "\n") }

// Every sample, printed, reads as itself: here and in BIND.
func TestPrintIsRead(t *testing.T) {
	for _, s := range samples(t, "valid") {
		t.Run(s.Origin, func(t *testing.T) {
			z, err := parse(t, s)
			if err != nil {
				t.Fatal(err)
			}
			for i := range z.RRsets {
				for j := range z.RRsets[i].Records {
					z.RRsets[i].Records[j].Kept = state.Ours
				}
			}
			text := printed(t, z)
			again, err := zonefile.Source{File: "printed", Zone: z.Name}.Parse(text)
			if err != nil {
				t.Fatalf("%v in\n%s", err, text)
			}
			if diff := cmp.Diff(z.RRsets, again.RRsets, cmp.Comparer(func(a, b state.Attrs) bool { return a == b })); diff != "" {
				t.Errorf("what was printed reads differently (-was +read):\n%s", diff)
			}
			if diff := cmp.Diff(withoutComments(z), withoutComments(checkzone(t, z.Name, text))); diff != "" {
				t.Errorf("BIND reads what was printed differently (-here +BIND):\n%s", diff)
			}
			golden(t, "testdata/print/"+s.Origin+".zone", text)
		})
	}
}

// TestPrintForm pins what the samples don't show.
func TestPrintForm(t *testing.T) {
	comment := func(text string) state.Attrs {
		return state.MakeAttrs(map[string]any{"comment": text, "proxied": true})
	}
	entry := func(name state.Name, typ state.Type, data string, ttl state.TTL, attrs state.Attrs) state.Entry {
		return state.Entry{Key: state.Key{Name: name, Type: typ}, Record: state.Record{Data: data, TTL: ttl, Attrs: attrs}}
	}
	z := state.NewZone("example.com.", []state.Entry{
		entry("www.example.com.", state.A, "192.0.2.1", state.TTLAuto, comment("two\nlines; and a semicolon")),
		entry("www.example.com.", state.A, "192.0.2.2", 60, state.Attrs{}),
		entry("long.example.com.", state.TXT, state.TXTData(strings.Repeat("x", 300)), 300, state.Attrs{}),
		entry("example.com.", state.ALIAS, "www.example.net.", 300, state.Attrs{}),
		entry(state.Name(strings.Repeat("n", 50)+".example.com."), state.A, "192.0.2.3", 300, state.Attrs{}),
		entry(`\$a\;b.example.com.`, state.A, "192.0.2.4", 300, state.Attrs{}),
	})
	golden(t, "testdata/print/form.zone", printed(t, z))
	golden(t, "testdata/print/empty.zone", printed(t, &state.Zone{Name: "example.com."}))
}

// FuzzPrint holds printing to the law: what is read is printed as what reads the
// same, and then as the same bytes.
func FuzzPrint(f *testing.F) {
	for _, pattern := range []string{"valid/*.zone", "invalid/*.zone"} {
		files, err := filepath.Glob(filepath.Join(bindData, pattern))
		if err != nil {
			f.Fatal(err)
		}
		for _, name := range files {
			b, err := os.ReadFile(name)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(string(b))
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		z, err := zonefile.Source{File: "fuzz", Zone: "example.", Partial: true}.Parse(text)
		if err != nil {
			return
		}
		first := printed(t, z)
		again, err := zonefile.Source{File: "printed", Zone: "example.", Partial: true}.Parse(first)
		if err != nil {
			t.Fatalf("%v in\n%s", err, first)
		}
		if diff := cmp.Diff(listing(z), listing(again)); diff != "" {
			t.Fatalf("reads differently (-was +read):\n%s", diff)
		}
		if second := printed(t, again); first != second {
			t.Fatalf("printed differently: %q, then %q", first, second)
		}
	})
}

// Texts of any octets survive.
func TestTexts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		texts := rapid.SliceOfN(rapid.SliceOfN(rapid.Byte(), 0, 255), 2, 4).Draw(t, "texts")
		var strs []string
		for _, b := range texts {
			strs = append(strs, string(b))
		}
		z := state.NewZone("example.", []state.Entry{{
			Key:    state.Key{Name: "a.example.", Type: state.TXT},
			Record: state.Record{Data: state.TXTData(strs...), TTL: 300},
		}})
		var b bytes.Buffer
		if err := zonefile.Print(&b, z); err != nil {
			t.Fatal(err)
		}
		again, err := zonefile.Source{File: "printed", Zone: "example.", Partial: true}.Parse(b.String())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(listing(z), listing(again)); diff != "" {
			t.Fatal(diff)
		}
	})
}
