// Package provider is the contract between Zoneloom and the services that hold
// zones. It plans nothing and knows no configuration: a provider finds zones,
// reads each whole, and writes the changes it is handed.
package provider

import (
	"context"
	"fmt"
	"time"

	"github.com/zoneloom/zoneloom/state"
)

// Provider is one set of credentials at one service. Its methods may be called
// from several goroutines at once; all its zones share its budget of calls.
type Provider interface {
	// Zones finds zones by name; a nil want finds all that the credentials see.
	// A name that is missing from the result isn't visible to these credentials,
	// which doesn't mean that the zone doesn't exist. A list that could not be
	// read whole is an error, never a shorter result.
	Zones(ctx context.Context, want []state.Name) (map[state.Name]Zone, error)
}

// Zone is one zone at a service.
type Zone interface {
	// Info returns what is known of the zone without asking again.
	Info() Info

	// Read reads the whole zone. A read that may be incomplete is an error,
	// never a snapshot. Records that are not the caller's to change have
	// Kept == state.ReadOnly; the service's own apex NS and SOA are left out
	// where the service doesn't let its users change them.
	Read(ctx context.Context) (*Snapshot, error)

	// Write makes the changes, in their order, in as few and as atomic requests
	// as the service has; at is the snapshot that they were planned from. It
	// pairs nothing by itself: Change.Pairs says which record becomes which.
	// Kept records are taken from at, never from the changes.
	//
	// A name's changes are never split over two requests unless they alone
	// exceed the service's limit. A change that is divided then is listed in
	// each request that has a part of it, and Request.Ops counts only the
	// operations in that request; the change is made once all of them have it as
	// Made. Before each request Write first waits until the budget of calls has
	// room, then calls r.Sending, whose error stops it before anything of that
	// request is sent, and afterwards r.Done exactly once with the outcome of
	// each of its changes.
	// It stops at the first request that fails: changes in no request reported
	// to r were not sent. The error wraps ErrRefused where the service refused
	// the request as a whole and made none of it, and ErrUnknown where it may
	// or may not have taken effect: the caller must read the zone again before
	// it writes anything more.
	//
	// A second Write with the same at is allowed for changes of names that no
	// earlier Write with it has touched.
	Write(ctx context.Context, at *Snapshot, changes []state.Change, r Recorder) error
}

// Info describes a zone as its service does.
type Info struct {
	Name       state.Name
	Kind       string       // the provider's type: "cloudflare"
	ID         string       // the service's id for the zone
	MinTTL     state.TTL    // in seconds; the least TTL that the zone takes
	MaxTTL     state.TTL    // in seconds
	BatchLimit int          // record operations in one request; 0: none known
	OwnNS      []state.Name // the service's own name servers for the zone
	Types      []state.Type // what the service can hold; nil: every type
	Attrs      []string     // keys of record attributes that it can hold
	Account    string       // whose zone it is, where the service says so
	Status     string       // "active", "pending", ..., in the service's words
	Type       string       // "full", "partial", "Native", ..., in the service's words
	Plan       string       // the tariff, where there is one: "free", "enterprise"
}

// Snapshot is a zone as read at one time.
type Snapshot struct {
	Zone *state.Zone
	// Own is the provider's: its record ids, etags or serial. Nobody else looks
	// inside. It stays valid for names that weren't written since.
	Own any
}

// Checker is a Provider that can tell offline what its service would store of a
// wanted zone, and what it would refuse.
type Checker interface {
	// Check returns want as the service would store it and the problems that it
	// would refuse or that its owner should know of. It is pure and offline, and
	// changes nothing in want; info is nil where the zone wasn't looked up.
	Check(want *state.Zone, info *Info) (stored *state.Zone, problems []state.Problem)
}

// Dated is a Zone whose service says when its records were last changed.
type Dated interface {
	// Modified returns when a record of the RRset in the snapshot was last
	// changed, or the zero time where that isn't known.
	Modified(at *Snapshot, k state.Key) time.Time
}

// Spec is what a zone is created with.
type Spec struct {
	Type string // "full" by default; in the service's words
	// SOA and NS are the records wanted at the apex, for services whose zones
	// can't be without; nil where none is declared. The serial in SOA means
	// nothing. A service that makes them by itself may leave them aside: what is
	// missing after Create is written as any other change.
	SOA, NS *state.RRset
}

// Creator is a Provider that can create zones.
type Creator interface {
	// Target names where a zone would be created: "account/01a7...".
	Target(ctx context.Context) (string, error)
	// Create makes a zone that is empty but for its SOA and apex NS. It returns
	// ErrExists where it exists already.
	Create(ctx context.Context, name state.Name, spec Spec) (Zone, error)
}

// Identity is whom a service takes the caller for.
type Identity struct {
	Kind    string            // "API token", "API key"
	Subject string            // an e-mail address or an id
	Status  string            // "active"
	Details map[string]string // what else the service tells, by label
}

// Authenticator is a Provider that can say whose its credentials are.
type Authenticator interface {
	WhoAmI(ctx context.Context) (*Identity, error)
}

// Estimator is a Provider that knows how long its budget of calls makes the next
// ones take at least. It is 0 where the network, not the budget, sets the time.
type Estimator interface {
	Estimate(calls int) time.Duration
}

// Request is one write request of a Zone.Write.
type Request struct {
	Zone    state.Name
	N       int   // counts from 1 in one Write
	Changes []int // indexes into Write's changes, also of those it has only a part of
	Ops     int   // operations on records in this request alone
}

// Result is what became of one change.
type Result uint8

// Results of a change.
const (
	NotMade Result = iota // surely not
	Made                  // surely
	Unknown               // only a new read tells
)

// Outcome is what became of a Request.
type Outcome struct {
	Results   []Result // one for each of the Request's Changes, or of its part of it
	RequestID string   // the service's id for its answer, where it gives one
	Codes     []string // the service's error codes, where it refused
	Culprit   int      // index into Write's changes of the one that was refused, or -1
	Record    string   // data of the record of Culprit that was refused, where that is known
	Err       error
}

// Recorder is told ahead of each write request and after it, so that a journal
// can write ahead and stop a write. An error from Sending stops it.
type Recorder interface {
	Sending(Request) error
	Done(Request, Outcome)
}

// Repeater is a Recorder that is asked before a request is sent once more, after
// the service surely did nothing about it: that may be minutes after Sending. An
// error keeps it from being sent, and then it wasn't made.
type Repeater interface {
	Repeating(Request) error
}

// Repeating asks r whether req may be sent once more, where r wants to be asked.
func Repeating(r Recorder, req Request) error {
	if r, ok := r.(Repeater); ok {
		if err := r.Repeating(req); err != nil {
			return fmt.Errorf("not sent again: %w", err)
		}
	}
	return nil
}
