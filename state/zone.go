package state

import (
	"cmp"
	"slices"
	"sort"
)

// Zone is the content of one zone, as wanted or as a service holds it.
type Zone struct {
	Name   Name
	RRsets []RRset // sorted by Key, one for each, none of them empty
	Attrs  Attrs   // what a service keeps for the zone as a whole
}

// Entry is a record with its key: what a zone is made from.
type Entry struct {
	Key
	Record
}

// NewZone makes a zone of entries, in any order, which it sorts in place.
// Entries that repeat a record's data stay beside one another.
func NewZone(name Name, entries []Entry) *Zone {
	slices.SortStableFunc(entries, func(a, b Entry) int {
		return cmp.Or(a.Key.Compare(b.Key), cmp.Compare(a.Data, b.Data))
	})
	sets := 0
	for i := range entries {
		if i == 0 || entries[i].Key != entries[i-1].Key {
			sets++
		}
	}
	z := &Zone{Name: name, RRsets: make([]RRset, 0, sets)}
	records := make([]Record, len(entries)) // one array for all sets
	for start := 0; start < len(entries); {
		end := start
		for end < len(entries) && entries[end].Key == entries[start].Key {
			records[end] = entries[end].Record
			end++
		}
		z.RRsets = append(z.RRsets, RRset{Key: entries[start].Key, Records: records[start:end:end]})
		start = end
	}
	return z
}

// Find returns the RRset with key k, or nil. A nil zone has none.
func (z *Zone) Find(k Key) *RRset {
	if z == nil {
		return nil
	}
	i, found := sort.Find(len(z.RRsets), func(i int) int { return k.Compare(z.RRsets[i].Key) })
	if !found {
		return nil
	}
	return &z.RRsets[i]
}

// At returns the RRsets at name n. They share z's memory.
func (z *Zone) At(n Name) []RRset {
	if z == nil {
		return nil
	}
	start := sort.Search(len(z.RRsets), func(i int) bool { return n.Compare(z.RRsets[i].Name) <= 0 })
	end := start
	for end < len(z.RRsets) && z.RRsets[end].Name == n {
		end++
	}
	return z.RRsets[start:end:end]
}

// Len returns the number of records. A nil zone has none.
func (z *Zone) Len() int {
	if z == nil {
		return 0
	}
	n := 0
	for i := range z.RRsets {
		n += len(z.RRsets[i].Records)
	}
	return n
}
