package plan_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/zoneloom/zoneloom/plan"
	"github.com/zoneloom/zoneloom/state"
)

// zone reads the records of example.com.
func zone(tb testing.TB, records string) *state.Zone {
	tb.Helper()
	return parseZones(tb, "zone example.com.\n"+records)["example.com."]
}

var compareSets = cmp.Options{
	cmpopts.IgnoreFields(state.Record{}, "Src"),
	cmp.Comparer(func(a, b state.Attrs) bool { return a == b }),
	cmpopts.EquateEmpty(),
}

func TestPairing(t *testing.T) {
	tests := []struct {
		name         string
		live, want   string
		after        string // where it isn't want
		pairs        []state.Pair
		del, up, new int
	}{
		{
			name: "equal data stays together, whatever else comes and goes",
			live: "@ 300 A 192.0.2.1\n@ 300 A 192.0.2.3", want: "@ 300 A 192.0.2.2\n@ 300 A 192.0.2.3",
			pairs: pairs(0, 0, 1, 1), up: 1,
		},
		{
			name: "what is left is paired in order",
			live: "@ 300 A 192.0.2.1", want: "@ 300 A 192.0.2.8\n@ 300 A 192.0.2.9",
			pairs: pairs(0, 0), up: 1, new: 1,
		},
		{
			name: "an MX keeps its exchange",
			live: "@ 300 MX 10 a.example.net.\n@ 300 MX 20 b.example.net.", want: "@ 300 MX 5 b.example.net.\n@ 300 MX 10 c.example.net.",
			pairs: pairs(0, 0, 1, 1), up: 2,
		},
		{
			name: "swapped MX preferences are two updates",
			live: "@ 300 MX 10 a.example.net.\n@ 300 MX 20 b.example.net.", want: "@ 300 MX 20 a.example.net.\n@ 300 MX 10 b.example.net.",
			pairs: pairs(0, 1, 1, 0), up: 2,
		},
		{
			name: "an SRV keeps its target and port",
			live: "_x._tcp 300 SRV 10 5 443 a.example.net.\n_x._tcp 300 SRV 20 5 443 b.example.net.", want: "_x._tcp 300 SRV 1 5 443 b.example.net.\n_x._tcp 300 SRV 2 5 80 a.example.net.",
			pairs: pairs(0, 1, 1, 0), up: 2,
		},
		{
			name: "a CAA keeps its tag and value",
			live: "@ 300 CAA 0 issue \"a.example\"\n@ 300 CAA 0 issue \"b.example\"", want: "@ 300 CAA 0 issue \"0.example\"\n@ 300 CAA 128 issue \"a.example\"",
			pairs: pairs(0, 1, 1, 0), up: 2,
		},
		{
			name: "a TXT keeps what stands before its first = or blank",
			live: "@ 300 TXT \"b=1\"\n@ 300 TXT \"v=spf1 -all\"", want: "@ 300 TXT \"a=2\"\n@ 300 TXT \"b=3\"",
			pairs: pairs(0, 1, 1, 0), up: 2,
		},
		{
			name: "a TXT in pieces is the one string that they make, and stays in pieces",
			live: `@ 300 TXT "ab" "c"`, want: `@ 60 TXT "abc"`,
			after: `@ 60 TXT "ab" "c"`, pairs: pairs(0, 0), up: 1,
		},
		{
			name: "several wanted strings are compared one by one",
			live: `@ 300 TXT "ab" "c"`, want: `@ 300 TXT "a" "bc"`,
			pairs: pairs(0, 0), up: 1,
		},
		{
			name: "of two twins the one that fits stays and the other goes",
			live: "@ 60 TXT \"x\"\n@ 300 TXT \"x\"", want: `@ 300 TXT "x"`,
			pairs: pairs(1, 0), del: 1,
		},
		{
			name: "what isn't declared stays as it is, through a change of data too",
			live: `@ auto A 192.0.2.1 {"proxied": true, "comment": "by hand"}`, want: `@ 300 A 192.0.2.2 {"comment": ""}`,
			after: `@ auto A 192.0.2.2 {"proxied": true}`, pairs: pairs(0, 0), up: 1,
		},
		{
			name: "a proxied record has the service's TTL",
			live: `@ 300 A 192.0.2.1`, want: `@ 300 A 192.0.2.1 {"proxied": true}`,
			after: `@ auto A 192.0.2.1 {"proxied": true}`, pairs: pairs(0, 0), up: 1,
		},
		{
			name: "what is declared empty isn't set on a new record",
			want: `@ 300 A 192.0.2.1 {"proxied": false, "comment": ""}`, after: `@ 300 A 192.0.2.1`, new: 1,
		},
		{
			name: "a read-only record stays and fulfils what is declared equal to it",
			live: "!@ auto A 192.0.2.1 {\"proxied\": true}\n@ 300 A 192.0.2.2", want: "@ 300 A 192.0.2.1\n@ 300 A 192.0.2.3",
			after: "!@ auto A 192.0.2.1 {\"proxied\": true}\n@ 300 A 192.0.2.3", pairs: pairs(1, 1), up: 1,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			live, want := zone(t, tt.live), zone(t, tt.want)
			changes := plan.Diff(live, want)
			if len(changes) != 1 {
				t.Fatalf("%d changes: %v", len(changes), changes)
			}
			c := changes[0]
			if tt.after == "" {
				tt.after = tt.want
			}
			if diff := cmp.Diff(&zone(t, tt.after).RRsets[0], c.After, compareSets); diff != "" {
				t.Errorf("After (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.pairs, c.Pairs, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("Pairs (-want +got):\n%s", diff)
			}
			deletes, updates, creates := c.Ops()
			if len(deletes) != tt.del || len(updates) != tt.up || len(creates) != tt.new {
				t.Errorf("%d deletes, %d updates, %d creates; want %d, %d, %d", len(deletes), len(updates), len(creates), tt.del, tt.up, tt.new)
			}
			if again := plan.Diff(apply(live, changes), want); len(again) > 0 {
				t.Errorf("once applied there is more to do: %v", again)
			}
		})
	}
}

// pairs makes pairs of the indexes that it is given.
func pairs(indexes ...int) []state.Pair {
	var list []state.Pair
	for i := 0; i < len(indexes); i += 2 {
		list = append(list, state.Pair{Before: indexes[i], After: indexes[i+1]})
	}
	return list
}

// apply returns live with changes made.
func apply(live *state.Zone, changes []state.Change) *state.Zone {
	touched := map[state.Key]bool{}
	var entries []state.Entry
	for _, c := range changes {
		touched[c.Key] = true
		if c.After != nil {
			entries = appendEntries(entries, c.After)
		}
	}
	for i := range live.RRsets {
		if !touched[live.RRsets[i].Key] {
			entries = appendEntries(entries, &live.RRsets[i])
		}
	}
	return state.NewZone(live.Name, entries)
}

func appendEntries(entries []state.Entry, s *state.RRset) []state.Entry {
	for _, r := range s.Records {
		r.Src = 0
		entries = append(entries, state.Entry{Key: s.Key, Record: r})
	}
	return entries
}

func TestChangesOfOneName(t *testing.T) {
	tests := []struct {
		name       string
		live, want string
		order      []string
	}{
		{"a CNAME goes before what replaces it", "www 300 CNAME a.example.net.", "www 300 A 192.0.2.1\nwww 300 AAAA 2001:db8::1", []string{"delete CNAME", "create A", "create AAAA"}},
		{"what a CNAME replaces goes before it", "www 300 A 192.0.2.1\nwww 300 TXT \"x\"", "www 300 CNAME a.example.net.", []string{"delete A", "delete TXT", "create CNAME"}},
		{"an NS comes before its DS", "", "s 300 NS a.example.net.\ns 300 DS 1 13 2 ab", []string{"create NS", "create DS"}},
		{"a DS goes before its NS", "s 300 NS a.example.net.\ns 300 DS 1 13 2 ab", "", []string{"delete DS", "delete NS"}},
		{"a delegation comes after what it replaces", "s 300 A 192.0.2.1", "s 300 NS a.example.net.\ns 300 DS 1 13 2 ab", []string{"delete A", "create NS", "create DS"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, c := range plan.Diff(zone(t, tt.live), zone(t, tt.want)) {
				got = append(got, c.Action().String()+" "+string(c.Type))
			}
			if diff := cmp.Diff(tt.order, got); diff != "" {
				t.Errorf("order (-want +got):\n%s", diff)
			}
		})
	}
}

func TestOrderOfNames(t *testing.T) {
	tests := []struct {
		name       string
		live, want string
		order      []string
	}{
		{"names appear, then change, then disappear", "a 300 A 192.0.2.1\nb 300 A 192.0.2.1", "b 300 A 192.0.2.2\nc 300 A 192.0.2.1", []string{"c", "b", "a"}},
		{"a target appears ahead of what leads to it", "", "a 300 CNAME b.example.com.\nb 300 CNAME c.example.com.\nc 300 A 192.0.2.1", []string{"c", "b", "a"}},
		{"a target disappears after what leads elsewhere now", "a 300 A 192.0.2.1\nb 300 CNAME a.example.com.", "b 300 CNAME c.example.com.\nc 300 A 192.0.2.1", []string{"c", "b", "a"}},
		{"a target changes its type after what leads elsewhere now", "a 300 A 192.0.2.1\nb 300 CNAME a.example.com.", "a 300 TXT \"x\"\nb 300 A 192.0.2.1", []string{"b", "a"}},
		{"a name and its alias trade places", "a 300 CNAME b.example.com.\nb 300 A 192.0.2.1", "a 300 A 192.0.2.1\nb 300 CNAME a.example.com.", []string{"a", "b"}},
		{"a wildcard appears ahead of what it answers for from then on", "a 300 A 192.0.2.1", "* 300 A 192.0.2.1", []string{"*", "a"}},
		{"a wildcard disappears after what it answered for", "* 300 A 192.0.2.1", "a 300 A 192.0.2.1", []string{"a", "*"}},
		{"a name that a wildcard answered for appears ahead of those below it", "* 300 A 192.0.2.1", "* 300 A 192.0.2.1\na 300 CNAME x.b.example.com.\nb 300 A 192.0.2.1\nx.b 300 A 192.0.2.1", []string{"b", "x.b", "a"}},
		{"a delegation appears ahead of what it hides", "a.s 300 A 192.0.2.1", "s 300 NS ns.example.net.", []string{"s", "a.s"}},
		{"a delegation disappears after what it hid", "s 300 NS ns.example.net.", "a.s 300 A 192.0.2.1", []string{"a.s", "s"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, c := range plan.Diff(zone(t, tt.live), zone(t, tt.want)) {
				got = append(got, c.Name.Relative("example.com."))
			}
			got = slices.Compact(got)
			if diff := cmp.Diff(tt.order, got); diff != "" {
				t.Errorf("order (-want +got):\n%s", diff)
			}
		})
	}
}
