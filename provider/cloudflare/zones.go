package cloudflare

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/zoneloom/zoneloom/provider"
	"github.com/zoneloom/zoneloom/state"
)

const (
	zonesPerPage = 50 // the most that the API gives
	// lookups is how many zones are looked up one by one before listing them is
	// tried; below it nobody waits long, and a list of an agency's thousands
	// costs more.
	lookups  = 20
	sideWays = 4 // calls at the same time
	maxReads = 4 // of a list that changes while it is read
)

// errChanging is a list that changed while it was read.
var errChanging = errors.New("it kept changing while it was read; try again when nobody else writes to it")

// zoneObject is a zone as the API shows it.
type zoneObject struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Status  string `json:"status"`
	Type    string `json:"type"`
	Account struct {
		ID   string `json:"id"`
		Name string `json:"name"`
	} `json:"account"`
	NameServers       []string `json:"name_servers"`
	VanityNameServers []string `json:"vanity_name_servers"`
	Plan              struct {
		LegacyID string `json:"legacy_id"`
	} `json:"plan"`
}

// zone is one zone of a Provider.
type zone struct {
	p     *Provider
	info  provider.Info
	limit atomic.Int64 // operations in a batch: by the plan, or lower as the service said
}

// Info implements provider.Zone.
func (z *zone) Info() provider.Info {
	info := z.info
	info.BatchLimit = int(z.limit.Load())
	return info
}

// Zones implements provider.Provider. A few zones are looked up by name; where
// more are wanted than there are pages, the list is read instead.
func (p *Provider) Zones(ctx context.Context, want []state.Name) (map[state.Name]provider.Zone, error) {
	found, err := p.find(ctx, want)
	if err != nil {
		return nil, fmt.Errorf("look up zones: %w", p.advise(err, "Zone Read"))
	}
	byName := map[state.Name][]zoneObject{}
	for _, o := range found {
		name, err := state.ParseName(o.Name+".", "")
		if err != nil {
			return nil, fmt.Errorf("look up zones: zone %s: %w", o.ID, err)
		}
		byName[name] = append(byName[name], o)
	}
	names := want
	if want == nil {
		for name := range byName {
			names = append(names, name)
		}
		slices.SortFunc(names, state.Name.Compare)
	}
	zones := map[state.Name]provider.Zone{}
	var errs []error
	for _, name := range names {
		switch objects := byName[name]; len(objects) {
		case 0:
		case 1:
			zones[name] = p.zone(name, objects[0])
		default:
			errs = append(errs, ambiguous(name, objects))
		}
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return zones, nil
}

func ambiguous(name state.Name, objects []zoneObject) error {
	var where []string
	for _, o := range objects {
		where = append(where, fmt.Sprintf("%s (%s, %s)", o.Account.ID, printable(o.Account.Name), printable(o.Status)))
	}
	slices.Sort(where)
	return fmt.Errorf("zone %s is visible in several accounts: %s; write account: with the right one's id", name, strings.Join(where, ", "))
}

// find returns the zones of the wanted names among others, or all for nil.
func (p *Provider) find(ctx context.Context, want []state.Name) ([]zoneObject, error) {
	if want != nil && len(want) <= lookups {
		return p.lookUp(ctx, want)
	}
	for read := 1; ; read++ {
		found, err := p.list(ctx, want)
		if !errors.Is(err, errChanging) || read == maxReads {
			return found, err
		}
		if err := p.api().budget.clock().Sleep(ctx, backoff(read, time.Second)); err != nil {
			return nil, err
		}
	}
}

// lookUp asks for each name.
func (p *Provider) lookUp(ctx context.Context, names []state.Name) ([]zoneObject, error) {
	found := make([][]zoneObject, len(names))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(sideWays)
	for i, name := range names {
		g.Go(func() error {
			q := url.Values{"name": {bare(name)}, "per_page": {strconv.Itoa(zonesPerPage)}}
			var page envelope[[]zoneObject]
			if err := p.getZones(ctx, q, &page); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			found[i] = page.Result
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	return slices.Concat(found...), nil
}

// list reads all zones, page by page, or looks the wanted ones up where the
// first page shows that this takes fewer calls.
func (p *Provider) list(ctx context.Context, want []state.Name) ([]zoneObject, error) {
	var all []zoneObject
	seen := map[string]bool{}
	for n := 1; ; n++ {
		var page envelope[[]zoneObject]
		q := url.Values{"page": {strconv.Itoa(n)}, "per_page": {strconv.Itoa(zonesPerPage)}, "order": {"name"}, "direction": {"asc"}}
		err := p.getZones(ctx, q, &page)
		if n == 1 && want != nil && isRefusal(err) && !errors.Is(err, provider.ErrAuth) {
			return p.lookUp(ctx, want) // the API lists no zones over more than 500 accounts
		}
		if err != nil {
			return nil, err
		}
		if page.Info == nil {
			return nil, errors.New("the list of zones doesn't say how many there are")
		}
		if n == 1 && want != nil && page.Info.TotalCount > (len(want)+1)*zonesPerPage {
			return p.lookUp(ctx, want)
		}
		for _, o := range page.Result {
			if seen[o.ID] {
				return nil, fmt.Errorf("the list of zones: %w", errChanging)
			}
			seen[o.ID] = true
			all = append(all, o)
		}
		if len(page.Result) > 0 && n*zonesPerPage < page.Info.TotalCount {
			continue
		}
		if len(all) != page.Info.TotalCount {
			return nil, fmt.Errorf("the list of zones has %d of %d: %w", len(all), page.Info.TotalCount, errChanging)
		}
		return all, nil
	}
}

func (p *Provider) getZones(ctx context.Context, q url.Values, out *envelope[[]zoneObject]) error {
	if p.Account != "" {
		q.Set("account.id", p.Account)
	}
	return p.api().do(ctx, call{method: http.MethodGet, path: "/zones", query: q}, out)
}

// bare is a name as the API writes it, without the final dot.
func bare(n state.Name) string { return strings.TrimSuffix(string(n), ".") }

// zone makes a zone of what the API says about it.
func (p *Provider) zone(name state.Name, o zoneObject) *zone {
	z := &zone{p: p, info: provider.Info{
		Name:    name,
		Kind:    "cloudflare",
		ID:      o.ID,
		MinTTL:  minTTL(o.Plan.LegacyID),
		MaxTTL:  maxTTL,
		OwnNS:   parseNames(slices.Concat(o.NameServers, o.VanityNameServers)),
		Types:   slices.Clone(types),
		Attrs:   slices.Clone(attributes),
		Account: o.Account.ID,
		Status:  o.Status,
		Type:    o.Type,
		Plan:    o.Plan.LegacyID,
	}}
	z.limit.Store(int64(batchLimit(o.Plan.LegacyID)))
	return z
}

func parseNames(texts []string) []state.Name {
	var names []state.Name
	for _, s := range texts {
		if n, err := state.ParseName(strings.TrimSuffix(s, ".")+".", ""); err == nil && !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	return names
}
