package cloudflare

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/zoneloom/zoneloom/provider"
	"github.com/zoneloom/zoneloom/state"
)

// errTooLarge is a batch that was refused, it seems, for its size.
var errTooLarge = errors.New("the service takes smaller batches than its plan says")

// fail says in o what became of a batch that failed with err.
func (w *writer) fail(b *batch, order map[string][]operation, err error, o *provider.Outcome) {
	zone := w.zone.info.Name
	e, _ := errors.AsType[*APIError](err)
	if e != nil {
		o.RequestID, o.Codes = e.RequestID, e.codes()
	}
	o.Results = w.results(b, provider.NotMade)
	switch {
	case mayBeMade(err):
		o.Results = w.results(b, provider.Unknown)
		o.Err = fmt.Errorf("zone %s: a batch of %d operations: %w: %w", zone, len(b.ops), provider.ErrUnknown, err)
	case e == nil || e.Status == http.StatusTooManyRequests:
		o.Err = fmt.Errorf("zone %s: a batch of %d operations was not made: %w", zone, len(b.ops), err)
	case e.isAuth():
		o.Err = fmt.Errorf("zone %s: nothing of a batch of %d operations was made: %w", zone, len(b.ops), w.zone.p.advise(err, "DNS Edit for this zone"))
	case tooLarge(e, len(b.ops)):
		o.Err = fmt.Errorf("zone %s: a batch of %d operations: %w: %w: %w", zone, len(b.ops), provider.ErrRefused, errTooLarge, err)
	default:
		o.Culprit, o.Record = w.culprit(b, order, e)
		o.Err = fmt.Errorf("zone %s: %s: %w: %w", zone, w.describe(b, o), provider.ErrRefused, e)
	}
}

// describe says what was refused, and what with it.
func (w *writer) describe(b *batch, o *provider.Outcome) string {
	if o.Culprit < 0 {
		return fmt.Sprintf("one of %d RRsets in a batch of %d operations", len(b.changes), len(b.ops))
	}
	text := w.changes[o.Culprit].Key.String()
	const most = 80
	if data := o.Record; len(data) > most {
		text += " " + data[:most] + "..."
	} else if data != "" {
		text += " " + data
	}
	if len(b.ops) > 1 {
		text += fmt.Sprintf(" (one of %d operations in its batch)", len(b.ops))
	}
	return text
}

// tooLarge reports whether a batch was refused for its size. The service's code
// for that isn't known: it is one that speaks of no record.
func tooLarge(e *APIError, ops int) bool {
	if ops <= smallBatch {
		return false
	}
	if e.Status == http.StatusRequestEntityTooLarge {
		return true
	}
	return len(e.Errors) > 0 && !e.has(isRecordCode) && !slices.ContainsFunc(e.Errors, func(d Detail) bool { return isItem(d.Source.Pointer) })
}

// isRecordCode reports whether code is known to speak of a record rather than of
// the request around it. All of 9000 to 9399 that is known is about fields of a
// record, but for the Content-Type; of the 81000s only these are known, and a
// limit of batches may well be among the others.
func isRecordCode(code int) bool {
	switch code {
	case 1004, 1032, 1038, 81044, 81045, 81053, 81054, 81055, 81056, 81057, 81058, 83011:
		return true
	case 9207:
		return false
	}
	return 9000 <= code && code < 9400
}

func isItem(pointer string) bool {
	_, _, ok := parsePointer(pointer)
	return ok
}

// parsePointer reads "/posts/3/content".
func parsePointer(pointer string) (list string, n int, ok bool) {
	parts := strings.Split(pointer, "/")
	if len(parts) < 3 || parts[0] != "" {
		return "", 0, false
	}
	n, err := strconv.Atoi(parts[2])
	return parts[1], n, err == nil && n >= 0
}

// culprit finds the change that the service refused, and the data of its record:
// by the place that its answer names, else by what Check says about the names in
// the batch, else as the only one. It returns -1 where that names none or several.
func (w *writer) culprit(b *batch, order map[string][]operation, e *APIError) (change int, data string) {
	for _, d := range e.Errors {
		if list, n, ok := parsePointer(d.Source.Pointer); ok && n < len(order[list]) {
			return order[list][n].change, order[list][n].data
		}
	}
	if len(b.ops) == 1 {
		return b.ops[0].change, b.ops[0].data
	}
	if len(b.changes) == 1 {
		return b.changes[0], ""
	}
	suspects := w.suspects(b)
	if len(suspects) == 1 {
		return suspects[0], ""
	}
	return -1, ""
}

// suspects returns the changes of b that Check finds a fault in, judging each
// name as it would stand after them.
func (w *writer) suspects(b *batch) []int {
	byKey := map[state.Key]int{}
	var entries []state.Entry
	for _, i := range b.changes {
		c := &w.changes[i]
		byKey[c.Key] = i
		entries = appendSet(entries, c.After)
	}
	for _, i := range b.changes {
		for _, s := range w.at.Zone.At(w.changes[i].Name) {
			if _, changed := byKey[s.Key]; !changed {
				byKey[s.Key] = -1 // once only, though several changes are at this name
				entries = appendSet(entries, &s)
			}
		}
	}
	info := w.zone.Info()
	_, problems := w.zone.p.Check(state.NewZone(w.zone.info.Name, entries), &info)
	var suspects []int
	for _, p := range problems {
		if i, ok := byKey[p.Key]; ok && i >= 0 && p.Severity == state.SeverityError {
			suspects = append(suspects, i)
		}
	}
	slices.SortFunc(suspects, cmp.Compare[int])
	return slices.Compact(suspects)
}

func appendSet(entries []state.Entry, s *state.RRset) []state.Entry {
	for _, r := range s.Ours() {
		entries = append(entries, state.Entry{Key: s.Key, Record: r})
	}
	return entries
}
