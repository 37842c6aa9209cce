package powerdns

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/zoneloom/zoneloom/provider"
	"github.com/zoneloom/zoneloom/state"
)

// zoneAnswer is a whole zone as the API shows it.
type zoneAnswer struct {
	Name       string  `json:"name"`
	Kind       string  `json:"kind"`
	SOAEditAPI string  `json:"soa_edit_api"`
	RRsets     []rrset `json:"rrsets"`
}

// rrset is an RRset as the API shows and takes it.
type rrset struct {
	Name       string    `json:"name"`
	Type       string    `json:"type"`
	ChangeType string    `json:"changetype,omitempty"`
	TTL        uint32    `json:"ttl"`
	Records    []record  `json:"records,omitempty"`
	Comments   []comment `json:"comments,omitzero"` // in a PATCH: nil leaves them, an empty list removes them
}

type record struct {
	Content  string `json:"content"`
	Disabled bool   `json:"disabled"`
}

// comment is one of the comments of an RRset.
type comment struct {
	Content    string `json:"content"`
	Account    string `json:"account"`
	ModifiedAt int64  `json:"modified_at,omitempty"` // 0 in a PATCH: the time of the PATCH
}

// owned is what Read keeps beside a zone for Write.
type owned struct {
	kind       string
	soaEditAPI string
	comments   map[state.Key][]comment
}

// Read implements provider.Zone. The server reads its database once and answers
// with the whole zone, so that nothing can shift between pages.
func (z *zone) Read(ctx context.Context) (*provider.Snapshot, error) {
	var a zoneAnswer
	q := url.Values{"rrsets": {"true"}}
	if err := z.p.api().do(ctx, call{method: http.MethodGet, path: z.path(), query: q}, &a); err != nil {
		if status(err) == http.StatusNotFound {
			err = fmt.Errorf("%w: %w", provider.ErrNoZone, err)
		}
		return nil, fmt.Errorf("read zone %s: %w", z.info.Name, z.p.advise(err))
	}
	snapshot, err := z.snapshot(&a)
	if err != nil {
		return nil, fmt.Errorf("read zone %s: %w", z.info.Name, err)
	}
	return snapshot, nil
}

func (z *zone) path() string { return z.p.path("zones", z.id) }

// snapshot makes a zone of an answer, which must be whole.
func (z *zone) snapshot(a *zoneAnswer) (*provider.Snapshot, error) {
	if name, err := state.ParseName(a.Name, ""); err != nil || name != z.info.Name {
		return nil, fmt.Errorf("the server answered with the zone %q", a.Name)
	}
	if a.RRsets == nil {
		return nil, errors.New("the answer lacks the list of records")
	}
	o := &owned{kind: a.Kind, soaEditAPI: a.SOAEditAPI, comments: map[state.Key][]comment{}}
	entries := make([]state.Entry, 0, len(a.RRsets))
	complete := isSecondary(a.Kind) // before its first transfer it holds nothing
	for i := range a.RRsets {
		key, err := z.key(&a.RRsets[i])
		if err != nil {
			return nil, err
		}
		if entries, err = appendRecords(entries, key, &a.RRsets[i]); err != nil {
			return nil, err
		}
		if c := a.RRsets[i].Comments; len(c) > 0 {
			o.comments[key] = c
		}
		complete = complete || key == z.soaKey()
	}
	if !complete {
		return nil, errors.New("the zone has no SOA record, so that no server can answer for it: add one with pdnsutil edit-zone first")
	}
	zone := state.NewZone(z.info.Name, entries)
	for i := range zone.RRsets {
		if text := joinComments(o.comments[zone.RRsets[i].Key]); text != "" {
			zone.RRsets[i].Attrs = state.MakeAttrs(map[string]any{attrComment: text})
		}
	}
	return &provider.Snapshot{Zone: zone, Own: o}, nil
}

func (z *zone) soaKey() state.Key { return state.Key{Name: z.info.Name, Type: state.SOA} }

// key reads the name and type of an RRset of the zone.
func (z *zone) key(s *rrset) (state.Key, error) {
	name, err := state.ParseName(s.Name, "")
	if err != nil {
		return state.Key{}, fmt.Errorf("the server has a record named %q: %w", s.Name, err)
	}
	if !name.IsIn(z.info.Name) {
		return state.Key{}, fmt.Errorf("the server has a record named %s, which lies outside the zone", name)
	}
	t, err := typeFrom(s.Type)
	if err != nil {
		return state.Key{}, fmt.Errorf("the server has a record at %s of a type that isn't known: %w", name, err)
	}
	return state.Key{Name: name, Type: t}, nil
}

var attrsDisabled = state.MakeAttrs(map[string]any{attrDisabled: true})

// appendRecords appends the records of s.
func appendRecords(entries []state.Entry, key state.Key, s *rrset) ([]state.Entry, error) {
	kept := state.Ours
	if isOwn(key.Type) || !isWritable(key.Name) {
		kept = state.ReadOnly
	}
	for _, rec := range s.Records {
		data, err := dataFrom(key.Type, rec.Content)
		if err != nil {
			return nil, fmt.Errorf("the server's record %s %s: %w; correct it with pdnsutil edit-zone", key, printable(rec.Content), err)
		}
		r := state.Record{Data: data, TTL: state.TTL(min(s.TTL, maxTTL)), Kept: kept}
		if rec.Disabled {
			r.Attrs = attrsDisabled
		}
		entries = append(entries, state.Entry{Key: key, Record: r})
	}
	return entries, nil
}

// isOwn reports whether records of t are the server's own business: it signs
// zones by itself, or serves the signatures that somebody else made.
func isOwn(t state.Type) bool {
	switch t {
	case "RRSIG", "NSEC", "NSEC3", "NSEC3PARAM":
		return true
	}
	return false
}

// isWritable reports whether the API takes n as the name of a record. Others can
// come into a zone by pdnsutil or through the database.
func isWritable(n state.Name) bool {
	text := string(n)
	if n.IsWildcard() {
		text = text[1:]
	}
	for i := range len(text) {
		c := text[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' && c != '/' && c != '.' {
			return false
		}
	}
	return true
}
