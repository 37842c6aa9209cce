package live

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/miekg/dns"
	"golang.org/x/time/rate"

	"github.com/zoneloom/zoneloom/state"
)

// Client asks name servers. The zero Client is ready for use; its fields must not
// change once it is. Its methods may be called from several goroutines.
type Client struct {
	// Resolver finds name servers and their addresses: host and port. Where it is
	// empty, the first server of /etc/resolv.conf does.
	Resolver string
	Timeout  time.Duration // of one attempt; 2 s where 0
	Attempts int           // over UDP; 3 where 0
	Parallel int           // questions at once to one address; 16 where 0
	Rate     float64       // questions a second to one address; 500 where 0
	// Dial connects; a net.Dialer does where it is nil.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)

	mu     sync.Mutex
	limits map[netip.AddrPort]*rate.Limiter
}

// ednsSize is how large an answer over UDP may be: it fits every path without
// fragments (DNS flag day 2020).
const ednsSize = 1232

func (c *Client) timeout() time.Duration {
	if c.Timeout > 0 {
		return c.Timeout
	}
	return 2 * time.Second
}

func (c *Client) attempts() int {
	if c.Attempts > 0 {
		return c.Attempts
	}
	return 3
}

func (c *Client) parallel() int {
	if c.Parallel > 0 {
		return c.Parallel
	}
	return 16
}

// limiter returns what holds the questions to addr back, whatever zone they are
// about.
func (c *Client) limiter(addr netip.AddrPort) *rate.Limiter {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.limits == nil {
		c.limits = map[netip.AddrPort]*rate.Limiter{}
	}
	l := c.limits[addr]
	if l == nil {
		perSecond := c.Rate
		if perSecond <= 0 {
			perSecond = 500
		}
		l = rate.NewLimiter(rate.Limit(perSecond), max(1, int(perSecond/10)))
		c.limits[addr] = l
	}
	return l
}

func (c *Client) dial(ctx context.Context, network string, addr netip.AddrPort) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout())
	defer cancel()
	if c.Dial != nil {
		return c.Dial(ctx, network, addr.String())
	}
	var d net.Dialer
	return d.DialContext(ctx, network, addr.String())
}

// session asks one server, one question after the other, over one socket.
type session struct {
	c     *Client
	addr  netip.AddrPort
	limit *rate.Limiter
	plain bool // the server doesn't know EDNS
	udp   net.Conn
}

func (c *Client) session(addr netip.AddrPort) *session {
	return &session{c: c, addr: addr, limit: c.limiter(addr)}
}

func (s *session) close() {
	if s.udp != nil {
		_ = s.udp.Close()
		s.udp = nil
	}
}

// errForeign is an answer to something that wasn't asked.
var errForeign = errors.New("it answers another question than it was asked")

// ask asks for records and returns the whole answer. It repeats what got none.
func (s *session) ask(ctx context.Context, name state.Name, typ uint16, recursive bool) (*dns.Msg, error) {
	for try := 1; ; try++ {
		answer, err := s.once(ctx, name, typ, recursive)
		if err == nil && !s.plain && (answer.Rcode == dns.RcodeFormatError || answer.Rcode == dns.RcodeNotImplemented) {
			s.plain = true
			continue
		}
		if err == nil || ctx.Err() != nil || try >= s.c.attempts() {
			return answer, err
		}
		s.close() // a late answer must not meet the next question
	}
}

// once asks over UDP, and over TCP where the answer doesn't fit.
func (s *session) once(ctx context.Context, name state.Name, typ uint16, recursive bool) (*dns.Msg, error) {
	if err := s.limit.Wait(ctx); err != nil {
		return nil, err
	}
	m := new(dns.Msg).SetQuestion(string(name), typ)
	m.RecursionDesired = recursive
	if !s.plain {
		m.SetEdns0(ednsSize, false)
	}
	if s.udp == nil {
		conn, err := s.c.dial(ctx, "udp", s.addr)
		if err != nil {
			return nil, err
		}
		s.udp = conn
	}
	answer, err := s.c.exchange(ctx, m, s.udp)
	if err == nil && answer.Truncated {
		return s.c.overTCP(ctx, m, s.addr)
	}
	return answer, err
}

func (c *Client) overTCP(ctx context.Context, m *dns.Msg, addr netip.AddrPort) (*dns.Msg, error) {
	conn, err := c.dial(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("the answer is too large for UDP, and TCP fails: %w", err)
	}
	defer func() { _ = conn.Close() }()
	answer, err := c.exchange(ctx, m, conn)
	if err != nil {
		return nil, fmt.Errorf("over TCP: %w", err)
	}
	if answer.Truncated {
		return nil, errors.New("the answer is cut off even over TCP")
	}
	return answer, nil
}

// exchange sends m over conn and returns the answer to it.
func (c *Client) exchange(ctx context.Context, m *dns.Msg, conn net.Conn) (*dns.Msg, error) {
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	client := dns.Client{Timeout: c.timeout(), UDPSize: ednsSize}
	answer, _, err := client.ExchangeWithConnContext(ctx, m, &dns.Conn{Conn: conn, UDPSize: ednsSize})
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		return nil, err
	case !isAnswer(answer, m):
		return nil, errForeign
	}
	return answer, nil
}

// isAnswer reports whether a answers the question of m. Servers may leave the
// question out of an error.
func isAnswer(a, m *dns.Msg) bool {
	if !a.Response || a.Opcode != dns.OpcodeQuery {
		return false
	}
	if len(a.Question) == 0 {
		return a.Rcode != dns.RcodeSuccess && a.Rcode != dns.RcodeNameError
	}
	got, want := a.Question[0], m.Question[0]
	return len(a.Question) == 1 && got.Qtype == want.Qtype && got.Qclass == want.Qclass && ownerOf(got.Name) == state.Name(want.Name)
}

// ownerOf returns a name from the wire as the model has it, "" where it has none.
func ownerOf(name string) state.Name {
	n, err := state.ParseName(name, "")
	if err != nil {
		return ""
	}
	return n
}
