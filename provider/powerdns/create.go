package powerdns

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/zoneloom/zoneloom/provider"
	"github.com/zoneloom/zoneloom/state"
)

// Target implements provider.Creator.
func (p *Provider) Target(context.Context) (string, error) { return p.place(), nil }

// place tells servers apart, which may all have the same zones: host and port of
// the API, and the server's id in it.
func (p *Provider) place() string {
	_, host, _ := strings.Cut(cmp.Or(p.BaseURL, DefaultURL), "://")
	return strings.TrimRight(host, "/") + "/" + cmp.Or(p.Server, defaultServer)
}

// kindOf returns the API's word for the kind of zone that a configuration asks
// for. The server itself makes a Native zone of any word that it doesn't know.
func kindOf(typ string) (string, error) {
	switch t := strings.ToLower(typ); {
	case t == "" || t == "native":
		return "Native", nil
	case t == "primary" || t == "master":
		return "Master", nil // what every version understands
	case isSecondary(t):
		return "", fmt.Errorf("a zone of type %s copies its records from another server, so there is nothing to manage in it: create it with pdnsutil, or write type: primary or native", t)
	}
	return "", fmt.Errorf("PowerDNS has no zones of type %q to manage: write native or primary", typ)
}

// Create implements provider.Creator. Where spec has no SOA the server makes one
// by its default-soa-content. It raises the serial by itself with each write.
func (p *Provider) Create(ctx context.Context, name state.Name, spec provider.Spec) (provider.Zone, error) {
	kind, err := kindOf(spec.Type)
	if err != nil {
		return nil, fmt.Errorf("create zone %s: %w: %w", name, provider.ErrRefused, err)
	}
	sets := []*rrset{}
	for _, s := range []*state.RRset{spec.SOA, spec.NS} {
		if len(s.Ours()) == 0 {
			continue
		}
		set := &rrset{Name: apiName(name), Type: typeTo(s.Type), Comments: comments(nil, s)}
		if err := set.fill(s.Type, s.Ours(), nil); err != nil {
			return nil, fmt.Errorf("create zone %s: %w: %w", name, provider.ErrRefused, err)
		}
		sets = append(sets, set)
	}
	body, err := json.Marshal(map[string]any{
		"name": apiName(name), "kind": kind, "nameservers": []string{}, "rrsets": sets,
	})
	if err != nil {
		return nil, fmt.Errorf("create zone %s: %w", name, err)
	}
	var created zoneObject
	err = p.api().do(ctx, call{method: http.MethodPost, path: p.path("zones"), body: body}, &created)
	switch code := status(err); {
	case err == nil:
	case code == http.StatusConflict:
		return nil, fmt.Errorf("create zone %s: %w: %w", name, provider.ErrExists, err)
	case mayBeMade(err):
		return nil, fmt.Errorf("create zone %s: %w: %w", name, provider.ErrUnknown, err)
	case code == http.StatusBadRequest || code == http.StatusUnprocessableEntity:
		return nil, fmt.Errorf("create zone %s: %w: %w", name, provider.ErrRefused, err)
	default:
		return nil, fmt.Errorf("create zone %s: %w", name, p.explain(err))
	}
	if created.ID == "" {
		return nil, fmt.Errorf("create zone %s: %w: the answer names no zone", name, provider.ErrUnknown)
	}
	return p.zone(name, created), nil
}

// server is what the API says about a server.
type server struct {
	ID      string `json:"id"`
	Daemon  string `json:"daemon_type"`
	Version string `json:"version"`
}

// WhoAmI implements provider.Authenticator. A key has no name: what it opens is
// told instead.
func (p *Provider) WhoAmI(ctx context.Context) (*provider.Identity, error) {
	var s server
	if err := p.api().do(ctx, call{method: http.MethodGet, path: p.path()}, &s); err != nil {
		return nil, p.explain(err)
	}
	if s.Daemon != "authoritative" {
		return nil, fmt.Errorf("the server at %s is PowerDNS's %q, and zones are kept by the authoritative one: correct the url", p.api().base, printable(s.Daemon))
	}
	return &provider.Identity{
		Kind:    "API key",
		Subject: "server " + printable(s.ID),
		Status:  "active",
		Details: map[string]string{"version": printable(s.Version), "daemon": printable(s.Daemon)},
	}, nil
}
