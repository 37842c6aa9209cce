package main

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
)

// allowEndpoint is the environment variable that names further hosts to which
// secrets may go. No file can set it: a configuration in a stranger's pull
// request could otherwise have a secret sent anywhere.
const allowEndpoint = "ZONELOOM_ALLOW_ENDPOINT"

// checkEndpoint says whether credentials may be sent to endpoint, a URL from
// the configuration. A secret is what came from the environment; it goes to
// the service's own hosts, to loopback, or to a host that allowed names, and
// never unencrypted except on loopback. What stands in the file itself goes
// wherever the file says.
func checkEndpoint(endpoint string, own []string, secret bool, allowed string) error {
	u, err := url.Parse(endpoint)
	if err != nil || u.Host == "" || u.Opaque != "" || (u.Scheme != "http" && u.Scheme != "https") {
		return errors.New("the url is not one of http or https that names a host") // it may hold a password: not shown
	}
	if u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return fmt.Errorf("the url for %s must have no user, query or fragment", u.Host)
	}
	host := strings.ToLower(u.Hostname())
	if !secret || isLoopback(host) {
		return nil
	}
	if u.Scheme != "https" {
		return fmt.Errorf("a secret from the environment is sent to %s over https only, and the url says http", u.Host)
	}
	if isOwn(host, u.Port(), own) || isAllowed(host, u.Port(), allowed) {
		return nil
	}
	return fmt.Errorf("a secret from the environment would be sent to %s, which isn't the service's own host; "+
		"if you trust it, set %s=%s in the environment", u.Host, allowEndpoint, host)
}

// isLoopback reports whether host surely stays on this machine. Short and octal
// forms of addresses, which resolvers read in their own ways, don't count.
func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Zone() == "" && addr.Unmap().IsLoopback()
}

func isOwn(host, port string, own []string) bool {
	for _, o := range own {
		if host == o && (port == "" || port == "443") {
			return true
		}
	}
	return false
}

// isAllowed reports whether the list allowed names host, with any port or with
// this one.
func isAllowed(host, port, allowed string) bool {
	for entry := range strings.SplitSeq(allowed, ",") {
		entry = strings.ToLower(strings.TrimSpace(entry))
		h, p := entry, port
		if u, err := url.Parse("https://" + entry); err == nil && u.Port() != "" {
			h, p = u.Hostname(), u.Port()
		}
		if entry != "" && strings.Trim(h, "[]") == host && p == port {
			return true
		}
	}
	return false
}
