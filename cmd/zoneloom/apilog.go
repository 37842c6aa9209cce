package main

import (
	"net/http"
	"time"
)

// loggingTransport writes a line for each call: its method and address, and what
// came of it. Headers, which hold the credentials, are never written.
type loggingTransport struct {
	log  func(format string, args ...any)
	next http.RoundTripper // http.DefaultTransport where nil
}

// RoundTrip makes the call.
func (t *loggingTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	next := t.next
	if next == nil {
		next = http.DefaultTransport
	}
	start := time.Now()
	response, err := next.RoundTrip(r)
	ms := time.Since(start).Milliseconds()
	if err != nil {
		t.log("%s %s: %s (%d ms)", r.Method, r.URL.RequestURI(), printable(err.Error()), ms)
		return nil, err
	}
	t.log("%s %s: %s (%d ms)", r.Method, r.URL.RequestURI(), printable(response.Status), ms)
	return response, nil
}
