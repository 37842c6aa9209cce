package sandbox

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

func (s *Server) listZones(c *call) (*answer, *failure) {
	if !c.who.may(ZoneRead) {
		return nil, errDenied
	}
	q := c.r.URL.Query()
	page, perPage, f := pageOf(q, 20, 5, 50)
	if f != nil {
		return nil, f
	}
	keep, f := s.zoneFilter(q)
	if f != nil {
		return nil, f
	}
	var found []*zone
	for _, z := range s.store.zonesInOrder() {
		if c.who.covers(z.meta) && keep(z.meta) {
			found = append(found, z)
		}
	}
	if f := s.orderZones(found, q); f != nil {
		return nil, f
	}
	shown := []shownZone{}
	for _, z := range cutPage(found, page, perPage) {
		shown = append(shown, s.showZone(c, z.meta))
	}
	return &answer{result: encode(shown), info: zonesInfo(page, perPage, len(shown), len(found))}, nil
}

func badQuery(message string) *failure { return fail(http.StatusBadRequest, codeQuery, message) }

// zoneFilter makes one test of all filters in the query.
func (s *Server) zoneFilter(q url.Values) (func(*zoneMeta) bool, *failure) {
	var tests []func(*zoneMeta) bool
	for key, value := range map[string]func(*zoneMeta) string{
		"name":         func(m *zoneMeta) string { return m.Name },
		"account.name": func(m *zoneMeta) string { a, _ := s.account(m.Account); return a.Name },
	} {
		if v := q.Get(key); v != "" {
			match, f := operator(v)
			if f != nil {
				return nil, f
			}
			tests = append(tests, func(m *zoneMeta) bool { return match(value(m)) })
		}
	}
	if v := q.Get("account.id"); v != "" {
		tests = append(tests, func(m *zoneMeta) bool { return m.Account == v })
	}
	if v := q.Get("status"); v != "" {
		if !slices.Contains([]string{"initializing", "pending", "active", "moved"}, v) {
			return nil, badQuery("status must be initializing, pending, active or moved.")
		}
		tests = append(tests, func(m *zoneMeta) bool { return m.Status == v })
	}
	types := strings.Split(q.Get("type"), ",")
	ofType := func(m *zoneMeta) bool { return slices.Contains(types, m.Type) }
	if q.Get("type") == "" {
		ofType = func(m *zoneMeta) bool { return m.Type != "internal" }
	} else {
		tests = append(tests, ofType)
		ofType = func(m *zoneMeta) bool { return m.Type != "internal" || slices.Contains(types, "internal") }
	}
	all, f := matchAll(q, "match")
	if f != nil {
		return nil, f
	}
	return func(m *zoneMeta) bool { return ofType(m) && passes(tests, m, all) }, nil
}

// passes applies all tests, or looks for one that holds; no tests let everything through.
func passes[T any](tests []func(T) bool, v T, all bool) bool {
	if len(tests) == 0 {
		return true
	}
	for _, test := range tests {
		if test(v) != all {
			return !all
		}
	}
	return all
}

func matchAll(q url.Values, key string) (bool, *failure) {
	switch q.Get(key) {
	case "", "all":
		return true, nil
	case "any":
		return false, nil
	}
	return false, badQuery(key + " must be any or all.")
}

// operator reads "op:value"; without one the values must be equal.
func operator(s string) (func(string) bool, *failure) {
	op, value, ok := strings.Cut(s, ":")
	if !ok {
		op, value = "equal", s
	}
	base, exact := strings.CutSuffix(op, "_case_sensitive")
	fold := strings.ToLower
	if exact && base != "equal" && base != "not_equal" {
		fold = func(s string) string { return s }
	}
	var test func(a, b string) bool
	switch base {
	case "equal":
		test = func(a, b string) bool { return a == b }
	case "not_equal":
		test = func(a, b string) bool { return a != b }
	case "starts_with":
		test = strings.HasPrefix
	case "ends_with":
		test = strings.HasSuffix
	case "contains":
		test = strings.Contains
	default:
		return nil, badQuery("unknown operator " + op)
	}
	if h, ok := canonicalName(value); ok && !isASCII(value) {
		value = h
	}
	want := fold(value)
	return func(s string) bool { return test(fold(s), want) }, nil
}

func (s *Server) orderZones(zones []*zone, q url.Values) *failure {
	key := func(m *zoneMeta) string { return m.Name }
	switch q.Get("order") {
	case "", "name":
	case "status":
		key = func(m *zoneMeta) string { return m.Status }
	case "account.id":
		key = func(m *zoneMeta) string { return m.Account }
	case "account.name":
		key = func(m *zoneMeta) string { a, _ := s.account(m.Account); return a.Name }
	case "plan.id":
		key = func(m *zoneMeta) string { return plans[m.Plan].ID }
	default:
		return badQuery("order must be name, status, account.id, account.name or plan.id.")
	}
	sign, f := direction(q)
	if f != nil {
		return f
	}
	slices.SortStableFunc(zones, func(a, b *zone) int { return sign * strings.Compare(key(a.meta), key(b.meta)) })
	return nil
}

func direction(q url.Values) (int, *failure) {
	switch q.Get("direction") {
	case "", "asc":
		return 1, nil
	case "desc":
		return -1, nil
	}
	return 0, badQuery("direction must be asc or desc.")
}
