package live_test

import (
	"context"
	"net"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/miekg/dns"

	"github.com/zoneloom/zoneloom/provider/live"
	"github.com/zoneloom/zoneloom/state"
)

// zone makes example.com of lines such as "www 300 A 192.0.2.1". A line may begin
// with an attribute in brackets: "[proxied] www auto A 192.0.2.1".
func zone(t *testing.T, lines ...string) *state.Zone {
	t.Helper()
	const name state.Name = "example.com."
	var entries []state.Entry
	for i, line := range lines {
		var attrs state.Attrs
		if rest, found := strings.CutPrefix(line, "["); found {
			var key string
			key, line, _ = strings.Cut(rest, "] ")
			attrs = state.MakeAttrs(map[string]any{key: true})
		}
		f := strings.SplitN(line, " ", 4)
		owner, err := state.ParseName(f[0], name)
		if err != nil {
			t.Fatal(err)
		}
		ttl, err := state.ParseTTL(f[1])
		if err != nil {
			t.Fatal(err)
		}
		data, err := state.ParseData(state.Type(f[2]), f[3], nil)
		if err != nil {
			t.Fatal(err)
		}
		entries = append(entries, state.Entry{
			Key:    state.Key{Name: owner, Type: state.Type(f[2])},
			Record: state.Record{Data: data, TTL: ttl, Attrs: attrs, Src: state.Src(i + 1)},
		})
	}
	return state.NewZone(name, entries)
}

// server is a name server in this process.
type server struct {
	addr    netip.AddrPort
	udp     atomic.Int64 // questions over UDP
	tcp     atomic.Int64
	mu      sync.Mutex
	asked   map[string]int // "www.example.com. A"
	handler func(w dns.ResponseWriter, q *dns.Msg, tcp bool)
}

// serve starts a server that answers as handler does, over UDP and TCP.
func serve(t *testing.T, handler func(w dns.ResponseWriter, q *dns.Msg, tcp bool)) *server {
	t.Helper()
	s := &server{asked: map[string]int{}, handler: handler}
	tcp, udp := listen(t)
	s.addr = netip.MustParseAddrPort(tcp.Addr().String())
	for _, d := range []*dns.Server{{Listener: tcp, Handler: s}, {PacketConn: udp, Handler: s}} {
		started := make(chan struct{})
		d.NotifyStartedFunc = func() { close(started) }
		done := make(chan struct{})
		go func() {
			_ = d.ActivateAndServe() // which the end of the test ends
			close(done)
		}()
		<-started
		t.Cleanup(func() {
			_ = d.Shutdown()
			<-done
		})
	}
	return s
}

// listen returns listeners at one port for TCP and UDP.
func listen(t *testing.T) (net.Listener, net.PacketConn) {
	t.Helper()
	var err error
	for range 100 {
		var l net.ListenConfig
		tcp, terr := l.Listen(t.Context(), "tcp", "127.0.0.1:0")
		if terr != nil {
			t.Fatal(terr)
		}
		udp, uerr := l.ListenPacket(t.Context(), "udp", tcp.Addr().String())
		if uerr == nil {
			return tcp, udp
		}
		_, err = tcp.Close(), uerr
	}
	t.Fatal(err)
	return nil, nil
}

// ServeDNS counts and answers.
func (s *server) ServeDNS(w dns.ResponseWriter, q *dns.Msg) {
	_, tcp := w.RemoteAddr().(*net.TCPAddr)
	if tcp {
		s.tcp.Add(1)
	} else {
		s.udp.Add(1)
	}
	s.mu.Lock()
	s.asked[q.Question[0].Name+" "+dns.TypeToString[q.Question[0].Qtype]]++
	s.mu.Unlock()
	s.handler(w, q, tcp)
}

func (s *server) server() live.Server { return live.Server{Addr: s.addr} }

// count returns how often a question was asked.
func (s *server) count(question string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked[question]
}

// reply sends an authoritative answer with the given records.
func reply(w dns.ResponseWriter, q *dns.Msg, rrs ...dns.RR) {
	m := new(dns.Msg).SetReply(q)
	m.Authoritative = true
	m.Answer = rrs
	_ = w.WriteMsg(m)
}

// rr parses a record.
func rr(text string) dns.RR {
	r, err := dns.NewRR(text)
	if err != nil {
		panic(err)
	}
	return r
}

const soa = "example.com. 3600 IN SOA ns1.example.net. host.example.net. 7 2 3 4 5"

// holding returns a handler that answers for example.com with the given records,
// NXDOMAIN for other names.
func holding(records ...string) func(dns.ResponseWriter, *dns.Msg, bool) {
	var rrs []dns.RR
	for _, text := range append(records, soa) {
		rrs = append(rrs, rr(text))
	}
	return func(w dns.ResponseWriter, q *dns.Msg, tcp bool) {
		m := new(dns.Msg).SetReply(q)
		m.Authoritative, m.Rcode = true, dns.RcodeNameError
		for _, r := range rrs {
			if r.Header().Name != strings.ToLower(q.Question[0].Name) {
				continue
			}
			m.Rcode = dns.RcodeSuccess
			if r.Header().Rrtype == q.Question[0].Qtype {
				m.Answer = append(m.Answer, r)
			}
		}
		if !tcp {
			size := dns.MinMsgSize
			if opt := q.IsEdns0(); opt != nil {
				size = int(opt.UDPSize())
			}
			m.Truncate(size)
		}
		_ = w.WriteMsg(m)
	}
}

// client is one that gives up soon.
func client() *live.Client { return &live.Client{Timeout: 200 * time.Millisecond, Attempts: 2} }

// patient is one that waits for a loaded machine.
func patient() *live.Client { return &live.Client{Timeout: 30 * time.Second} }

func verify(t *testing.T, c *live.Client, want *state.Zone, servers ...live.Server) *live.Report {
	t.Helper()
	r, err := c.Verify(t.Context(), live.Target{Want: want, Servers: servers})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// mapped returns a Dial that reaches servers by the addresses that DNS has of
// them. Those that aren't mapped have no route.
func mapped(servers map[string]*server) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		s := servers[addr]
		if s == nil {
			return nil, &net.OpError{Op: "dial", Net: network, Err: errNoRoute}
		}
		var d net.Dialer
		return d.DialContext(ctx, network, s.addr.String())
	}
}

func addrPort(s string) netip.AddrPort { return netip.MustParseAddrPort(s) }
