package live

import (
	"fmt"

	"github.com/zoneloom/zoneloom/state"
)

// LeftOut is an RRset that can't be compared with what servers answer.
type LeftOut struct {
	state.Key
	Why string
}

// question is an RRset to ask servers for.
type question struct {
	key  state.Key
	name state.Name // to ask for: key's, or one that its wildcard answers for
	cut  bool       // NS of a delegation: referred to, not answered
	data []string
	ttl  state.TTL // TTLAuto: not to be compared
	src  state.Src
}

// questions returns what to ask for a wanted zone, and what can't be compared.
func questions(want *state.Zone) (ask []question, left []LeftOut) {
	a := asker{zone: want}
	for i := range want.RRsets {
		set := &want.RRsets[i]
		if why := a.unfit(set); why != "" {
			left = append(left, LeftOut{set.Key, why})
			continue
		}
		q := question{key: set.Key, name: set.Name, ttl: set.Records[0].TTL, src: set.Records[0].Src}
		q.cut = set.Type == state.NS && set.Name != want.Name
		if set.Name.IsWildcard() {
			q.name = a.witness(set.Name)
		}
		for _, r := range set.Records {
			if r.Attrs.Bool("disabled") {
				continue
			}
			q.data = append(q.data, r.Data)
			if r.TTL != q.ttl { // on the wire a set has one
				q.ttl = state.TTLAuto
			}
		}
		ask = append(ask, q)
	}
	return ask, left
}

// asker looks at one wanted zone.
type asker struct {
	zone  *state.Zone
	names map[state.Name]bool // that exist, made when a wildcard needs it
}

// unfit says why what servers answer for a set isn't what it holds; "" where it
// should be.
func (a *asker) unfit(s *state.RRset) string {
	apex := s.Name == a.zone.Name
	if why := a.hidden(s); why != "" {
		return why
	}
	switch _, sent := codeOf(s.Type); {
	case !sent:
		return fmt.Sprintf("servers answer with what %s leads to", s.Type)
	case s.Type == state.NS && s.Name.IsWildcard():
		return "a wildcard doesn't delegate"
	case s.Type == state.CNAME && apex:
		return "a CNAME at the apex is flattened"
	}
	enabled := false
	for _, r := range s.Records {
		if r.Attrs.Bool("proxied") {
			return "the service answers for proxied records with addresses of its own"
		}
		if s.Type == state.CNAME && r.Attrs.Bool("settings.flatten_cname") {
			return "the CNAME is flattened"
		}
		enabled = enabled || !r.Attrs.Bool("disabled")
	}
	if !enabled {
		return "it is disabled"
	}
	return ""
}

// hidden says what keeps a zone's servers from answering for s: a delegation at
// its name or above it, or a DNAME above it.
func (a *asker) hidden(s *state.RRset) string {
	for n := s.Name; n != a.zone.Name && n != "."; n = n.Parent() {
		at := a.zone.At(n)
		for i := range at {
			switch {
			case at[i].Type == state.DNAME && n != s.Name:
				return fmt.Sprintf("it lies below the DNAME %s", n)
			case at[i].Type == state.NS && (n != s.Name || s.Type != state.NS && s.Type != state.DS):
				return fmt.Sprintf("it lies in the delegated zone %s", n)
			}
		}
	}
	if apex := a.zone.Find(state.Key{Name: a.zone.Name, Type: state.DNAME}); apex != nil && s.Name != a.zone.Name {
		return fmt.Sprintf("it lies below the DNAME %s", a.zone.Name)
	}
	return ""
}

// witness returns a name that nothing but the wildcard w answers for, the same
// one every time.
func (a *asker) witness(w state.Name) state.Name {
	if a.names == nil {
		a.names = map[state.Name]bool{}
		for i := range a.zone.RRsets {
			for n := a.zone.RRsets[i].Name; n != a.zone.Name && !a.names[n]; n = n.Parent() {
				a.names[n] = true
			}
		}
	}
	n := below(witness, w.Parent())
	for i := 2; a.names[n]; i++ {
		n = below(fmt.Sprintf("%s-%d", witness, i), w.Parent())
	}
	return n
}

// witness is the label that is put in a wildcard's place.
const witness = "zoneloom-verify"

func below(label string, n state.Name) state.Name {
	if n == "." {
		return state.Name(label + ".")
	}
	return state.Name(label+".") + n
}
