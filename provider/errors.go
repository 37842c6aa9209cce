package provider

import "errors"

// Errors that callers branch on. A provider wraps them with what it knows: zone,
// record, the service's code and words.
var (
	ErrAuth    = errors.New("the credentials were not accepted")
	ErrNoZone  = errors.New("the zone is absent, or not visible to these credentials")
	ErrExists  = errors.New("the zone exists already")
	ErrRefused = errors.New("the service refused the request; nothing of it was written")
	ErrUnknown = errors.New("the outcome of the request is unknown")
)
