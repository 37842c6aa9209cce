package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/zoneloom/zoneloom/plan"
	"github.com/zoneloom/zoneloom/provider/live"
	"github.com/zoneloom/zoneloom/state"
)

// printVerified writes what the servers of each zone answered.
func (p *program) printVerified(checks []*zoneCheck, pos plan.Position) {
	var t tally
	for _, check := range checks {
		if check.servers == nil {
			continue // an error tells why it wasn't asked for
		}
		r := check.report()
		fmt.Fprintf(p.stdout, "%s  %s asked for\n", r.Zone, plural(r.Asked, "RRset"))
		for i := range r.Servers {
			p.printServer(r.Zone, &r.Servers[i], pos)
			t.add(&r.Servers[i])
		}
		p.printLeftOut(r)
	}
	fmt.Fprintln(p.stdout, t)
}

func (p *program) printServer(zone state.Name, s *live.ServerReport, pos plan.Position) {
	switch {
	case s.Fault != nil && s.Fault.NoRoute:
		fmt.Fprintf(p.stdout, "  %s: not asked: %s\n", printable(s.String()), s.Fault.Text)
	case s.Fault != nil:
		fmt.Fprintf(p.stdout, "  %s: %s\n", printable(s.String()), printable(s.Fault.Text))
	case len(s.Differs) == 0:
		fmt.Fprintf(p.stdout, "  %s: as configured, serial %d\n", printable(s.String()), s.Serial)
	default:
		fmt.Fprintf(p.stdout, "  %s: %d as configured, %d not, serial %d\n", printable(s.String()), s.Agreed, len(s.Differs), s.Serial)
	}
	for _, d := range s.Differs {
		at := ""
		if file, line := pos(d.Src); file != "" {
			at = " (" + file + ":" + strconv.Itoa(line) + ")"
		}
		asked := ""
		if d.Asked != d.Name {
			asked = ", asked for as " + string(d.Asked)
		}
		fmt.Fprintf(p.stdout, "    %s %s%s: %s%s\n", d.Name.Relative(zone), d.Type, asked, printable(d.Text), at)
	}
}

// printLeftOut says what can't be compared, all of it where the user wants to
// know all, else how much for each reason.
func (p *program) printLeftOut(r *live.Report) {
	all := leftOut(r)
	if p.verbose {
		for _, l := range all {
			fmt.Fprintf(p.stdout, "  not comparable: %s %s: %s\n", l.Name.Relative(r.Zone), l.Type, l.Why)
		}
		return
	}
	counts := map[string]int{}
	for _, l := range all {
		counts[l.Why]++
	}
	for _, why := range slices.Sorted(maps.Keys(counts)) {
		fmt.Fprintf(p.stdout, "  not comparable: %s: %s\n", plural(counts[why], "RRset"), why)
	}
}

// leftOut returns what wasn't compared at one server at least.
func leftOut(r *live.Report) []live.LeftOut {
	all := slices.Clone(r.LeftOut)
	for i := range r.Servers {
		all = append(all, r.Servers[i].LeftOut...)
	}
	slices.SortFunc(all, func(a, b live.LeftOut) int { return cmp.Or(a.Compare(b.Key), cmp.Compare(a.Why, b.Why)) })
	return slices.Compact(all)
}

// tally counts what servers answered.
type tally struct{ servers, agree, unasked, differs int }

func (t *tally) add(s *live.ServerReport) {
	t.servers++
	t.differs += len(s.Differs)
	switch {
	case s.Fault != nil && s.Fault.NoRoute:
		t.unasked++
	case s.Fault == nil && len(s.Differs) == 0:
		t.agree++
	}
}

func talliedOf(checks []*zoneCheck) tally {
	var t tally
	for _, check := range checks {
		r := check.report()
		for i := range r.Servers {
			t.add(&r.Servers[i])
		}
	}
	return t
}

// String says it in a sentence.
func (t tally) String() string {
	text := fmt.Sprintf("%d of %s as configured", t.agree, plural(t.servers, "server"))
	if t.differs > 0 {
		text += ", " + plural(t.differs, "difference")
	}
	if t.unasked > 0 {
		text += fmt.Sprintf(", %d can't be reached from here", t.unasked)
	}
	return text
}

// verifiedJSON is what verify found, for machines.
type verifiedJSON struct {
	Agrees bool               `json:"agrees"`
	Zones  []verifiedZoneJSON `json:"zones"`
}

type verifiedZoneJSON struct {
	Zone    state.Name           `json:"zone"`
	Agrees  bool                 `json:"agrees"`
	Asked   int                  `json:"asked"`
	LeftOut []leftOutJSON        `json:"not_comparable"`
	Servers []verifiedServerJSON `json:"servers"`
}

type leftOutJSON struct {
	Name state.Name `json:"name"`
	Type state.Type `json:"type"`
	Why  string     `json:"why"`
}

type verifiedServerJSON struct {
	Host    state.Name       `json:"host,omitempty"`
	Address string           `json:"address,omitempty"`
	Serial  uint32           `json:"serial"`
	Agreed  int              `json:"agreed"`
	Fault   *faultKindJSON   `json:"fault,omitempty"`
	Differs []differenceJSON `json:"differences"`
}

type faultKindJSON struct {
	Kind    live.Kind `json:"kind"`
	Text    string    `json:"text"`
	NoRoute bool      `json:"no_route"`
}

type differenceJSON struct {
	Name    state.Name  `json:"name"`
	Type    state.Type  `json:"type"`
	Asked   state.Name  `json:"asked"`
	Kind    live.Kind   `json:"kind"`
	Missing []string    `json:"missing,omitempty"`
	Extra   []string    `json:"extra,omitempty"`
	TTL     *state.TTL  `json:"ttl,omitempty"`
	WantTTL *state.TTL  `json:"want_ttl,omitempty"`
	Text    string      `json:"text"`
	Source  *sourceJSON `json:"source,omitempty"`
}

type sourceJSON struct {
	File string `json:"file"`
	Line int    `json:"line"`
}

func newVerified(checks []*zoneCheck, pos plan.Position) verifiedJSON {
	out := verifiedJSON{Agrees: allAgree(checks), Zones: []verifiedZoneJSON{}}
	for _, check := range checks {
		r := check.report()
		z := verifiedZoneJSON{Zone: r.Zone, Agrees: r.Agrees(), Asked: r.Asked, LeftOut: []leftOutJSON{}, Servers: []verifiedServerJSON{}}
		for _, l := range leftOut(r) {
			z.LeftOut = append(z.LeftOut, leftOutJSON{l.Name, l.Type, l.Why})
		}
		for i := range r.Servers {
			z.Servers = append(z.Servers, newVerifiedServer(&r.Servers[i], pos))
		}
		out.Zones = append(out.Zones, z)
	}
	return out
}

func newVerifiedServer(s *live.ServerReport, pos plan.Position) verifiedServerJSON {
	out := verifiedServerJSON{Host: s.Host, Serial: s.Serial, Agreed: s.Agreed, Differs: []differenceJSON{}}
	if s.Addr.IsValid() {
		out.Address = s.Addr.String()
	}
	if s.Fault != nil {
		out.Fault = &faultKindJSON{s.Fault.Kind, s.Fault.Text, s.Fault.NoRoute}
	}
	for _, d := range s.Differs {
		one := differenceJSON{
			Name: d.Name, Type: d.Type, Asked: d.Asked, Kind: d.Kind, Missing: d.Missing, Extra: d.Extra, Text: d.Text,
		}
		if d.TTL != d.WantTTL {
			one.TTL, one.WantTTL = &d.TTL, &d.WantTTL
		}
		if file, line := pos(d.Src); file != "" {
			one.Source = &sourceJSON{file, line}
		}
		out.Differs = append(out.Differs, one)
	}
	return out
}
