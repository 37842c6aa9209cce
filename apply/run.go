package apply

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/zoneloom/zoneloom/plan"
	"github.com/zoneloom/zoneloom/state"
)

// Options say how a plan is applied.
type Options struct {
	DryRun    bool // do all but ask and write
	KeepGoing bool // get around what a service refuses, and write the rest
	// PlanID is the id of the plan that was reviewed; where it isn't empty, no
	// other plan is applied.
	PlanID string
	// Pos tells where records are declared, as errors name the place; nil: nowhere.
	Pos plan.Position
	// Confirm is asked before the first write; nil asks nobody.
	Confirm func(ctx context.Context, p *plan.Plan) (bool, error)
	// Judged is told, once and ahead of the question, what the guards and the Judge
	// say of a stored plan; may be nil.
	Judged func(Judgement)
	// LockTimeout is how long to wait for locks that others hold; not at all where 0.
	LockTimeout time.Duration
	// Stop asks, when it is closed, to send nothing more and to let the requests in
	// flight finish. Cancelling the context doesn't wait for them.
	Stop <-chan struct{}
}

// job is a zone with something to do.
type job struct {
	*site
	plan  *plan.Zone       // a copy
	todo  []state.Change   // those of its changes that are still to be made
	locks map[LockKey]Lock // those that it holds
}

// jobs returns the zones that have something to do, in the plan's order.
func (p *Planned) jobs() []*job {
	var jobs []*job
	for _, z := range p.Plan.Zones {
		if z.Empty() {
			continue
		}
		s := *p.sites[place{z.Name, z.Provider}]
		s.planned, s.Create, s.err = z.Target, z.Create, nil
		jobs = append(jobs, &job{site: &s, plan: &z, todo: z.Changes})
	}
	return jobs
}

// Apply makes the changes of a plan and reports what became of each. Until the
// first write it returns no report: a *Refused where a guard, something that
// moved, another's lock or the answer keeps it from writing, and any other error
// where it could not find out. Later a fault stops its zone only; the report has them, and
// Apply returns them joined. A dry run ends where the question would be asked.
func (e *Engine) Apply(ctx context.Context, p *Planned, o Options) (*Report, error) {
	if id := p.Plan.ID(); o.PlanID != "" && id != o.PlanID {
		return nil, &Refused{Reviewed: o.PlanID, PlanID: id}
	}
	jobs := p.jobs()
	if refusals := p.Plan.Refusals(); len(refusals) > 0 {
		return nil, &Refused{Refusals: refusals}
	}
	if err := p.recheckRules(jobs); err != nil {
		return nil, err
	}
	before, cancel := until(ctx, o.Stop) // nothing is in flight yet
	defer cancel()
	if unread(jobs) {
		if err := e.settle(before, jobs); err != nil {
			return nil, stopped(o.Stop, err)
		}
	}
	if err := e.recheckGuards(before, p, jobs, o); err != nil {
		return nil, stopped(o.Stop, err)
	}
	if o.DryRun || !pending(jobs) {
		return report(jobs, o.DryRun), nil
	}
	if err := ask(before, p.Plan, o); err != nil {
		return nil, stopped(o.Stop, err)
	}
	defer release(jobs)
	if err := e.secure(before, p, jobs, o); err != nil {
		return nil, stopped(o.Stop, err)
	}
	p.applied = true
	return e.write(ctx, p.Plan, jobs, o)
}

// until returns a context that ends with ctx or when stop is closed.
func until(ctx context.Context, stop <-chan struct{}) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		select {
		case <-stop:
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
}

// stopped returns err, or ErrStopped where that is why it occurred.
func stopped(stop <-chan struct{}, err error) error {
	if isClosed(stop) && errors.Is(err, context.Canceled) {
		return fmt.Errorf("%w before anything was written", ErrStopped)
	}
	return err
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// unread reports whether the plan wasn't made from what was just read.
func unread(jobs []*job) bool {
	for _, j := range jobs {
		if j.target == "" {
			return true
		}
	}
	return false
}

// unsettled returns the jobs to look at once more before they are written: all
// where time was given away, else those that were read too long ago.
func (e *Engine) unsettled(jobs []*job, all bool) []*job {
	return slices.DeleteFunc(slices.Clone(jobs), func(j *job) bool {
		return !all && e.now().Sub(j.read) < fresh
	})
}

// pending reports whether anything is left to do.
func pending(jobs []*job) bool {
	for _, j := range jobs {
		if len(j.todo) > 0 || j.zone == nil {
			return true
		}
	}
	return false
}

// ask has the plan confirmed.
func ask(ctx context.Context, p *plan.Plan, o Options) error {
	if o.Confirm == nil {
		return nil
	}
	yes, err := o.Confirm(ctx, p)
	switch {
	case ctx.Err() != nil:
		return ctx.Err() // whatever was answered, it wasn't to the question
	case err != nil:
		return err
	case !yes:
		return &Refused{Declined: true}
	}
	return nil
}

// settle reads the jobs' zones again and finds out, for all of them, whether
// they still are what the plan saw, and what is left to do.
func (e *Engine) settle(ctx context.Context, jobs []*job) error {
	var absent, sites []*site
	for _, j := range jobs {
		sites = append(sites, j.site)
		if j.zone == nil {
			absent = append(absent, j.site)
		}
	}
	if err := errors.Join(e.find(ctx, absent), e.readAll(ctx, sites)); err != nil {
		return err
	}
	var moved []Moved
	for _, j := range jobs {
		moved = append(moved, j.judge()...)
	}
	if len(moved) > 0 {
		return &Refused{Moved: moved}
	}
	return nil
}

// judge compares the zone with what the plan saw, and works out what is left to
// do.
func (j *job) judge() []Moved {
	if target := j.where(); target != j.planned {
		return []Moved{{Zone: j.Zone, Provider: j.Provider, Text: fmt.Sprintf(
			"the zone is %s now, not %s as planned", target, j.planned)}}
	}
	if j.zone == nil {
		j.todo = j.plan.Changes
		return nil
	}
	return j.compare()
}

// compare does as judge, for a zone that is known to be the one planned for.
func (j *job) compare() []Moved {
	j.plan.OwnNS = j.zone.Info().OwnNS
	var moved []Moved
	for _, m := range plan.Stale(j.plan, j.snap.Zone) {
		moved = append(moved, Moved{Zone: j.Zone, Provider: j.Provider, Moved: m})
	}
	j.todo = plan.Remaining(j.plan, j.snap.Zone)
	return moved
}

// where returns the target to compare with the plan's.
func (j *job) where() string {
	if j.plan.Create {
		return j.place
	}
	return j.target
}

// report returns the report of a run that wrote nothing.
func report(jobs []*job, dry bool) *Report {
	r := &Report{DryRun: dry}
	for _, j := range jobs {
		r.Zones = append(r.Zones, j.report())
	}
	return r
}

// report returns the zone's report before anything is written.
func (j *job) report() ZoneReport {
	r := ZoneReport{Zone: j.Zone, Provider: j.Provider, Target: j.target}
	todo := map[state.Key]bool{}
	for _, c := range j.todo {
		todo[c.Key] = true
	}
	for _, c := range j.plan.Changes {
		r.Changes = append(r.Changes, ChangeReport{Change: c, Already: !todo[c.Key]})
	}
	return r
}
