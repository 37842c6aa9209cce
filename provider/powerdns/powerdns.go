// Package powerdns is the provider for PowerDNS's authoritative server, through
// version 1 of its HTTP API. It writes all changes of a zone as one PATCH, which
// the server makes as one transaction.
package powerdns

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"github.com/zoneloom/zoneloom/provider"
)

// DefaultURL is where the API of a server on the same machine is.
const DefaultURL = "http://127.0.0.1:8081"

// defaultServer is the only id that an authoritative server has for itself;
// others belong to proxies in front of several.
const defaultServer = "localhost"

// Settings are what a configuration says of a PowerDNS provider.
type Settings struct {
	URL    string `yaml:"url"`    // of the webserver, without /api/v1; DefaultURL if empty
	Key    string `yaml:"key"`    // the server's api-key
	Server string `yaml:"server"` // id of the server in the API; "localhost" if empty
	CA     string `yaml:"ca"`     // certificates in PEM to trust instead of the system's, for https
}

// Validate reports what is wrong with s, without asking the server.
func (s Settings) Validate() error {
	var errs []error
	switch {
	case s.Key == "":
		errs = append(errs, errors.New("a powerdns provider needs key: the api-key of the server's configuration"))
	case strings.ContainsFunc(s.Key, func(r rune) bool { return r < ' ' || r > '~' }):
		errs = append(errs, errors.New("key of a powerdns provider holds a character that can't stand in an HTTP header"))
	}
	if s.URL != "" {
		errs = append(errs, validateURL(s.URL))
	}
	if strings.ContainsFunc(s.Server, func(r rune) bool { return r <= ' ' || r > '~' || r == '/' }) {
		errs = append(errs, fmt.Errorf("server %q of a powerdns provider is not the id of a server: leave it out, unless a proxy serves several", s.Server))
	}
	if s.CA != "" && !x509.NewCertPool().AppendCertsFromPEM([]byte(s.CA)) {
		errs = append(errs, errors.New("ca of a powerdns provider holds no certificate: paste it whole, from -----BEGIN CERTIFICATE----- on"))
	}
	if s.CA != "" && !strings.HasPrefix(s.URL, "https://") {
		errs = append(errs, errors.New("ca of a powerdns provider has no effect unless its url begins with https://"))
	}
	return errors.Join(errs...)
}

// validateURL shows nothing of s that may be a password.
func validateURL(s string) error {
	u, err := url.Parse(s)
	switch {
	case err != nil:
		return fmt.Errorf("url of a powerdns provider is not a URL: write it as %s", DefaultURL)
	case u.Scheme != "https" && u.Scheme != "http" || u.Host == "":
		return errors.New("url of a powerdns provider must begin with http:// or https:// and name a host")
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return fmt.Errorf("url of a powerdns provider must be a plain address such as %s", DefaultURL)
	case strings.Contains(u.Path, "/api/v1"):
		return fmt.Errorf("url of a powerdns provider ends before /api/v1: write %s", s[:strings.Index(s, "/api/v1")])
	}
	return nil
}

// Provider is one PowerDNS server. Its fields but Key may stay zero. It must not
// be copied, nor its fields changed, once in use.
type Provider struct {
	BaseURL string       // DefaultURL if empty
	Key     string       // the server's api-key
	Server  string       // its id in the API; "localhost" if empty
	CA      string       // certificates in PEM to trust instead of the system's
	HTTP    *http.Client // nil is one of its own, which CA is for; redirects are refused in any case

	once   sync.Once
	client *client
}

var (
	_ provider.Provider      = (*Provider)(nil)
	_ provider.Checker       = (*Provider)(nil)
	_ provider.Creator       = (*Provider)(nil)
	_ provider.Authenticator = (*Provider)(nil)
)

// New returns the provider that s describes. h is the client to use, or nil; a
// client that logs calls keeps s.CA in force by building on s.Transport.
func (s Settings) New(h *http.Client) *Provider {
	return &Provider{BaseURL: s.URL, Key: s.Key, Server: s.Server, CA: s.CA, HTTP: h}
}

// Transport returns what carries calls: the default transport, or one that
// trusts s.CA alone.
func (s Settings) Transport() http.RoundTripper {
	t, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		return http.DefaultTransport // replaced by whoever runs us
	}
	t = t.Clone()
	t.Proxy = nil // what is asked is on this machine, or near it
	if s.CA != "" {
		pool := x509.NewCertPool()
		pool.AppendCertsFromPEM([]byte(s.CA)) // Validate has seen it
		t.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	}
	return t
}

// api returns the client, made once.
func (p *Provider) api() *client {
	p.once.Do(func() {
		c := &client{base: strings.TrimRight(p.BaseURL, "/"), key: p.Key}
		if c.base == "" {
			c.base = DefaultURL
		}
		var h http.Client
		if p.HTTP != nil {
			h = *p.HTTP
		} else {
			h.Transport = Settings{CA: p.CA}.Transport()
		}
		// A redirect would take the key along to wherever it points.
		h.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		c.http = &h
		p.client = c
	})
	return p.client
}

// path returns the path of something of the server, given in parts.
func (p *Provider) path(parts ...string) string {
	server := p.Server
	if server == "" {
		server = defaultServer
	}
	var b strings.Builder
	b.WriteString("/api/v1/servers/" + url.PathEscape(server))
	for _, part := range parts {
		b.WriteString("/" + url.PathEscape(part))
	}
	return b.String()
}
