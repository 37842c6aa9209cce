package lint

import (
	"net/netip"

	"github.com/zoneloom/zoneloom/plan"
	"github.com/zoneloom/zoneloom/state"
)

// prefixes of addresses that are no public host's, and what they are.
var (
	privatePrefixes = map[string]string{
		"10.0.0.0/8": "private (RFC 1918)", "172.16.0.0/12": "private (RFC 1918)", "192.168.0.0/16": "private (RFC 1918)",
		"100.64.0.0/10": "for carriers' own networks (RFC 6598)", "169.254.0.0/16": "link-local (RFC 3927)",
		"fc00::/7": "private (RFC 4193)", "fe80::/10": "link-local (RFC 4291)",
	}
	specialPrefixes = map[string]string{
		"0.0.0.0/8": "no address", "127.0.0.0/8": "the host itself", "224.0.0.0/4": "multicast", "240.0.0.0/4": "reserved",
		"192.0.2.0/24": "for documentation (RFC 5737)", "198.51.100.0/24": "for documentation (RFC 5737)",
		"203.0.113.0/24": "for documentation (RFC 5737)", "198.18.0.0/15": "for benchmarks (RFC 2544)",
		"::/128": "no address", "::1/128": "the host itself", "ff00::/8": "multicast", "::ffff:0:0/96": "an IPv4 address in IPv6's form",
		"2001:db8::/32": "for documentation (RFC 3849)", "3fff::/20": "for documentation (RFC 9637)",
	}
)

// within yields the addresses that lie in one of prefixes, and what they are. No
// two of a table overlap.
func (z *zone) within(prefixes map[string]string, yield func(state.Key, state.Record, string)) {
	type prefix struct {
		netip.Prefix
		what string
	}
	var parsed []prefix
	for p, what := range prefixes {
		parsed = append(parsed, prefix{netip.MustParsePrefix(p), what})
	}
	z.records(func(k state.Key, r state.Record) {
		addr, err := netip.ParseAddr(r.Data)
		if err != nil || r.Attrs.Bool("proxied") || r.Attrs.Bool("private_routing") {
			return
		}
		for _, p := range parsed {
			if p.Contains(addr) {
				yield(k, r, p.what)
				return
			}
		}
	}, state.A, state.AAAA)
}

func privateAddress(z *zone) {
	z.within(privatePrefixes, func(k state.Key, r state.Record, what string) {
		z.report(k, r, "keep it in a zone that only your network sees", "the address %s is %s", r.Data, what)
	})
}

func specialAddress(z *zone) {
	z.within(specialPrefixes, func(k state.Key, r state.Record, what string) {
		if labels := k.Name.Labels(); len(labels) > 0 && labels[0] == "localhost" {
			return
		}
		z.report(k, r, "write the host's own address", "the address %s is %s", r.Data, what)
	})
}

func unequalTTLs(z *zone) {
	for _, s := range z.Want.RRsets {
		for _, r := range s.Records[1:] {
			if r.TTL != s.Records[0].TTL {
				z.report(s.Key, r, "give all of them the same", "the TTL is %s here and %s for %s: resolvers take one for the whole set", r.TTL, s.Records[0].TTL, s.Records[0].Data)
				break
			}
		}
	}
}

// longTTL is a week in seconds, the most that many resolvers keep.
const longTTL = 7 * 24 * 3600

func oddTTL(z *zone) {
	for _, s := range z.Want.RRsets {
		for _, r := range s.Records {
			if r.TTL == state.TTLAuto || s.Type == state.SOA {
				continue
			}
			if r.TTL == 0 || r.TTL > longTTL {
				hint := "a day is long enough"
				if r.TTL == 0 {
					hint = "60 is short enough"
				}
				z.report(s.Key, r, hint, "the TTL is %d seconds", uint32(r.TTL))
				break
			}
		}
	}
}

func takeoverProne(z *zone) {
	z.records(func(k state.Key, r state.Record) {
		if service := plan.Claimable(state.Name(r.Data)); service != "" {
			z.report(k, r, "make sure that it is yours, and take the record out before you give it up",
				"at %s anybody can claim %s once nobody has it", service, r.Data)
		}
	}, state.CNAME, state.ALIAS)
}
