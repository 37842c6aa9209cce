package config

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/zoneloom/zoneloom/state"
)

// owner returns the owner name that key k of a zone's records spells.
func (b *builder) owner(s *source, k *yaml.Node) (state.Name, bool) {
	zone := b.zone.Name
	name, err := state.ParseName(k.Value, zone)
	switch {
	case hasCurlyQuotes(k.Value):
		s.errorf(k, `write "@" or "www" with plain quotes, or without`, "%s has typographic quotes in it", quote(k.Value))
		return "", false
	case isAddress(k.Value, zone):
		s.errorf(k, "write what stands before the zone's name, the last number first", "%s is an address, and would become %s", quote(k.Value), name)
		return "", false
	case err != nil:
		s.errorf(k, "", "%s", err)
		return "", false
	case name == zone:
		return name, true
	case !name.IsIn(zone):
		s.errorf(k, "without its final dot it is relative to the zone", "%s lies outside of the zone %s", quote(k.Value), zone)
		return "", false
	}
	if below := relativePart(name, zone); !isAbsolute(k.Value) && below.IsIn(zone) && zone != "." {
		s.errorf(k, fmt.Sprintf("write %q, or %q if you mean that", below.Relative(zone), name),
			"%s stands inside the zone %s and would become %s", quote(k.Value), zone, name)
		return "", false
	}
	return name, true
}

// hasCurlyQuotes reports whether text has what word processors make of quotes.
// All of them begin with the same two octets.
func hasCurlyQuotes(text string) bool {
	return strings.Contains(text, "\xe2\x80") && strings.ContainsAny(text, "“”„‘’")
}

// isAddress reports whether text is an IPv4 address in place of a name in a
// reverse zone, which has its numbers the other way round.
func isAddress(text string, zone state.Name) bool {
	if zone == "in-addr.arpa." || !zone.IsIn("in-addr.arpa.") {
		return false
	}
	addr, err := netip.ParseAddr(text)
	return err == nil && addr.Is4()
}

// notAZone reports whether text is none of the names that a zone can have, and
// what to write in its place.
func notAZone(text string) (hint string, bad bool) {
	if p, err := netip.ParsePrefix(text); err == nil {
		return "name the reverse zone: " + reverseZone(p), true
	}
	if a, err := netip.ParseAddr(text); err == nil {
		return "name the reverse zone: " + reverseZone(netip.PrefixFrom(a, a.BitLen())), true
	}
	switch {
	case text == "" || text == "@":
		return "write its name, such as example.com", true
	case strings.Contains(text, "://"), hasCurlyQuotes(text):
		return "write its name alone, such as example.com", true
	}
	return "", false
}

// reverseZone returns the zone that holds the names of p's addresses, cut at
// whole labels.
func reverseZone(p netip.Prefix) string {
	var labels []string
	suffix, digits, format := "in-addr.arpa", 8, "%d"
	if p.Addr().Is6() {
		suffix, digits, format = "ip6.arpa", 4, "%x"
	}
	octets := p.Addr().AsSlice()
	for bit := 0; bit+digits <= p.Bits(); bit += digits {
		label := int(octets[bit/8]) >> (8 - digits - bit%8) & (1<<digits - 1)
		labels = append([]string{fmt.Sprintf(format, label)}, labels...)
	}
	return strings.Join(append(labels, suffix), ".")
}

// relativePart returns the labels of name above zone, as a name.
func relativePart(name, zone state.Name) state.Name {
	if zone == "." {
		return name
	}
	return name[:len(name)-len(zone)]
}

// isAbsolute reports whether text ends in a dot that no backslash escapes.
func isAbsolute(text string) bool {
	rest, found := strings.CutSuffix(text, ".")
	if !found {
		return false
	}
	return (len(rest)-len(strings.TrimRight(rest, `\`)))%2 == 0
}

// target returns the name that a text within RDATA spells. Names there are where
// zones break: mail.example.com without a dot has two honest readings, and
// tools differ in which they take.
func (b *builder) target(text string) (state.Name, error) {
	if err := notAName(text); err != nil {
		return "", err
	}
	if isAbsolute(text) {
		return state.ParseName(text, "")
	}
	zone := b.zone.Name
	name, err := state.ParseName(text, zone)
	if err != nil || name == zone {
		return name, err
	}
	if relativePart(name, zone).Parent() != "." {
		return "", fmt.Errorf("%q could be two names: write %q for that host, or %q for one in this zone", text, text+".", name)
	}
	return name, nil
}

// notAName returns an error for what people put in place of a target.
func notAName(text string) error {
	if text == "" {
		return errors.New(`the target is empty: write "@" for the zone itself`)
	}
	if scheme, rest, found := strings.Cut(text, "://"); found {
		host, _, _ := strings.Cut(rest, "/")
		return fmt.Errorf("%q is a URL, and DNS knows only hosts: leave out %s:// and what follows the host, as in %q",
			text, scheme, strings.TrimSuffix(host, ".")+".")
	}
	if addr, err := netip.ParseAddr(strings.TrimSuffix(text, ".")); err == nil {
		kind := state.A
		if addr.Is6() {
			kind = state.AAAA
		}
		return fmt.Errorf("%q is an address where a name belongs: use type %s, or name the host that has it", text, kind)
	}
	host, port, found := strings.Cut(text, ":")
	if found && host != "" && strings.Trim(port, "0123456789") == "" {
		return fmt.Errorf("%q has a port, and names have none: leave out :%s", text, port)
	}
	if host, path, found := strings.Cut(text, "/"); found && isHost(host) && !isAbsolute(text) {
		return fmt.Errorf("%q has a path, and DNS knows only hosts: leave out /%s", text, path)
	}
	return nil
}

// isHost reports whether text ends in a label that a host's name ends in: the
// last of several, and no number. A name in a reverse zone may have a / in it.
func isHost(text string) bool {
	text = strings.TrimSuffix(text, ".")
	dot := strings.LastIndexByte(text, '.')
	return dot >= 0 && strings.Trim(text[dot+1:], "0123456789") != ""
}
