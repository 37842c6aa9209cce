package zonefile_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/zoneloom/zoneloom/provider/providertest"
	"github.com/zoneloom/zoneloom/provider/zonefile"
	"github.com/zoneloom/zoneloom/state"
)

// head is what a zone that holds nothing of its user's has.
const head = `$TTL 3600
@	IN	SOA	ns1.example.net. hostmaster.example.net. (
		7	; serial
		7200 3600 1209600 300 )
	IN	NS	ns1.example.net.
	IN	NS	ns2.example.net.
`

// write puts a file into a folder.
func write(tb testing.TB, dir, name, text string) {
	tb.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		tb.Fatal(err)
	}
}

// read returns a file's text.
func read(t *testing.T, dir, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// printed returns z as Print writes it.
func printed(t *testing.T, z *state.Zone) string {
	t.Helper()
	var b bytes.Buffer
	if err := zonefile.Print(&b, z); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// seed writes a zone whose read-only records come from another file.
func seed(t *testing.T, dir string, z *state.Zone) {
	t.Helper()
	var own, others []state.Entry
	for _, set := range z.RRsets {
		for _, r := range set.Records {
			if r.Kept == state.ReadOnly {
				others = append(others, state.Entry{Key: set.Key, Record: r})
			} else {
				own = append(own, state.Entry{Key: set.Key, Record: r})
			}
		}
	}
	text := head + "$INCLUDE others.inc\n" + printed(t, state.NewZone(z.Name, own))
	write(t, dir, "others.inc", printed(t, state.NewZone(z.Name, others)))
	write(t, dir, "example.com.zone", text)
}

func TestConformance(t *testing.T) {
	providertest.Run(t, func(t *testing.T) providertest.Subject {
		t.Helper()
		dir := t.TempDir()
		write(t, dir, "example.com.zone", head)
		return providertest.Subject{
			Provider: &zonefile.Provider{Folder: dir},
			Zone:     "example.com.",
			Seed:     func(t *testing.T, z *state.Zone) { t.Helper(); seed(t, dir, z) },
			ReadOnly: true,
		}
	})
}
