package rfc2136

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/miekg/dns"

	"github.com/zoneloom/zoneloom/provider"
	"github.com/zoneloom/zoneloom/state"
)

// Kind is the provider's type.
const Kind = "rfc2136"

// Provider is one server with one key. Its fields must not change once in use.
type Provider struct {
	Addr        string        // host and port
	Key         *Key          // nil: nothing is signed
	TLS         *tls.Config   // nil: plain TCP
	Timeout     time.Duration // to connect and for each message; 30 s if 0
	ListedZones []state.Name  // what Zones lists
	// Settle bounds how long an accepted update may take to show in transfers,
	// as with servers that sign a copy of the zone; 5 s if 0.
	Settle time.Duration
}

var (
	_ provider.Provider      = (*Provider)(nil)
	_ provider.Checker       = (*Provider)(nil)
	_ provider.Authenticator = (*Provider)(nil)
)

// tlsConfig demands that the server has a certificate for name.
func tlsConfig(name, ca string) *tls.Config {
	c := &tls.Config{ServerName: strings.TrimSuffix(name, "."), MinVersion: tls.VersionTLS12, NextProtos: []string{"dot"}}
	if ca != "" {
		c.RootCAs = x509.NewCertPool()
		c.RootCAs.AppendCertsFromPEM([]byte(ca))
	}
	return c
}

func (p *Provider) timeout() time.Duration { return cmp.Or(p.Timeout, defaultTimeout) }

// Zones implements provider.Provider. It asks the server for the SOA of each
// zone: of those in ListedZones where want is nil.
func (p *Provider) Zones(ctx context.Context, want []state.Name) (map[state.Name]provider.Zone, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if want == nil {
		if want = p.ListedZones; len(want) == 0 {
			return nil, fmt.Errorf("the server %s can't be asked which zones it has: name them in zones of its provider", p.Addr)
		}
	}
	found := map[state.Name]provider.Zone{}
	if len(want) == 0 {
		return found, nil
	}
	c, err := p.dial(ctx)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	for _, name := range want {
		_, err := c.soa(name)
		switch {
		case errors.Is(err, provider.ErrNoZone):
		case err != nil:
			return nil, fmt.Errorf("zone %s: %w", name, err)
		default:
			found[name] = &zone{p, name}
		}
	}
	return found, nil
}

// soa asks for the SOA of a zone. The error wraps ErrNoZone where the server
// doesn't serve it.
func (c *conn) soa(name state.Name) (*dns.SOA, error) {
	q := new(dns.Msg).SetQuestion(string(name), dns.TypeSOA)
	q.RecursionDesired = false
	r, err := c.exchange(q)
	unsigned := errors.Is(err, errUnsigned)
	if err != nil && !unsigned {
		return nil, err
	}
	switch {
	case unsigned && r.Rcode != dns.RcodeRefused && r.Rcode != dns.RcodeNotAuth:
		return nil, err // Knot signs no refusal of a zone that it doesn't know
	case r.Rcode == dns.RcodeSuccess:
		for _, rr := range r.Answer {
			if soa, ok := rr.(*dns.SOA); ok && r.Authoritative && strings.EqualFold(soa.Hdr.Name, string(name)) {
				return soa, nil
			}
		}
		return nil, fmt.Errorf("%w: the server %s has no authority for it", provider.ErrNoZone, c.p.Addr)
	case r.Rcode == dns.RcodeNameError, r.Rcode == dns.RcodeRefused, r.Rcode == dns.RcodeNotAuth:
		return nil, fmt.Errorf("%w: the server %s answers %s", provider.ErrNoZone, c.p.Addr, rcodeText(r.Rcode))
	}
	return nil, c.refusal("the question for its SOA", r)
}

// zone is one zone of a server.
type zone struct {
	p    *Provider
	name state.Name
}

// Info implements provider.Zone.
func (z *zone) Info() provider.Info {
	return provider.Info{
		Name: z.name, Kind: Kind, ID: z.p.Addr + "/" + string(z.name), MaxTTL: maxTTL,
	}
}

// maxTTL is the most that a TTL can be (RFC 2181 section 8).
const maxTTL = 1<<31 - 1
