package plan

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/zoneloom/zoneloom/state"
)

// Snapshot is zones kept whole, to be restored one day.
type Snapshot struct {
	Taken time.Time
	By    string // who took it
	Zones []Kept
}

// Kept is one zone at one provider as it was read.
type Kept struct {
	Provider string // the configuration's name for it
	Target   string // the provider's type and the service's id for the zone
	Zone     *state.Zone
}

// Mark returns zone with the records marked that ignore patterns match, or that
// are the service's own name servers. It shares zone's memory.
func Mark(zone *state.Zone, ignore []state.Pattern, ownNS []state.Name) *state.Zone {
	marked := &state.Zone{Name: zone.Name, Attrs: zone.Attrs, RRsets: make([]state.RRset, len(zone.RRsets))}
	for i := range zone.RRsets {
		marked.RRsets[i] = *mark(&zone.RRsets[i], zone.Name, ignore, ownNS)
	}
	return marked
}

// Encode writes s as JSON, one RRset a line. Its id is the SHA-256 of its zones
// as they are written.
func (s *Snapshot) Encode(w io.Writer) error {
	zones := s.zones()
	b := bufio.NewWriter(w)
	taken, err := json.Marshal(s.Taken.UTC())
	if err != nil {
		return fmt.Errorf("encode the snapshot: %w", err)
	}
	fmt.Fprintf(b, "{\"format_version\": \"%s\", \"id\": \"%s\", \"taken\": %s, \"by\": %s,\n \"snapshot\": [",
		FormatVersion, sum(zones), taken, appendString(nil, s.By))
	_, _ = b.Write(zones) // an error stays until Flush
	_, _ = b.WriteString("]}\n")
	return b.Flush()
}

func sum(b []byte) string {
	hash := sha256.Sum256(b)
	return "sha256:" + hex.EncodeToString(hash[:])
}

func (s *Snapshot) zones() []byte {
	var e encoder
	for i := range s.Zones {
		z := &s.Zones[i]
		if i > 0 {
			e.raw(",")
		}
		e.raw("\n  {\"zone\": ")
		e.buf = appendString(e.buf, string(z.Zone.Name))
		e.str("provider", z.Provider)
		e.str("target", z.Target)
		e.raw(",\n   \"rrsets\": [")
		for j := range z.Zone.RRsets {
			set := &z.Zone.RRsets[j]
			if j > 0 {
				e.raw(",")
			}
			e.raw("\n    {\"name\": ")
			e.buf = appendString(e.buf, string(set.Name))
			e.str("type", string(set.Type))
			e.raw(", ")
			e.buf = append(full.members(e.buf, set), '}')
		}
		e.raw("]}")
	}
	return e.buf
}

type fileSnapshot struct {
	FormatVersion string     `json:"format_version"`
	ID            string     `json:"id"`
	Taken         time.Time  `json:"taken"`
	By            string     `json:"by"`
	Zones         []fileKept `json:"snapshot"`
}

type fileKept struct {
	Zone     string        `json:"zone"`
	Provider string        `json:"provider"`
	Target   string        `json:"target"`
	RRsets   []fileKeptSet `json:"rrsets"`
}

type fileKeptSet struct {
	Name string `json:"name"`
	Type string `json:"type"`
	fileSet
}

// DecodeSnapshot reads what Snapshot.Encode wrote, and trusts it as little as
// Decode does.
func DecodeSnapshot(r io.Reader) (*Snapshot, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("read the snapshot: %w", err)
	}
	var head struct {
		FormatVersion string            `json:"format_version"`
		Snapshot      []json.RawMessage `json:"snapshot"`
	}
	switch err := json.Unmarshal(text, &head); {
	case err != nil:
		return nil, fmt.Errorf("the snapshot is not what zoneloom writes: %w", err)
	case head.Snapshot == nil:
		return nil, errors.New("the file is not a snapshot; zoneloom snapshot writes one")
	case head.FormatVersion != FormatVersion:
		return nil, fmt.Errorf("the snapshot has format_version %q and this zoneloom reads %q: restore it with the release that took it", head.FormatVersion, FormatVersion)
	}
	var f fileSnapshot
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&f); err != nil {
		return nil, fmt.Errorf("the snapshot is not what zoneloom writes: %w", err)
	}
	s := &Snapshot{Taken: f.Taken, By: f.By}
	seen := map[zoneAt]bool{}
	for i := range f.Zones {
		z := &f.Zones[i]
		at := zoneAt{z.Zone, z.Provider}
		if seen[at] {
			return nil, fmt.Errorf("the snapshot has zone %s at %s twice", z.Zone, z.Provider)
		}
		seen[at] = true
		zone, err := z.zone()
		if err != nil {
			return nil, fmt.Errorf("the snapshot of zone %s: %w", z.Zone, err)
		}
		s.Zones = append(s.Zones, Kept{z.Provider, z.Target, zone})
	}
	if id := sum(s.zones()); id != f.ID {
		return nil, fmt.Errorf("the snapshot was edited: its id is %s, its content makes %s", f.ID, id)
	}
	return s, nil
}

func (f *fileKept) zone() (*state.Zone, error) {
	name, err := parseName(f.Zone)
	if err != nil {
		return nil, err
	}
	z := &state.Zone{Name: name}
	for i := range f.RRsets {
		s := &f.RRsets[i]
		set, err := s.rrset(name)
		if err == nil && i > 0 && z.RRsets[i-1].Key.Compare(set.Key) >= 0 {
			err = errors.New("it isn't in its place")
		}
		if err != nil {
			return nil, fmt.Errorf("%s %s: %w", s.Name, s.Type, err)
		}
		z.RRsets = append(z.RRsets, *set)
	}
	return z, nil
}

func (f *fileKeptSet) rrset(zone state.Name) (*state.RRset, error) {
	name, err := parseName(f.Name)
	if err != nil {
		return nil, err
	}
	if !name.IsIn(zone) {
		return nil, errors.New("the name isn't in the zone")
	}
	t, err := parseType(f.Type)
	if err != nil {
		return nil, err
	}
	return f.set(state.Key{Name: name, Type: t}, 0)
}

// Restore plans what brings a zone back to what was kept of it: every RRset, with
// all its attributes, and none besides. What nobody declared and a plan spares
// too stays: an ACME challenge, a type that Zoneloom doesn't know, the SOA with
// its serial; and kept records stay. A name that the service would refuse now is
// left alone. Past.Zone and Past.Force have no say.
func Restore(kept *state.Zone, past Past) (Zone, []Left) {
	past.Zone, past.Force = &Zone{Name: kept.Name}, true
	declared := past.Want
	r := newReversal(&past)
	var changes []state.Change
	for i, j := 0, 0; i < len(kept.RRsets) || j < len(past.Live.RRsets); {
		var was *state.RRset
		var k state.Key
		switch order := compareHeads(kept.RRsets[i:], past.Live.RRsets[j:]); {
		case order <= 0:
			was, k = &kept.RRsets[i], kept.RRsets[i].Key
			i++
			if order == 0 {
				j++
			}
		default:
			k = past.Live.RRsets[j].Key
			j++
		}
		if isACME(k) && declared.Find(k) == nil || k.Type.IsOpaque() && was == nil {
			continue
		}
		changes = append(changes, r.remark(state.Change{Key: k, Before: was}))
	}
	for group := range groups(changes) {
		r.name(group)
	}
	r.settle(changes)
	return r.zone(), r.left
}
