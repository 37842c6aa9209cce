package providertest

import (
	"slices"
	"strings"

	"github.com/zoneloom/zoneloom/provider"
	"github.com/zoneloom/zoneloom/state"
)

// recorder listens to one Write and holds it to the protocol.
type recorder struct {
	changes  []state.Change
	limit    int
	no       func(provider.Request) error // nil never says no
	requests []provider.Request
	results  map[int][]provider.Result // by change
	sending  bool
	faults   []string
}

func (r *recorder) fault(text string) { r.faults = append(r.faults, text) }

// Sending notes a request before it is sent.
func (r *recorder) Sending(req provider.Request) error {
	if r.sending {
		r.fault("Sending before the last request was Done")
	}
	if r.no != nil {
		if err := r.no(req); err != nil {
			return err
		}
	}
	r.sending = true
	r.requests = append(r.requests, req)
	if req.N != len(r.requests) {
		r.fault("requests aren't numbered from 1")
	}
	if len(req.Changes) == 0 {
		r.fault("a request without changes")
	}
	for _, i := range req.Changes {
		if i < 0 || i >= len(r.changes) {
			r.fault("a request with a change that doesn't exist")
		}
	}
	if r.limit > 0 && req.Ops > r.limit {
		r.fault("a request over the limit")
	}
	return nil
}

// Done notes what became of a request.
func (r *recorder) Done(req provider.Request, o provider.Outcome) {
	if !r.sending {
		r.fault("Done without Sending")
	}
	r.sending = false
	if r.results == nil {
		r.results = map[int][]provider.Result{}
	}
	if len(o.Results) != len(req.Changes) {
		r.fault("not one result for each change")
		return
	}
	for n, i := range req.Changes {
		r.results[i] = append(r.results[i], o.Results[n])
	}
}

// finish fails the test if the protocol was broken in a Write that succeeded.
func (r *recorder) finish(t fatalf) {
	t.Helper()
	r.check()
	for i, c := range r.changes {
		if len(r.results[i]) == 0 {
			r.fault("a change in no request: " + c.Key.String())
		}
		if slices.ContainsFunc(r.results[i], func(res provider.Result) bool { return res != provider.Made }) {
			r.fault("a change that wasn't made: " + c.Key.String())
		}
	}
	if sum := r.ops(); sum != r.least() {
		t.Fatalf("%d operations were sent, %d are enough", sum, r.least())
	}
	if len(r.faults) > 0 {
		t.Fatalf("the Recorder was misled: %s", strings.Join(r.faults, "; "))
	}
}

// check finds what is wrong whatever becomes of a Write: a request unfinished,
// or a name in two of them without need.
func (r *recorder) check() {
	if r.sending {
		r.fault("a request was never Done")
	}
	size := map[state.Name]int{}
	for _, c := range r.changes {
		size[c.Name] += least(c)
	}
	in := map[state.Name]int{}
	for _, req := range r.requests {
		seen := map[state.Name]bool{}
		for _, i := range req.Changes {
			name := r.changes[i].Name
			if !seen[name] {
				in[name]++
			}
			seen[name] = true
		}
	}
	for name, n := range in {
		if n > 1 && (r.limit == 0 || size[name] <= r.limit) {
			r.fault("a name in more than one request: " + string(name))
		}
	}
}

// ops returns how many operations were sent.
func (r *recorder) ops() int {
	sum := 0
	for _, req := range r.requests {
		sum += req.Ops
	}
	return sum
}

// least returns how many operations the changes need at least.
func (r *recorder) least() int {
	sum := 0
	for _, c := range r.changes {
		sum += least(c)
	}
	return sum
}

// least returns max(|B\A|, |A\B|), where B and A are the records before and
// after.
func least(c state.Change) int {
	type value struct {
		data  string
		ttl   state.TTL
		attrs state.Attrs
	}
	count := map[value]int{}
	for _, r := range c.Before.Ours() {
		count[value{r.Data, r.TTL, r.Attrs}]++
	}
	added, removed := 0, 0
	for _, r := range c.After.Ours() {
		v := value{r.Data, r.TTL, r.Attrs}
		if count[v]--; count[v] < 0 {
			added++
			count[v] = 0
		}
	}
	for _, n := range count {
		removed += n
	}
	return max(added, removed)
}
