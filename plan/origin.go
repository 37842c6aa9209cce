package plan

import (
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/zoneloom/zoneloom/state"
)

// OriginKind says where a change comes from.
type OriginKind string

// The origins. Their names are stable.
const (
	Intended   OriginKind = "intended"    // the configuration asks for something else than its base
	Drift      OriginKind = "drift"       // the service was changed
	CatchingUp OriginKind = "catching-up" // the base asks for it already, and it isn't applied yet
	Behind     OriginKind = "behind"      // the base asked for what is live after the configuration left it
	Untold     OriginKind = "unknown"     // the history doesn't tell drift from catching up
)

// OriginKinds returns all origins.
func OriginKinds() []OriginKind { return []OriginKind{Intended, Drift, CatchingUp, Behind, Untold} }

// Origin is where one change comes from.
type Origin struct {
	Kind OriginKind
	// Also is, of an intended change, why what is live wasn't as the base asks; ""
	// where it was.
	Also     OriginKind
	Revision string    // where it is catching up or behind: the one that asks for what is live
	Modified time.Time // where the service says when it was last changed
}

// String says in a few words where the change comes from.
func (o Origin) String() string {
	var b strings.Builder
	b.WriteString(string(o.Kind))
	switch {
	case o.Also == CatchingUp:
		b.WriteString(", over what isn't applied yet")
	case o.Also == Drift:
		b.WriteString(", over what was changed at the service")
	case o.Also != "":
		b.WriteString(", over what isn't as the base asks")
	}
	if o.Revision != "" {
		b.WriteString(": it is as of " + o.Revision[:min(12, len(o.Revision))])
	}
	if !o.Modified.IsZero() {
		b.WriteString(", last changed on " + o.Modified.UTC().Format("2006-01-02 15:04 UTC"))
	}
	return b.String()
}

// Revision is what one revision of the configuration asks of a zone at a
// provider.
type Revision struct {
	ID      string
	Want    *state.Zone // as the service would store it; nil where the zone isn't there
	Rules   state.Rules
	Written func(src state.Src, key string) bool // see Input
}

// History is what there is to tell origins by.
type History struct {
	Base Revision // what the configuration has grown from
	Tip  *Revision
	// Earlier are the revisions before Base, the newest first. It is read as far as
	// needed, if at all.
	Earlier iter.Seq[Revision]
	// Whole reports, once Earlier is read to its end, whether there are no others.
	Whole func() bool
}

// Trace finds out where the changes of z come from; live is the zone as it was
// read for the plan, nil where z creates it.
//
// A change that the base makes in the same way isn't intended. It is drift where
// what is live was never asked for, or where it was and a revision that asked
// for something else has been applied since: an apply writes a zone as a whole,
// so all of a revision was applied once anything is live that it was the first
// to ask for. Else it is catching up.
func (z *Zone) Trace(live *state.Zone, h *History) {
	if live == nil {
		live = &state.Zone{Name: z.Name}
	}
	base := z.apart(live, &h.Base)
	var tip map[state.Key]*state.RRset
	if h.Tip != nil {
		tip = z.apart(live, h.Tip)
	}
	z.Origins = make([]Origin, len(z.Changes))
	var open []*trace
	for i, c := range z.Changes {
		after, apart := base[c.Key]
		o := &z.Origins[i]
		_, tipApart := tip[c.Key]
		same := apart && after.Equal(c.After)
		switch {
		case !same:
			o.Kind = Intended
			if apart {
				open = append(open, &trace{c.Key, &o.Also, o})
			}
		case h.Tip != nil && h.Tip.Want != nil && !tipApart:
			o.Kind, o.Revision = Behind, h.Tip.ID
		default:
			open = append(open, &trace{c.Key, &o.Kind, o})
		}
	}
	z.follow(live, base, open, h)
}

// trace is a change whose origin is sought.
type trace struct {
	key    state.Key
	to     *OriginKind // where the answer goes
	origin *Origin
}

// follow goes back through the history until every one of open is told.
func (z *Zone) follow(live *state.Zone, newer map[state.Key]*state.RRset, open []*trace, h *History) {
	if len(open) == 0 {
		return
	}
	for r := range h.Earlier {
		if r.Want == nil { // the zone came with the one after it
			tell(open, untouched(live, &h.Base))
			return
		}
		older := z.apart(live, &r)
		for k := range older {
			if _, apart := newer[k]; !apart { // a newer one was applied, and what is open is as none of them asks
				tell(open, Drift)
				return
			}
		}
		open = slices.DeleteFunc(open, func(t *trace) bool {
			if _, apart := older[t.key]; apart {
				return false
			}
			*t.to, t.origin.Revision = CatchingUp, r.ID
			return true
		})
		if len(open) == 0 {
			return
		}
		newer = older
	}
	kind := Untold
	if h.Whole() {
		kind = untouched(live, &h.Base)
	}
	tell(open, kind)
}

// untouched tells how live, which no revision asked for as it is, became so: by
// other hands, unless nothing that r asks for has ever been there.
func untouched(live *state.Zone, r *Revision) OriginKind {
	for i := range r.Want.RRsets {
		if live.Find(r.Want.RRsets[i].Key) != nil {
			return Drift
		}
	}
	return CatchingUp
}

func tell(open []*trace, kind OriginKind) {
	for _, t := range open {
		*t.to = kind
	}
}

// apart returns what revision r makes of each RRset of live that isn't as it asks.
func (z *Zone) apart(live *state.Zone, r *Revision) map[state.Key]*state.RRset {
	if r.Want == nil { // which touches nothing
		return nil
	}
	d := differ{own: newOwner(&Input{Want: r.Want, Rules: r.Rules, OwnNS: z.OwnNS, Written: r.Written})}
	d.walk(live, r.Want)
	apart := make(map[state.Key]*state.RRset, len(d.changes))
	for _, c := range d.changes {
		apart[c.Key] = c.After
	}
	return apart
}
