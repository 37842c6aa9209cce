package cloudflare

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"github.com/zoneloom/zoneloom/provider"
	"github.com/zoneloom/zoneloom/state"
)

// operation is one operation on a record. The kind is by which field is set.
type operation struct {
	change int // index into Write's changes
	typ    state.Type
	data   string // of the record as it will be, or was where it goes
	delete *deletion
	patch  *body
	post   *body
}

type deletion struct {
	ID string `json:"id"`
}

// group is what changes at one name: what must not be split.
type group struct {
	name    state.Name
	changes []int
	ops     []operation
}

// batch is one request.
type batch struct {
	changes []int
	ops     []operation
	partial map[int]bool // changes that have operations in another batch too
}

// batchBody is a batch as the API takes it. The service executes the lists in
// this order, each from its first item on, as one transaction.
type batchBody struct {
	Deletes []*deletion `json:"deletes,omitempty"`
	Patches []*body     `json:"patches,omitempty"`
	Posts   []*body     `json:"posts,omitempty"`
}

// Write implements provider.Zone, by as few batches as possible.
func (z *zone) Write(ctx context.Context, at *provider.Snapshot, changes []state.Change, r provider.Recorder) error {
	own, ok := at.Own.(*owned)
	if !ok {
		return fmt.Errorf("zone %s: the snapshot to write from is not one of Cloudflare's", z.info.Name)
	}
	groups, err := compile(at.Zone, own, changes)
	if err != nil {
		return fmt.Errorf("zone %s: nothing was sent: %w", z.info.Name, err)
	}
	w := &writer{zone: z, at: at, changes: changes, recorder: r, begun: map[int]bool{}}
	batches := divide(groups, int(z.limit.Load()))
	for len(batches) > 0 {
		err := w.send(ctx, batches[0])
		if errors.Is(err, errTooLarge) {
			// The service takes less than its plan's limit says. Nothing of this
			// batch was made: divide what is left again.
			z.limit.Store(smallBatch)
			batches = divide(regroup(changes, batches), smallBatch)
			continue
		}
		if err != nil {
			return err
		}
		batches = batches[1:]
	}
	return nil
}

// compile turns changes into operations, by name in the order of the changes.
func compile(at *state.Zone, own *owned, changes []state.Change) ([]*group, error) {
	var groups []*group
	byName := map[state.Name]*group{}
	for i := range changes {
		c := &changes[i]
		g := byName[c.Name]
		if g == nil {
			g = &group{name: c.Name}
			byName[c.Name] = g
			groups = append(groups, g)
		}
		g.changes = append(g.changes, i)
		ops, err := operations(at, own, i, c)
		if err != nil {
			return nil, err
		}
		g.ops = append(g.ops, ops...)
	}
	return groups, nil
}

// operations returns what to do for change number i.
func operations(at *state.Zone, own *owned, i int, c *state.Change) ([]operation, error) {
	deletes, updates, creates := c.Ops()
	ids := own.at(at, c.Key)
	ops := make([]operation, 0, len(deletes)+len(updates)+len(creates))
	for _, n := range deletes {
		r := c.Before.Records[n]
		id, err := ids.take(r)
		if err != nil {
			return nil, fmt.Errorf("delete %s %s: %w", c.Key, r.Data, err)
		}
		ops = append(ops, operation{change: i, typ: c.Type, data: r.Data, delete: &deletion{id.String()}})
	}
	for _, pair := range updates {
		before, after := c.Before.Records[pair.Before], c.After.Records[pair.After]
		id, err := ids.take(before)
		if err != nil {
			return nil, fmt.Errorf("update %s %s: %w", c.Key, before.Data, err)
		}
		b, err := patch(id, c.Type, before, after)
		if err != nil {
			return nil, fmt.Errorf("update %s %s: %w", c.Key, before.Data, err)
		}
		ops = append(ops, operation{change: i, typ: c.Type, data: after.Data, patch: b})
	}
	for _, n := range creates {
		b, err := newBody(c.Key, c.After.Records[n])
		if err != nil {
			return nil, fmt.Errorf("create %s %s: %w", c.Key, c.After.Records[n].Data, err)
		}
		ops = append(ops, operation{change: i, typ: c.Type, data: c.After.Records[n].Data, post: b})
	}
	return ops, nil
}

// writer is one Write.
type writer struct {
	zone     *zone
	at       *provider.Snapshot
	changes  []state.Change
	recorder provider.Recorder
	requests int
	begun    map[int]bool // changes of which an earlier request made a part
}

// send makes one batch and tells the recorder. It waits for the budget before
// it says that it sends: what waits was surely not made, and can be stopped.
func (w *writer) send(ctx context.Context, b *batch) error {
	api := w.zone.p.api()
	if err := api.budget.Wait(ctx); err != nil {
		return fmt.Errorf("zone %s: %w", w.zone.info.Name, err)
	}
	w.requests++
	request := provider.Request{Zone: w.zone.info.Name, N: w.requests, Changes: b.changes, Ops: len(b.ops)}
	if err := w.recorder.Sending(request); err != nil {
		return fmt.Errorf("zone %s: stopped before request %d: %w", w.zone.info.Name, w.requests, err)
	}
	if len(b.ops) == 0 { // nothing that the service keeps
		w.recorder.Done(request, provider.Outcome{Results: w.results(b, provider.Made), Culprit: -1})
		return nil
	}
	body, order := b.body()
	path := "/zones/" + url.PathEscape(w.zone.info.ID) + "/dns_records/batch"
	var answer envelope[struct{}]
	again := func() error { return provider.Repeating(w.recorder, request) }
	err := api.do(ctx, call{method: http.MethodPost, path: path, body: body, batch: true, paid: true, again: again}, &answer)
	outcome := provider.Outcome{Culprit: -1}
	if err == nil {
		outcome.Results = w.results(b, provider.Made)
		for i := range b.partial {
			w.begun[i] = true
		}
	} else {
		w.fail(b, order, err, &outcome)
	}
	w.recorder.Done(request, outcome)
	return outcome.Err
}

// results gives every change of b the result. Made speaks of the operations in
// b; a change is not surely unmade if an earlier batch made a part of it.
func (w *writer) results(b *batch, result provider.Result) []provider.Result {
	results := make([]provider.Result, len(b.changes))
	for n, i := range b.changes {
		results[n] = result
		if result == provider.NotMade && w.begun[i] {
			results[n] = provider.Unknown
		}
	}
	return results
}

// body puts the operations into the service's lists. A delegation's NS must be
// there before its DS and go after it. order is that of the lists, to find an
// operation by its place in one.
func (b *batch) body() (*batchBody, map[string][]operation) {
	body, order := &batchBody{}, map[string][]operation{}
	for _, op := range b.ops {
		switch {
		case op.delete != nil:
			order["deletes"] = append(order["deletes"], op)
		case op.patch != nil:
			order["patches"] = append(order["patches"], op)
		default:
			order["posts"] = append(order["posts"], op)
		}
	}
	slices.SortStableFunc(order["deletes"], func(a, b operation) int { return dsRank(b) - dsRank(a) })
	slices.SortStableFunc(order["posts"], func(a, b operation) int { return dsRank(a) - dsRank(b) })
	for _, op := range order["deletes"] {
		body.Deletes = append(body.Deletes, op.delete)
	}
	for _, op := range order["patches"] {
		body.Patches = append(body.Patches, op.patch)
	}
	for _, op := range order["posts"] {
		body.Posts = append(body.Posts, op.post)
	}
	return body, order
}

func dsRank(op operation) int {
	if op.typ == state.DS {
		return 1
	}
	return 0
}
