package powerdns

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zoneloom/zoneloom/provider"
	"github.com/zoneloom/zoneloom/state"
)

// secondaryText says why a secondary zone can't be managed.
const secondaryText = "the zone is a secondary on this server, so its records come from its primary: manage it there"

// Check implements provider.Checker. What a record declares as its comment
// becomes the comment of its RRset; and a record that is declared is one to be
// served, unless it says that it is disabled.
func (p *Provider) Check(want *state.Zone, info *provider.Info) (*state.Zone, []state.Problem) {
	c := &checker{zone: want.Name, enabled: map[state.Attrs]state.Attrs{}}
	for key := range want.Attrs.All() {
		c.problem(state.Key{Name: want.Name}, state.Record{}, fault{text: fmt.Sprintf("PowerDNS keeps no %s for a zone", key)})
	}
	if info != nil && isSecondary(info.Type) && len(want.RRsets) > 0 {
		c.onSet(&want.RRsets[0], fault{text: secondaryText})
	}
	stored := &state.Zone{Name: want.Name, RRsets: make([]state.RRset, 0, len(want.RRsets))}
	for start := 0; start < len(want.RRsets); {
		end := start
		for end < len(want.RRsets) && want.RRsets[end].Name == want.RRsets[start].Name {
			end++
		}
		sets := want.RRsets[start:end]
		c.name(sets)
		for i := range sets {
			stored.RRsets = append(stored.RRsets, c.set(&sets[i]))
		}
		start = end
	}
	return stored, c.problems
}

// checker judges one wanted zone.
type checker struct {
	zone     state.Name
	enabled  map[state.Attrs]state.Attrs // a record's attributes as declared, to those as stored
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

// name judges the RRsets at one name together.
func (c *checker) name(sets []state.RRset) {
	if n := sets[0].Name; !isWritable(n) {
		c.onSet(&sets[0], fault{
			text: fmt.Sprintf("PowerDNS's API takes only letters, digits, - _ and / in names, and * as the whole first label: not %s", n.Relative(c.zone)),
		})
	}
	for i := range sets {
		switch s := &sets[i]; s.Type {
		case state.CNAME:
			c.single(s)
			switch {
			case len(sets) > 1:
				other := slices.IndexFunc(sets, func(o state.RRset) bool { return o.Type != state.CNAME })
				c.onSet(s, fault{
					text: fmt.Sprintf("PowerDNS takes no CNAME beside other records (here %s) at the same name", sets[other].Type),
					hint: "keep the one or the other",
				})
			case s.Name == c.zone:
				c.onSet(s, fault{text: "PowerDNS takes no CNAME at the zone's own name, where its SOA is", hint: "write ALIAS, where the server has expand-alias=yes"})
			}
		case state.DNAME, state.SOA:
			c.single(s)
		}
	}
}

func (c *checker) single(s *state.RRset) {
	for _, r := range s.Records[1:] {
		c.problem(s.Key, r, fault{text: fmt.Sprintf("a name can have one %s only", s.Type), hint: "keep one of them"})
	}
}

// set judges one RRset by itself and returns it as stored: it shares the memory
// of s where nothing changes.
func (c *checker) set(s *state.RRset) state.RRset {
	c.place(s)
	c.ttls(s)
	out := state.RRset{Key: s.Key, Attrs: c.comment(s), Records: make([]state.Record, len(s.Records))}
	for i, r := range s.Records {
		out.Records[i] = c.record(s.Key, r)
	}
	for key := range s.Attrs.All() {
		if key != attrComment {
			c.onSet(s, fault{text: fmt.Sprintf("PowerDNS keeps no %s for a set of records", key)})
		}
	}
	return out
}

// place judges whether records of a type may stand where they are declared.
func (c *checker) place(s *state.RRset) {
	apex := s.Name == c.zone
	switch {
	case isOwn(s.Type):
		c.onSet(s, fault{text: fmt.Sprintf("PowerDNS makes %s records by itself", s.Type), hint: "take them out; pdnsutil secure-zone and set-nsec3 are for that"})
	case s.Type == state.DS && apex:
		c.onSet(s, fault{text: "a DS record at a zone's own name belongs to the parent zone, and PowerDNS refuses it", hint: "take it out, and hand it in at the registrar"})
	case (s.Type == "DNSKEY" || s.Type == state.SOA) && !apex:
		c.onSet(s, fault{text: fmt.Sprintf("PowerDNS takes %s records at the zone's own name only", s.Type)})
	}
}

// ttls judges the TTLs of an RRset, of which the server keeps one.
func (c *checker) ttls(s *state.RRset) {
	common := s.Records[0].TTL
	for _, r := range s.Records {
		switch {
		case r.TTL == state.TTLAuto:
			c.problem(s.Key, r, fault{text: "PowerDNS has no automatic TTL", hint: "write seconds"})
		case r.TTL > maxTTL:
			c.problem(s.Key, r, fault{text: fmt.Sprintf("the TTL %s is above %d, the most that DNS has", r.TTL, maxTTL)})
		case r.TTL != common && common != state.TTLAuto:
			c.problem(s.Key, r, fault{
				text: fmt.Sprintf("the TTL %s differs from %s of the record before: PowerDNS keeps one for all %s records of a name", r.TTL, common, s.Type),
				hint: "write the same ttl for all of them",
			})
		}
	}
}

// comment returns the attributes of an RRset whose comment is what its records
// say, which must be the same.
func (c *checker) comment(s *state.RRset) state.Attrs {
	first, has := s.Records[0].Attrs.String(attrComment), s.Records[0].Attrs.Has(attrComment)
	for _, r := range s.Records[1:] {
		if r.Attrs.String(attrComment) != first || r.Attrs.Has(attrComment) != has {
			c.problem(s.Key, r, fault{
				text: fmt.Sprintf("the comment differs from that of another value: PowerDNS keeps comments for all %s records of a name together", s.Type),
				hint: "write one comment, beside type",
			})
			return state.Attrs{}
		}
	}
	if s.Attrs.Has(attrComment) && !has {
		first, has = s.Attrs.String(attrComment), true
	}
	if !has {
		return state.Attrs{}
	}
	return state.MakeAttrs(map[string]any{attrComment: first})
}

// record judges one record and returns it as stored.
func (c *checker) record(k state.Key, r state.Record) state.Record {
	stored, known := c.enabled[r.Attrs]
	if !known {
		stored = state.MakeAttrs(map[string]any{attrDisabled: r.Attrs.Bool(attrDisabled)})
		c.enabled[r.Attrs] = stored
	}
	for key, value := range r.Attrs.All() {
		_, isBool := value.(bool)
		switch {
		case key == attrComment:
		case key == attrDisabled && !isBool:
			c.problem(k, r, fault{text: "disabled must be true or false"})
		case key != attrDisabled && !isEmpty(value):
			c.problem(k, r, fault{text: fmt.Sprintf("PowerDNS keeps no %s for a record", key), hint: "take it out, or name the providers that do with only:"})
		}
	}
	if text := checkData(k.Type, r.Data); text != "" {
		c.problem(k, r, fault{text: text})
	}
	r.Attrs = stored
	return r
}

// isEmpty reports whether an attribute is declared empty, which any service
// keeps.
func isEmpty(value any) bool {
	switch v := value.(type) {
	case bool:
		return !v
	case string:
		return v == ""
	case []string:
		return len(v) == 0
	case float64:
		return v == 0
	}
	return false
}

// checkData says what is wrong with canonical data of type t for PowerDNS, or
// nothing.
func checkData(t state.Type, data string) string {
	switch t {
	case state.MX, state.NS, state.SRV:
		target := state.Name(data[strings.LastIndexByte(data, ' ')+1:])
		if (target != "." || t == state.NS) && !isHostname(target) {
			return fmt.Sprintf("PowerDNS takes only the name of a host (letters, digits and hyphens) as the target of %s: not %s", t, target)
		}
	case "LOC":
		return checkLOC(data)
	}
	if _, err := contentTo(t, data); err != nil {
		return err.Error()
	}
	return ""
}

// isHostname reports whether n is a name as RFC 1123 section 2.1 has them.
func isHostname(n state.Name) bool {
	for label := range strings.SplitSeq(strings.TrimSuffix(string(n), "."), ".") {
		if label == "" || strings.HasPrefix(label, "-") || strings.HasSuffix(label, "-") {
			return false
		}
		if strings.ContainsFunc(label, func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' }) {
			return false
		}
	}
	return true
}
