package rfc2136

import (
	"cmp"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/miekg/dns"

	"github.com/zoneloom/zoneloom/state"
)

// Ports of DNS over TCP and over TLS (RFC 7858).
const (
	plainPort = "53"
	tlsPort   = "853"
)

// defaultTimeout is how long a server may take to connect, or for one message.
const defaultTimeout = 30 * time.Second

// algorithms of TSIG, as configurations name them.
var algorithms = map[string]string{
	"hmac-sha1":   dns.HmacSHA1,
	"hmac-sha224": dns.HmacSHA224,
	"hmac-sha256": dns.HmacSHA256,
	"hmac-sha384": dns.HmacSHA384,
	"hmac-sha512": dns.HmacSHA512,
}

// Settings are what a configuration says of a server.
type Settings struct {
	Server    string   `yaml:"server"`    // name or address, with a port where it isn't 53 (853 with TLS)
	KeyName   string   `yaml:"key_name"`  // of the TSIG key; "": nothing is signed
	Secret    string   `yaml:"secret"`    // of the key, in base64
	Algorithm string   `yaml:"algorithm"` // hmac-sha256 if empty
	TLS       string   `yaml:"tls"`       // "none" (if empty) or "strict"
	TLSName   string   `yaml:"tls_name"`  // whom the certificate must be for; the server if empty
	CA        string   `yaml:"ca"`        // certificates in PEM that vouch for the server; the system's if empty
	Zones     []string `yaml:"zones"`     // the zones to list: a server doesn't tell which it has
	Timeout   string   `yaml:"timeout"`   // for each message, "30s" if empty
}

// Validate reports what is wrong with s, without asking the server.
func (s Settings) Validate() error {
	var errs []error
	fault := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if s.Server == "" {
		fault(`an rfc2136 provider needs server: the name or address of the primary server, such as "192.0.2.53" or "ns1.example.com:5353"`)
	} else if _, err := s.address(); err != nil {
		errs = append(errs, err)
	}
	if (s.KeyName == "") != (s.Secret == "") {
		fault("key_name and secret of an rfc2136 provider go together: write both, or neither where the server trusts addresses")
	}
	if s.KeyName != "" {
		if _, err := state.ParseName(s.KeyName, "."); err != nil {
			fault("key_name of an rfc2136 provider: %w", err)
		}
	}
	if _, ok := algorithms[s.algorithm()]; !ok {
		fault("algorithm %q of an rfc2136 provider is none of %s", s.Algorithm, strings.Join(slices.Sorted(maps.Keys(algorithms)), ", "))
	}
	errs = append(errs, s.validateTLS())
	if _, err := s.timeout(); err != nil {
		errs = append(errs, err)
	}
	if _, err := s.zones(); err != nil {
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

func (s Settings) validateTLS() error {
	switch s.TLS {
	case "", "none":
		if s.TLSName != "" || s.CA != "" {
			return errors.New("tls_name and ca of an rfc2136 provider mean nothing without tls: strict")
		}
	case "strict":
		if s.CA != "" && !x509.NewCertPool().AppendCertsFromPEM([]byte(s.CA)) {
			return errors.New(`ca of an rfc2136 provider holds no certificate: write the text that begins with "-----BEGIN CERTIFICATE-----"`)
		}
	default:
		return fmt.Errorf("tls %q of an rfc2136 provider is neither none nor strict; there is no trying: it would protect nobody", s.TLS)
	}
	return nil
}

// address returns host and port.
func (s Settings) address() (string, error) {
	port := plainPort
	if s.TLS == "strict" {
		port = tlsPort
	}
	host := s.Server
	if h, p, err := net.SplitHostPort(s.Server); err == nil {
		host, port = h, p
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	if n, err := strconv.ParseUint(port, 10, 16); !strings.Contains(s.Server, "/") && (err != nil || n == 0) {
		return "", fmt.Errorf("server %q of an rfc2136 provider has no port from 1 to 65535 after its colon", s.Server)
	}
	if net.ParseIP(host) == nil {
		if _, err := state.ParseName(host, "."); err != nil || host == "" || strings.ContainsAny(s.Server, "/@") || strings.Contains(host, ":") {
			return "", fmt.Errorf(`server %q of an rfc2136 provider is neither a host name nor an address: write "192.0.2.53", "[2001:db8::53]:5353" or "ns1.example.com"`, s.Server)
		}
	}
	return net.JoinHostPort(host, port), nil
}

func (s Settings) algorithm() string {
	return cmp.Or(strings.TrimSuffix(strings.ToLower(s.Algorithm), "."), "hmac-sha256")
}

func (s Settings) timeout() (time.Duration, error) {
	if s.Timeout == "" {
		return defaultTimeout, nil
	}
	d, err := time.ParseDuration(s.Timeout)
	if err != nil || d <= 0 || d > time.Hour {
		return 0, fmt.Errorf(`timeout %q of an rfc2136 provider is no time up to an hour, such as "30s"`, s.Timeout)
	}
	return d, nil
}

func (s Settings) zones() ([]state.Name, error) {
	var zones []state.Name
	for _, text := range s.Zones {
		name, err := state.ParseName(text, ".")
		if err != nil {
			return nil, fmt.Errorf("zones of an rfc2136 provider: %w", err)
		}
		zones = append(zones, name)
	}
	return zones, nil
}

// New returns the provider that s describes.
func (s Settings) New() (*Provider, error) {
	if err := s.Validate(); err != nil {
		return nil, err
	}
	// None of these fails where Validate found nothing.
	addr, _ := s.address()
	timeout, _ := s.timeout()
	zones, _ := s.zones()
	name, _, _ := net.SplitHostPort(addr)
	p := &Provider{Addr: addr, Timeout: timeout, ListedZones: zones}
	if s.KeyName != "" {
		secret, err := base64.StdEncoding.DecodeString(s.Secret)
		if err != nil {
			return nil, errors.New("secret of an rfc2136 provider is not base64: copy what stands after \"secret\" in the server's key")
		}
		key, err := state.ParseName(s.KeyName, ".")
		if err != nil {
			return nil, err
		}
		p.Key = &Key{Name: string(key), Algorithm: algorithms[s.algorithm()], Secret: secret}
	}
	if s.TLS == "strict" {
		p.TLS = tlsConfig(cmp.Or(s.TLSName, name), s.CA)
	}
	return p, nil
}
