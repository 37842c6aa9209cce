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
	return nil
}
