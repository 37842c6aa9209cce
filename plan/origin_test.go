package plan_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneloom/zoneloom/plan"
	"github.com/zoneloom/zoneloom/state"
)

// Letters stand for A records: "a1" is that a is 192.0.2.1.
func letters(t *testing.T, s string) *state.Zone {
	t.Helper()
	var entries []state.Entry
	for ; len(s) > 1; s = s[2:] {
		entries = append(entries, state.Entry{
			Key:    state.Key{Name: state.Name(s[:1] + ".example.com."), Type: state.A},
			Record: state.Record{Data: "192.0.2." + s[1:2], TTL: 300},
		})
	}
	return state.NewZone("example.com.", entries)
}

func TestTrace(t *testing.T) {
	const absent = "-" // the revision doesn't have the zone
	for name, tt := range map[string]struct {
		live, head, base string
		tip              string
		earlier          []string // the newest first
		cut              bool     // there is more of them
		want             string
	}{
		"a new record":              {live: "a1", head: "a1b1", base: "a1", want: "b intended"},
		"another value":             {live: "a1", head: "a2", base: "a1", want: "a intended"},
		"a record removed":          {live: "a1b1", head: "a1", base: "a1b1", want: "b intended"},
		"a new zone":                {live: "a1", head: "a2", base: absent, want: "a intended"},
		"changed by hand":           {live: "a7", head: "a1", base: "a1", want: "a drift"},
		"deleted by hand":           {live: "b1", head: "a1b1", base: "a1b1", want: "a drift"},
		"added by hand":             {live: "a1b1", head: "a1", base: "a1", want: "b drift"},
		"a value not applied yet":   {live: "a1", head: "a2", base: "a2", earlier: []string{"a1"}, want: "a catching-up r1"},
		"a record not applied yet":  {live: "a1", head: "a1b1", base: "a1b1", earlier: []string{"a1"}, want: "b catching-up r1"},
		"a removal not applied yet": {live: "a1b1", head: "a1", base: "a1", earlier: []string{"a1b1"}, want: "b catching-up r1"},
		"two not applied yet": {
			live: "a1b1", head: "a2b2", base: "a2b2", earlier: []string{"a2b1", "a1b1"}, want: "a catching-up r2, b catching-up r1",
		},
		"put back by hand": { // b shows that a2 was applied
			live: "a1b1", head: "a2b1", base: "a2b1", earlier: []string{"a2", "a1"}, want: "a drift",
		},
		"applied, then deleted by hand": {
			live: "b1", head: "a1b1", base: "a1b1", earlier: []string{"a1", ""}, want: "a drift",
		},
		"by hand, while another isn't applied yet": {
			live: "a7b1", head: "a1b2", base: "a1b2", earlier: []string{"a1b1"}, want: "a drift, b catching-up r1",
		},
		"a zone that was imported, then changed by hand": {
			live: "a1b7", head: "a1b1", base: "a1b1", earlier: []string{absent}, want: "b drift",
		},
		"a zone that nothing was applied to yet": {
			live: "", head: "a1b1", base: "a1b1", earlier: []string{absent}, want: "a catching-up, b catching-up",
		},
		"a zone that is new, in a whole history": {
			live: "", head: "a1", base: "a1", want: "a catching-up",
		},
		"each in one plan": {
			live: "a1b7c1d1", head: "a2b1c2d1e1", base: "a1b1c2d1", earlier: []string{"a1b1c1d1"},
			want: "e intended, a intended, b drift, c catching-up r1",
		},
		"intended, over what was changed by hand": {
			live: "a7", head: "a2", base: "a1", want: "a intended, also drift",
		},
		"intended, over what isn't applied yet": {
			live: "a1", head: "a3", base: "a2", earlier: []string{"a1"}, want: "a intended, also catching-up r1",
		},
		"the history is cut":              {live: "a7", head: "a1", base: "a1", cut: true, want: "a unknown"},
		"the history is long enough":      {live: "a1", head: "a2", base: "a2", earlier: []string{"a1"}, cut: true, want: "a catching-up r1"},
		"what is live shows what was":     {live: "a1b2", head: "a2b2", base: "a2b2", earlier: []string{"a2b1"}, cut: true, want: "a drift"},
		"the base is further":             {live: "a2", head: "a1", base: "a1", tip: "a2", want: "a behind tip"},
		"the base is further, and drifts": {live: "a7", head: "a1", base: "a1", tip: "a2", want: "a drift"},
	} {
		t.Run(name, func(t *testing.T) {
			revision := func(id, text string) plan.Revision {
				if text == absent {
					return plan.Revision{ID: id}
				}
				return plan.Revision{ID: id, Want: letters(t, text), Rules: state.Rules{Prune: true}}
			}
			live := letters(t, tt.live)
			p, _ := plan.Make([]plan.Input{{
				Provider: "p", Target: "p:1", Want: letters(t, tt.head), Live: live, Rules: state.Rules{Prune: true},
			}})
			id := p.ID()
			h := plan.History{Base: revision("base", tt.base), Whole: func() bool { return !tt.cut }}
			if tt.tip != "" {
				tip := revision("tip", tt.tip)
				h.Tip = &tip
			}
			h.Earlier = func(yield func(plan.Revision) bool) {
				for i, text := range tt.earlier {
					if !yield(revision("r"+string(rune('1'+i)), text)) {
						return
					}
				}
			}
			z := &p.Zones[0]
			z.Trace(live, &h)
			got := ""
			for i, c := range z.Changes {
				o := z.Origins[i]
				if i > 0 {
					got += ", "
				}
				got += string(c.Name[:1]) + " " + string(o.Kind)
				if o.Also != "" {
					got += ", also " + string(o.Also)
				}
				if o.Revision != "" {
					got += " " + o.Revision
				}
			}
			if got != tt.want {
				t.Errorf("origins: %s; want: %s", got, tt.want)
			}
			z.Origins[0].Modified = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
			if p.ID() != id {
				t.Error("origins alter the plan's id")
			}
			saved, err := plan.Decode(strings.NewReader(encode(t, p, nil)))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(z.Origins, saved.Plan.Zones[0].Origins); diff != "" {
				t.Errorf("stored and read (-want +got):\n%s", diff)
			}
		})
	}
}

// What the rules alone change is intended.
func TestTraceRules(t *testing.T) {
	live := letters(t, "a1b1")
	want := letters(t, "a1")
	p, _ := plan.Make([]plan.Input{{Provider: "p", Target: "p:1", Want: want, Live: live, Rules: state.Rules{Prune: true}}})
	z := &p.Zones[0]
	z.Trace(live, &plan.History{
		Base:    plan.Revision{Want: want, Rules: state.Rules{Prune: true, Ignore: []state.Pattern{{Name: "b"}}}},
		Earlier: slices.Values([]plan.Revision(nil)), Whole: func() bool { return true },
	})
	if len(z.Origins) != 1 || z.Origins[0].Kind != plan.Intended {
		t.Errorf("origins %v, want one intended", z.Origins)
	}
}
