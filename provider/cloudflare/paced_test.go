package cloudflare_test

import (
	"errors"
	"testing"
	"time"

	"github.com/zoneloom/zoneloom/provider"
	"github.com/zoneloom/zoneloom/provider/cloudflare"
)

func TestEstimate(t *testing.T) {
	p := &cloudflare.Provider{Token: secret, Budget: newBudget(newClock())}
	if got := p.Estimate(50); got != 0 {
		t.Errorf("50 calls wait %s for the budget", got)
	}
	if got := p.Estimate(1081); got.Minutes() != 5 {
		t.Errorf("1,081 calls wait %s for the budget, want 5m", got)
	}
}

// timed notes when it is told that a request is sent, and says no then.
type timed struct {
	log
	clock *clock
	at    []time.Time
	no    error
}

func (r *timed) Sending(q provider.Request) error {
	r.at = append(r.at, r.clock.Now())
	return errors.Join(r.no, r.log.Sending(q))
}

// TestWriteWaitsBeforeItSaysSo lets nothing be journalled as sent while it only
// waits for its turn.
func TestWriteWaitsBeforeItSaysSo(t *testing.T) {
	p, s, c := serve(t, found("free"), step{body: list(1, 1, 0)}, step{body: `{"success":true,"errors":[],"messages":[],"result":{"posts":[]}}`})
	zone := zoneOf(t, p)
	snap, err := zone.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	start := c.Now()
	cloudflare.Pause(p.Budget, time.Minute)
	stop := errors.New("stopped")
	r := &timed{clock: c, no: stop}
	if err := zone.Write(t.Context(), snap, hosts(1), r); !errors.Is(err, stop) {
		t.Errorf("Write = %v, want what Sending said", err)
	}
	if len(r.at) != 1 || r.at[0].Sub(start) < time.Minute {
		t.Errorf("told of sending at %v, want once and after the minute's pause from %v", r.at, start)
	}
	calls := s.count()
	r.no = nil
	if err := zone.Write(t.Context(), snap, hosts(1), r); err != nil {
		t.Fatal(err)
	}
	if got := s.count() - calls; got != 1 || len(r.outcomes) != 1 {
		t.Errorf("%d calls and %d outcomes, want one of each", got, len(r.outcomes))
	}
}
