package main

import (
	"net/http"
	"time"
)

// loggingTransport writes a line for each call: its method and address, and what
// came of it. Headers, which hold the credentials, are never written.
type loggingTransport struct {
	log func(format string, args ...any)
}

// RoundTrip makes the call.
func (t *loggingTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	start := time.Now()
	response, err := http.DefaultTransport.RoundTrip(r)
	ms := time.Since(start).Milliseconds()
	if err != nil {
		t.log("%s %s: %s (%d ms)", r.Method, r.URL.RequestURI(), printable(err.Error()), ms)
		return nil, err
	}
	t.log("%s %s: %s (%d ms)", r.Method, r.URL.RequestURI(), printable(response.Status), ms)
	return response, nil
}
