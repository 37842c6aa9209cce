package cloudflare

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// The API takes 1,200 calls in five minutes from one user, whichever token,
// key or dashboard they come from, and blocks all of them for another five when
// there are more; and 200 a second from one address. These stay a tenth and a
// twentieth below.
const (
	windowCalls = 1080
	window      = 300 * time.Second
	perSecond   = 190
)

// Clock tells the time and waits. Tests have one of their own.
type Clock interface {
	Now() time.Time
	// Sleep waits for d or until ctx ends, whose error it then returns.
	Sleep(ctx context.Context, d time.Duration) error
}

type wallClock struct{}

func (wallClock) Now() time.Time { return time.Now() }

func (wallClock) Sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// Budget keeps the calls of one credential within what the service allows. All
// Providers with the same credential should share one. It is safe for use by
// several goroutines.
type Budget struct {
	Clock Clock // nil is the real one; not to be changed once in use

	mu     sync.Mutex
	calls  [windowCalls]time.Time // when the latest calls were made: a ring
	next   int                    // the oldest of calls
	second *rate.Limiter
	paused time.Time        // no call before
	quotas map[string]quota // what the service says is left, by its name for the policy
}

// quota is what the service said about one of its limits.
type quota struct {
	left  int
	until time.Time
}

// NewBudget returns a budget from which nothing was taken yet.
func NewBudget() *Budget {
	return &Budget{
		// A burst of one: within any second, no more than the rate itself.
		second: rate.NewLimiter(perSecond, 1),
		quotas: map[string]quota{},
	}
}

func (b *Budget) clock() Clock {
	if b.Clock == nil {
		return wallClock{}
	}
	return b.Clock
}

// Wait takes one call from the budget, and waits until it may be made.
func (b *Budget) Wait(ctx context.Context) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		delay := b.take(b.clock().Now())
		if delay <= 0 {
			return nil
		}
		if err := b.clock().Sleep(ctx, delay); err != nil {
			return err
		}
	}
}

// take takes one call if it may be made now, else it takes nothing and says how
// long to wait before asking again.
func (b *Budget) take(now time.Time) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	start := later(b.paused, b.slot(0))
	for _, q := range b.quotas {
		if q.left <= 0 {
			start = later(start, q.until)
		}
	}
	if start.After(now) {
		return start.Sub(now)
	}
	r := b.second.ReserveN(now, 1)
	if d := r.DelayFrom(now); d > 0 {
		r.CancelAt(now)
		return d
	}
	b.calls[b.next] = now
	b.next = (b.next + 1) % windowCalls
	for name, q := range b.quotas {
		q.left--
		b.quotas[name] = q
		if !q.until.After(now) {
			delete(b.quotas, name)
		}
	}
	return 0
}

// slot returns when the window has room for the n-th call from now, counted
// from 0; n is below windowCalls.
func (b *Budget) slot(n int) time.Time {
	made := b.calls[(b.next+n)%windowCalls]
	if made.IsZero() {
		return made
	}
	return made.Add(window)
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// Estimate returns how long the budget alone makes the next calls take: 0 where
// there is room for all of them now.
func (b *Budget) Estimate(calls int) time.Duration {
	if calls <= 0 {
		return 0
	}
	now := b.clock().Now()
	b.mu.Lock()
	defer b.mu.Unlock()
	turns, rest := (calls-1)/windowCalls, (calls-1)%windowCalls
	start := later(now, later(b.paused, b.slot(rest)))
	estimate := start.Sub(now) + time.Duration(turns)*window
	for _, q := range b.quotas {
		if q.left < calls {
			estimate = max(estimate, q.until.Sub(now))
		}
	}
	return estimate
}

// pause lets no call through for d: the service has said so.
func (b *Budget) pause(d time.Duration) {
	until := b.clock().Now().Add(d)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.paused = later(b.paused, until)
}

// observe learns from an answer's headers how much is left of each of the
// service's limits: Ratelimit: "default";r=50;t=30 says 50 calls in the next
// 30 s.
func (b *Budget) observe(h http.Header) {
	now := b.clock().Now()
	for _, header := range h.Values("Ratelimit") {
		for item := range strings.SplitSeq(header, ",") {
			if name, left, reset, ok := parseRatelimit(item); ok {
				b.learn(name, quota{left, now.Add(reset)})
			}
		}
	}
}

// learn keeps the lower count while the service speaks of the same span of time:
// answers overtake one another, and calls in flight are counted here already.
func (b *Budget) learn(name string, q quota) {
	b.mu.Lock()
	defer b.mu.Unlock()
	old, known := b.quotas[name]
	if known && q.until.Sub(old.until) <= time.Second {
		q = quota{min(q.left, old.left), later(old.until, q.until)}
	}
	b.quotas[name] = q
}

func parseRatelimit(item string) (name string, left int, reset time.Duration, ok bool) {
	name, params, _ := strings.Cut(strings.TrimSpace(item), ";")
	found := 0
	for p := range strings.SplitSeq(params, ";") {
		key, value, _ := strings.Cut(strings.TrimSpace(p), "=")
		n, err := strconv.Atoi(value)
		if err != nil || n < 0 {
			continue
		}
		switch key {
		case "r":
			left, found = n, found|1
		case "t":
			reset, found = time.Duration(min(n, 3600))*time.Second, found|2
		}
	}
	return name, left, reset, found == 3
}
