package main

import (
	"context"
	"net"
	"strings"
	"sync"

	"github.com/miekg/dns"
	"github.com/rogpeppe/go-internal/testscript"
)

// nameServers are the name servers of a script, by name.
type nameServers struct {
	mu      sync.Mutex
	records map[string][]dns.RR
}

type nameServersKey struct{}

// dns NAME FILE starts a name server with the zone of a master file, whose
// address is in $NAME from then on; or gives it another zone where it runs.
func scriptDNS(ts *testscript.TestScript, _ bool, args []string) {
	all := ts.Value(nameServersKey{}).(*nameServers)
	var rrs []dns.RR
	z := dns.NewZoneParser(strings.NewReader(ts.ReadFile(args[1])), "", args[1])
	for rr, ok := z.Next(); ok; rr, ok = z.Next() {
		rrs = append(rrs, rr)
	}
	ts.Check(z.Err())
	all.mu.Lock()
	_, runs := all.records[args[0]]
	all.records[args[0]] = rrs
	all.mu.Unlock()
	if runs {
		return
	}
	var l net.ListenConfig
	conn, err := l.ListenPacket(context.Background(), "udp", "127.0.0.1:0")
	ts.Check(err)
	s := &dns.Server{PacketConn: conn, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		all.mu.Lock()
		defer all.mu.Unlock()
		_ = w.WriteMsg(answer(all.records[args[0]], q))
	})}
	done := make(chan struct{})
	go func() {
		_ = s.ActivateAndServe() // which the end of the script ends
		close(done)
	}()
	ts.Defer(func() {
		_ = conn.Close()
		<-done
	})
	ts.Setenv(args[0], conn.LocalAddr().String())
}

// answer answers q from the records of one zone.
func answer(rrs []dns.RR, q *dns.Msg) *dns.Msg {
	m := new(dns.Msg).SetReply(q)
	m.Authoritative, m.Rcode = true, dns.RcodeNameError
	for _, rr := range rrs {
		if rr.Header().Name == q.Question[0].Name {
			m.Rcode = dns.RcodeSuccess
			if rr.Header().Rrtype == q.Question[0].Qtype {
				m.Answer = append(m.Answer, rr)
			}
		}
	}
	return m
}
