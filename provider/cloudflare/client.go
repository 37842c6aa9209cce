package cloudflare

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
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

const (
	callTimeout  = 30 * time.Second  // for one attempt
	batchTimeout = 120 * time.Second // for one attempt at a batch
	maxAnswer    = 256 << 20         // octets; a page of 5,000 long TXT records stays below
	maxAttempts  = 6
	maxWait      = 6 * time.Minute // the service blocks for five
)

// client makes calls of the API.
type client struct {
	base    string // without a final slash
	auth    http.Header
	http    *http.Client
	perPage int           // records
	timeout time.Duration // of one attempt
	batch   time.Duration // of one attempt at a batch
	budget  *Budget
	secrets *strings.Replacer // takes the credentials out of any text
}

// call is one call of the API.
type call struct {
	method string
	path   string // escaped, with a leading slash
	query  url.Values
	body   any           // nil for none
	batch  bool          // may take long
	page   *bytes.Buffer // holds the answer; nil for one of its own
	paid   bool          // the budget was asked for the first attempt already
	again  func() error  // asked right before each further attempt; nil: it may be made
}

// repeatable reports whether the call may be made again when nobody knows what
// became of it.
func (q call) repeatable() bool { return q.method == http.MethodGet }

// head is what every answer of the API has.
type head struct {
	Success *bool    `json:"success"`
	Errors  []Detail `json:"errors"`
}

func (h *head) failed() *head {
	if h.Success != nil && !*h.Success {
		return h
	}
	return nil
}

// answer is what an answer of the API is decoded into.
type answer interface {
	prepare(date string) // for a new decoding, whatever an earlier one left
	failed() *head
}

type envelope[T any] struct {
	head
	Result T           `json:"result"`
	Info   *resultInfo `json:"result_info"`
	date   string      // not of the envelope: the HTTP header
}

func (e *envelope[T]) prepare(date string) { *e = envelope[T]{date: date} }

type resultInfo struct {
	Page       int `json:"page"`
	PerPage    int `json:"per_page"`
	Count      int `json:"count"`
	TotalCount int `json:"total_count"`
	TotalPages int `json:"total_pages"`
}

// do makes a call and decodes its answer into out. It repeats what may be
// repeated: anything that was surely not executed, and reads in any case.
func (c *client) do(ctx context.Context, q call, out answer) error {
	var err error
	for attempt := 1; ; attempt++ {
		if !q.paid || attempt > 1 {
			if err := c.budget.Wait(ctx); err != nil {
				return err
			}
		}
		if attempt > 1 && q.again != nil {
			if stop := q.again(); stop != nil {
				return fmt.Errorf("%s %s: %w; before that: %w", q.method, q.path, stop, err)
			}
		}
		if err = c.attempt(ctx, q, out); err == nil {
			return nil
		}
		wait, again := retry(q, err, attempt)
		if !again || ctx.Err() != nil {
			return fmt.Errorf("%s %s: %w", q.method, q.path, err)
		}
		if e, ok := errors.AsType[*APIError](err); ok && e.Status == http.StatusTooManyRequests {
			c.budget.pause(wait) // for every call of this credential
			continue
		}
		if stopped := c.budget.clock().Sleep(ctx, wait); stopped != nil {
			return fmt.Errorf("%s %s: %w", q.method, q.path, err)
		}
	}
}

// retry decides whether a call that failed is made again, and after how long.
func retry(q call, err error, attempt int) (wait time.Duration, again bool) {
	if attempt >= maxAttempts {
		return 0, false
	}
	wait = backoff(attempt, 500*time.Millisecond)
	if t, ok := errors.AsType[*transportError](err); ok {
		_, untrusted := errors.AsType[*tls.CertificateVerificationError](err)
		return wait, (!t.sent || q.repeatable()) && !untrusted
	}
	e, ok := errors.AsType[*APIError](err)
	if !ok {
		return 0, false
	}
	switch {
	case e.Status == http.StatusTooManyRequests:
		wait = backoff(attempt, 5*time.Second)
	case e.Status < 500 || !q.repeatable():
		return 0, false
	}
	if e.RetryAfter > 0 {
		wait = e.RetryAfter
	}
	return wait, wait <= maxWait
}

// backoff doubles with each attempt up to two minutes, and takes off up to a
// quarter by chance, so that many callers don't come back at once.
func backoff(attempt int, first time.Duration) time.Duration {
	d := min(first<<(attempt-1), 2*time.Minute)
	return d - time.Duration(rand.Int64N(int64(d)/4))
}

// attempt makes a call once.
func (c *client) attempt(ctx context.Context, q call, out answer) error {
	timeout := c.timeout
	if q.batch {
		timeout = c.batch
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
		return c.lost(ctx, err, sent.Load())
	}
	defer resp.Body.Close()
	c.budget.observe(resp.Header)
	page := q.page
	if page == nil {
		page = &bytes.Buffer{}
	}
	page.Reset()
	if n, err := page.ReadFrom(io.LimitReader(resp.Body, maxAnswer+1)); err != nil {
		return c.lost(ctx, fmt.Errorf("the answer broke off: %w", err), true)
	} else if n > maxAnswer {
		return &transportError{fmt.Errorf("the answer is over %d octets", maxAnswer), true}
	}
	return c.decode(resp, page.Bytes(), out)
}

// lost describes a call without an answer.
func (c *client) lost(ctx context.Context, err error, sent bool) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err // the call is named further up
	}
	if cause := context.Cause(ctx); cause != nil {
		err = cause
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
		text, err := json.Marshal(q.body)
		if err != nil {
			return nil, fmt.Errorf("encode the request: %w", err)
		}
		body = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, q.method, address, body)
	if err != nil {
		return nil, err
	}
	req.Header = c.auth.Clone()
	req.Header.Set("User-Agent", "zoneloom")
	req.Header.Set("Accept", "application/json")
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	return req, nil
}

// decode reads an answer. Only a 2xx whose envelope says success is one.
func (c *client) decode(resp *http.Response, body []byte, out answer) error {
	if resp.StatusCode/100 != 2 {
		var h head
		if err := json.Unmarshal(body, &h); err != nil || h.failed() == nil {
			h.Errors = nil // not the API's own words: some gateway's
		}
		if resp.StatusCode/100 == 3 {
			return fmt.Errorf("the service redirects to %q, and credentials don't travel: correct the url", c.secrets.Replace(resp.Header.Get("Location")))
		}
		return c.refusal(resp, h.Errors)
	}
	out.prepare(resp.Header.Get("Date"))
	if err := json.Unmarshal(body, out); err != nil {
		return &transportError{fmt.Errorf("the answer of HTTP %d is not the API's JSON: %w", resp.StatusCode, err), true}
	}
	if h := out.failed(); h != nil {
		return c.refusal(resp, h.Errors)
	}
	return nil
}

func (c *client) refusal(resp *http.Response, details []Detail) error {
	clean(details, c.secrets)
	id := resp.Header.Get("CF-Ray")
	if id == "" {
		id = resp.Header.Get("X-Request-Id")
	}
	return &APIError{
		Status:     resp.StatusCode,
		Errors:     details,
		RequestID:  printable(c.secrets.Replace(id)),
		RetryAfter: retryAfter(resp.Header.Get("Retry-After"), c.budget.clock().Now()),
	}
}

// retryAfter reads seconds or a date (RFC 9110 section 10.2.3).
func retryAfter(s string, now time.Time) time.Duration {
	if n, err := strconv.Atoi(s); err == nil && n >= 0 {
		return time.Duration(min(n, 1<<20)) * time.Second
	}
	if t, err := http.ParseTime(s); err == nil && t.After(now) {
		return t.Sub(now)
	}
	return 0
}
