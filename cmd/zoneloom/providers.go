package main

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/zoneloom/zoneloom/apply"
	"github.com/zoneloom/zoneloom/config"
	"github.com/zoneloom/zoneloom/provider"
	"github.com/zoneloom/zoneloom/provider/cloudflare"
	"github.com/zoneloom/zoneloom/provider/powerdns"
	"github.com/zoneloom/zoneloom/provider/rfc2136"
	"github.com/zoneloom/zoneloom/provider/zonefile"
)

// kind is what cmd knows of one type of provider.
type kind struct {
	// settings returns a pointer to a new struct for what stands in the
	// configuration.
	settings func() any
	// check finds faults of settings as they stand in the file, in which
	// variables aren't expanded.
	check func(o *opener, settings any) error
	// checker needs no secrets.
	checker provider.Checker
	// secrets returns the credentials in settings; nil where there are none.
	secrets func(settings any) []string
	// ownNS says that the service has name servers of its own at every apex.
	ownNS bool
	// lines returns settings as import writes them, or nil where they hold
	// credentials that don't come from the environment.
	lines func(settings any) []string
	// open connects. secret says that some of settings came from the environment.
	open func(o *opener, settings any, secret bool) (provider.Provider, func() error, error)
}

// kinds are the types of providers.
var kinds = map[string]kind{
	"cloudflare": {
		settings: func() any { return new(cloudflare.Settings) },
		check:    checkCloudflare,
		checker:  &cloudflare.Provider{},
		ownNS:    true,
		lines:    cloudflareLines,
		secrets:  cloudflareSecrets,
		open:     openCloudflare,
	},
	"sandbox": {
		settings: func() any { return new(sandboxSettings) },
		check:    checkSandbox,
		checker:  &cloudflare.Provider{},
		ownNS:    true,
		lines:    sandboxLines,
		open:     openSandbox,
	},
	"powerdns": {
		settings: func() any { return new(powerdns.Settings) },
		check:    checkPowerDNS,
		checker:  &powerdns.Provider{},
		lines:    powerDNSLines,
		secrets:  powerDNSSecrets,
		open:     openPowerDNS,
	},
	"rfc2136": {
		settings: func() any { return new(rfc2136.Settings) },
		check:    checkRFC2136,
		checker:  &rfc2136.Provider{},
		lines:    rfc2136Lines,
		secrets:  rfc2136Secrets,
		open:     openRFC2136,
	},
	"zonefile": {
		settings: func() any { return new(zonefile.Settings) },
		check:    checkZonefile,
		checker:  &zonefile.Provider{},
		lines:    zonefileLines,
		open:     openZonefile,
	},
}

// opener opens the providers of one run.
type opener struct {
	project *project
	getenv  func(string) (string, bool)
	secret  func(string) (string, bool)            // getenv, for what is never to be shown
	conceal func(string)                           // what is never to be shown wherever it comes from
	log     func(string, ...any)                   // of calls; nil: none
	budgets map[cloudflareLogin]*cloudflare.Budget // one for each credential
	close   []func() error
}

func (p *program) opener(j *project) *opener {
	o := &opener{project: j, getenv: p.getenv, secret: p.secretEnv, conceal: p.stderr.conceal, budgets: map[cloudflareLogin]*cloudflare.Budget{}}
	if p.verbose {
		o.log = p.detail
	}
	return o
}

// open opens the providers called names. The caller closes o, whatever comes back.
func (o *opener) open(names []string) (map[string]apply.Opened, error) {
	opened := map[string]apply.Opened{}
	var faults config.ErrorList
	for _, name := range names {
		if _, done := opened[name]; done {
			continue
		}
		one, more := o.openOne(o.project.Provider(name))
		opened[name] = one
		faults = append(faults, more...)
	}
	if len(faults) > 0 {
		return opened, faults
	}
	return opened, nil
}

func (o *opener) openOne(p *config.Provider) (apply.Opened, config.ErrorList) {
	k, known := kinds[p.Type]
	if !known {
		return apply.Opened{}, o.fault(p, unknownKind(p))
	}
	settings, faults := o.decode(p, k, o.secret)
	if len(faults) > 0 {
		return apply.Opened{}, faults
	}
	opened, closer, err := k.open(o, settings, p.UsesEnv())
	if err != nil {
		return apply.Opened{}, o.fault(p, err)
	}
	o.close = append(o.close, closer)
	return apply.Opened{Kind: p.Type, Provider: opened}, nil
}

// decode reads a provider's settings, and sees to it that the credentials among
// them, which may stand in the file itself, are never shown.
func (o *opener) decode(p *config.Provider, k kind, env func(string) (string, bool)) (any, config.ErrorList) {
	settings := k.settings()
	err := p.Decode(settings, env)
	if k.secrets != nil {
		for _, s := range k.secrets(settings) {
			o.conceal(s)
		}
	}
	if faults, ok := errors.AsType[config.ErrorList](err); ok {
		return nil, moved(o.project.dir, faults)
	}
	return settings, nil
}

// Close ends what was opened.
func (o *opener) Close() error {
	var errs []error
	for _, c := range o.close {
		errs = append(errs, c())
	}
	o.close = nil
	return errors.Join(errs...)
}

// check returns the faults of a provider's settings that show offline.
func (o *opener) check(p *config.Provider) config.ErrorList {
	k, known := kinds[p.Type]
	if !known {
		return o.fault(p, unknownKind(p))
	}
	// Where a variable stands, anything might: 0 passes for a token, an id or a number.
	settings, faults := o.decode(p, k, func(string) (string, bool) { return "0", true })
	if len(faults) > 0 {
		return faults
	}
	if err := k.check(o, settings); err != nil {
		return o.fault(p, err)
	}
	return nil
}

// fault puts the position of a provider in the configuration to what is wrong
// with it.
func (o *opener) fault(p *config.Provider, err error) config.ErrorList {
	return moved(o.project.dir, config.ErrorList{{Pos: p.Pos(), Text: fmt.Sprintf("provider %s: %s", p.Name, errText(err))}})
}

func unknownKind(p *config.Provider) error {
	return fmt.Errorf("the type %q is unknown; there are %s", p.Type, enumerate(slices.Collect(maps.Keys(kinds))))
}

// settingLines returns the settings of a provider as YAML, variables unexpanded,
// or nil where that would show a secret.
func settingLines(p *config.Provider) []string {
	k := kinds[p.Type]
	settings := k.settings()
	if p.Decode(settings, func(name string) (string, bool) { return "${" + name + "}", true }) != nil {
		return nil
	}
	return k.lines(settings)
}

func cloudflareSecrets(settings any) []string {
	s := settings.(*cloudflare.Settings)
	return []string{s.Token, s.Key}
}

func cloudflareLines(settings any) []string {
	s := settings.(*cloudflare.Settings)
	lines := []string{"type: cloudflare"}
	for _, l := range []struct {
		key, value string
		secret     bool
	}{
		{"token", s.Token, true},
		{"email", s.Email, false},
		{"key", s.Key, true},
		{"account", s.Account, false},
		{"url", s.URL, false},
	} {
		if l.secret && l.value != "" && !isVariable(l.value) {
			return nil
		}
		if l.value != "" {
			lines = append(lines, fmt.Sprintf("%s: %q", l.key, l.value))
		}
	}
	return lines
}

// isVariable reports whether s is one variable and nothing else.
func isVariable(s string) bool {
	return strings.HasPrefix(s, "${") && strings.IndexByte(s, '}') == len(s)-1
}

// cloudflareHosts may be sent what came from the environment.
var cloudflareHosts = []string{"api.cloudflare.com"}

// cloudflareLogin tells credentials apart.
type cloudflareLogin struct{ url, token, email, key string }

func checkCloudflare(_ *opener, settings any) error {
	return settings.(*cloudflare.Settings).Validate()
}

func openCloudflare(o *opener, settings any, secret bool) (provider.Provider, func() error, error) {
	s := settings.(*cloudflare.Settings)
	if err := s.Validate(); err != nil {
		return nil, nil, err
	}
	if s.URL != "" {
		allowed, _ := o.getenv(allowEndpoint)
		if err := checkEndpoint(s.URL, cloudflareHosts, secret, allowed); err != nil {
			return nil, nil, err
		}
	}
	return o.cloudflare(s), func() error { return nil }, nil
}

// cloudflare returns a provider for s, whose budget it shares with equal
// credentials.
func (o *opener) cloudflare(s *cloudflare.Settings) *cloudflare.Provider {
	login := cloudflareLogin{s.URL, s.Token, s.Email, s.Key}
	if o.budgets[login] == nil {
		o.budgets[login] = cloudflare.NewBudget()
	}
	return &cloudflare.Provider{
		Token: s.Token, Email: s.Email, Key: s.Key, Account: s.Account,
		BaseURL: s.URL, Budget: o.budgets[login], HTTP: o.client(),
	}
}

// client returns nil, which means the provider's own, unless calls are logged.
func (o *opener) client() *http.Client {
	if o.log == nil {
		return nil
	}
	return &http.Client{Transport: &loggingTransport{log: o.log}}
}
