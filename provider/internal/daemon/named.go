package daemon

import (
	"fmt"
	"strings"
	"testing"
)

// Named starts BIND 9 as the primary server of the zones, with DNS over TLS.
func Named(tb testing.TB, zones ...Zone) *Server {
	tb.Helper()
	named := Program(tb, "bind9", "named")
	tls := freeAddr(tb)
	return newServer(tb, "named", func(s *Server) []string {
		s.TLS = tls
		s.certificate()
		s.write("named.conf", namedConf(s, zones))
		for i, z := range zones {
			s.writeOnce(zoneFile(i), z.file())
		}
		return []string{s.copyFile(named, "named"), "-g", "-c", s.Path("named.conf")}
	}, serves(zones))
}

func zoneFile(i int) string { return fmt.Sprintf("zone%d", i) }

func namedConf(s *Server, zones []Zone) string {
	var b strings.Builder
	var names []string
	for _, k := range s.Keys() {
		fmt.Fprintf(&b, "key %q { algorithm %s; secret %q; };\n", k.Name, strings.TrimSuffix(k.Algorithm, "."), k.Secret)
		names = append(names, fmt.Sprintf("key %q; ", k.Name))
	}
	keys := strings.Join(names, "")
	fmt.Fprintf(&b, "tls local { cert-file %q; key-file %q; };\n", s.Path("cert.pem"), s.Path("key.pem"))
	fmt.Fprintf(&b, `options {
	directory %q;
	pid-file none;
	session-keyfile none;
	listen-on port %s { 127.0.0.1; };
	listen-on port %s tls local { 127.0.0.1; };
	listen-on-v6 { none; };
	recursion no;
	notify no;
	dnssec-validation no;
	empty-zones-enable no;
	check-names primary ignore;
	check-integrity no;
	max-records-per-type 0;
	allow-transfer { %s};
};
controls { };
`, s.Dir, port(s.Addr), port(s.TLS), keys)
	for i, z := range zones {
		signing := ""
		if z.Signed {
			signing = " dnssec-policy default;"
			if z.Inline {
				signing += " inline-signing yes;"
			}
		}
		updates := fmt.Sprintf("allow-update { %s};", keys)
		if len(z.Frozen) > 0 {
			updates = updatePolicy(s, z.Frozen)
		}
		fmt.Fprintf(&b, "zone %q { type primary; file %q; %s%s };\n", z.Name, zoneFile(i), updates, signing)
	}
	return b.String()
}

// updatePolicy lets the server's keys update all names but these.
func updatePolicy(s *Server, but []string) string {
	var b strings.Builder
	b.WriteString("update-policy { ")
	for _, k := range s.Keys() {
		for _, n := range but {
			fmt.Fprintf(&b, "deny %s name %s ANY; ", k.Name, n)
		}
		fmt.Fprintf(&b, "grant %s zonesub ANY; ", k.Name)
	}
	b.WriteString("};")
	return b.String()
}
