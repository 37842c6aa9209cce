package config_test

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/zoneloom/zoneloom/config"
	"github.com/zoneloom/zoneloom/state"
)

var cloudflareSettings = config.WriteOptions{
	Provider: "cloudflare",
	Settings: []string{"type: cloudflare", "token: ${CLOUDFLARE_API_TOKEN}"},
}

// write returns the YAML for zones, which is as Format would have it.
func write(t interface{ Fatal(...any) }, zones ...*state.Zone) string {
	var b bytes.Buffer
	if err := config.Write(&b, cloudflareSettings, zones); err != nil {
		t.Fatal(err)
	}
	if out, err := config.Format("written.yaml", b.Bytes()); err != nil || !bytes.Equal(out, b.Bytes()) {
		t.Fatal("what is written isn't formatted:", err, cmp.Diff(b.String(), string(out)))
	}
	return b.String()
}

// loadText loads a configuration of one file.
func loadText(t interface{ Fatalf(string, ...any) }, text string) *config.Config {
	c, err := config.Load(fstest.MapFS{"zoneloom.yaml": {Data: []byte(text)}}, "zoneloom.yaml")
	if err != nil {
		t.Fatalf("Load = %v of:\n%s", err, text)
	}
	return c
}

// listZone lists a zone with all that Load can tell.
func listZone(z *state.Zone) string {
	var b strings.Builder
	fmt.Fprintf(&b, "zone %s\n", z.Name)
	for _, set := range z.RRsets {
		for _, r := range set.Records {
			if f := strings.Fields(r.Data); set.Type == state.SOA {
				f[2] = "serial" // the server's
				r.Data = strings.Join(f, " ")
			}
			fmt.Fprintf(&b, "%s %s %s %s %v\n", set.Name, r.TTL, set.Type, r.Data, r.Attrs.Map())
		}
	}
	return b.String()
}

// checkRoundTrip checks that Load reads what Write wrote.
func checkRoundTrip(t interface {
	Fatal(...any)
	Fatalf(string, ...any)
}, zones ...*state.Zone,
) {
	text := write(t, zones...)
	if again := write(t, zones...); again != text {
		t.Fatalf("two results:\n%s\n%s", text, again)
	}
	c := loadText(t, text)
	if len(c.Notices) > 0 {
		t.Fatalf("remarks: %s\nabout:\n%s", c.Notices, text)
	}
	if len(c.Zones) != len(zones) {
		t.Fatalf("%d zones, want %d, in:\n%s", len(c.Zones), len(zones), text)
	}
	for _, z := range c.Zones {
		i := slices.IndexFunc(zones, func(w *state.Zone) bool { return w.Name == z.Name })
		if i < 0 {
			t.Fatalf("there is a zone %s in:\n%s", z.Name, text)
		}
		if diff := cmp.Diff(listZone(zones[i]), listZone(z.Want("cloudflare"))); diff != "" {
			t.Fatalf("%s (-want +got):\n%s\nin:\n%s", z.Name, diff, text)
		}
	}
}

// zoneOf makes a zone of records written as "name ttl type data".
func zoneOf(t *testing.T, name state.Name, records ...string) *state.Zone {
	t.Helper()
	var entries []state.Entry
	for _, line := range records {
		f := strings.SplitN(line, " ", 4)
		owner, err := state.ParseName(f[0], name)
		if err != nil {
			t.Fatal(err)
		}
		ttl, err := state.ParseTTL(f[1])
		if err != nil {
			t.Fatal(err)
		}
		data, err := state.ParseData(state.Type(f[2]), f[3], nil)
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		entries = append(entries, state.Entry{
			Key:    state.Key{Name: owner, Type: state.Type(f[2])},
			Record: state.Record{Data: data, TTL: ttl},
		})
	}
	return state.NewZone(name, entries)
}

// with sets attributes of all records of a key.
func with(t *testing.T, z *state.Zone, owner string, typ state.Type, attrs map[string]any) {
	t.Helper()
	name, err := state.ParseName(owner, z.Name)
	if err != nil {
		t.Fatal(err)
	}
	set := z.Find(state.Key{Name: name, Type: typ})
	for i := range set.Records {
		set.Records[i].Attrs = state.MakeAttrs(attrs)
	}
}

// What is written reads well: this is what people keep in git from then on.
func TestWriteLayout(t *testing.T) {
	z := zoneOf(t, "example.com.",
		"@ auto A 192.0.2.1", "@ auto A 192.0.2.2",
		"@ 3600 MX 10 mx2.example.com.", "@ 3600 MX 5 mx1.example.com.",
		`@ 3600 TXT "v=spf1 include:_spf.example.net -all"`,
		"@ 3600 NS ns1.example.net.", "@ 3600 NS ns2.example.org.",
		"@ 3600 SOA ns1.example.net. hostmaster.example.com. 1 2 3 4 5",
		"www auto CNAME example.com.",
		"mixed 60 A 192.0.2.1", "mixed 60 A 192.0.2.2", "mixed 300 A 192.0.2.3",
		"half 3600 A 192.0.2.1", "half auto A 192.0.2.2",
		"xn--bcher-kva 3600 A 192.0.2.1",
		"10 3600 PTR host.example.com.", "no 3600 A 192.0.2.1", "*.wild 3600 A 192.0.2.1",
		"www.example.com 3600 A 192.0.2.1",
		`key._domainkey 3600 TXT "v=DKIM1; k=rsa; p=`+strings.Repeat("MIIBIjANBgkqhkiG9w0B", 8)+`"`,
		`odd 3600 TXT "\"quoted\""`, `odd 3600 TXT "two" "strings"`, `odd 3600 TXT "a\\;b"`, `odd 3600 TXT "say \"hi\""`,
		`odd 3600 TXT "line\010break \000"`, `odd 3600 TXT "\255"`, `odd 3600 TXT "no"`, `odd 3600 TXT ""`,
		`opaque 3600 TYPE65280 \# 2 0aff`,
		"ns 3600 NS 192.0.2.1.", "kept 3600 TXT kept", "ignored 3600 A 192.0.2.1",
	)
	with(t, z, "@", "A", map[string]any{"proxied": true})
	with(t, z, "www", "CNAME", map[string]any{"proxied": true, "comment": "owned by web: ask #web", "tags": []string{"env:prod", "no"}})
	with(t, z, "10", "PTR", map[string]any{"settings.flatten_cname": true, "settings.number": 1.5, "settings.text": "1.5", "private_routing": true})
	half := z.Find(state.Key{Name: "half.example.com.", Type: "A"})
	half.Records[1].Attrs = state.MakeAttrs(map[string]any{"proxied": true})
	mixed := z.Find(state.Key{Name: "mixed.example.com.", Type: "A"})
	for i := range mixed.Records {
		mixed.Records[i].Attrs = state.MakeAttrs(map[string]any{"comment": "shared", "tags": []string{fmt.Sprint("n:", i/2)}})
	}
	z.Find(state.Key{Name: "kept.example.com.", Type: "TXT"}).Records[0].Kept = state.ReadOnly
	z.Find(state.Key{Name: "ignored.example.com.", Type: "A"}).Records[0].Kept = state.Ignored

	o := cloudflareSettings
	o.OwnNS = func(state.Name) []state.Name { return []state.Name{"ns1.example.net."} }
	var b bytes.Buffer
	if err := config.Write(&b, o, []*state.Zone{z, state.NewZone("b.example.", nil), state.NewZone("xn--bcher-kva.example.", nil)}); err != nil {
		t.Fatal(err)
	}
	golden(t, filepath.FromSlash("../testdata/config/octodns/write.yaml"), b.String())
	loadText(t, b.String())
}

// The 763 records of a real zone come back as they were.
func TestWriteRealZone(t *testing.T) {
	var entries []state.Entry
	for _, r := range apiRecords(t, filepath.FromSlash("../testdata/is-a-dev-sample/is-a.dev.sample.jsonl")) {
		e := state.Entry{Key: state.Key{Name: state.Name(strings.ToLower(r.Name) + "."), Type: state.Type(r.Type)}}
		e.Data, e.TTL = r.data(t), state.TTL(r.TTL)
		if r.TTL == 1 {
			e.TTL = state.TTLAuto
		}
		if r.Proxied {
			e.Attrs = state.MakeAttrs(map[string]any{"proxied": true})
		}
		entries = append(entries, e)
	}
	if len(entries) != 763 {
		t.Fatalf("%d records", len(entries))
	}
	checkRoundTrip(t, state.NewZone("is-a.dev.", entries))
}

// Each record that BIND reads from its zone files is written as YAML from which
// the same record is read.
func TestWriteBIND(t *testing.T) {
	files, err := filepath.Glob(filepath.FromSlash("../testdata/bind/expected/*.txt"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no zones: %v", err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		zone := state.Name(strings.TrimSuffix(filepath.Base(file), ".txt") + ".")
		var all []string
		for line := range strings.Lines(string(data)) {
			f := strings.SplitN(strings.TrimSpace(line), " ", 5)
			all = append(all, strings.Join([]string{f[0], f[1], f[3], f[4]}, " "))
			checkRoundTrip(t, zoneOf(t, zone, all[len(all)-1]))
		}
		checkRoundTrip(t, zoneOf(t, zone, all...))
	}
}

// samples are RDATA of types whose syntax differs.
var samples = map[state.Type][]string{
	"AAAA": {"2001:db8::1", "::", "::ffff:192.0.2.1"},
	"CAA":  {`0 issue "letsencrypt.org"`, `128 iodef "mailto:a@example.net; x=\"y\""`},
	"DS":   {"60485 13 2 d4b7d520e7bb5f0f67674a0c"},
	"HTTPS": {
		`1 . alpn="h3,h2"`,
		`2 www.example.net. port="8443" key65333="a\"b\\c;d"`,
	},
	"LOC":   {"52 22 23.000 N 4 53 32.000 E -2.00m 1.00m 10000.00m 10.00m"},
	"MX":    {"10 mx.example.com.", "0 .", "10 192.0.2.1.", `10 a\.b.example.com.`},
	"NAPTR": {`100 10 "u" "E2U+sip" "!^(.*)$!sip:\\1@example.net!" .`},
	"NS":    {"ns1.example.net.", "192.0.2.1.", "http://x.", `\@.example.com.`},
	"RP":    {"192.0.2.1. 192.0.2.1."},
	"SPF":   {`"v=spf1 -all"`},
	"SRV":   {"10 60 5060 sip.example.com."},
	"URI":   {`10 1 "https://www.example.com/?a=b;c"`},
}

// A zone of any names, types, texts and attributes comes back from its YAML as
// it was.
func TestWriteRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		zone := drawName(t, "example.com.", "zone")
		entries := map[string]state.Entry{}
		for range rapid.IntRange(0, 12).Draw(t, "records") {
			e := drawEntry(t, zone)
			entries[fmt.Sprint(e.Key, e.Data)] = e
		}
		var list []state.Entry
		for _, e := range entries {
			list = append(list, e)
		}
		checkRoundTrip(t, state.NewZone(zone, list))
	})
}

func drawName(t *rapid.T, origin state.Name, label string) state.Name {
	text := rapid.OneOf(
		rapid.SampledFrom([]string{
			"@", "*", "*.a", "_dmarc", "1.10", "no", "~", "null", "<<", "www.example.com", "bücher", "xn--bcher-kva", "straße.de",
			"0x10", "2024-01-01", "1e3", `a\.b`, `a\032b`, `\@`, `\000\255`, "0/25", "a:b", "#x", "- x", "é.www", "r3---x", `a\\`,
			strings.Repeat("a", 63), strings.Repeat(`\001`, 60) + "." + strings.Repeat(`\002`, 60) + "." + strings.Repeat(`\003`, 60),
		}),
		rapid.StringMatching(`[a-zA-Z0-9_*-]{1,9}(\.[a-z0-9]{1,5}){0,3}`),
		rapid.String(),
	).Draw(t, label)
	n, err := state.ParseName(text, origin)
	if err != nil || n == "." {
		return origin
	}
	return n
}

func drawEntry(t *rapid.T, zone state.Name) state.Entry {
	name := drawName(t, zone, "name")
	if !name.IsIn(zone) {
		name = zone
	}
	e := state.Entry{Key: state.Key{Name: name}}
	e.TTL = rapid.SampledFrom([]state.TTL{0, 1, 60, 300, 300, 3600, state.TTLAuto, 1<<31 - 1}).Draw(t, "ttl")
	attrs := map[string]any{}
	switch rapid.IntRange(0, 3).Draw(t, "kind") {
	case 0:
		e.Type = state.A
		e.Data = fmt.Sprint("192.0.2.", rapid.IntRange(0, 9).Draw(t, "address"))
		if rapid.Bool().Draw(t, "proxied") {
			attrs["proxied"], e.TTL = true, state.TTLAuto
		}
	case 1:
		e.Type = state.TXT
		e.Data = drawText(t)
	case 2:
		e.Type = "TYPE65280"
		octets := rapid.SliceOfN(rapid.Byte(), 0, 20).Draw(t, "octets")
		e.Data = strings.TrimSpace(fmt.Sprintf(`\# %d %x`, len(octets), octets))
	case 3:
		types := slices.Sorted(func(yield func(state.Type) bool) {
			for k := range samples {
				if !yield(k) {
					return
				}
			}
		})
		e.Type = rapid.SampledFrom(types).Draw(t, "type")
		e.Data = rapid.SampledFrom(samples[e.Type]).Draw(t, "data")
	}
	data, err := state.ParseData(e.Type, e.Data, nil)
	if err != nil {
		t.Fatalf("%s %s: %v", e.Type, e.Data, err)
	}
	e.Data = data
	text := rapid.SampledFrom([]string{"", "owned by web", "no", "1", "a: b # c", "it's \"x\"\n\ttabs \u0085\u2028 \U0001f600 \ufeff", `\`})
	for _, k := range []string{"comment", "settings.text"} {
		if rapid.IntRange(0, 2).Draw(t, k) == 0 {
			attrs[k] = text.Draw(t, k)
		}
	}
	if rapid.IntRange(0, 2).Draw(t, "more") == 0 {
		attrs["tags"] = rapid.SampledFrom([][]string{{}, {"a"}, {"a", "no"}}).Draw(t, "tags")
		attrs["settings.number"] = rapid.Float64().Draw(t, "number")
		attrs["settings.1"] = rapid.Bool().Draw(t, "truth")
		attrs["private_routing"] = rapid.Bool().Draw(t, "private")
		attrs["disabled"] = rapid.Bool().Draw(t, "disabled")
	}
	e.Attrs = state.MakeAttrs(attrs)
	return e
}

func drawText(t *rapid.T) string {
	text := rapid.OneOf(
		rapid.SampledFrom([]string{
			"", " ", `"`, `""`, `"a"`, `a"`, `\;`, `a\`, "no", "1.10", "a\nb\n", "\n", "\x00", "\xff", "- a", "{a: b}", "# x", "a: b", "a #b",
			"\ufeff", "\ufffd", "\u2028", "|", ">", "&a", "*a", "!a", "%a", "@a", "`a", "'a'", "~", "null", "---", "...", "? a", "<<",
			strings.Repeat("0123456789", 6500), strings.Repeat("\xfe", 65000),
		}),
		rapid.String(),
		rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 300), func(b []byte) string { return string(b) }),
	)
	if rapid.IntRange(0, 3).Draw(t, "strings") > 0 {
		return state.TXTData(text.Draw(t, "text"))
	}
	first := text.Draw(t, "first")
	if len(first) > 300 {
		first = first[:300]
	}
	return state.TXTData(first, "second")
}

// A comment that a service keeps for an RRset as a whole stands beside the type,
// once, and is that of each record when it is read.
func TestWriteSetComment(t *testing.T) {
	z := zoneOf(t, "example.com.", "@ 300 A 192.0.2.1", "@ 300 A 192.0.2.2", "mail 300 A 192.0.2.25", "@ 300 MX 10 mail.example.com.")
	const text = "first line\nsecond: line"
	a := z.Find(state.Key{Name: "example.com.", Type: state.A})
	a.Attrs = state.MakeAttrs(map[string]any{"comment": text})
	a.Records[1].Attrs = state.MakeAttrs(map[string]any{"disabled": true})
	z.Find(state.Key{Name: "mail.example.com.", Type: state.A}).Attrs = state.MakeAttrs(map[string]any{"comment": "one value"})

	yaml := write(t, z)
	for _, line := range []string{
		`- {type: A, values: [192.0.2.1, {value: 192.0.2.2, disabled: true}], comment: "first line\nsecond: line"}`,
		`mail: {type: A, value: 192.0.2.25, comment: "one value"}`,
	} {
		if !strings.Contains(yaml, line) {
			t.Errorf("there is no line %s in:\n%s", line, yaml)
		}
	}
	// What is read has it with each record.
	with(t, z, "mail", state.A, map[string]any{"comment": "one value"})
	with(t, z, "@", state.A, map[string]any{"comment": text})
	a.Records[1].Attrs = a.Records[1].Attrs.With("disabled", true)
	if diff := cmp.Diff(listZone(z), listZone(loadText(t, yaml).Zones[0].Want("cloudflare"))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Attributes of an RRset that no YAML can say are an error, never left out.
func TestWriteSetAttributes(t *testing.T) {
	for _, tt := range []struct {
		name        string
		set, record map[string]any
		want        string
	}{
		{"another than a comment", map[string]any{"weight": 1}, nil, "the attribute weight of a set of records"},
		{"a comment beside another", map[string]any{"comment": "a"}, map[string]any{"comment": "b"}, "beside another of the record 192.0.2.1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			z := zoneOf(t, "example.com.", "@ 300 A 192.0.2.1")
			z.RRsets[0].Attrs = state.MakeAttrs(tt.set)
			z.RRsets[0].Records[0].Attrs = state.MakeAttrs(tt.record)
			if err := config.Write(io.Discard, cloudflareSettings, []*state.Zone{z}); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Write = %v, want %q", err, tt.want)
			}
		})
	}
}
