package apply

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/zoneloom/zoneloom/plan"
	"github.com/zoneloom/zoneloom/provider"
	"github.com/zoneloom/zoneloom/state"
)

// write is the half of the engine that writes. Apply alone calls it, and never
// in a dry run: writers are made nowhere else.
func (e *Engine) write(ctx context.Context, p *plan.Plan, jobs []*job, o Options) (*Report, error) {
	if e.Journal != nil {
		if err := e.Journal.Begin(p); err != nil {
			return nil, fmt.Errorf("nothing was written, as the journal can't be: %w", err)
		}
	}
	writers := make([]*writer, len(jobs))
	for i, j := range jobs {
		writers[i] = newWriter(e, j, o)
	}
	sideBySide(e, writers, func(w *writer) { w.run(ctx) })
	r := &Report{}
	for _, w := range writers {
		r.Zones = append(r.Zones, w.report)
	}
	err := r.Err()
	if e.Journal != nil {
		if jerr := e.Journal.End(r); jerr != nil {
			err = errors.Join(err, fmt.Errorf("end the journal: %w", jerr))
		}
	}
	return r, err
}

// writer brings one zone to its plan.
type writer struct {
	*job
	engine *Engine
	o      Options
	report ZoneReport
	index  map[state.Key]int           // of the report's changes
	bad    map[state.Name]bool         // names that the service refused
	needs  map[state.Name][]state.Name // as plan.Needs says; nil until they are asked for
	held   map[state.Name]*HeldBack    // names that are held back, and why
	lost   bool                        // the outcome of the last write is unknown
	moved  []Moved                     // what the last reading found to be another's
	read   bool                        // the snapshot is newer than the last write
	done   int                         // operations made
	total  int                         // operations to make
}

func newWriter(e *Engine, j *job, o Options) *writer {
	w := &writer{
		job: j, engine: e, o: o, report: j.report(),
		index: map[state.Key]int{}, bad: map[state.Name]bool{}, held: map[state.Name]*HeldBack{},
	}
	for i, c := range j.plan.Changes {
		w.index[c.Key] = i
	}
	for _, c := range j.todo {
		w.total += operations(c)
	}
	return w
}

// operations returns how many writes of records c needs.
func operations(c state.Change) int {
	deletes, updates, creates := c.Ops()
	return len(deletes) + len(updates) + len(creates)
}

// run does all of the zone's work and leaves what became of it in the report.
func (w *writer) run(ctx context.Context) {
	err := w.create(ctx)
	if err == nil {
		err = w.makeAll(ctx)
	}
	err = errors.Join(err, w.refusals(), w.verify(ctx))
	if err == nil {
		err = w.unexplained()
	}
	if err != nil {
		w.report.Err = &Error{w.Zone, w.Provider, err}
		w.tell(EventFailed, w.report.Err)
	}
	w.release()
}

func (w *writer) tell(kind EventKind, err error) {
	w.engine.tell(Event{
		Kind: kind, Zone: w.Zone, Provider: w.Provider, Done: w.done, Total: w.total, Err: err,
	})
}

// stop returns why nothing more may be sent, if so.
func (w *writer) stop(ctx context.Context) error {
	if isClosed(w.o.Stop) {
		return ErrStopped
	}
	return ctx.Err()
}

// create makes the zone where there is none yet. One that exists by now must
// hold nothing but what the plan puts there.
func (w *writer) create(ctx context.Context) error {
	if w.zone != nil {
		return nil
	}
	if err := w.stop(ctx); err != nil {
		return err
	}
	if err := w.makeZone(ctx); err != nil {
		return err
	}
	w.report.Target = w.target
	w.report.NameServers = w.zone.Info().OwnNS
	w.tell(EventCreated, nil)
	if err := w.relock(ctx); err != nil {
		return err
	}
	todo, err := w.again(ctx)
	w.todo = todo
	return err
}

func (w *writer) makeZone(ctx context.Context) error {
	p := w.engine.Providers[w.Provider]
	creator, ok := p.Provider.(provider.Creator)
	if !ok {
		return errors.New("the zone is absent, and zones can't be created here")
	}
	if err := w.checkLock(ctx); err != nil {
		return err
	}
	if w.engine.Journal != nil {
		if err := w.engine.Journal.Create(w.plan); err != nil {
			return fmt.Errorf("create the zone: %w", err)
		}
	}
	w.tell(EventCreating, nil)
	w.report.Created = provider.Unknown
	zone, err := creator.Create(ctx, w.Zone, w.spec())
	switch {
	case err == nil:
		w.report.Created = provider.Made
	case errors.Is(err, provider.ErrExists):
		w.report.Created = provider.NotMade
		zone, err = w.lookUp(ctx, p, err)
	case errors.Is(err, provider.ErrUnknown) && ctx.Err() == nil:
		if zone, err = w.lookUp(ctx, p, err); err == nil {
			w.report.Created = provider.Made
		}
	case !errors.Is(err, provider.ErrUnknown):
		w.report.Created = provider.NotMade
	}
	if err != nil {
		return err
	}
	w.zone, w.target = zone, p.Kind+":"+zone.Info().ID
	return nil
}

// spec is what the zone is created with: the target's Spec, and what the plan
// has at the apex that some services' zones can't be without.
func (w *writer) spec() provider.Spec {
	spec := w.Spec
	for _, c := range w.plan.Changes {
		switch c.Key {
		case state.Key{Name: w.Zone, Type: state.SOA}:
			spec.SOA = c.After
		case state.Key{Name: w.Zone, Type: state.NS}:
			spec.NS = c.After
		}
	}
	return spec
}

// isBorn reports whether k is of what spec has a zone created with.
func (w *writer) isBorn(k state.Key) bool {
	return k.Name == w.Zone && (k.Type == state.SOA || k.Type == state.NS)
}

// lookUp finds a zone that couldn't be created, for the reason given, because it
// is there already.
func (w *writer) lookUp(ctx context.Context, p Opened, reason error) (provider.Zone, error) {
	found, err := p.Zones(ctx, []state.Name{w.Zone})
	if err != nil {
		return nil, errors.Join(reason, err)
	}
	if found[w.Zone] == nil {
		return nil, fmt.Errorf("%w, and then it wasn't found: %w", reason, provider.ErrNoZone)
	}
	return found[w.Zone], nil
}

// makeAll writes what is to do. After a lost answer it reads the zone again and
// writes only what is missing, a few times at most.
func (w *writer) makeAll(ctx context.Context) error {
	for round := 1; len(w.todo) > 0; round++ {
		doubt := w.lost
		err := w.send(ctx, w.todo)
		w.lost = errors.Is(err, provider.ErrUnknown)
		// A request that was thought lost may arrive late, and make the service
		// refuse its repetition.
		late := doubt && errors.Is(err, provider.ErrRefused)
		if !w.lost && !late || ctx.Err() != nil {
			return err
		}
		todo, rerr := w.again(ctx)
		if rerr != nil {
			return errors.Join(err, rerr)
		}
		w.todo = todo
		if len(todo) > 0 && round == maxRounds {
			return err
		}
		if len(todo) > 0 && w.stop(ctx) != nil {
			return w.stop(ctx)
		}
	}
	return nil
}

// again reads the zone and returns what is missing. Somebody else's change of
// what the plan touches is an error.
func (w *writer) again(ctx context.Context) ([]state.Change, error) {
	if err := w.engine.readOne(ctx, w.site); err != nil {
		return nil, fmt.Errorf("read it again: %w", err)
	}
	w.read = true
	w.moved = w.compare()
	w.resolve()
	if len(w.moved) > 0 {
		return nil, movedError(w.moved)
	}
	w.done = w.total
	for _, c := range w.todo {
		w.done -= operations(c)
	}
	return slices.DeleteFunc(slices.Clone(w.todo), func(c state.Change) bool {
		return w.bad[c.Name] || w.held[c.Name] != nil
	}), nil
}

// resolve settles from the snapshot what became of each change that isn't known
// to be made. What is neither as before nor as planned stays open.
func (w *writer) resolve() {
	open := map[state.Key]bool{}
	for _, m := range w.moved {
		open[m.Key] = true
	}
	differs := w.differing()
	for i := range w.report.Changes {
		c := &w.report.Changes[i]
		if open[c.Key] || c.Already || c.Result == provider.Made {
			continue
		}
		_, missing := differs[c.Key]
		switch {
		case missing:
			c.Result = provider.NotMade
		case c.doubted, w.report.Created == provider.Made && w.isBorn(c.Key):
			c.Result = provider.Made
		default: // nothing of ours could have done it
			c.Already = true
		}
	}
}

// differing returns the changes whose After isn't what the snapshot holds.
func (w *writer) differing() map[state.Key]plan.Moved {
	after := *w.plan
	after.Create, after.Changes = false, nil
	for _, c := range w.plan.Changes {
		after.Changes = append(after.Changes, state.Change{Key: c.Key, Before: c.After, After: c.After})
	}
	differs := map[state.Key]plan.Moved{}
	for _, m := range plan.Stale(&after, w.snap.Zone) {
		differs[m.Key] = m
	}
	return differs
}

// verify reads the zone after the last write and compares it with the plan.
func (w *writer) verify(ctx context.Context) error {
	if !w.report.wrote() || w.zone == nil || ctx.Err() != nil {
		return nil
	}
	w.tell(EventVerifying, nil)
	if w.read {
		return w.compareAfter(w.moved) // makeAll told of these
	}
	w.moved = nil
	if _, err := w.again(ctx); err != nil && len(w.moved) == 0 {
		return fmt.Errorf("it was written, but not compared with the plan: %w", err)
	}
	return w.compareAfter(nil)
}

// compareAfter reports what was made and isn't there, and returns an error for
// all but what was told already.
func (w *writer) compareAfter(told []Moved) error {
	differs := w.differing()
	var errs []error
	for _, c := range w.report.Changes {
		m, ok := differs[c.Key]
		if !ok || c.Already || c.Result == provider.NotMade {
			continue
		}
		w.report.Differs = append(w.report.Differs, m)
		if slices.ContainsFunc(told, func(t Moved) bool { return t.Key == c.Key }) {
			continue
		}
		errs = append(errs, fmt.Errorf("after the write %s is %s, not %s",
			c.Key, describe(m.Live), describe(m.Expected)))
	}
	if len(w.report.Differs) == 0 {
		w.report.Verified = true
		w.tell(EventVerified, nil)
	}
	return errors.Join(errs...)
}

// unexplained returns an error if a change wasn't made though nobody said so.
func (w *writer) unexplained() error {
	var errs []error
	for _, c := range w.report.Changes {
		if !c.Already && c.Result != provider.Made {
			errs = append(errs, fmt.Errorf("%s was not written, though the provider reported no fault", c.Key))
		}
	}
	return errors.Join(errs...)
}

// refusals joins what the service refused, and what was held back for it, while
// the run kept going.
func (w *writer) refusals() error {
	var names []state.Name
	refused := map[state.Name]*ChangeReport{}
	for i := range w.report.Changes {
		c := &w.report.Changes[i]
		if c.Err == nil || !w.bad[c.Name] && w.held[c.Name] == nil {
			continue
		}
		if refused[c.Name] == nil {
			names = append(names, c.Name)
		}
		if refused[c.Name] == nil || c.blamed && !refused[c.Name].blamed {
			refused[c.Name] = c
		}
	}
	errs := make([]error, len(names))
	for i, n := range names {
		errs[i] = w.refusal(refused[n], refused[n].Err)
	}
	return errors.Join(errs...)
}
