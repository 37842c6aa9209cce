package rfc2136

import (
	"context"
	"fmt"
	"strings"

	"github.com/zoneloom/zoneloom/provider"
)

// WhoAmI implements provider.Authenticator: it asks for the SOA of the first of
// ListedZones, as a server proves its key only for zones that it has.
func (p *Provider) WhoAmI(ctx context.Context) (*provider.Identity, error) {
	if len(p.ListedZones) == 0 {
		return nil, fmt.Errorf("the server %s can be asked about a zone that it has only: name one in zones of its provider", p.Addr)
	}
	c, err := p.dial(ctx)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	soa, err := c.soa(p.ListedZones[0])
	if err != nil {
		return nil, fmt.Errorf("zone %s: %w", p.ListedZones[0], err)
	}
	id := &provider.Identity{
		Kind: "address", Subject: c.LocalAddr().String(), Status: "answered",
		Details: map[string]string{"server": p.Addr, "primary server": soa.Ns},
	}
	if p.Key != nil {
		id.Kind, id.Subject, id.Status = "TSIG key", p.Key.Name, "accepted"
		id.Details["algorithm"] = strings.TrimSuffix(p.Key.Algorithm, ".")
	}
	return id, nil
}
