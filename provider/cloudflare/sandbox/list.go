package sandbox

import (
	"net/url"
	"slices"
	"strings"
)

func (s *Server) listRecords(c *call) (*answer, *failure) {
	z, f := s.zone(c, DNSRead)
	if f != nil {
		return nil, f
	}
	q := c.r.URL.Query()
	page, perPage, f := pageOf(q, 100, 1, 5_000_000)
	if f != nil {
		return nil, f
	}
	found, f := z.find(q)
	if f != nil {
		return nil, f
	}
	part := cutPage(found, page, perPage)
	count := len(part)
	if c.fault(FaultMoved) != nil && page > 1 && len(part) > 0 {
		// What stood first on this page has moved to the page before, whose last record now stands here instead.
		part = slices.Clone(part)
		part[0] = found[(page-1)*perPage-1]
	}
	if short := c.fault(FaultShort); short != nil {
		part = part[:max(0, count-max(1, short.Drop))]
	}
	info := recordsInfo(page, perPage, count, len(found))
	m := z.meta
	c.unlock()
	return &answer{result: s.appendRecords(make([]byte, 0, 512*len(part)+2), m, part), info: info}, nil
}

// find returns what the query asks for, in its order. The slice must not be changed.
func (z *zone) find(q url.Values) ([]*record, *failure) {
	fields, tags, f := recordFilters(q)
	if f != nil {
		return nil, f
	}
	all, f := matchAll(q, "match")
	if f != nil {
		return nil, f
	}
	allTags, f := matchAll(q, "tag_match")
	if f != nil {
		return nil, f
	}
	found := z.inOrder()
	if len(fields)+len(tags) > 0 {
		from := found
		if name := exactName(q); name != "" && all {
			from = slices.SortedFunc(slices.Values(z.byName[name]), byDefault)
		}
		found = nil
		for _, r := range from {
			if passes(fields, r, all) && passes(tags, r, allTags) {
				found = append(found, r)
			}
		}
	}
	return orderRecords(found, q)
}

func exactName(q url.Values) string {
	if v := q.Get("name.exact"); v != "" {
		return strings.ToLower(v)
	}
	return strings.ToLower(q.Get("name"))
}

func orderRecords(found []*record, q url.Values) ([]*record, *failure) {
	sign, f := direction(q)
	if f != nil {
		return nil, f
	}
	var by func(a, b *record) int
	switch q.Get("order") {
	case "", "type":
		if sign > 0 {
			return found, nil
		}
		by = func(a, b *record) int { return int(a.kind) - int(b.kind) }
	case "name":
		by = func(a, b *record) int { return strings.Compare(a.name, b.name) }
	case "content":
		by = func(a, b *record) int { return strings.Compare(a.content, b.content) }
	case "ttl":
		by = func(a, b *record) int { return int(a.ttl) - int(b.ttl) }
	case "proxied":
		by = func(a, b *record) int { return rank(a.proxied) - rank(b.proxied) }
	default:
		return nil, badQuery("order must be type, name, content, ttl or proxied.")
	}
	found = slices.Clone(found)
	slices.SortStableFunc(found, func(a, b *record) int { return sign * by(a, b) })
	return found, nil
}

func rank(b bool) int {
	if b {
		return 1
	}
	return 0
}
