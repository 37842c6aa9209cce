package live_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/miekg/dns"

	"github.com/zoneloom/zoneloom/provider/live"
	"github.com/zoneloom/zoneloom/state"
)

// answers is what a server says: by question, the records of the answer, or of
// the other sections where they begin with "ns:" or "extra:".
type answers map[string][]string

// says returns a handler that gives these answers, NXDOMAIN where it has none.
// Answers are authoritative; referrals aren't.
func says(a answers) func(dns.ResponseWriter, *dns.Msg, bool) {
	return func(w dns.ResponseWriter, q *dns.Msg, _ bool) {
		m := new(dns.Msg).SetReply(q)
		list, found := a[q.Question[0].Name+" "+dns.TypeToString[q.Question[0].Qtype]]
		if !found {
			m.Rcode = dns.RcodeNameError
		}
		m.Authoritative = true
		for _, text := range list {
			switch section, rest, _ := strings.Cut(text, ":"); section {
			case "ns":
				m.Ns, m.Authoritative = append(m.Ns, rr(rest)), false
			case "extra":
				m.Extra = append(m.Extra, rr(rest))
			default:
				m.Answer = append(m.Answer, rr(text))
			}
		}
		_ = w.WriteMsg(m)
	}
}

// The servers of a zone are those that its parent delegates it to.
func TestServers(t *testing.T) {
	resolver := answers{
		"com. NS":                {"com. 60 IN NS a.gtld.example."},
		"a.gtld.example. A":      {"a.gtld.example. 60 IN A 192.0.2.53"},
		"a.gtld.example. AAAA":   {"a.gtld.example. 60 IN AAAA 2001:db8::53"},
		"ns1.example.net. A":     {"ns1.example.net. 60 IN A 192.0.2.1"},
		"ns1.example.net. AAAA":  {"ns1.example.net. 60 IN AAAA 2001:db8::1"},
		"ns2.example.net. A":     {"ns2.example.net. 60 IN CNAME ns1.example.net.", "ns1.example.net. 60 IN A 192.0.2.1"},
		"nowhere.example.net. A": {},
		"example.com. NS":        {"example.com. 60 IN NS ns.example.com."}, // of the child: the parent names one more
		"ns.example.com. A":      {"ns.example.com. 60 IN A 192.0.2.7"},
	}
	com := answers{
		"example.com. NS":       {"ns:example.com. 60 IN NS ns1.example.net.", "ns:example.com. 60 IN NS ns.example.com.", "extra:ns.example.com. 60 IN A 192.0.2.7"},
		"a.b.c.example.com. NS": {"ns:example.com. 60 IN NS ns.example.com.", "extra:ns.example.com. 60 IN A 192.0.2.7"},
		"cname.com. NS":         {"ns:cname.com. 60 IN NS ns2.example.net."},
		"nowhere.com. NS":       {"ns:nowhere.com. 60 IN NS nowhere.example.net.", "ns:nowhere.com. 60 IN NS ns1.example.net."},
		"both.com. NS":          {"both.com. 60 IN NS ns1.example.net."},
		"loop.com. NS":          {"ns:com. 60 IN NS a.gtld.example."},
	}
	child := answers{
		"a.b.c.example.com. NS": {"ns:a.b.c.example.com. 60 IN NS ns1.example.net."},
	}
	tests := []struct {
		name, zone string
		want       []string
		err        string
	}{
		{"glue, and addresses by the resolver", "example.com.", []string{"ns.example.com. (192.0.2.7:53)", "ns1.example.net. (192.0.2.1:53)", "ns1.example.net. ([2001:db8::1]:53)"}, ""},
		{"a zone further down, below names that are no zones", "a.b.c.example.com.", []string{"ns1.example.net. (192.0.2.1:53)", "ns1.example.net. ([2001:db8::1]:53)"}, ""},
		{"a host that is an alias", "cname.com.", []string{"ns2.example.net. (192.0.2.1:53)"}, ""},
		{"a host without an address", "nowhere.com.", []string{"nowhere.example.net.", "ns1.example.net. (192.0.2.1:53)", "ns1.example.net. ([2001:db8::1]:53)"}, ""},
		{"the parent's server has the zone as well", "both.com.", []string{"ns1.example.net. (192.0.2.1:53)", "ns1.example.net. ([2001:db8::1]:53)"}, ""},
		{"the parent doesn't know it", "absent.com.", nil, "find the name servers of absent.com.: the zone is not delegated by com."},
		{"a referral upwards", "loop.com.", nil, "the zone is not delegated by com."},
	}
	c := patient()
	c.Dial = mapped(map[string]*server{
		"192.0.2.10:53": serve(t, says(resolver)),
		"192.0.2.53:53": serve(t, says(com)),
		"192.0.2.7:53":  serve(t, says(child)),
	})
	c.Resolver = "192.0.2.10:53"
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			servers, err := c.Servers(t.Context(), state.Name(tt.zone))
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) || !errors.Is(err, live.ErrNotDelegated) {
					t.Fatalf("got %v, %v, want the error %q", servers, err, tt.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, s := range servers {
				got = append(got, s.String())
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("servers (-want +got):\n%s", diff)
			}
		})
	}
}

func TestServersFaults(t *testing.T) {
	refusing := func(w dns.ResponseWriter, q *dns.Msg, _ bool) {
		_ = w.WriteMsg(new(dns.Msg).SetRcode(q, dns.RcodeRefused))
	}
	tests := []struct {
		name     string
		resolver func(dns.ResponseWriter, *dns.Msg, bool)
		addr     string
		err      string
	}{
		{"the resolver refuses", refusing, "192.0.2.10:53", "the resolver 192.0.2.10:53, asked for com. NS, answers REFUSED"},
		{"the resolver is not an address", refusing, "resolver.example", "the resolver resolver.example is not an address and a port"},
		{"the resolver knows nothing", says(nil), "192.0.2.10:53", "knows no name servers, not even the root's"},
		{"the parent has no addresses", says(answers{"com. NS": {"com. 60 IN NS a.gtld.example."}}), "192.0.2.10:53", "ask com. for the delegation: its servers have no address"},
		{"the parent refuses", says(answers{
			"com. NS": {"com. 60 IN NS a.gtld.example."}, "a.gtld.example. A": {"a.gtld.example. 60 IN A 192.0.2.53"},
		}), "192.0.2.10:53", "a.gtld.example. (192.0.2.53:53) answers REFUSED"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := patient()
			c.Resolver = tt.addr
			c.Dial = mapped(map[string]*server{"192.0.2.10:53": serve(t, tt.resolver), "192.0.2.53:53": serve(t, refusing)})
			if _, err := c.Servers(t.Context(), "example.com."); err == nil || !strings.Contains(err.Error(), tt.err) {
				t.Errorf("got %v, want %q", err, tt.err)
			}
		})
	}
}
