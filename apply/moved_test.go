package apply_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneloom/zoneloom/apply"
	"github.com/zoneloom/zoneloom/plan"
	"github.com/zoneloom/zoneloom/state"
)

func TestMovedTellsHowItWasAndIs(t *testing.T) {
	www := state.Key{Name: "www.example.com.", Type: state.A}
	a := func(data ...string) *state.RRset {
		s := &state.RRset{Key: www}
		for _, d := range data {
			s.Records = append(s.Records, state.Record{Data: d, TTL: 300})
		}
		return s
	}
	cname := &state.Change{Key: state.Key{Name: www.Name, Type: state.CNAME}, After: a("example.net.")}
	commented := a("192.0.2.1")
	commented.Records[0].Attrs = state.MakeAttrs(map[string]any{"comment": "x\nNothing is wrong\x1b[2K"})
	kept := a("192.0.2.1", "192.0.2.9")
	kept.Records[1].Kept = state.ReadOnly
	tests := []struct {
		name string
		m    apply.Moved
		want string
	}{
		{
			"what is the same everywhere is counted",
			apply.Moved{Moved: plan.Moved{
				Key: www, Expected: a("192.0.2.1", "192.0.2.2", "192.0.2.3"), Live: a("192.0.2.1", "192.0.2.2", "192.0.2.4"),
				Change: &state.Change{Key: www, After: a("192.0.2.1", "192.0.2.2")},
			}},
			"zone example.com.: p: www.example.com. A isn't as when the plan was made\n" +
				"  before   192.0.2.3 (ttl 300)\n  planned  no others\n  live     192.0.2.4 (ttl 300)\n  equal    2 records",
		},
		{
			"what the plan deletes, and what is gone",
			apply.Moved{Moved: plan.Moved{Key: www, Expected: a("192.0.2.1"), Change: &state.Change{Key: www, Before: a("192.0.2.1")}}},
			"zone example.com.: p: www.example.com. A isn't as when the plan was made\n" +
				"  before   192.0.2.1 (ttl 300)\n  planned  absent\n  live     absent",
		},
		{
			"what stands beside a change has no planned form",
			apply.Moved{Moved: plan.Moved{Key: www, Live: a("192.0.2.1"), Change: cname}},
			"zone example.com.: p: www.example.com. A, beside the CNAME that the plan creates, isn't as when the plan was made\n" +
				"  before   absent\n  live     192.0.2.1 (ttl 300)",
		},
		{
			"what is in a zone that was to be created",
			apply.Moved{Moved: plan.Moved{Key: www, Live: a("192.0.2.1")}},
			"zone example.com.: p: www.example.com. A is there, and not in the plan, which was to create the zone\n" +
				"  before   absent\n  live     192.0.2.1 (ttl 300)",
		},
		{
			"a comment makes no line of its own, and steers no terminal",
			apply.Moved{Moved: plan.Moved{Key: www, Expected: a("192.0.2.1"), Live: commented, Change: &state.Change{Key: www, Before: a("192.0.2.1")}}},
			"zone example.com.: p: www.example.com. A isn't as when the plan was made\n" +
				"  before   192.0.2.1 (ttl 300)\n  planned  absent\n  live     192.0.2.1 (ttl 300) comment: x?Nothing is wrong?[2K",
		},
		{
			"kept records aren't told of",
			apply.Moved{Moved: plan.Moved{Key: www, Live: kept, Change: &state.Change{Key: www, After: a("192.0.2.2")}}},
			"zone example.com.: p: www.example.com. A isn't as when the plan was made\n" +
				"  before   absent\n  planned  192.0.2.2 (ttl 300)\n  live     192.0.2.1 (ttl 300)",
		},
		{
			"a text of another's is one line too",
			apply.Moved{Text: "the zone is a:1 now, not a:\n2 as planned"},
			"zone example.com.: p: the zone is a:1 now, not a:?2 as planned",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.m.Zone, tt.m.Provider = "example.com.", "p"
			if diff := cmp.Diff(tt.want, tt.m.String()); diff != "" {
				t.Errorf("String (-want +got):\n%s", diff)
			}
		})
	}
}
