package plan

import (
	"fmt"
	"slices"

	"github.com/zoneloom/zoneloom/state"
)

// protect objects where a name had records that a pattern protects, and has none
// of them afterwards.
func protect(r *review) string {
	var lost []state.Key
	for group := range groups(r.zone.Changes) {
		after := &view{zone: r.live, changes: map[state.Name][]state.Change{group[0].Name: group}}
		for _, p := range r.in.Rules.Protect {
			matches := func(s *state.RRset) bool {
				return slices.ContainsFunc(s.Ours(), func(rec state.Record) bool { return p.Match(r.zone.Name, s.Key, rec.Data) })
			}
			had := slices.IndexFunc(group, func(c state.Change) bool { return c.Before != nil && matches(c.Before) })
			if had < 0 {
				continue
			}
			has := false
			after.each(group[0].Name, func(s *state.RRset) { has = has || matches(s) })
			if !has {
				lost = append(lost, group[had].Key)
			}
		}
	}
	slices.SortFunc(lost, state.Key.Compare)
	switch lost = slices.Compact(lost); len(lost) {
	case 0:
		return ""
	case 1:
		return fmt.Sprintf("%s is protected, and would be taken away", lost[0])
	}
	return fmt.Sprintf("%d protected RRsets would be taken away, %s first", len(lost), lost[0])
}
