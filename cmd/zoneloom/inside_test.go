package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/zoneloom/zoneloom/config"
	"github.com/zoneloom/zoneloom/provider"
	"github.com/zoneloom/zoneloom/provider/zonefile"
	"github.com/zoneloom/zoneloom/state"
)

// folders makes a folder conf with links in it, beside a folder outside, and
// returns where they are.
func folders(t *testing.T) (conf, outside string) {
	t.Helper()
	base := t.TempDir()
	conf, outside = filepath.Join(base, "conf"), filepath.Join(base, "outside")
	for _, d := range []string{filepath.Join(conf, "sub"), outside} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for link, to := range map[string]string{
		"inner": "sub", "outer": "../outside", "dangling": "../nowhere", "loop": "loop", "back": "../conf/sub",
		"absolute": filepath.Join(conf, "sub"), "away": outside, "sub/up": "..",
	} {
		if err := os.Symlink(to, filepath.Join(conf, link)); err != nil {
			t.Fatal(err)
		}
	}
	return conf, outside
}

func TestInside(t *testing.T) {
	conf, outside := folders(t)
	tests := []struct{ path, want string }{ // "" where it leads out
		{"sandbox.log", "sandbox.log"},
		{".zoneloom/sandbox.log", ".zoneloom/sandbox.log"},
		{"sub/../sandbox.log", "sandbox.log"},
		{"inner/sandbox.log", "sub/sandbox.log"},
		{"inner/new/sandbox.log", "sub/new/sandbox.log"},
		{"back/sandbox.log", "sub/sandbox.log"},
		{"absolute/sandbox.log", "sub/sandbox.log"},
		{"sub/up/sub/sandbox.log", "sub/sandbox.log"},
		{"../sandbox.log", ""},
		{"sub/../../sandbox.log", ""},
		{filepath.Join(outside, "sandbox.log"), ""},
		{filepath.Join(conf, "sandbox.log"), ""},
		{"outer/sandbox.log", ""},
		{"outer/new/sandbox.log", ""},
		{"away/sandbox.log", ""},
		{"inner/up/outer", ""},
		{"dangling", ""},
		{"dangling/sandbox.log", ""},
		{"loop/sandbox.log", ""},
	}
	for _, tt := range tests {
		got, err := inside(conf, "data", tt.path)
		if got != filepath.FromSlash(tt.want) || (err == nil) != (tt.want != "") {
			t.Errorf("inside(%q) = %q, %v; want %q", tt.path, got, err, tt.want)
		}
	}
	if got, err := inside(conf, "data", ""); got != "" || err != nil {
		t.Errorf("inside of nothing = %q, %v", got, err)
	}
}

// opening returns the opener of a configuration in dir, and how it opens a
// provider of a kind.
func opening(t *testing.T, dir string) func(kind string, settings any) (provider.Provider, func() error, error) {
	t.Helper()
	o := (&program{getenv: os.LookupEnv}).opener(&project{Config: &config.Config{}, dir: dir})
	return func(kind string, settings any) (provider.Provider, func() error, error) {
		return kinds[kind].open(o, settings, false)
	}
}

// A link within the folder is followed, however it is written.
func TestLinksInside(t *testing.T) {
	conf, _ := folders(t)
	open := opening(t, conf)
	for _, at := range []string{"sub", "inner", "back", "absolute"} {
		_, closer, err := open("sandbox", &sandboxSettings{Data: at + "/sandbox.log"})
		if err != nil {
			t.Errorf("%s: %v", at, err)
			continue
		}
		if err := closer(); err != nil {
			t.Errorf("%s: %v", at, err)
		}
		p, _, err := open("zonefile", &zonefile.Settings{Folder: at})
		if err == nil {
			_, err = p.Zones(t.Context(), nil)
		}
		if err != nil {
			t.Errorf("%s: %v", at, err)
		}
	}
	if files, err := os.ReadDir(filepath.Join(conf, "sub")); err != nil || len(files) != 3 { // with its lock, and a link
		t.Errorf("in the folder are %v, %v", files, err)
	}
}

// A folder of zone files whose place a link out takes, after it was found to lie
// inside, is neither read nor written.
func TestFolderSwappedForALink(t *testing.T) {
	conf, outside := folders(t)
	const name, text = "example.com.", "@ 300 IN SOA ns.example.net. host.example.net. 1 2 3 4 5\n@ 300 IN NS ns.example.net.\n"
	for _, dir := range []string{filepath.Join(conf, "sub"), outside} {
		if err := os.WriteFile(filepath.Join(dir, "example.com.zone"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p, _, err := opening(t, conf)("zonefile", &zonefile.Settings{Folder: "inner"})
	if err != nil {
		t.Fatal(err)
	}
	found, err := p.Zones(t.Context(), nil)
	if err != nil || found[name] == nil {
		t.Fatalf("Zones = %v, %v", found, err)
	}
	swap(t, filepath.Join(conf, "sub"), outside)
	if all, err := p.Zones(t.Context(), nil); err == nil {
		t.Errorf("Zones follows the link: %v", all)
	}
	if _, err := found[name].Read(t.Context()); err == nil {
		t.Error("Read follows the link")
	}
	spec := provider.Spec{
		SOA: &state.RRset{Records: []state.Record{{Data: "ns.example.net. host.example.net. 1 2 3 4 5", TTL: 300}}},
		NS:  &state.RRset{Records: []state.Record{{Data: "ns.example.net.", TTL: 300}}},
	}
	if _, err := p.(provider.Creator).Create(t.Context(), "example.org.", spec); err == nil {
		t.Error("Create follows the link")
	}
	if files, err := os.ReadDir(outside); err != nil || len(files) != 1 {
		t.Errorf("outside are %v, %v", files, err)
	}
}

// swap puts a link to another folder in the place of one.
func swap(t *testing.T, folder, to string) {
	t.Helper()
	if err := os.Rename(folder, folder+".away"); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(to, folder); err != nil {
		t.Fatal(err)
	}
}
