package state

// Change replaces Before with After. A nil Before creates, a nil After deletes.
// Both show kept records too, which no provider may change: they are no part of
// the change.
type Change struct {
	Key
	Before, After *RRset
	Pairs         []Pair   // which record becomes which; made by plan.Diff alone
	Beside        []*RRset // where a type that Redirects comes or goes: the other RRsets read at the name
}

// Pair says that record Before of a change's Before becomes record After of its
// After: indexes into Records. A record of ours in no pair is created or
// deleted. Kept records are in none.
type Pair struct{ Before, After int }

// Action is what a change does.
type Action uint8

// The actions, from none on.
const (
	NoOp Action = iota
	Create
	Update
	Delete
)

// String returns the action as in JSON plans.
func (a Action) String() string {
	return [...]string{"none", "create", "update", "delete"}[a]
}

// Action derives what c does, so that a Change can't contradict itself.
func (c Change) Action() Action {
	before, after := len(c.Before.Ours()), len(c.After.Ours())
	switch {
	case c.Before.Equal(c.After):
		return NoOp
	case before == 0:
		return Create
	case after == 0:
		return Delete
	}
	return Update
}

// Ops returns the writes of records that c needs: those of Before without a
// pair (deletes), pairs whose records differ (updates), and those of After
// without a pair (creates), as indexes into the two sets' Records.
func (c Change) Ops() (deletes []int, updates []Pair, creates []int) {
	var few, few2 [16]bool // most sets are small
	gone, kept := c.Before.flags(few[:]), c.After.flags(few2[:])
	for _, p := range c.Pairs {
		gone[p.Before], kept[p.After] = true, true
		if !c.Before.Records[p.Before].Equal(c.After.Records[p.After]) {
			updates = append(updates, p)
		}
	}
	return c.Before.unpaired(gone), updates, c.After.unpaired(kept)
}

// flags returns a flag for each record of s, in room where that is enough.
func (s *RRset) flags(room []bool) []bool {
	switch {
	case s == nil:
		return nil
	case len(s.Records) <= len(room):
		return room[:len(s.Records)]
	}
	return make([]bool, len(s.Records))
}

// unpaired returns the indexes of the records of ours that aren't paired.
func (s *RRset) unpaired(paired []bool) []int {
	var indexes []int
	if s != nil {
		for i := range s.Records {
			if s.Records[i].Kept == Ours && !paired[i] {
				indexes = append(indexes, i)
			}
		}
	}
	return indexes
}
