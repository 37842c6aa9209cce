package cloudflare

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/zoneloom/zoneloom/provider"
)

// codeZoneExists is the API's code for a zone that is there already.
const codeZoneExists = 1061

// authCodes are the codes by which the API refuses credentials with a status
// that doesn't say so, 400 above all.
var authCodes = map[int]bool{1000: true, 6003: true, 6103: true, 6111: true, 9103: true, 9106: true, 9109: true, 10000: true}

// APIError is the API's own answer that a call failed.
type APIError struct {
	Status     int // of HTTP
	Errors     []Detail
	RequestID  string        // the CF-Ray or X-Request-Id of the answer
	RetryAfter time.Duration // how long the API asks to wait; 0 where it doesn't say
}

// Detail is one error of an APIError, in the service's words.
type Detail struct {
	Code    int      `json:"code"`
	Message string   `json:"message"`
	URL     string   `json:"documentation_url"`
	Source  Source   `json:"source"`
	Chain   []Detail `json:"error_chain"` // what lies behind it
}

// Source says which part of a request an error is about.
type Source struct {
	Pointer string `json:"pointer"` // a JSON pointer into the body
}

// Error gives every code and text as the service sent them.
func (e *APIError) Error() string {
	var b strings.Builder
	for i, d := range e.Errors {
		if i > 0 {
			b.WriteString("; ")
		}
		d.print(&b)
	}
	if len(e.Errors) == 0 {
		fmt.Fprintf(&b, "HTTP %d %s", e.Status, http.StatusText(e.Status))
	} else {
		fmt.Fprintf(&b, " (HTTP %d", e.Status)
		if e.RequestID != "" {
			fmt.Fprintf(&b, ", request %s", e.RequestID)
		}
		b.WriteString(")")
	}
	return b.String()
}

func (d Detail) print(b *strings.Builder) {
	fmt.Fprintf(b, "%s (code %d", d.Message, d.Code)
	if d.URL != "" {
		fmt.Fprintf(b, ", see %s", d.URL)
	}
	b.WriteString(")")
	for _, c := range d.Chain {
		b.WriteString(": ")
		c.print(b)
	}
}

// Is reports that an answer which refuses the credentials is a
// provider.ErrAuth.
func (e *APIError) Is(target error) bool {
	return target == provider.ErrAuth && e.isAuth()
}

func (e *APIError) isAuth() bool {
	switch e.Status {
	case http.StatusUnauthorized, http.StatusForbidden:
		return true
	case http.StatusBadRequest:
		return e.has(func(code int) bool { return authCodes[code] })
	}
	return false
}

// has reports whether an error, or one behind it, has a code that ok accepts.
func (e *APIError) has(ok func(code int) bool) bool {
	found := false
	walkDetails(e.Errors, func(d Detail) { found = found || ok(d.Code) })
	return found
}

// codes lists the codes in the order of the answer, those behind an error after
// it.
func (e *APIError) codes() []string {
	var codes []string
	walkDetails(e.Errors, func(d Detail) { codes = append(codes, strconv.Itoa(d.Code)) })
	return codes
}

func walkDetails(details []Detail, visit func(Detail)) {
	for _, d := range details {
		visit(d)
		walkDetails(d.Chain, visit)
	}
}

// clean makes the texts of an answer fit to print: no control characters, which
// could drive a terminal, and none of the secrets, should the service echo one.
func clean(details []Detail, secrets *strings.Replacer) {
	for i := range details {
		d := &details[i]
		d.Message = printable(secrets.Replace(d.Message))
		d.URL = printable(secrets.Replace(d.URL))
		d.Source.Pointer = printable(d.Source.Pointer)
		clean(d.Chain, secrets)
	}
}

func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, s)
}

// transportError is a call without a usable answer.
type transportError struct {
	err  error
	sent bool // the request may have reached the service
}

func (e *transportError) Error() string { return e.err.Error() }
func (e *transportError) Unwrap() error { return e.err }

// mayBeMade reports whether a write that failed with err may have taken effect:
// the service may have had it, and no answer says that it was refused.
func mayBeMade(err error) bool {
	if t, ok := errors.AsType[*transportError](err); ok {
		return t.sent
	}
	if e, ok := errors.AsType[*APIError](err); ok {
		return e.Status >= 500 || e.Status == http.StatusRequestTimeout
	}
	return false
}
