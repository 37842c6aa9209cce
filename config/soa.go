package config

import (
	"fmt"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/zoneloom/zoneloom/state"
)

// soa is what a zone's SOA record should hold, for providers that let their
// users set it. The serial is the provider's.
type soa struct {
	mname, rname                    state.Name // the primary name server, and the mailbox as a name
	refresh, retry, expire, minimum state.TTL  // in seconds
	ttl                             state.TTL
	only                            []string // the providers that get it; nil: all
}

// data returns the RDATA, with a serial that means nothing.
func (s *soa) data() string {
	return fmt.Sprintf("%s %s 1 %s %s %s %s", s.mname, s.rname, s.refresh, s.retry, s.expire, s.minimum)
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

var soaKeys = []string{"mname", "rname", "refresh", "retry", "expire", "minimum", keyTTL, "only"}

// soa reads a zone's SOA, which is wanted as a record like any other.
func (b *builder) soa(s *source, n *yaml.Node) {
	v := soa{refresh: soaRefresh, retry: soaRetry, expire: soaExpire, minimum: soaMinimum, ttl: soaTTL}
	before := s.l.faults
	s.fields(n, "soa", soaKeys, func(key string, n *yaml.Node) {
		switch key {
		case "mname":
			v.mname = b.soaName(s, n, key)
		case "rname":
			v.rname = b.soaName(s, n, key)
		case keyTTL:
			v.ttl = s.seconds(n, key)
		case "refresh":
			v.refresh = s.seconds(n, key)
		case "retry":
			v.retry = s.seconds(n, key)
		case "expire":
			v.expire = s.seconds(n, key)
		case "minimum":
			v.minimum = s.seconds(n, key)
		case "only":
			v.only = s.only(n, b.zone.Providers)
		}
	})
	switch {
	case s.l.faults > before:
	case v.mname == "" || v.rname == "":
		s.errorf(n, "", "soa needs mname and rname")
	default:
		b.set(s, n, state.Key{Name: b.zone.Name, Type: state.SOA}, v.only)
		b.add(s, n, v.data(), written{ttl: &v.ttl})
	}
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

// soaLine returns a zone's SOA as it is written under soa, false where there is
// none or the key can't hold it.
func soaLine(z *state.Zone) (string, bool) {
	set := z.Find(state.Key{Name: z.Name, Type: state.SOA})
	if set == nil || len(set.Ours()) != 1 {
		return "", false
	}
	r := set.Ours()[0]
	f := strings.Fields(r.Data)
	if len(f) != 7 || f[0] == "." || f[1] == "." || strings.Contains(f[1], "@") || r.TTL == state.TTLAuto {
		return "", false
	}
	for _, seconds := range f[3:] {
		if _, err := state.ParseTTL(seconds); err != nil {
			return "", false
		}
	}
	n := &node{}
	for i, key := range []string{"mname", "rname", "", "refresh", "retry", "expire", "minimum"} {
		switch {
		case i < 2:
			n.add(key, scalar(presentation(state.CNAME, f[i])))
		case key != "":
			n.add(key, f[i])
		}
	}
	n.add(keyTTL, r.TTL.String())
	return n.flow(), true
}
