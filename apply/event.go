package apply

import "github.com/zoneloom/zoneloom/state"

// EventKind says what happens.
type EventKind uint8

// The kinds of events, in the order in which a zone has them.
const (
	EventReading   EventKind = iota // a zone is about to be read
	EventRead                       // it was read; Done of Total zones are
	EventCreating                   // a zone is about to be created
	EventCreated                    // it was created
	EventSending                    // a write request is about to be sent
	EventSent                       // it was made; Done of Total operations are
	EventRefused                    // the service refused it
	EventLost                       // its outcome is unknown: the zone will be read again
	EventVerifying                  // the zone is about to be read and compared with the plan
	EventVerified                   // it is as planned
	EventFailed                     // work on the zone ended with Err
	EventWaiting                    // another run holds the zone's lock, as Err says
)

// String returns the kind as one lower-case word.
func (k EventKind) String() string {
	return [...]string{
		"reading", "read", "creating", "created", "sending", "sent", "refused", "lost", "verifying", "verified", "failed", "waiting",
	}[k]
}

// Event is one step of a run.
type Event struct {
	Kind        EventKind
	Zone        state.Name
	Provider    string
	Done, Total int // zones while reading, else operations on the zone's records
	Err         error
}

// tell hands one event to whoever listens.
func (e *Engine) tell(ev Event) {
	if e.Events == nil {
		return
	}
	e.events.Lock()
	defer e.events.Unlock()
	e.Events(ev)
}
