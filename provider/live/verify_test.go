package live_test

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/miekg/dns"

	"github.com/zoneloom/zoneloom/provider/live"
	"github.com/zoneloom/zoneloom/state"
)

const errNoRoute = syscall.ENETUNREACH

// Each answer is judged by what the zone wants.
func TestVerifyJudges(t *testing.T) {
	tests := []struct {
		name string
		want string // one line, or several with | between them
		live string // likewise; each with its owner relative to the zone
		kind live.Kind
		text string
	}{
		{"the same", "www 300 A 192.0.2.1", "www 300 A 192.0.2.1", "", ""},
		{"the same in another order", "www 300 A 192.0.2.1|www 300 A 192.0.2.2", "www 300 A 192.0.2.2|www 300 A 192.0.2.1", "", ""},
		{"a value is missing", "www 300 A 192.0.2.1|www 300 A 192.0.2.2", "www 300 A 192.0.2.1", live.Values, "lacks 192.0.2.2"},
		{"a value too many", "www 300 A 192.0.2.1", "www 300 A 192.0.2.1|www 300 A 192.0.2.9", live.Values, "has 192.0.2.9 too many"},
		{"another value and TTL", "www 300 A 192.0.2.1", "www 60 A 192.0.2.9", live.Values, "lacks 192.0.2.1; has 192.0.2.9 too many; ttl 60, not 300"},
		{"another TTL", "www 300 A 192.0.2.1", "www 60 A 192.0.2.1", live.TTL, "ttl 60, not 300"},
		{"an automatic TTL is never compared", "www auto A 192.0.2.1", "www 60 A 192.0.2.1", "", ""},
		{"nor are TTLs that differ within a set", "www 300 A 192.0.2.1|www 60 A 192.0.2.2", "www 60 A 192.0.2.1|www 60 A 192.0.2.2", "", ""},
		{"no such name", "www 300 A 192.0.2.1", "", live.NXDomain, "NXDOMAIN"},
		{"another type only", "www 300 A 192.0.2.1", "www 300 TXT \"x\"", live.NoData, "the server has no A there"},
		{"a text in pieces", `www 300 TXT "ab"`, `www 300 TXT "a" "b"`, "", ""},
		{"pieces that are meant", `www 300 TXT "a" "b"`, `www 300 TXT "ab"`, live.Values, `lacks "a" "b"; has "ab" too many`},
		{"a text twice, in two ways", `www 300 TXT "ab"`, `www 300 TXT "a" "b"|www 300 TXT "ab"`, live.Values, `has "a" "b" too many`},
		{"the serial of an SOA", "@ 3600 SOA ns1.example.net. host.example.net. 1 2 3 4 5", "", "", ""},
		{"a timer of an SOA", "@ 3600 SOA ns1.example.net. host.example.net. 1 2 3 4 6", "", live.Values, "lacks ns1.example.net. host.example.net. 1 2 3 4 6"},
		{"names in any case", "www 300 MX 10 mail.example.net.", "WWW 300 MX 10 MAIL.example.net.", "", ""},
		{"a type known by its number", `www 300 TYPE65400 \# 2 0aff`, `www 300 TYPE65400 \# 2 0aff`, "", ""},
		{"a wildcard answers for another name", "* 300 A 192.0.2.1", "zoneloom-verify 300 A 192.0.2.1", "", ""},
		{"a wildcard that doesn't answer", "*.x 300 A 192.0.2.1", "x 300 A 192.0.2.1", live.NXDomain, "NXDOMAIN"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			want := zone(t, strings.Split(tt.want, "|")...)
			r := verify(t, patient(), want, serve(t, holding(records(tt.live)...)).server())
			s := r.Servers[0]
			if s.Fault != nil || s.Serial != 7 || r.Asked != 1 || len(r.LeftOut) != 0 {
				t.Errorf("the report is %+v", r)
			}
			if r.Agrees() != (tt.kind == "") || tt.kind == "" && s.Agreed != 1 {
				t.Fatalf("Agrees() = %t, with %d sets as wanted and %+v", r.Agrees(), s.Agreed, s.Differs)
			}
			if tt.kind == "" {
				return
			}
			d := s.Differs[0]
			if d.Kind != tt.kind || !strings.HasPrefix(d.Text, tt.text) || d.Key != want.RRsets[0].Key || d.Src == 0 {
				t.Errorf("got %+v, want kind %s and text %q", d, tt.kind, tt.text)
			}
		})
	}
}

// records writes lines such as "www 300 A 192.0.2.1" as master files have them.
func records(lines string) []string {
	var all []string
	for line := range strings.SplitSeq(lines, "|") {
		if f := strings.SplitN(line, " ", 4); len(f) == 4 {
			all = append(all, fmt.Sprintf("%s.example.com. %s IN %s %s", f[0], f[1], f[2], f[3]))
		}
	}
	for i := range all {
		owner, rest, _ := strings.Cut(all[i], " ")
		all[i] = strings.ToLower(owner) + " " + rest
	}
	return all
}

// What no server answers with as it is isn't asked for.
func TestLeftOut(t *testing.T) {
	want := zone(t,
		"@ 300 CNAME x.example.net.",
		"[proxied] a auto A 192.0.2.1", "a auto A 192.0.2.2",
		"[disabled] b 300 A 192.0.2.1",
		"[disabled] c 300 A 192.0.2.1", "c 300 A 192.0.2.2",
		"d 300 DNAME example.net.", "x.d 300 A 192.0.2.1",
		"[settings.flatten_cname] e 300 CNAME x.example.net.",
		"f 300 ALIAS x.example.net.",
		"g 300 LUA A \"ifportup(443, {'192.0.2.1'})\"",
		"s 300 NS ns.s.example.com.", "s 300 DS 1 8 2 "+strings.Repeat("ab", 32), "s 300 TXT \"x\"",
		"ns.s 300 A 192.0.2.1",
		"*.w 300 NS ns.example.net.",
	)
	s := serve(t, holding("c.example.com. 300 IN A 192.0.2.2", "d.example.com. 300 IN DNAME example.net.",
		"s.example.com. 300 IN DS 1 8 2 "+strings.Repeat("ab", 32)))
	r := verify(t, patient(), want, s.server())
	got := map[string]string{}
	for _, l := range r.LeftOut {
		got[l.Key.String()] = l.Why
	}
	wantOut := map[string]string{
		"example.com. CNAME":   "a CNAME at the apex is flattened",
		"a.example.com. A":     "the service answers for proxied records with addresses of its own",
		"b.example.com. A":     "it is disabled",
		"x.d.example.com. A":   "it lies below the DNAME d.example.com.",
		"e.example.com. CNAME": "the CNAME is flattened",
		"f.example.com. ALIAS": "servers answer with what ALIAS leads to",
		"g.example.com. LUA":   "servers answer with what LUA leads to",
		"s.example.com. TXT":   "it lies in the delegated zone s.example.com.",
		"ns.s.example.com. A":  "it lies in the delegated zone s.example.com.",
		"*.w.example.com. NS":  "a wildcard doesn't delegate",
	}
	if diff := cmp.Diff(wantOut, got); diff != "" {
		t.Errorf("left out (-want +got):\n%s", diff)
	}
	// The delegation itself is answered from the delegated zone by this server.
	if sr := r.Servers[0]; len(sr.LeftOut) != 0 || sr.Agreed != 3 || len(sr.Differs) != 1 || sr.Differs[0].Kind != live.NoData {
		t.Errorf("the server's report is %+v", sr)
	}
}

func TestADelegationIsReferredTo(t *testing.T) {
	want := zone(t, "s 300 NS ns1.s.example.com.", "s 300 NS ns2.s.example.com.")
	for _, tt := range []struct {
		name    string
		records []string
		aa      bool
		differs []string
		leftOut int
	}{
		{"as wanted", []string{"s.example.com. 300 IN NS ns2.s.example.com.", "s.example.com. 300 IN NS ns1.s.example.com."}, false, nil, 0},
		{"one is missing", []string{"s.example.com. 300 IN NS ns2.s.example.com."}, false, []string{"lacks ns1.s.example.com."}, 0},
		{"the server has both zones", []string{"s.example.com. 60 IN NS ns9.s.example.com."}, true, nil, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := serve(t, func(w dns.ResponseWriter, q *dns.Msg, _ bool) {
				m := new(dns.Msg).SetReply(q)
				switch {
				case q.Question[0].Qtype == dns.TypeSOA:
					m.Authoritative, m.Answer = true, []dns.RR{rr(soa)}
				case tt.aa:
					m.Authoritative, m.Answer = true, parsed(tt.records)
				default:
					m.Ns = parsed(tt.records)
				}
				_ = w.WriteMsg(m)
			})
			r := verify(t, patient(), want, s.server())
			var differs []string
			for _, d := range r.Servers[0].Differs {
				differs = append(differs, d.Text)
			}
			if diff := cmp.Diff(tt.differs, differs); diff != "" || len(r.Servers[0].LeftOut) != tt.leftOut {
				t.Errorf("differences (-want +got):\n%s\n%+v", diff, r.Servers[0])
			}
		})
	}
}

func parsed(texts []string) []dns.RR {
	var rrs []dns.RR
	for _, text := range texts {
		rrs = append(rrs, rr(text))
	}
	return rrs
}

// Servers fail in many ways; each is told from the others.
func TestFailures(t *testing.T) {
	good := holding("www.example.com. 300 IN A 192.0.2.1")
	isSOA := func(q *dns.Msg) bool { return q.Question[0].Qtype == dns.TypeSOA }
	coded := func(code int) func(dns.ResponseWriter, *dns.Msg, bool) {
		return func(w dns.ResponseWriter, q *dns.Msg, tcp bool) {
			if isSOA(q) {
				good(w, q, tcp)
				return
			}
			_ = w.WriteMsg(new(dns.Msg).SetRcode(q, code))
		}
	}
	tests := []struct {
		name    string
		handler func(dns.ResponseWriter, *dns.Msg, bool)
		fault   live.Kind // of the server
		kind    live.Kind // of the one difference
		text    string
	}{
		{"SERVFAIL", coded(dns.RcodeServerFailure), "", live.Failed, "the server answers SERVFAIL"},
		{"REFUSED", coded(dns.RcodeRefused), "", live.Failed, "the server answers REFUSED"},
		{"the zone is refused", func(w dns.ResponseWriter, q *dns.Msg, _ bool) {
			_ = w.WriteMsg(new(dns.Msg).SetRcode(q, dns.RcodeRefused))
		}, live.Failed, "", "it answers REFUSED for the zone's SOA"},
		{"a resolver", func(w dns.ResponseWriter, q *dns.Msg, _ bool) {
			m := new(dns.Msg).SetReply(q)
			m.RecursionAvailable, m.Answer = true, []dns.RR{rr(soa)}
			_ = w.WriteMsg(m)
		}, live.NotAuthoritative, "", "it is not authoritative for the zone"},
		{"an answer that isn't authoritative", func(w dns.ResponseWriter, q *dns.Msg, tcp bool) {
			if isSOA(q) {
				good(w, q, tcp)
				return
			}
			m := new(dns.Msg).SetReply(q)
			m.Answer = []dns.RR{rr("www.example.com. 300 IN A 192.0.2.1")}
			_ = w.WriteMsg(m)
		}, "", live.NotAuthoritative, "the answer isn't authoritative"},
		{"silence", func(dns.ResponseWriter, *dns.Msg, bool) {}, live.NoAnswer, "", "no answer in time"},
		{"silence about one name", func(w dns.ResponseWriter, q *dns.Msg, tcp bool) {
			if isSOA(q) {
				good(w, q, tcp)
			}
		}, "", live.NoAnswer, "no answer in time"},
		{"the answer to another question", func(w dns.ResponseWriter, q *dns.Msg, tcp bool) {
			if isSOA(q) {
				good(w, q, tcp)
				return
			}
			m := new(dns.Msg).SetReply(q)
			m.Question[0].Name = "other.example.com."
			_ = w.WriteMsg(m)
		}, "", live.NoAnswer, "it answers another question than it was asked"},
		{"garbage", func(w dns.ResponseWriter, q *dns.Msg, tcp bool) {
			if isSOA(q) {
				good(w, q, tcp)
				return
			}
			_, _ = w.Write([]byte{byte(q.Id >> 8), byte(q.Id), 0xff})
		}, "", live.NoAnswer, ""},
		{"cut off even over TCP", func(w dns.ResponseWriter, q *dns.Msg, tcp bool) {
			if isSOA(q) {
				good(w, q, tcp)
				return
			}
			m := new(dns.Msg).SetReply(q)
			m.Authoritative, m.Truncated = true, true
			_ = w.WriteMsg(m)
		}, "", live.NoAnswer, "the answer is cut off even over TCP"},
		{"a CNAME instead", func(w dns.ResponseWriter, q *dns.Msg, tcp bool) {
			if isSOA(q) {
				good(w, q, tcp)
				return
			}
			reply(w, q, rr("www.example.com. 300 IN CNAME x.example.com."), rr("x.example.com. 300 IN A 192.0.2.1"))
		}, "", live.Redirected, "there is a CNAME to x.example.com. instead"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := verify(t, client(), zone(t, "www 300 A 192.0.2.1"), serve(t, tt.handler).server())
			s := r.Servers[0]
			if r.Agrees() {
				t.Error("it agrees")
			}
			switch {
			case tt.fault != "":
				if s.Fault == nil || s.Fault.Kind != tt.fault || s.Fault.Text != tt.text || s.Fault.NoRoute {
					t.Errorf("fault %+v, want %s %q", s.Fault, tt.fault, tt.text)
				}
			case s.Fault != nil || len(s.Differs) != 1 || s.Differs[0].Kind != tt.kind || !strings.HasPrefix(s.Differs[0].Text, tt.text):
				t.Errorf("got %+v and %+v, want %s %q", s.Fault, s.Differs, tt.kind, tt.text)
			}
		})
	}
}

func TestAnAnswerTooLargeForUDPComesOverTCP(t *testing.T) {
	var lines, answers []string
	for i := range 200 {
		lines = append(lines, fmt.Sprintf("www 300 A 192.0.2.%d", i))
		answers = append(answers, fmt.Sprintf("www.example.com. 300 IN A 192.0.2.%d", i))
	}
	s := serve(t, holding(answers...))
	if r := verify(t, patient(), zone(t, lines...), s.server()); !r.Agrees() {
		t.Errorf("differs: %+v", r.Servers[0])
	}
	if s.tcp.Load() != 1 || s.udp.Load() != 2 {
		t.Errorf("%d questions over TCP and %d over UDP, want 1 and 2", s.tcp.Load(), s.udp.Load())
	}
}

func TestAServerWithoutEDNSIsAskedWithoutIt(t *testing.T) {
	good := holding("www.example.com. 300 IN A 192.0.2.1")
	s := serve(t, func(w dns.ResponseWriter, q *dns.Msg, tcp bool) {
		if q.IsEdns0() != nil {
			_ = w.WriteMsg(new(dns.Msg).SetRcode(q, dns.RcodeFormatError))
			return
		}
		good(w, q, tcp)
	})
	if r := verify(t, patient(), zone(t, "www 300 A 192.0.2.1"), s.server()); !r.Agrees() {
		t.Errorf("differs: %+v", r.Servers[0])
	}
}

func TestALostQuestionIsAskedAgain(t *testing.T) {
	good := holding("www.example.com. 300 IN A 192.0.2.1")
	var lost atomic.Bool
	s := serve(t, func(w dns.ResponseWriter, q *dns.Msg, tcp bool) {
		if q.Question[0].Qtype != dns.TypeSOA && !lost.Swap(true) {
			return
		}
		good(w, q, tcp)
	})
	c := &live.Client{Timeout: time.Second, Attempts: 5}
	if r := verify(t, c, zone(t, "www 300 A 192.0.2.1"), s.server()); !r.Agrees() {
		t.Errorf("differs: %+v", r.Servers[0])
	}
}

// A server that falls silent isn't asked thousands of questions.
func TestASilentServerIsGivenUp(t *testing.T) {
	good := holding()
	s := serve(t, func(w dns.ResponseWriter, q *dns.Msg, tcp bool) {
		if q.Question[0].Qtype == dns.TypeSOA {
			good(w, q, tcp)
		}
	})
	var lines []string
	for i := range 500 {
		lines = append(lines, fmt.Sprintf("h%d 300 A 192.0.2.1", i))
	}
	c := &live.Client{Timeout: 50 * time.Millisecond, Attempts: 1, Parallel: 4}
	r := verify(t, c, zone(t, lines...), s.server())
	f := r.Servers[0].Fault
	if f == nil || f.Kind != live.NoAnswer || !strings.Contains(f.Text, "it stopped answering: 49") {
		t.Errorf("fault %+v", f)
	}
	if s.udp.Load() > 20 {
		t.Errorf("%d questions", s.udp.Load())
	}
}

func TestParallelIsBounded(t *testing.T) {
	var lines, answers []string
	for i := range 300 {
		lines = append(lines, fmt.Sprintf("h%d 300 A 192.0.2.1", i))
		answers = append(answers, fmt.Sprintf("h%d.example.com. 300 IN A 192.0.2.1", i))
	}
	good := holding(answers...)
	var now, most atomic.Int64
	s := serve(t, func(w dns.ResponseWriter, q *dns.Msg, tcp bool) {
		for n := now.Add(1); ; {
			if m := most.Load(); n <= m || most.CompareAndSwap(m, n) {
				break
			}
		}
		now.Add(-1) // before the answer lets the client go on
		good(w, q, tcp)
	})
	c := &live.Client{Timeout: 30 * time.Second, Parallel: 3, Rate: 1e6}
	if r := verify(t, c, zone(t, lines...), s.server()); !r.Agrees() || r.Servers[0].Agreed != 300 {
		t.Errorf("differs: %+v", r.Servers[0])
	}
	if most.Load() > 3 {
		t.Errorf("%d questions at once", most.Load())
	}
}

// A route that this machine lacks is no fault of the server; without any server
// nothing agrees.
func TestServersWithoutRoute(t *testing.T) {
	s := serve(t, holding("www.example.com. 300 IN A 192.0.2.1"))
	want := zone(t, "www 300 A 192.0.2.1")
	c := patient()
	c.Dial = mapped(map[string]*server{s.addr.String(): s})
	gone := live.Server{Host: "ns6.example.net.", Addr: addrPort("[2001:db8::1]:53")}
	r := verify(t, c, want, gone, s.server())
	if f := r.Servers[0].Fault; f == nil || !f.NoRoute || f.Kind != live.Unreachable || !r.Agrees() {
		t.Errorf("with one server: %+v, fault %+v", r, f)
	}
	if verify(t, c, want, gone).Agrees() || verify(t, c, want).Agrees() {
		t.Error("nobody was asked, and it agrees")
	}
	if r := verify(t, c, want, live.Server{Host: "ns.example.net."}, s.server()); r.Agrees() || r.Servers[0].Fault.Text != "the host has no address" {
		t.Errorf("with a host without address: %+v", r)
	}
}

// A second look asks only for what differed in the first.
func TestAgainAsksOnlyForWhatDiffered(t *testing.T) {
	var done atomic.Bool
	before := holding("a.example.com. 300 IN A 192.0.2.1", "b.example.com. 300 IN A 192.0.2.1")
	after := holding("a.example.com. 300 IN A 192.0.2.1", "b.example.com. 300 IN A 192.0.2.2")
	slow := serve(t, func(w dns.ResponseWriter, q *dns.Msg, tcp bool) {
		if done.Load() {
			after(w, q, tcp)
			return
		}
		before(w, q, tcp)
	})
	quick := serve(t, after)
	target := live.Target{
		Want:    zone(t, "a 300 A 192.0.2.1", "b 300 A 192.0.2.2"),
		Servers: []live.Server{slow.server(), quick.server()},
	}
	c := patient()
	first, err := c.Verify(t.Context(), target)
	if err != nil || first.Agrees() {
		t.Fatalf("at first: %+v, %v", first, err)
	}
	done.Store(true)
	second, err := c.Again(t.Context(), target, first)
	if err != nil || !second.Agrees() || second.Servers[0].Agreed != 2 {
		t.Errorf("at last: %+v, %v", second, err)
	}
	if a, b := slow.count("a.example.com. A"), slow.count("b.example.com. A"); a != 1 || b != 2 {
		t.Errorf("a was asked for %d times and b %d times, want 1 and 2", a, b)
	}
	if n := quick.udp.Load(); n != 3 {
		t.Errorf("%d questions to the server that agreed, want 3", n)
	}
}

func TestLooseValuesAreNoDifference(t *testing.T) {
	s := serve(t, holding("www.example.com. 300 IN TXT \"ms=1\"", "www.example.com. 300 IN TXT \"x\""))
	r, err := patient().Verify(t.Context(), live.Target{
		Want: zone(t, `www 300 TXT "x"`), Servers: []live.Server{s.server()},
		Loose: func(k state.Key, data string) bool { return k.Type == state.TXT && data == `"ms=1"` },
	})
	if err != nil || !r.Agrees() {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestVerifyEndsWithItsContext(t *testing.T) {
	s := serve(t, func(dns.ResponseWriter, *dns.Msg, bool) {})
	ctx, cancel := context.WithCancel(t.Context())
	asked := serve(t, func(dns.ResponseWriter, *dns.Msg, bool) { cancel() })
	target := live.Target{Want: zone(t, "a 300 A 192.0.2.1"), Servers: []live.Server{s.server(), asked.server()}}
	c := &live.Client{Timeout: time.Hour}
	if _, err := c.Verify(ctx, target); err == nil {
		t.Error("no error")
	}
}

func TestRead(t *testing.T) {
	s := serve(t, holding("a.example.com. 300 IN A 192.0.2.1", "a.example.com. 300 IN A 192.0.2.2", "b.example.com. 300 IN TXT \"x\""))
	like := zone(t, "@ 300 SOA a. b. 1 2 3 4 5", "a 1 A 192.0.2.9", "b 1 A 192.0.2.9", "c 1 A 192.0.2.9", "*.d 1 A 192.0.2.9", "f 1 ALIAS x.")
	got, left, err := patient().Read(t.Context(), s.server(), like)
	if err != nil {
		t.Fatal(err)
	}
	want := zone(t, "@ 3600 SOA ns1.example.net. host.example.net. 7 2 3 4 5", "a 300 A 192.0.2.1", "a 300 A 192.0.2.2")
	if diff := cmp.Diff(lines(want), lines(got)); diff != "" {
		t.Errorf("read (-want +got):\n%s", diff)
	}
	if len(left) != 1 || left[0].Type != state.ALIAS {
		t.Errorf("left out: %v", left)
	}
	bad := serve(t, func(w dns.ResponseWriter, q *dns.Msg, _ bool) {
		_ = w.WriteMsg(new(dns.Msg).SetRcode(q, dns.RcodeRefused))
	})
	if _, _, err := patient().Read(t.Context(), bad.server(), like); err == nil || !strings.Contains(err.Error(), "REFUSED") {
		t.Errorf("of a server that refuses: %v", err)
	}
}

// lines lists a zone's records.
func lines(z *state.Zone) []string {
	var all []string
	for _, set := range z.RRsets {
		for _, r := range set.Records {
			all = append(all, fmt.Sprintf("%s %s %s", set.Key, r.TTL, r.Data))
		}
	}
	return all
}
