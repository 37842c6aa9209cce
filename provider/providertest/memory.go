package providertest

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"sync"

	"github.com/zoneloom/zoneloom/provider"
	"github.com/zoneloom/zoneloom/state"
)

// Memory is a provider that keeps its zones in memory. It commits a request
// whole or not at all, gives each record an id that a write must know, refuses
// to hold the same record twice, and cuts TXT strings at 255 octets, as services
// do. The zero Memory is ready for use; its fields must not change while it is
// used.
type Memory struct {
	Kind       string       // "memory" where empty
	BatchLimit int          // operations in one request; 0: none
	MinTTL     state.TTL    // 1 where 0
	MaxTTL     state.TTL    // 2^31-1 where 0
	Types      []state.Type // what it can hold; nil: every type
	Attrs      []string     // record attributes that it can hold; nil: comment, proxied and tags
	OwnNS      []state.Name // the name servers of each zone

	// OnZones, OnRead, OnCreate and OnWrite, where not nil, are called before
	// anything is done. An error fails the call; what OnWrite returns decides
	// what becomes of the request.
	OnZones  func(ctx context.Context, want []state.Name) error
	OnRead   func(ctx context.Context, zone state.Name) error
	OnCreate func(ctx context.Context, zone state.Name) error
	OnWrite  func(ctx context.Context, w Write) Verdict
	// Blame says which of a refused request's changes is at fault, an index into
	// Sent, or -1; nil blames none.
	Blame func(w Write) int

	mu    sync.Mutex
	zones map[state.Name]*memoryZone
	calls Calls
}

var (
	_ provider.Provider = (*Memory)(nil)
	_ provider.Creator  = (*Memory)(nil)
	_ provider.Checker  = (*Memory)(nil)
)

// Calls counts what a Memory was asked to do.
type Calls struct {
	Zones, Reads, Creates int
	Requests              int // write requests that arrived
	Ops                   int // operations on records in them
}

// memoryZone is the content of one zone.
type memoryZone struct {
	sets   map[state.Key]*memorySet
	hidden bool // it exists, but these credentials don't see it
	lastID int
}

// memorySet is one RRset with the ids of its records.
type memorySet struct {
	records []memoryRecord
	attrs   state.Attrs
}

type memoryRecord struct {
	id int
	state.Record
}

// Calls returns what was asked so far.
func (m *Memory) Calls() Calls {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.calls
}

// Seed makes the zone hold exactly what z holds, without any call counted.
func (m *Memory) Seed(z *state.Zone) {
	m.mu.Lock()
	defer m.mu.Unlock()
	zone := m.make(z.Name)
	zone.sets = make(map[state.Key]*memorySet, len(z.RRsets))
	for i := range z.RRsets {
		zone.replace(&z.RRsets[i])
	}
}

// Edit makes the RRset with key k hold exactly the records given, as another
// user of the service would; no records remove it.
func (m *Memory) Edit(zone state.Name, k state.Key, records ...state.Record) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.zones[zone].replace(&state.RRset{Key: k, Records: records})
}

// Drop removes a zone.
func (m *Memory) Drop(zone state.Name) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.zones, zone)
}

// Hide makes an empty zone that exists and that Zones doesn't find, as if it
// were another account's.
func (m *Memory) Hide(zone state.Name) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.make(zone).hidden = true
}

// Content returns what the zone holds, without any call counted, and nil where
// there is no such zone.
func (m *Memory) Content(zone state.Name) *state.Zone {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.zones[zone] == nil {
		return nil
	}
	return m.zones[zone].content(zone)
}

// make adds an empty zone, or returns the one that there is.
func (m *Memory) make(name state.Name) *memoryZone {
	if m.zones == nil {
		m.zones = map[state.Name]*memoryZone{}
	}
	if m.zones[name] == nil {
		m.zones[name] = &memoryZone{sets: map[state.Key]*memorySet{}}
	}
	return m.zones[name]
}

// Zones finds zones, as Provider says.
func (m *Memory) Zones(ctx context.Context, want []state.Name) (map[state.Name]provider.Zone, error) {
	if err := hook(ctx, m.OnZones, want); err != nil {
		return nil, fmt.Errorf("list zones: %w", err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calls.Zones++
	if want == nil {
		want = slices.Collect(maps.Keys(m.zones))
	}
	found := map[state.Name]provider.Zone{}
	for _, name := range want {
		if zone := m.zones[name]; zone != nil && !zone.hidden {
			found[name] = handle{m, name}
		}
	}
	return found, nil
}

// Target names the one place where this provider makes zones.
func (m *Memory) Target(context.Context) (string, error) { return "heap", nil }

// Create makes an empty zone.
func (m *Memory) Create(ctx context.Context, name state.Name, _ provider.Spec) (provider.Zone, error) {
	if err := hook(ctx, m.OnCreate, name); err != nil {
		return nil, fmt.Errorf("create the zone: %w", err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calls.Creates++
	if m.zones[name] != nil {
		return nil, fmt.Errorf("create the zone: %w", provider.ErrExists)
	}
	m.make(name)
	return handle{m, name}, nil
}

// hook calls f, where there is one, and lets a cancelled context win.
func hook[T any](ctx context.Context, f func(context.Context, T) error, arg T) error {
	if f != nil {
		if err := f(ctx, arg); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// replace sets the records of one RRset, which get new ids.
func (z *memoryZone) replace(set *state.RRset) {
	delete(z.sets, set.Key)
	for _, r := range set.Records {
		z.add(set.Key, r)
	}
	if s := z.sets[set.Key]; s != nil {
		s.attrs = set.Attrs
	}
}

// add stores r as a service would.
func (z *memoryZone) add(k state.Key, r state.Record) {
	if z.sets[k] == nil {
		z.sets[k] = &memorySet{}
	}
	z.lastID++
	z.sets[k].records = append(z.sets[k].records, memoryRecord{z.lastID, stored(k.Type, r)})
}

// stored returns r as the service keeps it.
func stored(t state.Type, r state.Record) state.Record {
	r.Src = 0
	r.Attrs = state.Attrs{}.Lay(r.Attrs)
	if texts := texts(t, r.Data); len(texts) == 1 && len(texts[0]) > maxString {
		r.Data = state.TXTData(cut(texts[0])...)
	}
	return r
}

// maxString is how many octets one character string can have (RFC 1035 section
// 3.3).
const maxString = 255

func texts(t state.Type, data string) []string {
	if !t.IsText() {
		return nil
	}
	return state.TXTStrings(data)
}

func cut(text string) []string {
	var parts []string
	for part := range slices.Chunk([]byte(text), maxString) {
		parts = append(parts, string(part))
	}
	return parts
}

// content returns the zone as the model has it.
func (z *memoryZone) content(name state.Name) *state.Zone {
	var entries []state.Entry
	for k, set := range z.sets {
		for _, r := range set.records {
			entries = append(entries, state.Entry{Key: k, Record: r.Record})
		}
	}
	zone := state.NewZone(name, entries)
	for i := range zone.RRsets {
		zone.RRsets[i].Attrs = z.sets[zone.RRsets[i].Key].attrs
	}
	return zone
}

// handle is one zone of a Memory.
type handle struct {
	m    *Memory
	name state.Name
}

// Info describes the zone.
func (h handle) Info() provider.Info {
	info := provider.Info{
		Name: h.name, Kind: h.m.Kind, ID: string(h.name), MinTTL: h.m.MinTTL, MaxTTL: h.m.MaxTTL,
		BatchLimit: h.m.BatchLimit, OwnNS: h.m.OwnNS, Types: h.m.Types, Attrs: h.m.Attrs,
		Status: "active", Type: "full",
	}
	if info.Kind == "" {
		info.Kind = "memory"
	}
	if info.MinTTL == 0 {
		info.MinTTL = 1
	}
	if info.MaxTTL == 0 {
		info.MaxTTL = 1<<31 - 1
	}
	if info.Attrs == nil {
		info.Attrs = []string{"comment", "proxied", "tags"}
	}
	return info
}

// Read returns the zone with the ids of its records.
func (h handle) Read(ctx context.Context) (*provider.Snapshot, error) {
	if err := hook(ctx, h.m.OnRead, h.name); err != nil {
		return nil, fmt.Errorf("read the zone: %w", err)
	}
	h.m.mu.Lock()
	defer h.m.mu.Unlock()
	h.m.calls.Reads++
	zone := h.m.zones[h.name]
	if zone == nil || zone.hidden {
		return nil, fmt.Errorf("read the zone: %w", provider.ErrNoZone)
	}
	ids := make(map[state.Key][]memoryRecord, len(zone.sets))
	for k, set := range zone.sets {
		ids[k] = slices.Clone(set.records)
	}
	return &provider.Snapshot{Zone: zone.content(h.name), Own: ids}, nil
}

// Check finds what Memory can't hold: types and attributes beyond its own, TTLs
// out of range, and strings of several that are too long to be one.
func (m *Memory) Check(want *state.Zone, info *provider.Info) (*state.Zone, []state.Problem) {
	if info == nil {
		i := handle{m: m}.Info()
		info = &i
	}
	c := checker{info: info}
	for i := range want.RRsets {
		c.set(&want.RRsets[i])
	}
	z := state.NewZone(want.Name, c.entries)
	z.Attrs = want.Attrs
	return z, c.problems
}

// checker gathers what Check returns.
type checker struct {
	info     *provider.Info
	entries  []state.Entry
	problems []state.Problem
}

func (c *checker) set(s *state.RRset) {
	for _, r := range s.Records {
		c.record(s.Key, r)
		if r.Attrs.Bool("proxied") {
			r.TTL = state.TTLAuto
		}
		c.entries = append(c.entries, state.Entry{Key: s.Key, Record: r})
	}
}

func (c *checker) record(k state.Key, r state.Record) {
	refuse := func(format string, args ...any) {
		c.problems = append(c.problems, state.Problem{
			Key: k, Data: r.Data, Src: r.Src, Text: fmt.Sprintf(format, args...),
		})
	}
	if c.info.Types != nil && !slices.Contains(c.info.Types, k.Type) {
		refuse("%s can't hold records of type %s", c.info.Kind, k.Type)
	}
	if r.TTL != state.TTLAuto && (r.TTL < c.info.MinTTL || r.TTL > c.info.MaxTTL) {
		refuse("ttl must lie between %s and %s", c.info.MinTTL, c.info.MaxTTL)
	}
	for key := range r.Attrs.All() {
		if !slices.Contains(c.info.Attrs, key) {
			refuse("%s can't hold the attribute %s", c.info.Kind, strconv.Quote(key))
		}
	}
	if texts := texts(k.Type, r.Data); len(texts) > 1 {
		for _, text := range texts {
			if len(text) > maxString {
				refuse("one of several strings has %d octets, at most %d are allowed", len(text), maxString)
			}
		}
	}
}
