package config

import (
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/zoneloom/zoneloom/state"
)

// SOA is what a zone's SOA record should hold, for providers that let their
// users set it. The serial is the provider's.
type SOA struct {
	MName, RName                    state.Name // the primary name server, and the mailbox as a name
	Refresh, Retry, Expire, Minimum uint32     // in seconds
	TTL                             state.TTL
	Src                             state.Src
}

// The timers where the configuration leaves them out, as RFC 1912 section 2.2
// and RIPE-203 recommend for small and stable zones.
const (
	soaRefresh = 86400
	soaRetry   = 7200
	soaExpire  = 3600000
	soaMinimum = 300
	soaTTL     = 3600
)

// soa reads a zone's SOA.
func (b *builder) soa(s *source, n *yaml.Node) *SOA {
	soa := &SOA{
		Refresh: soaRefresh, Retry: soaRetry, Expire: soaExpire, Minimum: soaMinimum, TTL: soaTTL,
		Src: b.l.places.add(s.at(n), 0),
	}
	before := s.l.faults
	known := []string{"mname", "rname", "refresh", "retry", "expire", "minimum", keyTTL}
	s.fields(n, "soa", known, func(key string, v *yaml.Node) {
		switch key {
		case "mname":
			soa.MName = b.soaName(s, v, key)
		case "rname":
			soa.RName = b.soaName(s, v, key)
		case keyTTL:
			soa.TTL = s.seconds(v, key)
		case "refresh":
			soa.Refresh = uint32(s.seconds(v, key))
		case "retry":
			soa.Retry = uint32(s.seconds(v, key))
		case "expire":
			soa.Expire = uint32(s.seconds(v, key))
		case "minimum":
			soa.Minimum = uint32(s.seconds(v, key))
		}
	})
	if s.l.faults == before && (soa.MName == "" || soa.RName == "") {
		s.errorf(n, "", "soa needs mname and rname")
	}
	return soa
}

// soaName reads a name of the SOA; a mailbox may be written with its @.
func (b *builder) soaName(s *source, n *yaml.Node, what string) state.Name {
	text, ok := s.text(n, what)
	if !ok {
		return ""
	}
	if local, domain, found := strings.Cut(text, "@"); found && local != "" && what == "rname" {
		text = strings.ReplaceAll(local, ".", `\.`) + "." + strings.TrimSuffix(domain, ".") + "."
	}
	name, err := b.target(text)
	if err != nil {
		s.errorf(n, "", "%s", err)
	}
	return name
}

// seconds reads a time that can't be automatic.
func (s *source) seconds(n *yaml.Node, what string) state.TTL {
	t, ok := s.ttl(n)
	if ok && t == state.TTLAuto {
		s.errorf(n, "", "%s must be a time, not auto", what)
	}
	return t
}
