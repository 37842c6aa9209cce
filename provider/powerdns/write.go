package powerdns

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/zoneloom/zoneloom/provider"
	"github.com/zoneloom/zoneloom/state"
)

const (
	// smallBody is what every server takes: webserver-max-bodysize counts in MiB.
	smallBody = 1<<20 - reserve
	// defaultBody is webserver-max-bodysize where nobody has set it.
	defaultBody = 2 << 20
	reserve     = 16 << 10 // for what stands around the RRsets, a raised SOA among it
)

// request is what is sent as one PATCH.
type request struct {
	changes []int
	sets    []json.RawMessage
	ops     int
	size    int
}

// Write implements provider.Zone: one PATCH, or as few as the server's limit for
// the body of a request allows.
func (z *zone) Write(ctx context.Context, at *provider.Snapshot, changes []state.Change, r provider.Recorder) error {
	own, ok := at.Own.(*owned)
	if !ok {
		return fmt.Errorf("zone %s: the snapshot to write from is not one of PowerDNS's", z.info.Name)
	}
	if isSecondary(own.kind) {
		return fmt.Errorf("zone %s: %w: %s", z.info.Name, provider.ErrRefused, secondaryText)
	}
	groups, err := z.compile(at, own, changes)
	if err != nil {
		return fmt.Errorf("zone %s: nothing was sent: %w", z.info.Name, err)
	}
	requests, err := z.divide(ctx, groups)
	if err != nil {
		return fmt.Errorf("zone %s: nothing was sent: %w", z.info.Name, err)
	}
	if err := z.fresh(ctx, at, changes); err != nil {
		return fmt.Errorf("zone %s: nothing was sent: %w", z.info.Name, err)
	}
	w := &writer{zone: z, at: at, own: own, changes: changes, recorder: r}
	for i := range requests {
		if err := w.send(ctx, &requests[i], i+1); err != nil {
			return err
		}
	}
	return nil
}

// divide fills requests with groups, in their order, up to the server's limit.
func (z *zone) divide(ctx context.Context, groups []*group) ([]request, error) {
	total := 0
	for _, g := range groups {
		total += g.size
	}
	limit := smallBody
	if total > limit {
		limit = z.p.bodyLimit(ctx)
	}
	var requests []request
	for _, g := range groups {
		if g.size > limit {
			return nil, fmt.Errorf("%w: what changes at %s takes %d octets, and the server takes %d in one request: raise its webserver-max-bodysize",
				provider.ErrRefused, g.name, g.size, limit)
		}
		if n := len(requests); n == 0 || requests[n-1].size+g.size > limit {
			requests = append(requests, request{})
		}
		q := &requests[len(requests)-1]
		q.changes = append(q.changes, g.changes...)
		q.sets = append(q.sets, g.sets...)
		q.ops += g.ops
		q.size += g.size
	}
	return requests, nil
}

// bodyLimit asks the server how large a request may be. One that doesn't tell,
// as a proxy may not, is taken to have the default.
func (p *Provider) bodyLimit(ctx context.Context) int {
	var settings []struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	}
	limit := defaultBody
	if err := p.api().do(ctx, call{method: http.MethodGet, path: p.path("config")}, &settings); err == nil {
		for _, s := range settings {
			if n, err := strconv.Atoi(s.Value); s.Name == "webserver-max-bodysize" && err == nil && n > 0 && n < 1<<10 {
				limit = n << 20
			}
		}
	}
	return limit - reserve
}

// writer is one Write.
type writer struct {
	zone     *zone
	at       *provider.Snapshot
	own      *owned
	changes  []state.Change
	recorder provider.Recorder
}

// send makes the n-th request and tells the recorder.
func (w *writer) send(ctx context.Context, q *request, n int) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("zone %s: %w", w.zone.info.Name, err)
	}
	body, err := w.body(q, n)
	if err != nil {
		return fmt.Errorf("zone %s: request %d was not sent: %w", w.zone.info.Name, n, err)
	}
	announced := provider.Request{Zone: w.zone.info.Name, N: n, Changes: q.changes, Ops: q.ops}
	if err := w.recorder.Sending(announced); err != nil {
		return fmt.Errorf("zone %s: stopped before request %d: %w", w.zone.info.Name, n, err)
	}
	again := func() error { return provider.Repeating(w.recorder, announced) }
	err = w.zone.p.api().do(ctx, call{method: http.MethodPatch, path: w.zone.path(), body: body, timeout: writeTimeout, again: again}, nil)
	outcome := provider.Outcome{Culprit: -1}
	result := provider.Made
	if err != nil {
		result = w.fail(q, len(body), err, &outcome)
	}
	for range q.changes {
		outcome.Results = append(outcome.Results, result)
	}
	w.recorder.Done(announced, outcome)
	return outcome.Err
}

// body returns the body of the n-th request.
func (w *writer) body(q *request, n int) ([]byte, error) {
	sets := q.sets
	raised, err := w.zone.raise(w.at, w.own, w.changes, n)
	if err != nil {
		return nil, err
	}
	if raised != nil {
		text, err := json.Marshal(raised)
		if err != nil {
			return nil, err
		}
		sets = append(slices.Clip(sets), text)
	}
	return json.Marshal(map[string]any{"rrsets": sets})
}

// fail says in o what became of a request that failed with err. The server makes
// a PATCH as one transaction, which it takes back before it says no.
func (w *writer) fail(q *request, size int, err error, o *provider.Outcome) provider.Result {
	zone, code := w.zone.info.Name, status(err)
	if code != 0 {
		o.Codes = []string{strconv.Itoa(code)}
	}
	switch {
	case mayBeMade(err):
		o.Err = fmt.Errorf("zone %s: a PATCH of %d RRsets: %w: %w", zone, len(q.sets), provider.ErrUnknown, err)
		return provider.Unknown
	case code == 0:
		o.Err = fmt.Errorf("zone %s: a PATCH of %d RRsets was not made: %w", zone, len(q.sets), err)
	case errors.Is(err, provider.ErrAuth):
		o.Err = fmt.Errorf("zone %s: nothing of a PATCH of %d RRsets was made: %w", zone, len(q.sets), w.zone.p.advise(err))
	case code == http.StatusNotFound:
		o.Err = fmt.Errorf("zone %s: %w: %w: %w", zone, provider.ErrRefused, provider.ErrNoZone, err)
	case code == http.StatusRequestEntityTooLarge, code == http.StatusBadRequest && size > smallBody:
		o.Err = fmt.Errorf("zone %s: a PATCH of %d octets: %w: %w; raise the server's webserver-max-bodysize if it is too large", zone, size, provider.ErrRefused, err)
	default:
		e, _ := errors.AsType[*APIError](err)
		o.Culprit = w.culprit(q, e)
		o.Err = fmt.Errorf("zone %s: %s: %w: %w", zone, w.describe(q, o.Culprit), provider.ErrRefused, e)
	}
	return provider.NotMade
}

func (w *writer) describe(q *request, culprit int) string {
	switch {
	case culprit >= 0 && len(q.sets) == 1:
		return w.changes[culprit].Key.String()
	case culprit >= 0:
		return fmt.Sprintf("%s (one of %d RRsets in its PATCH)", w.changes[culprit].Key, len(q.sets))
	}
	return fmt.Sprintf("one of %d RRsets in a PATCH", len(q.sets))
}

// culprit finds the change that the server refused, or -1: the only one there is,
// the one that the server's words name, or the only one that Check finds a fault
// in.
func (w *writer) culprit(q *request, e *APIError) int {
	if len(q.changes) == 1 {
		return q.changes[0]
	}
	words := " " + strings.Join(e.Texts, " ")
	for _, i := range q.changes {
		// "RRset www.example.com. IN A: ..." or "Record www.example.com./A '...': ..."
		k := w.changes[i].Key
		for _, named := range []string{fmt.Sprintf(" %s IN %s", k.Name, k.Type), fmt.Sprintf(" %s/%s", k.Name, k.Type)} {
			if _, rest, found := strings.Cut(words, named); found && strings.IndexAny(rest, " :") == 0 {
				return i
			}
		}
	}
	byKey := map[state.Key]int{}
	var entries []state.Entry
	seen := map[state.Name]bool{}
	for _, i := range q.changes {
		byKey[w.changes[i].Key] = i
		entries = appendSet(entries, w.changes[i].After)
	}
	for _, i := range q.changes {
		name := w.changes[i].Name
		if seen[name] {
			continue
		}
		seen[name] = true
		for _, s := range w.at.Zone.At(name) {
			if _, changed := byKey[s.Key]; !changed {
				entries = appendSet(entries, &s)
			}
		}
	}
	info := w.zone.Info()
	_, problems := w.zone.p.Check(state.NewZone(w.zone.info.Name, entries), &info)
	culprit := -1
	for _, p := range problems {
		i, ok := byKey[p.Key]
		switch {
		case !ok || p.Severity != state.SeverityError || i == culprit:
		case culprit >= 0:
			return -1
		default:
			culprit = i
		}
	}
	return culprit
}

func appendSet(entries []state.Entry, s *state.RRset) []state.Entry {
	for _, r := range s.Ours() {
		entries = append(entries, state.Entry{Key: s.Key, Record: r})
	}
	return entries
}
