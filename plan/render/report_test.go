package render_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/zoneloom/zoneloom/plan"
	"github.com/zoneloom/zoneloom/plan/render"
	"github.com/zoneloom/zoneloom/state"
)

var update = flag.Bool("update", false, "rewrite the golden reports")

// hostile breaks out of whatever doesn't escape it.
const hostile = "</code></details></script><script>alert(1)</script><img src=//a.example onerror=alert(2)>```\n````` @octocat #1 ::error::x\n%0A\x1b[2J\u202e\u200b\ufeff|--&]]>\x00\xff"

func entryOf(name, typ, data string, ttl state.TTL, attrs map[string]any) state.Entry {
	return state.Entry{
		Key:    state.Key{Name: state.Name(name), Type: state.Type(typ)},
		Record: state.Record{Data: data, TTL: ttl, Attrs: state.MakeAttrs(attrs), Src: 7},
	}
}

// inputs are zones with every kind of change, with hostile text wherever anybody's
// text may stand.
func inputs() []plan.Input {
	evil := map[string]any{"comment": hostile, "tags": []string{hostile, "b"}}
	readOnly := entryOf("www.example.com.", "A", "192.0.2.7", 300, nil)
	readOnly.Kept = state.ReadOnly
	live := state.NewZone("example.com.", []state.Entry{
		entryOf("example.com.", "MX", "10 mx.example.net.", 86400, nil),
		entryOf("example.com.", "TXT", `"v=spf1 -all"`, 300, nil),
		entryOf("www.example.com.", "A", "192.0.2.1", 300, map[string]any{"proxied": true}),
		entryOf("www.example.com.", "A", "192.0.2.8", 300, map[string]any{"proxied": true}),
		entryOf("www.example.com.", "A", "203.0.113.9", 300, nil), // which is ignored
		readOnly,
		entryOf("shop.example.com.", "A", "192.0.2.2", 300, evil),
		entryOf("sub.example.com.", "TXT", `"below"`, 300, nil),
		entryOf("xn--bcher-kva.example.com.", "TXT", state.TXTData(hostile), 300, nil),
		entryOf("old.example.com.", "CNAME", "www.example.com.", 3600, nil),
	})
	want := state.NewZone("example.com.", []state.Entry{
		entryOf("example.com.", "TXT", `"v=spf1 mx -all"`, 300, nil),
		entryOf("www.example.com.", "A", "192.0.2.9", 300, map[string]any{"proxied": false}),
		entryOf("www.example.com.", "A", "192.0.2.8", 300, map[string]any{"proxied": true}),
		entryOf("shop.example.com.", "CNAME", "gone.example.com.", 300, nil),
		entryOf("sub.example.com.", "TXT", `"below"`, 300, nil),
		entryOf("sub.example.com.", "NS", "ns.example.net.", 300, nil),
		entryOf("xn--bcher-kva.example.com.", "TXT", state.TXTData("new "+hostile), 300, evil),
		entryOf("long.example.com.", "TXT", state.TXTData(strings.Repeat("k=v ", 200)), 300, nil),
	})
	all := []plan.Input{
		{
			Provider: "cf" + hostile, Target: "cloudflare:1", Live: live, Want: want,
			Rules: state.Rules{Prune: true, Ignore: []state.Pattern{{Name: "www", Data: "203.*"}}},
		},
		{
			Provider: "cf", Target: "cloudflare:account/2" + hostile, Create: true,
			Want: state.NewZone("new.example.", []state.Entry{entryOf("new.example.", "A", "192.0.2.1", 300, nil)}),
		},
	}
	for i, name := range []state.Name{"a.example.", "b.example.", "c.example."} { // the last stays as it is
		same := entryOf(string(name), "A", "192.0.2.1", 300, nil)
		other := entryOf("x."+string(name), "AAAA", "2001:db8::1", 300, nil)
		in := plan.Input{Provider: "ns", Target: "zonefile:1", Rules: state.Rules{Prune: true}}
		in.Live, in.Want = state.NewZone(name, []state.Entry{same}), state.NewZone(name, []state.Entry{same})
		switch i {
		case 0:
			in.Live = state.NewZone(name, []state.Entry{same, other})
		case 1:
			in.Want = state.NewZone(name, []state.Entry{same, other})
		}
		all = append(all, in)
	}
	return all
}

// everything is a report of every kind of change and remark.
func everything() *render.Report {
	p, _ := plan.Make(inputs())
	z := &p.Zones[0]
	z.Notices = []string{hostile}
	z.Allowed = append(z.Allowed, plan.Refusal{Zone: z.Name, Provider: z.Provider, Guard: plan.GuardWipe, Text: hostile})
	results := map[render.Place]string{}
	for i := range z.Changes {
		kinds := plan.OriginKinds()
		z.Origins = append(z.Origins, plan.Origin{Kind: kinds[i%len(kinds)]})
		results[render.Place{Zone: z.Name, Provider: z.Provider, Key: z.Changes[i].Key}] = []string{"made", "not made", "unknown", "already so"}[i%4]
	}
	return &render.Report{
		Plan: p, Config: "zoneloom.yaml", Failed: hostile, Results: results,
		Rule: func(code string) render.Rule {
			return render.Rule{Name: "rule-" + strings.ToLower(code), Text: hostile, Help: "https://example.com/" + code}
		},
		Pos: func(state.Src) (string, int) { return "zones/`a` " + hostile + ".yaml", 12 },
		Problems: []render.Problem{
			{File: "zoneloom.yaml", Line: 3, Column: 5, Severity: state.SeverityError, Code: "ZL101", Text: hostile, Hint: "look"},
			{File: "zoneloom.yaml", Line: 4, Column: 5, Severity: state.SeverityWarning, Code: "ZL203", Text: "www.example.com. is a CNAME"},
			{Severity: state.SeverityNotice, Text: "no place"},
		},
	}
}

func written(tb rapid.TB, format string, r *render.Report) string {
	tb.Helper()
	var b strings.Builder
	if err := render.Formats()[format](&b, r); err != nil {
		tb.Fatal(err)
	}
	return b.String()
}

func TestGoldenReports(t *testing.T) {
	for format := range render.Formats() {
		t.Run(format, func(t *testing.T) {
			file := filepath.Join("testdata", "report", format+".golden")
			got := written(t, format, everything())
			if *update {
				if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			for _, bad := range []string{"\u202e", "\u200b", "\ufeff", "\x1b", "\x00"} {
				if strings.Contains(got, bad) {
					t.Errorf("%q gets out", bad)
				}
			}
		})
	}
}

// drawReport draws plans of up to thousands of changes, with any text.
func drawReport(t *rapid.T) *render.Report {
	r := everything()
	text := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{hostile, "```", "", " ", "`", "- x", "</details>"}))
	var live, want []state.Entry
	size := rapid.SampledFrom([]int{0, 1, 20, 1000}).Draw(t, "size") // 400 of the last are longer than any report may be
	for range rapid.SampledFrom([]int{1, 10, 400}).Draw(t, "changes") {
		name := rapid.StringMatching(`[a-z0-9]{1,12}\.example\.com\.`).Draw(t, "name")
		e := entryOf(name, "TXT", state.TXTData(text.Draw(t, "text")+strings.Repeat("`x ", size)), 300, map[string]any{"comment": text.Draw(t, "comment")})
		if rapid.Bool().Draw(t, "live") {
			live = append(live, e)
		} else {
			want = append(want, e)
		}
	}
	r.Plan, _ = plan.Make([]plan.Input{{
		Provider: text.Draw(t, "provider"), Target: text.Draw(t, "target"), Live: state.NewZone("example.com.", live), Want: state.NewZone("example.com.", want),
		Rules: state.Rules{Prune: true},
	}})
	r.Plan.Zones[0].Notices = []string{text.Draw(t, "notice")}
	r.Failed, r.Problems[0].Text, r.Problems[1].File = text.Draw(t, "failed"), text.Draw(t, "problem"), text.Draw(t, "file")
	return r
}

// TestReports draws each plan once for all formats, for that is what takes time.
func TestReports(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := drawReport(t)
		checkMarkdown(t, r)
		checkAnnotations(t, r)
		checkGitLab(t, r)
		checkJUnit(t, r)
		checkSARIF(t, r)
		checkPage(t, r)
	})
}

// checkMarkdown: whatever the plan, a comment is short enough, and what is opened
// in it is closed; nothing but what Markdown writes itself begins a line that means
// something.
func checkMarkdown(t *rapid.T, r *render.Report) {
	s := written(t, "markdown", r)
	if len(s) > 65_280 || !utf8.ValidString(s) || !strings.HasPrefix(s, render.Marker+"\n") {
		t.Fatalf("%d octets, valid: %t", len(s), utf8.ValidString(s))
	}
	fence, open := "", 0
	for line := range strings.Lines(s) {
		line = strings.TrimSuffix(line, "\n")
		ticks := len(line) - len(strings.TrimLeft(line, "`"))
		switch {
		case fence != "" && line == fence:
			fence = ""
		case fence != "" && ticks >= len(fence):
			t.Fatalf("a fence ends early: %q", line)
		case fence != "":
			if !strings.HasPrefix(line, "@@ ") && !strings.HasPrefix(line, "+ ") && !strings.HasPrefix(line, "- ") && !strings.HasPrefix(line, "  ") {
				t.Fatalf("in a diff: %q", line)
			}
		case ticks >= 3 && strings.HasSuffix(line, "diff") && strings.Count(line, "`") == ticks:
			fence = line[:ticks]
		case strings.HasPrefix(line, "<details>"):
			open++
		case line == "</details>":
			open--
		case strings.HasPrefix(line, "<") && line != render.Marker:
			t.Fatalf("markup: %q", line)
		}
	}
	if fence != "" || open != 0 {
		t.Fatalf("a fence %q and %d sections are open at the end", fence, open)
	}
}

// TestMarkdownCounts: what isn't shown is counted.
func TestMarkdownCounts(t *testing.T) {
	var want []state.Entry
	for i := range 2000 {
		name := "n" + strings.Repeat("x", i%40) + string(rune('a'+i%26)) + string(rune('a'+i/26%26)) + string(rune('a'+i/676)) + ".example.com."
		want = append(want, entryOf(name, "TXT", state.TXTData(strings.Repeat("long ", 20)), 300, nil))
	}
	z := state.NewZone("example.com.", want)
	p := planOf(&state.Zone{Name: z.Name}, z, "p")
	s := written(t, "markdown", &render.Report{Plan: p})
	shown := strings.Count(s, "\n@@ create ")
	var left int
	for line := range strings.Lines(s) {
		if _, rest, found := strings.Cut(line, "**Not shown: "); found {
			for _, c := range rest {
				if c < '0' || c > '9' {
					break
				}
				left = left*10 + int(c-'0')
			}
		}
	}
	if shown == 0 || left == 0 || shown+left != len(p.Zones[0].Changes) {
		t.Errorf("%d shown and %d said to be left out, of %d", shown, left, len(p.Zones[0].Changes))
	}
}

// TestReportOfNoPlan: what reports on problems alone doesn't speak of a plan, nor
// take the place of its comment.
func TestReportOfNoPlan(t *testing.T) {
	r := &render.Report{Of: "lint", Problems: everything().Problems, Config: "zoneloom.yaml"}
	s := written(t, "markdown", r)
	if !strings.HasPrefix(s, "<!-- zoneloom:lint -->\n## Zoneloom lint: 1 error, 1 warning, 1 notice\n") {
		t.Errorf("markdown begins %q", s[:80])
	}
	for format := range render.Formats() {
		if format != "gitlab" && strings.Contains(written(t, format, r), "no plan") {
			t.Errorf("%s speaks of a plan", format)
		}
	}
	r.Problems = nil
	if s := written(t, "html", r); !strings.Contains(s, "<h1>Zoneloom lint: no problems</h1>") {
		t.Errorf("html: %s", s)
	}
}
