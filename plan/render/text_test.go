package render_test

import (
	"regexp"
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"

	"github.com/zoneloom/zoneloom/plan"
	"github.com/zoneloom/zoneloom/plan/render"
	"github.com/zoneloom/zoneloom/state"
)

func one(key state.Key, data string, attrs state.Attrs) *state.Zone {
	return state.NewZone("example.com.", []state.Entry{{Key: key, Record: state.Record{Data: data, TTL: 300, Attrs: attrs, Src: 7}}})
}

func show(t rapid.TB, p *plan.Plan, o render.Options) string {
	t.Helper()
	var b strings.Builder
	if err := render.Text(&b, p, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func planOf(live, want *state.Zone, provider string) *plan.Plan {
	p, _ := plan.Make([]plan.Input{{Provider: provider, Target: "p:1", Live: live, Want: want, Rules: state.Rules{Prune: true}}})
	return p
}

var sgr = regexp.MustCompile("\x1b\\[[0-9]+m")

// TestNothingSteersTheTerminal shows plans whose every text was written by
// somebody hostile: only colours leave, and only where they are asked for; and
// colours change no text.
func TestNothingSteersTheTerminal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.Custom(func(t *rapid.T) string {
			return string(rapid.SliceOfN(rapid.SampledFrom([]byte("a\x00\x07\x1b[2J\x7f\x9b\xc2\x85\xe2\x80\xae;= \"\\\n\r\t{}-+")), 0, 120).Draw(t, "octets"))
		})
		key := state.Key{Name: "www.example.com.", Type: state.TXT}
		zone := func(label string) *state.Zone {
			data := state.TXTData(text.Draw(t, label))
			if rapid.Bool().Draw(t, "raw") {
				data = text.Draw(t, label) // as if a provider forgot to make it canonical
			}
			attrs := state.MakeAttrs(map[string]any{"comment": text.Draw(t, "comment"), "tags": []string{text.Draw(t, "tag")}})
			return one(key, data, attrs)
		}
		p := planOf(zone("live"), zone("want"), text.Draw(t, "provider"))
		p.Zones[0].Notices = []string{text.Draw(t, "notice")}
		o := render.Options{Width: rapid.IntRange(0, 120).Draw(t, "width")}
		plain := show(t, p, o)
		for _, r := range plain {
			if r != '\n' && !unicode.IsPrint(r) {
				t.Fatalf("%q gets out in %q", r, plain)
			}
		}
		o.Color = true
		if bare := sgr.ReplaceAllString(show(t, p, o), ""); bare != plain {
			t.Fatalf("colours change the text:\n%s\n%s", bare, plain)
		}
	})
}

var (
	gone = regexp.MustCompile(`\[-(.*?)-\]`)
	come = regexp.MustCompile(`\{\+(.*?)\+\}`)
)

// TestMarksTellBothTexts takes the marks of a long text apart: without what came
// it is the old one, without what is gone the new one.
func TestMarksTellBothTexts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOfN(rapid.SampledFrom([]string{"ip4:192.0.2.0/24", "include:_spf.example.net", "a", "mx", "-all", ";", "k=v"}), 8, 30)
		before := state.TXTData("v=spf1 " + strings.Join(words.Draw(t, "before"), " "))
		after := state.TXTData("v=spf1 " + strings.Join(words.Draw(t, "after"), " "))
		if before == after {
			return
		}
		key := state.Key{Name: "example.com.", Type: state.TXT}
		text := show(t, planOf(one(key, before, state.Attrs{}), one(key, after, state.Attrs{}), "p"), render.Options{Width: 40})
		if strings.Contains(text, before) && strings.Contains(text, after) {
			return // too different for marks
		}
		if old := come.ReplaceAllString(gone.ReplaceAllString(text, "$1"), ""); !strings.Contains(old, before) {
			t.Fatalf("the old text can't be read from\n%s\n%s", text, before)
		}
		if now := gone.ReplaceAllString(come.ReplaceAllString(text, "$1"), ""); !strings.Contains(now, after) {
			t.Fatalf("the new text can't be read from\n%s\n%s", text, after)
		}
	})
}

func TestLastLine(t *testing.T) {
	key := state.Key{Name: "example.com.", Type: state.A}
	a, b := one(key, "192.0.2.1", state.Attrs{}), one(key, "192.0.2.2", state.Attrs{})
	empty := &state.Zone{Name: "example.com."}
	tests := []struct {
		name       string
		live, want *state.Zone
		last       string
	}{
		{"create", empty, a, "Plan: 1 to create, 0 to update, 0 to delete in 1 zone"},
		{"update", a, b, "Plan: 0 to create, 1 to update, 0 to delete in 1 zone"},
		{"delete, though refused", a, empty, "Plan: 0 to create, 0 to update, 1 to delete in 1 zone"},
		{"nothing", a, a, "Nothing to do: 1 zone is as configured."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			lines := strings.Split(strings.TrimSuffix(show(t, planOf(tt.live, tt.want, "p"), render.Options{}), "\n"), "\n")
			if got := lines[len(lines)-1]; got != tt.last {
				t.Errorf("last line %q, want %q", got, tt.last)
			}
		})
	}
}

func TestVerboseTellsWhere(t *testing.T) {
	key := state.Key{Name: "example.com.", Type: state.A}
	p := planOf(&state.Zone{Name: "example.com."}, one(key, "192.0.2.1", state.Attrs{}), "p")
	pos := func(state.Src) (string, int) { return "zones/example.com.yaml", 7 }
	if text := show(t, p, render.Options{Verbose: true, Pos: pos}); !strings.Contains(text, "# zones/example.com.yaml:7\n") {
		t.Errorf("no place in\n%s", text)
	}
	if text := show(t, p, render.Options{Pos: pos}); strings.Contains(text, "zones/example.com.yaml") {
		t.Errorf("a place in\n%s", text)
	}
}
