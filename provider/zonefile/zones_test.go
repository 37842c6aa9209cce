package zonefile_test

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneloom/zoneloom/provider"
	"github.com/zoneloom/zoneloom/provider/zonefile"
	"github.com/zoneloom/zoneloom/state"
)

func TestZones(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"example.com.zone", "EXAMPLE.org.zone", "münchen.de.zone", "db.example.net", "db.example.net.jnl", ".zone", ".example.com.zone.AB.new", "a..b.zone", "readme.txt"} {
		write(t, dir, name, plainZone)
	}
	if err := os.Mkdir(filepath.Join(dir, "folder.zone"), 0o700); err != nil {
		t.Fatal(err)
	}
	for pattern, want := range map[string][]state.Name{
		"":          {"example.com.", "example.org.", "xn--mnchen-3ya.de."},
		"db.{zone}": {"example.net.", "example.net.jnl."},
	} {
		found, err := (&zonefile.Provider{Folder: dir, Pattern: pattern}).Zones(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, slices.Sorted(maps.Keys(found))); diff != "" {
			t.Errorf("%q finds (-want +got):\n%s", pattern, diff)
		}
	}
	write(t, dir, "Example.COM.zone", plainZone)
	if _, err := (&zonefile.Provider{Folder: dir}).Zones(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "both for the zone example.com.") {
		t.Errorf("two files for one zone: %v", err)
	}
	if _, err := (&zonefile.Provider{Folder: dir + "/none", Place: "none"}).Zones(t.Context(), nil); err == nil || strings.Contains(err.Error(), dir) {
		t.Errorf("no folder: %v, want an error that calls it as the configuration does", err)
	}
}

func TestSettings(t *testing.T) {
	for _, tt := range []struct {
		settings zonefile.Settings
		fault    string // "" is none
	}{
		{zonefile.Settings{Folder: "zones"}, ""},
		{zonefile.Settings{Folder: "zones", Pattern: "db.{zone}", Serial: "date", Reload: "rndc"}, ""},
		{zonefile.Settings{Folder: "${DIR}", Pattern: "${P}", Serial: "${S}", Reload: "${R}"}, ""},
		{zonefile.Settings{}, "needs a folder"},
		{zonefile.Settings{Folder: "zones", Pattern: "db"}, "with {zone} in it once"},
		{zonefile.Settings{Folder: "zones", Pattern: "{zone}{zone}"}, "with {zone} in it once"},
		{zonefile.Settings{Folder: "zones", Pattern: "../{zone}"}, "with {zone} in it once"},
		{zonefile.Settings{Folder: "zones", Pattern: ".{zone}"}, "with {zone} in it once"},
		{zonefile.Settings{Folder: "zones", Serial: "random"}, `serial "random" is no rule`},
		{zonefile.Settings{Folder: "zones", Reload: "sh -c"}, "no other command is run"},
	} {
		err := tt.settings.Validate()
		if tt.fault == "" && err != nil || tt.fault != "" && (err == nil || !strings.Contains(err.Error(), tt.fault)) {
			t.Errorf("%+v: %v, want %q", tt.settings, err, tt.fault)
		}
	}
}

// spec returns what a zone is created with.
func spec(t *testing.T, text string) provider.Spec {
	t.Helper()
	z, err := zonefile.Source{File: "spec", Zone: "new.example.", Partial: true}.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return provider.Spec{
		SOA: z.Find(state.Key{Name: z.Name, Type: state.SOA}), NS: z.Find(state.Key{Name: z.Name, Type: state.NS}),
	}
}

const (
	newSOA = "@ 3600 SOA ns1.example.net. host.example.net. 0 7200 3600 1209600 300\n"
	newNS  = "@ 3600 NS ns1.example.net.\n@ 3600 NS ns2.example.net.\n"
)

func TestCreate(t *testing.T) {
	dir, p := folder(t)
	if _, err := p.Create(t.Context(), "example.com.", spec(t, newSOA+newNS)); !errors.Is(err, provider.ErrExists) {
		t.Errorf("Create of a zone that exists = %v", err)
	}
	for text, fault := range map[string]string{newNS: "write soa:", newSOA: "NS records at its apex"} {
		if _, err := p.Create(t.Context(), "new.example.", spec(t, text)); err == nil || !strings.Contains(err.Error(), fault) {
			t.Errorf("Create without all = %v, want %q", err, fault)
		}
	}
	if _, err := p.Create(t.Context(), "0/25.2.0.192.in-addr.arpa.", spec(t, newSOA+newNS)); err == nil || !strings.Contains(err.Error(), "name of a file") {
		t.Errorf("Create of a name with a slash = %v", err)
	}
	onlyZone(t, dir)
	z, err := p.Create(t.Context(), "new.example.", spec(t, newSOA+newNS))
	if err != nil {
		t.Fatal(err)
	}
	onlyZone(t, dir, "new.example.zone")
	text := read(t, dir, "new.example.zone")
	golden(t, "testdata/print/created.zone", text)
	checkzone(t, "new.example.", text)
	found, err := p.Zones(t.Context(), []state.Name{"new.example."})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(z.Info(), found["new.example."].Info()); diff != "" {
		t.Errorf("Info differs by how the zone was got (-created +found):\n%s", diff)
	}
}

func TestCheck(t *testing.T) {
	z := fragment(t, `
plain 300 A 192.0.2.1
both 300 TXT "x"
long 300 TXT "a" "b"
`)
	add := func(name state.Name, typ state.Type, data string, ttl state.TTL, attrs map[string]any) {
		entries := []state.Entry{{Key: state.Key{Name: name + ".example.com.", Type: typ}, Record: state.Record{Data: data, TTL: ttl, Attrs: state.MakeAttrs(attrs)}}}
		for _, set := range z.RRsets {
			for _, r := range set.Records {
				entries = append(entries, state.Entry{Key: set.Key, Record: r})
			}
		}
		z = state.NewZone(z.Name, entries)
	}
	add("plain", state.A, "192.0.2.2", 60, nil)
	add("both", state.CNAME, "plain.example.com.", 300, nil)
	add("auto", state.A, "192.0.2.3", state.TTLAuto, nil)
	add("proxy", state.A, "192.0.2.3", 300, map[string]any{"proxied": true, "comment": " why\nnot "})
	add("off", state.A, "192.0.2.3", 300, map[string]any{"disabled": true})
	add("on", state.A, "192.0.2.3", 300, map[string]any{"disabled": false})
	add("alias", state.ALIAS, "www.example.net.", 300, nil)
	add("nsec", "NSEC", "a.example.com. A", 300, nil)
	add("long", state.TXT, state.TXTData(strings.Repeat("x", 256), "y"), 300, nil)
	add("fine", state.TXT, state.TXTData(strings.Repeat("x", 3000)), 300, nil)
	stored, problems := (&zonefile.Provider{}).Check(z, nil)
	var got []string
	for _, p := range problems {
		got = append(got, p.Severity.String()+": "+p.Key.String()+": "+p.Text)
	}
	want := []string{
		"error: auto.example.com. A: a master file has no automatic TTL",
		"warning: alias.example.com. ALIAS: of the servers that load master files, only PowerDNS knows the type ALIAS; others refuse the whole zone",
		"error: both.example.com. TXT: both.example.com. has a CNAME and a record of type TXT: a CNAME allows no other data at its name",
		"error: long.example.com. TXT: one of several strings has 256 octets, at most 255 are allowed",
		"error: nsec.example.com. NSEC: records of type NSEC are made by signing a zone",
		"error: off.example.com. A: a master file can't hold the attribute disabled",
		"error: on.example.com. A: a master file can't hold the attribute disabled",
		"error: plain.example.com. A: a master file has one TTL for each RRset, and this one would have 300 and 60",
		"error: proxy.example.com. A: a master file can't hold the attribute proxied",
	}
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
	proxied := state.Key{Name: "proxy.example.com.", Type: state.A}
	if got := stored.Find(proxied).Records[0].Attrs.String("comment"); got != "why not" {
		t.Errorf("the comment is stored as %q", got)
	}
	if got := z.Find(proxied).Records[0].Attrs.String("comment"); got != " why\nnot " {
		t.Errorf("Check changed what it was given: %q", got)
	}
	_, problems = (&zonefile.Provider{Reload: zonefile.ReloadKnotc}).Check(z, nil)
	if !slices.ContainsFunc(problems, func(p state.Problem) bool {
		return p.Type == state.ALIAS && p.Severity == state.SeverityError
	}) {
		t.Error("an ALIAS for Knot is no error")
	}
}
