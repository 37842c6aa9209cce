package apply_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneloom/zoneloom/apply"
	"github.com/zoneloom/zoneloom/plan"
	"github.com/zoneloom/zoneloom/provider"
	"github.com/zoneloom/zoneloom/provider/providertest"
	"github.com/zoneloom/zoneloom/state"
)

// journal notes what it is told, and fails when it comes to fail.
type journal struct {
	fail    string
	lines   []string
	changes []state.Change
}

var errFull = errors.New("the disk is full")

func (j *journal) note(format string, args ...any) error {
	line := fmt.Sprintf(format, args...)
	j.lines = append(j.lines, line)
	if line == j.fail {
		return errFull
	}
	return nil
}

func (j *journal) Begin(p *plan.Plan) error  { return j.note("begin %d", len(p.Zones)) }
func (j *journal) Create(z *plan.Zone) error { return j.note("create %s", z.Name) }
func (j *journal) End(r *apply.Report) error { return j.note("end %t", r.Wrote()) }

func (j *journal) Write(z *plan.Zone, changes []state.Change) provider.Recorder {
	_ = j.note("write %s", z.Name)
	j.changes = changes
	return j
}

func (j *journal) Sending(r provider.Request) error {
	return j.note("sending %s", j.changes[r.Changes[0]].Key)
}

func (j *journal) Done(r provider.Request, o provider.Outcome) {
	_ = j.note("done %s %d", j.changes[r.Changes[0]].Key, o.Results[0])
}

func TestJournalIsWrittenAhead(t *testing.T) {
	tests := []struct {
		name, fail string
		lines      []string
		requests   int
		wrote      bool
	}{
		{"all goes well", "", []string{
			"begin 1", "create new.example.", "write new.example.",
			"sending new.example. MX", "done new.example. MX 1", "sending www.new.example. A", "done www.new.example. A 1", "end true",
		}, 2, true},
		{"it can't begin", "begin 1", []string{"begin 1"}, 0, false},
		{"it can't note a creation", "create new.example.", []string{"begin 1", "create new.example.", "end false"}, 0, false},
		{"it can't note a request", "sending www.new.example. A", []string{
			"begin 1", "create new.example.", "write new.example.",
			"sending new.example. MX", "done new.example. MX 1", "sending www.new.example. A", "end true",
		}, 1, true},
		{"it can't end", "end true", []string{
			"begin 1", "create new.example.", "write new.example.",
			"sending new.example. MX", "done new.example. MX 1", "sending www.new.example. A", "done www.new.example. A 1", "end true",
		}, 2, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := creating(t)
			w.memory.BatchLimit = 1
			j := &journal{fail: tt.fail}
			w.engine.Journal = j
			r, err := w.engine.Apply(t.Context(), w.plan(), apply.Options{})
			if (err != nil) != (tt.fail != "") || err != nil && !errors.Is(err, errFull) {
				t.Errorf("Apply = %v", err)
			}
			if diff := cmp.Diff(tt.lines, j.lines); diff != "" {
				t.Errorf("the journal (-want +got):\n%s", diff)
			}
			if got := w.memory.Calls().Requests; got != tt.requests || r.Wrote() != tt.wrote {
				t.Errorf("%d requests, want %d; Wrote = %t", got, tt.requests, r.Wrote())
			}
		})
	}
}

func TestJournalHearsOfEveryAttempt(t *testing.T) {
	w := newWorld(t)
	w.live("example.com.")
	w.want("example.com.", hosts(1)...)
	w.memory.OnWrite = script(providertest.LoseRequest)
	j := &journal{}
	w.engine.Journal = j
	w.apply()
	want := []string{
		"begin 1", "write example.com.", "sending host000.example.com. A", "done host000.example.com. A 2",
		"write example.com.", "sending host000.example.com. A", "done host000.example.com. A 1", "end true",
	}
	if diff := cmp.Diff(want, j.lines); diff != "" {
		t.Errorf("the journal (-want +got):\n%s", diff)
	}
}
