package state_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneloom/zoneloom/state"
)

func TestParseName(t *testing.T) {
	label63, label64 := strings.Repeat("a", 63), strings.Repeat("a", 64)
	long := strings.Repeat(label63+".", 3)
	tests := []struct {
		name, in string
		origin   state.Name
		want     state.Name
		err      string // a part of it; "" for none
	}{
		{"the apex", "@", "example.com.", "example.com.", ""},
		{"empty is the apex", "", "example.com.", "example.com.", ""},
		{"relative", "www", "example.com.", "www.example.com.", ""},
		{"several labels are relative too", "a.b", "example.com.", "a.b.example.com.", ""},
		{"absolute", "www.example.org.", "example.com.", "www.example.org.", ""},
		{"the root", ".", "example.com.", ".", ""},
		{"relative to the root", "com", ".", "com.", ""},
		{"case", "WwW.EXAMPLE.com.", "", "www.example.com.", ""},
		{"case of a relative name", "WwW", "example.com.", "www.example.com.", ""},
		{"underscore", "_dmarc", "example.com.", "_dmarc.example.com.", ""},
		{"wildcard", "*", "example.com.", "*.example.com.", ""},
		{"hyphens that IDNA would refuse", "r3---sn-x", "example.com.", "r3---sn-x.example.com.", ""},
		{"Unicode", "münchen.example.", "", "xn--mnchen-3ya.example.", ""},
		{"Unicode in upper case", "MÜNCHEN.example.", "", "xn--mnchen-3ya.example.", ""},
		{"decomposed Unicode", "mu\u0308nchen.example.", "", "xn--mnchen-3ya.example.", ""},
		{"its A-label", "xn--mnchen-3ya.example.", "", "xn--mnchen-3ya.example.", ""},
		{"its A-label in upper case", "XN--MNCHEN-3YA.example.", "", "xn--mnchen-3ya.example.", ""},
		{"non-transitional", "straße.example.", "", "xn--strae-oqa.example.", ""},
		{"all Unicode", "例え.テスト.", "", "xn--r8jz45g.xn--zckzah.", ""},
		{"ideographic full stops", "例え。テスト。", "", "xn--r8jz45g.xn--zckzah.", ""},
		{"beside ASCII labels", "_dmarc.r3---x.münchen", "example.com.", "_dmarc.r3---x.xn--mnchen-3ya.example.com.", ""},
		{"underscore in a Unicode label", "_münchen", "example.com.", "xn--_mnchen-o2a.example.com.", ""},
		{"an A-label that decodes to nothing sensible", "xn--a.example.", "", "xn--a.example.", ""},
		{"escaped dot", `host\.master.example.`, "", `host\.master.example.`, ""},
		{"escaped dot by number", `host\046master.example.`, "", `host\.master.example.`, ""},
		{"escape that isn't needed", `\w\119w.example.`, "", "www.example.", ""},
		{"escaped case", `\065.example.`, "", "a.example.", ""},
		{"NUL", `a\000b.example.`, "", `a\000b.example.`, ""},
		{"at sign alone, escaped", `\@`, "example.com.", `\@.example.com.`, ""},
		{"at sign within", "a@b.example.", "", `a\@b.example.`, ""},
		{"backslash", `a\\.example.`, "", `a\\.example.`, ""},
		{"escaped final dot isn't final", `a\.`, "example.com.", `a\..example.com.`, ""},
		{"blank", "a b.example.", "", `a\032b.example.`, ""},
		{"octet outside ASCII", `m\252nchen.example.`, "", `m\252nchen.example.`, ""},
		{"63 octets", label63 + ".example.", "", state.Name(label63 + ".example."), ""},
		{"255 octets", long + strings.Repeat("b", 61) + ".", "", state.Name(long + strings.Repeat("b", 61) + "."), ""},
		{"255 octets with an origin", strings.Repeat("b", 61), state.Name(long), state.Name(strings.Repeat("b", 61) + "." + long), ""},

		{"64 octets", label64 + ".example.", "", "", "64 octets, at most 63"},
		{"64 octets relative", label64, "example.com.", "", "64 octets, at most 63"},
		{"256 octets", long + strings.Repeat("b", 62) + ".", "", "", "256 octets on the wire"},
		{"256 octets with an origin", strings.Repeat("b", 62), state.Name(long), "", "256 octets on the wire"},
		{"a megabyte", strings.Repeat("ü", 1<<19), "example.com.", "", "too long"},
		{"empty label", "a..example.", "", "", "empty label"},
		{"leading dot", ".example.", "", "", "empty label"},
		{"two dots", "..", "", "", "empty label"},
		{"empty without an origin", "", "", "", "empty label"},
		{"apex without an origin", "@", "", "", "must end in a dot"},
		{"relative without an origin", "www", "", "", "must end in a dot"},
		{"escape cut short", `a\04`, "example.com.", "", "three digits"},
		{"escape over 255", `a\256`, "example.com.", "", "over 255"},
		{"backslash at the end", `a\`, "example.com.", "", `single \`},
		{"not UTF-8", "m\xfcnchen", "example.com.", "", "UTF-8"},
		{"a letter and an escape", `münchen\046.example.`, "", "", "mixes"},
		{"a character that maps to nothing", "\u00ad.example.", "", "", "no visible characters"},
		{"a character that maps to an asterisk", "\uff0a.example.", "", "", "stands for '*'"},
		{"a character that maps to a dot", "a\u2488ü.example.", "", "", "IDNA"},
		{"a character IDNA forbids", "a\u2028b.example.", "", "", "IDNA"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := state.ParseName(tt.in, tt.origin)
			checkResult(t, string(got), err, string(tt.want), tt.err)
		})
	}
}

// checkResult holds a result against what is wanted, or an error against a part
// of its text.
func checkResult(t *testing.T, got string, err error, want, wantErr string) {
	t.Helper()
	switch {
	case wantErr == "" && (err != nil || got != want):
		t.Errorf("got %q, %v; want %q", got, err, want)
	case wantErr != "" && (err == nil || !strings.Contains(err.Error(), wantErr)):
		t.Errorf("got %q, error %v; want an error with %q", got, err, wantErr)
	}
}

func TestNameRelations(t *testing.T) {
	tests := []struct {
		name, zone state.Name
		in         bool
		relative   string
	}{
		{"example.com.", "example.com.", true, "@"},
		{"www.example.com.", "example.com.", true, "www"},
		{"a.b.example.com.", "example.com.", true, "a.b"},
		{"example.com.", ".", true, "example.com"},
		{".", ".", true, "@"},
		{".", "com.", false, "."},
		{"badexample.com.", "example.com.", false, "badexample.com."},
		{`a\.example.com.`, "example.com.", false, `a\.example.com.`},
		{`a\\.example.com.`, "example.com.", true, `a\\`},
		{`a\\\.example.com.`, "example.com.", false, `a\\\.example.com.`},
		{"com.", "example.com.", false, "com."},
	}
	for _, tt := range tests {
		if got := tt.name.IsIn(tt.zone); got != tt.in {
			t.Errorf("%q.IsIn(%q) = %v", tt.name, tt.zone, got)
		}
		if got := tt.name.Relative(tt.zone); got != tt.relative {
			t.Errorf("%q.Relative(%q) = %q, want %q", tt.name, tt.zone, got, tt.relative)
		}
	}
}

func TestNameLabels(t *testing.T) {
	tests := []struct {
		name   state.Name
		labels []string
		parent state.Name
	}{
		{".", nil, "."},
		{"com.", []string{"com"}, "."},
		{"www.example.com.", []string{"www", "example", "com"}, "example.com."},
		{`a\.b.com.`, []string{`a\.b`, "com"}, "com."},
		{`a\\.com.`, []string{`a\\`, "com"}, "com."},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.labels, tt.name.Labels()); diff != "" {
			t.Errorf("%q.Labels (-want +got):\n%s", tt.name, diff)
		}
		if got := tt.name.Parent(); got != tt.parent {
			t.Errorf("%q.Parent() = %q, want %q", tt.name, got, tt.parent)
		}
	}
}

func TestNameIsWildcard(t *testing.T) {
	for name, want := range map[state.Name]bool{
		"*.example.com.": true, "*a.example.com.": false, "a.*.example.com.": false, "*.": true, ".": false,
	} {
		if got := name.IsWildcard(); got != want {
			t.Errorf("%q.IsWildcard() = %v", name, got)
		}
	}
}

func TestNameUnicode(t *testing.T) {
	for name, want := range map[state.Name]string{
		"www.example.com.":              "www.example.com.",
		"xn--mnchen-3ya.example.":       "münchen.example.",
		"*.xn--mnchen-3ya.example.":     "*.münchen.example.",
		"_dmarc.xn--r8jz45g.example.":   "_dmarc.例え.example.",
		"xn--a.example.":                "xn--a.example.",
		`a\.b.xn--mnchen-3ya.example.`:  `a\.b.münchen.example.`,
		"r3---x.xn--mnchen-3ya.example": "r3---x.xn--mnchen-3ya.example",
	} {
		if got := name.Unicode(); got != want {
			t.Errorf("%q.Unicode() = %q, want %q", name, got, want)
		}
	}
}

func TestNameCompareOrdersParentsFirst(t *testing.T) {
	want := []state.Name{
		".", "com.", "example.com.", "*.example.com.", "a.example.com.", "z.a.example.com.",
		`a\.b.example.com.`, "ab.example.com.", "b.example.com.", "example0.com.", "example.net.", "net.example.net.",
	}
	for i, a := range want {
		for j, b := range want {
			if got := a.Compare(b); (got < 0) != (i < j) || (got == 0) != (i == j) {
				t.Errorf("%q.Compare(%q) = %d, at %d and %d", a, b, got, i, j)
			}
		}
	}
}

func FuzzParseName(f *testing.F) {
	for _, s := range []string{"@", "www", "*.a", "münchen", "例え。テスト", `\046.\000\@`, "xn--a", "a\u2025ü", "."} {
		f.Add(s, "www.example.com")
	}
	f.Fuzz(func(t *testing.T, s, other string) {
		n, err := state.ParseName(s, "example.com.")
		if err != nil {
			return
		}
		again, err := state.ParseName(string(n), "example.org.")
		if err != nil || again != n {
			t.Errorf("ParseName(%q) = %q, but that parses to %q, %v", s, n, again, err)
		}
		if u, err := state.ParseName(n.Unicode(), ""); err != nil || u != n {
			t.Errorf("%q.Unicode() = %q, which parses to %q, %v", n, n.Unicode(), u, err)
		}
		if n.Compare(n) != 0 || n != "." && n.Parent().Compare(n) >= 0 {
			t.Errorf("%q doesn't stand after its parent", n)
		}
		if joined := strings.Join(append(n.Labels(), ""), "."); n != "." && joined != string(n) {
			t.Errorf("%q has labels %q", n, n.Labels())
		}
		if !n.IsIn(n.Parent()) || !n.IsIn(".") {
			t.Errorf("%q isn't in its parent", n)
		}
		if rel := n.Relative("example.com."); n.IsIn("example.com.") {
			if back, err := state.ParseName(rel, "example.com."); err != nil || back != n {
				t.Errorf("%q is %q in example.com., which parses to %q, %v", n, rel, back, err)
			}
		}
		m, err := state.ParseName(other, "example.com.")
		if err != nil {
			return
		}
		if (n.Compare(m) == 0) != (n == m) || (n.Compare(m) < 0) != (m.Compare(n) > 0) {
			t.Errorf("%q and %q compare as %d and %d", n, m, n.Compare(m), m.Compare(n))
		}
		if want := compareLabels(n, m); (want < 0) != (n.Compare(m) < 0) || (want > 0) != (n.Compare(m) > 0) {
			t.Errorf("%q.Compare(%q) = %d, and their labels compare as %d", n, m, n.Compare(m), want)
		}
	})
}

// compareLabels is Compare as its comment says it.
func compareLabels(n, m state.Name) int {
	a, b := n.Labels(), m.Labels()
	slices.Reverse(a)
	slices.Reverse(b)
	return slices.Compare(a, b)
}
