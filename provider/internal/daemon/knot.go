package daemon

import (
	"fmt"
	"strings"
	"testing"
)

// Knot starts Knot DNS as the primary server of the zones.
func Knot(tb testing.TB, zones ...Zone) *Server {
	tb.Helper()
	knotd := Program(tb, "knot", "knotd")
	return newServer(tb, "knotd", func(s *Server) []string {
		s.write("knot.conf", knotConf(s, zones))
		for i, z := range zones {
			s.writeOnce(zoneFile(i), z.file())
		}
		return []string{knotd, "-c", s.Path("knot.conf")}
	}, serves(zones))
}

func knotConf(s *Server, zones []Zone) string {
	var b, keys strings.Builder
	var names []string
	for _, k := range s.Keys() {
		fmt.Fprintf(&keys, "  - id: %s\n    algorithm: %s\n    secret: %s\n", k.Name, strings.TrimSuffix(k.Algorithm, "."), k.Secret)
		names = append(names, k.Name)
	}
	fmt.Fprintf(&b, `server:
    rundir: %[1]q
    listen: 127.0.0.1@%[2]s
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
control:
    listen: %[3]q
log:
  - target: stderr
    any: info
database:
    storage: %[1]q
    journal-db-max-size: 200M
    kasp-db-max-size: 50M
    timer-db-max-size: 10M
key:
%[4]sacl:
  - id: all
    key: [%[5]s]
    action: [transfer, update]
%[6]stemplate:
  - id: default
    storage: %[1]q
    acl: all
    zonefile-sync: -1
    zonefile-load: whole
zone:
`, s.Dir, port(s.Addr), s.Path("sock"), keys.String(), strings.Join(names, ", "), updateTypes(zones, names))
	for i, z := range zones {
		fmt.Fprintf(&b, "  - domain: %s\n    file: %s\n", z.Name, zoneFile(i))
		if len(z.Types) > 0 {
			fmt.Fprintf(&b, "    acl: [transfer, update%d]\n", i)
		}
		if z.Signed {
			b.WriteString("    dnssec-signing: on\n")
		}
	}
	return b.String()
}

// updateTypes are the rules for zones in which only records of some types may be
// updated.
func updateTypes(zones []Zone, keys []string) string {
	var b strings.Builder
	key := strings.Join(keys, ", ")
	fmt.Fprintf(&b, "  - id: transfer\n    key: [%s]\n    action: transfer\n", key)
	for i, z := range zones {
		if len(z.Types) > 0 {
			fmt.Fprintf(&b, "  - id: update%d\n    key: [%s]\n    action: update\n    update-type: [%s]\n", i, key, strings.Join(z.Types, ", "))
		}
	}
	return b.String()
}
