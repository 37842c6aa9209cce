package rfc2136_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/miekg/dns"

	"github.com/zoneloom/zoneloom/provider"
	"github.com/zoneloom/zoneloom/provider/rfc2136"
	"github.com/zoneloom/zoneloom/state"
)

var secret = []byte("secret of the tests of zoneloom")

// signer signs the answers to one request as a server may: not each of them.
type signer struct {
	mac     string // of the request, then of the last answer
	pending []byte
	later   bool
}

// Generate implements dns.TsigProvider. What came unsigned stands between the
// last MAC and the message (RFC 8945 section 5.3.1).
func (s *signer) Generate(msg []byte, _ *dns.TSIG) ([]byte, error) {
	prefix := 2 + len(s.mac)/2
	whole := append(append(append([]byte(nil), msg[:prefix]...), s.pending...), msg[prefix:]...)
	h := hmac.New(sha256.New, secret)
	h.Write(whole)
	return h.Sum(nil), nil
}

func (s *signer) Verify([]byte, *dns.TSIG) error { return nil }

// frame returns m with its length before it, signed or not.
func (s *signer) frame(m *dns.Msg, sign bool, change func(*dns.TSIG)) ([]byte, error) {
	var wire []byte
	var err error
	if sign {
		m.SetTsig("zoneloom.", dns.HmacSHA256, 300, time.Now().Unix())
		if change != nil {
			change(m.IsTsig())
		}
		wire, s.mac, err = dns.TsigGenerateWithProvider(m, s, s.mac, s.later)
		s.pending, s.later = nil, true
	} else {
		wire, err = m.Pack()
		s.pending = append(s.pending, wire...)
	}
	return append(binary.BigEndian.AppendUint16(nil, uint16(len(wire))), wire...), err
}

// fake is a server whose answers a test writes: frames for each request.
func fake(t *testing.T, answer func(q *dns.Msg, s *signer) ([][]byte, error)) *rfc2136.Provider {
	t.Helper()
	var config net.ListenConfig
	l, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	t.Cleanup(func() {
		_ = l.Close()
		wg.Wait()
	})
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() {
				defer func() { _ = c.Close() }()
				for serveOne(t, c, answer) {
				}
			})
		}
	})
	return &rfc2136.Provider{
		Addr: l.Addr().String(), Settle: 1, Timeout: 10 * time.Second,
		Key: &rfc2136.Key{Name: "zoneloom.", Algorithm: dns.HmacSHA256, Secret: secret},
	}
}

// serveOne answers one request, and reports whether another may follow.
func serveOne(t *testing.T, c net.Conn, answer func(*dns.Msg, *signer) ([][]byte, error)) bool {
	t.Helper()
	var length [2]byte
	if _, err := io.ReadFull(c, length[:]); err != nil {
		return false
	}
	wire := make([]byte, binary.BigEndian.Uint16(length[:]))
	if _, err := io.ReadFull(c, wire); err != nil {
		return false
	}
	if err := dns.TsigVerify(append([]byte(nil), wire...), base64.StdEncoding.EncodeToString(secret), "", false); err != nil {
		t.Errorf("a request isn't signed well: %v", err)
		return false
	}
	q := new(dns.Msg)
	if err := q.Unpack(wire); err != nil {
		t.Errorf("a request can't be read: %v", err)
		return false
	}
	frames, err := answer(q, &signer{mac: q.IsTsig().MAC})
	if err != nil {
		t.Errorf("the fake can't answer: %v", err)
	}
	for _, f := range frames {
		if _, err := c.Write(f); err != nil {
			return false
		}
	}
	return len(frames) > 0 && len(frames[len(frames)-1]) > 0
}

// reply returns the beginning of an answer.
func reply(q *dns.Msg, rcode int, texts ...string) *dns.Msg {
	m := new(dns.Msg).SetRcode(&dns.Msg{MsgHdr: q.MsgHdr, Question: q.Question}, rcode)
	m.Authoritative = true
	for _, text := range texts {
		rr, err := dns.NewRR(text)
		if err != nil {
			panic(err)
		}
		m.Answer = append(m.Answer, rr)
	}
	return m
}

const (
	soaText = "example.org. 3600 IN SOA ns1.example.net. h.example.net. 7 7200 3600 1209600 300"
	nsText  = "example.org. 3600 IN NS ns1.example.net."
	wwwText = "www.example.org. 300 IN A 192.0.2.1"
)

// zoneAt returns the zone of a fake without a look-up of its own.
func zoneAt(t *testing.T, p *rfc2136.Provider) provider.Zone {
	t.Helper()
	return find(t, p, zoneName)
}

// isSOA reports whether q asks for the SOA, as each look-up does.
func isSOA(q *dns.Msg) bool {
	return q.Opcode == dns.OpcodeQuery && q.Question[0].Qtype == dns.TypeSOA
}

// frames signs messages as sign says.
func frames(s *signer, messages []*dns.Msg, sign func(i int) bool) ([][]byte, error) {
	var list [][]byte
	for i, m := range messages {
		f, err := s.frame(m, sign(i), nil)
		if err != nil {
			return nil, err
		}
		list = append(list, f)
	}
	return list, nil
}

func always(int) bool { return true }

// TestTransfers reads transfers that are whole, and some that are not.
func TestTransfers(t *testing.T) {
	var many [][]string
	for range 250 {
		many = append(many, []string{wwwText})
	}
	whole := append(append([][]string{{soaText, nsText}}, many...), []string{soaText})
	for name, tt := range map[string]struct {
		messages [][]string
		sign     func(int) bool
		want     string // in the error; "" is none
	}{
		"in one message":                  {[][]string{{soaText, nsText, soaText}}, always, ""},
		"a record in each message":        {[][]string{{soaText}, {nsText}, {wwwText}, {soaText}}, always, ""},
		"every hundredth is signed":       {whole, func(i int) bool { return i%100 == 0 || i == len(whole)-1 }, ""},
		"too few are signed":              {whole, func(i int) bool { return i%101 == 0 || i == len(whole)-1 }, "isn't signed"},
		"the first isn't signed":          {whole, func(i int) bool { return i > 0 }, "isn't signed"},
		"the last isn't signed":           {[][]string{{soaText, nsText}, {soaText}}, func(i int) bool { return i == 0 }, "isn't signed"},
		"the end is missing":              {[][]string{{soaText, nsText}, {wwwText}, nil}, always, "wasn't read whole"},
		"an empty message":                {[][]string{{soaText, nsText}, {}}, always, "wasn't read whole"},
		"it begins with something else":   {[][]string{{nsText, soaText}}, always, "begins with"},
		"it goes on after its end":        {[][]string{{soaText, nsText, soaText, wwwText}}, always, "goes on after"},
		"the zone changes in the middle":  {[][]string{{soaText, nsText, strings.Replace(soaText, " 7 ", " 8 ", 1)}}, always, "changed under it"},
		"a name of another zone":          {[][]string{{soaText, nsText, "www.example.com. 60 IN A 192.0.2.1", soaText}}, always, "isn't in it"},
		"a record of another class":       {[][]string{{soaText, nsText, "www.example.org. 60 CH A 192.0.2.1", soaText}}, always, "another class"},
		"octets that mean nothing for it": {[][]string{{soaText, nsText, `www.example.org. 60 IN TYPE65280 \# 2 abcd`, soaText}}, always, ""},
	} {
		t.Run(name, func(t *testing.T) {
			p := fake(t, func(q *dns.Msg, s *signer) ([][]byte, error) {
				if isSOA(q) {
					return frames(s, []*dns.Msg{reply(q, 0, soaText)}, always)
				}
				var messages []*dns.Msg
				for _, texts := range tt.messages {
					if texts == nil { // the connection ends here
						list, err := frames(s, messages, tt.sign)
						return append(list, nil), err
					}
					messages = append(messages, reply(q, 0, texts...))
				}
				return frames(s, messages, tt.sign)
			})
			snap, err := zoneAt(t, p).Read(t.Context())
			switch {
			case tt.want == "" && (err != nil || snap.Zone.Find(state.Key{Name: zoneName, Type: state.NS}) == nil):
				t.Errorf("Read = %v, %v", snap, err)
			case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("Read = %v, want an error with %q", err, tt.want)
			}
		})
	}
}

// TestAnswers has servers refuse an update in all ways.
func TestAnswers(t *testing.T) {
	for name, tt := range map[string]struct {
		rcode  int
		change func(*dns.TSIG) // of the answer's signature
		sign   bool
		want   string
		is     error
		result provider.Result
	}{
		"FORMERR":  {dns.RcodeFormatError, nil, true, "can't read the message", provider.ErrRefused, provider.NotMade},
		"NOTIMP":   {dns.RcodeNotImplemented, nil, true, "primary server", nil, provider.NotMade},
		"NOTAUTH":  {dns.RcodeNotAuth, nil, true, "isn't the primary server", nil, provider.NotMade},
		"NOTZONE":  {dns.RcodeNotZone, nil, true, "outside the zone", provider.ErrRefused, provider.NotMade},
		"REFUSED":  {dns.RcodeRefused, nil, true, "update-policy", provider.ErrRefused, provider.NotMade},
		"SERVFAIL": {dns.RcodeServerFailure, nil, true, "look into its log", provider.ErrRefused, provider.NotMade},
		"NXRRSET":  {dns.RcodeNXRrset, nil, true, "changed since the plan", provider.ErrRefused, provider.NotMade},
		"YXDOMAIN": {dns.RcodeYXDomain, nil, true, "changed since the plan", provider.ErrRefused, provider.NotMade},
		"unsigned": {dns.RcodeRefused, nil, false, "isn't signed", provider.ErrUnknown, provider.Unknown},
		// Knot's word for an update that no acl allows.
		"BADKEY":              {dns.RcodeNotAuth, func(t *dns.TSIG) { t.Error = dns.RcodeBadKey }, true, "takes it for questions", provider.ErrRefused, provider.NotMade},
		"BADKEY from then on": {dns.RcodeNotAuth, func(t *dns.TSIG) { t.Error = dns.RcodeBadKey }, true, "BADKEY", provider.ErrAuth, provider.NotMade},
		"BADSIG":              {dns.RcodeNotAuth, func(t *dns.TSIG) { t.Error = dns.RcodeBadSig }, true, "BADSIG", provider.ErrAuth, provider.NotMade},
		"BADTIME": {dns.RcodeNotAuth, func(t *dns.TSIG) {
			t.Error, t.OtherLen, t.OtherData = dns.RcodeBadTime, 6, hex.EncodeToString([]byte{0, 0, 0x5f, 0, 0, 0})
		}, true, "the server's time is 2020-07-04T04:05:20Z", provider.ErrAuth, provider.NotMade},
		"an old signature":   {0, func(t *dns.TSIG) { t.TimeSigned -= 3600 }, true, "set the clocks", provider.ErrUnknown, provider.Unknown},
		"another key":        {0, func(t *dns.TSIG) { t.Hdr.Name = "other." }, true, "wrong signature", provider.ErrUnknown, provider.Unknown},
		"accepted, not made": {0, nil, true, "accepted the update", provider.ErrRefused, provider.NotMade},
	} {
		t.Run(name, func(t *testing.T) {
			var updated atomic.Bool
			p := fake(t, func(q *dns.Msg, s *signer) ([][]byte, error) {
				switch {
				case q.Opcode == dns.OpcodeUpdate, updated.Load() && strings.HasSuffix(name, "from then on"):
					updated.Store(true)
					f, err := s.frame(reply(q, tt.rcode), tt.sign, tt.change)
					return [][]byte{f}, err
				case isSOA(q):
					return frames(s, []*dns.Msg{reply(q, 0, soaText)}, always)
				}
				return frames(s, []*dns.Msg{reply(q, 0, soaText, nsText, soaText)}, always)
			})
			z := zoneAt(t, p)
			snap := read(t, z)
			o := &outcomes{}
			err := z.Write(t.Context(), snap, changes(t, snap.Zone, zoneOf(t, "www 300 A 192.0.2.1")), o)
			if err == nil || !strings.Contains(err.Error(), tt.want) || tt.is != nil && !errors.Is(err, tt.is) {
				t.Errorf("Write = %v, want %q, %v", err, tt.want, tt.is)
			}
			if o.results[0] != tt.result {
				t.Errorf("the result is %d, want %d", o.results[0], tt.result)
			}
			if err != nil && strings.Contains(err.Error(), string(secret)) {
				t.Error("the error tells the secret")
			}
		})
	}
}

// TestWithoutIncremental writes to a server that sends whole zones only.
func TestWithoutIncremental(t *testing.T) {
	var mu sync.Mutex
	content := []string{soaText, nsText, soaText}
	p := fake(t, func(q *dns.Msg, s *signer) ([][]byte, error) {
		mu.Lock()
		defer mu.Unlock()
		switch {
		case q.Opcode == dns.OpcodeUpdate:
			newer := strings.Replace(soaText, " 7 ", " 8 ", 1)
			content = []string{newer, nsText, wwwText, newer}
			return frames(s, []*dns.Msg{reply(q, 0)}, always)
		case isSOA(q):
			return frames(s, []*dns.Msg{reply(q, 0, soaText)}, always)
		case q.Question[0].Qtype == dns.TypeIXFR:
			return frames(s, []*dns.Msg{reply(q, dns.RcodeNotImplemented)}, always)
		}
		return frames(s, []*dns.Msg{reply(q, 0, content...)}, always)
	})
	if o := write(t, zoneAt(t, p), zoneOf(t, "www 300 A 192.0.2.1")); o.results[0] != provider.Made {
		t.Errorf("the result is %v", o.results)
	}
}

// TestLookUp tells a zone that isn't there from one that has a fault.
func TestLookUp(t *testing.T) {
	for rcode, want := range map[int]string{
		dns.RcodeRefused: "absent", dns.RcodeNotAuth: "absent", dns.RcodeNameError: "absent", dns.RcodeServerFailure: "error",
	} {
		p := fake(t, func(q *dns.Msg, s *signer) ([][]byte, error) {
			return frames(s, []*dns.Msg{reply(q, rcode)}, always)
		})
		found, err := p.Zones(t.Context(), []state.Name{zoneName})
		if got := map[bool]string{true: "absent", false: "error"}[err == nil && len(found) == 0]; got != want {
			t.Errorf("%s: Zones = %v, %v; want %s", dns.RcodeToString[rcode], found, err, want)
		}
	}
	if _, err := (&rfc2136.Provider{Addr: "127.0.0.1:1"}).Zones(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "name them in zones") {
		t.Errorf("Zones(nil) without a list = %v", err)
	}
}
