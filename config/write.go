package config

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/zoneloom/zoneloom/state"
)

// WriteOptions say what Write writes besides records.
type WriteOptions struct {
	// Provider is the provider of each zone, by its name under providers.
	Provider string
	// Settings are the lines that stand below that name, such as
	// "token: ${CLOUDFLARE_API_TOKEN}". Without any there is no providers key,
	// as in a file that is included.
	Settings []string
	// OwnNS returns the name servers that a service serves a zone from. Their NS
	// records at the apex aren't written: nobody has to declare them.
	OwnNS func(zone state.Name) []state.Name
}

// maxLine is how long a record may be to stand in one line.
const maxLine = 120

// Write writes a configuration from which Load reads the same zones. Records
// that a service keeps for itself, and those that are ignored, are no part of it,
// nor are duplicates; a comment names the former two. The SOA stands under soa,
// where that can hold it.
//
// A record's proxied stands with it, and never as the zone's default: that would
// reach records added later.
func Write(w io.Writer, o WriteOptions, zones []*state.Zone) error {
	b := bufio.NewWriter(w)
	if len(o.Settings) > 0 {
		fmt.Fprintf(b, "providers:\n  %s:\n", scalar(o.Provider))
		for _, line := range o.Settings {
			fmt.Fprintf(b, "    %s\n", line)
		}
		fmt.Fprintln(b)
	}
	if len(zones) == 0 {
		fmt.Fprintln(b, "zones: {}")
		return b.Flush()
	}
	fmt.Fprintln(b, "zones:")
	sorted := slices.SortedFunc(slices.Values(zones), func(a, b *state.Zone) int { return a.Name.Compare(b.Name) })
	for i, z := range sorted {
		if i > 0 {
			fmt.Fprintln(b)
		}
		if err := writeZone(b, o, z); err != nil {
			return fmt.Errorf("zone %s: %w", z.Name, err)
		}
	}
	return b.Flush()
}

// writeZone writes one zone.
func writeZone(b *bufio.Writer, o WriteOptions, z *state.Zone) error {
	zw := &zoneWriter{b: b, zone: z.Name, ttl: commonTTL(z), own: map[string]bool{}}
	if o.OwnNS != nil {
		for _, n := range o.OwnNS(z.Name) {
			zw.own[string(n)] = true
		}
	}
	fmt.Fprintf(b, "  %s:\n    provider: %s\n", scalar(zoneKey(z.Name)), scalar(o.Provider))
	if zw.ttl != 300 { // what is built in
		fmt.Fprintf(b, "    ttl: %s\n", zw.ttl)
	}
	if line, ok := soaLine(z); ok {
		fmt.Fprintf(b, "    soa: %s\n", line)
	}
	if !slices.ContainsFunc(z.RRsets, func(s state.RRset) bool { return len(zw.wanted(s)) > 0 }) {
		fmt.Fprintln(b, "    records: {}")
	} else {
		fmt.Fprintln(b, "    records:")
	}
	for start := 0; start < len(z.RRsets); {
		end := start + 1
		for end < len(z.RRsets) && z.RRsets[end].Name == z.RRsets[start].Name {
			end++
		}
		if err := zw.name(z.RRsets[start:end]); err != nil {
			return err
		}
		start = end
	}
	return nil
}

// zoneKey returns the spelling of a zone's name.
func zoneKey(n state.Name) string {
	if n == "." {
		return "."
	}
	return strings.TrimSuffix(n.Unicode(), ".")
}

// commonTTL returns the TTL that most records have, of several the smallest.
// Those of proxied records are the service's.
func commonTTL(z *state.Zone) state.TTL {
	count := map[state.TTL]int{}
	for _, set := range z.RRsets {
		for _, r := range set.Records {
			if r.Kept == state.Ours && set.Type != state.SOA && !r.Attrs.Bool(keyProxied) {
				count[r.TTL]++
			}
		}
	}
	if len(count) == 0 {
		return 300
	}
	return slices.MaxFunc(slices.Sorted(maps.Keys(count)), func(a, b state.TTL) int {
		return cmp.Or(cmp.Compare(count[a], count[b]), cmp.Compare(b, a))
	})
}

// zoneWriter writes the records of a zone.
type zoneWriter struct {
	b    *bufio.Writer
	zone state.Name
	ttl  state.TTL       // the zone's
	own  map[string]bool // the service's name servers
}

// wanted returns the records of a set that are written, each data once.
func (zw *zoneWriter) wanted(set state.RRset) []state.Record {
	if set.Type == state.SOA {
		return nil
	}
	apexNS := set.Type == state.NS && set.Name == zw.zone
	var wanted []state.Record
	for _, r := range set.Records {
		twin := len(wanted) > 0 && wanted[len(wanted)-1].Data == r.Data
		if r.Kept == state.Ours && !twin && (!apexNS || !zw.own[r.Data]) {
			wanted = append(wanted, r)
		}
	}
	slices.SortStableFunc(wanted, func(a, b state.Record) int { return cmp.Compare(leading(a.Data), leading(b.Data)) })
	return wanted
}

// leading returns the number that data begins with, such as an MX's preference,
// so that 5 stands before 10; 0 without one.
func leading(data string) int {
	word, _, _ := strings.Cut(data, " ")
	n, _ := strconv.Atoi(word)
	return n
}

const (
	nameIndent   = "      "
	recordIndent = "        "
)

// name writes the records of one name: one as a mapping, several as a list.
func (zw *zoneWriter) name(sets []state.RRset) error {
	var records []*node
	for _, set := range sets {
		for _, r := range set.Records {
			if r.Kept != state.Ours && set.Type != state.SOA {
				fmt.Fprintf(zw.b, "%s# %s %s %s isn't written: %s\n", nameIndent, set.Name.Relative(zw.zone), set.Type, clip(r.Data), keptBecause[r.Kept])
			}
		}
		if wanted := zw.wanted(set); len(wanted) > 0 {
			n, err := zw.record(set, wanted)
			if err != nil {
				return fmt.Errorf("%s: %w", set.Key, err)
			}
			records = append(records, n)
		}
	}
	if len(records) == 0 {
		return nil
	}
	key := scalar(ownerKey(sets[0].Name, zw.zone)) + ":"
	if len(key) > 1000 { // YAML looks for the colon of a plain key within 1,024 characters
		key = "? " + strings.TrimSuffix(key, ":") + "\n" + nameIndent + ":"
	}
	if line := nameIndent + key + " " + records[0].flow(); len(records) == 1 && fits(line) {
		fmt.Fprintln(zw.b, line)
		return nil
	}
	fmt.Fprintf(zw.b, "%s%s\n", nameIndent, key)
	for _, n := range records {
		switch line := recordIndent + "- " + n.flow(); {
		case len(records) == 1:
			n.block(zw.b, recordIndent, recordIndent)
		case fits(line):
			fmt.Fprintln(zw.b, line)
		default:
			n.block(zw.b, recordIndent+"- ", recordIndent+"  ")
		}
	}
	return nil
}

var keptBecause = map[state.Kept]string{
	state.ReadOnly: "the service keeps it for itself",
	state.Ignored:  "it is ignored",
}

// clip shortens data for a comment.
func clip(data string) string {
	const enough = 60
	if len(data) > enough {
		return data[:enough] + "..."
	}
	return data
}

// fits reports whether a line is short enough to be read as one.
func fits(line string) bool { return len(line) <= maxLine && !strings.Contains(line, "\n") }

// ownerKey returns the spelling of a name among its zone's records: relative,
// with Unicode where that means the same.
func ownerKey(n, zone state.Name) string {
	relative := n.Relative(zone)
	if relative == "@" {
		return relative
	}
	// One that ends in the zone's own labels would look doubled, and is written
	// out.
	name, err := state.ParseName(relative, zone)
	if err != nil || name != n || zone != "." && relativePart(n, zone).IsIn(zone) {
		return n.Unicode()
	}
	if u := state.Name(relative + ".").Unicode(); u != relative+"." {
		if u = strings.TrimSuffix(u, "."); !isAbsolute(u) {
			if again, err := state.ParseName(u, zone); err == nil && again == n {
				return u
			}
		}
	}
	return relative
}

// record returns the mapping for an RRset: what it has as a whole and what all
// its values share stands with the record, the rest with the values.
func (zw *zoneWriter) record(set state.RRset, records []state.Record) (*node, error) {
	ttl, withTTL := zw.setTTL(records)
	shared := records[0].Attrs
	for _, r := range records[1:] {
		shared = common(shared, r.Attrs)
	}
	whole, err := withSet(shared, set.Attrs, records)
	if err != nil {
		return nil, err
	}
	n := &node{}
	n.add("type", scalar(string(set.Type)))
	if withTTL {
		n.add(keyTTL, ttl.String())
	} else {
		ttl = zw.ttl
	}
	var values []*node
	for _, r := range records {
		v := &node{}
		v.add(keyValue, scalar(presentation(set.Type, r.Data)))
		if r.TTL != ttl && !r.Attrs.Bool(keyProxied) {
			v.add(keyTTL, r.TTL.String())
		}
		if err := v.attributes(without(r.Attrs, shared)); err != nil {
			return nil, err
		}
		values = append(values, v)
	}
	if len(values) == 1 {
		n.add(keyValue, values[0].pairs[0].text)
	} else {
		n.list(keyValues, values)
	}
	return n, n.attributes(whole)
}

// withSet adds what a service keeps for an RRset as a whole to what its records
// share. Only a comment can be said so: beside the type it is for all values,
// and a provider that keeps one for all makes that of it again.
func withSet(shared, set state.Attrs, records []state.Record) (state.Attrs, error) {
	for k, v := range set.All() {
		if k != keyComment {
			return state.Attrs{}, fmt.Errorf("no YAML can say the attribute %s of a set of records", k)
		}
		for _, r := range records {
			if own, has := r.Attrs.Get(k); has && !sameValue(own, v) {
				return state.Attrs{}, fmt.Errorf("no YAML can say a comment of the set of records beside another of the record %s", clip(r.Data))
			}
		}
		shared = shared.With(k, v)
	}
	return shared, nil
}

// setTTL returns the TTL to write with a record, if it differs from the zone's.
// That of proxied records isn't written, so that beside one each value has its
// own.
func (zw *zoneWriter) setTTL(records []state.Record) (state.TTL, bool) {
	count := map[state.TTL]int{}
	for _, r := range records {
		if r.Attrs.Bool(keyProxied) {
			return 0, false
		}
		count[r.TTL]++
	}
	best := records[0].TTL
	for _, r := range records {
		if count[r.TTL] > count[best] {
			best = r.TTL
		}
	}
	return best, best != zw.ttl
}

// common returns the attributes that a and b have alike.
func common(a, b state.Attrs) state.Attrs {
	if a == b {
		return a
	}
	m := map[string]any{}
	for k, v := range a.All() {
		if w, ok := b.Get(k); ok && sameValue(v, w) {
			m[k] = v
		}
	}
	return state.MakeAttrs(m)
}

// without returns the attributes of a that b doesn't have alike.
func without(a, b state.Attrs) state.Attrs {
	if a == b {
		return state.Attrs{}
	}
	m := map[string]any{}
	for k, v := range a.All() {
		if w, ok := b.Get(k); !ok || !sameValue(v, w) {
			m[k] = v
		}
	}
	return state.MakeAttrs(m)
}

func sameValue(v, w any) bool {
	a, isList := v.([]string)
	b, isOther := w.([]string)
	if isList || isOther {
		return isList && isOther && slices.Equal(a, b)
	}
	return v == w
}

// attributes adds attributes as the keys of a record or a value.
func (n *node) attributes(a state.Attrs) error {
	var settings *node
	for k, v := range a.All() {
		text, isScalar := attribute(v)
		setting, isSetting := strings.CutPrefix(k, "settings.")
		tags, isList := v.([]string)
		switch {
		case isSetting && isScalar:
			if settings == nil {
				settings = &node{}
			}
			settings.add(scalar(setting), text)
		case k == "tags" && isList:
			items := make([]string, len(tags))
			for i, tag := range tags {
				items[i] = scalar(tag)
			}
			n.add(k, "["+strings.Join(items, ", ")+"]")
		case slices.Contains(attributeKeys, k) && k != "settings" && isScalar:
			n.add(k, text)
		default:
			return fmt.Errorf("no YAML can say the attribute %s with a %T", k, v)
		}
	}
	if settings != nil {
		n.add("settings", settings.flow())
	}
	return nil
}

// attribute returns the text of a single value.
func attribute(v any) (string, bool) {
	switch v := v.(type) {
	case bool:
		return strconv.FormatBool(v), true
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), true
	case string:
		return doubleQuoted(v), true // so that it never looks like a number
	}
	return "", false
}
