package lint

import (
	"net/netip"
	"strings"

	"github.com/zoneloom/zoneloom/state"
)

// mostChain is how many CNAMEs may lead from one to the next where the zone's
// owner says nothing.
const mostChain = 5

func cnameLoop(z *zone) {
	z.records(func(k state.Key, r state.Record) {
		if k.Type == state.DNAME {
			if target := state.Name(r.Data); target != k.Name && target.IsIn(k.Name) {
				z.report(k, r, "point it elsewhere", "the target of this DNAME lies below it, and so leads back to it without end")
			}
			return
		}
		if t := z.follow(k.Name); t.loop {
			z.report(k, r, "point one of them at a name with an address", "this CNAME leads back to %s after %d steps", t.end, t.hops)
		}
	}, state.CNAME, state.DNAME)
}

func cnameChain(z *zone) {
	most := mostChain
	if z.Lint.Chain > 0 {
		most = z.Lint.Chain
	}
	z.records(func(k state.Key, r state.Record) {
		if t := z.follow(k.Name); !t.loop && t.hops > most {
			z.report(k, r, "point it at "+string(t.end)+" directly", "%d CNAME records lead from here to %s, more than %d", t.hops, t.end, most)
		}
	}, state.CNAME)
}

func danglingCNAME(z *zone) {
	z.records(func(k state.Key, r state.Record) {
		target := state.Name(r.Data)
		if sets, found := z.look(target); found == missing || found == present && len(sets) == 0 {
			z.report(k, r, "declare it, or point at another name", "%s has no records in %s", target, z.zoneOf(target).Want.Name)
		}
	}, state.CNAME, state.ALIAS)
}

// hosts yields the records that point at a host, and the host. A dot stands for
// none (RFC 2782, RFC 7505).
func (z *zone) hosts(yield func(state.Key, state.Record, state.Name)) {
	z.records(func(k state.Key, r state.Record) {
		for _, n := range state.DataNames(k.Type, r.Data) {
			if n != "." {
				yield(k, r, n)
			}
		}
	}, state.MX, state.SRV, state.NS)
}

func targetWithoutAddress(z *zone) {
	z.hosts(func(k state.Key, r state.Record, host state.Name) {
		sets, found := z.look(host)
		switch {
		case found == missing:
			z.report(k, r, "declare its address", "%s doesn't exist in %s", host, z.zoneOf(host).Want.Name)
		case found == present && !hasAddress(sets):
			z.report(k, r, "declare its address", "%s has no address in %s", host, z.zoneOf(host).Want.Name)
		}
	})
}

func targetIsCNAME(z *zone) {
	z.hosts(func(k state.Key, r state.Record, host state.Name) {
		sets, _ := z.look(host)
		cname := find(sets, state.CNAME)
		if cname == nil {
			return
		}
		// Cloudflare answers with addresses where it proxies.
		if cname.Records[0].Attrs.Bool("proxied") {
			return
		}
		z.report(k, r, "name "+cname.Records[0].Data+" instead", "%s is a CNAME, and a target of %s must not be one", host, k.Type)
	})
}

// targetTypes are the types that hold names people mistake for something else.
var targetTypes = []state.Type{state.CNAME, state.ALIAS, state.DNAME, state.MX, state.SRV, state.NS, "PTR"}

func addressAsTarget(z *zone) {
	reverse := z.Want.Name.IsIn("in-addr.arpa.")
	z.records(func(k state.Key, r state.Record) {
		for _, n := range state.DataNames(k.Type, r.Data) {
			text := strings.TrimSuffix(string(n), ".")
			if n.IsIn(z.Want.Name) && !reverse {
				text = n.Relative(z.Want.Name)
			}
			if _, err := netip.ParseAddr(text); err == nil {
				z.report(k, r, "name the host that has the address", "the target %s is an address", n)
			}
		}
	}, targetTypes...)
}

func urlAsTarget(z *zone) {
	z.records(func(k state.Key, r state.Record) {
		for _, n := range state.DataNames(k.Type, r.Data) {
			if strings.Contains(string(n), ":") || strings.Contains(string(n), "//") {
				z.report(k, r, "name the host alone", "the target %s is a URL or has a port, and DNS knows only hosts", n)
			}
		}
	}, targetTypes...)
}
