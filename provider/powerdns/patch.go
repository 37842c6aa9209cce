package powerdns

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/zoneloom/zoneloom/provider"
	"github.com/zoneloom/zoneloom/state"
)

// The words of the API for what becomes of an RRset.
const (
	replaceSet = "REPLACE"
	deleteSet  = "DELETE"
)

// group is what changes at one name: what must not be split.
type group struct {
	name    state.Name
	changes []int             // indexes into Write's changes
	sets    []json.RawMessage // what the API is sent for them
	size    int               // octets of sets
	ops     int               // operations on records
}

// compile turns changes into what the API takes, by name in the order of the
// changes.
func (z *zone) compile(at *provider.Snapshot, own *owned, changes []state.Change) ([]*group, error) {
	var groups []*group
	byName := map[state.Name]*group{}
	gone := map[*group]int{} // how many deletions each begins with
	for i := range changes {
		c := &changes[i]
		g := byName[c.Name]
		if g == nil {
			g = &group{name: c.Name}
			byName[c.Name] = g
			groups = append(groups, g)
		}
		set, err := z.change(at.Zone, own, c)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.Key, err)
		}
		text, err := json.Marshal(set)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.Key, err)
		}
		// The server looks for conflicts set by set, in their order: what a
		// CNAME replaces must be gone before it comes.
		place := len(g.sets)
		if set.ChangeType == deleteSet {
			place = gone[g]
			gone[g]++
		}
		g.sets = slices.Insert(g.sets, place, json.RawMessage(text))
		deletes, updates, creates := c.Ops()
		g.ops += len(deletes) + len(updates) + len(creates)
		g.changes = append(g.changes, i)
		g.size += len(text) + 1 // and a comma
	}
	return groups, nil
}

// change returns what makes one change. The API replaces whole RRsets, so the
// records that aren't ours are sent along as they were read.
func (z *zone) change(live *state.Zone, own *owned, c *state.Change) (*rrset, error) {
	now := live.Find(c.Key)
	kept, err := without(now, c.Before.Ours())
	if err != nil {
		return nil, err
	}
	ours := c.After.Ours()
	set := &rrset{Name: apiName(c.Name), Type: typeTo(c.Type), ChangeType: deleteSet}
	if c.Key == z.soaKey() {
		return set, z.soa(set, now, own, c.After)
	}
	if len(ours)+len(kept) == 0 {
		return set, nil
	}
	set.ChangeType = replaceSet
	if err := set.fill(c.Type, ours, kept); err != nil {
		return nil, err
	}
	set.Comments = comments(own.comments[c.Key], c.After)
	return set, nil
}

// fill puts records of type t into set: ours, and those that are kept beside
// them, whose TTL can't but follow.
func (s *rrset) fill(t state.Type, ours, kept []state.Record) error {
	for i, r := range slices.Concat(ours, kept) {
		switch {
		case i == 0:
			s.TTL = uint32(r.TTL)
		case i < len(ours) && uint32(r.TTL) != s.TTL:
			return fmt.Errorf("the TTLs %d and %s can't both be: PowerDNS keeps one for all records of a name and type", s.TTL, r.TTL)
		}
		content, err := contentTo(t, r.Data)
		if err != nil {
			return err
		}
		s.Records = append(s.Records, record{content, r.Attrs.Bool(attrDisabled)})
	}
	return nil
}

// without returns the records of live that aren't among ours, all of which must
// be there.
func without(live *state.RRset, ours []state.Record) ([]state.Record, error) {
	var rest []state.Record
	if live != nil {
		rest = slices.Clone(live.Records)
	}
	for _, r := range ours {
		i := slices.IndexFunc(rest, r.Equal)
		if i < 0 {
			return nil, fmt.Errorf("the record %s isn't there as it was read: read the zone again", r.Data)
		}
		rest = slices.Delete(rest, i, i+1)
	}
	return rest, nil
}

// serialField is where the serial stands in the data of an SOA record.
const serialField = 2

// soa fills in a change of the zone's SOA. Whatever serial is wanted, the one
// that the zone has goes on: a lower one would stop its secondaries.
func (z *zone) soa(set *rrset, live *state.RRset, own *owned, after *state.RRset) error {
	if len(after.Ours()) != 1 || live == nil || len(live.Records) == 0 {
		return errors.New("a zone must have one SOA record")
	}
	r := after.Ours()[0]
	serial, err := serialOf(live.Records[0].Data)
	if err != nil {
		return err
	}
	if own.soaEditAPI == "" {
		serial = nextSerial(serial, 1)
	}
	set.ChangeType, set.TTL = replaceSet, uint32(r.TTL)
	set.Records = []record{{Content: withSerial(r.Data, serial)}}
	set.Comments = comments(own.comments[z.soaKey()], after)
	return nil
}

func serialOf(data string) (uint32, error) {
	words := cutWords(data)
	if len(words) <= serialField {
		return 0, fmt.Errorf("the SOA record %s has no serial", data)
	}
	n, err := strconv.ParseUint(words[serialField], 10, 32)
	if err != nil {
		return 0, fmt.Errorf("the serial of the SOA record %s: %w", data, err)
	}
	return uint32(n), nil
}

// nextSerial adds n to a serial (RFC 1982), and passes over 0, which some
// software takes for none.
func nextSerial(serial uint32, n int) uint32 {
	if next := serial + uint32(n); next != 0 {
		return next
	}
	return 1
}

// withSerial returns SOA data as the API takes it, with another serial.
func withSerial(data string, serial uint32) string {
	words := cutWords(data)
	words[serialField] = strconv.FormatUint(uint64(serial), 10)
	for i, w := range words {
		words[i] = rawWord(w)
	}
	return strings.Join(words, " ")
}

// raise returns an RRset that raises the serial for the n-th request of a Write,
// or nil where that isn't ours to do. The server raises it by the zone's
// SOA-EDIT-API; where that is off, secondaries would never hear of a change to a
// primary.
func (z *zone) raise(at *provider.Snapshot, own *owned, changes []state.Change, n int) (*rrset, error) {
	if own.soaEditAPI != "" || !isPrimary(own.kind) ||
		slices.ContainsFunc(changes, func(c state.Change) bool { return c.Key == z.soaKey() }) {
		return nil, nil
	}
	live := at.Zone.Find(z.soaKey())
	if live == nil {
		return nil, errors.New("a zone must have one SOA record")
	}
	r := live.Records[0]
	serial, err := serialOf(r.Data)
	if err != nil {
		return nil, err
	}
	return &rrset{
		Name: apiName(z.info.Name), Type: string(state.SOA), ChangeType: replaceSet, TTL: uint32(r.TTL),
		Records: []record{{Content: withSerial(r.Data, nextSerial(serial, n))}},
	}, nil
}
