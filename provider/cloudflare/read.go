package cloudflare

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/zoneloom/zoneloom/provider"
	"github.com/zoneloom/zoneloom/state"
)

const (
	recordsPerPage = 5000
	maxPages       = 10_000
)

// recordID is the service's id of a record, padded with zeros.
type recordID [32]byte

func (id recordID) String() string { return string(bytes.TrimRight(id[:], "\x00")) }

// owned is what Read keeps beside a zone for Write: the id of each record.
type owned struct {
	zone   *state.Zone
	ids    []recordID // in the order of the zone's RRsets and their Records
	dates  []uint32   // when each was last changed, in seconds since 1970; 0: unknown
	starts []int      // where each RRset begins in ids
}

// Read implements provider.Zone. The service has no snapshots: pages may shift
// while they are read, so a list counts only if nothing shows that it changed.
func (z *zone) Read(ctx context.Context) (*provider.Snapshot, error) {
	var page bytes.Buffer // for all pages
	for read := 1; ; read++ {
		snapshot, err := z.list(ctx, &page)
		if err == nil {
			return snapshot, nil
		}
		if !errors.Is(err, errChanging) || read == maxReads {
			return nil, z.readError(err)
		}
		if err := z.p.api().budget.clock().Sleep(ctx, backoff(read, time.Second)); err != nil {
			return nil, z.readError(err)
		}
	}
}

func (z *zone) readError(err error) error {
	if e, ok := errors.AsType[*APIError](err); ok && e.Status == http.StatusNotFound {
		err = fmt.Errorf("%w: %w", provider.ErrNoZone, err)
	}
	return fmt.Errorf("read zone %s: %w", z.info.Name, z.p.advise(err, "DNS Read or DNS Edit for this zone"))
}

// listing is a list of records while it is read.
type listing struct {
	zone    state.Name
	reader  reader
	entries []state.Entry // Src is the index of its id, until the zone is made
	ids     []recordID
	dates   []uint32
	seen    map[recordID]struct{}
	start   string // when the first page was made, to the second; "" if unknown
	total   int    // as the first page says
}

// recordPage is a page of records whose memory the next page takes over.
type recordPage struct{ envelope[[]record] }

func (p *recordPage) prepare(date string) {
	records := p.Result
	p.envelope.prepare(date)
	clear(records[:cap(records)]) // decoding keeps the fields that an object lacks
	p.Result = records[:0]
}

// list reads all pages once.
func (z *zone) list(ctx context.Context, buf *bytes.Buffer) (*provider.Snapshot, error) {
	l := &listing{zone: z.info.Name, reader: reader{zone: z.info.Name}}
	var page recordPage
	for n := 1; n <= maxPages; n++ {
		if err := z.page(ctx, n, buf, &page); err != nil {
			return nil, err
		}
		total := page.Info.TotalCount
		if n == 1 {
			l.begin(page.date, min(total, recordsPerPage*maxPages))
			l.total = total
		}
		if total < l.total {
			// What was deleted may have stood on a page that came already: then a
			// record has moved up to that page, and isn't on this one.
			return nil, fmt.Errorf("%d of %d records are left: %w", total, l.total, errChanging)
		}
		if err := l.add(page.Result, n); err != nil {
			return nil, err
		}
		last := n >= page.Info.TotalPages && len(l.ids) >= total
		if len(page.Result) > 0 && !last {
			continue
		}
		if len(l.ids) != total {
			return nil, fmt.Errorf("%d of %d records came: %w", len(l.ids), total, errChanging)
		}
		return l.snapshot(), nil
	}
	return nil, fmt.Errorf("it has over %d pages", maxPages)
}

func (z *zone) page(ctx context.Context, n int, buf *bytes.Buffer, page *recordPage) error {
	q := url.Values{
		"page": {strconv.Itoa(n)}, "per_page": {strconv.Itoa(z.p.api().perPage)},
		"order": {"name"}, "direction": {"asc"}, // records of a name come together
	}
	path := "/zones/" + url.PathEscape(z.info.ID) + "/dns_records"
	err := z.p.api().do(ctx, call{method: http.MethodGet, path: path, query: q, page: buf}, page)
	if err != nil {
		return err
	}
	if page.Info == nil || page.Result == nil {
		return errors.New("the list doesn't say how many records there are")
	}
	return nil
}

// begin makes room for what the first page announces.
func (l *listing) begin(date string, total int) {
	// An answer is trusted with the memory of a few pages, no more.
	room := max(0, min(total, 100*recordsPerPage))
	l.entries = make([]state.Entry, 0, room)
	l.ids = make([]recordID, 0, room)
	l.dates = make([]uint32, 0, room)
	l.seen = make(map[recordID]struct{}, room)
	if t, err := http.ParseTime(date); err == nil {
		l.start = t.UTC().Add(time.Second).Format(stamp)
	}
}

// stamp is how the API writes times, up to the second.
const stamp = "2006-01-02T15:04:05"

// add takes a page's records. A record that comes twice, or that was created
// after the first page was made, says that the pages have shifted: then one may
// have slipped through between two of them. One that was only modified hasn't
// shifted any, unless it was renamed, and then one comes twice.
func (l *listing) add(page []record, n int) error {
	for i := range page {
		rec := &page[i]
		var id recordID
		if rec.ID == "" || copy(id[:], rec.ID) < len(rec.ID) {
			return fmt.Errorf("a record of %s has the id %q, which is none", rec.Name, rec.ID)
		}
		if _, twice := l.seen[id]; twice {
			return fmt.Errorf("record %s came twice: %w", rec.ID, errChanging)
		}
		if n > 1 && l.start != "" && rec.CreatedOn >= l.start {
			return fmt.Errorf("record %s was just created: %w", rec.ID, errChanging)
		}
		l.seen[id] = struct{}{}
		e, err := l.reader.entry(rec)
		if err != nil {
			return err
		}
		e.Src = state.Src(len(l.ids))
		l.ids = append(l.ids, id)
		l.dates = append(l.dates, seconds(rec.ModifiedOn))
		if e.Type != state.SOA { // never the user's to change here
			l.entries = append(l.entries, e)
		}
	}
	return nil
}

// snapshot makes the zone, and puts the ids into its order.
func (l *listing) snapshot() *provider.Snapshot {
	z := state.NewZone(l.zone, l.entries)
	o := &owned{
		zone: z, ids: make([]recordID, 0, len(l.entries)), dates: make([]uint32, 0, len(l.entries)),
		starts: make([]int, 0, len(z.RRsets)),
	}
	for i := range z.RRsets {
		records := z.RRsets[i].Records
		if len(records) > 1 {
			// Records with the same data come in the order of their ids, so that
			// two reads of an unchanged zone are equal.
			slices.SortStableFunc(records, func(a, b state.Record) int {
				return cmp.Or(cmp.Compare(a.Data, b.Data), bytes.Compare(l.ids[a.Src][:], l.ids[b.Src][:]))
			})
		}
		o.starts = append(o.starts, len(o.ids))
		for j := range records {
			o.ids = append(o.ids, l.ids[records[j].Src])
			o.dates = append(o.dates, l.dates[records[j].Src])
			records[j].Src = 0
		}
	}
	return &provider.Snapshot{Zone: z, Own: o}
}

// seconds returns a time of the API in seconds since 1970, or 0 for what is none.
func seconds(text string) uint32 {
	if len(text) < len(stamp) {
		return 0
	}
	t, err := time.Parse(stamp, text[:len(stamp)])
	if err != nil || t.Unix() < 0 || t.Unix() > math.MaxUint32 {
		return 0
	}
	return uint32(t.Unix())
}

var _ provider.Dated = (*zone)(nil)

// Modified implements provider.Dated.
func (z *zone) Modified(at *provider.Snapshot, k state.Key) time.Time {
	o, ok := at.Own.(*owned)
	if !ok {
		return time.Time{}
	}
	i, found := slices.BinarySearchFunc(o.zone.RRsets, k, func(s state.RRset, k state.Key) int { return s.Compare(k) })
	if !found {
		return time.Time{}
	}
	last := uint32(0)
	for j := range o.zone.RRsets[i].Records {
		last = max(last, o.dates[o.starts[i]+j])
	}
	if last == 0 {
		return time.Time{}
	}
	return time.Unix(int64(last), 0).UTC()
}
