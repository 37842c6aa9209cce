package live

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"

	"github.com/miekg/dns"

	"github.com/zoneloom/zoneloom/state"
)

// ErrNotDelegated is that a zone's parent doesn't know it.
var ErrNotDelegated = errors.New("the zone is not delegated")

// maxReferrals bounds how far down from the parent a delegation is followed.
const maxReferrals = 8

// Servers returns the addresses of the servers to which a zone's parent delegates
// it, by host and address. A host without an address has a Server that says so.
func (c *Client) Servers(ctx context.Context, zone state.Name) ([]Server, error) {
	servers, err := c.delegated(ctx, zone)
	if err != nil {
		return nil, fmt.Errorf("find the name servers of %s: %w", zone, err)
	}
	return servers, nil
}

func (c *Client) delegated(ctx context.Context, zone state.Name) ([]Server, error) {
	r, err := c.resolver()
	if err != nil {
		return nil, err
	}
	defer r.close()
	parent, hosts, err := r.parent(ctx, zone)
	if err != nil {
		return nil, err
	}
	from, err := r.addresses(ctx, hosts, nil)
	if err != nil {
		return nil, err
	}
	for range maxReferrals {
		m, err := c.first(ctx, from, zone)
		if err != nil {
			return nil, fmt.Errorf("ask %s for the delegation: %w", parent, err)
		}
		cut, hosts := referral(m, zone, parent)
		if cut == "" {
			return nil, fmt.Errorf("%w by %s: say with --server which servers to ask", ErrNotDelegated, parent)
		}
		next, err := r.addresses(ctx, hosts, m.Extra)
		if err != nil || cut == zone {
			return next, err
		}
		parent, from = cut, next
	}
	return nil, errors.New("the delegations lead on and on")
}

// referral returns the zone that m refers to, zone itself or one between it and
// parent, with its name servers; "" where m refers to none.
func referral(m *dns.Msg, zone, parent state.Name) (cut state.Name, hosts []state.Name) {
	sections := [][]dns.RR{m.Ns}
	if m.Authoritative {
		sections = [][]dns.RR{m.Answer} // the parent's server holds the zone as well
	}
	for _, section := range sections {
		for _, rr := range section {
			ns, ok := rr.(*dns.NS)
			if !ok {
				continue
			}
			owner := ownerOf(ns.Hdr.Name)
			if owner == parent || !zone.IsIn(owner) || !owner.IsIn(parent) || cut != "" && owner != cut {
				continue
			}
			cut = owner
			hosts = append(hosts, ownerOf(ns.Ns))
		}
	}
	return cut, hosts
}

// first returns the first answer that one of servers gives, asked for zone's NS.
func (c *Client) first(ctx context.Context, servers []Server, zone state.Name) (*dns.Msg, error) {
	err := errors.New("its servers have no address")
	for _, server := range servers {
		if !server.Addr.IsValid() {
			continue
		}
		s := c.session(server.Addr)
		m, aerr := s.ask(ctx, zone, dns.TypeNS, false)
		s.close()
		switch {
		case aerr != nil:
			err = fmt.Errorf("%s: %w", server, aerr)
		case m.Rcode != dns.RcodeSuccess && m.Rcode != dns.RcodeNameError:
			err = fmt.Errorf("%s answers %s", server, rcode(m.Rcode))
		default:
			return m, nil
		}
		if ctx.Err() != nil {
			break
		}
	}
	return nil, err
}

// resolver asks a server that answers for everybody's zones.
type resolver struct{ *session }

// resolvConf names the system's resolvers.
const resolvConf = "/etc/resolv.conf"

func (c *Client) resolver() (resolver, error) {
	addr := c.Resolver
	if addr == "" {
		conf, err := dns.ClientConfigFromFile(resolvConf)
		if err != nil || len(conf.Servers) == 0 {
			return resolver{}, fmt.Errorf("%s names no resolver: name one with --resolver, or the servers themselves with --server", resolvConf)
		}
		addr = net.JoinHostPort(conf.Servers[0], conf.Port)
	}
	at, err := netip.ParseAddrPort(addr)
	if err != nil {
		return resolver{}, fmt.Errorf("the resolver %s is not an address and a port", addr)
	}
	return resolver{c.session(at)}, nil
}

// resolve asks for records; the answer may be empty.
func (r resolver) resolve(ctx context.Context, name state.Name, typ uint16) ([]dns.RR, error) {
	m, err := r.ask(ctx, name, typ, true)
	switch {
	case err != nil:
		return nil, fmt.Errorf("the resolver %s, asked for %s %s: %w", r.addr, name, dns.TypeToString[typ], err)
	case m.Rcode != dns.RcodeSuccess && m.Rcode != dns.RcodeNameError:
		return nil, fmt.Errorf("the resolver %s, asked for %s %s, answers %s", r.addr, name, dns.TypeToString[typ], rcode(m.Rcode))
	}
	return m.Answer, nil
}

// parent returns the zone above zone, with its name servers.
func (r resolver) parent(ctx context.Context, zone state.Name) (state.Name, []state.Name, error) {
	for p := zone.Parent(); ; p = p.Parent() {
		rrs, err := r.resolve(ctx, p, dns.TypeNS)
		if err != nil {
			return "", nil, err
		}
		var hosts []state.Name
		for _, rr := range rrs {
			if ns, ok := rr.(*dns.NS); ok && ownerOf(ns.Hdr.Name) == p {
				hosts = append(hosts, ownerOf(ns.Ns))
			}
		}
		if len(hosts) > 0 {
			return p, hosts, nil
		}
		if p == "." {
			return "", nil, fmt.Errorf("the resolver %s knows no name servers, not even the root's", r.addr)
		}
	}
}

// dnsPort is where every name server listens.
const dnsPort = 53

// addresses returns the servers that hosts are, by host and address: by the glue
// that came with a referral, else by what the resolver says.
func (r resolver) addresses(ctx context.Context, hosts []state.Name, glue []dns.RR) ([]Server, error) {
	hosts = slices.Clone(hosts)
	slices.SortFunc(hosts, state.Name.Compare)
	var servers []Server
	for _, host := range slices.Compact(hosts) {
		addrs := addressesIn(glue, host)
		for _, typ := range []uint16{dns.TypeA, dns.TypeAAAA} {
			if len(addressesIn(glue, host)) > 0 {
				break
			}
			rrs, err := r.resolve(ctx, host, typ)
			if err != nil {
				return nil, err
			}
			addrs = append(addrs, addressesIn(rrs, "")...)
		}
		slices.SortFunc(addrs, netip.Addr.Compare)
		for _, a := range slices.Compact(addrs) {
			servers = append(servers, Server{host, netip.AddrPortFrom(a, dnsPort)})
		}
		if len(addrs) == 0 {
			servers = append(servers, Server{Host: host})
		}
	}
	return servers, nil
}

// addressesIn returns the addresses among rrs that belong to host; "" takes all.
func addressesIn(rrs []dns.RR, host state.Name) []netip.Addr {
	var addrs []netip.Addr
	for _, rr := range rrs {
		if host != "" && ownerOf(rr.Header().Name) != host {
			continue
		}
		var ip net.IP
		switch rr := rr.(type) {
		case *dns.A:
			ip = rr.A
		case *dns.AAAA:
			ip = rr.AAAA
		}
		if a, ok := netip.AddrFromSlice(ip); ok {
			addrs = append(addrs, a.Unmap())
		}
	}
	return addrs
}
