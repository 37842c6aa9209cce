package apply

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/zoneloom/zoneloom/plan"
	"github.com/zoneloom/zoneloom/provider"
	"github.com/zoneloom/zoneloom/state"
)

// Planned is a plan and what it was made from.
type Planned struct {
	Plan *plan.Plan
	// Problems are what the targets' owner should know of; none is an error.
	Problems []Problem

	sites   map[place]*site
	applied bool // what was read isn't what is there any more
	stored  bool // the plan comes from a file
	allowed []plan.Allowance
	unused  []plan.Allowance // those that lift nothing that a stored plan tells of
	maxRisk plan.RiskLevel   // what is riskier is refused; 0: nothing is
}

// place is one zone at one provider.
type place struct {
	zone     state.Name
	provider string
}

// site is what a run knows of one place.
type site struct {
	Target
	planned  string        // the target that a plan names, where there is one
	zone     provider.Zone // nil where there is none yet
	target   string        // the zone's, or where it would be created
	place    string        // where it would be created, if it is to be
	absent   string        // what to do where there is none, if it isn't to be created
	snap     *provider.Snapshot
	read     time.Time   // when snap was
	seen     seen        // of its lock, before snap was read
	stored   *state.Zone // Want, as the provider would keep it
	problems []state.Problem
	err      error
}

func (s *site) fail(format string, args ...any) {
	s.err = &Error{s.Zone, s.Provider, fmt.Errorf(format, args...)}
}

// Plan looks the targets' zones up, reads them and plans. All that is wrong
// comes back at once: a *ProblemsError with what a service would refuse, and an
// *Error for each zone or provider that couldn't be read.
func (e *Engine) Plan(ctx context.Context, targets []Target) (*Planned, error) {
	sites := make([]*site, len(targets))
	for i, t := range targets {
		sites[i] = &site{Target: t}
	}
	err := e.find(ctx, sites)
	for _, s := range sites {
		e.check(s)
	}
	err = errors.Join(err, e.readAll(ctx, sites))
	var problems []Problem
	for _, s := range sites {
		for _, p := range s.problems {
			problems = append(problems, Problem{s.Zone, s.Provider, p})
		}
	}
	if err != nil || anyError(problems) {
		return nil, errors.Join(problemsError(problems), err)
	}
	p := &Planned{Problems: problems, sites: map[place]*site{}}
	inputs := make([]plan.Input, len(sites))
	for i, s := range sites {
		inputs[i] = s.input()
		p.sites[place{s.Zone, s.Provider}] = s
		s.Want, s.stored = nil, nil // the plan has what is needed of them
	}
	var found []state.Problem
	p.Plan, found = plan.Make(inputs)
	for _, f := range found {
		p.Problems = append(p.Problems, Problem{Problem: f})
	}
	if err := e.judge(ctx, p); err != nil {
		return nil, err
	}
	if err := problemsError(p.Problems); err != nil {
		return nil, err
	}
	for i := range p.Plan.Zones {
		if z := &p.Plan.Zones[i]; z.Empty() {
			delete(p.sites, place{z.Name, z.Provider}) // what was read isn't needed any more
		}
	}
	return p, nil
}

// judge has the Judge look at a plan that was just made.
func (e *Engine) judge(ctx context.Context, p *Planned) error {
	if e.Judge == nil {
		return nil
	}
	refusals, remarks := e.Judge(ctx, p.Plan)
	p.refuse(refusals)
	p.Problems = append(p.Problems, remarks...)
	for i := range p.Plan.Zones {
		z := &p.Plan.Zones[i]
		for _, r := range remarks {
			if r.Zone == z.Name && r.Provider == z.Provider {
				z.Remarks = append(z.Remarks, r.Problem)
			}
		}
	}
	return ctx.Err()
}

// refuse adds refusals to the zones that they are of.
func (p *Planned) refuse(refusals []plan.Refusal) {
	of := map[place][]plan.Refusal{}
	for _, r := range refusals {
		at := place{r.Zone, r.Provider}
		of[at] = append(of[at], r)
	}
	for i := range p.Plan.Zones {
		z := &p.Plan.Zones[i]
		z.Refusals = append(z.Refusals, of[place{z.Name, z.Provider}]...)
	}
}

func anyError(problems []Problem) bool {
	return slices.ContainsFunc(problems, func(p Problem) bool { return p.Severity == state.SeverityError })
}

// problemsError returns problems as an error if one of them is.
func problemsError(problems []Problem) error {
	if !anyError(problems) {
		return nil
	}
	return &ProblemsError{problems}
}

// input is what the plan of one place depends on.
func (s *site) input() plan.Input {
	in := plan.Input{
		Provider: s.Provider, Target: s.target, Want: s.stored, Live: &state.Zone{Name: s.Zone},
		Create: s.zone == nil, Rules: s.Rules, Written: s.Written,
	}
	if s.zone != nil {
		info := s.zone.Info()
		in.Live, in.OwnNS, in.BatchLimit = s.snap.Zone, info.OwnNS, info.BatchLimit
	}
	return in
}

// find looks zones up, with one call for each provider.
func (e *Engine) find(ctx context.Context, sites []*site) error {
	var groups [][]*site
	index := map[string]int{}
	for _, s := range sites {
		i, ok := index[s.Provider]
		if !ok {
			i = len(groups)
			index[s.Provider] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], s)
	}
	errs := make([]error, len(groups))
	numbers := make([]int, len(groups))
	for i := range numbers {
		numbers[i] = i
	}
	sideBySide(e, numbers, func(i int) { errs[i] = e.findAt(ctx, groups[i]) })
	for _, s := range sites {
		errs = append(errs, s.err)
	}
	return errors.Join(errs...)
}

// findAt looks up the zones of one provider.
func (e *Engine) findAt(ctx context.Context, sites []*site) error {
	name := sites[0].Provider
	p, ok := e.Providers[name]
	if !ok {
		return &Error{Provider: name, Err: errors.New("it was not opened")}
	}
	want := make([]state.Name, len(sites))
	for i, s := range sites {
		want[i] = s.Zone
	}
	now := e.now()
	found, err := p.Zones(ctx, want)
	if err != nil {
		return &Error{Provider: name, Err: err}
	}
	where, err := e.creates(ctx, p, sites, found)
	if err != nil {
		return &Error{Provider: name, Err: err}
	}
	for _, s := range sites {
		s.zone, s.read = found[s.Zone], now
		if where != "" && s.Create {
			s.place = p.Kind + ":" + where
		}
		switch {
		case s.zone != nil:
			s.target = p.Kind + ":" + s.zone.Info().ID
		case s.Create:
			s.target = s.place
		default:
			s.missing()
		}
	}
	return nil
}

// creates returns where p creates zones, if one of sites is to be created or was
// when it was planned.
func (e *Engine) creates(
	ctx context.Context, p Opened, sites []*site, found map[state.Name]provider.Zone,
) (string, error) {
	for _, s := range sites {
		if !s.Create || found[s.Zone] != nil && s.planned == "" {
			continue
		}
		creator, ok := p.Provider.(provider.Creator)
		if !ok {
			return "", fmt.Errorf("zone %s is absent, and zones can't be created here", s.Zone)
		}
		return creator.Target(ctx)
	}
	return "", nil
}

// check asks the provider what it would keep of what is wanted.
func (e *Engine) check(s *site) {
	s.stored = s.Want
	checker, ok := e.Providers[s.Provider].Provider.(provider.Checker)
	if !ok {
		return
	}
	var info *provider.Info
	if s.zone != nil {
		i := s.zone.Info()
		info = &i
	}
	s.stored, s.problems = checker.Check(s.Want, info)
}

// readAll reads the zones that were found, after it has looked at the locks of all.
func (e *Engine) readAll(ctx context.Context, sites []*site) error {
	if err := e.look(ctx, sites); err != nil {
		return err
	}
	sites = slices.DeleteFunc(slices.Clone(sites), func(s *site) bool { return s.zone == nil || s.err != nil })
	var mu sync.Mutex // holds done and the order of events together
	done := 0
	tell := func(s *site, kind EventKind, more int, err error) {
		mu.Lock()
		defer mu.Unlock()
		done += more
		e.tell(Event{Kind: kind, Zone: s.Zone, Provider: s.Provider, Done: done, Total: len(sites), Err: err})
	}
	sideBySide(e, sites, func(s *site) {
		tell(s, EventReading, 0, nil)
		if err := e.readOne(ctx, s); err != nil {
			s.err = &Error{s.Zone, s.Provider, err}
			tell(s, EventFailed, 0, err)
			return
		}
		tell(s, EventRead, 1, nil)
	})
	var errs []error
	for _, s := range sites {
		errs = append(errs, s.err)
	}
	return errors.Join(errs...)
}

// readOne reads one zone that exists.
func (e *Engine) readOne(ctx context.Context, s *site) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	read := e.now() // before the call: what it returns is at least as new
	snap, err := s.zone.Read(ctx)
	switch {
	case err != nil:
		return err
	case snap == nil || snap.Zone == nil || snap.Zone.Name != s.Zone:
		return errors.New("the provider returned another zone than was asked for")
	}
	s.snap, s.read = snap, read
	return nil
}

// missing is the error for a site whose zone isn't there.
func (s *site) missing() {
	switch {
	case s.absent != "":
		s.fail("the zone is absent, or these credentials don't see it; %s", s.absent)
	case s.planned != "":
		s.fail("%w; it was there when the plan was made", provider.ErrNoZone)
	default:
		s.fail("%w; `create: true` creates it", provider.ErrNoZone)
	}
}
