package main

import (
	"strings"
	"testing"

	"github.com/zoneloom/zoneloom/provider/cloudflare"
	"github.com/zoneloom/zoneloom/provider/powerdns"
)

func TestCheckEndpoint(t *testing.T) {
	const own = "https://api.cloudflare.com/client/v4"
	tests := []struct {
		name, url string
		literal   bool // the credentials stand in the file
		allowed   string
		ok        bool
	}{
		{name: "the service's own host", url: own, ok: true},
		{name: "its case doesn't matter", url: "https://API.Cloudflare.COM/client/v4", ok: true},
		{name: "its own port spelled out", url: "https://api.cloudflare.com:443/client/v4", ok: true},
		{name: "loopback", url: "http://127.0.0.1:8080/client/v4", ok: true},
		{name: "all of 127/8", url: "http://127.1.2.3:8080", ok: true},
		{name: "loopback over IPv6", url: "http://[::1]:8080", ok: true},
		{name: "loopback mapped into IPv6", url: "http://[::ffff:127.0.0.1]:8080", ok: true},
		{name: "loopback over IPv6 written out", url: "http://[0:0:0:0:0:0:0:1]:8080", ok: true},
		{name: "localhost", url: "http://LocalHost:8080", ok: true},
		{name: "an allowed host", url: "https://proxy.example.net:8443/x", allowed: "other.example, proxy.example.net", ok: true},
		{name: "an allowed host and port", url: "https://proxy.example.net:8443/x", allowed: "proxy.example.net:8443", ok: true},
		{name: "an allowed IPv6 address", url: "https://[2001:db8::1]:8443/x", allowed: "[2001:db8::1]:8443", ok: true},
		{name: "any host for what stands in the file", url: "http://sandbox:8080", literal: true, ok: true},

		{name: "plain http to the own host", url: "http://api.cloudflare.com/client/v4"},
		{name: "another port of the own host", url: "https://api.cloudflare.com:8443/client/v4"},
		{name: "a trailing dot", url: "https://api.cloudflare.com./client/v4"},
		{name: "another host", url: "https://evil.com"},
		{name: "a host that begins like the own", url: "https://api.cloudflare.com.evil.com"},
		{name: "a host that ends like the own", url: "https://evilapi.cloudflare.com"},
		{name: "a host that begins like loopback", url: "https://127.0.0.1.evil.com"},
		{name: "a host below localhost", url: "https://localhost.evil.com"},
		{name: "the own host as user", url: "https://api.cloudflare.com@evil.com"},
		{name: "the own host as user and password", url: "https://api.cloudflare.com:443@evil.com/"},
		{name: "a user at loopback", url: "http://user:password@127.0.0.1:8080"},
		{name: "a backslash", url: `https://evil.com\@api.cloudflare.com`},
		{name: "the own host in the fragment", url: "https://evil.com#@api.cloudflare.com"},
		{name: "the own host in the query", url: "https://evil.com?@api.cloudflare.com"},
		{name: "an escaped dot", url: "https://127.0.0.1%2eevil.com"},
		{name: "a short form of loopback", url: "http://127.1:8080"},
		{name: "a number for loopback", url: "http://2130706433:8080"},
		{name: "an octal form of loopback", url: "http://0177.0.0.1:8080"},
		{name: "the unspecified address", url: "http://0.0.0.0:8080"},
		{name: "a hexadecimal form of loopback", url: "http://0x7f000001:8080"},
		{name: "loopback with a final dot", url: "http://localhost.:8080"},
		{name: "ideographic dots", url: "https://api。cloudflare。com"},
		{name: "a Cyrillic letter in the own host", url: "https://\u0430pi.cloudflare.com"},
		{name: "a tab", url: "https://evil.com\t.api.cloudflare.com"},
		{name: "a line break", url: "https://api.cloudflare.com\n.evil.com"},
		{name: "two users", url: "https://a@api.cloudflare.com@evil.com"},
		{name: "IPv6 that isn't loopback but maps to a private address", url: "http://[::ffff:10.0.0.1]:8080"},
		{name: "NAT64 of loopback", url: "http://[64:ff9b::7f00:1]:8080"},
		{name: "an IPv6 zone", url: "http://[::1%25eth0]:8080"},
		{name: "a private address", url: "http://10.0.0.1:8080"},
		{name: "no scheme", url: "api.cloudflare.com/client/v4"},
		{name: "another scheme", url: "ftp://api.cloudflare.com"},
		{name: "a scheme without a host", url: "https:///client/v4"},
		{name: "an opaque url", url: "https:api.cloudflare.com"},
		{name: "another port than allowed", url: "https://proxy.example.net:9", allowed: "proxy.example.net:8443"},
		{name: "a host below an allowed one", url: "https://a.proxy.example.net", allowed: "proxy.example.net"},
		{name: "an allowed host over http", url: "http://proxy.example.net", allowed: "proxy.example.net"},
		{name: "an empty list of hosts", url: "https://evil.com", allowed: ","},
		{name: "a user for what stands in the file", url: "https://a:b@evil.com", literal: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := checkEndpoint(tt.url, []string{"api.cloudflare.com"}, !tt.literal, tt.allowed)
			if (err == nil) != tt.ok {
				t.Errorf("checkEndpoint(%q) = %v, want ok %v", tt.url, err, tt.ok)
			}
		})
	}
}

// What may be a password is in no fault of a URL, whatever else is wrong with it.
func TestFaultsOfURLsHideTheUser(t *testing.T) {
	const password = "hunter2hunter2"
	for _, u := range []string{
		"https://user:" + password + "@host.example",
		"http://user:" + password + "@127.0.0.1:8080/api/v1",
		"ftp://user:" + password + "@host.example",
		"https://user:" + password + "@",
		"https://user:" + password + "@host.example:port",
		"https://user:" + password + "@[::1",
		"https://us er:" + password + "@host.example",
		"https://user:" + password + "%zz@host.example",
		"user:" + password + "@host.example",
		"https:user:" + password + "@host.example",
		"https://host.example/\x7f" + "?key=" + password,
		"ftp://host.example/?key=" + password,
		"://" + password + "@host.example",
	} {
		for what, err := range map[string]error{
			"checkEndpoint": checkEndpoint(u, nil, true, ""),
			"cloudflare":    cloudflare.Settings{Token: "token-of-the-file", URL: u}.Validate(),
			"powerdns":      powerdns.Settings{Key: "key-of-the-file", URL: u}.Validate(),
		} {
			if err == nil {
				t.Errorf("%s takes %q", what, u)
			} else if strings.Contains(err.Error(), password) {
				t.Errorf("%s shows the password: %v", what, err)
			}
		}
	}
}
