package lint

import (
	"slices"
	"strings"

	"github.com/zoneloom/zoneloom/state"
)

// hostTypes are the types whose owners are hosts' names (RFC 1123 section 2.1).
var hostTypes = []state.Type{state.A, state.AAAA, state.MX}

// isPlain reports whether n is surely a host's name, as nearly all are.
func isPlain(n state.Name) bool {
	edge := true // of a label
	for i := range len(n) {
		c := n[i]
		switch {
		case c == '-' && edge, c == '.' && i > 0 && n[i-1] == '-':
			return false
		case c != '.' && c != '-' && (c < 'a' || c > 'z') && (c < '0' || c > '9'):
			return false
		}
		edge = c == '.'
	}
	return true
}

// hostLabels yields the labels of names that are hosts' and not plainly so, with the
// first record that makes each one. A leading asterisk stands for any label. A
// name with the address of none, which keeps a wildcard away, is no host.
func (z *zone) hostLabels(yield func(state.Key, state.Record, []string)) {
	var last state.Name
	for _, s := range z.Want.RRsets {
		if !slices.Contains(hostTypes, s.Type) || s.Name == last || !slices.ContainsFunc(s.Records, isSomewhere) {
			continue
		}
		last = s.Name
		if isPlain(s.Name) {
			continue
		}
		labels := s.Name.Labels()
		if len(labels) > 0 && labels[0] == "*" {
			labels = labels[1:]
		}
		yield(s.Key, s.Records[0], labels)
	}
}

func isSomewhere(r state.Record) bool { return r.Data != "0.0.0.0" && r.Data != "::" }

func hostCharacters(z *zone) {
	z.hostLabels(func(k state.Key, r state.Record, labels []string) {
		// Windows keeps the addresses of its directory servers there.
		if len(labels) > 1 && labels[0] == "gc" && labels[1] == "_msdcs" {
			return
		}
		for _, l := range labels {
			if l != "*" && strings.Trim(l, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
				z.report(k, r, "use letters, digits and hyphens", "the label %s can't stand in a host's name", l)
				return
			}
		}
	})
}

func hyphenAtEdge(z *zone) {
	z.hostLabels(func(k state.Key, r state.Record, labels []string) {
		for _, l := range labels {
			if strings.HasPrefix(l, "-") || strings.HasSuffix(l, "-") {
				z.report(k, r, "take the hyphen out", "the label %s of a host's name begins or ends with a hyphen", l)
				return
			}
		}
	})
}

// names yields each name once, with the first of its records.
func (z *zone) names(yield func(state.Key, state.Record)) {
	var last state.Name
	for _, s := range z.Want.RRsets {
		if s.Name != last {
			yield(s.Key, s.Records[0])
		}
		last = s.Name
	}
}

func badPunycode(z *zone) {
	z.names(func(k state.Key, r state.Record) {
		if !strings.Contains(string(k.Name), "xn--") {
			return
		}
		for _, l := range k.Name.Labels() {
			if n := state.Name(l + "."); strings.HasPrefix(l, "xn--") && n.Unicode() == string(n) {
				z.report(k, r, "write the label in Unicode", "the label %s stands for no Unicode label", l)
				return
			}
		}
	})
}

// doubled reports whether n ends in the zone's name twice.
func (z *zone) doubled(n state.Name) bool {
	zone := z.Want.Name
	if zone == "." || zone.Parent() == "." || n == zone || !n.IsIn(zone) {
		return false
	}
	return n[:len(n)-len(zone)].IsIn(zone)
}

func zoneDoubling(z *zone) {
	z.names(func(k state.Key, r state.Record) {
		if z.doubled(k.Name) {
			z.report(k, r, "write the name without the zone's", "the name ends in the zone's name twice")
		}
	})
	z.records(func(k state.Key, r state.Record) {
		for _, n := range state.DataNames(k.Type, r.Data) {
			if z.doubled(n) {
				z.report(k, r, "write the name with a final dot, or without the zone's", "the target %s ends in the zone's name twice", n)
			}
		}
	})
}

func innerWildcard(z *zone) {
	z.names(func(k state.Key, r state.Record) {
		if strings.Contains(string(k.Name[1:]), "*") && !slices.Contains(strings.Split(string(z.Want.Name), "."), "*") {
			z.report(k, r, "only a whole first label is a wildcard", "the asterisk in this name stands for nothing but itself")
		}
	})
}
