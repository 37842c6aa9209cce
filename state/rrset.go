package state

import (
	"cmp"
	"slices"
)

// Key names an RRset: an owner name and a type (the class is always IN).
type Key struct {
	Name Name
	Type Type
}

// Compare orders keys by name, then by type.
func (k Key) Compare(l Key) int {
	if k.Name != l.Name {
		return k.Name.Compare(l.Name)
	}
	return cmp.Compare(k.Type, l.Type)
}

// String returns the key as "www.example.com. A".
func (k Key) String() string {
	if k.Type == "" {
		return string(k.Name)
	}
	return string(k.Name) + " " + string(k.Type)
}

// RRset is the unit of change: all records of one type at one name.
type RRset struct {
	Key
	Records []Record // sorted by Data; a wanted set has no duplicates
	Attrs   Attrs    // what a service keeps for the set as a whole
}

// Record is one resource record of an RRset, with what its service keeps beside
// it.
type Record struct {
	Data  string // RDATA in presentation form, canonical for the type
	TTL   TTL    // in seconds, or TTLAuto
	Attrs Attrs  // proxied, comment, ...: full where live, declared where wanted
	Src   Src    // where the configuration declares it; 0 when live; no part of equality
	Kept  Kept   // ignored or read-only: shown and counted, never changed
}

// Src is a place in the configuration. Only the config package can turn it into
// file, line and column. The zero Src is no place.
type Src uint32

// Kept says why a record isn't ours to change. The zero Kept says that it is.
type Kept uint8

// Reasons to leave a record alone.
const (
	Ours     Kept = iota
	Ignored       // an ignore pattern of the configuration matches it
	ReadOnly      // the service holds it for itself
)

// String returns "", "ignored" or "read-only", as in JSON plans.
func (k Kept) String() string {
	return [...]string{"", "ignored", "read-only"}[k]
}

// MarshalText writes what String returns.
func (k Kept) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// Equal reports whether r and o are the same record with the same TTL and
// attributes, wherever they were declared.
func (r Record) Equal(o Record) bool {
	return r.Data == o.Data && r.TTL == o.TTL && r.Attrs == o.Attrs
}

// Ours returns the records of s that may be changed. A nil s has none.
func (s *RRset) Ours() []Record {
	if s == nil {
		return nil
	}
	if !slices.ContainsFunc(s.Records, func(r Record) bool { return r.Kept != Ours }) {
		return s.Records
	}
	return slices.DeleteFunc(slices.Clone(s.Records), func(r Record) bool { return r.Kept != Ours })
}

// Equal reports whether s and o hold the same records, kept ones aside. A set
// with no records of ours equals nil.
func (s *RRset) Equal(o *RRset) bool {
	a, b := s.Ours(), o.Ours()
	if !slices.EqualFunc(a, b, Record.Equal) {
		return false
	}
	return len(a) == 0 || s.Attrs == o.Attrs
}
