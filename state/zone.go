package state

import (
	"cmp"
	"slices"
	"sort"
	"strings"
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

// NewZone makes a zone of entries, in any order. Entries that repeat a record's
// data stay beside one another, in the order they came in.
func NewZone(name Name, entries []Entry) *Zone {
	order := sortedOrder(entries)
	sets := 0
	for i, at := range order {
		if i == 0 || entries[at].Key != entries[order[i-1]].Key {
			sets++
		}
	}
	z := &Zone{Name: name, RRsets: make([]RRset, 0, sets)}
	records := make([]Record, len(entries)) // one array for all sets
	for start := 0; start < len(order); {
		key, end := entries[order[start]].Key, start
		for end < len(order) && entries[order[end]].Key == key {
			records[end] = entries[order[end]].Record
			end++
		}
		z.RRsets = append(z.RRsets, RRset{Key: key, Records: records[start:end:end]})
		start = end
	}
	return z
}

// sortedOrder returns the indexes of entries by key and data. It sorts them
// rather than the entries, which are large, and is quick where they are in
// order already.
func sortedOrder(entries []Entry) []int32 {
	order := make([]int32, len(entries))
	for i := range order {
		order[i] = int32(i)
	}
	sorted := slices.IsSortedFunc(entries, func(a, b Entry) int {
		if a.Key != b.Key {
			return a.Key.Compare(b.Key)
		}
		return cmp.Compare(a.Data, b.Data)
	})
	if sorted {
		return order
	}
	names := sortNames(entries)
	slices.SortFunc(order, func(i, j int32) int {
		if c := strings.Compare(names[i], names[j]); c != 0 {
			return c
		}
		a, b := &entries[i], &entries[j]
		if a.Type != b.Type {
			return cmp.Compare(a.Type, b.Type)
		}
		return cmp.Or(cmp.Compare(a.Data, b.Data), cmp.Compare(i, j))
	})
	return order
}

// sortNames returns for each entry a string that sorts as its name does: the
// labels from the right, with what is less than any character between them.
func sortNames(entries []Entry) []string {
	size := 0
	for i := range entries {
		size += len(entries[i].Name)
	}
	var b strings.Builder
	b.Grow(size) // so that it never moves
	names := make([]string, len(entries))
	for i := range entries {
		if i > 0 && entries[i].Name == entries[i-1].Name {
			names[i] = names[i-1]
			continue
		}
		start := b.Len()
		for rest, label := string(entries[i].Name), ""; rest != "" && rest != "."; {
			rest, label = cutLastLabel(rest)
			b.WriteString(label)
			b.WriteByte(0)
		}
		names[i] = b.String()[start:]
	}
	return names
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
