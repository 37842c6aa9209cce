package cloudflare

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/zoneloom/zoneloom/provider"
)

// DefaultURL is where the API is.
const DefaultURL = "https://api.cloudflare.com/client/v4"

// Settings are what a configuration says of a Cloudflare provider: either a
// token, or the e-mail address and global key of a user.
type Settings struct {
	Token   string `yaml:"token"`
	Email   string `yaml:"email"`
	Key     string `yaml:"key"`
	Account string `yaml:"account"` // which one, where the credentials see several
	URL     string `yaml:"url"`     // of the API; DefaultURL if empty
}

// Validate reports what is wrong with s, without asking the service. Values may
// still hold variables.
func (s Settings) Validate() error {
	var errs []error
	switch {
	case s.Token != "" && (s.Email != "" || s.Key != ""):
		errs = append(errs, errors.New("a cloudflare provider takes either token, or email and key, not both: a token is the safer one"))
	case s.Token == "" && s.Email == "" && s.Key == "":
		errs = append(errs, errors.New("a cloudflare provider needs a token: make one at https://dash.cloudflare.com/profile/api-tokens with Zone Read and DNS Edit"))
	case s.Token == "" && (s.Email == "" || s.Key == ""):
		errs = append(errs, errors.New("email and key of a cloudflare provider go together: write both, or a token instead"))
	}
	for _, secret := range []struct{ name, value string }{{"token", s.Token}, {"email", s.Email}, {"key", s.Key}} {
		if !isVariable(secret.value) && strings.ContainsFunc(secret.value, func(r rune) bool { return r <= ' ' || r > '~' }) {
			errs = append(errs, fmt.Errorf("%s of a cloudflare provider holds a blank or another character that no %s has", secret.name, secret.name))
		}
	}
	if s.Account != "" && !isVariable(s.Account) && !isID(s.Account) {
		errs = append(errs, fmt.Errorf("account %q is not the id of an account: those have up to 32 letters and digits, and stand in the dashboard's address", s.Account))
	}
	if s.URL != "" {
		errs = append(errs, validateURL(s.URL))
	}
	return errors.Join(errs...)
}

// isVariable reports whether s isn't known before its variables are.
func isVariable(s string) bool { return strings.Contains(s, "${") }

// validateURL never shows s, which may hold a password.
func validateURL(s string) error {
	u, err := url.Parse(s)
	switch {
	case err != nil:
		return fmt.Errorf("url of a cloudflare provider is not a URL: write it as %s", DefaultURL)
	case u.Scheme != "https" && u.Scheme != "http" || u.Host == "":
		return errors.New("url of a cloudflare provider must begin with https:// (or http:// for a sandbox) and name a host")
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return fmt.Errorf("url of a cloudflare provider must be a plain address such as %s", DefaultURL)
	}
	return nil
}

// isID reports whether s can stand in the API's paths as an identifier.
func isID(s string) bool {
	return s != "" && len(s) <= 32 && !strings.ContainsFunc(s, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != '-'
	})
}

// Provider is one credential at Cloudflare: a Token, or Email and Key. Its other
// fields may stay zero. It must not be copied, nor its fields changed, once in
// use.
type Provider struct {
	Token      string
	Email, Key string
	Account    string       // only zones of this account, and where zones are created
	BaseURL    string       // DefaultURL if empty
	HTTP       *http.Client // its CheckRedirect isn't used: redirects are refused
	Budget     *Budget      // to be shared by all Providers with the same credential; nil is one of its own

	once   sync.Once
	client *client
}

var (
	_ provider.Provider      = (*Provider)(nil)
	_ provider.Checker       = (*Provider)(nil)
	_ provider.Creator       = (*Provider)(nil)
	_ provider.Authenticator = (*Provider)(nil)
	_ provider.Estimator     = (*Provider)(nil)
)

// api returns the client, made once.
func (p *Provider) api() *client {
	p.once.Do(func() {
		c := &client{
			base:    strings.TrimRight(p.BaseURL, "/"),
			auth:    http.Header{},
			perPage: recordsPerPage,
			timeout: callTimeout,
			batch:   batchTimeout,
			budget:  p.Budget,
			secrets: redactor(p.Token, p.Key),
		}
		if c.base == "" {
			c.base = DefaultURL
		}
		if c.budget == nil {
			c.budget = NewBudget()
		}
		if p.Token != "" {
			c.auth.Set("Authorization", "Bearer "+p.Token)
		} else {
			c.auth.Set("X-Auth-Email", p.Email)
			c.auth.Set("X-Auth-Key", p.Key)
		}
		var h http.Client
		if p.HTTP != nil {
			h = *p.HTTP
		} else {
			h.Transport = newTransport()
		}
		// A redirect would take the credentials along to wherever it points.
		h.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		c.http = &h
		p.client = c
	})
	return p.client
}

// newTransport is the default one with room for the zones that run side by side.
func newTransport() http.RoundTripper {
	t, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		return http.DefaultTransport // replaced by whoever runs us
	}
	t = t.Clone()
	t.MaxIdleConnsPerHost = 16
	return t
}

// minSecret is what a credential has at least: the service's own have 37 or more.
// To take a shorter one out would garble messages, and show which letters it has.
const minSecret = 8

func redactor(secrets ...string) *strings.Replacer {
	var pairs []string
	for _, s := range secrets {
		if len(s) >= minSecret {
			pairs = append(pairs, s, "[secret]")
		}
	}
	return strings.NewReplacer(pairs...)
}

// Estimate returns how long the budget alone makes the next calls take: 0 where
// it has room for all of them now.
func (p *Provider) Estimate(calls int) time.Duration {
	return p.api().budget.Estimate(calls)
}

// advise adds to an error of the service what its reader can do about it.
func (p *Provider) advise(err error, needs string) error {
	if !errors.Is(err, provider.ErrAuth) {
		return err
	}
	return fmt.Errorf("%w: %w; they need %s, must not have expired, and may be bound to certain addresses; whoami shows whose they are", provider.ErrAuth, err, needs)
}
