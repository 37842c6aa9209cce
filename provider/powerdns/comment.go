package powerdns

import (
	"cmp"
	"slices"
	"strings"

	"github.com/zoneloom/zoneloom/state"
)

// joinComments returns the comments of an RRset as one text, a line for each in
// the order in which they were made.
func joinComments(list []comment) string {
	if len(list) == 1 {
		return list[0].Content
	}
	sorted := slices.SortedStableFunc(slices.Values(list), func(a, b comment) int {
		return cmp.Or(cmp.Compare(a.ModifiedAt, b.ModifiedAt), strings.Compare(a.Content, b.Content))
	})
	texts := make([]string, len(sorted))
	for i, c := range sorted {
		texts[i] = c.Content
	}
	return strings.Join(texts, "\n")
}

// comments returns what a PATCH says of the comments of an RRset that has those
// in live and becomes after: nil, which leaves them with their authors and
// times, unless the text differs.
func comments(live []comment, after *state.RRset) []comment {
	want := ""
	if after != nil {
		want = after.Attrs.String(attrComment)
	}
	switch {
	case want == joinComments(live):
		return nil
	case want == "":
		return []comment{}
	}
	for _, c := range live {
		if c.Content == want {
			return []comment{c}
		}
	}
	return []comment{{Content: want}}
}
