package providertest

import (
	"slices"

	"pgregory.net/rapid"

	"github.com/zoneloom/zoneloom/state"
)

// testLaw writes zone after zone, each drawn at random, over the last.
func testLaw(s *subject) {
	rapid.Check(s.t, func(t *rapid.T) {
		for range 2 {
			s.write(t, s.draw(t))
		}
	})
}

// draw returns a zone that the provider can hold.
func (s *subject) draw(t *rapid.T) *state.Zone {
	types := s.typesHere()
	names := []string{"@", "*", "www", "mail", "_dmarc", "a.b", "*.a.b", "münchen", "sub"}
	var sets []state.RRset
	for _, name := range names {
		sets = append(sets, s.drawName(t, name, types)...)
	}
	z := s.content(sets...)
	for {
		_, problems := s.check(z)
		refused := map[state.Key]bool{}
		for _, p := range problems {
			if p.Severity == state.SeverityError {
				refused[p.Key] = true
			}
		}
		if len(refused) == 0 {
			return z
		}
		left := slices.DeleteFunc(slices.Clone(z.RRsets), func(set state.RRset) bool { return refused[set.Key] })
		if len(left) == len(z.RRsets) {
			t.Fatalf("Check refuses records that aren't there: %v", problems)
		}
		z = &state.Zone{Name: z.Name, RRsets: left}
	}
}

// drawName draws what is at one name: nothing, a type that stands alone, or
// types that go together.
func (s *subject) drawName(t *rapid.T, name string, types []state.Type) []state.RRset {
	alone := []state.Type{state.CNAME, state.DNAME, state.NS, state.ALIAS}
	var sets []state.RRset
	switch rapid.SampledFrom([]string{"nothing", "alone", "together", "together"}).Draw(t, name) {
	case "alone":
		one := rapid.SampledFrom(alone).Draw(t, "type")
		if s.has(one) && name != "@" {
			sets = append(sets, s.drawSet(t, name, one))
		}
	case "together":
		for _, typ := range rapid.SliceOfNDistinct(rapid.SampledFrom(types), 1, min(4, len(types)), rapid.ID).Draw(t, "types") {
			if !slices.Contains(alone, typ) && typ != state.DS {
				sets = append(sets, s.drawSet(t, name, typ))
			}
		}
	}
	return sets
}

// drawSet draws some of a type's samples, each with a TTL and attributes.
func (s *subject) drawSet(t *rapid.T, name string, typ state.Type) state.RRset {
	texts := slices.Clone(samples[typ])
	most := len(texts)
	if typ == state.CNAME || typ == state.DNAME || typ == state.ALIAS {
		most = 1
	}
	picked := rapid.SliceOfNDistinct(rapid.SampledFrom(texts), 1, most, rapid.ID).Draw(t, "data")
	set := s.set(name, typ, picked...)
	ttl := s.ttl(rapid.SampledFrom([]state.TTL{60, 300, 3600}).Draw(t, "ttl"))
	for i := range set.Records {
		set.Records[i].TTL = ttl
		set.Records[i].Attrs = s.drawAttrs(t, typ)
	}
	return set
}

// drawAttrs draws what is declared: some of the attributes that the provider
// holds, empty ones among them.
func (s *subject) drawAttrs(t *rapid.T, typ state.Type) state.Attrs {
	choices := map[string][]any{
		"comment": {"", "owned by web", `odd "comment"; ünïcode`},
		"tags":    {[]string{}, []string{"team:dns"}, []string{"a:b", "team:dns"}},
		"proxied": {false, true},
	}
	m := map[string]any{}
	for _, key := range s.zone.Info().Attrs {
		if choices[key] == nil || key == "proxied" && (!typ.IsAddress() || typ == state.ALIAS) {
			continue
		}
		if rapid.Bool().Draw(t, key) {
			m[key] = rapid.SampledFrom(choices[key]).Draw(t, key)
		}
	}
	return state.MakeAttrs(m)
}
