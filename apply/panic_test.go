package apply_test

import (
	"context"
	"strings"
	"testing"

	"github.com/zoneloom/zoneloom/apply"
	"github.com/zoneloom/zoneloom/state"
)

// A panic while one zone is read comes back to the caller, once the others are
// done.
func TestPanicComesBack(t *testing.T) {
	w := newWorld(t)
	w.memory.OnRead = func(_ context.Context, z state.Name) error {
		if z == "a.example." {
			panic("odd")
		}
		return nil
	}
	w.live("a.example.")
	w.live("b.example.")
	w.want("a.example.")
	w.want("b.example.")
	defer func() {
		p, ok := recover().(*apply.Panic)
		if !ok || p.Value != "odd" || !strings.Contains(p.Stack, "panic_test.go") {
			t.Errorf("recovered %v", p)
		}
		if got := w.memory.Calls().Reads; got != 1 { // it counts those that came back
			t.Errorf("%d zones were read to the end, want the other one", got)
		}
	}()
	_, _ = w.engine.Plan(t.Context(), w.targets)
	t.Error("no panic")
}
