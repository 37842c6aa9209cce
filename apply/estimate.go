package apply

import (
	"time"

	"github.com/zoneloom/zoneloom/provider"
)

// Estimate returns how long applying p will take at least because of the
// providers' budgets of calls. Requests are counted from the operations and the
// service's limit, and each zone is read twice.
func (e *Engine) Estimate(p *Planned) time.Duration {
	calls := map[string]int{}
	for _, j := range p.jobs() {
		calls[j.Provider] += 2 + j.requests()
	}
	longest := time.Duration(0)
	for name, n := range calls {
		if est, ok := e.Providers[name].Provider.(provider.Estimator); ok {
			longest = max(longest, est.Estimate(n))
		}
	}
	return longest
}

// requests returns about how many write requests the job takes: one more where a
// zone is created.
func (j *job) requests() int {
	ops := 0
	for _, c := range j.plan.Changes {
		ops += operations(c)
	}
	n := min(ops, 1)
	if limit := j.limit(); limit > 0 {
		n = (ops + limit - 1) / limit
	}
	if j.plan.Create {
		n++
	}
	return n
}

// limit returns the most operations that one request takes, or 0 where that
// isn't known.
func (j *job) limit() int {
	if j.zone == nil {
		return 0
	}
	return j.zone.Info().BatchLimit
}
