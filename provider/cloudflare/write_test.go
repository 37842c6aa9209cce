package cloudflare_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/zoneloom/zoneloom/provider"
	"github.com/zoneloom/zoneloom/provider/cloudflare/sandbox"
	"github.com/zoneloom/zoneloom/state"
)

// made is the answer to a batch.
var made = step{body: `{"success":true,"errors":[],"messages":[],"result":{"deletes":null,"patches":[],"posts":[]}}`}

// snapshotOf reads an empty zone that answers to its batches by steps.
func snapshotOf(t *testing.T, plan string, steps ...step) (provider.Zone, *provider.Snapshot, *script) {
	t.Helper()
	p, s, _ := serve(t, append([]step{found(plan), {body: list(1, 0, 0)}}, steps...)...)
	zone := zoneOf(t, p)
	snap, err := zone.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return zone, snap, s
}

// hosts are n changes that create one address each.
func hosts(n int) []state.Change {
	var list []state.Change
	for i := range n {
		list = append(list, create(state.Name(fmt.Sprintf("h%05d.example.com.", i)), "A", "192.0.2.1"))
	}
	return list
}

func TestWriteFails(t *testing.T) {
	wrong := func(source string) string {
		return refusal(`{"code":9005,"message":"Content for A record must be a valid IPv4 address."` + source + `}`)
	}
	for _, tt := range []struct {
		name    string
		changes []state.Change
		answer  step
		is      error // nil: neither of the three
		result  provider.Result
		culprit int
		codes   []string
		calls   int
	}{
		{"refused, and it says which", hosts(3), step{status: 400, header: map[string]string{"CF-Ray": "ray"}, body: wrong(`,"source":{"pointer":"/posts/2/content"}`)}, provider.ErrRefused, provider.NotMade, 2, []string{"9005"}, 1},
		{"refused, and there is only one", hosts(1), step{status: 400, body: wrong("")}, provider.ErrRefused, provider.NotMade, 0, []string{"9005"}, 1},
		{"refused, and nobody knows which", hosts(3), step{status: 400, body: wrong("")}, provider.ErrRefused, provider.NotMade, -1, []string{"9005"}, 1},
		{"refused, and Check knows which", append(hosts(2), create("x.example.com.", "CNAME", "x.example.com.")), step{status: 400, body: wrong("")}, provider.ErrRefused, provider.NotMade, 2, []string{"9005"}, 1},
		{"a pointer that leads nowhere", hosts(3), step{status: 400, body: wrong(`,"source":{"pointer":"/posts/9/content"}`)}, provider.ErrRefused, provider.NotMade, -1, []string{"9005"}, 1},
		{"not permitted", hosts(2), step{status: 403, body: refusal(`{"code":10000,"message":"Authentication error"}`)}, provider.ErrAuth, provider.NotMade, -1, []string{"10000"}, 1},
		{"an answer that is lost", hosts(2), step{cut: true}, provider.ErrUnknown, provider.Unknown, -1, nil, 1},
		{"an answer that breaks off", hosts(2), step{half: true, body: `{"succ`}, provider.ErrUnknown, provider.Unknown, -1, nil, 1},
		{"a gateway that gives up", hosts(2), step{status: 502, body: "<html>"}, provider.ErrUnknown, provider.Unknown, -1, nil, 1},
		{"the service fails", hosts(2), step{status: 500, body: refusal(`{"code":1000,"message":"oops"}`)}, provider.ErrUnknown, provider.Unknown, -1, []string{"1000"}, 1},
		{"a success that isn't JSON", hosts(2), step{body: "<html>"}, provider.ErrUnknown, provider.Unknown, -1, nil, 1},
		{"too many calls, for long", hosts(2), step{status: 429, header: map[string]string{"Retry-After": "9999"}}, nil, provider.NotMade, -1, nil, 1},
		{"too many calls, again and again", hosts(2), step{status: 429}, nil, provider.NotMade, -1, nil, 6},
	} {
		t.Run(tt.name, func(t *testing.T) {
			zone, snap, s := snapshotOf(t, "pro", tt.answer)
			var l log
			err := zone.Write(t.Context(), snap, tt.changes, &l)
			if err == nil {
				t.Fatal("Write succeeded")
			}
			for _, sentinel := range []error{provider.ErrRefused, provider.ErrUnknown, provider.ErrAuth} {
				if want := errors.Is(tt.is, sentinel); errors.Is(err, sentinel) != want {
					t.Errorf("Write = %v; is it %v? want %t", err, sentinel, want)
				}
			}
			if got := s.count() - 2; got != tt.calls {
				t.Errorf("%d calls, want %d", got, tt.calls)
			}
			if len(l.outcomes) != 1 {
				t.Fatalf("%d outcomes, want 1", len(l.outcomes))
			}
			o := l.outcomes[0]
			if o.Culprit != tt.culprit || !slices.Equal(o.Codes, tt.codes) || !errors.Is(err, o.Err) {
				t.Errorf("outcome %+v; want culprit %d, codes %v, error %v", o, tt.culprit, tt.codes, err)
			}
			if slices.ContainsFunc(o.Results, func(r provider.Result) bool { return r != tt.result }) || len(o.Results) != len(tt.changes) {
				t.Errorf("results %v, want %v for each", o.Results, tt.result)
			}
			if strings.Contains(err.Error(), secret) {
				t.Errorf("the error holds the token: %v", err)
			}
		})
	}
}

func TestWriteSaysWhatWasRefused(t *testing.T) {
	zone, snap, _ := snapshotOf(t, "pro", step{status: 400, header: map[string]string{"CF-Ray": "ray-1"}, body: refusal(`{"code":9005,"message":"Content is wrong.","source":{"pointer":"/posts/1"}}`)})
	var l log
	err := zone.Write(t.Context(), snap, hosts(3), &l)
	for _, want := range []string{"example.com.", "h00001.example.com. A", "9005", "Content is wrong.", "ray-1"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Write = %v, which lacks %q", err, want)
		}
	}
	if l.outcomes[0].RequestID != "ray-1" {
		t.Errorf("the outcome's request is %q", l.outcomes[0].RequestID)
	}
}

func TestWriteIsRepeatedAfter429(t *testing.T) {
	zone, snap, s := snapshotOf(t, "pro", step{status: 429, header: map[string]string{"Retry-After": "300"}}, made)
	var l log
	if err := zone.Write(t.Context(), snap, hosts(2), &l); err != nil {
		t.Fatal(err)
	}
	if s.count() != 4 || len(l.requests) != 1 || len(l.outcomes) != 1 {
		t.Errorf("%d calls, recorder: %s", s.count(), &l)
	}
}

// asked is a Recorder that has a request sent once more so many times.
type asked struct {
	log
	left int
}

var errEnough = errors.New("enough")

func (a *asked) Repeating(provider.Request) error {
	if a.left--; a.left < 0 {
		return errEnough
	}
	return nil
}

// A pause may be long, and what allowed the batch may be gone when it ends.
func TestWriteIsRepeatedOnlyWhileItMay(t *testing.T) {
	slow := step{status: 429, header: map[string]string{"Retry-After": "300"}, body: refusal(`{"code":10429,"message":"slow down"}`)}
	for left := range 3 {
		zone, snap, s := snapshotOf(t, "pro", slow, slow, slow, made)
		l := &asked{left: left}
		err := zone.Write(t.Context(), snap, hosts(2), l)
		if !errors.Is(err, errEnough) || !strings.Contains(err.Error(), "not sent again: enough; before that: ") || !strings.Contains(err.Error(), "slow down") {
			t.Errorf("Write = %v", err)
		}
		if s.count() != 3+left || len(l.outcomes) != 1 || slices.Contains(l.outcomes[0].Results, provider.Unknown) || slices.Contains(l.outcomes[0].Results, provider.Made) {
			t.Errorf("%d calls, recorder: %s", s.count(), &l.log)
		}
	}
}

// TestWriteAdaptsToSmallerBatches has a service that takes less than the plan
// promises and says so with a code that nobody knows.
func TestWriteAdaptsToSmallerBatches(t *testing.T) {
	p, s := inSandbox(t, sandbox.Options{Plan: "pro", BatchLimit: 200})
	zone := zoneOf(t, p)
	snap, err := zone.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s.ResetRequests()
	var l log
	if err := zone.Write(t.Context(), snap, hosts(450), &l); err != nil {
		t.Fatal(err)
	}
	if got := len(s.Requests()); got != 4 || len(l.requests) != 4 {
		t.Errorf("%d requests, want one that is refused and three; recorder: %s", got, &l)
	}
	if zone.Info().BatchLimit != 200 {
		t.Errorf("the limit is %d now, want 200", zone.Info().BatchLimit)
	}
	if live, err := zone.Read(t.Context()); err != nil || live.Zone.Len() != 450 {
		t.Errorf("the zone has %d records, want 450 (%v)", live.Zone.Len(), err)
	}
}

func TestWriteAdaptsToARequestThatIsTooLong(t *testing.T) {
	zone, snap, s := snapshotOf(t, "pro", step{status: http.StatusRequestEntityTooLarge, body: "<html>"}, made)
	var l log
	if err := zone.Write(t.Context(), snap, hosts(300), &l); err != nil {
		t.Fatal(err)
	}
	if s.count() != 5 || l.requests[0].Ops != 300 || l.requests[1].Ops != 200 || l.requests[2].Ops != 100 {
		t.Errorf("%d calls; %s", s.count()-2, &l)
	}
}

// TestWriteIsNotBisectedForARecord has a large batch refused for one record: it
// isn't its size, so nothing may be sent in parts.
func TestWriteIsNotBisectedForARecord(t *testing.T) {
	for name, body := range map[string]string{
		"by a known code":            refusal(`{"code":81058,"message":"An identical record already exists."}`),
		"by its place":               refusal(`{"code":70000,"message":"what","source":{"pointer":"/posts/7"}}`),
		"by a code behind another":   refusal(`{"code":70000,"message":"what","error_chain":[{"code":9005,"message":"why"}]}`),
		"without a word (a bad 4xx)": "<html>",
	} {
		t.Run(name, func(t *testing.T) {
			zone, snap, s := snapshotOf(t, "pro", step{status: 400, body: body})
			if err := zone.Write(t.Context(), snap, hosts(300), &log{}); !errors.Is(err, provider.ErrRefused) || s.count() != 3 {
				t.Errorf("Write = %v after %d calls, want ErrRefused after 1", err, s.count()-2)
			}
		})
	}
}

// TestWriteRefusedWithinAName has the second part of a name refused: only a new
// read tells what is there.
func TestWriteRefusedWithinAName(t *testing.T) {
	zone, snap, _ := snapshotOf(t, "free", made, step{status: 400, body: refusal(`{"code":81045,"message":"Record quota exceeded."}`)})
	var data []string
	for i := range 300 {
		data = append(data, fmt.Sprintf("198.18.%d.%d", i/100, i%100+100))
	}
	var l log
	err := zone.Write(t.Context(), snap, []state.Change{create("x.example.com.", "A", data...)}, &l)
	if !errors.Is(err, provider.ErrRefused) || len(l.outcomes) != 2 {
		t.Fatalf("Write = %v; %s", err, &l)
	}
	if got := l.outcomes[1].Results[0]; got != provider.Unknown {
		t.Errorf("a change that was made in part is reported as %v, want %v", got, provider.Unknown)
	}
}

// unconnected fails its first calls before anything is sent.
type unconnected struct {
	fails int
	next  http.RoundTripper
}

func (u *unconnected) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method == http.MethodPost && u.fails > 0 {
		u.fails--
		return nil, errors.New("connection refused")
	}
	return u.next.RoundTrip(r)
}

func TestWriteIsRepeatedWhereNothingWasSent(t *testing.T) {
	for _, tt := range []struct {
		fails int
		ok    bool
	}{{3, true}, {100, false}} {
		p, s, _ := serve(t, found("pro"), step{body: list(1, 0, 0)}, made)
		p.HTTP.Transport = &unconnected{tt.fails, p.HTTP.Transport}
		zone := zoneOf(t, p)
		snap, err := zone.Read(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var l log
		err = zone.Write(t.Context(), snap, hosts(2), &l)
		if (err == nil) != tt.ok || errors.Is(err, provider.ErrUnknown) || len(l.requests) != 1 {
			t.Errorf("after %d failures Write = %v; %s", tt.fails, err, &l)
		}
		if tt.ok && s.count() != 3 || !tt.ok && (s.count() != 2 || l.outcomes[0].Results[0] != provider.NotMade) {
			t.Errorf("after %d failures %d calls arrived; %s", tt.fails, s.count(), &l)
		}
	}
}

// sent returns the lists of a batch as "delete ID", "patch {...}" and
// "post TYPE NAME CONTENT".
func sent(t *testing.T, call string) []string {
	t.Helper()
	_, text, _ := strings.Cut(call, "/dns_records/batch ")
	var b struct {
		Deletes []struct{ ID string }
		Patches []json.RawMessage
		Posts   []struct{ Type, Name, Content string }
	}
	if err := json.Unmarshal([]byte(text), &b); err != nil {
		t.Fatalf("%s: %v", call, err)
	}
	var list []string
	for _, d := range b.Deletes {
		list = append(list, "delete "+d.ID)
	}
	for _, p := range b.Patches {
		list = append(list, "patch "+string(p))
	}
	for _, p := range b.Posts {
		list = append(list, strings.TrimSpace("post "+p.Type+" "+p.Name+" "+p.Content))
	}
	return list
}

func TestWriteOrdersDelegations(t *testing.T) {
	zone, snap, s := snapshotOf(t, "pro", made)
	ds, ns := create("sub.example.com.", "DS", "1 13 2 aa"), create("sub.example.com.", "NS", "ns.example.")
	var l log
	if err := zone.Write(t.Context(), snap, []state.Change{ds, ns}, &l); err != nil {
		t.Fatal(err)
	}
	want := []string{"post NS sub.example.com ns.example", "post DS sub.example.com"}
	if diff := cmp.Diff(want, sent(t, s.calls[2])); diff != "" {
		t.Errorf("the batch (-want +got):\n%s", diff)
	}
}

func TestWriteFindsTheRightIDs(t *testing.T) {
	txt := func(n int, content, comment string) string {
		return fmt.Sprintf(`{"id":"id%d","name":"example.com","type":"TXT","content":%q,"ttl":300,"comment":%q}`, n, content, comment)
	}
	readOnly := `{"id":"id9","name":"example.com","type":"TXT","content":"a","ttl":300,"meta":{"read_only":true}}`
	p, s, _ := serve(t, found("pro"), step{body: list(1, 1, 4, readOnly, txt(1, "a", ""), txt(2, `"a"`, "twin"), txt(3, "b", ""))}, made)
	zone := zoneOf(t, p)
	snap, err := zone.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	before := snap.Zone.Find(state.Key{Name: "example.com.", Type: "TXT"})
	after := *before
	after.Records = slices.Clone(before.Records)
	b := slices.IndexFunc(after.Records, func(r state.Record) bool { return r.Data == `"b"` })
	after.Records[b].TTL = 60
	twin := slices.IndexFunc(after.Records, func(r state.Record) bool { return r.Attrs.Has("comment") })
	after.Records = slices.Delete(after.Records, twin, twin+1)
	change := state.Change{Key: before.Key, Before: before, After: &after}
	for i, r := range before.Records {
		if j := slices.IndexFunc(after.Records, func(o state.Record) bool { return o.Data == r.Data && o.Kept == r.Kept }); r.Kept == state.Ours && i != twin {
			change.Pairs = append(change.Pairs, state.Pair{Before: i, After: j})
		}
	}
	var l log
	if err := zone.Write(t.Context(), snap, []state.Change{change}, &l); err != nil {
		t.Fatal(err)
	}
	want := []string{"delete id2", `patch {"id":"id3","ttl":60}`}
	if diff := cmp.Diff(want, sent(t, s.calls[2])); diff != "" {
		t.Errorf("the batch (-want +got):\n%s", diff)
	}
}

func TestWriteOfWhatIsNotThere(t *testing.T) {
	zone, snap, s := snapshotOf(t, "pro", made)
	var l log
	err := zone.Write(t.Context(), snap, []state.Change{hosts(1)[0], remove(create("gone.example.com.", "A", "192.0.2.1"))}, &l)
	if err == nil || !strings.Contains(err.Error(), "gone.example.com. A 192.0.2.1") || len(l.requests) > 0 || s.count() != 2 {
		t.Errorf("Write = %v after %d calls, want an error before anything is sent", err, s.count())
	}
}

func TestWriteStopsAtTheFirstFailure(t *testing.T) {
	zone, snap, s := snapshotOf(t, "free", made, step{status: 400, body: refusal(`{"code":81058,"message":"An identical record already exists."}`)})
	var l log
	err := zone.Write(t.Context(), snap, hosts(600), &l)
	if !errors.Is(err, provider.ErrRefused) || s.count() != 4 || len(l.requests) != 2 {
		t.Errorf("Write = %v after %d calls; %s", err, s.count()-2, &l)
	}
}

// TestWriteNeverLeavesANameWithoutAnswer has names with more operations than a
// batch may have.
func TestWriteNeverLeavesANameWithoutAnswer(t *testing.T) {
	addresses := func(from, n int) []string {
		var list []string
		for i := range n {
			list = append(list, fmt.Sprintf("198.18.%d.%d", (from+i)/200, (from+i)%200))
		}
		slices.Sort(list)
		return list
	}
	for _, tt := range []struct {
		name          string
		before, after []state.Change
	}{
		{"all addresses are others", []state.Change{create("x.example.com.", "A", addresses(0, 300)...)}, []state.Change{create("x.example.com.", "A", addresses(1000, 300)...)}},
		{"as many deletes as fit", []state.Change{create("x.example.com.", "A", addresses(0, 200)...)}, []state.Change{create("x.example.com.", "A", addresses(1000, 1)...)}},
		{"as many creates as fit", []state.Change{create("x.example.com.", "A", addresses(0, 1)...)}, []state.Change{create("x.example.com.", "A", addresses(1000, 200)...)}},
		{"addresses become a CNAME", []state.Change{create("x.example.com.", "A", addresses(0, 200)...)}, []state.Change{create("x.example.com.", "CNAME", "y.example.")}},
		{"a CNAME becomes addresses", []state.Change{create("x.example.com.", "CNAME", "y.example.")}, []state.Change{create("x.example.com.", "A", addresses(0, 250)...)}},
		{"addresses become a delegation", []state.Change{create("x.example.com.", "A", addresses(0, 300)...)}, []state.Change{create("x.example.com.", "DS", "1 13 2 aa"), create("x.example.com.", "NS", "y.example.")}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, _ := inSandbox(t, sandbox.Options{Plan: "free", Quota: 1000})
			zone := zoneOf(t, p)
			write(t, zone, tt.before)
			snap, err := zone.Read(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			watch := &watcher{zone: zone, t: t}
			if err := zone.Write(t.Context(), snap, replace(tt.before, tt.after), watch); err != nil {
				t.Fatal(err)
			}
			if watch.requests < 2 {
				t.Errorf("%d requests: this wasn't too large", watch.requests)
			}
		})
	}
}

func write(t *testing.T, zone provider.Zone, changes []state.Change) {
	t.Helper()
	snap, err := zone.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := zone.Write(t.Context(), snap, changes, &log{}); err != nil {
		t.Fatal(err)
	}
}

// replace are the changes from what before creates to what after does, with
// nothing paired.
func replace(before, after []state.Change) []state.Change {
	var list []state.Change
	for _, b := range before {
		c := remove(b)
		for _, a := range after {
			if a.Key == b.Key {
				c.After = a.After
			}
		}
		list = append(list, c)
	}
	for _, a := range after {
		if !slices.ContainsFunc(before, func(b state.Change) bool { return b.Key == a.Key }) {
			list = append(list, a)
		}
	}
	return list
}

// watcher looks at the zone after each request.
type watcher struct {
	zone     provider.Zone
	t        *testing.T
	requests int
}

func (w *watcher) Sending(provider.Request) error { return nil }

func (w *watcher) Done(r provider.Request, o provider.Outcome) {
	w.requests++
	if o.Err != nil {
		w.t.Errorf("request %d: %v", r.N, o.Err)
	}
	snap, err := w.zone.Read(w.t.Context())
	if err != nil {
		w.t.Error(err)
	} else if len(snap.Zone.At("x.example.com.")) == 0 {
		w.t.Errorf("after request %d the name has no record", r.N)
	}
}

// TestWriteKeepsNamesWhole packs random names into batches.
func TestWriteKeepsNamesWhole(t *testing.T) {
	p, _ := behind(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method == http.MethodPost:
			_, _ = w.Write([]byte(made.body))
		case r.URL.Path == "/zones":
			_, _ = w.Write([]byte(found("free").body))
		default:
			_, _ = w.Write([]byte(list(1, 0, 0)))
		}
	}))
	zone := zoneOf(t, p)
	snap, err := zone.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(rt *rapid.T) {
		var changes []state.Change
		ops, most := 0, 1
		for n := range rapid.IntRange(1, 40).Draw(rt, "names") {
			size := 0
			for _, typ := range []state.Type{"A", "AAAA"} {
				k := rapid.IntRange(1, 70).Draw(rt, "records")
				data := make([]string, k)
				for i := range data {
					data[i] = map[state.Type]string{"A": "192.0.2.", "AAAA": "2001:db8::"}[typ] + fmt.Sprint(i)
				}
				changes = append(changes, create(state.Name(fmt.Sprintf("h%d.example.com.", n)), typ, data...))
				size += k
			}
			ops += size
			most = max(most, size)
		}
		var l log
		if err := zone.Write(t.Context(), snap, changes, &l); err != nil {
			rt.Fatal(err)
		}
		if bound := ops/(200-most+1) + 1; len(l.requests) > bound {
			rt.Fatalf("%d requests, at most %d are allowed", len(l.requests), bound)
		}
		in, last := map[state.Name]int{}, -1
		for _, r := range l.requests {
			if r.Ops > 200 {
				rt.Fatalf("a batch of %d operations", r.Ops)
			}
			for _, i := range r.Changes {
				if i != last+1 {
					rt.Fatalf("change %d comes after %d", i, last)
				}
				last = i
				if n, seen := in[changes[i].Name]; seen && n != r.N {
					rt.Fatalf("%s is in requests %d and %d", changes[i].Name, n, r.N)
				}
				in[changes[i].Name] = r.N
			}
		}
		if last != len(changes)-1 {
			rt.Fatalf("%d of %d changes were sent", last+1, len(changes))
		}
	})
}

func TestLargeBatches(t *testing.T) {
	p, s := inSandbox(t, sandbox.Options{})
	zone := zoneOf(t, p)
	snap, err := zone.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s.ResetRequests()
	if err := zone.Write(t.Context(), snap, hosts(10_000), &log{}); err != nil {
		t.Fatal(err)
	}
	if got := len(s.Requests()); got != 3 {
		t.Errorf("10,000 creates took %d batches, want 3", got)
	}
	s.ResetRequests()
	live, err := zone.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got := len(s.Requests()); got != 2 || live.Zone.Len() != 10_000 {
		t.Errorf("%d records in %d calls, want 10,000 in 2", live.Zone.Len(), got)
	}
}
