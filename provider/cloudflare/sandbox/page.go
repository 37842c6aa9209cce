package sandbox

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
)

// pageOf reads page and per_page.
func pageOf(q url.Values, perPage, least, most int) (int, int, *failure) {
	page := 1
	for _, p := range []struct {
		key       string
		to        *int
		min, most int
	}{{"page", &page, 1, 1 << 40}, {"per_page", &perPage, least, most}} {
		if !q.Has(p.key) {
			continue
		}
		n, err := strconv.Atoi(q.Get(p.key))
		if err != nil || n < p.min || n > p.most {
			return 0, 0, fail(http.StatusBadRequest, codeQuery, fmt.Sprintf("%s must be a number from %d to %d.", p.key, p.min, p.most))
		}
		*p.to = n
	}
	return page, perPage, nil
}

// cutPage is what stands on that page, nothing past the last one.
func cutPage[T any](all []T, page, perPage int) []T {
	if page-1 > len(all)/perPage {
		return all[:0]
	}
	from := min((page-1)*perPage, len(all))
	return all[from:min(from+perPage, len(all))]
}

// zonesInfo and recordsInfo differ in the order of their keys, as the service's do.
func zonesInfo(page, perPage, count, total int) []byte {
	return fmt.Appendf(nil, `{"page":%d,"per_page":%d,"total_pages":%d,"count":%d,"total_count":%d}`,
		page, perPage, (total+perPage-1)/perPage, count, total)
}

func recordsInfo(page, perPage, count, total int) []byte {
	return fmt.Appendf(nil, `{"page":%d,"per_page":%d,"count":%d,"total_count":%d,"total_pages":%d}`,
		page, perPage, count, total, (total+perPage-1)/perPage)
}
