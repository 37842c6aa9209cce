package zonefile_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/miekg/dns"
	"pgregory.net/rapid"

	"github.com/zoneloom/zoneloom/plan"
	"github.com/zoneloom/zoneloom/provider/zonefile"
	"github.com/zoneloom/zoneloom/state"
)

// untidy draws a master file as people leave them: owners, TTLs and classes
// stated or not, origins that change, records in parentheses, comments.
func untidy(t *rapid.T) string {
	var b strings.Builder
	pick := func(label string, of ...string) string { return rapid.SampledFrom(of).Draw(t, label) }
	b.WriteString(pick("soa", "@ 300", "$TTL 1h\n@ IN", "$TTL 60\nexample.com. 5m IN") + " SOA ns1.example.net. host.example.net. (\n 7 ; serial\n 2 3 4 900 )\n NS ns1.example.net.\n")
	for range rapid.IntRange(0, 25).Draw(t, "lines") {
		switch pick("line", "record", "record", "record", "record", "record", "record", "directive", "comment") {
		case "comment":
			b.WriteString(pick("remark", "; words\n", "\n", "   ; ( \"\n"))
			continue
		case "directive":
			b.WriteString(pick("directive", "$TTL 60\n", "$ORIGIN sub.example.com.\n", "$ORIGIN example.com.\n", "$ORIGIN www\n", "$TTL 2h ; two hours\n"))
			continue
		}
		b.WriteString(pick("owner", " ", "\t", "        ", "www ", "a.b  ", "mail\t", "@ ", "*.w ", "www.example.com. "))
		b.WriteString(pick("ttl", "", "", "60 ", "IN ", "in 1d ", "300 IN "))
		b.WriteString(pick("data", "A 192.0.2.1", "A 192.0.2.2", "A\t192.0.2.3", "MX 10 mail", "MX ( 20\n mail2 ) ", "TXT \"a;b\" c", "TXT ( \"one\" ; part\n  \"two\" )", `TYPE65280 \# 2 0aff`))
		b.WriteString(pick("end", "\n", "\n", " ; why\n", ";tight\n", "  ;\n"))
	}
	return strings.TrimSuffix(b.String(), pick("last", "", "\n"))
}

// wanted draws what z shall become.
func wanted(t *rapid.T, z *state.Zone) *state.Zone {
	var entries []state.Entry
	ttl := func(label string) state.TTL {
		return rapid.SampledFrom([]state.TTL{60, 300, 3600, 7200}).Draw(t, label)
	}
	comment := func() state.Attrs {
		return rapid.SampledFrom([]state.Attrs{
			{}, state.MakeAttrs(map[string]any{"comment": ""}), state.MakeAttrs(map[string]any{"comment": "new; words"}),
		}).Draw(t, "comment")
	}
	for _, set := range z.RRsets {
		fate := rapid.SampledFrom([]string{"stay", "stay", "go", "ttl", "fewer", "more"}).Draw(t, "fate")
		if set.Type == state.SOA || set.Type == state.NS {
			fate = "stay"
		}
		if fate == "go" {
			continue
		}
		to := ttl("ttl")
		for i, r := range set.Records {
			if fate == "fewer" && i == 0 {
				continue
			}
			if fate == "ttl" {
				r.TTL, r.Attrs = to, comment()
			}
			entries = append(entries, state.Entry{Key: set.Key, Record: r})
		}
		if fate == "more" && set.Type == state.A {
			entries = append(entries, state.Entry{Key: set.Key, Record: state.Record{Data: "192.0.2.99", TTL: set.Records[0].TTL, Attrs: comment()}})
		}
	}
	for _, name := range []state.Name{"aaa.example.com.", "www.sub.example.com.", "zzz.example.com."} {
		k := state.Key{Name: name, Type: state.AAAA}
		if rapid.Bool().Draw(t, "new") {
			entries = append(entries, state.Entry{Key: k, Record: state.Record{Data: "2001:db8::1", TTL: ttl("new ttl"), Attrs: comment()}})
		}
	}
	return state.NewZone(z.Name, entries)
}

// Whatever a file looks like, what is wanted of it can be written, and another
// program's parser reads it so.
func TestEditLaw(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(rt *rapid.T) {
		text := untidy(rt)
		if err := os.WriteFile(filepath.Join(dir, "example.com.zone"), []byte(text), 0o600); err != nil {
			rt.Fatal(err)
		}
		z := open(t, &zonefile.Provider{Folder: dir})
		snap, err := z.Read(t.Context())
		if err != nil {
			rt.Fatalf("%v in\n%s", err, text)
		}
		want := wanted(rt, snap.Zone)
		rules := state.Rules{Prune: true, ApexNS: state.ApexNSExact}
		p, problems := plan.Make([]plan.Input{{Provider: "files", Want: want, Live: snap.Zone, Rules: rules}})
		if len(problems) > 0 {
			rt.Fatalf("plan: %+v", problems)
		}
		if err := z.Write(t.Context(), snap, p.Zones[0].Changes, &silent{}); err != nil {
			rt.Fatalf("%v\nof\n%s", err, text)
		}
		after := read(t, dir, "example.com.zone")
		again, err := z.Read(t.Context())
		if err != nil {
			rt.Fatalf("%v in\n%s", err, after)
		}
		p, _ = plan.Make([]plan.Input{{Provider: "files", Want: want, Live: again.Zone, Rules: rules}})
		if len(p.Zones[0].Changes) > 0 {
			rt.Fatalf("after the write the plan has %v", p.Zones[0].Changes)
		}
		if diff := cmp.Diff(listing(again.Zone), byLibrary(rt, after)); diff != "" {
			rt.Fatalf("another parser reads the file differently (-here +there):\n%s\nof\n%s", diff, after)
		}
	})
}

// byLibrary lists the records that miekg's parser finds. It doesn't know that an
// RRset has one TTL, nor that a record may stand there twice. An edit gives all
// lines of a set that it touches the same TTL, and leaves others to BIND's rule.
func byLibrary(t *rapid.T, text string) []string {
	parser := dns.NewZoneParser(strings.NewReader(text+"\n"), "example.com.", "")
	type run struct {
		ttl    uint32
		number int
	}
	ttls, runs, owner := map[string]run{}, 0, ""
	var records [][3]string
	for rr, ok := parser.Next(); ok; rr, ok = parser.Next() {
		h := rr.Header()
		name, err := state.ParseName(h.Name, "")
		if err != nil {
			t.Fatal(err)
		}
		typ, err := state.ParseType(dns.Type(h.Rrtype).String())
		if err != nil {
			t.Fatal(err)
		}
		data, err := state.ParseData(typ, strings.SplitN(rr.String(), "\t", 5)[4], nil)
		if err != nil {
			t.Fatal(err)
		}
		if string(name) != owner {
			runs, owner = runs+1, string(name)
		}
		key := string(name) + string(typ)
		if was, known := ttls[key]; !known || was.number != runs {
			ttls[key] = run{h.Ttl, runs}
		}
		records = append(records, [3]string{string(name), string(typ), data})
	}
	if err := parser.Err(); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	var lines []string
	for _, r := range records {
		lines = append(lines, fmt.Sprintf("%s %d %s %s", r[0], ttls[r[0]+r[1]].ttl, r[1], r[2]))
	}
	slices.Sort(lines)
	return slices.Compact(lines)
}
