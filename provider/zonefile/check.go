package zonefile

import (
	"fmt"
	"slices"

	"github.com/zoneloom/zoneloom/provider"
	"github.com/zoneloom/zoneloom/state"
)

// Check finds what a master file can't hold, or no server would load.
func (p *Provider) Check(want *state.Zone, _ *provider.Info) (*state.Zone, []state.Problem) {
	c := checker{p: p, zone: want.Name}
	stored := &state.Zone{Name: want.Name, Attrs: want.Attrs, RRsets: slices.Clone(want.RRsets)}
	var o occupation
	for i := range stored.RRsets {
		set := &stored.RRsets[i]
		if i == 0 || set.Name != stored.RRsets[i-1].Name {
			o = occupation{}
			if set.Name == want.Name {
				o.other = state.SOA
			}
		}
		set.Records = slices.Clone(set.Records)
		for j := range set.Records {
			r := &set.Records[j]
			c.record(set, r)
			if err := o.add(set.Name, set.Type, r.Data); err != nil {
				c.problemf(set.Key, *r, "declare one or the other", "%s", err)
			}
			if r.Attrs.Has(attrComment) {
				r.Attrs = r.Attrs.With(attrComment, oneLine(r.Attrs.String(attrComment)))
			}
		}
		c.set(set)
	}
	return stored, c.problems
}

// checker gathers what Check finds.
type checker struct {
	p        *Provider
	zone     state.Name
	problems []state.Problem
}

func (c *checker) problemf(k state.Key, r state.Record, hint, format string, args ...any) *state.Problem {
	c.problems = append(c.problems, state.Problem{Key: k, Data: r.Data, Src: r.Src, Hint: hint, Text: fmt.Sprintf(format, args...)})
	return &c.problems[len(c.problems)-1]
}

// set checks an RRset as a whole.
func (c *checker) set(set *state.RRset) {
	for _, r := range set.Records {
		if r.TTL != set.Records[0].TTL {
			c.problemf(set.Key, r, "give all records of this name and type one ttl",
				"a master file has one TTL for each RRset, and this one would have %s and %s", set.Records[0].TTL, r.TTL)
			return
		}
	}
}

// record checks one record.
func (c *checker) record(set *state.RRset, r *state.Record) {
	if r.TTL == state.TTLAuto {
		c.problemf(set.Key, *r, "write a number of seconds, or 5m, 1h, 1d", "a master file has no automatic TTL")
	}
	for key := range r.Attrs.All() {
		if key != attrComment {
			c.problemf(set.Key, *r, "remove it, or say with only: which provider the record is for", "a master file can't hold the attribute %s", key)
		}
	}
	switch {
	case isSigning(set.Type):
		c.problemf(set.Key, *r, "remove the record: whoever signs the zone makes it", "records of type %s are made by signing a zone", set.Type)
	case set.Type == state.ALIAS || set.Type == state.LUA:
		c.private(set.Key, *r)
	case set.Type.IsText():
		c.text(set.Key, *r)
	}
}

// private judges the types of PowerDNS: other servers refuse a file that has one.
func (c *checker) private(k state.Key, r state.Record) {
	if reloads[c.p.Reload] != nil {
		c.problemf(k, r, "use the addresses themselves", "the servers that %s speaks to refuse a zone that has a record of type %s", c.p.Reload, k.Type)
		return
	}
	c.problemf(k, r, "", "of the servers that load master files, only PowerDNS knows the type %s; others refuse the whole zone", k.Type).
		Severity = state.SeverityWarning
}

// text checks the strings of a text that has several; one alone is cut.
func (c *checker) text(k state.Key, r state.Record) {
	texts := state.TXTStrings(r.Data)
	if len(texts) < 2 {
		return
	}
	for _, text := range texts {
		if len(text) > maxString {
			c.problemf(k, r, "write the text as one string, which is cut by itself, or cut this one",
				"one of several strings has %d octets, at most %d are allowed", len(text), maxString)
		}
	}
}
