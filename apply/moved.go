package apply

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/zoneloom/zoneloom/plan"
	"github.com/zoneloom/zoneloom/state"
)

// Moved is one thing that isn't as the plan saw it.
type Moved struct {
	Zone     state.Name
	Provider string
	plan.Moved
	// Text says what moved where it isn't an RRset.
	Text string
}

// String tells in one line what moved, and for an RRset in further ones, which
// begin with two blanks, how it was, was to become, and is.
func (m Moved) String() string {
	lines := []string{m.head()}
	if m.Text == "" {
		lines = append(lines, m.rows()...)
	}
	for i, l := range lines {
		lines[i] = oneLine(l)
	}
	return strings.Join(lines, "\n")
}

func (m Moved) head() string {
	at := fmt.Sprintf("zone %s: %s: ", m.Zone, m.Provider)
	switch {
	case m.Text != "":
		return at + m.Text
	case m.Change == nil:
		return fmt.Sprintf("%s%s is there, and not in the plan, which was to create the zone", at, m.Key)
	case m.IsBeside():
		return fmt.Sprintf("%s%s, beside the %s that the plan %ss, isn't as when the plan was made", at, m.Key, m.Change.Type, m.Change.Action())
	}
	return fmt.Sprintf("%s%s isn't as when the plan was made", at, m.Key)
}

// column is an RRset at one point of its life.
type column struct {
	label string
	set   *state.RRset
	texts []string // of its records
}

// columns returns the RRset as it was, as the plan wants it where it changes it,
// and as it is.
func (m Moved) columns() []column {
	all := []column{{label: "before", set: m.Expected}}
	if m.Change != nil && !m.IsBeside() {
		all = append(all, column{label: "planned", set: m.Change.After})
	}
	all = append(all, column{label: "live", set: m.Live})
	byAttrs := slices.ContainsFunc(all, func(c column) bool { return setAttrs(c.set) != setAttrs(all[0].set) })
	for i := range all {
		c := &all[i]
		for _, r := range c.set.Ours() {
			c.texts = append(c.texts, recordText(r))
		}
		if byAttrs && setAttrs(c.set) != (state.Attrs{}) {
			c.texts = append(c.texts, "all of them: "+attrs(c.set.Attrs))
		}
	}
	return all
}

// rows writes a line for each record that isn't in all columns, and counts the
// others.
func (m Moved) rows() []string {
	columns := m.columns()
	inAll := func(text string) bool {
		return !slices.ContainsFunc(columns, func(c column) bool { return !slices.Contains(c.texts, text) })
	}
	var rows []string
	same := 0
	for _, c := range columns {
		own := slices.DeleteFunc(slices.Clone(c.texts), inAll)
		same = len(c.texts) - len(own)
		switch {
		case len(c.texts) == 0:
			own = []string{"absent"}
		case len(own) == 0:
			own = []string{"no others"}
		}
		for _, text := range own {
			rows = append(rows, fmt.Sprintf("  %-8s %s", c.label, text))
		}
	}
	switch {
	case same == 1:
		rows = append(rows, "  equal    1 record")
	case same > 1:
		rows = append(rows, fmt.Sprintf("  equal    %d records", same))
	}
	return rows
}

func setAttrs(s *state.RRset) state.Attrs {
	if s == nil {
		return state.Attrs{}
	}
	return s.Attrs
}

// describe tells a set in a few words.
func describe(s *state.RRset) string {
	if s == nil || len(s.Records) == 0 {
		return "absent"
	}
	texts := make([]string, len(s.Records))
	for i, r := range s.Records {
		texts[i] = recordText(r)
	}
	return strings.Join(texts, ", ")
}

func recordText(r state.Record) string {
	return strings.TrimSpace(fmt.Sprintf("%s (ttl %s) %s", r.Data, r.TTL, attrs(r.Attrs)))
}

func attrs(a state.Attrs) string {
	var texts []string
	for k, v := range a.All() {
		texts = append(texts, fmt.Sprintf("%s: %v", k, v))
	}
	return strings.Join(texts, ", ")
}

// oneLine keeps what others wrote, a comment or a plan's target, from passing for
// a line of ours.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return '?'
		}
		return r
	}, s)
}

// movedError tells what somebody else changed while the zone was written.
func movedError(moved []Moved) error {
	lines := make([]string, len(moved))
	for i, m := range moved {
		lines[i] = fmt.Sprintf("%s is %s, neither as before nor as planned", m.Key, describe(m.Live))
	}
	return fmt.Errorf("%w: %s", ErrMoved, strings.Join(lines, "; "))
}
