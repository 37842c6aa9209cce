package cloudflare_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/zoneloom/zoneloom/provider"
	"github.com/zoneloom/zoneloom/state"
)

// id is the n-th id.
func id(n int) string { return fmt.Sprintf("%032x", n) }

// items are records numbered from first to last.
func items(first, last int) []string {
	var list []string
	for n := first; n <= last; n++ {
		list = append(list, recordItem(id(n), fmt.Sprintf("h%06d.example.com", n), "192.0.2.1"))
	}
	return list
}

func TestReadPages(t *testing.T) {
	at := map[string]string{"Date": "Mon, 23 Nov 2026 12:00:00 GMT"}
	late := strings.ReplaceAll(recordItem(id(3), "c.example.com", "192.0.2.3"), "2026-01-01T00:00:00", "2026-11-23T12:00:01")
	touched := strings.Replace(recordItem(id(3), "c.example.com", "192.0.2.3"), `"modified_on":"2026-01-01`, `"modified_on":"2026-11-23`, 1)
	for _, tt := range []struct {
		name  string
		steps []step
		want  int // records
		calls int
	}{
		{"an empty zone is one call", []step{{body: list(1, 0, 0)}}, 0, 1},
		{"one page", []step{{body: list(1, 1, 3, items(1, 3)...)}}, 3, 1},
		{"two pages", []step{{body: list(1, 2, 3, items(1, 2)...)}, {body: list(2, 2, 3, items(3, 3)...)}}, 3, 2},
		{"without a count of pages", []step{{body: list(1, 0, 3, items(1, 2)...)}, {body: list(2, 0, 3, items(3, 3)...)}}, 3, 2},
		{"a short page is read again", []step{{body: list(1, 1, 3, items(1, 2)...)}, {body: list(2, 1, 3)}, {body: list(1, 1, 3, items(1, 3)...)}}, 3, 3},
		{"a record that comes twice", []step{{body: list(1, 2, 4, items(1, 2)...)}, {body: list(2, 2, 4, items(2, 3)...)}, {body: list(1, 1, 3, items(1, 3)...)}}, 3, 3},
		{"a record that was added meanwhile", []step{{body: list(1, 2, 3, items(1, 2)...)}, {body: list(2, 2, 4, items(3, 4)...)}}, 4, 2},
		{"one deleted while another moves up to its page", []step{{body: list(1, 2, 4, items(1, 2)...)}, {body: list(2, 2, 3, items(4, 4)...)}, {body: list(1, 1, 3, items(2, 4)...)}}, 3, 3},
		{"one that was only modified", []step{{header: at, body: list(1, 2, 3, items(1, 2)...)}, {header: at, body: list(2, 2, 3, touched)}}, 3, 2},
		{"one added while another slips through", []step{{header: at, body: list(1, 2, 3, items(1, 2)...)}, {header: at, body: list(2, 2, 3, late)}, {body: list(1, 1, 4, items(1, 4)...)}}, 4, 3},
		{"one added just before the first page", []step{{header: map[string]string{"Date": "Mon, 23 Nov 2026 12:00:01 GMT"}, body: list(1, 2, 3, items(1, 2)...)}, {body: list(2, 2, 3, late)}}, 3, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, s, _ := serve(t, append([]step{found("free")}, tt.steps...)...)
			snap, err := zoneOf(t, p).Read(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if got := snap.Zone.Len(); got != tt.want {
				t.Errorf("%d records, want %d", got, tt.want)
			}
			if got := s.count() - 1; got != tt.calls {
				t.Errorf("%d calls, want %d", got, tt.calls)
			}
		})
	}
}

// TestReadMixesNoAnswers has pages whose records lack what those before had.
func TestReadMixesNoAnswers(t *testing.T) {
	full := `{"id":"a","name":"a.example.com","type":"A","content":"192.0.2.1","ttl":300,"proxied":true,"comment":"mine","tags":["x"],"private_routing":true,"meta":{"read_only":true}}`
	bare := `{"id":"b","name":"b.example.com","type":"A","content":"192.0.2.2","ttl":300}`
	for name, steps := range map[string][]step{
		"of two pages":             {{body: list(1, 2, 2, full)}, {body: list(2, 2, 2, bare)}},
		"of an answer and a retry": {{body: strings.Replace(list(1, 1, 1, full), `"count":1`, `"count":"x"`, 1)}, {body: list(1, 1, 1, bare)}},
	} {
		t.Run(name, func(t *testing.T) {
			p, _, _ := serve(t, append([]step{found("free")}, steps...)...)
			snap, err := zoneOf(t, p).Read(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			got := snap.Zone.Find(state.Key{Name: "b.example.com.", Type: "A"})
			want := state.Record{Data: "192.0.2.2", TTL: 300}
			if got == nil || got.Records[0] != want {
				t.Errorf("Read gives %+v, want %+v", got, want)
			}
		})
	}
}

func TestReadNeverReturnsAShortZone(t *testing.T) {
	for _, tt := range []struct {
		name  string
		steps []step
		want  string
	}{
		{"where a record is always missing", []step{{body: list(1, 1, 3, items(1, 2)...)}, {body: list(2, 1, 3)}, {body: list(1, 1, 3, items(1, 2)...)}, {body: list(2, 1, 3)}, {body: list(1, 1, 3, items(1, 2)...)}, {body: list(2, 1, 3)}, {body: list(1, 1, 3, items(1, 2)...)}, {body: list(2, 1, 3)}}, "2 of 3 records"},
		{"where the service doesn't count", []step{{body: `{"success":true,"result":[]}`}}, "how many records"},
		{"where the result is null", []step{{body: `{"success":true,"result":null,"result_info":{"total_count":0}}`}}, "how many records"},
		{"where an id is missing", []step{{body: list(1, 1, 1, recordItem("", "www.example.com", "192.0.2.1"))}}, "id"},
		{"where a record lies outside", []step{{body: list(1, 1, 1, recordItem("a", "www.example.net", "192.0.2.1"))}}, "not in this zone"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, _, _ := serve(t, append([]step{found("free")}, tt.steps...)...)
			if snap, err := zoneOf(t, p).Read(t.Context()); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Read = %v, %v; want an error with %q", snap, err, tt.want)
			}
		})
	}
}

func TestReadOfAZoneThatIsGone(t *testing.T) {
	p, _, _ := serve(t, found("free"), step{status: 404, body: refusal(`{"code":7003,"message":"Could not route"}`)})
	if _, err := zoneOf(t, p).Read(t.Context()); !errors.Is(err, provider.ErrNoZone) {
		t.Errorf("Read = %v, want ErrNoZone", err)
	}
}

func TestReadAsksForWholePages(t *testing.T) {
	p, s, _ := serve(t, found("free"), step{body: list(1, 0, 0)})
	if _, err := zoneOf(t, p).Read(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := "GET /zones/" + zoneID + "/dns_records?direction=asc&order=name&page=1&per_page=5000"
	if s.calls[1] != want {
		t.Errorf("the call is %s, want %s", s.calls[1], want)
	}
}

func TestReadKeepsTwinsInOneOrder(t *testing.T) {
	twin := func(n int, content string) string {
		return fmt.Sprintf(`{"id":%q,"name":"example.com","type":"TXT","content":%q,"ttl":300,"comment":"%d"}`, id(n), content, n)
	}
	raw, quoted := twin(1, `same`), twin(2, `"same"`)
	var zones []*state.Zone
	for _, items := range [][]string{{raw, quoted}, {quoted, raw}} {
		p, _, _ := serve(t, found("free"), step{body: list(1, 1, 2, items...)})
		snap, err := zoneOf(t, p).Read(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		zones = append(zones, snap.Zone)
	}
	if !zones[0].RRsets[0].Equal(&zones[1].RRsets[0]) {
		t.Errorf("two reads of the same zone differ: %v and %v", zones[0].RRsets, zones[1].RRsets)
	}
	if len(zones[0].RRsets[0].Records) != 2 {
		t.Errorf("%d records, want both twins", len(zones[0].RRsets[0].Records))
	}
}

func TestAReadThatIsRepeatedWaits(t *testing.T) {
	p, _, c := serve(t, found("free"), step{body: list(1, 1, 3, items(1, 2)...)}, step{body: list(2, 1, 3)}, step{body: list(1, 1, 3, items(1, 3)...)})
	zone, start := zoneOf(t, p), c.Now()
	if _, err := zone.Read(t.Context()); err != nil {
		t.Fatal(err)
	}
	if waited := c.since(start); waited < 500*time.Millisecond {
		t.Errorf("read again after %s", waited)
	}
}
