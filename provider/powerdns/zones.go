package powerdns

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/zoneloom/zoneloom/provider"
	"github.com/zoneloom/zoneloom/state"
)

const (
	// lookups is how many zones are looked up one by one before all are listed.
	lookups  = 20
	sideWays = 4 // calls at the same time
)

// maxTTL is the most that RFC 2181 section 8 allows. The server takes more, and
// resolvers read that as 0.
const maxTTL = 1<<31 - 1

// attrDisabled is the attribute of a record that the server holds and doesn't
// serve, attrComment that of an RRset's comment.
const (
	attrDisabled = "disabled"
	attrComment  = "comment"
)

// zoneObject is a zone as the API lists it.
type zoneObject struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Kind    string `json:"kind"` // in any version's words, "Master" or "Primary"
	Account string `json:"account"`
}

// zone is one zone of a Provider.
type zone struct {
	p    *Provider
	id   string // in the API
	info provider.Info
}

// Info implements provider.Zone.
func (z *zone) Info() provider.Info { return z.info }

// Zones implements provider.Provider. A few zones are looked up by name; for
// more the list is read, which the server gives whole.
func (p *Provider) Zones(ctx context.Context, want []state.Name) (map[state.Name]provider.Zone, error) {
	var objects []zoneObject
	var err error
	if want != nil && len(want) <= lookups {
		objects, err = p.lookUp(ctx, want)
	} else {
		objects, err = p.list(ctx, nil)
	}
	if err != nil {
		return nil, fmt.Errorf("look up zones: %w", p.explain(err))
	}
	wanted := map[state.Name]bool{}
	for _, name := range want {
		wanted[name] = true
	}
	zones := map[state.Name]provider.Zone{}
	for _, o := range objects {
		name, err := state.ParseName(o.Name, "")
		if err != nil || o.ID == "" {
			return nil, fmt.Errorf("look up zones: the server lists a zone named %q with the id %q: %w", o.Name, o.ID, err)
		}
		if want == nil || wanted[name] {
			zones[name] = p.zone(name, o)
		}
	}
	return zones, nil
}

// explain adds to an error about the server as a whole what to do about it.
func (p *Provider) explain(err error) error {
	if status(err) == http.StatusNotFound {
		return fmt.Errorf("%w; is %s the API of an authoritative server, with api=yes, and server its id there?", err, p.api().base)
	}
	return p.advise(err)
}

// lookUp asks for each name.
func (p *Provider) lookUp(ctx context.Context, names []state.Name) ([]zoneObject, error) {
	found := make([][]zoneObject, len(names))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(sideWays)
	for i, name := range names {
		g.Go(func() error {
			var err error
			found[i], err = p.list(ctx, url.Values{"zone": {apiName(name)}})
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	var all []zoneObject
	for _, objects := range found {
		all = append(all, objects...)
	}
	return all, nil
}

// list returns all zones, or those that query selects.
func (p *Provider) list(ctx context.Context, query url.Values) ([]zoneObject, error) {
	q := url.Values{"dnssec": {"false"}} // which costs the server a look at each zone's keys
	maps.Copy(q, query)
	var objects []zoneObject
	if err := p.api().do(ctx, call{method: http.MethodGet, path: p.path("zones"), query: q}, &objects); err != nil {
		return nil, err
	}
	if objects == nil {
		return nil, errors.New("the server's list of zones is none: is the url that of PowerDNS's API?")
	}
	return objects, nil
}

// zone makes a zone of what the API says about it.
func (p *Provider) zone(name state.Name, o zoneObject) *zone {
	return &zone{p: p, id: o.ID, info: provider.Info{
		Name:    name,
		Kind:    "powerdns",
		ID:      p.place() + "/" + o.ID,
		MaxTTL:  maxTTL,
		Attrs:   []string{attrDisabled},
		Account: o.Account,
		Type:    o.Kind,
	}}
}

// isSecondary reports whether a zone of this kind copies its records from
// another server.
func isSecondary(kind string) bool {
	switch strings.ToLower(kind) {
	case "slave", "secondary", "consumer":
		return true
	}
	return false
}

// isPrimary reports whether secondaries copy their records from a zone of this
// kind.
func isPrimary(kind string) bool {
	switch strings.ToLower(kind) {
	case "master", "primary", "producer":
		return true
	}
	return false
}
