package daemon

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"testing"
	"time"
)

// PowerDNSServer is a PowerDNS with a database of SQLite and its HTTP API.
type PowerDNSServer struct {
	*Server
	API    string // "http://127.0.0.1:8081", without a path
	APIKey string
	ID     string // of the server in the API
}

// pdnsSchema is where Debian keeps the schema of PowerDNS's tables.
const pdnsSchema = "/usr/share/pdns-backend-sqlite3/schema/schema.sqlite3.sql"

// PowerDNS starts a PowerDNS that has the zones, of kind Native.
func PowerDNS(tb testing.TB, zones ...Zone) *PowerDNSServer {
	tb.Helper()
	return PowerDNSWith(tb, "", zones...)
}

// PowerDNSWith is PowerDNS with further lines of configuration.
func PowerDNSWith(tb testing.TB, conf string, zones ...Zone) *PowerDNSServer {
	tb.Helper()
	pdns := Program(tb, "pdns-server", "pdns_server")
	schema, err := os.ReadFile(pdnsSchema)
	if err != nil {
		tb.Fatalf("this test needs PowerDNS's backend for SQLite: install it with apt-get install pdns-backend-sqlite3 (%v)", err)
	}
	p := &PowerDNSServer{APIKey: "key of the tests", ID: "localhost"}
	api, started := "", false
	p.Server = newServer(tb, "pdns_server", func(s *Server) []string {
		if !started { // a server that starts again is where it was
			api = freeAddr(tb)
		}
		p.API = "http://" + api
		s.write("pdns.conf", pdnsConf(s, api, p.APIKey)+conf)
		if _, err := os.Stat(s.Path("pdns.sqlite3")); err != nil {
			Run(tb, "sqlite3", string(schema), "sqlite3", s.Path("pdns.sqlite3"))
			for i, z := range zones {
				s.write(zoneFile(i), z.file())
				Run(tb, "pdns-server", "", "pdnsutil", "--config-dir="+s.Dir, "load-zone", z.Name, s.Path(zoneFile(i)))
			}
		}
		return []string{pdns, "--config-dir=" + s.Dir}
	}, func(s *Server) error {
		if err := serves(zones)(s); err != nil {
			return err
		}
		return p.answers()
	})
	started = true
	return p
}

// answers asks the API for its server.
func (p *PowerDNSServer) answers() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.API+"/api/v1/servers/"+p.ID, nil)
	if err != nil {
		return err
	}
	req.Header.Set("X-API-Key", p.APIKey)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("the API says %s", resp.Status)
	}
	return nil
}

func pdnsConf(s *Server, api, key string) string {
	return fmt.Sprintf(`launch=gsqlite3
gsqlite3-database=%s
gsqlite3-pragma-synchronous=1
local-address=127.0.0.1
local-port=%s
socket-dir=%s
daemon=no
guardian=no
api=yes
api-key=%s
webserver=yes
webserver-address=127.0.0.1
webserver-port=%s
webserver-allow-from=127.0.0.0/8
allow-axfr-ips=127.0.0.0/8
security-poll-suffix=
enable-lua-records=no
cache-ttl=0
query-cache-ttl=0
negquery-cache-ttl=0
zone-cache-refresh-interval=0
`, s.Path("pdns.sqlite3"), port(s.Addr), s.Dir, key, port(api))
}
