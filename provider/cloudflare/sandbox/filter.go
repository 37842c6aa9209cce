package sandbox

import (
	"net/url"
	"strings"
)

type recordTest = func(*record) bool

// comparisons are the ways to compare text, always without regard to case.
var comparisons = map[string]func(s, want string) bool{
	"exact":      func(s, want string) bool { return s == want },
	"contains":   strings.Contains,
	"startswith": strings.HasPrefix,
	"endswith":   strings.HasSuffix,
}

// recordFilters reads the filters of a list: those of fields, and those of tags, which are joined apart.
func recordFilters(q url.Values) (fields, tags []recordTest, f *failure) {
	for key, of := range map[string]func(*record) string{
		"name":    func(r *record) string { return r.name },
		"content": func(r *record) string { return r.content },
		"comment": (*record).comment,
	} {
		fields = append(fields, textTests(q, key, of)...)
	}
	if q.Has("comment.present") {
		fields = append(fields, func(r *record) bool { return r.comment() != "" })
	}
	if q.Has("comment.absent") {
		fields = append(fields, func(r *record) bool { return r.comment() == "" })
	}
	if v := q.Get("type"); v != "" {
		fields = append(fields, func(r *record) bool { return strings.EqualFold(r.kind.String(), v) })
	}
	switch v := q.Get("proxied"); v {
	case "":
	case "true", "false":
		fields = append(fields, func(r *record) bool { return r.proxied == (v == "true") })
	default:
		return nil, nil, badQuery("proxied must be true or false.")
	}
	if v := strings.ToLower(q.Get("search")); v != "" {
		fields = append(fields, func(r *record) bool { return r.mentions(v) })
	}
	return fields, tagTests(q), nil
}

// textTests are those of one text field: field itself and field.exact are the same.
func textTests(q url.Values, key string, of func(*record) string) (tests []recordTest) {
	add := func(value string, compare func(s, want string) bool) {
		if value != "" {
			want := strings.ToLower(value)
			tests = append(tests, func(r *record) bool { return compare(strings.ToLower(of(r)), want) })
		}
	}
	add(q.Get(key), comparisons["exact"])
	for op, compare := range comparisons {
		add(q.Get(key+"."+op), compare)
	}
	return tests
}

// tagTests take "name" or "name:value"; a name alone is compared with names, and startswith and the like with the value.
func tagTests(q url.Values) (tests []recordTest) {
	add := func(filter string, compare func(s, want string) bool, absent bool) {
		if filter == "" {
			return
		}
		name, value, hasValue := strings.Cut(strings.ToLower(filter), ":")
		tests = append(tests, func(r *record) bool {
			for _, t := range r.tags() {
				n, v, _ := strings.Cut(strings.ToLower(t), ":")
				if n == name && (!hasValue || compare(v, value)) {
					return !absent
				}
			}
			return absent
		})
	}
	add(q.Get("tag"), comparisons["exact"], false)
	add(q.Get("tag.present"), comparisons["exact"], false)
	add(q.Get("tag.absent"), comparisons["exact"], true)
	for op, compare := range comparisons {
		add(q.Get("tag."+op), compare, false)
	}
	return tests
}

// mentions says whether the text stands anywhere in the record.
func (r *record) mentions(text string) bool {
	for _, s := range append([]string{r.name, r.content, r.kind.String(), r.comment()}, r.tags()...) {
		if strings.Contains(strings.ToLower(s), text) {
			return true
		}
	}
	return false
}
