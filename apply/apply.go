// Package apply holds the engine that brings zones to what their owner wants:
// it looks them up, reads them, has package plan work out the changes, and makes
// exactly those changes, or none where something has moved meanwhile.
//
// It knows no YAML, no flags, no terminal and no service by name. A command or a
// daemon gives it providers and targets, listens to its events, and says what
// became of a run from its report.
package apply

import (
	"context"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/zoneloom/zoneloom/plan"
	"github.com/zoneloom/zoneloom/provider"
	"github.com/zoneloom/zoneloom/state"
)

// Target is one zone to be kept at one provider.
type Target struct {
	Zone     state.Name
	Provider string // its name in the configuration
	Want     *state.Zone
	Rules    state.Rules
	Create   bool          // make the zone where it isn't visible
	Spec     provider.Spec // and make it so
	// Written reports whether the attribute was written on the record itself;
	// nil: it always was.
	Written func(src state.Src, attribute string) bool
}

// Opened is a provider under its name in the configuration.
type Opened struct {
	Kind string // its type: "cloudflare"
	provider.Provider
}

// Engine plans and applies. Its fields must not change while it works; its
// methods may be called from several goroutines.
type Engine struct {
	Providers map[string]Opened // by their names in the configuration
	Events    func(Event)       // told what happens, one event at a time; may be nil
	Journal   Journal           // told ahead of each write; may be nil
	Judge     Judge             // looks at each plan before it may be applied; may be nil
	Locks     Locks             // taken before anything is written; may be nil
	Parallel  int               // zones at work side by side; 8 where 0
	Now       func() time.Time  // time.Now where nil

	events sync.Mutex
}

// Judge looks at a plan, beside its guards, and returns what it objects to and
// what its owner should know. It sees a plan that was just made, and of one that
// was stored what is left to do. When ctx ends, what it returns doesn't count.
type Judge func(ctx context.Context, p *plan.Plan) ([]plan.Refusal, []Problem)

// Journal is told of a run before anything is written, so that it can be taken
// back or finished later. An error stops what it was told of.
type Journal interface {
	// Begin comes once, before the first write.
	Begin(p *plan.Plan) error
	// Create comes before a zone is created.
	Create(z *plan.Zone) error
	// Write comes before each provider.Zone.Write; what it returns is told of the
	// requests, which index changes. It may be called from several goroutines.
	Write(z *plan.Zone, changes []state.Change) provider.Recorder
	// End comes once, after the last write.
	End(r *Report) error
}

const (
	parallel  = 8                // zones side by side by default
	fresh     = 10 * time.Second // how long a snapshot counts as just read
	maxRounds = 4                // writes of one zone in a run, each after a lost answer but the first
)

func (e *Engine) now() time.Time {
	if e.Now != nil {
		return e.Now()
	}
	return time.Now()
}

// Panic is a panic in one of the engine's goroutines. The call that started it
// panics with it once the others are done.
type Panic struct {
	Value any
	Stack string // of the goroutine
}

// sideBySide calls do for each item, some at once, and returns when all are
// done. What goes wrong with one must not stop the others, so do returns nothing.
func sideBySide[T any](e *Engine, items []T, do func(T)) {
	var g errgroup.Group
	g.SetLimit(max(e.Parallel, 1))
	if e.Parallel <= 0 {
		g.SetLimit(parallel)
	}
	var first atomic.Pointer[Panic]
	for _, item := range items {
		g.Go(func() error {
			defer func() {
				if what := recover(); what != nil {
					first.CompareAndSwap(nil, &Panic{what, string(debug.Stack())})
				}
			}()
			do(item)
			return nil
		})
	}
	_ = g.Wait() // do has no error to return
	if p := first.Load(); p != nil {
		panic(p)
	}
}
