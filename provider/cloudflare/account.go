package cloudflare

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/zoneloom/zoneloom/provider"
	"github.com/zoneloom/zoneloom/state"
)

// Target implements provider.Creator: "account/" and the account's id.
func (p *Provider) Target(ctx context.Context) (string, error) {
	id, err := p.account(ctx)
	if err != nil {
		return "", err
	}
	return "account/" + id, nil
}

// account returns the account in which zones are created: the configured one, or
// the only one whose zones the credentials see.
func (p *Provider) account(ctx context.Context) (string, error) {
	if p.Account != "" {
		return p.Account, nil
	}
	first, err := p.accountAt(ctx, "asc")
	if err != nil {
		return "", err
	}
	last, err := p.accountAt(ctx, "desc")
	if err != nil {
		return "", err
	}
	switch {
	case first == "":
		return "", errors.New("creating a zone needs account: with the account's id, as these credentials see no zone yet that would tell it")
	case first != last:
		return "", fmt.Errorf("creating a zone needs account: with the account's id, as these credentials see several: %s and %s among them", first, last)
	}
	return first, nil
}

// accountAt returns the account of the zone that comes first in the order of
// accounts.
func (p *Provider) accountAt(ctx context.Context, direction string) (string, error) {
	q := url.Values{"order": {"account.id"}, "direction": {direction}, "per_page": {"5"}}
	var page envelope[[]zoneObject]
	if err := p.getZones(ctx, q, &page); err != nil {
		return "", fmt.Errorf("find the account: %w", p.advise(err, "Zone Read"))
	}
	if len(page.Result) == 0 {
		return "", nil
	}
	return page.Result[0].Account.ID, nil
}

// Create implements provider.Creator.
func (p *Provider) Create(ctx context.Context, name state.Name, spec provider.Spec) (provider.Zone, error) {
	account, err := p.account(ctx)
	if err != nil {
		return nil, fmt.Errorf("create zone %s: %w", name, err)
	}
	body := map[string]any{"name": bare(name), "account": map[string]string{"id": account}}
	if spec.Type != "" {
		body["type"] = spec.Type
	}
	var created envelope[zoneObject]
	err = p.api().do(ctx, call{method: http.MethodPost, path: "/zones", body: body}, &created)
	refused, _ := errors.AsType[*APIError](err)
	switch {
	case err == nil:
	case refused != nil && refused.has(func(code int) bool { return code == codeZoneExists }):
		return nil, fmt.Errorf("create zone %s: %w: %w", name, provider.ErrExists, err)
	case mayBeMade(err):
		return nil, fmt.Errorf("create zone %s: %w: %w", name, provider.ErrUnknown, err)
	case errors.Is(err, provider.ErrAuth):
		return nil, fmt.Errorf("create zone %s in account %s: %w", name, account, p.advise(err, "Zone Edit for all zones of the account"))
	case refused != nil && refused.Status < 500 && refused.Status != http.StatusTooManyRequests:
		return nil, fmt.Errorf("create zone %s in account %s: %w: %w", name, account, provider.ErrRefused, err)
	default:
		return nil, fmt.Errorf("create zone %s: %w", name, err)
	}
	if created.Result.ID == "" {
		return nil, fmt.Errorf("create zone %s: %w: the answer names no zone", name, provider.ErrUnknown)
	}
	return p.zone(name, created.Result), nil
}

// token is what the API says about a token.
type token struct {
	ID        string `json:"id"`
	Status    string `json:"status"`
	ExpiresOn string `json:"expires_on"`
	NotBefore string `json:"not_before"`
}

// user is what the API says about a user.
type user struct {
	ID        string `json:"id"`
	Email     string `json:"email"`
	Suspended bool   `json:"suspended"`
}

// WhoAmI implements provider.Authenticator. A token may be allowed neither to
// verify itself, if it belongs to an account, nor to see its user: one of both
// is enough.
func (p *Provider) WhoAmI(ctx context.Context) (*provider.Identity, error) {
	id := &provider.Identity{Kind: "API key", Status: "active", Details: map[string]string{}}
	var refused error
	if p.Token != "" {
		id.Kind = "API token"
		t, err := p.verify(ctx)
		if err != nil && !isRefusal(err) {
			return nil, err
		}
		refused = err
		id.Subject, id.Status = t.ID, t.Status
		note(id.Details, map[string]string{"token": t.ID, "expires": t.ExpiresOn, "not before": t.NotBefore})
	}
	u, err := p.user(ctx)
	switch {
	case err == nil:
		id.Subject = u.Email
		if id.Subject == "" {
			id.Subject = u.ID
		}
		if u.Suspended {
			id.Status = "suspended"
		}
		if id.Status == "" {
			id.Status = "active" // it was let in
		}
		note(id.Details, map[string]string{"user": u.ID, "e-mail": u.Email})
	case !isRefusal(err):
		return nil, err
	case p.Token == "" || refused != nil:
		return nil, p.rejected(errors.Join(refused, err))
	}
	note(id.Details, map[string]string{"account": p.Account})
	return id, nil
}

// verify asks about the token as a user's, then as an account's.
func (p *Provider) verify(ctx context.Context) (token, error) {
	var answer envelope[token]
	err := p.api().do(ctx, call{method: http.MethodGet, path: "/user/tokens/verify"}, &answer)
	if err == nil || p.Account == "" || !isRefusal(err) {
		return answer.Result, err
	}
	path := "/accounts/" + url.PathEscape(p.Account) + "/tokens/verify"
	var own envelope[token]
	if err2 := p.api().do(ctx, call{method: http.MethodGet, path: path}, &own); err2 != nil {
		return token{}, err
	}
	return own.Result, nil
}

func (p *Provider) user(ctx context.Context) (user, error) {
	var answer envelope[user]
	err := p.api().do(ctx, call{method: http.MethodGet, path: "/user"}, &answer)
	return answer.Result, err
}

// rejected says what to do about credentials that are good for nothing.
func (p *Provider) rejected(err error) error {
	if p.Token == "" {
		return fmt.Errorf("%w: %w; check email and key, or use a token", provider.ErrAuth, err)
	}
	hint := "make a new token at https://dash.cloudflare.com/profile/api-tokens"
	if p.Account == "" {
		hint += ", or write account: where the token belongs to an account"
	}
	return fmt.Errorf("%w: %w; %s", provider.ErrAuth, err, hint)
}

// isRefusal reports whether the service answered and refused.
func isRefusal(err error) bool {
	e, ok := errors.AsType[*APIError](err)
	return ok && e.Status >= 400 && e.Status < 500 && e.Status != http.StatusTooManyRequests
}

func note(details, more map[string]string) {
	for k, v := range more {
		if v != "" {
			details[k] = printable(v)
		}
	}
}
