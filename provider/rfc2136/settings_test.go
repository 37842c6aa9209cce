package rfc2136_test

import (
	"encoding/base64"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/zoneloom/zoneloom/provider"
	"github.com/zoneloom/zoneloom/provider/internal/daemon"
	"github.com/zoneloom/zoneloom/provider/rfc2136"
	"github.com/zoneloom/zoneloom/state"
)

func TestSettings(t *testing.T) {
	const secret = "c2VjcmV0"
	for name, tt := range map[string]struct {
		rfc2136.Settings
		addr, want string // the address, or what is in the error
	}{
		"a name":                   {rfc2136.Settings{Server: "ns1.example.com"}, "ns1.example.com:53", ""},
		"a name with a port":       {rfc2136.Settings{Server: "ns1.example.com:5353"}, "ns1.example.com:5353", ""},
		"an address":               {rfc2136.Settings{Server: "192.0.2.53"}, "192.0.2.53:53", ""},
		"an address of version 6":  {rfc2136.Settings{Server: "2001:db8::53"}, "[2001:db8::53]:53", ""},
		"the same with a port":     {rfc2136.Settings{Server: "[2001:db8::53]:5353"}, "[2001:db8::53]:5353", ""},
		"TLS":                      {rfc2136.Settings{Server: "ns1.example.com", TLS: "strict"}, "ns1.example.com:853", ""},
		"all":                      {rfc2136.Settings{Server: "ns1", KeyName: "k", Secret: secret, Algorithm: "HMAC-SHA512.", Timeout: "5s", Zones: []string{"example.org"}}, "ns1:53", ""},
		"no server":                {rfc2136.Settings{}, "", "needs server"},
		"a URL":                    {rfc2136.Settings{Server: "https://ns1.example.com"}, "", "neither a host name nor an address"},
		"a port that is none":      {rfc2136.Settings{Server: "ns1:99999"}, "", "no port"},
		"a key without its secret": {rfc2136.Settings{Server: "ns1", KeyName: "k"}, "", "go together"},
		"a secret without its key": {rfc2136.Settings{Server: "ns1", Secret: secret}, "", "go together"},
		"an algorithm that broke":  {rfc2136.Settings{Server: "ns1", Algorithm: "hmac-md5"}, "", "is none of hmac-sha1,"},
		"a secret not in base64":   {rfc2136.Settings{Server: "ns1", KeyName: "k", Secret: "???"}, "", "base64"},
		"opportunistic TLS":        {rfc2136.Settings{Server: "ns1", TLS: "opportunistic"}, "", "neither none nor strict"},
		"a name without TLS":       {rfc2136.Settings{Server: "ns1", TLSName: "ns1"}, "", "mean nothing"},
		"a certificate that isn't": {rfc2136.Settings{Server: "ns1", TLS: "strict", CA: "ca.pem"}, "", "no certificate"},
		"a timeout of no time":     {rfc2136.Settings{Server: "ns1", Timeout: "0s"}, "", "no time"},
		"a zone that is none":      {rfc2136.Settings{Server: "ns1", Zones: []string{"a..b"}}, "", "zones of"},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := tt.New()
			if tt.want != "" {
				if err == nil || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("New = %v, want %q", err, tt.want)
				}
				if err != nil && tt.Secret != "" && strings.Contains(err.Error(), tt.Secret) {
					t.Error("the error tells the secret")
				}
				return
			}
			if err != nil || p.Addr != tt.addr {
				t.Errorf("New = %v, %v; want the address %s", p, err, tt.addr)
			}
		})
	}
}

// TestKeys uses each algorithm, and keys that are wrong.
func TestKeys(t *testing.T) {
	onEach(t, oneZone, func(t env) {
		names := []state.Name{zoneName}
		for _, k := range t.server.Keys() {
			settings := rfc2136.Settings{Server: t.server.Addr, KeyName: k.Name, Secret: k.Secret, Algorithm: k.Algorithm, Zones: []string{string(zoneName)}}
			p, err := settings.New()
			if err != nil {
				t.Fatal(err)
			}
			write(t, find(t, p, zoneName), zoneOf(t, "www 300 TXT "+k.Name))
			if found, err := p.Zones(t.Context(), nil); err != nil || found[zoneName] == nil {
				t.Errorf("Zones = %v, %v", found, err)
			}
		}
		for text, change := range map[string]func(*rfc2136.Key){
			"BADKEY": func(k *rfc2136.Key) { k.Name = "unknown." },
			"BADSIG": func(k *rfc2136.Key) { k.Secret = []byte("another") },
		} {
			p := open(t, t.server)
			change(p.Key)
			p.ListedZones = names
			if _, err := p.WhoAmI(t.Context()); !errors.Is(err, provider.ErrAuth) {
				t.Errorf("WhoAmI = %v, want %s", err, text)
			}
			if _, err := p.Zones(t.Context(), names); !errors.Is(err, provider.ErrAuth) || !strings.Contains(err.Error(), text) {
				t.Errorf("Zones = %v, want %s", err, text)
			}
		}
		p := open(t, t.server, zoneName)
		if id, err := p.WhoAmI(t.Context()); err != nil || id.Subject != t.server.Key.Name || id.Status != "accepted" {
			t.Errorf("WhoAmI = %+v, %v", id, err)
		}
		z := find(t, p, zoneName)
		p.Key = nil
		if id, err := p.WhoAmI(t.Context()); err != nil || id.Kind != "address" {
			t.Errorf("WhoAmI without a key = %+v, %v", id, err)
		}
		if _, err := z.Read(t.Context()); !errors.Is(err, provider.ErrAuth) || !strings.Contains(err.Error(), "allow-transfer") {
			t.Errorf("Read without a key = %v", err)
		}
	})
}

// TestTLS reads and writes by DNS over TLS, and not with a server that can't prove
// its name.
func TestTLS(t *testing.T) {
	s := daemon.Named(t, oneZone...)
	ca, err := os.ReadFile(s.CA)
	if err != nil {
		t.Fatal(err)
	}
	good := rfc2136.Settings{
		Server: s.TLS, KeyName: s.Key.Name, Secret: s.Key.Secret, TLS: "strict", TLSName: daemon.ServerName, CA: string(ca),
	}
	for name, change := range map[string]func(*rfc2136.Settings){
		"":                         func(*rfc2136.Settings) {},
		"not dns2.example":         func(s *rfc2136.Settings) { s.TLSName = "dns2.example" },
		"unknown authority":        func(s *rfc2136.Settings) { s.CA = "" },
		"first record does not lo": func(s2 *rfc2136.Settings) { s2.Server = s.Addr; s2.Timeout = "1s" },
	} {
		settings := good
		change(&settings)
		p, err := settings.New()
		if err != nil {
			t.Fatal(err)
		}
		if name == "" {
			write(t, find(t, p, zoneName), zoneOf(t, "www 300 A 192.0.2.1"))
			continue
		}
		if found, err := p.Zones(t.Context(), []state.Name{zoneName}); err == nil {
			t.Errorf("Zones = %v, want an error: %s", found, name)
		}
	}
}

// TestOddData writes what libraries get wrong, and has dig read it.
func TestOddData(t *testing.T) {
	long := strings.Repeat("x", 600)
	onEach(t, oneZone, func(t env) {
		want := zoneOf(t,
			"loc 300 LOC 1 2 1.001 N 3 4 59.999 W -2.00m 0.00m 10000.00m 10.00m", `uri 300 URI 10 1 "https://example.net/`+long+`"`,
			`txt 300 TXT "`+long+`"`, `nul 300 TXT "\000\255\"\\"`, `a\.b\032c 300 A 192.0.2.1`, `\042q 300 TXT "q"`,
			`new 300 TYPE65280 \# 3 0a0b0c`, `none 300 TYPE65281 \# 0`, "v4 300 AAAA ::ffff:192.0.2.1",
			`caa 300 CAA 0 issue "a\\b\"c;\009"`, `uri2 300 URI 10 1 "a\\b\"c\255"`,
		)
		z := find(t, open(t, t.server), zoneName)
		write(t, z, want)
		snap := read(t, z)
		if left := changes(t, snap.Zone, want); len(left) > 0 {
			t.Errorf("left to do is %s: %v -> %v", left[0].Key, left[0].Before, left[0].After)
		}
		records := strings.Join(dig(t, t.server, zoneName), "\n")
		for _, text := range []string{"1 2 1.001 N 3 4 59.999 W", `\# 3 0A0B0C`, "::ffff:192.0.2.1", `"\000\255\"\\"`} {
			if !strings.Contains(records, text) {
				t.Errorf("dig doesn't print %s in\n%s", text, records)
			}
		}
		write(t, z, zoneOf(t))
	})
}

// TestSecretStays holds the key's secret to be in no error or listing.
func TestSecretStays(t *testing.T) {
	secret := base64.StdEncoding.EncodeToString([]byte("never to be seen"))
	p, err := rfc2136.Settings{Server: "127.0.0.1:1", KeyName: "k", Secret: secret}.New()
	if err != nil {
		t.Fatal(err)
	}
	_, err = p.Zones(t.Context(), []state.Name{zoneName})
	if err == nil || strings.Contains(err.Error(), secret) || strings.Contains(err.Error(), "never to be seen") {
		t.Errorf("Zones = %v", err)
	}
}
