package zonefile_test

import (
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneloom/zoneloom/provider"
	"github.com/zoneloom/zoneloom/provider/zonefile"
	"github.com/zoneloom/zoneloom/state"
)

// plainZone is a small zone with serial 7.
const plainZone = "$TTL 300\n@ SOA ns1.example.net. host.example.net. 7 2 3 4 5\n@ NS ns1.example.net.\na A 192.0.2.1\n"

// folder returns a folder with plainZone as example.com. and a provider of it.
func folder(t *testing.T) (string, *zonefile.Provider) {
	t.Helper()
	dir := t.TempDir()
	write(t, dir, "example.com.zone", plainZone)
	return dir, &zonefile.Provider{Folder: dir}
}

// add writes one more record and returns what Write does and reports.
func add(t *testing.T, z provider.Zone, at *provider.Snapshot, text string) (provider.Outcome, error) {
	t.Helper()
	var r silent
	err := z.Write(t.Context(), at, changes(t, at.Zone, text, ""), &r)
	return r.last, err
}

// onlyZone fails the test unless the folder has no other file.
func onlyZone(t *testing.T, dir string, others ...string) {
	t.Helper()
	items, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(items) != 1+len(others) {
		t.Errorf("the folder holds %v", items)
	}
}

func TestSerial(t *testing.T) {
	noon := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		name, rule   string
		before, want string
	}{
		{"one more by default", "", "7", "8"},
		{"one more", "increment", "2026112300", "2026112301"},
		{"0 is left out", "increment", "4294967295", "1"},
		{"the first of a day", "date", "2026112207", "2026112300"},
		{"a further one of a day", "date", "2026112300", "2026112301"},
		{"a date of the future goes on", "date", "2027010100", "2027010101"},
		{"from a small number to dates", "date", "7", "2026112300"},
		{"from the upper half a date isn't greater", "date", "100", "2026112300"},
		{"a date comes after what is behind the wrap", "date", "4000000000", "4000000001"},
		{"seconds", "unix", "1795000000", "1795435200"},
		{"seconds never fall behind a date", "unix", "2026112300", "2026112301"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir, p := folder(t)
			write(t, dir, "example.com.zone", strings.Replace(plainZone, " 7 ", " "+tt.before+" ", 1))
			p.Serial, p.Now = tt.rule, func() time.Time { return noon }
			z := open(t, p)
			if _, err := add(t, z, snapshot(t, z), "b 300 A 192.0.2.2"); err != nil {
				t.Fatal(err)
			}
			soa := snapshot(t, z).Zone.Find(state.Key{Name: "example.com.", Type: state.SOA})
			if got := strings.Fields(soa.Records[0].Data)[2]; got != tt.want {
				t.Errorf("serial %s becomes %s, want %s", tt.before, got, tt.want)
			}
		})
	}
}

// A file that changed after it was read, or that it includes, isn't written.
func TestStale(t *testing.T) {
	for _, tt := range []struct{ name, file, text string }{
		{"by a record", "example.com.zone", plainZone + "b A 192.0.2.2\n"},
		{"by a comment", "example.com.zone", plainZone + "; words\n"},
		{"in an included file", "part.inc", "c A 192.0.2.4\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir, p := folder(t)
			write(t, dir, "part.inc", "c A 192.0.2.3\n")
			if tt.file == "part.inc" {
				write(t, dir, "example.com.zone", plainZone+"$INCLUDE part.inc\n")
			}
			z := open(t, p)
			snap := snapshot(t, z)
			write(t, dir, tt.file, tt.text)
			before := read(t, dir, "example.com.zone")
			out, err := add(t, z, snap, "d 300 A 192.0.2.5")
			if !errors.Is(err, provider.ErrRefused) || !strings.Contains(err.Error(), "plan again") || out.Results[0] != provider.NotMade {
				t.Errorf("Write = %v, %v; want a refusal of what is stale", out.Results, err)
			}
			if diff := cmp.Diff(before, read(t, dir, "example.com.zone")); diff != "" {
				t.Errorf("the file was written: %s", diff)
			}
			onlyZone(t, dir, "part.inc")
		})
	}
}

// A file that is gone is refused, not made anew.
func TestGone(t *testing.T) {
	dir, p := folder(t)
	z := open(t, p)
	snap := snapshot(t, z)
	if err := os.Remove(filepath.Join(dir, "example.com.zone")); err != nil {
		t.Fatal(err)
	}
	if _, err := add(t, z, snap, "d 300 A 192.0.2.5"); !errors.Is(err, provider.ErrRefused) {
		t.Errorf("Write = %v, want ErrRefused", err)
	}
	if _, err := z.Read(t.Context()); !errors.Is(err, provider.ErrNoZone) {
		t.Errorf("Read = %v, want ErrNoZone", err)
	}
	if items, _ := os.ReadDir(dir); len(items) > 0 {
		t.Errorf("the folder holds %v", items)
	}
}

// A plan without changes touches no file, not even its time.
func TestUntouched(t *testing.T) {
	dir, p := folder(t)
	path := filepath.Join(dir, "example.com.zone")
	before, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	z := open(t, p)
	if _, err := add(t, z, snapshot(t, z), ""); err != nil {
		t.Fatal(err)
	}
	after, err := os.Stat(path)
	if err != nil || !os.SameFile(before, after) || !before.ModTime().Equal(after.ModTime()) {
		t.Errorf("the file was touched: %v", err)
	}
}

// The rights of the file stay, and nothing is left beside it.
func TestRights(t *testing.T) {
	dir, p := folder(t)
	path := filepath.Join(dir, "example.com.zone")
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	z := open(t, p)
	if _, err := add(t, z, snapshot(t, z), "d 300 A 192.0.2.5"); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("the file has the rights %v, %v", info.Mode(), err)
	}
	onlyZone(t, dir)
}

// A link isn't replaced by a file.
func TestLink(t *testing.T) {
	dir, p := folder(t)
	if err := os.Rename(filepath.Join(dir, "example.com.zone"), filepath.Join(dir, "real")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("real", filepath.Join(dir, "example.com.zone")); err != nil {
		t.Fatal(err)
	}
	z := open(t, p)
	if _, err := add(t, z, snapshot(t, z), "d 300 A 192.0.2.5"); !errors.Is(err, provider.ErrRefused) || !strings.Contains(err.Error(), "link") {
		t.Errorf("Write = %v, want a refusal", err)
	}
	if info, err := os.Lstat(filepath.Join(dir, "example.com.zone")); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is gone: %v", err)
	}
}

// Nothing outside the folder is read, by whatever path.
func TestOutside(t *testing.T) {
	base := t.TempDir()
	dir := filepath.Join(base, "zones")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, base, "secret", "s TXT \"top secret\"\n")
	if err := os.Symlink("../secret", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"../secret", "link", filepath.Join(base, "secret"), "sub/../../secret", "/etc/passwd"} {
		write(t, dir, "example.com.zone", plainZone+"$INCLUDE "+path+"\n")
		_, err := open(t, &zonefile.Provider{Folder: dir}).Read(t.Context())
		if err == nil || strings.Contains(err.Error(), "top secret") || !strings.Contains(err.Error(), ":5:") {
			t.Errorf("$INCLUDE %s: Read = %v, want a fault in line 5", path, err)
		}
	}
	write(t, dir, "part", "p A 192.0.2.1\n")
	write(t, dir, "example.com.zone", plainZone+"$INCLUDE "+filepath.Join(dir, "part")+"\n")
	if _, err := open(t, &zonefile.Provider{Folder: dir}).Read(t.Context()); err != nil {
		t.Errorf("an absolute path within the folder: %v", err)
	}
}

// A journal of BIND that is ahead of the file says that the file isn't what is
// served.
func TestJournal(t *testing.T) {
	dir, p := folder(t)
	z := open(t, p)
	for _, tt := range []struct {
		serial uint32
		behind bool
	}{{7, false}, {6, false}, {0, false}, {8, true}, {2000, true}} {
		head := append([]byte(";BIND LOG V9.2\n\x00"), make([]byte, 48)...)
		binary.BigEndian.PutUint32(head[24:], tt.serial)
		write(t, dir, "example.com.zone.jnl", string(head))
		if _, err := z.Read(t.Context()); (err != nil) != tt.behind {
			t.Errorf("a journal up to %d beside a file with serial 7: Read = %v", tt.serial, err)
		}
	}
	write(t, dir, "example.com.zone.jnl", "something else")
	if _, err := z.Read(t.Context()); err != nil {
		t.Errorf("a file that is no journal: %v", err)
	}
}

// A last line without its line break gets one before a new line.
func TestLineBreaks(t *testing.T) {
	dir, p := folder(t)
	write(t, dir, "example.com.zone", strings.ReplaceAll(plainZone+"b A 192.0.2.2", "\n", "\r\n"))
	z := open(t, p)
	if _, err := add(t, z, snapshot(t, z), "c 300 TXT \"x\"\nb 300 A 192.0.2.2\nb 300 A 192.0.2.3"); err != nil {
		t.Fatal(err)
	}
	want := strings.ReplaceAll(strings.Replace(plainZone, " 7 ", " 8 ", 1)+"b A 192.0.2.2\nb A 192.0.2.3\nc\tTXT\t\"x\"\n", "\n", "\r\n")
	if diff := cmp.Diff(want, read(t, dir, "example.com.zone")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
