package rfc2136_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/miekg/dns"

	"github.com/zoneloom/zoneloom/provider/internal/daemon"
	"github.com/zoneloom/zoneloom/state"
)

// question is one that must have an answer at all times.
type question struct {
	name string
	typ  uint16
}

// load asks questions over UDP until it is stopped, and notes each answer that a
// name which is always there must never give.
type load struct {
	addr      string
	questions []question
	asked     atomic.Int64
	lost      atomic.Int64

	mu     sync.Mutex
	faults []string
}

// run asks the questions in turn, beginning with number first.
func (l *load) run(ctx context.Context, first int) {
	c := dns.Client{Timeout: 2 * time.Second}
	conn, err := c.DialContext(ctx, l.addr)
	if err != nil {
		l.fault("connect: %v", err)
		return
	}
	defer func() { _ = conn.Close() }()
	for i := first; ctx.Err() == nil; i++ {
		q := l.questions[i%len(l.questions)]
		m := new(dns.Msg).SetQuestion(q.name, q.typ)
		r, _, err := c.ExchangeWithConn(m, conn)
		if err != nil {
			l.lost.Add(1) // as any datagram may be
			continue
		}
		l.asked.Add(1)
		if r.Rcode != dns.RcodeSuccess || len(r.Answer) == 0 && !r.Truncated {
			l.fault("%s %s: %s with %d answers", q.name, dns.TypeToString[q.typ], dns.RcodeToString[r.Rcode], len(r.Answer))
		}
	}
}

func (l *load) fault(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.faults = append(l.faults, fmt.Sprintf(format, args...))
}

// gapZones returns two zones in which the same names have answers to the same
// questions, by other records.
func gapZones(t *testing.T) (a, b *state.Zone, questions []question) {
	t.Helper()
	first := []string{"stable 300 A 192.0.2.1", "@ 300 MX 10 mx1.example.net.", "@ 300 MX 20 mx2.example.net.", `@ 300 TXT "v=spf1 -all"`}
	second := []string{"stable 300 A 192.0.2.1", "@ 60 MX 10 mx3.example.net.", `@ 300 TXT "other"`, `@ 300 TXT "v=spf1 mx -all"`}
	ask := func(name string, typ uint16) {
		questions = append(questions, question{name + string(zoneName), typ})
	}
	ask("", dns.TypeMX)
	ask("", dns.TypeTXT)
	for i := range 100 {
		name := fmt.Sprintf("swap%d", i)
		alias, address := name+" 300 CNAME stable", fmt.Sprintf("%s 300 A 192.0.2.%d", name, i)
		if i%2 == 0 {
			alias, address = address, alias
		}
		first, second = append(first, alias), append(second, address)
		ask(name+".", dns.TypeA)
	}
	for i := range 1000 {
		first = append(first, fmt.Sprintf("host%d 300 A 10.1.%d.%d", i, i>>8, i&255))
		second = append(second, fmt.Sprintf("host%d 300 A 10.2.%d.%d", i, i>>8, i&255))
		if i%10 == 0 {
			ask(fmt.Sprintf("host%d.", i), dns.TypeA)
		}
	}
	return zoneOf(t, first...), zoneOf(t, second...), questions
}

// TestNoGap asks for names that exist before and after, without a pause, while
// they are rewritten again and again: each answer must have data.
func TestNoGap(t *testing.T) {
	for name, signed := range map[string]bool{"plain": false, "signed": true} {
		t.Run(name, func(t *testing.T) {
			onEach(t, []daemon.Zone{{Name: string(zoneName), Signed: signed}}, noGap)
		})
	}
}

func noGap(t env) {
	t.Helper()
	const (
		askers    = 4
		minRounds = 6
		minAsked  = 10000
		patience  = 60 * time.Second
	)
	z := find(t, open(t, t.server), zoneName)
	first, second, questions := gapZones(t.T)
	write(t, z, first)
	l := &load{addr: t.server.Addr, questions: questions}
	ctx, stop := context.WithTimeout(t.Context(), patience)
	defer stop()
	var wg sync.WaitGroup
	for i := range askers {
		wg.Go(func() { l.run(ctx, i*len(questions)/askers) })
	}
	rounds := 0
	start := time.Now()
	for ; ctx.Err() == nil && (rounds < minRounds || l.asked.Load() < minAsked); rounds++ {
		want := second
		if rounds%2 == 1 {
			want = first
		}
		write(t, z, want)
	}
	t.Logf("%d rounds; %.0f questions a second, %d of them lost", rounds, float64(l.asked.Load())/time.Since(start).Seconds(), l.lost.Load())
	stop()
	wg.Wait()
	if asked := l.asked.Load(); asked < minAsked || rounds < minRounds {
		t.Errorf("%d questions were answered in %d rounds, want %d in %d", asked, rounds, minAsked, minRounds)
	}
	if len(l.faults) > 0 {
		t.Errorf("%d answers were wrong, such as %s", len(l.faults), l.faults[0])
	}
}
