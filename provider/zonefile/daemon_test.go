package zonefile_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneloom/zoneloom/plan"
	"github.com/zoneloom/zoneloom/provider/zonefile"
	"github.com/zoneloom/zoneloom/state"
)

// Every sample, written record by record into a zone that is almost empty, reads
// in BIND as BIND reads the sample; and taken back, as it was.
func TestWrittenIsServed(t *testing.T) {
	for _, s := range samples(t, "valid") {
		t.Run(s.Origin, func(t *testing.T) {
			sample, err := parse(t, s)
			if err != nil {
				t.Fatal(err)
			}
			for i := range sample.RRsets {
				for j := range sample.RRsets[i].Records {
					sample.RRsets[i].Records[j].Kept = state.Ours
				}
			}
			dir := t.TempDir()
			file := s.Origin + ".zone"
			write(t, dir, file, strings.Replace(plainZone, "a A 192.0.2.1\n", "", 1))
			p := &zonefile.Provider{Folder: dir}
			found, err := p.Zones(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			z := found[sample.Name]
			first := snapshot(t, z)
			before := checkzone(t, sample.Name, read(t, dir, file))
			for _, want := range []*state.Zone{sample, first.Zone} {
				snap := snapshot(t, z)
				stored, problems := p.Check(want, nil)
				if len(problems) > 0 {
					t.Fatalf("Check: %+v", problems)
				}
				made, _ := plan.Make([]plan.Input{{
					Provider: "files", Want: stored, Live: snap.Zone, Rules: state.Rules{Prune: true, ApexNS: state.ApexNSExact},
				}})
				opaque := made.Zones[0].Changes // a plan deletes no type that it doesn't know
				for _, set := range snap.Zone.RRsets {
					if set.Type.IsOpaque() && want.Find(set.Key) == nil {
						opaque = append(opaque, state.Change{Key: set.Key, Before: &set})
					}
				}
				if err := z.Write(t.Context(), snap, opaque, &silent{}); err != nil {
					t.Fatal(err)
				}
				if want == sample {
					got := checkzone(t, sample.Name, read(t, dir, file))
					if diff := cmp.Diff(withoutSerial(expected(t, s.Origin)), withoutSerial(listing(got))); diff != "" {
						t.Errorf("BIND reads what was written differently (-sample +written):\n%s", diff)
					}
				}
			}
			after := checkzone(t, sample.Name, read(t, dir, file))
			if diff := cmp.Diff(withoutSerial(listing(before)), withoutSerial(listing(after))); diff != "" {
				t.Errorf("taken back, BIND reads (-before +after):\n%s", diff)
			}
		})
	}
}

// withoutSerial returns a listing with the SOA's serial as 0.
func withoutSerial(lines []string) string {
	for i, line := range lines {
		if f := strings.Fields(line); f[2] == "SOA" {
			f[5] = "0"
			lines[i] = strings.Join(f, " ")
		}
	}
	return strings.Join(lines, "\n")
}
