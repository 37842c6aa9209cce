package policy

import (
	"slices"
	"strings"

	"github.com/zoneloom/zoneloom/plan"
	"github.com/zoneloom/zoneloom/state"
)

// autoTTL stands for a TTL that is left to the service, in seconds: what
// Cloudflare gives such records.
const autoTTL = 300

func summaryOf(s plan.Summary) summary {
	return summary{Zones: int64(s.Zones), Create: int64(s.Create), Update: int64(s.Update), Delete: int64(s.Delete)}
}

func zoneOf(z *plan.Zone) zone {
	s := (&plan.Plan{Zones: []plan.Zone{*z}}).Summary()
	return zone{
		Name: string(z.Name), Provider: z.Provider, CreateZone: z.Create, Read: int64(z.Read),
		Create: int64(s.Create), Update: int64(s.Update), Delete: int64(s.Delete),
	}
}

// changeOf returns what expressions see of the i-th change of z. Records that
// aren't z's own to change are no part of it.
func changeOf(z *plan.Zone, i int) change {
	c, r := &z.Changes[i], z.RiskOf(i)
	v := change{
		Action: c.Action().String(), Name: string(c.Name), Relative: c.Name.Relative(z.Name), Type: string(c.Type),
		Zone: string(z.Name), Provider: z.Provider, Before: rrsetOf(c.Before), After: rrsetOf(c.After),
		Risk: risk{r.Level.String(), r.Reasons},
	}
	v.Added = without(v.After.Records, v.Before.Records)
	v.Removed = without(v.Before.Records, v.After.Records)
	left := v.After.Records
	if len(left) == 0 {
		left = v.Before.Records
	}
	for _, r := range left {
		v.TTL = max(v.TTL, r.TTL)
	}
	return v
}

// without returns the records of a whose data b doesn't have.
func without(a, b []record) []record {
	has := make(map[string]bool, len(b))
	for _, r := range b {
		has[r.Data] = true
	}
	return slices.DeleteFunc(slices.Clone(a), func(r record) bool { return has[r.Data] })
}

func rrsetOf(s *state.RRset) rrset {
	ours := s.Ours()
	v := rrset{Records: make([]record, len(ours)), Attrs: map[string]any{}}
	if s != nil {
		v.Attrs = s.Attrs.Map()
	}
	for i, r := range ours {
		v.Records[i] = record{
			Data: r.Data, Text: r.Data, TTL: int64(r.TTL), Proxied: r.Attrs.Bool("proxied"),
			Comment: r.Attrs.String("comment"), Tags: r.Attrs.Strings("tags"), Attrs: r.Attrs.Map(),
		}
		if s.Type.IsText() {
			v.Records[i].Text = strings.ToValidUTF8(strings.Join(state.TXTStrings(r.Data), ""), "\uFFFD")
		}
		if r.TTL == state.TTLAuto {
			v.Records[i].TTL, v.Records[i].AutoTTL = autoTTL, true
		}
	}
	return v
}
