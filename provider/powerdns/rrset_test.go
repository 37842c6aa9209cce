package powerdns_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneloom/zoneloom/provider"
	"github.com/zoneloom/zoneloom/provider/internal/daemon"
	"github.com/zoneloom/zoneloom/provider/powerdns"
	"github.com/zoneloom/zoneloom/state"
)

// apiSet is an RRset of the API, apart from the provider's own code.
type apiSet struct {
	Name       string       `json:"name"`
	Type       string       `json:"type"`
	TTL        int          `json:"ttl"`
	ChangeType string       `json:"changetype,omitempty"`
	Records    []apiRecord  `json:"records"`
	Comments   []apiComment `json:"comments,omitempty"`
}

type apiRecord struct {
	Content  string `json:"content"`
	Disabled bool   `json:"disabled"`
}

type apiComment struct {
	Content    string `json:"content"`
	Account    string `json:"account"`
	ModifiedAt int64  `json:"modified_at"`
}

// ask makes a call of the API and decodes its answer into out, if that isn't nil.
func ask(tb testing.TB, s *daemon.PowerDNSServer, method, path string, body, out any) {
	tb.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		tb.Fatal(err)
	}
	req, err := http.NewRequestWithContext(tb.Context(), method, s.API+"/api/v1/servers/localhost/"+path, bytes.NewReader(text))
	if err != nil {
		tb.Fatal(err)
	}
	req.Header.Set("X-API-Key", s.APIKey)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		tb.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode/100 != 2 {
		tb.Fatalf("%s %s: %s: %s, %v", method, path, resp.Status, answer, err)
	}
	if out != nil {
		if err := json.Unmarshal(answer, out); err != nil {
			tb.Fatal(err)
		}
	}
}

// seed replaces RRsets of the zone by other means than the provider.
func seed(tb testing.TB, s *daemon.PowerDNSServer, sets ...apiSet) {
	tb.Helper()
	for i := range sets {
		sets[i].ChangeType = "REPLACE"
	}
	ask(tb, s, http.MethodPatch, "zones/"+string(zoneName), map[string]any{"rrsets": sets}, nil)
}

// holds returns what the server has of www.example.com A.
func holds(tb testing.TB, s *daemon.PowerDNSServer) apiSet {
	tb.Helper()
	var z struct {
		RRsets []apiSet `json:"rrsets"`
	}
	ask(tb, s, http.MethodGet, "zones/"+string(zoneName), nil, &z)
	for _, set := range z.RRsets {
		if set.Name == "www.example.com." && set.Type == "A" {
			if len(set.Comments) == 0 {
				set.Comments = nil
			}
			return set
		}
	}
	return apiSet{}
}

const zoneName = state.Name("example.com.")

// one returns a server with an empty zone.
func one(t *testing.T) (*daemon.PowerDNSServer, *powerdns.Provider, provider.Zone) {
	t.Helper()
	s, p := start(t)
	return s, p, create(t, p, zoneName)
}

// TestIgnoredStay replaces an RRset of which an ignore pattern spares a part.
func TestIgnoredStay(t *testing.T) {
	s, p, z := one(t)
	seed(t, s, apiSet{Name: "www.example.com.", Type: "A", TTL: 60, Records: []apiRecord{
		{"192.0.2.1", false}, {"198.51.100.1", false}, {"198.51.100.2", true},
	}})
	rules := state.Rules{Prune: true, Ignore: []state.Pattern{{Data: "198.51.100.*"}}}
	for _, step := range []struct {
		name  string
		want  []string
		after apiSet
	}{
		{"a value of ours changes", []string{"192.0.2.9"}, apiSet{TTL: 300, Records: []apiRecord{
			{"192.0.2.9", false}, {"198.51.100.1", false}, {"198.51.100.2", true},
		}}},
		{"all of ours go", nil, apiSet{TTL: 300, Records: []apiRecord{{"198.51.100.1", false}, {"198.51.100.2", true}}}},
		{"one of ours comes", []string{"192.0.2.1"}, apiSet{TTL: 300, Records: []apiRecord{
			{"192.0.2.1", false}, {"198.51.100.1", false}, {"198.51.100.2", true},
		}}},
	} {
		at := read(t, z)
		want := content()
		if step.want != nil {
			want = content(set(t, "www.example.com.", state.A, step.want...))
		}
		todo := changes(t, p, z, at, want, rules)
		if len(todo) != 1 {
			t.Fatalf("%s: %d changes", step.name, len(todo))
		}
		if err := z.Write(t.Context(), at, todo, &log{}); err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		got := holds(t, s)
		slices.SortFunc(got.Records, func(a, b apiRecord) int { return strings.Compare(a.Content, b.Content) })
		step.after.Name, step.after.Type = "www.example.com.", "A"
		if diff := cmp.Diff(step.after, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", step.name, diff)
		}
	}
}

// TestComments keeps the comments of an RRset, with their authors and times,
// unless others are declared.
func TestComments(t *testing.T) {
	s, p, z := one(t)
	ann, bob := apiComment{"by ann", "ann", 5}, apiComment{"by bob", "bob", 3}
	seed(t, s, apiSet{Name: "www.example.com.", Type: "A", TTL: 300, Records: []apiRecord{{"192.0.2.1", false}}, Comments: []apiComment{ann, bob}})
	withComment := func(text string, addresses ...string) *state.Zone {
		set := set(t, "www.example.com.", state.A, addresses...)
		for i := range set.Records {
			set.Records[i].Attrs = state.MakeAttrs(map[string]any{"comment": text})
		}
		return content(set)
	}
	if got := read(t, z).Zone.Find(state.Key{Name: "www.example.com.", Type: state.A}).Attrs.String("comment"); got != "by bob\nby ann" {
		t.Errorf("the comment is %q", got)
	}
	for _, step := range []struct {
		name string
		want *state.Zone
		left []apiComment
	}{
		{"none declared", content(set(t, "www.example.com.", state.A, "192.0.2.2")), []apiComment{ann, bob}},
		{"the same declared", withComment("by bob\nby ann", "192.0.2.2", "192.0.2.3"), []apiComment{ann, bob}},
		{"one of them declared", withComment("by ann", "192.0.2.2"), []apiComment{ann}},
		{"another declared", withComment("by cleo: \"ü\"", "192.0.2.2"), []apiComment{{Content: "by cleo: \"ü\""}}},
		{"none declared again", content(set(t, "www.example.com.", state.A, "192.0.2.9")), []apiComment{{Content: "by cleo: \"ü\""}}},
		{"declared empty", withComment("", "192.0.2.9"), nil},
		{"declared anew", withComment("new", "192.0.2.9"), []apiComment{{Content: "new"}}},
		{"the records go", content(), nil},
		{"they come back", content(set(t, "www.example.com.", state.A, "192.0.2.9")), nil},
	} {
		write(t, p, z, step.want)
		got := holds(t, s).Comments
		for i := range got {
			if got[i].Account == "" {
				got[i].ModifiedAt = 0 // now
			}
		}
		slices.SortFunc(got, func(a, b apiComment) int { return strings.Compare(a.Content, b.Content) })
		if diff := cmp.Diff(step.left, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", step.name, diff)
		}
	}
}

// TestOrphanedComment creates an RRset where the server has a comment and no
// records: the plan knew of none.
func TestOrphanedComment(t *testing.T) {
	s, p, z := one(t)
	seed(t, s, apiSet{Name: "www.example.com.", Type: "A", TTL: 300, Records: []apiRecord{}, Comments: []apiComment{{"orphan", "ann", 5}}})
	write(t, p, z, content(set(t, "www.example.com.", state.A, "192.0.2.1")))
	if got := holds(t, s); len(got.Comments) != 0 || len(got.Records) != 1 {
		t.Errorf("the server holds %+v", got)
	}
}

// TestDisabled serves what is declared, unless it is declared disabled.
func TestDisabled(t *testing.T) {
	s, p, z := one(t)
	seed(t, s, apiSet{Name: "www.example.com.", Type: "A", TTL: 300, Records: []apiRecord{{"192.0.2.1", true}, {"192.0.2.2", false}}})
	at := read(t, z)
	live := at.Zone.Find(state.Key{Name: "www.example.com.", Type: state.A})
	if !live.Records[0].Attrs.Bool("disabled") || live.Records[1].Attrs.Has("disabled") {
		t.Errorf("Read returns %+v", live.Records)
	}
	disabled := set(t, "www.example.com.", state.A, "192.0.2.1", "192.0.2.2")
	disabled.Records[0].Attrs = state.MakeAttrs(map[string]any{"disabled": true})
	if todo := changes(t, p, z, at, content(disabled), state.Rules{Prune: true}); len(todo) != 0 {
		t.Errorf("declared as it is, the plan has %v", todo)
	}
	plain := set(t, "www.example.com.", state.A, "192.0.2.1", "192.0.2.2")
	todo := changes(t, p, z, at, content(plain), state.Rules{Prune: true})
	if len(todo) != 1 || todo[0].Action() != state.Update {
		t.Fatalf("the plan has %v", todo)
	}
	write(t, p, z, content(plain))
	if got := axfr(t, s, zoneName).Find(plain.Key); got == nil || len(got.Records) != 2 {
		t.Errorf("the server serves %v", got)
	}
	write(t, p, z, content(disabled))
	if got := axfr(t, s, zoneName).Find(plain.Key); got == nil || len(got.Records) != 1 {
		t.Errorf("the server serves %v", got)
	}
}

// TestOnlyComment writes a plan whose only change is of attributes.
func TestOnlyComment(t *testing.T) {
	s, p, z := one(t)
	a := set(t, "www.example.com.", state.A, "192.0.2.1")
	write(t, p, z, content(a))
	a.Records[0].Attrs = state.MakeAttrs(map[string]any{"comment": "owned by web"})
	at := write(t, p, z, content(a))
	if got := at.Zone.Find(a.Key).Attrs.String("comment"); got != "owned by web" {
		t.Errorf("the comment is %q", got)
	}
	if got := holds(t, s); len(got.Records) != 1 {
		t.Errorf("the server holds %+v", got)
	}
}
