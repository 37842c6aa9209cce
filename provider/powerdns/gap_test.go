package powerdns_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/miekg/dns"

	"github.com/zoneloom/zoneloom/provider"
	"github.com/zoneloom/zoneloom/state"
)

// moving returns a zone in one of two states, between which everything at its
// names changes, and each name answers in both.
func moving(tb testing.TB, second bool) *state.Zone {
	tb.Helper()
	const moves, addresses = 20, 1000
	pick := func(a, b string) string {
		if second {
			return b
		}
		return a
	}
	sets := []state.RRset{
		set(tb, "target.example.com.", state.A, "192.0.2.1"),
		set(tb, zoneName, state.MX, pick("10 mx1.example.net.", "20 mx2.example.net."), pick("20 mx3.example.net.", "30 mx3.example.net.")),
		set(tb, zoneName, state.TXT, pick(`"v=spf1 -all"`, `"v=spf1 mx -all"`), pick(`"a"`, `"b"`)),
	}
	for i := range moves {
		name := state.Name(fmt.Sprintf("move%d.example.com.", i))
		if second == (i%2 == 0) {
			sets = append(sets, set(tb, name, state.CNAME, "target.example.com."))
		} else {
			sets = append(sets, set(tb, name, state.A, "192.0.2.2"), set(tb, name, state.TXT, `"beside"`))
		}
	}
	for i := range addresses {
		sets = append(sets, set(tb, state.Name(fmt.Sprintf("host%d.example.com.", i)), state.A, fmt.Sprintf(pick("10.0.%d.%d", "10.1.%d.%d"), i>>8, i&255)))
	}
	return content(sets...)
}

// load asks for names that always answer, from several sockets at once, until it
// is stopped.
type load struct {
	asked, lost atomic.Int64
	mu          sync.Mutex
	gaps        []string
	stop        context.CancelFunc
	done        sync.WaitGroup
}

func startLoad(t *testing.T, addr string) *load {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	l := &load{stop: cancel}
	var questions []dns.Question
	for i := range 40 {
		questions = append(questions,
			dns.Question{Name: fmt.Sprintf("move%d.example.com.", i%20), Qtype: dns.TypeA, Qclass: dns.ClassINET},
			dns.Question{Name: fmt.Sprintf("host%d.example.com.", i*25), Qtype: dns.TypeA, Qclass: dns.ClassINET},
			dns.Question{Name: "example.com.", Qtype: dns.TypeMX, Qclass: dns.ClassINET},
			dns.Question{Name: "example.com.", Qtype: dns.TypeTXT, Qclass: dns.ClassINET},
		)
	}
	for start := range 8 {
		conn, err := dns.Dial("udp", addr)
		if err != nil {
			t.Fatal(err)
		}
		l.done.Go(func() {
			defer conn.Close()
			client := dns.Client{Timeout: 5 * time.Second}
			for i := start * 17; ctx.Err() == nil; i++ {
				l.ask(&client, conn, questions[i%len(questions)])
			}
		})
	}
	t.Cleanup(l.end)
	return l
}

// ask asks one question. Datagrams may be lost, which says nothing of the zone.
func (l *load) ask(client *dns.Client, conn *dns.Conn, q dns.Question) {
	m := &dns.Msg{MsgHdr: dns.MsgHdr{Id: dns.Id()}, Question: []dns.Question{q}}
	r, _, err := client.ExchangeWithConn(m, conn)
	if err != nil {
		l.lost.Add(1)
		return
	}
	l.asked.Add(1)
	for _, rr := range r.Answer {
		if r.Rcode == dns.RcodeSuccess && rr.Header().Rrtype == q.Qtype {
			return
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.gaps = append(l.gaps, fmt.Sprintf("%s %s: %s, %v", q.Name, dns.TypeToString[q.Qtype], dns.RcodeToString[r.Rcode], r.Answer))
}

func (l *load) end() {
	l.stop()
	l.done.Wait()
}

// TestNoGap moves names between CNAME and A, replaces MX and TXT sets and
// renumbers 1,000 addresses while the server is asked for all of them: it always
// answers. The server's caches are off here; where they are on, answers are up
// to cache-ttl old, and none is missing either.
func TestNoGap(t *testing.T) {
	s, p, z := one(t)
	write(t, p, z, moving(t, false))
	l := startLoad(t, s.Addr)
	began := time.Now()
	const enough, most = 6000, 200
	rounds := 0
	for ; rounds < 6 || l.asked.Load() < enough && rounds < most; rounds++ {
		write(t, p, z, moving(t, rounds%2 == 0))
	}
	took := time.Since(began)
	l.end()
	if l.asked.Load() < enough {
		t.Errorf("only %d questions were answered, %d were lost", l.asked.Load(), l.lost.Load())
	}
	if len(l.gaps) > 0 {
		t.Errorf("%d of %d answers lack what the name always has, such as %s", len(l.gaps), l.asked.Load(), l.gaps[0])
	}
	t.Logf("%d questions during %d applies, %.0f a second, %d lost", l.asked.Load(), rounds, float64(l.asked.Load())/took.Seconds(), l.lost.Load())
}

// TestKill kills the server at several moments of a write. The zone is as it was
// or as it was to be, never between, the report is true, and the next run
// converges.
func TestKill(t *testing.T) {
	s, p, z := one(t)
	before, after := hosts(t, 5000, 1), hosts(t, 5000, 2)
	write(t, p, z, before)
	for _, moment := range []time.Duration{0, 20, 60, 120, 250, 500} {
		at := read(t, z)
		todo := changes(t, p, z, at, after, state.Rules{Prune: true})
		killed := make(chan struct{})
		l := log{sending: func() error {
			go func() {
				defer close(killed)
				<-time.After(moment * time.Millisecond)
				s.Kill()
			}()
			return nil
		}}
		err := z.Write(t.Context(), at, todo, &l)
		<-killed
		s.Start()
		left := len(changes(t, p, z, read(t, z), after, state.Rules{Prune: true}))
		checkKilled(t, err, l.outcomes, left, len(todo))
		write(t, p, z, after)
		before, after = after, before
	}
}

// checkKilled holds the report of a write whose server was killed to what is
// left of it to be done.
func checkKilled(t *testing.T, err error, outcomes []provider.Outcome, left, all int) {
	t.Helper()
	if left != 0 && left != all {
		t.Errorf("%d of %d changes are left: the server made a part", left, all)
	}
	if len(outcomes) != 1 {
		t.Fatalf("%d outcomes, want one", len(outcomes))
	}
	result := outcomes[0].Results[0]
	t.Logf("%d of %d changes are left, Write = %v", left, all, err)
	switch {
	case result == provider.Made && (err != nil || left != 0),
		result == provider.NotMade && (err == nil || left == 0),
		result == provider.Unknown && !errors.Is(err, provider.ErrUnknown):
		t.Errorf("Write = %v and the Recorder heard %d, with %d of %d changes left", err, result, left, all)
	}
}
