package live

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"sync"

	"github.com/miekg/dns"
	"golang.org/x/sync/errgroup"

	"github.com/zoneloom/zoneloom/state"
)

// Server is one address of a name server.
type Server struct {
	Host state.Name     // "" where only the address is known
	Addr netip.AddrPort // not valid where the host has no address
}

// String returns the host and the address.
func (s Server) String() string {
	switch {
	case !s.Addr.IsValid():
		return string(s.Host)
	case s.Host == "":
		return s.Addr.String()
	}
	return fmt.Sprintf("%s (%s)", s.Host, s.Addr)
}

// Target is a zone to verify.
type Target struct {
	Want    *state.Zone
	Servers []Server
	// Loose reports whether data that isn't wanted may be in the answer all the
	// same; nil: it may never.
	Loose func(k state.Key, data string) bool
}

// Report is what became of a Target.
type Report struct {
	Zone    state.Name
	Asked   int            // RRsets that each server is asked for
	LeftOut []LeftOut      // RRsets that no server is asked for
	Servers []ServerReport // as in the Target
}

// ServerReport is what one server answered.
type ServerReport struct {
	Server
	Serial  uint32       // of its SOA
	Fault   *Fault       // why it wasn't asked, or not to the end; nil: it was
	Agreed  int          // RRsets that it answers as wanted
	Differs []Difference // in the order of the zone
	LeftOut []LeftOut    // RRsets whose answers can't be compared
}

// Fault is what keeps a server from being asked.
type Fault struct {
	Kind Kind
	Text string
	// NoRoute says that this machine can't send to such an address, which is no
	// fault of the server's.
	NoRoute bool
}

// Agrees reports whether every server that can be reached from here answers as
// wanted, and at least one was asked.
func (r *Report) Agrees() bool {
	asked := 0
	for i := range r.Servers {
		s := &r.Servers[i]
		if s.Fault == nil {
			asked++
		}
		if len(s.Differs) > 0 || s.Fault != nil && !s.Fault.NoRoute {
			return false
		}
	}
	return asked > 0
}

// Verify asks each server of t for every RRset that can be compared.
func (c *Client) Verify(ctx context.Context, t Target) (*Report, error) {
	return c.verify(ctx, t, nil)
}

// Again asks once more for what differed in last, a report on the same target.
// What agreed then isn't asked again.
func (c *Client) Again(ctx context.Context, t Target, last *Report) (*Report, error) {
	return c.verify(ctx, t, last)
}

func (c *Client) verify(ctx context.Context, t Target, last *Report) (*Report, error) {
	ask, left := questions(t.Want)
	r := &Report{Zone: t.Want.Name, Asked: len(ask), LeftOut: left, Servers: make([]ServerReport, len(t.Servers))}
	var g errgroup.Group
	g.SetLimit(8)
	for i, server := range t.Servers {
		var before *ServerReport
		if last != nil {
			before = &last.Servers[i]
		}
		g.Go(func() error {
			r.Servers[i] = c.server(ctx, server, t, ask, before)
			return nil
		})
	}
	_ = g.Wait() // it returns no error
	return r, ctx.Err()
}

// server asks one server. Where there is a report from before without a fault,
// only what differed in it is asked.
func (c *Client) server(ctx context.Context, server Server, t Target, ask []question, before *ServerReport) ServerReport {
	r := ServerReport{Server: server}
	if before != nil && before.Fault == nil {
		if len(before.Differs) == 0 {
			return *before
		}
		r.Agreed, r.LeftOut = before.Agreed, slices.Clone(before.LeftOut)
		differed := map[state.Key]bool{}
		for _, d := range before.Differs {
			differed[d.Key] = true
		}
		ask = slices.DeleteFunc(slices.Clone(ask), func(q question) bool { return !differed[q.key] })
	}
	serial, f := c.holds(ctx, server, t.Want.Name)
	r.Serial = serial
	if f != nil {
		r.Fault = f
		return r
	}
	c.askAll(ctx, &r, ask, t.Loose)
	return r
}

// holds reports the serial of a zone at a server, and why not.
func (c *Client) holds(ctx context.Context, server Server, zone state.Name) (uint32, *Fault) {
	if !server.Addr.IsValid() {
		return 0, &Fault{Kind: Unreachable, Text: "the host has no address"}
	}
	s := c.session(server.Addr)
	defer s.close()
	m, err := s.ask(ctx, zone, dns.TypeSOA, false)
	if err != nil {
		kind, text := fault(err)
		return 0, &Fault{kind, text, isRouteless(err)}
	}
	switch {
	case m.Rcode != dns.RcodeSuccess:
		return 0, &Fault{Kind: Failed, Text: fmt.Sprintf("it answers %s for the zone's SOA", rcode(m.Rcode))}
	case !m.Authoritative:
		return 0, &Fault{Kind: NotAuthoritative, Text: "it is not authoritative for the zone"}
	}
	for _, rr := range m.Answer {
		if soa, ok := rr.(*dns.SOA); ok && ownerOf(soa.Hdr.Name) == zone {
			return soa.Serial, nil
		}
	}
	return 0, &Fault{Kind: NotAuthoritative, Text: "it has no SOA for the zone"}
}

// patience is how many questions in a row may get no answer before the rest
// isn't asked.
const patience = 5

// askAll asks the questions, some at once, and adds to r what the answers come
// to.
func (c *Client) askAll(ctx context.Context, r *ServerReport, ask []question, loose func(state.Key, string) bool) {
	a := asking{c: c, r: r, ask: ask, loose: loose, differs: make([]*Difference, len(ask))}
	var wg sync.WaitGroup
	for range min(c.parallel(), len(ask)) {
		wg.Go(func() { a.work(ctx) })
	}
	wg.Wait()
	for _, d := range a.differs {
		if d != nil {
			r.Differs = append(r.Differs, *d)
		}
	}
	slices.SortFunc(r.LeftOut, func(x, y LeftOut) int { return x.Key.Compare(y.Key) })
	if a.silent >= patience && a.next < len(ask) {
		r.Fault = &Fault{Kind: NoAnswer, Text: fmt.Sprintf("it stopped answering: %d RRsets weren't asked for", len(ask)-a.next)}
	}
}

// asking is the state of askAll.
type asking struct {
	c     *Client
	ask   []question
	loose func(state.Key, string) bool

	mu      sync.Mutex
	r       *ServerReport
	next    int
	silent  int // questions in a row without an answer
	differs []*Difference
}

// work asks one question after the other.
func (a *asking) work(ctx context.Context) {
	s := a.c.session(a.r.Addr)
	defer s.close()
	for ctx.Err() == nil {
		a.mu.Lock()
		n := a.next
		stop := n >= len(a.ask) || a.silent >= patience
		if !stop {
			a.next++
		}
		a.mu.Unlock()
		if stop {
			return
		}
		q := &a.ask[n]
		code, _ := codeOf(q.key.Type)
		m, err := s.ask(ctx, q.name, code, false)
		if ctx.Err() != nil {
			return
		}
		a.take(n, m, err)
	}
}

// take takes in the answer to the n-th question.
func (a *asking) take(n int, m *dns.Msg, err error) {
	q := &a.ask[n]
	a.mu.Lock()
	defer a.mu.Unlock()
	if err != nil {
		a.silent++
		kind, text := fault(err)
		a.differs[n] = &Difference{Key: q.key, Asked: q.name, Kind: kind, Text: text, Src: q.src}
		return
	}
	a.silent = 0
	d, unfit := q.judge(m, a.loose)
	switch {
	case unfit != "":
		a.r.LeftOut = append(a.r.LeftOut, LeftOut{q.key, unfit})
	case d == nil:
		a.r.Agreed++
	default:
		a.differs[n] = d
	}
}
