package apply

import (
	"fmt"
	"strings"

	"github.com/zoneloom/zoneloom/plan"
	"github.com/zoneloom/zoneloom/state"
)

// refusal is why a service refused a change, with the place that asks for it.
type refusal struct {
	text string
	err  error
}

// Error begins with the place.
func (e *refusal) Error() string { return e.text }

// Unwrap returns the provider's error.
func (e *refusal) Unwrap() error { return e.err }

// refusal returns why the service refused c, or its name as a whole.
func (w *writer) refusal(c *ChangeReport, err error) error {
	text := withoutZone(w.Zone, err.Error())
	if !c.blamed && !strings.HasPrefix(text, string(c.Name)) { // else the provider names it
		text = string(c.Name) + ": " + text
	}
	if file, line := c.Place(w.o.Pos); file != "" {
		text = fmt.Sprintf("%s:%d: %s", file, line, text)
	}
	return &refusal{text, err}
}

// Place returns where the change is declared: its record that the service refused,
// where that is known, else the first one. The file is empty where the
// configuration doesn't ask for any.
func (c *ChangeReport) Place(pos plan.Position) (file string, line int) {
	if pos == nil || c.After == nil {
		return "", 0
	}
	var first state.Src
	for _, r := range c.After.Records {
		if r.Src == 0 {
			continue
		}
		if c.Record != "" && r.Data == c.Record {
			return pos(r.Src)
		}
		if first == 0 || r.Src < first {
			first = r.Src
		}
	}
	if first == 0 {
		return "", 0
	}
	return pos(first)
}
