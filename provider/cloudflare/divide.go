package cloudflare

import (
	"slices"

	"github.com/zoneloom/zoneloom/state"
)

// divide makes batches of at most limit operations, name by name.
func divide(groups []*group, limit int) []*batch {
	sizes := make([]int, len(groups))
	for i, g := range groups {
		sizes[i] = len(g.ops)
	}
	var batches []*batch
	start := 0
	for _, end := range pack(sizes, limit) {
		if g := groups[start]; len(g.ops) > limit {
			batches = append(batches, g.split(limit)...)
		} else {
			b := &batch{}
			for _, g := range groups[start:end] {
				b.changes = append(b.changes, g.changes...)
				b.ops = append(b.ops, g.ops...)
			}
			batches = append(batches, b)
		}
		start = end
	}
	return batches
}

// regroup is the inverse of divide: the names' groups of some batches, in order.
func regroup(changes []state.Change, batches []*batch) []*group {
	var groups []*group
	byName := map[state.Name]*group{}
	for _, b := range batches {
		for _, i := range b.changes {
			name := changes[i].Name
			if byName[name] == nil {
				byName[name] = &group{name: name}
				groups = append(groups, byName[name])
			}
			if g := byName[name]; !slices.Contains(g.changes, i) {
				g.changes = append(g.changes, i)
			}
		}
		for _, op := range b.ops {
			g := byName[changes[op.change].Name]
			g.ops = append(g.ops, op)
		}
	}
	return groups
}

// split divides one name's operations that are too many for a batch. What must
// be away before anything else can come goes first; creates run ahead of deletes
// in proportion; and what can come only when all else is away goes last, in one
// batch with the last delete. So the name never stands without an answer
// between two batches.
func (g *group) split(limit int) []*batch {
	var first, deletes, others, creates, last []operation
	for _, op := range g.ops {
		switch {
		case op.delete != nil && excludes(op.typ):
			first = append(first, op)
		case op.delete != nil:
			deletes = append(deletes, op)
		case op.post != nil && excludes(op.typ):
			last = append(last, op)
		case op.post != nil:
			creates = append(creates, op)
		default:
			others = append(others, op)
		}
	}
	slices.SortStableFunc(first, func(a, b operation) int { return dsRank(b) - dsRank(a) })
	slices.SortStableFunc(last, func(a, b operation) int { return dsRank(a) - dsRank(b) })
	if n := len(deletes); n > 0 && len(last) > 0 {
		deletes, last = deletes[:n-1], append([]operation{deletes[n-1]}, last...)
	}
	main := slices.Concat(first, interleave(creates, deletes), others)
	chunks := slices.Collect(slices.Chunk(main, limit))
	if n := len(chunks); n > 0 && len(chunks[n-1])+len(last) <= limit {
		chunks[n-1] = slices.Concat(chunks[n-1], last)
	} else {
		chunks = slices.AppendSeq(chunks, slices.Chunk(last, limit))
	}
	return g.batches(chunks)
}

// excludes reports whether a record of t may stand beside few others.
func excludes(t state.Type) bool { return t == state.CNAME || t == state.NS || t == state.DS }

// interleave merges two lists in proportion, the first ahead.
func interleave(a, b []operation) []operation {
	all := make([]operation, 0, len(a)+len(b))
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		if j == len(b) || i < len(a) && i*len(b) <= j*len(a) {
			all = append(all, a[i])
			i++
		} else {
			all = append(all, b[j])
			j++
		}
	}
	return all
}

// batches makes a batch of each chunk, with the changes that it has operations
// of.
func (g *group) batches(chunks [][]operation) []*batch {
	left := map[int]int{} // in how many batches more a change is
	var batches []*batch
	for _, chunk := range chunks {
		b := &batch{ops: chunk, partial: map[int]bool{}}
		for _, op := range chunk {
			if !b.partial[op.change] {
				b.partial[op.change] = true
				b.changes = append(b.changes, op.change)
				left[op.change]++
			}
		}
		slices.Sort(b.changes)
		batches = append(batches, b)
	}
	for _, i := range g.changes { // one without operations is in the last
		if end := batches[len(batches)-1]; left[i] == 0 {
			end.changes = append(end.changes, i)
		}
	}
	for _, b := range batches {
		for _, i := range b.changes {
			left[i]--
			b.partial[i] = left[i] > 0
		}
	}
	return batches
}
