package powerdns

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"unicode"

	"github.com/zoneloom/zoneloom/provider"
)

// APIError is the server's own answer that a call failed.
type APIError struct {
	Status int      // of HTTP
	Texts  []string // in the server's words; none where it says nothing but the status
}

// Error gives the texts as the server sent them.
func (e *APIError) Error() string {
	if len(e.Texts) == 0 {
		return fmt.Sprintf("HTTP %d %s", e.Status, http.StatusText(e.Status))
	}
	return fmt.Sprintf("%s (HTTP %d)", strings.Join(e.Texts, "; "), e.Status)
}

// Is reports that an answer which refuses the key is a provider.ErrAuth.
func (e *APIError) Is(target error) bool {
	return target == provider.ErrAuth && (e.Status == http.StatusUnauthorized || e.Status == http.StatusForbidden)
}

// transportError is a call without a usable answer.
type transportError struct {
	err  error
	sent bool // the request may have reached the server
}

func (e *transportError) Error() string { return e.err.Error() }
func (e *transportError) Unwrap() error { return e.err }

// mayBeMade reports whether a write that failed with err may have taken effect:
// the server may have had it, and no answer says that it was refused.
func mayBeMade(err error) bool {
	if t, ok := errors.AsType[*transportError](err); ok {
		return t.sent
	}
	if e, ok := errors.AsType[*APIError](err); ok {
		return e.Status >= 500 || e.Status == http.StatusRequestTimeout
	}
	return false
}

// status returns the HTTP status that err stands for, or 0.
func status(err error) int {
	if e, ok := errors.AsType[*APIError](err); ok {
		return e.Status
	}
	return 0
}

// advise adds to an error of the server what its reader can do about it.
func (p *Provider) advise(err error) error {
	if !errors.Is(err, provider.ErrAuth) {
		return err
	}
	return fmt.Errorf("%w: %w; key must be the api-key of the server's configuration: check it with whoami", provider.ErrAuth, err)
}

func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, s)
}
