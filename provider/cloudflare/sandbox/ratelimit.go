package sandbox

import (
	"fmt"
	"math"
	"net/http"
	"sync"
	"time"
)

// limiter counts each caller's requests in fixed windows; who exceeds a window is blocked for a further one.
type limiter struct {
	rate    Rate
	mu      sync.Mutex
	buckets map[string]*bucket
}

type bucket struct {
	ends, blocked time.Time
	used          int
}

// take counts one request, sets the headers that tell of the limit, and refuses what is over it.
func (l *limiter) take(name string, now time.Time, h http.Header) *failure {
	if l.rate.Requests == 0 {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.buckets[name]
	if b == nil || !now.Before(b.ends) && !now.Before(b.blocked) {
		b = &bucket{ends: now.Add(l.rate.Window)}
		l.buckets[name] = b
	}
	b.used++
	if b.used > l.rate.Requests && b.blocked.IsZero() {
		b.blocked = now.Add(l.rate.Window)
	}
	until := b.ends
	if b.blocked.After(until) {
		until = b.blocked
	}
	wait := int(math.Ceil(until.Sub(now).Seconds()))
	h.Set("Ratelimit", fmt.Sprintf(`"default";r=%d;t=%d`, max(0, l.rate.Requests-b.used), wait))
	h.Set("Ratelimit-Policy", fmt.Sprintf(`"default";q=%d;w=%d`, l.rate.Requests, int(math.Ceil(l.rate.Window.Seconds()))))
	if b.blocked.IsZero() {
		return nil
	}
	return tooMany(l.rate, wait)
}

func tooMany(r Rate, wait int) *failure {
	f := fail(http.StatusTooManyRequests, codeRate, fmt.Sprintf(
		"More than %d requests per %d seconds reached. Please wait and consider throttling your request speed", r.Requests, int(r.Window.Seconds())))
	f.retryAfter = wait
	return f
}
