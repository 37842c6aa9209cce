package lint

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/zoneloom/zoneloom/state"
)

// Zone is a zone as one provider would keep it.
type Zone struct {
	Want  *state.Zone
	Rules state.Rules
	Lint  state.Lint
	// Silent zones are looked into where others lead there, and not judged.
	Silent bool
}

// Rule is one kind of finding.
type Rule struct {
	Code     string // "ZL203"; it never changes its meaning
	Name     string // a few words with hyphens
	Severity state.Severity
	Summary  string // a sentence without its full stop

	check func(*zone)
}

// Rules returns all rules by their codes.
func Rules() []Rule { return slices.Clone(rules) }

// Find returns the rule with a code, or nil.
func Find(code string) *Rule {
	i, found := slices.BinarySearchFunc(rules, code, func(r Rule, c string) int { return cmp.Compare(r.Code, c) })
	if !found {
		return nil
	}
	return &rules[i]
}

// Check returns what is to be said about zones, in the order of names, types,
// data and codes. A finding that several providers' versions of a zone give
// alike is there once. Zones that lead to one another are looked at together; of
// several with one name the first is followed from elsewhere.
func Check(zones []Zone) []state.Problem {
	w := newWorld(zones)
	for _, z := range w.zones {
		for i := range rules {
			if z.Silent || rules[i].check == nil {
				continue
			}
			z.rule = &rules[i]
			rules[i].check(z)
		}
	}
	w.aboutIgnores()
	slices.SortStableFunc(w.found, compare)
	return slices.Compact(w.found)
}

func compare(a, b state.Problem) int {
	return cmp.Or(a.Key.Compare(b.Key), cmp.Compare(a.Data, b.Data), cmp.Compare(a.Code, b.Code),
		cmp.Compare(a.Src, b.Src), cmp.Compare(a.Severity, b.Severity), cmp.Compare(a.Text, b.Text), cmp.Compare(a.Hint, b.Hint))
}

// report notes a finding of the rule that is being checked, unless the zone's
// owner doesn't want it.
func (z *zone) report(k state.Key, r state.Record, hint, format string, args ...any) {
	severity := z.rule.Severity
	if l, ok := z.Lint.Levels[z.rule.Code]; ok {
		if l.Off {
			return
		}
		severity = l.Severity
	}
	if z.ignored(k, r) {
		return
	}
	z.world.found = append(z.world.found, state.Problem{
		Key: k, Data: r.Data, Src: r.Src, Severity: severity, Code: z.rule.Code,
		Text: fmt.Sprintf(format, args...), Hint: hint,
	})
}

// ignored reports whether a finding is to be left out. All that say so count as
// used.
func (z *zone) ignored(k state.Key, r state.Record) bool {
	found := false
	use := func(list []state.LintIgnore) {
		for _, i := range list {
			matches := func(p state.Pattern) bool { return p.Match(z.Want.Name, k, r.Data) }
			if i.Code == z.rule.Code && (len(i.Records) == 0 || slices.ContainsFunc(i.Records, matches)) {
				z.world.used[i.Src] = true
				found = true
			}
		}
	}
	use(z.Lint.At[r.Src])
	use(z.Lint.Ignore)
	return found
}

// aboutIgnores notes what is wrong with the ignores themselves.
func (w *world) aboutIgnores() {
	seen := map[state.Src]bool{}
	for _, z := range w.zones {
		about := func(i state.LintIgnore, k state.Key) {
			if z.Silent || seen[i.Src] {
				return
			}
			seen[i.Src] = true
			at := state.Record{Src: i.Src}
			if i.Reason == "" {
				z.rule = Find("ZL901")
				z.report(k, at, "write reason: beside ignore", "%s is ignored, and nothing says why", i.Code)
			}
			// Whether a finding is there may lie in zones that weren't judged.
			if !w.used[i.Src] && !w.silent {
				z.rule = Find("ZL902")
				z.report(k, at, "take it out", "%s is ignored, and isn't found here", i.Code)
			}
		}
		apex := state.Key{Name: z.Want.Name}
		for _, i := range z.Lint.Ignore {
			about(i, apex)
		}
		for _, s := range z.Want.RRsets {
			for _, r := range s.Records {
				for _, i := range z.Lint.At[r.Src] {
					about(i, s.Key)
				}
			}
		}
	}
}
