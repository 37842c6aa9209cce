package config

import (
	"net/netip"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/zoneloom/zoneloom/state"
)

// likely begins a hint that names a single word.
const likely = "did you mean "

// didYouMean returns a hint for a word that isn't among the known ones: the
// nearest of them, or else all.
func didYouMean(word string, known []string) string {
	const longest = 40 // no key is longer, and the distance costs its square
	best, nearest := "", 1+min(len(word), longest)/3
	for _, k := range known {
		if len(word) > longest {
			break
		}
		if d := distance(strings.ToLower(word), k); d <= nearest {
			best, nearest = k, d-1
		}
	}
	if best != "" {
		return likely + best + "?"
	}
	if len(known) == 0 {
		return ""
	}
	return "known: " + strings.Join(known, ", ")
}

// resembles reports whether a mapping has one of keys, or what may be meant as
// one: about that there is a fault already.
func resembles(n *yaml.Node, keys ...string) bool {
	for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
		k := n.Content[i].Value
		if slices.Contains(keys, k) || strings.HasPrefix(didYouMean(k, keys), likely) {
			return true
		}
	}
	return false
}

// distance returns how many letters must be added, dropped, replaced or swapped
// with their neighbour to turn a into b.
func distance(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range len(b) {
		rows[0][j+1] = j + 1
		for i := range len(a) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			d := min(rows[i][j]+cost, rows[i][j+1]+1, rows[i+1][j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				d = min(d, rows[i-1][j-1]+1)
			}
			rows[i+1][j+1] = d
		}
	}
	return rows[len(a)][len(b)]
}

// scalarHint returns what to write in place of a value without its type.
func scalarHint(text string) string {
	t := "..."
	if addr, err := netip.ParseAddr(text); err == nil {
		t = string(state.A)
		if addr.Is6() {
			t = string(state.AAAA)
		}
	}
	return "write {type: " + t + ", value: ...}"
}

// recordHint returns what to say of an unknown key of a record: the fields of a
// type belong into its value.
func recordHint(n *yaml.Node) func(string) string {
	return func(key string) string {
		for _, v := range valuesOf(n, "type") {
			if t, err := state.ParseType(v.Value); err == nil && isField(t, key) {
				return "write value: " + fieldsOf(t)
			}
		}
		if t, err := state.ParseType(key); err == nil && valuesOf(n, "type") == nil {
			return "write {type: " + string(t) + ", value: ...}"
		}
		return didYouMean(key, recordKeys)
	}
}

// isField reports whether key is a field of type t, or what other tools call
// one.
func isField(t state.Type, key string) bool {
	return t == state.MX && key == "priority" ||
		slices.ContainsFunc(state.Fields(t), func(f state.Field) bool { return f.Name == key })
}

// fieldsOf returns how a structured value of type t is written.
func fieldsOf(t state.Type) string {
	var names []string
	for _, f := range state.Fields(t) {
		names = append(names, f.Name+": ...")
	}
	return "{" + strings.Join(names, ", ") + "}"
}

// holdsFields reports whether a record has fields of its type beside its keys:
// then its value is only a part of one.
func holdsFields(n *yaml.Node, t state.Type) bool {
	for i := 0; i < len(n.Content); i += 2 {
		if key := n.Content[i].Value; !slices.Contains(recordKeys, key) && isField(t, key) {
			return true
		}
	}
	return false
}

// wrapperHint returns what to say of an unknown key beside a value of type t.
func wrapperHint(t state.Type) func(string) string {
	return func(key string) string {
		if isField(t, key) {
			return "write " + fieldsOf(t)
		}
		return didYouMean(key, valueKeys)
	}
}
