package sandbox

import (
	"slices"
	"strings"
)

// zone is one zone and its records, indexed by id and by name, with the order of lists kept up as it is needed.
type zone struct {
	meta    *zoneMeta
	records map[recordID]*record
	byName  map[string][]*record

	sorted []*record            // by byDefault; may hold records that are gone
	added  []*record            // since sorted was made
	gone   map[*record]struct{} // records in sorted or added that are no longer there
}

// zoneMeta is what is kept of a zone beside its records. It is replaced, never changed.
type zoneMeta struct {
	ID       string        `json:"id"`
	Name     string        `json:"name"`
	Account  string        `json:"account"`
	Status   string        `json:"status"`
	Type     string        `json:"type"`
	Plan     string        `json:"plan"`
	Paused   bool          `json:"paused,omitempty"`
	Servers  []string      `json:"servers"`
	Vanity   []string      `json:"vanity,omitempty"`
	Created  int64         `json:"created"`
	Modified int64         `json:"modified"`
	Settings *zoneSettings `json:"settings,omitempty"`
	DNSSEC   *dnssec       `json:"dnssec,omitempty"`
}

func newZone(m *zoneMeta) *zone {
	return &zone{meta: m, records: map[recordID]*record{}, byName: map[string][]*record{}, gone: map[*record]struct{}{}}
}

// replace puts now in the place of was; either may be nil.
func (z *zone) replace(was, now *record) {
	if was != nil {
		delete(z.records, was.id)
		at := z.byName[was.name]
		at = slices.Delete(at, slices.Index(at, was), slices.Index(at, was)+1)
		if len(at) == 0 {
			delete(z.byName, was.name)
		} else {
			z.byName[was.name] = at
		}
		z.gone[was] = struct{}{}
	}
	if now == nil {
		return
	}
	z.records[now.id] = now
	z.byName[now.name] = append(z.byName[now.name], now)
	if _, ok := z.gone[now]; ok {
		delete(z.gone, now) // an undone removal: it still stands where it stood
		return
	}
	z.added = append(z.added, now)
}

// inOrder returns all records by type, name and id. The slice must not be changed; a later call leaves it as it is.
func (z *zone) inOrder() []*record {
	if len(z.added) == 0 && len(z.gone) == 0 {
		return z.sorted
	}
	dead := func(r *record) bool { _, ok := z.gone[r]; return ok }
	added := slices.DeleteFunc(z.added, dead)
	slices.SortFunc(added, byDefault)
	merged := make([]*record, 0, len(z.records))
	for _, r := range z.sorted {
		if len(z.gone) > 0 && dead(r) {
			continue
		}
		for len(added) > 0 && byDefault(added[0], r) < 0 {
			merged, added = append(merged, added[0]), added[1:]
		}
		merged = append(merged, r)
	}
	z.sorted, z.added = append(merged, added...), nil
	clear(z.gone)
	return z.sorted
}

// store is all that the server keeps.
type store struct {
	zones  map[string]*zone // by id
	byName map[string]*zone
	user   user
	order  []*zone // by name; nil when it must be made anew
}

func newStore() *store {
	return &store{zones: map[string]*zone{}, byName: map[string]*zone{}, user: user{ID: DefaultUser, Email: DefaultEmail}}
}

func (st *store) putZone(m *zoneMeta) *zone {
	z := st.zones[m.ID]
	if z == nil {
		z = newZone(m)
		st.zones[m.ID] = z
		st.order = nil
	}
	z.meta = m
	st.byName[m.Name] = z
	return z
}

func (st *store) dropZone(z *zone) {
	delete(st.zones, z.meta.ID)
	delete(st.byName, z.meta.Name)
	st.order = nil
}

func (st *store) restoreZone(z *zone) {
	st.zones[z.meta.ID] = z
	st.byName[z.meta.Name] = z
	st.order = nil
}

func (st *store) zonesInOrder() []*zone {
	if st.order == nil {
		st.order = make([]*zone, 0, len(st.zones))
		for _, z := range st.zones {
			st.order = append(st.order, z)
		}
		slices.SortFunc(st.order, func(a, b *zone) int { return strings.Compare(a.meta.Name, b.meta.Name) })
	}
	return st.order
}

// txn is a transaction: what it did, so that it can be undone, and what the log must say of it.
type txn struct {
	st    *store
	undo  []func()
	entry entry
}

func (st *store) begin() *txn { return &txn{st: st} }

func (t *txn) rollback() {
	for _, f := range slices.Backward(t.undo) {
		f()
	}
	t.undo = nil
}

// putRecord puts now in the place of was, either of which may be nil.
func (t *txn) putRecord(z *zone, was, now *record) {
	z.replace(was, now)
	t.undo = append(t.undo, func() { z.replace(now, was) })
	t.entry.Zone = z.meta.ID
	if now == nil {
		t.entry.Deletes = append(t.entry.Deletes, was.id.String())
		return
	}
	t.entry.Records = append(t.entry.Records, now.line())
}

func (t *txn) putZone(m *zoneMeta) *zone {
	old := t.st.zones[m.ID]
	t.entry.Zones = append(t.entry.Zones, m)
	if old == nil {
		z := t.st.putZone(m)
		t.undo = append(t.undo, func() { t.st.dropZone(z) })
		return z
	}
	was := old.meta
	t.undo = append(t.undo, func() { t.st.putZone(was) })
	return t.st.putZone(m)
}

func (t *txn) dropZone(z *zone) {
	t.st.dropZone(z)
	t.undo = append(t.undo, func() { t.st.restoreZone(z) })
	t.entry.Gone = append(t.entry.Gone, z.meta.ID)
}

func (t *txn) putUser(u user) {
	was := t.st.user
	t.undo = append(t.undo, func() { t.st.user = was })
	t.st.user = u
	t.entry.User = &u
}
