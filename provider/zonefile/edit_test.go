package zonefile_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/zoneloom/zoneloom/plan"
	"github.com/zoneloom/zoneloom/provider"
	"github.com/zoneloom/zoneloom/provider/zonefile"
	"github.com/zoneloom/zoneloom/state"
)

// silent is a Recorder that lets everything pass, and keeps the last outcome.
type silent struct{ last provider.Outcome }

func (*silent) Sending(provider.Request) error                { return nil }
func (s *silent) Done(_ provider.Request, o provider.Outcome) { s.last = o }

// open finds the zone example.com. of a provider.
func open(t *testing.T, p *zonefile.Provider) provider.Zone {
	t.Helper()
	found, err := p.Zones(t.Context(), []state.Name{"example.com."})
	if err != nil || found["example.com."] == nil {
		t.Fatalf("Zones = %v, %v", found, err)
	}
	return found["example.com."]
}

// snapshot reads a zone.
func snapshot(t *testing.T, z provider.Zone) *provider.Snapshot {
	t.Helper()
	snap, err := z.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return snap
}

// fragment reads records without an SOA.
func fragment(t *testing.T, text string) *state.Zone {
	t.Helper()
	z, err := zonefile.Source{File: "fragment", Zone: "example.com.", Partial: true}.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// changes plans to replace the RRsets that text has, and to delete those that
// remove names ("www A", one a line).
func changes(t *testing.T, live *state.Zone, text, remove string) []state.Change {
	t.Helper()
	sets := map[state.Key]state.RRset{}
	for _, set := range live.RRsets {
		sets[set.Key] = set
	}
	for line := range strings.Lines(remove) {
		name, typ, _ := strings.Cut(strings.TrimSpace(line), " ")
		n, err := state.ParseName(name, live.Name)
		if err != nil {
			t.Fatal(err)
		}
		k := state.Key{Name: n, Type: state.Type(typ)}
		if live.Find(k) == nil {
			t.Fatalf("there is no %s to delete", k)
		}
		delete(sets, k)
	}
	for _, set := range fragment(t, text).RRsets {
		sets[set.Key] = set
	}
	var entries []state.Entry
	for k, set := range sets {
		for _, r := range set.Records {
			entries = append(entries, state.Entry{Key: k, Record: r})
		}
	}
	p, problems := plan.Make([]plan.Input{{
		Provider: "files", Want: state.NewZone(live.Name, entries), Live: live,
		Rules: state.Rules{Prune: true, ApexNS: state.ApexNSExact},
	}})
	if len(problems) > 0 {
		t.Fatalf("plan: %+v", problems)
	}
	return p.Zones[0].Changes
}

// TestEdit makes the changes of each file of testdata/edit: "zone" is the file as
// it was, "want" has RRsets as they shall be, "delete" those that shall go,
// "after" the file as it is then, or "refused" why it isn't written.
func TestEdit(t *testing.T) {
	files, err := filepath.Glob("testdata/edit/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, name := range files {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			part := map[string]string{}
			for _, f := range archive.Files {
				part[f.Name] = string(f.Data)
				if strings.HasSuffix(f.Name, ".inc") {
					write(t, dir, f.Name, string(f.Data))
				}
			}
			write(t, dir, "example.com.zone", part["zone"])
			z := open(t, &zonefile.Provider{Folder: dir})
			snap := snapshot(t, z)
			err = z.Write(t.Context(), snap, changes(t, snap.Zone, part["want"], part["delete"]), &silent{})
			got, section := read(t, dir, "example.com.zone"), "after"
			if err != nil {
				if got != part["zone"] {
					t.Errorf("the file was written in spite of %v", err)
				}
				got, section = err.Error()+"\n", "refused"
			}
			if *update {
				saveSection(t, name, archive, section, got)
				return
			}
			if diff := cmp.Diff(part[section], got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", section, diff)
			}
		})
	}
}

// saveSection rewrites one section of an archive.
func saveSection(t *testing.T, name string, a *txtar.Archive, section, text string) {
	t.Helper()
	for i := range a.Files {
		if a.Files[i].Name == section {
			a.Files = append(a.Files[:i], a.Files[i+1:]...)
			break
		}
	}
	a.Files = append(a.Files, txtar.File{Name: section, Data: []byte(text)})
	if err := os.WriteFile(name, txtar.Format(a), 0o600); err != nil {
		t.Fatal(err)
	}
}
