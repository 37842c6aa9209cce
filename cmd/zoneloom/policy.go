package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // policies name time zones, also where the system has no files for them

	"github.com/urfave/cli/v2"

	"github.com/zoneloom/zoneloom/apply"
	"github.com/zoneloom/zoneloom/config"
	"github.com/zoneloom/zoneloom/config/revision"
	"github.com/zoneloom/zoneloom/plan"
	"github.com/zoneloom/zoneloom/plan/policy"
	"github.com/zoneloom/zoneloom/state"
)

// compile makes policies of a configuration ready, or says what is wrong with
// them, with positions as the configuration has them.
func compile(cfg *config.Config, policies []state.Policy) (*policy.Set, config.ErrorList) {
	set, faults := policy.Compile(policies)
	return set, located(cfg, faults)
}

// located gives what is said of policies its positions.
func located(cfg *config.Config, faults []policy.Fault) config.ErrorList {
	var list config.ErrorList
	for _, f := range faults {
		hint := strings.Trim(didYouMean(f.Word, f.Known), " ()")
		if hint == "" {
			hint = f.Hint
		}
		if hint == "" && len(f.Known) > 0 {
			hint = "there are " + strings.Join(f.Known, ", ")
		}
		list = append(list, &config.Error{
			Pos: cfg.PosIn(f.Src, f.Char), Severity: f.Severity, Text: fmt.Sprintf("policy %s: %s", f.Policy, f.Text), Hint: hint,
		})
	}
	return list
}

// approversEnv names the environment variable that says who agrees with a change.
const approversEnv = "ZONELOOM_APPROVERS"

// rules are policies that judge plans together.
type rules struct {
	own  *policy.Set // of the configuration
	base *policy.Set // of the base, those that are another there; may be nil
	name string      // of the base
	who  policy.Run
	// placed says that what is planned is declared in the configuration, so that
	// remarks have positions in it.
	placed bool
}

// setRules has policies judge what w plans: those of its configuration, and those
// of the base, so that no change removes its own brake.
func (p *program) setRules(c *cli.Context, w *work) error {
	r := &rules{own: w.policies}
	w.rules = r
	names, err := r.add(w.base, w.Policies)
	if err != nil || len(w.Policies)+len(names) == 0 {
		return err
	}
	if len(names) > 0 {
		p.say("policies of %s hold too: %s", w.base.name, enumerate(names))
	}
	r.who = p.whoRuns(c, w.project)
	if w.base != nil {
		r.who.Base = w.base.name
	}
	w.engine.Judge = r.judge
	return nil
}

// add takes in the policies of the base that aren't among ours as they are, and
// returns their names.
func (r *rules) add(b *base, ours []state.Policy) (names []string, err error) {
	if b == nil || b.cfg == nil {
		return nil, nil
	}
	r.name = b.name
	theirs := slices.DeleteFunc(slices.Clone(b.cfg.Policies), func(p state.Policy) bool {
		return slices.ContainsFunc(ours, func(o state.Policy) bool { return o.Equal(&p) })
	})
	for _, p := range theirs {
		names = append(names, p.Name)
	}
	set, faults := compile(b.cfg, theirs)
	if len(faults) > 0 {
		return nil, b.faults(b.name, faults)
	}
	r.base = set
	return names, nil
}

// judge is the engine's Judge. What a policy of the base says in the same words as
// one here is said once.
func (r *rules) judge(ctx context.Context, p *plan.Plan) ([]plan.Refusal, []apply.Problem) {
	refusals, remarks := r.own.Judge(ctx, p, r.who)
	if r.base != nil {
		more, others := r.base.Judge(ctx, p, r.who)
		by := ", by the policy at " + r.name
		for _, x := range unsaid(refusals, more) {
			x.Text += by
			refusals = append(refusals, x)
		}
		for _, x := range unsaid(remarks, others) {
			x.Text += by
			remarks = append(remarks, x)
		}
	}
	problems := make([]apply.Problem, len(remarks))
	for i, m := range remarks {
		if !r.placed {
			m.Src = 0
		}
		problems[i] = apply.Problem{Zone: m.Zone, Provider: m.Provider, Problem: m.Problem}
	}
	return refusals, problems
}

// unsaid returns those of more that aren't among said.
func unsaid[T comparable](said, more []T) []T {
	known := make(map[T]bool, len(said))
	for _, s := range said {
		known[s] = true
	}
	return slices.DeleteFunc(more, func(m T) bool { return known[m] })
}

// whoRuns returns what policies know of a run.
func (p *program) whoRuns(c *cli.Context, j *project) policy.Run {
	r := policy.Run{Command: c.Command.Name, Now: time.Now(), Branch: p.branch()}
	approvers, _ := p.getenv(approversEnv)
	for name := range strings.SplitSeq(approvers, ",") {
		if name = strings.TrimSpace(name); name != "" && !slices.Contains(r.Approvers, name) {
			r.Approvers = append(r.Approvers, name)
		}
	}
	who := p.who()
	user, _, _ := strings.Cut(who.User, "@")
	r.Actor = cmp.Or(who.Actor, user)
	repo, err := revision.Open(c.Context, j.dir)
	if err != nil {
		return r
	}
	defer func() { _ = repo.Close() }() // it was only read
	r.Commit, _ = repo.Head()           // "" where there is none yet
	if r.Branch == "" {
		r.Branch = repo.Branch()
	}
	return r
}

// branch returns the branch that CI says it works for, or "".
func (p *program) branch() string {
	for _, name := range []string{
		"GITHUB_HEAD_REF", "GITHUB_REF_NAME", // Forgejo and Gitea set them too
		"CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", "CI_COMMIT_BRANCH",
	} {
		if value, _ := p.getenv(name); value != "" {
			return value
		}
	}
	return ""
}
