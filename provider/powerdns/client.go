package powerdns

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

const (
	callTimeout = 2 * time.Minute // for one attempt; a zone of 100,000 records takes seconds
	// writeTimeout is long: the server answers a PATCH once its database has
	// committed, and giving up early only leaves the outcome unknown.
	writeTimeout = 10 * time.Minute
	maxAnswer    = 1 << 30 // octets
	maxAttempts  = 4
)

// client makes calls of the API.
type client struct {
	base string // without a final slash
	key  string
	http *http.Client
}

// call is one call of the API.
type call struct {
	method  string
	path    string // escaped, with a leading slash
	query   url.Values
	body    []byte        // nil for none
	timeout time.Duration // of one attempt; 0 is callTimeout
	again   func() error  // asked right before each further attempt; nil: it may be made
}

// do makes a call and decodes its answer into out, if that isn't nil. It repeats
// reads, and anything that surely never reached the server.
func (c *client) do(ctx context.Context, q call, out any) error {
	var err error
	for attempt := 1; ; attempt++ {
		if attempt > 1 && q.again != nil {
			if stop := q.again(); stop != nil {
				return fmt.Errorf("%s %s: %w; before that: %w", q.method, q.path, stop, err)
			}
		}
		if err = c.attempt(ctx, q, out); err == nil {
			return nil
		}
		if attempt == maxAttempts || !isRepeatable(q, err) || ctx.Err() != nil {
			return fmt.Errorf("%s %s: %w", q.method, q.path, err)
		}
		wait := 250 * time.Millisecond << (attempt - 1)
		wait -= time.Duration(rand.Int64N(int64(wait) / 4)) // so that many callers don't come back at once
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s %s: %w", q.method, q.path, err)
		case <-time.After(wait):
		}
	}
}

// isRepeatable reports whether a call that failed with err may be made again: a
// write only if the server never saw it.
func isRepeatable(q call, err error) bool {
	if t, ok := errors.AsType[*transportError](err); ok {
		_, untrusted := errors.AsType[*tls.CertificateVerificationError](err)
		return !untrusted && (!t.sent || q.method == http.MethodGet)
	}
	e, ok := errors.AsType[*APIError](err)
	return ok && e.Status >= 500 && q.method == http.MethodGet
}

// attempt makes a call once.
func (c *client) attempt(ctx context.Context, q call, out any) error {
	timeout := q.timeout
	if timeout == 0 {
		timeout = callTimeout
	}
	ctx, cancel := context.WithTimeoutCause(ctx, timeout, fmt.Errorf("no answer within %s", timeout))
	defer cancel()
	var sent atomic.Bool // set by the goroutine that writes
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteHeaders: func() { sent.Store(true) }})
	req, err := c.request(ctx, q)
	if err != nil {
		return err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return lost(ctx, q, err, sent.Load())
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		return lost(ctx, q, fmt.Errorf("the answer broke off: %w", err), true)
	}
	if len(body) > maxAnswer {
		return &transportError{fmt.Errorf("the answer is over %d octets", maxAnswer), true}
	}
	return c.decode(resp, body, out)
}

// lost describes a call without an answer.
func lost(ctx context.Context, q call, err error, sent bool) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err // the call is named further up
	}
	switch {
	case context.Cause(ctx) != nil:
		err = context.Cause(ctx)
	case q.method == http.MethodGet && (errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET)):
		err = fmt.Errorf("the server hung up without an answer: does its webserver-allow-from allow this address? (%w)", err)
	}
	return &transportError{err, sent}
}

func (c *client) request(ctx context.Context, q call) (*http.Request, error) {
	address := c.base + q.path
	if len(q.query) > 0 {
		address += "?" + q.query.Encode()
	}
	var body io.Reader
	if q.body != nil {
		body = bytes.NewReader(q.body)
	}
	req, err := http.NewRequestWithContext(ctx, q.method, address, body)
	if err != nil {
		return nil, err
	}
	req.Header.Set("X-API-Key", c.key)
	req.Header.Set("User-Agent", "zoneloom")
	req.Header.Set("Accept", "application/json")
	if q.body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	return req, nil
}

// decode reads an answer.
func (c *client) decode(resp *http.Response, body []byte, out any) error {
	switch resp.StatusCode / 100 {
	case 2:
	case 3:
		return fmt.Errorf("the server redirects to %q, and the key doesn't travel: correct the url", c.clean(resp.Header.Get("Location")))
	default:
		return c.refusal(resp.StatusCode, body)
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(body, out); err != nil {
		return &transportError{fmt.Errorf("the answer of HTTP %d is not the API's JSON: %w", resp.StatusCode, err), true}
	}
	return nil
}

// refusal reads what the server says about a call that failed: JSON where it
// has something to say, else the status in words.
func (c *client) refusal(status int, body []byte) error {
	var said struct {
		Error  string   `json:"error"`
		Errors []string `json:"errors"`
	}
	e := &APIError{Status: status}
	if err := json.Unmarshal(body, &said); err == nil && said.Error != "" {
		for _, text := range append([]string{said.Error}, said.Errors...) {
			e.Texts = append(e.Texts, c.clean(text))
		}
	}
	return e
}

// clean makes a text of the server fit to print: without control characters,
// which could drive a terminal, and without the key.
func (c *client) clean(s string) string {
	if c.key != "" {
		s = strings.ReplaceAll(s, c.key, "[secret]")
	}
	return printable(s)
}
