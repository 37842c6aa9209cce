package lint_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/zoneloom/zoneloom/config"
	"github.com/zoneloom/zoneloom/plan/lint"
	"github.com/zoneloom/zoneloom/state"
)

var block = regexp.MustCompile("(?s)(Wrong|Right):\n\n```yaml\n(.*?)```")

// indented puts blanks before each line.
func indented(text, by string) string {
	return by + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n"+by) + "\n"
}

// load returns the zones of an example: records of example.com, or whole zones.
func load(t *testing.T, example, defaults string) []lint.Zone {
	t.Helper()
	text := "providers: {p: {type: zonefile}}\ndefaults: {provider: p" + defaults + "}\nzones:\n"
	if strings.HasPrefix(example, "example.com:\n") {
		text += indented(example, "  ")
	} else {
		text += "  example.com:\n    records:\n" + indented(example, "      ")
	}
	c, err := config.Load(fstest.MapFS{"zoneloom.yaml": {Data: []byte(text)}}, "zoneloom.yaml")
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	var zones []lint.Zone
	for _, z := range c.Zones {
		zones = append(zones, lint.Zone{Want: z.Want("p"), Rules: z.Rules, Lint: z.Lint})
	}
	return zones
}

func codes(found []state.Problem) []string {
	var all []string
	for _, p := range found {
		all = append(all, p.Code)
	}
	return all
}

// Each rule has a page. What the page calls wrong gives the finding and no other,
// unless it is ignored; what it calls right gives none.
func TestPages(t *testing.T) {
	pages, err := filepath.Glob("../../docs/lint/ZL*.md")
	if err != nil || len(pages) != len(lint.Rules()) {
		t.Fatalf("%d pages, %d rules, %v", len(pages), len(lint.Rules()), err)
	}
	for _, rule := range lint.Rules() {
		t.Run(rule.Code, func(t *testing.T) {
			page, err := os.ReadFile("../../docs/lint/" + rule.Code + ".md")
			if err != nil {
				t.Fatal(err)
			}
			head := fmt.Sprintf("# %s: %s\n\n%s. Severity: %s.\n", rule.Code, rule.Name, rule.Summary, rule.Severity)
			if !strings.HasPrefix(string(page), head) {
				t.Errorf("the page doesn't begin with\n%s", head)
			}
			m := block.FindAllStringSubmatch(string(page), -1)
			if len(m) != 2 {
				t.Fatalf("%d examples", len(m))
			}
			wrong, right := m[0][2], m[1][2]
			found := lint.Check(load(t, wrong, ""))
			if len(found) == 0 || slices.ContainsFunc(found, func(p state.Problem) bool { return p.Code != rule.Code }) {
				t.Errorf("wrong: %v %v", codes(found), found)
			}
			for _, p := range found {
				if p.Src == 0 || p.Text == "" || p.Severity != rule.Severity {
					t.Errorf("wrong: %+v", p)
				}
			}
			if found := lint.Check(load(t, right, "")); len(found) > 0 {
				t.Errorf("right: %v", found)
			}
			if strings.HasPrefix(rule.Code, "ZL9") {
				return
			}
			if found := lint.Check(load(t, wrong, ", lint: {ignore: "+rule.Code+", reason: test}")); len(found) > 0 {
				t.Errorf("ignored: %v", found)
			}
			if found := lint.Check(load(t, wrong, ", lint: {severity: {"+rule.Code+": off}}")); len(found) > 0 {
				t.Errorf("off: %v", found)
			}
		})
	}
}

// The overview's example gives what it says, and its ignores are needed.
func TestOverviewExample(t *testing.T) {
	page, err := os.ReadFile("../../docs/lint.md")
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindSubmatch(page)
	if m == nil {
		t.Fatal("no example")
	}
	c, err := config.Load(fstest.MapFS{"zoneloom.yaml": {Data: m[1]}}, "zoneloom.yaml")
	if err != nil {
		t.Fatal(err)
	}
	z := c.Zones[0]
	in := lint.Zone{Want: z.Want("local"), Rules: z.Rules, Lint: z.Lint}
	if found := lint.Check([]lint.Zone{in}); len(found) > 0 {
		t.Errorf("found %v", found)
	}
	in.Lint = state.Lint{}
	if got := codes(lint.Check([]lint.Zone{in})); !slices.Equal(got, []string{"ZL701", "ZL101"}) {
		t.Errorf("without its ignores: %v", got)
	}
	if z.Lint.Chain != 3 || !z.Lint.Levels["ZL601"].Off || z.Lint.Levels["ZL304"].Severity != state.SeverityWarning {
		t.Errorf("settings: %+v", z.Lint)
	}
}

// Zones that nobody asked about are followed and not judged, and targets that may
// exist although nobody declares them aren't judged either.
func TestScope(t *testing.T) {
	zones := load(t, "example.com:\n  records:\n    a: {type: CNAME, value: b.example.net.}\nexample.net:\n  records:\n    c: {type: CNAME, value: d}", "")
	if got := lint.Check(zones); len(got) != 2 {
		t.Errorf("both: %v", got)
	}
	zones[1].Silent = true
	if got := lint.Check(zones); len(got) != 1 || got[0].Name != "a.example.com." {
		t.Errorf("one: %v", got)
	}
	zones[1].Rules.Ignore = []state.Pattern{{Name: "b*", Type: "A"}}
	if got := lint.Check(zones); len(got) != 0 {
		t.Errorf("with ignore: %v", got)
	}
	zones[1].Rules.Ignore = nil
	zones[1].Rules.Prune = false
	if got := lint.Check(zones); len(got) != 0 {
		t.Errorf("without prune: %v", got)
	}
}

// SPF is followed through our zones, and what it counts is a lower bound where it
// leaves them.
func TestSPFIsFollowed(t *testing.T) {
	records := `"@": {type: TXT, value: "v=spf1 include:_a.example.com include:_a.example.com -all"}
_a: {type: TXT, value: "v=spf1 a:h.example.com mx:m.example.net exists:%{i}.x.example.net ptr include:o.example.net ?all"}
h: {type: A, value: 198.41.0.4}`
	found := lint.Check(load(t, records, ""))
	i := slices.IndexFunc(found, func(p state.Problem) bool { return p.Code == "ZL403" })
	if i < 0 || !strings.Contains(found[i].Text, "at least 12 lookups") {
		t.Errorf("found %v", found)
	}
	loop := lint.Check(load(t, `"@": {type: TXT, value: "v=spf1 include:example.com -all"}`, ""))
	if got := codes(loop); !slices.Equal(got, []string{"ZL403"}) {
		t.Errorf("a loop: %v", loop)
	}
}

// The overview lists the rules as they are.
func TestOverview(t *testing.T) {
	page, err := os.ReadFile("../../docs/lint.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range lint.Rules() {
		if row := fmt.Sprintf("| [%[1]s](lint/%[1]s.md) | %[2]s | %[3]s | %[4]s |\n", r.Code, r.Name, r.Severity, r.Summary); !strings.Contains(string(page), row) {
			t.Errorf("docs/lint.md has no row\n%s", row)
		}
	}
}

// Whatever a text holds, lint says the same of it twice and doesn't panic.
func FuzzTexts(f *testing.F) {
	for _, s := range []string{"v=spf1 a/24 mx//64 include:%{d}.x -all", "v=DMARC1; p=none", "v=DKIM1; p=AA==", "v=STSv1; id=1", "v=TLSRPTv1; rua=x", "v=BIMI1; l=", "v=spf1", "v=", "="} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var entries []state.Entry
		for _, n := range []state.Name{"example.com.", "_dmarc.example.com.", "a._domainkey.example.com.", "_mta-sts.example.com.", "_smtp._tls.example.com.", "a._bimi.example.com."} {
			entries = append(entries, state.Entry{Key: state.Key{Name: n, Type: state.TXT}, Record: state.Record{Data: state.TXTData(s)}})
			for _, typ := range []state.Type{state.CNAME, state.CAA, state.MX, "TLSA", state.DS, "SSHFP", state.NS, state.A} {
				if data, err := state.ParseData(typ, s, nil); err == nil {
					entries = append(entries, state.Entry{Key: state.Key{Name: n, Type: typ}, Record: state.Record{Data: data}})
				}
			}
		}
		zones := []lint.Zone{{Want: state.NewZone("example.com.", entries), Rules: state.Rules{Prune: true}}}
		if one, two := lint.Check(zones), lint.Check(zones); !slices.Equal(one, two) {
			t.Errorf("%v\n%v", one, two)
		}
	})
}

// A zone costs the same for each record, however many there are: also where each
// is a step of one chain.
func BenchmarkCheck(b *testing.B) {
	for _, typ := range []state.Type{state.A, state.CNAME} {
		for _, n := range []int{10_000, 100_000} {
			b.Run(fmt.Sprintf("%s/%d", typ, n), func(b *testing.B) {
				entries := make([]state.Entry, n)
				for i := range entries {
					data := fmt.Sprintf("198.41.%d.%d", i/256%256, i%256)
					if typ == state.CNAME {
						data = fmt.Sprintf("host-%d.example.com.", i+1)
					}
					name := state.Name(fmt.Sprintf("host-%d.example.com.", i))
					entries[i] = state.Entry{Key: state.Key{Name: name, Type: typ}, Record: state.Record{Data: data, TTL: 300}}
				}
				zones := []lint.Zone{{Want: state.NewZone("example.com.", entries), Rules: state.Rules{Prune: true}}}
				for b.Loop() {
					lint.Check(zones)
				}
			})
		}
	}
}
