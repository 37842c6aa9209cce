package apply

import (
	"context"

	"github.com/zoneloom/zoneloom/provider"
	"github.com/zoneloom/zoneloom/state"
)

// attempt is one Write of a provider, and the Recorder that listens to it.
type attempt struct {
	w       *writer
	locked  func() error      // the zone's lock is still ours
	journal provider.Recorder // may be nil
	changes []state.Change
	fates   []fate
	last    []int // the changes of the last request
	culprit int   // index into changes, or -1
	err     error
}

// fate is what the requests tell of one change.
type fate struct {
	asked   bool // a request had it
	part    bool // a request had only some of its operations, perhaps
	made    bool // a request that had it was made,
	notMade bool // or surely not,
	unknown bool // or perhaps
}

// attempt has the provider write once and notes what became of each change.
func (w *writer) attempt(ctx context.Context, changes []state.Change) *attempt {
	a := &attempt{w: w, locked: func() error { return w.checkLock(ctx) }, changes: changes, fates: make([]fate, len(changes)), culprit: -1}
	if a.err = w.stop(ctx); a.err != nil {
		return a
	}
	if w.engine.Journal != nil {
		a.journal = w.engine.Journal.Write(w.plan, changes)
	}
	w.read = false
	a.err = w.zone.Write(ctx, w.snap, changes, a)
	for i := range changes {
		a.report(i)
	}
	return a
}

// report notes the fate of a change. After a Write that succeeded the zone must
// tell what became of a change that no request had.
func (a *attempt) report(i int) {
	c := a.w.change(a.changes[i])
	switch {
	case a.fates[i].asked:
		c.Result = a.result(i)
	case a.err == nil:
		c.Result = provider.Unknown
	}
	if c.Result == provider.Made {
		c.Err, c.Record, c.blamed = nil, "", false // whatever it was blamed for, it wasn't at fault
	}
	c.doubted = c.doubted || c.Result == provider.Unknown
}

// change returns what is reported of c.
func (w *writer) change(c state.Change) *ChangeReport { return &w.report.Changes[w.index[c.Key]] }

// Sending keeps a request from being sent once the run was asked to stop, or the
// zone's lock isn't ours any more. From
// here on until Done, what becomes of it is unknown.
func (a *attempt) Sending(r provider.Request) error {
	if err := a.Repeating(r); err != nil {
		return err
	}
	if a.journal != nil {
		if err := a.journal.Sending(r); err != nil {
			return err
		}
	}
	ops := 0
	for _, i := range r.Changes {
		ops += operations(a.changes[i])
		a.fates[i].asked, a.fates[i].unknown = true, true
	}
	for _, i := range r.Changes {
		a.fates[i].part = a.fates[i].part || r.Ops < ops
	}
	a.last = r.Changes
	a.w.report.Requests++
	a.w.tell(EventSending, nil)
	return nil
}

// Repeating keeps a request from being sent once more, for the same reasons.
func (a *attempt) Repeating(provider.Request) error {
	if isClosed(a.w.o.Stop) {
		return ErrStopped
	}
	return a.locked()
}

// Done notes what became of a request.
func (a *attempt) Done(r provider.Request, o provider.Outcome) {
	if a.journal != nil {
		a.journal.Done(r, o)
	}
	kind := EventSent
	for n, i := range r.Changes {
		result := provider.Unknown
		if n < len(o.Results) {
			result = o.Results[n]
		}
		kind = max(kind, a.note(i, result))
		c := a.w.change(a.changes[i])
		c.RequestID, c.Codes = o.RequestID, nil
		if o.Culprit < 0 || o.Culprit == i {
			c.Codes = o.Codes
		}
	}
	if o.Err != nil && o.Culprit >= 0 && o.Culprit < len(a.changes) {
		a.culprit = o.Culprit
		c := a.w.change(a.changes[o.Culprit])
		c.Err, c.Record, c.blamed = o.Err, o.Record, true
	}
	if kind == EventSent {
		a.w.done += r.Ops
	}
	a.w.tell(kind, o.Err)
}

// note takes one result down and returns the event that tells of it.
func (a *attempt) note(i int, r provider.Result) EventKind {
	f := &a.fates[i]
	f.unknown = r == provider.Unknown
	f.made = f.made || r == provider.Made
	f.notMade = f.notMade || r == provider.NotMade
	switch r {
	case provider.Made:
		return EventSent
	case provider.NotMade:
		return EventRefused
	default:
		return EventLost
	}
}

// result returns what became of one change over all requests. One whose
// operations were divided is made only if the whole Write was.
func (a *attempt) result(i int) provider.Result {
	f := a.fates[i]
	switch {
	case f.unknown || f.made && f.notMade || f.part && f.made && a.err != nil:
		return provider.Unknown
	case f.made:
		return provider.Made
	}
	return provider.NotMade
}

// blamed returns the name that the service holds to be at fault, if it is to be
// trusted and said so.
func (a *attempt) blamed(trusted bool) state.Name {
	if !trusted || a.culprit < 0 {
		return ""
	}
	return a.changes[a.culprit].Name
}

// split returns the changes of the request that the service refused, and those
// that were in no request. Begun are those of either kind whose names an earlier
// request of the same Write had a part of: the snapshot says nothing of them any
// more, so they can't be tried again.
func (a *attempt) split() (refused, begun, rest []state.Change) {
	made := map[state.Name]bool{}
	for i, f := range a.fates {
		if f.made {
			made[a.changes[i].Name] = true
		}
	}
	last := map[int]bool{}
	for _, i := range a.last {
		last[i] = true
	}
	for i, c := range a.changes {
		switch {
		case !last[i] && a.fates[i].asked:
		case made[c.Name]:
			begun = append(begun, c)
		case last[i]:
			refused = append(refused, c)
		default:
			rest = append(rest, c)
		}
	}
	return refused, begun, rest
}
