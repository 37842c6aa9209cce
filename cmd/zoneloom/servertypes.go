package main

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/zoneloom/zoneloom/provider"
	"github.com/zoneloom/zoneloom/provider/powerdns"
	"github.com/zoneloom/zoneloom/provider/rfc2136"
	"github.com/zoneloom/zoneloom/provider/zonefile"
)

func checkPowerDNS(_ *opener, settings any) error {
	return settings.(*powerdns.Settings).Validate()
}

func powerDNSSecrets(settings any) []string { return []string{settings.(*powerdns.Settings).Key} }

func powerDNSLines(settings any) []string {
	s := settings.(*powerdns.Settings)
	return settingsOf("powerdns", []settingLine{
		{"url", s.URL, false}, {"key", s.Key, true}, {"server", s.Server, false}, {"ca", s.CA, false},
	})
}

func openPowerDNS(o *opener, settings any, secret bool) (provider.Provider, func() error, error) {
	s := settings.(*powerdns.Settings)
	if err := s.Validate(); err != nil {
		return nil, nil, err
	}
	if s.URL != "" {
		allowed, _ := o.getenv(allowEndpoint)
		if err := checkEndpoint(s.URL, nil, secret, allowed); err != nil {
			return nil, nil, err
		}
	}
	var client *http.Client
	if o.log != nil {
		client = &http.Client{Transport: &loggingTransport{log: o.log, next: s.Transport()}}
	}
	return s.New(client), nothingToClose, nil
}

func nothingToClose() error { return nil }

func checkRFC2136(_ *opener, settings any) error {
	return settings.(*rfc2136.Settings).Validate()
}

func rfc2136Secrets(settings any) []string { return []string{settings.(*rfc2136.Settings).Secret} }

func rfc2136Lines(settings any) []string {
	s := settings.(*rfc2136.Settings)
	lines := settingsOf("rfc2136", []settingLine{
		{"server", s.Server, false},
		{"key_name", s.KeyName, false},
		{"secret", s.Secret, true},
		{"algorithm", s.Algorithm, false},
		{"tls", s.TLS, false},
		{"tls_name", s.TLSName, false},
		{"ca", s.CA, false},
		{"timeout", s.Timeout, false},
	})
	if lines != nil && len(s.Zones) > 0 {
		lines = append(lines, fmt.Sprintf("zones: [%s]", strings.Join(quoted(s.Zones), ", ")))
	}
	return lines
}

func quoted(texts []string) []string {
	all := make([]string, len(texts))
	for i, t := range texts {
		all[i] = fmt.Sprintf("%q", t)
	}
	return all
}

func openRFC2136(o *opener, settings any, secret bool) (provider.Provider, func() error, error) {
	p, err := settings.(*rfc2136.Settings).New()
	if err != nil {
		return nil, nil, err
	}
	allowed, _ := o.getenv(allowEndpoint)
	if err := checkServer(p.Addr, secret, allowed); err != nil {
		return nil, nil, err
	}
	return p, nothingToClose, nil
}

// checkServer says whether a name server, a host with a port, may be sent what is
// made with a secret from the environment.
func checkServer(addr string, secret bool, allowed string) error {
	host, port, err := net.SplitHostPort(strings.ToLower(addr))
	if err != nil {
		return err
	}
	if !secret || isLoopback(host) || isAllowed(host, port, allowed) {
		return nil
	}
	return fmt.Errorf("what is signed with a secret from the environment would be sent to %s; if you trust it, set %s=%s in the environment",
		addr, allowEndpoint, host)
}

func checkZonefile(o *opener, settings any) error {
	s := settings.(*zonefile.Settings)
	if err := s.Validate(); err != nil {
		return err
	}
	_, err := inside(o.project.dir, "folder", s.Folder)
	return err
}

func zonefileLines(settings any) []string {
	s := settings.(*zonefile.Settings)
	return settingsOf("zonefile", []settingLine{
		{"folder", s.Folder, false}, {"pattern", s.Pattern, false}, {"serial", s.Serial, false}, {"reload", s.Reload, false},
	})
}

func openZonefile(o *opener, settings any, _ bool) (provider.Provider, func() error, error) {
	s := settings.(*zonefile.Settings)
	if err := s.Validate(); err != nil {
		return nil, nil, err
	}
	folder, err := inside(o.project.dir, "folder", s.Folder)
	if err != nil {
		return nil, nil, err
	}
	p := s.New(filepath.Join(o.project.dir, s.Folder))
	p.Open = func() (*os.Root, error) { return openInside(o.project.dir, folder) }
	return p, nothingToClose, nil
}

// settingLine is a key of a provider's settings with its value.
type settingLine struct {
	key, value string
	secret     bool
}

// settingsOf writes settings as YAML, or nil where a secret stands in them itself.
func settingsOf(kind string, settings []settingLine) []string {
	lines := []string{"type: " + kind}
	for _, s := range settings {
		if s.secret && s.value != "" && !strings.HasPrefix(s.value, "${") {
			return nil
		}
		if s.value != "" {
			lines = append(lines, fmt.Sprintf("%s: %q", s.key, s.value))
		}
	}
	return lines
}
