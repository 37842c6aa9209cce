package cloudflare

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/zoneloom/zoneloom/provider"
	"github.com/zoneloom/zoneloom/state"
)

// Check implements provider.Checker.
func (p *Provider) Check(want *state.Zone, info *provider.Info) (*state.Zone, []state.Problem) {
	c := &checker{zone: want.Name, info: info, attrs: map[attrsOf][]fault{}}
	if info != nil {
		c.plan = info.Plan
	}
	stored := &state.Zone{Name: want.Name, RRsets: make([]state.RRset, 0, len(want.RRsets))}
	for key := range want.Attrs.All() {
		c.problem(state.Key{Name: want.Name}, state.Record{}, fault{text: fmt.Sprintf("Cloudflare keeps no %s for a zone", key)})
	}
	for start := 0; start < len(want.RRsets); {
		end := start
		for end < len(want.RRsets) && want.RRsets[end].Name == want.RRsets[start].Name {
			end++
		}
		stored.RRsets = c.name(stored.RRsets, want.RRsets[start:end])
		start = end
	}
	c.quota(stored)
	return stored, c.problems
}

// checker judges one wanted zone.
type checker struct {
	zone     state.Name
	info     *provider.Info // nil where the zone wasn't looked up
	plan     string         // "" where it isn't known
	attrs    map[attrsOf][]fault
	problems []state.Problem
}

// fault is a problem without its place.
type fault struct {
	severity state.Severity
	text     string
	hint     string
}

func (c *checker) problem(k state.Key, r state.Record, f fault) {
	c.problems = append(c.problems, state.Problem{
		Key: k, Data: r.Data, Src: r.Src, Severity: f.severity, Text: f.text, Hint: f.hint,
	})
}

// onSet reports a problem of a whole RRset, at its first record.
func (c *checker) onSet(s *state.RRset, f fault) {
	c.problem(s.Key, state.Record{Src: s.Records[0].Src}, f)
}

// name judges the RRsets at one name and appends them to all as stored.
func (c *checker) name(all, sets []state.RRset) []state.RRset {
	if f, bad := checkName(sets[0].Name); bad {
		c.onSet(&sets[0], f)
	}
	start, aliased := len(all), false
	for i := range sets {
		s := c.set(&sets[i])
		aliased = aliased || s.Type != sets[i].Type
		if len(s.Records) > 0 {
			all = append(all, s)
		}
	}
	if aliased {
		all = append(all[:start], merge(all[start:])...)
	}
	c.coexist(all[start:])
	return all
}

// merge sorts sets of one name and joins those of the same type.
func merge(sets []state.RRset) []state.RRset {
	slices.SortStableFunc(sets, func(a, b state.RRset) int { return cmp.Compare(a.Type, b.Type) })
	merged := sets[:0]
	for _, s := range sets {
		if n := len(merged); n > 0 && merged[n-1].Type == s.Type {
			merged[n-1].Records = sortRecords(slices.Concat(merged[n-1].Records, s.Records))
			continue
		}
		merged = append(merged, s)
	}
	return merged
}

func sortRecords(records []state.Record) []state.Record {
	slices.SortStableFunc(records, func(a, b state.Record) int { return cmp.Compare(a.Data, b.Data) })
	return records
}

// set judges one RRset by itself and returns it as stored: it shares the memory
// of s where nothing changes.
func (c *checker) set(s *state.RRset) state.RRset {
	out := *s
	if s.Type == state.ALIAS {
		out.Type = state.CNAME
	}
	out.Attrs = state.Attrs{}
	for key := range s.Attrs.All() {
		c.onSet(s, fault{text: fmt.Sprintf("Cloudflare keeps no %s for a set of records, only for each record", key)})
	}
	if !slices.Contains(types, out.Type) {
		for _, r := range s.Records {
			c.problem(s.Key, r, unheld(s.Type))
		}
		return out
	}
	out.Records = c.records(s, out.Type)
	if s.Type.IsText() {
		c.distinct(&out)
	}
	c.contentSize(&out)
	return out
}

// records returns the records of s as stored.
func (c *checker) records(s *state.RRset, t state.Type) []state.Record {
	var changed []state.Record // a copy, from the first change on
	dropped := 0
	for i := range s.Records {
		r := &s.Records[i]
		if c.isOwnNS(s.Key, r.Data) {
			dropped++
		}
		now := c.record(state.Key{Name: s.Name, Type: t}, r)
		if changed == nil && (now != *r || dropped > 0) {
			changed = append(make([]state.Record, 0, len(s.Records)), s.Records[:i]...)
		}
		if changed != nil && !c.isOwnNS(s.Key, r.Data) {
			changed = append(changed, now)
		}
	}
	switch {
	case changed == nil && dropped == 0:
		return s.Records
	case t == state.TXT:
		return sortRecords(changed)
	}
	return changed
}

// isOwnNS reports whether a record is one that the service makes by itself and
// lets nobody create: it is there whatever the configuration says.
func (c *checker) isOwnNS(k state.Key, data string) bool {
	return k.Type == state.NS && k.Name == c.zone && c.info != nil && slices.Contains(c.info.OwnNS, state.Name(data))
}

// record judges one record and returns it as stored.
func (c *checker) record(k state.Key, r *state.Record) state.Record {
	out := *r
	if k.Type == state.TXT && strings.Contains(r.Data, `" "`) {
		if texts := state.TXTStrings(r.Data); len(texts) > 1 {
			out.Data = state.TXTData(strings.Join(texts, ""))
			c.problem(k, *r, fault{
				severity: state.SeverityNotice,
				text:     fmt.Sprintf("Cloudflare keeps the %d strings of this TXT record as one text, and cuts it anew", len(texts)),
			})
		}
	}
	if f, bad := c.checkTTL(r); bad {
		c.problem(k, *r, f)
	}
	if f, bad := checkData(k, out.Data); bad {
		c.problem(k, *r, f)
	}
	if r.Attrs == (state.Attrs{}) {
		return out
	}
	if r.Attrs.Bool(attrProxied) && canProxy(k.Type) {
		out.TTL = state.TTLAuto
	}
	if f, bad := checkProxied(k, r); bad {
		c.problem(k, *r, f)
	}
	for _, f := range c.checkAttrs(k.Type, r.Attrs) {
		c.problem(k, *r, f)
	}
	if tags := r.Attrs.Strings(attrTags); tags != nil {
		if sorted := sortTags(tags); !slices.Equal(sorted, tags) {
			out.Attrs = r.Attrs.With(attrTags, sorted)
		}
	}
	return out
}

// distinct reports records that became equal when their strings were joined.
func (c *checker) distinct(s *state.RRset) {
	for i := 1; i < len(s.Records); i++ {
		if s.Records[i].Data == s.Records[i-1].Data {
			c.problem(s.Key, s.Records[i], fault{
				text: "Cloudflare takes this for the same record as another at this name, as it joins the strings of a TXT",
				hint: "keep one of them",
			})
		}
	}
}

// quota warns of more records than the plan allows. The service knows better:
// older zones have another quota.
func (c *checker) quota(z *state.Zone) {
	if most := recordQuota(c.plan); most > 0 && z.Len() > most {
		c.problem(state.Key{Name: z.Name}, state.Record{}, fault{
			severity: state.SeverityWarning,
			text:     fmt.Sprintf("the zone is to have %d records, but its plan (%s) commonly allows %d", z.Len(), c.plan, most),
			hint:     "the service may refuse what goes beyond",
		})
	}
}
