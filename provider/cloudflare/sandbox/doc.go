// Package sandbox is a Cloudflare of one's own: an http.Handler that speaks the parts of API v4 which manage DNS, with
// the service's validation, error codes, read-back normalisation, limits by plan, tokens, and transactions. It keeps its
// state in an append-only log, or only in memory, and can be told to misbehave as networks and services do.
//
// It knows nothing of Zoneloom's own client or model, so that the client can be tested against it: the two share no code.
package sandbox
