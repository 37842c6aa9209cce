package zonefile

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/zoneloom/zoneloom/state"
)

// outcome returns the zone as it must read once the changes are made and the
// serial is set.
func (m *master) outcome(changes []state.Change, serial uint32) *state.Zone {
	live := m.content()
	sets := make(map[state.Key][]state.Record, len(live.RRsets))
	for _, set := range live.RRsets {
		sets[set.Key] = set.Records
	}
	for _, c := range changes {
		gone := map[string]bool{}
		for _, r := range c.Before.Ours() {
			gone[r.Data] = true
		}
		records := slices.DeleteFunc(slices.Clone(sets[c.Key]), func(r state.Record) bool { return gone[r.Data] })
		for _, r := range c.After.Ours() {
			attrs := commentAttrs(oneLine(r.Attrs.String(attrComment)))
			records = append(records, state.Record{Data: written(c.Type, r.Data), TTL: r.TTL, Attrs: attrs})
		}
		sets[c.Key] = records
	}
	soa := state.Key{Name: m.zone, Type: state.SOA}
	for i, r := range sets[soa] {
		sets[soa] = slices.Clone(sets[soa])
		sets[soa][i].Data, sets[soa][i].Attrs = withSerial(r.Data, serial), state.Attrs{}
	}
	var entries []state.Entry
	for k, records := range sets {
		for _, r := range records {
			entries = append(entries, state.Entry{Key: k, Record: r})
		}
	}
	return state.NewZone(m.zone, entries)
}

// differs says where got isn't what was wanted; "" says that it is.
func differs(want, got *state.Zone) string {
	wanted, read := byKey(want), byKey(got)
	for _, k := range slices.SortedFunc(maps.Keys(wanted), state.Key.Compare) {
		if !slices.EqualFunc(wanted[k], read[k], sameRecord) {
			return fmt.Sprintf("%s would read as %v, not as %v", k, datas(read[k]), datas(wanted[k]))
		}
	}
	for _, k := range slices.SortedFunc(maps.Keys(read), state.Key.Compare) {
		if wanted[k] == nil {
			return fmt.Sprintf("%s would be there, with %v", k, datas(read[k]))
		}
	}
	return ""
}

func sameRecord(a, b state.Record) bool { return a.Equal(b) && a.Kept == b.Kept }

func byKey(z *state.Zone) map[state.Key][]state.Record {
	sets := make(map[state.Key][]state.Record, len(z.RRsets))
	for _, set := range z.RRsets {
		sets[set.Key] = set.Records
	}
	return sets
}

// datas describes records in a message.
func datas(records []state.Record) []string {
	var list []string
	for _, r := range records {
		list = append(list, fmt.Sprintf("%s (ttl %s)", r.Data, r.TTL))
	}
	return list
}

// loadable reports why servers would refuse the zone as it becomes, where they
// don't refuse it as it is.
func loadable(before, after *state.Zone) error {
	had := map[string]bool{}
	for _, fault := range loadFaults(before) {
		had[fault] = true
	}
	var errs []error
	for _, fault := range loadFaults(after) {
		if !had[fault] {
			errs = append(errs, errors.New(fault))
		}
	}
	return errors.Join(errs...)
}

// loadFaults lists what keeps BIND from loading a zone whose records are each
// right.
func loadFaults(z *state.Zone) []string {
	ns := z.Find(state.Key{Name: z.Name, Type: state.NS})
	if ns == nil {
		return []string{"the zone would have no NS record at its apex, and no server loads such a zone: declare its name servers"}
	}
	var faults []string
	for _, r := range ns.Records {
		name := state.Name(r.Data)
		if !name.IsIn(z.Name) || delegated(z, name) {
			continue
		}
		if z.Find(state.Key{Name: name, Type: state.A}) == nil && z.Find(state.Key{Name: name, Type: state.AAAA}) == nil && !covered(z, name) {
			faults = append(faults, fmt.Sprintf("the name server %s lies in the zone and would have no address there, and no server loads such a zone: declare an A or AAAA record for it", name))
		}
	}
	return faults
}

// delegated reports whether name lies at or below a delegation within z.
func delegated(z *state.Zone, name state.Name) bool {
	for ; name != z.Name && name != "."; name = name.Parent() {
		if z.Find(state.Key{Name: name, Type: state.NS}) != nil {
			return true
		}
	}
	return false
}

// covered reports whether a wildcard may answer for name.
func covered(z *state.Zone, name state.Name) bool {
	for ; name != z.Name && name != "."; name = name.Parent() {
		if len(z.At("*."+name.Parent())) > 0 {
			return true
		}
	}
	return false
}
