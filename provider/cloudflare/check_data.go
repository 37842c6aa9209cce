package cloudflare

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/zoneloom/zoneloom/state"
)

// unheld says that the service has no records of type t, and what to do.
func unheld(t state.Type) fault {
	f := fault{text: fmt.Sprintf("Cloudflare can't hold %s records", t)}
	switch {
	case t == state.SPF:
		f.hint = "write it as a TXT record: resolvers ask for nothing else since RFC 7208"
	case t == state.SOA:
		f.text = "Cloudflare makes the SOA record by itself"
		f.hint = "take it out"
	case t == state.DNAME:
		f.hint = "write a CNAME for each name below, or a wildcard CNAME"
	case t.IsOpaque():
		f.text = fmt.Sprintf("Cloudflare can't hold records of type %s by its number", t)
	}
	return f
}

// checkName judges an owner name.
func checkName(n state.Name) (fault, bool) {
	text := bare(n)
	switch {
	case len(text) > maxNamePrinted:
		return fault{text: fmt.Sprintf("the name has %d characters, Cloudflare takes %d", len(text), maxNamePrinted)}, true
	case strings.Contains(text, `\`):
		return fault{text: fmt.Sprintf("Cloudflare takes no blanks and special characters in names, as in %s", text)}, true
	case strings.Contains(strings.TrimPrefix(text, "*"), "*") || strings.HasPrefix(text, "*") && !n.IsWildcard():
		return fault{text: "Cloudflare takes * only as the whole first label of a name", hint: "write " + wildcard(text)}, true
	}
	return fault{}, false
}

// wildcard returns the name that was probably meant by one with asterisks in
// other places.
func wildcard(text string) string {
	labels := strings.Split(strings.ReplaceAll(text, "*", ""), ".")
	labels = slices.DeleteFunc(labels, func(l string) bool { return l == "" })
	return "*." + strings.Join(labels, ".")
}

// checkTTL judges a TTL. That of a proxied record is the service's.
func (c *checker) checkTTL(r *state.Record) (fault, bool) {
	if r.TTL == state.TTLAuto || r.Attrs.Bool(attrProxied) {
		return fault{}, false
	}
	least := state.TTL(enterpriseTTL)
	if c.info != nil {
		least = c.info.MinTTL
	}
	switch {
	case r.TTL == 1:
		return fault{text: "a TTL of 1 stands for automatic in Cloudflare's API only", hint: "write ttl: auto"}, true
	case r.TTL < least:
		return fault{
			text: fmt.Sprintf("the TTL %d is below %d, the least that Cloudflare takes here", r.TTL, least),
			hint: fmt.Sprintf("write %d or more, or auto", least),
		}, true
	case r.TTL < ordinaryTTL && c.info == nil:
		return fault{
			severity: state.SeverityWarning,
			text:     fmt.Sprintf("Cloudflare takes the TTL %d in Enterprise zones only; in others %d is the least", r.TTL, ordinaryTTL),
		}, true
	case r.TTL > maxTTL:
		return fault{
			text: fmt.Sprintf("the TTL %d is above %d, the most that Cloudflare takes", r.TTL, maxTTL),
			hint: fmt.Sprintf("write %d (one day) or less", maxTTL),
		}, true
	}
	return fault{}, false
}

// checkData judges canonical data of a type that the service holds.
func checkData(k state.Key, data string) (fault, bool) {
	switch k.Type {
	case state.TXT:
		return checkTXT(data)
	case state.CNAME:
		if state.Name(data) == k.Name {
			return fault{text: "this CNAME points to itself", hint: "give it another target, or take it out"}, true
		}
	}
	if !strings.Contains(data, `\`) {
		return fault{}, false
	}
	switch k.Type {
	case state.CNAME, state.NS, "PTR", state.MX, state.SRV:
		return fault{text: fmt.Sprintf("Cloudflare takes no blanks and special characters in a target, as in %s", data)}, true
	}
	// Text is sent unescaped, in JSON.
	if slices.ContainsFunc(state.SplitData(k.Type, data), func(s string) bool { return !utf8.ValidString(s) }) {
		return fault{text: fmt.Sprintf("this %s record holds octets that aren't UTF-8, which Cloudflare's API can't carry", k.Type)}, true
	}
	return fault{}, false
}

func checkTXT(data string) (fault, bool) {
	text := strings.Join(state.TXTStrings(data), "")
	wire := 0
	for rest := text; rest != ""; rest = rest[chunkLen(rest):] {
		wire += 1 + chunkLen(rest) // a length octet before each string
	}
	switch {
	case text == "":
		return fault{text: "Cloudflare takes no empty TXT record", hint: "take it out"}, true
	case strings.ContainsAny(text, "\r\n"):
		return fault{text: "Cloudflare takes no line breaks in a TXT record", hint: "join the lines; in YAML, >- folds them into one"}, true
	case wire > maxWire:
		return fault{text: fmt.Sprintf("this TXT record takes %d octets on the wire, Cloudflare takes %d", wire, maxWire)}, true
	}
	return fault{}, false
}

// contentSize judges the length of all records of a set together.
func (c *checker) contentSize(s *state.RRset) {
	total := 0
	for i := range s.Records {
		total += len(s.Records[i].Data)
	}
	if total <= maxSetContent*3/4 { // even if each needs more escapes at the API
		return
	}
	total = 0
	for i := range s.Records {
		total += contentLen(s.Key, s.Records[i])
	}
	if total > maxSetContent {
		c.onSet(s, fault{
			text: fmt.Sprintf("the %s records of this name have %d characters together, Cloudflare takes %d", s.Type, total, maxSetContent),
			hint: "spread them over several names, or shorten them",
		})
	}
}

// contentLen returns the length of a record's content at the API.
func contentLen(k state.Key, r state.Record) int {
	b, err := newBody(k, r)
	if err != nil || b.Content == "" {
		return len(r.Data) // of the types with data the service renders the content
	}
	return len(b.Content)
}

// coexist judges the RRsets at one name together.
func (c *checker) coexist(sets []state.RRset) {
	var cname, ns, ds, address *state.RRset
	for i := range sets {
		s := &sets[i]
		switch s.Type {
		case state.CNAME:
			cname = s
		case state.NS:
			ns = s
		case state.DS:
			ds = s
		case state.A, state.AAAA:
			address = s
		}
	}
	c.mixed(sets)
	if cname != nil {
		c.oneCNAME(cname, address)
	}
	switch {
	case ns != nil:
		c.delegation(ns, sets)
	case ds != nil && ds.Name == c.zone:
		c.onSet(ds, fault{
			severity: state.SeverityWarning,
			text:     "a DS record at a zone's own name has no effect: it belongs to the parent zone, at the registrar",
		})
	case ds != nil:
		c.onSet(ds, fault{text: "Cloudflare takes a DS record only beside NS records at the same name", hint: "declare the delegation's NS records too"})
	}
}

func (c *checker) oneCNAME(cname, address *state.RRset) {
	for _, r := range cname.Records[1:] {
		c.problem(cname.Key, r, fault{text: "a name can have one CNAME (or ALIAS) only", hint: "keep one of them"})
	}
	if address != nil {
		c.onSet(cname, fault{
			text: fmt.Sprintf("Cloudflare takes no CNAME (or ALIAS) beside %s records at the same name", address.Type),
			hint: "keep the one or the other",
		})
	}
}

func (c *checker) delegation(ns *state.RRset, sets []state.RRset) {
	if ns.Name == c.zone {
		if c.info != nil {
			c.onSet(ns, fault{
				severity: state.SeverityNotice,
				text:     "other name servers at the zone's own name count only where multi-provider DNS is switched on for the zone",
			})
		}
		return
	}
	if len(ns.Records) > maxNameServers {
		c.onSet(ns, fault{text: fmt.Sprintf("this delegation has %d NS records, Cloudflare takes %d", len(ns.Records), maxNameServers)})
	}
	for i := range sets {
		if t := sets[i].Type; t != state.NS && t != state.DS {
			c.onSet(&sets[i], fault{
				text: fmt.Sprintf("Cloudflare takes no %s records at a name that NS records delegate", t),
				hint: "declare them in the delegated zone, or take the NS records out",
			})
		}
	}
}

// mixed warns of a name that is half proxied: the service proxies all of it.
func (c *checker) mixed(sets []state.RRset) {
	var on, off *state.Record
	var key state.Key
	for i := range sets {
		for j := range sets[i].Records {
			r := &sets[i].Records[j]
			switch {
			case !canProxy(sets[i].Type) || !r.Attrs.Has(attrProxied):
			case r.Attrs.Bool(attrProxied):
				on = r
			default:
				off, key = r, sets[i].Key
			}
		}
	}
	if on != nil && off != nil {
		c.problem(key, *off, fault{
			severity: state.SeverityWarning,
			text:     "another address of this name is proxied, so Cloudflare proxies this one too",
			hint:     "write the same proxied for all addresses of a name",
		})
	}
}

// checkProxied judges whether the record may be proxied where it says so.
func checkProxied(k state.Key, r *state.Record) (fault, bool) {
	if !r.Attrs.Bool(attrProxied) {
		return fault{}, false
	}
	if !canProxy(k.Type) {
		return fault{text: fmt.Sprintf("Cloudflare can't proxy %s records", k.Type), hint: "take proxied out; it is for A, AAAA and CNAME"}, true
	}
	addr, err := netip.ParseAddr(r.Data)
	if err != nil || r.Attrs.Bool(attrPrivateRouting) {
		return fault{}, false
	}
	addr = addr.Unmap()
	if addr.IsPrivate() || addr.IsLoopback() || addr.IsLinkLocalUnicast() {
		return fault{
			text: fmt.Sprintf("Cloudflare can't proxy the private address %s", r.Data),
			hint: "write proxied: false; or private_routing: true where the account has private routing",
		}, true
	}
	return fault{}, false
}
