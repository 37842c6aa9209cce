package cloudflare

import (
	"cmp"
	"errors"
	"slices"
	"sort"

	"github.com/zoneloom/zoneloom/state"
)

// errNotThere is a record to be changed that the snapshot doesn't have.
var errNotThere = errors.New("the zone as read has no such record; read it again")

// taker hands out the ids of one RRset's records, each once.
type taker struct {
	records []state.Record
	ids     []recordID
	taken   []bool
}

// at returns the taker for the RRset with key k in z, of which o has the ids.
func (o *owned) at(z *state.Zone, k state.Key) *taker {
	i, found := sort.Find(len(z.RRsets), func(i int) int { return k.Compare(z.RRsets[i].Key) })
	if !found {
		return &taker{}
	}
	records := z.RRsets[i].Records
	return &taker{records, o.ids[o.starts[i]:][:len(records)], make([]bool, len(records))}
}

// take returns the id of a record like r that isn't the service's own. The same
// data may stand twice in a set: the one that equals r in all goes first.
func (t *taker) take(r state.Record) (recordID, error) {
	start, _ := slices.BinarySearchFunc(t.records, r.Data, func(have state.Record, data string) int {
		return cmp.Compare(have.Data, data)
	})
	best := -1
	for i := start; i < len(t.records) && t.records[i].Data == r.Data; i++ {
		if t.taken[i] || t.records[i].Kept != state.Ours {
			continue
		}
		if best < 0 || t.records[i].Equal(r) && !t.records[best].Equal(r) {
			best = i
		}
	}
	if best < 0 {
		return recordID{}, errNotThere
	}
	t.taken[best] = true
	return t.ids[best], nil
}
