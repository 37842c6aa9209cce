package apply_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneloom/zoneloom/apply"
	"github.com/zoneloom/zoneloom/plan"
	"github.com/zoneloom/zoneloom/provider"
	"github.com/zoneloom/zoneloom/provider/providertest"
	"github.com/zoneloom/zoneloom/state"
)

// TestStop: the first Ctrl-C lets the request in flight finish, the second
// doesn't.
func TestStop(t *testing.T) {
	tests := []struct {
		name    string
		twice   bool
		results map[string]string
		records int
		err     error
	}{
		{
			name:    "the request in flight finishes, and nothing more is sent",
			results: map[string]string{"host000.example.com. A": "made", "host001.example.com. A": "not made"},
			records: 1, err: apply.ErrStopped,
		},
		{
			name: "asked twice, what is in flight is left alone", twice: true,
			results: map[string]string{"host000.example.com. A": "unknown", "host001.example.com. A": "not made"},
			records: 0, err: provider.ErrUnknown,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.engine.Parallel = 1
			w.memory.BatchLimit = 1
			w.live("example.com.")
			w.live("later.example.")
			w.want("example.com.", hosts(2)...)
			w.want("later.example.", hosts(1)...)
			p := w.plan()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			stop, inFlight, goOn := make(chan struct{}), make(chan struct{}), make(chan struct{})
			w.memory.OnWrite = func(ctx context.Context, _ providertest.Write) providertest.Verdict {
				close(inFlight) // a second request panics here
				select {
				case <-goOn:
				case <-ctx.Done():
				}
				return providertest.Commit
			}
			go func() {
				<-inFlight
				close(stop)
				if tt.twice {
					cancel()
				} else {
					close(goOn)
				}
			}()
			r, err := w.engine.Apply(ctx, p, apply.Options{Stop: stop})
			if !errors.Is(err, tt.err) || !errors.Is(err, apply.ErrStopped) || !r.Wrote() || r.Complete() {
				t.Fatalf("Apply = %+v, %v", r, err)
			}
			if diff := cmp.Diff(tt.results, results(r, 0)); diff != "" {
				t.Errorf("results (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(map[string]string{"host000.later.example. A": "not made"}, results(r, 1)); diff != "" {
				t.Errorf("results of the later zone (-want +got):\n%s", diff)
			}
			if got := w.memory.Content("example.com.").Len(); got != tt.records {
				t.Errorf("%d records, want %d", got, tt.records)
			}
		})
	}
}

func TestStopBeforeTheFirstWrite(t *testing.T) {
	tests := []struct {
		name string
		when func(w *world, stop func(), o *apply.Options)
	}{
		{"while the question stands", func(_ *world, stop func(), o *apply.Options) {
			o.Confirm = func(ctx context.Context, _ *plan.Plan) (bool, error) {
				stop()
				<-ctx.Done()
				return false, nil
			}
		}},
		{"while the zone is read again", func(w *world, stop func(), o *apply.Options) {
			o.Confirm = func(context.Context, *plan.Plan) (bool, error) { return true, nil }
			w.memory.OnRead = func(ctx context.Context, _ state.Name) error {
				stop()
				<-ctx.Done()
				return ctx.Err()
			}
		}},
		{"before it begins", func(_ *world, stop func(), _ *apply.Options) { stop() }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.live("example.com.")
			w.want("example.com.", "www 300 A 192.0.2.1")
			p := w.plan()
			stop := make(chan struct{})
			o := apply.Options{Stop: stop}
			tt.when(w, func() { close(stop) }, &o)
			r, err := w.engine.Apply(t.Context(), p, o)
			if !errors.Is(err, apply.ErrStopped) || r.Wrote() {
				t.Fatalf("Apply = %+v, %v", r, err)
			}
			if w.memory.Calls().Requests != 0 {
				t.Error("something was written")
			}
		})
	}
}
