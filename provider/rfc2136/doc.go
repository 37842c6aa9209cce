// Package rfc2136 manages zones on servers that take dynamic updates: BIND 9,
// Knot and any other. It reads a zone by a full transfer (RFC 5936) and writes by
// UPDATE (RFC 2136), each signed with a key (RFC 8945), over TCP or TLS.
//
// An update states as prerequisites what the plan saw, so that the server itself
// refuses one that is stale, and it is atomic. But prerequisites don't see TTLs,
// and servers leave some parts of an update out without a word (section 3.4.2),
// so what the server then shows, asked by an incremental transfer (RFC 1995),
// alone decides what counts as made.
package rfc2136
