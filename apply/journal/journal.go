// Package journal keeps a record of each run that writes to zones: who started
// it and when, its whole plan, and a line ahead of each request and after it, so
// that a run can be listed, finished after a crash, and taken back.
//
// The package knows what the records say. Where they are kept is for a Store: a
// Folder here, a database in package postgres.
package journal

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/zoneloom/zoneloom/plan"
	"github.com/zoneloom/zoneloom/state"
)

// Errors that callers branch on.
var (
	// ErrNoRun says that there is no record of a run.
	ErrNoRun = errors.New("the journal has no such run")
	// ErrTaken says that there is a record of that ID already.
	ErrTaken = errors.New("the journal has a run of that ID already")
)

// Store keeps records as bytes, which this package makes and reads. Its methods
// may be called from several goroutines, and by several processes at once.
type Store interface {
	// Begin keeps the head and the plan of a new run, an error wrapping ErrTaken
	// where there is one of that id. When it returns, they are on stable storage.
	// Until the Log is closed or its process ends, the run counts as live.
	Begin(ctx context.Context, id string, head, plan []byte) (Log, error)
	// List returns the records of all runs that began, without their plans, in no
	// particular order. The error joins what is wrong with single records: the
	// others are returned all the same.
	List(ctx context.Context) ([]Record, error)
	// Load returns the whole record of a run, an error wrapping ErrNoRun where
	// there is none.
	Load(ctx context.Context, id string) (*Record, error)
	Close() error
}

// Log takes down what happens in a run that is going on.
type Log interface {
	// Append keeps one more event: when it returns nil, on stable storage. After
	// an error it keeps no other.
	Append(event []byte) error
	// Close lets go of the run.
	Close() error
}

// Record is what a Store keeps of one run.
type Record struct {
	ID     string
	Source string // where it is kept, for messages; a line number may follow it
	Head   []byte
	Plan   []byte // nil in a list
	Events [][]byte
	Live   bool // a process holds its Log open
}

// Head is what is known of a run before its first write.
type Head struct {
	ID      string // sorts by time
	Command string // "apply", "undo" or "restore"
	Started time.Time
	Who     Who
	Git     *Git   // nil where the configuration isn't in a repository
	PlanID  string // as plan.Plan.ID returns it
	Saved   bool   // the plan was made earlier than in this run
	Undoes  string // the ID of the run that it takes back
	Resumes string // the ID of the run that it finishes
	Summary plan.Summary
}

// Who is who started a run, as far as the environment tells.
type Who struct {
	User  string `json:"user"`            // "alice@host"
	Actor string `json:"actor,omitempty"` // whom the CI service names
	Job   string `json:"job,omitempty"`   // the URL of the CI service's job
}

func (w Who) String() string {
	if w.Actor != "" {
		return w.Actor + " (" + w.User + ")"
	}
	return w.User
}

// Git is the state of the repository that holds the configuration.
type Git struct {
	Commit string `json:"commit"`
	Dirty  bool   `json:"dirty"` // something in it wasn't committed
}

// Fate is what became of one change of a run.
type Fate uint8

// The fates of a change.
const (
	NotMade Fate = iota // surely not made by the run
	Made                // surely made by it
	Unknown             // only the zone itself tells
	Already             // it was so before the run
)

// String returns the fate in words.
func (f Fate) String() string {
	return [...]string{NotMade: "not made", Made: "made", Unknown: "unknown", Already: "already so"}[f]
}

// Run is what the journal knows of one run.
type Run struct {
	Head
	Plan     *plan.Saved // nil in a list
	Zones    []Zone      // those of the plan, in its order, as far as they were looked at
	Requests []Request   // in the order in which they were sent
	Ended    time.Time   // zero where it isn't known to have ended
	Live     bool        // it is going on
}

// Zone is what a run did to one zone at one provider.
type Zone struct {
	Name     state.Name
	Provider string
	Target   string
	Create   bool   // it was to be created
	Created  Fate   // and whether it was
	Fates    []Fate // one for each change of the plan's zone
	Complete bool   // the run brought it to its plan
	Verified bool   // and saw that by reading it again
	Err      string
}

// Request is one write request of a run.
type Request struct {
	Zone       state.Name
	Provider   string
	Write, N   int   // the N-th request of the zone's Write, both counted from 1
	Changes    []int // indexes into the changes of the plan's zone
	Operations int   // on records
	Part       bool  // it had only some of its changes' operations
	Sent       time.Time
	Answered   time.Time // zero where no answer is known
	Fates      []Fate    // one for each of Changes; Unknown without an answer
	RequestID  string    // the service's id for its answer
	Codes      []string  // the service's error codes
	Err        string
}

// Outcome is how a run ended.
type Outcome string

// The outcomes of a run.
const (
	Complete   Outcome = "complete"
	InPart     Outcome = "in part"     // it ended, and not all was made
	Failed     Outcome = "failed"      // it ended, and nothing was made
	Stopped    Outcome = "stopped"     // it was killed
	InProgress Outcome = "in progress" // it is going on
)

// Outcome says how the run ended.
func (r *Run) Outcome() Outcome {
	switch made, _, unknown := r.Count(); {
	case r.Ended.IsZero() && r.Live:
		return InProgress
	case r.Ended.IsZero():
		return Stopped
	case !slices.ContainsFunc(r.Zones, func(z Zone) bool { return !z.Complete }):
		return Complete
	case made+unknown == 0 && !slices.ContainsFunc(r.Zones, func(z Zone) bool { return z.Created != NotMade }):
		return Failed
	}
	return InPart
}

// Count returns how many changes were made, surely not made, and perhaps made.
// Those that were so before the run are in none.
func (r *Run) Count() (made, notMade, unknown int) {
	for _, z := range r.Zones {
		m, n, u := z.Count()
		made, notMade, unknown = made+m, notMade+n, unknown+u
	}
	return made, notMade, unknown
}

// Count does as Run.Count for one zone.
func (z *Zone) Count() (made, notMade, unknown int) {
	for _, f := range z.Fates {
		switch f {
		case Made:
			made++
		case NotMade:
			notMade++
		case Unknown:
			unknown++
		case Already:
		}
	}
	return made, notMade, unknown
}

// Busy reports whether the run had anything to do in the zone.
func (z *Zone) Busy() bool { return z.Create || len(z.Fates) > 0 }

// Zone returns what the run did to a zone at a provider, nil where nothing was
// to be done to it.
func (r *Run) Zone(name state.Name, provider string) *Zone {
	for i := range r.Zones {
		if z := &r.Zones[i]; z.Name == name && z.Provider == provider {
			return z
		}
	}
	return nil
}

// History is the records of a Store, as runs.
type History struct {
	Store
	Now func() time.Time // time.Now where nil
}

func (h *History) now() time.Time {
	now := time.Now
	if h.Now != nil {
		now = h.Now
	}
	return now().UTC().Truncate(time.Millisecond)
}

// NewID returns an ID that sorts by time and is another one each time.
func NewID(at time.Time) string {
	var random [3]byte
	_, _ = rand.Read(random[:]) // it never fails
	return at.UTC().Format("20060102T150405Z") + "-" + hex.EncodeToString(random[:])
}

// List returns all runs, the newest first, without their plans. The error joins
// what is wrong with single records: the other runs are returned all the same.
func (h *History) List(ctx context.Context) ([]*Run, error) {
	records, err := h.Store.List(ctx)
	var runs []*Run
	errs := []error{err}
	for i := range records {
		run, err := decode(&records[i])
		if err != nil {
			errs = append(errs, err)
			continue
		}
		runs = append(runs, run)
	}
	slices.SortFunc(runs, func(a, b *Run) int { // an ID tells the second only
		return cmp.Or(b.Started.Compare(a.Started), strings.Compare(b.ID, a.ID))
	})
	return runs, errors.Join(errs...)
}

// Read returns a run with its plan. The id may be shortened to any beginning
// that no other run has.
func (h *History) Read(ctx context.Context, id string) (*Run, error) {
	record, err := h.Load(ctx, id)
	if errors.Is(err, ErrNoRun) {
		if id, err = h.complete(ctx, id); err != nil {
			return nil, err
		}
		record, err = h.Load(ctx, id)
	}
	if err != nil {
		return nil, err
	}
	return decode(record)
}

// complete returns the ID of the only run whose ID begins so.
func (h *History) complete(ctx context.Context, prefix string) (string, error) {
	records, err := h.Store.List(ctx)
	var found []string
	for _, r := range records {
		if prefix != "" && strings.HasPrefix(r.ID, prefix) {
			found = append(found, r.ID)
		}
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) > 1:
		slices.Sort(found)
		return "", fmt.Errorf("%d runs have an ID that begins with %s: %s", len(found), prefix, strings.Join(found, ", "))
	case err != nil:
		return "", err // the run may be one of those that can't be read
	}
	return "", fmt.Errorf("%w: %s; zoneloom history lists them", ErrNoRun, prefix)
}
