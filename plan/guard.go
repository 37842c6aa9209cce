package plan

import (
	"fmt"
	"slices"

	"github.com/zoneloom/zoneloom/state"
)

// The guards: a plan that trips one is shown and not applied without leave. The
// names are stable.
const (
	GuardDeleteMany      = "delete-many"
	GuardChangeMany      = "change-many"
	GuardWipe            = "wipe"
	GuardEmpty           = "empty"
	GuardApexNS          = "apex-ns"
	GuardDelegation      = "delegation"
	GuardDS              = "ds"
	GuardMX              = "mx"
	GuardSPF             = "spf"
	GuardDKIM            = "dkim"
	GuardDMARC           = "dmarc"
	GuardCAA             = "caa"
	GuardApexAddress     = "apex-address"
	GuardWildcardAddress = "wildcard-address"
	GuardProtect         = "protect"
	GuardUnproxy         = "unproxy"
)

// GuardNames returns the names of all guards.
func GuardNames() []string {
	return []string{
		GuardDeleteMany, GuardChangeMany, GuardWipe, GuardEmpty, GuardApexNS, GuardDelegation, GuardDS, GuardMX,
		GuardSPF, GuardDKIM, GuardDMARC, GuardCAA, GuardApexAddress, GuardWildcardAddress, GuardProtect, GuardUnproxy,
	}
}

// Refusal is the objection of a guard to what a plan does to a zone, or of a
// rule of the owner's own.
type Refusal struct {
	Zone     state.Name
	Provider string
	Guard    string // one of GuardNames, or another rule's name: "policy:no-friday"
	Text     string // a sentence without its full stop
}

// review is what guards look at.
type review struct {
	in   *Input
	live *state.Zone
	zone *Zone
	ours int // live RRsets with records that might be deleted

	before, after *view // made by views
}

// guards in the order of their refusals: each returns its objection, or "".
var guards = []struct {
	name  string
	check func(*review) string
}{
	{GuardDeleteMany, deleteMany},
	{GuardChangeMany, changeMany},
	{GuardWipe, wipe},
	{GuardEmpty, empty},
	{GuardApexNS, apexNS},
	{GuardDelegation, keeps(&delegated)},
	{GuardDS, keeps(&signed)},
	{GuardMX, keeps(&mail)},
	{GuardSPF, keeps(&spf)},
	{GuardDKIM, keeps(&dkim)},
	{GuardDMARC, keeps(&dmarc)},
	{GuardCAA, keeps(&issuing)},
	{GuardApexAddress, keepsAddress(&apexAddress)},
	{GuardWildcardAddress, keepsAddress(&wildAddress)},
	{GuardProtect, protect},
	{GuardUnproxy, unproxy},
}

func guard(r *review) []Refusal {
	if len(r.zone.Changes) == 0 {
		return nil
	}
	var refusals []Refusal
	for _, g := range guards {
		if text := g.check(r); text != "" {
			refusals = append(refusals, Refusal{Zone: r.zone.Name, Provider: r.zone.Provider, Guard: g.name, Text: text})
		}
	}
	return refusals
}

// count returns how many of the changes do what a says.
func (r *review) count(a state.Action) int {
	n := 0
	for _, c := range r.zone.Changes {
		if c.Action() == a {
			n++
		}
	}
	return n
}

func (r *review) limit(guard string) state.Limit {
	if l, ok := r.in.Rules.Limits[guard]; ok {
		return l
	}
	return state.DefaultLimits()[guard]
}

// over says by how much n RRsets of those read are more than a guard lets pass,
// or "".
func (r *review) over(guard string, n int) string {
	switch l := r.limit(guard); {
	case l.Most != 0 && n > l.Most:
		return fmt.Sprintf("more than %d", l.Most)
	case n > l.Count && n*100 > l.Percent*r.zone.Read:
		return fmt.Sprintf("more than %d and more than %d %%", l.Count, l.Percent)
	}
	return ""
}

func deleteMany(r *review) string {
	n := r.count(state.Delete)
	if over := r.over(GuardDeleteMany, n); over != "" {
		return fmt.Sprintf("%d of the %d RRsets read would be deleted, %s", n, r.zone.Read, over)
	}
	return ""
}

func changeMany(r *review) string {
	updates, deletes := r.count(state.Update), r.count(state.Delete)
	if over := r.over(GuardChangeMany, updates+deletes); over != "" {
		return fmt.Sprintf("%d of the %d RRsets read would be changed (%d updated, %d deleted), %s",
			updates+deletes, r.zone.Read, updates, deletes, over)
	}
	return ""
}

// wipe objects where nothing that was there stays. A name whose records are
// replaced by others has not gone.
func wipe(r *review) string {
	n := r.count(state.Delete)
	if n == 0 || n < r.ours {
		return ""
	}
	for group := range groups(r.zone.Changes) {
		if len(group) > 1 && group[len(group)-1].Action() == state.Create && group[0].Action() == state.Delete {
			return ""
		}
	}
	return fmt.Sprintf("all records that the zone has would be deleted (%d %s)", n, plural(n, "RRset"))
}

func empty(r *review) string {
	n := r.count(state.Delete)
	if n == 0 || len(r.in.Want.RRsets) > 0 {
		return ""
	}
	return fmt.Sprintf("the configuration has no records for the zone, and %d %s would be deleted", n, plural(n, "RRset"))
}

// unproxy objects where a proxied name or record stops being so, which lets out
// the address behind it, and the record itself doesn't say that it shall.
func unproxy(r *review) string {
	var names []state.Name
	for group := range groups(r.zone.Changes) {
		if r.unproxiesRecord(group) || r.unproxiesName(group) {
			names = append(names, group[0].Name)
		}
	}
	switch len(names) {
	case 0:
		return ""
	case 1:
		return fmt.Sprintf("%s would no longer be proxied, and no record there says proxied: false", names[0])
	}
	return fmt.Sprintf("%d names would no longer be proxied, %s first, and no record there says proxied: false", len(names), names[0])
}

// says reports whether proxied is declared at rec itself.
func (r *review) says(rec state.Record) bool { return r.in.written(rec.Src, proxied) }

const proxied = "proxied"

func (r *review) unproxiesRecord(group []state.Change) bool {
	for _, c := range group {
		for _, p := range c.Pairs {
			before, after := c.Before.Records[p.Before], c.After.Records[p.After]
			if before.Attrs.Bool(proxied) && !after.Attrs.Bool(proxied) && !r.says(after) {
				return true
			}
		}
	}
	return false
}

// unproxiesName reports whether a proxied address of the group's name goes and
// the addresses that it has then are none of them proxied.
func (r *review) unproxiesName(group []state.Change) bool {
	had := slices.ContainsFunc(group, func(c state.Change) bool {
		return c.Type.IsAddress() && slices.ContainsFunc(records(c.Before), isProxied)
	})
	if !had {
		return false
	}
	unsaid, still := false, false
	after := &view{zone: r.live, changes: map[state.Name][]state.Change{group[0].Name: group}}
	after.each(group[0].Name, func(s *state.RRset) {
		if !s.Type.IsAddress() {
			return
		}
		for _, rec := range s.Records {
			still = still || isProxied(rec)
			unsaid = unsaid || !r.says(rec)
		}
	})
	return unsaid && !still
}

func isProxied(r state.Record) bool { return r.Attrs.Bool(proxied) }

func plural(n int, word string) string {
	if n == 1 {
		return word
	}
	return word + "s"
}
