package cloudflare_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/zoneloom/zoneloom/provider/cloudflare"
)

func newBudget(c *clock) *cloudflare.Budget {
	b := cloudflare.NewBudget()
	b.Clock = c
	return b
}

func takeCalls(t *testing.T, b *cloudflare.Budget, n int) {
	t.Helper()
	for range n {
		if err := b.Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

func TestBudgetHoldsTheWindow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := newClock()
		b := newBudget(c)
		var calls []time.Time
		for range rapid.IntRange(1, 12).Draw(t, "rounds") {
			for range rapid.IntRange(0, 700).Draw(t, "calls") {
				if err := b.Wait(context.Background()); err != nil {
					t.Fatal(err)
				}
				calls = append(calls, c.Now())
			}
			_ = c.Sleep(context.Background(), time.Duration(rapid.IntRange(0, 400).Draw(t, "pause"))*time.Second)
		}
		atMost(t, calls, 1080, 300*time.Second)
		atMost(t, calls, 191, time.Second)
	})
}

// atMost fails where more than n calls were made within less than d.
func atMost(t *rapid.T, calls []time.Time, n int, d time.Duration) {
	for i := n; i < len(calls); i++ {
		if took := calls[i].Sub(calls[i-n]); took < d {
			t.Fatalf("calls %d to %d were made within %s", i-n, i, took)
		}
	}
}

func TestBudgetEstimate(t *testing.T) {
	c := newClock()
	b := newBudget(c)
	for _, tt := range []struct {
		name  string
		taken int // before
		calls int
		want  time.Duration // at least, and at most 10 s more
	}{
		{"nothing to do", 0, 0, 0},
		{"all fit", 0, 1080, 0},
		{"one too many waits for the window", 0, 1081, 300 * time.Second},
		{"three windows", 0, 3 * 1080, 600 * time.Second},
		{"half is taken", 540, 541, 290 * time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			takeCalls(t, b, tt.taken)
			got := b.Estimate(tt.calls)
			if got < tt.want || got > tt.want+10*time.Second {
				t.Errorf("Estimate(%d) = %s, want about %s", tt.calls, got, tt.want)
			}
		})
	}
}

// TestBudgetEstimateIsKept takes as many calls as were estimated.
func TestBudgetEstimateIsKept(t *testing.T) {
	for _, calls := range []int{10, 1080, 1500, 2500} {
		c := newClock()
		b := newBudget(c)
		takeCalls(t, b, 300)
		estimate, start := b.Estimate(calls), c.Now()
		takeCalls(t, b, calls)
		if took := c.since(start); took < estimate || took > estimate+20*time.Second {
			t.Errorf("%d calls took %s, estimated were %s", calls, took, estimate)
		}
	}
}

func TestBudgetHeedsRatelimit(t *testing.T) {
	for _, tt := range []struct {
		name    string
		headers []string
		calls   int
		want    time.Duration // at least
		most    time.Duration
	}{
		{"what is left may be used", []string{`"default";r=50;t=30`}, 50, 0, time.Second},
		{"more waits for the reset", []string{`"default";r=50;t=30`}, 51, 29 * time.Second, 31 * time.Second},
		{"several limits: the strictest counts", []string{`"default";r=50;t=30, "burst";r=2;t=60`}, 3, 59 * time.Second, 61 * time.Second},
		{"an answer that was overtaken gives nothing back", []string{`"default";r=1;t=30`, `"default";r=40;t=30`}, 2, 29 * time.Second, 31 * time.Second},
		{"a new span of time is a new count", []string{`"default";r=0;t=30`, `"default";r=40;t=300`}, 40, 0, time.Second},
		{"what nobody understands is left alone", []string{`x`, `"default";r=-1;t=5`, `;;=`}, 50, 0, time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := newClock()
			b := newBudget(c)
			for _, h := range tt.headers {
				cloudflare.Observe(b, http.Header{"Ratelimit": {h}})
			}
			if got := b.Estimate(tt.calls); got < tt.want || got > tt.most {
				t.Errorf("Estimate(%d) = %s, want %s to %s", tt.calls, got, tt.want, tt.most)
			}
			start := c.Now()
			takeCalls(t, b, tt.calls)
			if took := c.since(start); took < tt.want || took > tt.most {
				t.Errorf("%d calls took %s, want %s to %s", tt.calls, took, tt.want, tt.most)
			}
		})
	}
}

func TestBudgetPauses(t *testing.T) {
	c := newClock()
	b := newBudget(c)
	start := c.Now()
	cloudflare.Pause(b, 5*time.Minute)
	cloudflare.Pause(b, time.Second) // a shorter one takes nothing back
	if got := b.Estimate(1); got != 5*time.Minute {
		t.Errorf("Estimate(1) = %s during a pause of 5m", got)
	}
	takeCalls(t, b, 1)
	if took := c.since(start); took != 5*time.Minute {
		t.Errorf("a call was let through after %s", took)
	}
}

func TestBudgetStopsWithItsContext(t *testing.T) {
	b := newBudget(newClock())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := b.Wait(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Wait = %v, want the context's error", err)
	}
}

func TestBudgetByTheRealClock(t *testing.T) {
	b := cloudflare.NewBudget()
	takeCalls(t, b, 2) // the second waits for a moment
	cloudflare.Pause(b, time.Hour)
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(time.Millisecond, cancel)
	if err := b.Wait(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Wait = %v, want the context's error", err)
	}
}
