package policy_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/zoneloom/zoneloom/plan"
	"github.com/zoneloom/zoneloom/plan/policy"
	"github.com/zoneloom/zoneloom/state"
)

// today is a Wednesday.
var today = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

// entries reads lines such as "www 300 A 192.0.2.1" of example.com.
func entries(tb testing.TB, lines ...string) []state.Entry {
	tb.Helper()
	var all []state.Entry
	for i, line := range lines {
		f := strings.SplitN(line, " ", 4)
		name, err := state.ParseName(f[0], "example.com.")
		if err != nil {
			tb.Fatal(err)
		}
		ttl, err := state.ParseTTL(f[1])
		if err != nil {
			tb.Fatal(err)
		}
		data, err := state.ParseData(state.Type(f[2]), f[3], func(s string) (state.Name, error) { return state.ParseName(s, "example.com.") })
		if err != nil {
			tb.Fatal(err)
		}
		all = append(all, state.Entry{Key: state.Key{Name: name, Type: state.Type(f[2])}, Record: state.Record{Data: data, TTL: ttl, Src: state.Src(i + 1)}})
	}
	return all
}

// planOf plans example.com from what is live to what is wanted.
func planOf(tb testing.TB, live, want []string) *plan.Plan {
	tb.Helper()
	p, problems := plan.Make([]plan.Input{{
		Provider: "local", Target: "fake:1",
		Live: state.NewZone("example.com.", entries(tb, live...)), Want: state.NewZone("example.com.", entries(tb, want...)),
		Rules: state.Rules{Prune: true},
	}})
	if len(problems) > 0 {
		tb.Fatal(problems)
	}
	return p
}

func compiled(tb testing.TB, policies ...state.Policy) *policy.Set {
	tb.Helper()
	set, faults := policy.Compile(policies)
	for _, f := range faults {
		tb.Errorf("%s: %s", f.Policy, f.Text)
	}
	if len(faults) > 0 {
		tb.FailNow()
	}
	return set
}

// objects reports whether an expression objects to p.
func objects(tb testing.TB, when string, p *plan.Plan, who policy.Run) bool {
	tb.Helper()
	set := compiled(tb, state.Policy{Name: "x", When: when, Message: "no", Level: state.PolicyDeny})
	refusals, _ := set.Judge(tb.Context(), p, who)
	for _, r := range refusals {
		if strings.Contains(r.Text, "can't be evaluated") {
			tb.Errorf("%s: %s", when, r.Text)
		}
	}
	return len(refusals) > 0
}

func TestEnvironment(t *testing.T) {
	p := planOf(t,
		[]string{"www 300 A 192.0.2.1", "mail 300 MX 10 a.example.net.", "txt auto TXT \"a\" \"b\"", "old 7200 CNAME www"},
		[]string{"www 60 A 192.0.2.1", "www 60 A 192.0.2.2", "txt auto TXT \"abc\"", "new 300 CAA 0 issue \"ca.example.net\""})
	who := policy.Run{Command: "apply", Approvers: []string{"dns-team", "bob"}, Actor: "alice", Branch: "main", Commit: "abc", Base: "origin/main", Now: today}
	for _, when := range []string{
		`change.action == "delete" && change.type == "MX" && change.name == "mail.example.com." && change.relative == "mail"`,
		`change.action == "create" && change.type == "CAA" && change.before.records.size() == 0`,
		`change.action == "update" && change.type == "A" && change.ttl == 60 && change.before.records[0].ttl == 300`,
		`change.added.exists(r, r.data == "192.0.2.2") && change.removed.size() == 0 && change.after.records.size() == 2`,
		`change.removed.exists(r, r.text == "ab" && r.data == "\"a\" \"b\"" && r.auto_ttl && r.ttl == 300)`,
		`change.zone == "example.com." && change.provider == "local" && change.risk.level in ["high", "critical"] && change.risk.reasons.size() > 0`,
		`change.type == "CNAME" && change.ttl == 7200`,
		`change.type == "A" && change.after.records.exists(r, cidr("192.0.2.0/24").containsIP(r.data)) && !change.after.records[0].proxied`,
		`zone.name == "example.com." && zone.provider == "local" && zone.read == 4 && zone.create == 1 && zone.update == 2 && zone.delete == 2 && !zone.create_zone`,
		`plan.zones == 1 && plan.create == 1 && plan.update == 2 && plan.delete == 2`,
		`run.command == "apply" && "dns-team" in run.approvers && run.actor == "alice" && run.branch == "main" && run.commit == "abc" && run.base == "origin/main"`,
		`run.now.getDayOfWeek() == 3 && run.now.getHours("Europe/Berlin") == 13 && run.now < timestamp("2026-12-01T00:00:00Z")`,
		`run.actor.upperAscii() == "ALICE" && sets.intersects(run.approvers, ["dns-team"]) && run.actor.matches("^a.*e$")`,
	} {
		if !objects(t, when, p, who) {
			t.Errorf("%s doesn't object", when)
		}
	}
	for _, when := range []string{
		`change.type == "NS"`, `change.ttl > 7200`, `zone.delete > 2`, `run.command == "plan"`, `"ops" in run.approvers`,
		`run.now.getDayOfWeek() == 5`, `change.after.records.exists(r, r.proxied || r.comment != "" || r.tags.size() > 0 || "x" in r.attrs)`,
	} {
		if objects(t, when, p, who) {
			t.Errorf("%s objects", when)
		}
	}
}

func TestAttributesInTheEnvironment(t *testing.T) {
	attrs := state.MakeAttrs(map[string]any{"proxied": true, "comment": "owned by web", "tags": []string{"team:web"}, "settings.flatten_cname": true})
	e := entries(t, "www auto CNAME a.example.net.")
	e[0].Attrs = attrs
	p, _ := plan.Make([]plan.Input{{Provider: "local", Want: state.NewZone("example.com.", e), Create: true}})
	for _, when := range []string{
		`change.after.records.all(r, r.proxied && r.comment == "owned by web" && r.tags.exists(t, t.startsWith("team:")))`,
		`change.after.records[0].attrs["settings.flatten_cname"] == true && change.after.records[0].attrs.comment == "owned by web"`,
		`zone.create_zone`,
	} {
		if !objects(t, when, p, policy.Run{Now: today}) {
			t.Errorf("%s doesn't object", when)
		}
	}
}

func TestFaults(t *testing.T) {
	for _, tt := range []struct {
		when string
		char int
		text string // and word or hint
	}{
		{`change.typ == "MX"`, 7, `there is no field "typ" here; typ of [action name relative type zone provider ttl before after added removed risk]`},
		{`change.before.recrds.size() > 0`, 14, `there is no field "recrds" here; recrds of [records attrs]`},
		{`change.after.records.exists(r, r.dat == "")`, 33, `there is no field "dat" here; dat of [action `},
		{"change.type == \"MX\" &&\n  'é' != '' && change.nme == \"x\"", 45, `there is no field "nme"`},
		{`chang.type == "MX"`, 0, `there is no variable "chang"; chang of [change plan run zone]; there are change, plan, run, zone; a text needs quotes`},
		{`approvers.size() > 1`, 0, `there is no variable "approvers"; approvers of [change plan run zone]; did you mean run.approvers?`},
		{`change.type = "MX"`, 12, `"=" can't stand here; write == to compare`},
		{`change.type == "MX" and true`, 20, `"and" can't stand here; write &&`},
		{`change.type.startWith("M")`, 12, `there is no function "startWith"; startWith of [`},
		{`change.ttl == "x"`, 11, `== doesn't go with (int, string)`},
		{`change.type ==`, 14, `the expression ends too early`},
		{`change.type == "MX" andalso true`, 20, `"andalso" can't stand here`},
		{`change.type == "MX`, 15, `can't stand here`},
		{``, 0, `the expression ends too early`},
		{`change.type`, 0, `the expression must be true or false, and it is of type string`},
		{`change.after.records[0].attrs.x`, 0, `it is of type dyn`},
		{`change.name.matches("(")`, 20, `what matches is given isn't valid`},
		{`change.name.matches("(a{500}){500}")`, 20, `what matches is given isn't valid`},
		{`run.now < timestamp("soon")`, 20, `what timestamp is given isn't valid`},
		{`cidr("192.0.2.0/33").containsIP("192.0.2.1")`, 5, `invalid cidr argument`},
		{`change.action == "remove"`, 17, `it is never "remove"; remove of [create update delete]`},
		{`"mx" == change.type`, 0, `it is never "mx"; write "MX"`},
		{`change.type in ["A", "AAA"]`, 21, `AAA`},
		{`change.zone == "example.com"`, 15, `it is never "example.com"; write "example.com."`},
		{`zone.name != "Example.com."`, 13, `it is never "Example.com."; write "example.com."`},
		{`change.name == ""`, 15, `"" is not a name`},
		{`change.name.endsWith(".lab")`, 21, `no name ends with ".lab": it ends with a dot; write ".lab."`},
		{`change.relative == "www.example.com."`, 19, `it is never "www.example.com.": it is relative to the zone; compare change.name`},
		{`change.relative == ""`, 19, `it is never ""; write "@"`},
		{`change.relative in ["WWW"]`, 20, `it is never "WWW"; write "www"`},
		{`change.added.exists(r, r.data.endsWith(".example.com"))`, 39, `no name ends with ".example.com": it ends with a dot; write ".example.com."`},
		{`change.added.exists(r, r.data == "www.example.com")`, 33, `it is never "www.example.com": a name ends with a dot; write "www.example.com."`},
		{`change.risk.level == "severe"`, 21, `it is never "severe"; severe of [low medium high critical]`},
		{`run.command == "aply"`, 15, `it is never "aply"; aply of [plan apply undo restore]`},
		{`run.now.getHours("Europe/Berln") > 3`, 17, `there is no time zone "Europe/Berln"`},
		{strings.Repeat("(", 200) + "true" + strings.Repeat(")", 200), 0, `nested too deeply`},
		{`"` + strings.Repeat("x", 4100) + `" == ""`, 0, `the expression is longer than 4096 characters`},
		{`change.after.records.all(a, change.after.records.all(b, change.after.records.all(c, a.data + b.data == c.data)))`, 0, `may cost too much`},
		{`change.name` + strings.Repeat(`.replace("", change.name)`, 5) + ` == ""`, 0, `may cost too much`},
	} {
		_, faults := policy.Compile([]state.Policy{{Name: "x", When: tt.when, Src: 7}})
		if len(faults) == 0 {
			t.Errorf("%.80s has no fault", tt.when)
			continue
		}
		f := faults[0]
		got := f.Text
		if f.Word != "" {
			got += fmt.Sprintf("; %s of %v", f.Word, f.Known)
		}
		if f.Hint != "" {
			got += "; " + f.Hint
		}
		if !strings.Contains(got, tt.text) || f.Char != tt.char || f.Src != 7 || f.Policy != "x" {
			t.Errorf("%.80s: at %d: %s, want at %d: %s", tt.when, f.Char, got, tt.char, tt.text)
		}
	}
}

// What looks like a fault and isn't one.
func TestNoFaults(t *testing.T) {
	for _, when := range []string{
		`change.type != "TYPE65280"`, `change.name.endsWith(".lab.example.com.")`, `change.relative.endsWith("lab")`, `change.relative == "www"`,
		`change.relative in ["@", "*.lab", "_dmarc"]`, `change.added.exists(r, r.data.endsWith("1.1") || r.data.endsWith("all\"") || r.text.endsWith(".example.com") || r.data == "192.0.2.1")`,
		`run.now.getHours("+02:00") < 8`, `run.now.getHours("02:00") < 8`, `run.now.getHours("UTC") < 8`, `run.command in ["apply", "undo", "restore"]`,
		`run.actor == "MX"`, `change.risk.level == "critical"`, `true`, `change.before.records.map(r, r.data).join(",") == ""`,
		`change.after.records.all(a, change.before.records.exists(b, a.data == b.data))`, `dyn(change).type == "x"`, `change.before == change.after`,
	} {
		if _, faults := policy.Compile([]state.Policy{{Name: "x", When: when}}); len(faults) > 0 {
			t.Errorf("%s: %s", when, faults[0].Text)
		}
	}
}

func TestFaultsOfWaivers(t *testing.T) {
	for _, tt := range []struct {
		name, when string
		waiver     state.Waiver
		want       string
	}{
		{"a name, by zone", `zone.delete > 3`, state.Waiver{Zone: "*", Records: state.Pattern{Name: "*"}}, "can't be for a name or a type"},
		{"a type, by plan", `plan.delete > 3`, state.Waiver{Records: state.Pattern{Type: "A"}}, "can't be for a name or a type"},
		{"a zone, by plan", `plan.delete > 3`, state.Waiver{Zone: "*"}, "can't be for a zone"},
		{"nothing, by zone", `zone.delete > 3`, state.Waiver{}, "is for everything"},
		{"nothing, by change", `change.ttl > 3 && zone.delete > 3`, state.Waiver{}, "is for everything"},
		{"nothing, by plan", `plan.delete > 3`, state.Waiver{}, ""},
		{"a zone, by zone", `zone.delete > 3`, state.Waiver{Zone: "*"}, ""},
		{"a type, by change", `change.ttl > 3`, state.Waiver{Records: state.Pattern{Type: "A"}}, ""},
	} {
		_, faults := policy.Compile([]state.Policy{{Name: "x", When: tt.when, Waivers: []state.Waiver{tt.waiver}}})
		got := ""
		if len(faults) > 0 {
			got = faults[0].Text
		}
		if !strings.Contains(got, tt.want) || tt.want == "" && got != "" {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// told lists what a judgement says, a line each.
func told(refusals []plan.Refusal, remarks []policy.Remark) []string {
	var all []string
	for _, r := range refusals {
		all = append(all, fmt.Sprintf("refused %s %s: %s", r.Zone, r.Guard, r.Text))
	}
	for _, r := range remarks {
		all = append(all, fmt.Sprintf("%s %s (%d) [%s]: %s", r.Severity, r.Key, r.Src, r.Code, r.Text))
	}
	return all
}

func TestLevelsAndWaivers(t *testing.T) {
	p := planOf(t,
		[]string{"a 300 A 192.0.2.1", "b 300 A 192.0.2.1", "x.lab 300 A 192.0.2.1"},
		[]string{"a 300 A 192.0.2.2", "b 300 A 192.0.2.2", "x.lab 300 A 192.0.2.2"})
	day := func(d int) time.Time { return time.Date(2026, 11, d, 0, 0, 0, 0, time.UTC) }
	lab := state.Waiver{Records: state.Pattern{Name: "*.lab", Type: "A"}, Owner: "alice", Reason: "a lab", Until: day(25)}
	over := lab
	over.Until = day(24)
	other := lab
	other.Zone = "*.example.com"
	for _, tt := range []struct {
		name string
		p    state.Policy
		want []string
	}{
		{"deny", state.Policy{Level: state.PolicyDeny}, []string{
			"refused example.com. policy:x: ask first (update a.example.com. A, update b.example.com. A, update x.lab.example.com. A)",
		}},
		{"warn", state.Policy{Level: state.PolicyWarn}, []string{
			"warning a.example.com. A (1) [policy:x]: ask first",
			"warning b.example.com. A (2) [policy:x]: ask first",
			"warning x.lab.example.com. A (3) [policy:x]: ask first",
		}},
		{"advise, with a waiver on its last day", state.Policy{Level: state.PolicyAdvise, Waivers: []state.Waiver{lab}}, []string{
			"notice x.lab.example.com. A (3) [policy:x]: ask first; waived by alice until 2026-11-25: a lab",
			"notice a.example.com. A (1) [policy:x]: ask first",
			"notice b.example.com. A (2) [policy:x]: ask first",
		}},
		{"deny, with a waiver that is over, and one for another zone", state.Policy{Level: state.PolicyDeny, Waivers: []state.Waiver{over, other}}, []string{
			"refused example.com. policy:x: ask first (update a.example.com. A, update b.example.com. A, update x.lab.example.com. A)",
		}},
		{"deny a zone", state.Policy{Level: state.PolicyDeny, When: "zone.update > 2"}, []string{"refused example.com. policy:x: ask first"}},
		{"warn of a plan", state.Policy{Level: state.PolicyWarn, When: "plan.update > 2"}, []string{"warning example.com. (0) [policy:x]: ask first"}},
		{"a plan, waived", state.Policy{Level: state.PolicyDeny, When: "plan.update > 2", Waivers: []state.Waiver{{Owner: "bob", Until: day(30)}}}, []string{
			"notice example.com. (0) [policy:x]: ask first; waived by bob until 2026-11-30",
		}},
		{"what can't be evaluated is denied", state.Policy{Level: state.PolicyDeny, When: `change.after.records[0].attrs.x == "y"`, Waivers: []state.Waiver{lab}}, []string{
			"refused example.com. policy:x: the policy can't be evaluated (no such key: x), which counts as an objection: ask first (update a.example.com. A, update b.example.com. A)",
			"notice x.lab.example.com. A (3) [policy:x]: ask first; waived by alice until 2026-11-25: a lab",
		}},
		{"what can't be evaluated is a warning", state.Policy{Level: state.PolicyAdvise, When: `plan.update / plan.delete > 1`}, []string{
			"warning example.com. (0) [policy:x]: the policy can't be evaluated (division by zero), which counts as an objection: ask first",
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.p.Name, tt.p.Message = "x", "ask first"
			if tt.p.When == "" {
				tt.p.When = `change.type == "A"`
			}
			got := told(compiled(t, tt.p).Judge(t.Context(), p, policy.Run{Now: today}))
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("Judge (-want +got):\n%s", diff)
			}
		})
	}
}

func TestManyObjections(t *testing.T) {
	var live, want []string
	for i := range 25 {
		live = append(live, fmt.Sprintf("h%02d 300 A 192.0.2.1", i))
		want = append(want, fmt.Sprintf("h%02d 300 A 192.0.2.2", i))
	}
	p := planOf(t, live, want)
	rule := state.Policy{Name: "x", When: `change.type == "A"`, Message: "no", Level: state.PolicyDeny}
	refusals, _ := compiled(t, rule).Judge(t.Context(), p, policy.Run{})
	if len(refusals) != 1 || !strings.HasSuffix(refusals[0].Text, "update h02.example.com. A, and 22 more)") {
		t.Errorf("refusals %v", refusals)
	}
	rule.Level = state.PolicyWarn
	_, remarks := compiled(t, rule).Judge(t.Context(), p, policy.Run{})
	if len(remarks) != 11 || remarks[10].Text != "no (at 15 further changes)" {
		t.Errorf("%d remarks, the last %v", len(remarks), remarks[len(remarks)-1])
	}
}

// A plan that does nothing is nobody's business, and a policy that is interrupted
// lets nothing pass.
func TestJudgeEmptyAndInterrupted(t *testing.T) {
	set := compiled(t, state.Policy{Name: "x", When: "true", Message: "no", Level: state.PolicyDeny})
	same := []string{"a 300 A 192.0.2.1"}
	if refusals, remarks := set.Judge(t.Context(), planOf(t, same, same), policy.Run{}); len(refusals)+len(remarks) > 0 {
		t.Errorf("an empty plan: %v %v", refusals, remarks)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if refusals, _ := set.Judge(ctx, planOf(t, same, nil), policy.Run{}); len(refusals) != 1 || !strings.Contains(refusals[0].Text, "context canceled") {
		t.Errorf("interrupted: %v", refusals)
	}
}

// However large the data, an evaluation ends, and what it can't finish it refuses.
func TestCostIsBounded(t *testing.T) {
	var want []string
	for i := range 3000 {
		want = append(want, fmt.Sprintf("a 300 TXT \"%d-%s\"", i, strings.Repeat("x", 200)))
	}
	p := planOf(t, nil, want)
	when := `change.after.records.all(a, change.after.records.all(b, a.data == b.data || true))`
	set := compiled(t, state.Policy{Name: "x", When: when, Message: "no", Level: state.PolicyDeny})
	start := time.Now()
	refusals, _ := set.Judge(t.Context(), p, policy.Run{})
	if len(refusals) != 1 || !strings.Contains(refusals[0].Text, "costs too much") {
		t.Errorf("refusals %v", refusals)
	}
	if d := time.Since(start); d > 20*time.Second {
		t.Errorf("it took %s", d)
	}
}

func TestCostOfAPlanIsBounded(t *testing.T) {
	policy.LowerCosts(t)
	var want []string
	for i := range 600 {
		want = append(want, fmt.Sprintf("h%d 300 A 192.0.2.1", i))
	}
	p := planOf(t, nil, want)
	list := strings.TrimSuffix(strings.Repeat("1,", 100), ",")
	for _, when := range []string{
		`[` + list + `].exists(x, x == 2) && change.type == "A"`,
		strings.Repeat(`run.now.getHours("Europe/Berlin") == 99 || `, 3) + `change.type == "MX"`,
	} {
		set := compiled(t, state.Policy{Name: "x", When: when, Message: "no", Level: state.PolicyDeny})
		refusals, _ := set.Judge(t.Context(), p, policy.Run{})
		if len(refusals) != 1 || !strings.Contains(refusals[0].Text, "on the whole plan costs too much") {
			t.Errorf("refusals %v", refusals)
		}
	}
}

func TestLapsed(t *testing.T) {
	var waivers []state.Waiver
	for _, day := range []string{"2026-11-24", "2026-11-25", "2026-12-08", "2026-12-20"} {
		until, err := time.Parse(time.DateOnly, day)
		if err != nil {
			t.Fatal(err)
		}
		waivers = append(waivers, state.Waiver{Owner: "alice", Until: until})
	}
	var got []string
	for _, f := range policy.Lapsed([]state.Policy{{Name: "x", Waivers: waivers}}, today) {
		got = append(got, f.Severity.String()+": "+f.Text)
	}
	want := []string{
		"warning: the waiver of alice held until 2026-11-24 and has no effect any more",
		"notice: the waiver of alice holds until 2026-11-25 only",
		"notice: the waiver of alice holds until 2026-12-08 only",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Lapsed (-want +got):\n%s", diff)
	}
}

// FuzzCompile holds that no expression makes Compile or Judge panic, and that a
// fault has a place in it.
func FuzzCompile(f *testing.F) {
	for _, s := range []string{
		`change.type == "MX" && !("dns-team" in run.approvers)`, `change.typ`, `zone.delete > 3 ? true : false`, `{"a": 1}.a == 1`,
		`change.after.records.exists(r, r.data.matches("a.*"))`, `[1, 2].map(x, x * 2)`, `policy.change{action: "x"} == change`, `"\u00e9".charAt(0) == 'é'`,
		`change.name.replace("", change.name)`, `timestamp("2026-01-01T00:00:00Z") < run.now`, `type(change) == policy.change`, `b"\377" == b"a"`, "((", "\xff", `"a".format([1])`,
	} {
		f.Add(s)
	}
	p := planOf(f, []string{"a 300 A 192.0.2.1"}, []string{"b 300 MX 10 a"})
	f.Fuzz(func(t *testing.T, when string) {
		set, faults := policy.Compile([]state.Policy{{Name: "x", When: when, Message: "no", Level: state.PolicyDeny}})
		for _, fault := range faults {
			if fault.Text == "" || fault.Char < 0 || fault.Char > len([]rune(when)) {
				t.Errorf("%q: %+v", when, fault)
			}
		}
		if len(faults) == 0 {
			set.Judge(t.Context(), p, policy.Run{Now: today})
		}
	})
}

// Expressions made of what CEL is made of, which a fuzzer seldom gets right.
func TestRandomExpressions(t *testing.T) {
	words := []string{
		"change", ".type", ".records", ".before", ".after", ".risk.level", "zone", ".delete", "plan", "run", ".approvers", ".now", `"MX"`, `"a."`, "1", "true", "null", "[]", "{}",
		"(", ")", "[", "]", ",", " && ", " || ", "!", " == ", " in ", " < ", " + ", "-", "?", ":", ".size()", ".exists(r, r.data == \"\")", ".map(", "x", ".matches(\"", "\"", ".getHours(\"UTC\")", "\n", "\\",
	}
	p := planOf(t, []string{"a 300 A 192.0.2.1"}, []string{"b 300 MX 10 a"})
	rapid.Check(t, func(t *rapid.T) {
		when := strings.Join(rapid.SliceOfN(rapid.SampledFrom(words), 0, 12).Draw(t, "words"), "")
		set, faults := policy.Compile([]state.Policy{{Name: "x", When: when, Level: state.PolicyDeny}})
		if len(faults) == 0 {
			set.Judge(t.Context(), p, policy.Run{Now: today})
		}
	})
}

// BenchmarkJudge judges 10,000 changes by 10 policies.
func BenchmarkJudge(b *testing.B) {
	var live, want []string
	for i := range 10_000 {
		live = append(live, fmt.Sprintf("h%d 300 A 198.18.%d.%d", i, i/250, i%250))
		want = append(want, fmt.Sprintf("h%d 300 A 198.19.%d.%d", i, i/250, i%250))
	}
	p := planOf(b, live, want)
	var rules []state.Policy
	for i, when := range []string{
		`change.type == "MX" && change.action == "delete" && !("dns-team" in run.approvers)`,
		`change.ttl < 60`,
		`change.after.records.exists(r, cidr("10.0.0.0/8").containsIP(r.data))`,
		`change.risk.level in ["high", "critical"] && run.approvers.size() < 2`,
		`change.name.endsWith(".internal.example.com.")`,
		`change.type == "TXT" && change.removed.exists(r, r.text.startsWith("v=spf1"))`,
		`change.after.records.all(r, r.proxied) && change.type == "A"`,
		`change.relative.matches("^[0-9]+$")`,
		`zone.delete > 100`,
		`plan.zones > 10 && run.command == "apply"`,
	} {
		rules = append(rules, state.Policy{Name: fmt.Sprint(i), When: when, Message: "no", Level: state.PolicyDeny})
	}
	set := compiled(b, rules...)
	b.ReportAllocs()
	for b.Loop() {
		if refusals, _ := set.Judge(b.Context(), p, policy.Run{Now: today}); len(refusals) > 0 {
			b.Fatal(refusals)
		}
	}
}

// What an error repeats of the data is cut, and is one line.
func TestLongErrors(t *testing.T) {
	p := planOf(t, nil, []string{`a 300 TXT "` + strings.Repeat("x", 200) + `" "` + strings.Repeat("y", 200) + `"`})
	set := compiled(t, state.Policy{Name: "x", When: `change.added.exists(r, ip(r.text).isLoopback())`, Message: "no", Level: state.PolicyDeny})
	refusals, _ := set.Judge(t.Context(), p, policy.Run{})
	if len(refusals) != 1 || len(refusals[0].Text) > 350 || !strings.Contains(refusals[0].Text, "...), which counts as an objection: no (create a.example.com. TXT)") {
		t.Errorf("refusals %v", refusals)
	}
}
