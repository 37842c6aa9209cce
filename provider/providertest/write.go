package providertest

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/zoneloom/zoneloom/provider"
	"github.com/zoneloom/zoneloom/state"
)

// Write is one write request as it arrives at a Memory.
type Write struct {
	provider.Request
	Sent []state.Change // those that the request is about
}

// Verdict is what a Memory does with a write request.
type Verdict uint8

// The verdicts.
const (
	Commit      Verdict = iota // make it, if it can be made
	Refuse                     // make none of it and say so
	LoseRequest                // make none of it and say nothing
	LoseAnswer                 // make it and say nothing
	LoseHalf                   // make the first half of its operations and say nothing
)

// RefuseNames returns an OnWrite that refuses each request about one of the
// names.
func RefuseNames(names ...state.Name) func(context.Context, Write) Verdict {
	return func(_ context.Context, w Write) Verdict {
		if slices.ContainsFunc(w.Sent, func(c state.Change) bool { return slices.Contains(names, c.Name) }) {
			return Refuse
		}
		return Commit
	}
}

var errLost = errors.New("the connection was cut")

// op is one operation on a record: a nil before creates, a nil after deletes.
type op struct {
	change        int
	before, after *state.Record
}

// Write makes the changes in as few requests as BatchLimit allows.
func (h handle) Write(ctx context.Context, at *provider.Snapshot, changes []state.Change, r provider.Recorder) error {
	ids, ok := at.Own.(map[state.Key][]memoryRecord)
	if !ok {
		return errors.New("write the zone: the snapshot is another provider's")
	}
	for n, ops := range h.pack(changes) {
		req := provider.Request{Zone: h.name, N: n + 1, Ops: len(ops)}
		for i, o := range ops {
			if i == 0 || o.change != ops[i-1].change { // a change's operations stand together
				req.Changes = append(req.Changes, o.change)
			}
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := r.Sending(req); err != nil {
			return fmt.Errorf("request %d was not sent: %w", req.N, err)
		}
		w := Write{Request: req}
		for _, i := range req.Changes {
			w.Sent = append(w.Sent, changes[i])
		}
		result, err := h.post(ctx, ids, w, changes, ops)
		out := provider.Outcome{RequestID: fmt.Sprintf("%s%d", h.name, req.N), Culprit: -1, Err: err}
		for range req.Changes {
			out.Results = append(out.Results, result)
		}
		if errors.Is(err, provider.ErrRefused) && h.m.Blame != nil {
			if i := h.m.Blame(w); i >= 0 {
				out.Culprit = req.Changes[i]
			}
		}
		r.Done(req, out)
		if err != nil {
			return fmt.Errorf("request %d: %w", req.N, err)
		}
	}
	return nil
}

// pack divides the operations into requests: whole names in the order of the
// changes, and a part of a name only where it alone is over the limit.
func (h handle) pack(changes []state.Change) [][]op {
	var requests [][]op
	for _, name := range byName(changes) {
		last := len(requests) - 1
		switch limit := h.m.BatchLimit; {
		case len(name) == 0:
		case last >= 0 && (limit == 0 || len(requests[last])+len(name) <= limit):
			requests[last] = append(requests[last], name...)
		case limit == 0:
			requests = append(requests, name)
		default:
			requests = slices.AppendSeq(requests, slices.Chunk(name, limit))
		}
	}
	return requests
}

// byName returns the operations of each name, in the order in which the names
// first occur.
func byName(changes []state.Change) [][]op {
	var groups [][]op
	index := map[state.Name]int{}
	for i, c := range changes {
		g, ok := index[c.Name]
		if !ok {
			g = len(groups)
			index[c.Name] = g
			groups = append(groups, nil)
		}
		groups[g] = append(groups[g], ops(i, c)...)
	}
	return groups
}

func ops(i int, c state.Change) []op {
	var ops []op
	deletes, updates, creates := c.Ops()
	for _, b := range deletes {
		ops = append(ops, op{i, &c.Before.Records[b], nil})
	}
	for _, p := range updates {
		ops = append(ops, op{i, &c.Before.Records[p.Before], &c.After.Records[p.After]})
	}
	for _, a := range creates {
		ops = append(ops, op{i, nil, &c.After.Records[a]})
	}
	return ops
}

// post is the service's side of one request.
func (h handle) post(
	ctx context.Context, ids map[state.Key][]memoryRecord, w Write, changes []state.Change, ops []op,
) (provider.Result, error) {
	verdict := Commit
	if h.m.OnWrite != nil {
		verdict = h.m.OnWrite(ctx, w)
	}
	h.m.mu.Lock()
	defer h.m.mu.Unlock()
	h.m.calls.Requests++
	h.m.calls.Ops += len(ops)
	if err := ctx.Err(); err != nil {
		return provider.Unknown, fmt.Errorf("%w: %w", provider.ErrUnknown, err)
	}
	switch verdict {
	case Refuse:
		return provider.NotMade, fmt.Errorf("%w: as told", provider.ErrRefused)
	case LoseRequest:
		return provider.Unknown, fmt.Errorf("%w: %w", provider.ErrUnknown, errLost)
	case LoseHalf:
		ops = ops[:len(ops)/2]
	case Commit, LoseAnswer:
	}
	err := h.commit(ids, changes, ops)
	switch {
	case err != nil:
		return provider.NotMade, fmt.Errorf("%w: %w", provider.ErrRefused, err)
	case verdict != Commit:
		return provider.Unknown, fmt.Errorf("%w: %w", provider.ErrUnknown, errLost)
	}
	return provider.Made, nil
}

// commit makes all operations or none.
func (h handle) commit(ids map[state.Key][]memoryRecord, changes []state.Change, ops []op) error {
	zone := h.m.zones[h.name]
	if zone == nil {
		return provider.ErrNoZone
	}
	tx := transaction{zone: zone, ids: ids, sets: map[state.Key][]memoryRecord{}, used: map[int]bool{}, lastID: zone.lastID}
	for _, o := range ops {
		if err := tx.do(changes[o.change].Key, o); err != nil {
			return fmt.Errorf("%s: %w", changes[o.change].Key, err)
		}
	}
	for _, o := range ops {
		tx.finish(changes[o.change])
	}
	zone.lastID = tx.lastID
	return nil
}

// transaction is a request in the making: it changes copies.
type transaction struct {
	zone   *memoryZone
	ids    map[state.Key][]memoryRecord // as the caller read them
	sets   map[state.Key][]memoryRecord // as they will be
	used   map[int]bool                 // ids that an operation had
	lastID int
}

// do makes one operation on the copy of its RRset.
func (tx *transaction) do(k state.Key, o op) error {
	set, ok := tx.sets[k]
	if live := tx.zone.sets[k]; !ok && live != nil {
		set = slices.Clone(live.records)
	}
	at := len(set)
	if o.before != nil {
		at = tx.find(k, set, *o.before)
		if at < 0 {
			return fmt.Errorf("the record %s does not exist", o.before.Data)
		}
		tx.used[set[at].id] = true
	}
	if o.after == nil {
		tx.sets[k] = slices.Delete(set, at, at+1)
		return nil
	}
	r := stored(k.Type, *o.after)
	for i := range set {
		if i != at && set[i].Data == r.Data {
			return fmt.Errorf("an identical record %s already exists", r.Data)
		}
	}
	if o.before != nil {
		set[at].Record = r
	} else {
		tx.lastID++
		set = append(set, memoryRecord{tx.lastID, r})
	}
	tx.sets[k] = set
	return nil
}

// find returns where in set the record is that the caller read as before, and
// that no operation had yet, or -1.
func (tx *transaction) find(k state.Key, set []memoryRecord, before state.Record) int {
	for _, read := range tx.ids[k] {
		if read.Kept != state.Ours || tx.used[read.id] || !read.Equal(before) {
			continue
		}
		if at := slices.IndexFunc(set, func(r memoryRecord) bool { return r.id == read.id }); at >= 0 {
			return at
		}
	}
	return -1
}

// finish puts the copy in place.
func (tx *transaction) finish(c state.Change) {
	set, ok := tx.sets[c.Key]
	switch {
	case !ok:
	case len(set) == 0:
		delete(tx.zone.sets, c.Key)
	default:
		attrs := state.Attrs{}
		if c.After != nil {
			attrs = state.Attrs{}.Lay(c.After.Attrs)
		}
		tx.zone.sets[c.Key] = &memorySet{set, attrs}
	}
}
