package sandbox_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/zoneloom/zoneloom/provider/cloudflare/sandbox"
	"pgregory.net/rapid"
)

// model is a zone as plainly as it can be written: records by id, each its name, type, content and TTL.
type model map[string]modelRecord

type modelRecord struct {
	Name, Type, Content string
	TTL                 int
}

// fits says whether r is valid and can stand beside the others.
func (m model) fits(id string, r modelRecord) bool {
	if address := strings.HasPrefix(r.Content, "192."); address && r.Type == "CNAME" || !address && r.Type == "A" {
		return false
	}
	for other, o := range m {
		if other == id || o.Name != r.Name {
			continue
		}
		if o.Type == r.Type && o.Content == r.Content {
			return false
		}
		if o.Type != "TXT" && r.Type != "TXT" && (o.Type == "CNAME" || r.Type == "CNAME") {
			return false
		}
	}
	return true
}

type operation struct {
	ID      string `json:"id,omitempty"`
	Name    string `json:"name,omitempty"`
	Type    string `json:"type,omitempty"`
	Content string `json:"content,omitempty"`
	TTL     int    `json:"ttl,omitempty"`
}

type batchOf struct {
	Deletes []operation `json:"deletes"`
	Patches []operation `json:"patches"`
	Puts    []operation `json:"puts"`
	Posts   []operation `json:"posts"`
}

// apply does the batch, and says how far it comes: the first operation that fails, or "".
func (m model) apply(b batchOf) (failed string) {
	for i, o := range b.Deletes {
		if _, ok := m[o.ID]; !ok {
			return fmt.Sprintf("/deletes/%d", i)
		}
		delete(m, o.ID)
	}
	for _, l := range []struct {
		key string
		ops []operation
	}{{"patches", b.Patches}, {"puts", b.Puts}, {"posts", b.Posts}} {
		for i, o := range l.ops {
			id, r := o.ID, modelRecord{o.Name, o.Type, o.Content, max(1, o.TTL)}
			old, ok := m[id]
			switch {
			case l.key == "posts":
				id = fmt.Sprintf("new %d", i)
			case !ok || (o.Type != "" && o.Type != old.Type):
				return fmt.Sprintf("/%s/%d", l.key, i)
			case l.key == "patches":
				r = modelRecord{old.Name, old.Type, o.Content, o.TTL}
			}
			if !m.fits(id, r) {
				return fmt.Sprintf("/%s/%d", l.key, i)
			}
			m[id] = r
		}
	}
	return ""
}

func drawRecord(t *rapid.T) modelRecord {
	r := modelRecord{
		Name: rapid.SampledFrom([]string{"a.seed.test", "b.seed.test", "seed.test"}).Draw(t, "name"),
		Type: rapid.SampledFrom([]string{"A", "CNAME", "TXT"}).Draw(t, "type"),
		TTL:  rapid.SampledFrom([]int{1, 60, 300}).Draw(t, "ttl"),
	}
	n := rapid.IntRange(1, 3).Draw(t, "n")
	switch r.Type {
	case "A":
		r.Content = fmt.Sprintf("192.0.2.%d", n)
	default:
		r.Content = fmt.Sprintf("c%d.example", n)
	}
	return r
}

// drawBatch makes a batch whose ids are each in one list, some of them unknown.
func drawBatch(t *rapid.T, ids []string, live model) (b batchOf) {
	ids = append(slices.Clone(ids), strings.Repeat("0", 32))
	for _, id := range ids {
		r := drawRecord(t)
		o := operation{id, r.Name, r.Type, r.Content, r.TTL}
		if old, ok := live[id]; ok && rapid.IntRange(0, 9).Draw(t, "keep type") > 0 {
			o.Type, o.Content = old.Type, old.Content
		}
		switch rapid.IntRange(0, 12).Draw(t, "list") {
		case 0, 1, 2:
			b.Deletes = append(b.Deletes, operation{ID: id})
		case 3, 4:
			b.Patches = append(b.Patches, operation{ID: id, Content: o.Content, TTL: o.TTL})
		case 5, 6:
			b.Puts = append(b.Puts, o)
		}
	}
	for range rapid.IntRange(0, 4).Draw(t, "posts") {
		r := drawRecord(t)
		b.Posts = append(b.Posts, operation{"", r.Name, r.Type, r.Content, r.TTL})
	}
	return b
}

// direct calls a handler without a network.
func direct(t interface{ Fatalf(string, ...any) }, h http.Handler, method, path, body string) (int, []byte) {
	r := httptest.NewRequestWithContext(context.Background(), method, sandbox.BasePath+path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+sandbox.DefaultToken)
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	b, err := io.ReadAll(w.Result().Body)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	return w.Code, b
}

// list reads the zone as a model, the records of which have modified_on left out, and as raw JSON.
func list(t *rapid.T, h http.Handler, zone string) (model, string) {
	_, body := direct(t, h, "GET", zone+"/dns_records?per_page=5000", "")
	var env struct {
		Result []operation
	}
	if err := json.Unmarshal(body, &env); err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	m := model{}
	for _, o := range env.Result {
		m[o.ID] = modelRecord{o.Name, o.Type, o.Content, o.TTL}
	}
	return m, string(body)
}

func sortedValues(m model) []string {
	var all []string
	for _, r := range m {
		all = append(all, fmt.Sprint(r))
	}
	slices.Sort(all)
	return all
}

func TestABatchIsDoneWholeOrNotAtAll(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, err := sandbox.New(sandbox.Options{})
		if err != nil {
			t.Fatal(err)
		}
		_, body := direct(t, s, "POST", "/zones", `{"name":"seed.test","account":{"id":"`+sandbox.DefaultAccount+`"}}`)
		var z struct{ Result struct{ ID string } }
		if err := json.Unmarshal(body, &z); err != nil {
			t.Fatal(err)
		}
		zone := "/zones/" + z.Result.ID
		for range rapid.IntRange(1, 6).Draw(t, "batches") {
			live, before := list(t, s, zone)
			b := drawBatch(t, slices.Sorted(maps.Keys(live)), live)
			if len(b.Deletes)+len(b.Patches)+len(b.Puts)+len(b.Posts) == 0 {
				continue
			}
			sent, err := json.Marshal(b)
			if err != nil {
				t.Fatal(err)
			}
			status, answer := direct(t, s, "POST", zone+"/dns_records/batch", string(sent))
			failed := live.apply(b)
			got, after := list(t, s, zone)
			switch {
			case failed == "" && status != 200, failed != "" && (status == 200 || !strings.Contains(string(answer), `"pointer":"`+failed)):
				t.Fatalf("batch %s: the model fails at %q, the sandbox answers %d %s", sent, failed, status, answer)
			case failed != "" && after != before:
				t.Fatalf("batch %s failed and changed the zone:\n%s", sent, cmp.Diff(before, after))
			case failed == "":
				if diff := cmp.Diff(sortedValues(live), sortedValues(got)); diff != "" {
					t.Fatalf("batch %s (-model +sandbox):\n%s", sent, diff)
				}
			}
		}
	})
}

func TestBatchAnswersInTheOrderOfTheRequest(t *testing.T) {
	c := start(t, sandbox.Options{BatchLimit: 5})
	z := c.zone("seed.test")
	a := idOf(t, c.must("POST", z+"/dns_records", `{"type":"CNAME","name":"a","content":"x.example"}`))
	b := idOf(t, c.must("POST", z+"/dns_records", `{"type":"A","name":"b","content":"192.0.2.1","comment":"gone"}`))
	raw := c.must("POST", z+"/dns_records/batch", `{"posts":[{"type":"A","name":"z","content":"192.0.2.1"},{"type":"A","name":"a","content":"192.0.2.1"}],`+
		`"puts":[{"id":"`+b+`","type":"A","name":"b","content":"192.0.2.2"}],"deletes":[{"id":"`+a+`"}],"patches":null}`)
	var got struct {
		Deletes, Patches, Puts, Posts []struct{ Name, Content, Comment string }
	}
	if err := json.Unmarshal(raw, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff("{[{a.seed.test x.example }] [] [{b.seed.test 192.0.2.2 }] [{z.seed.test 192.0.2.1 } {a.seed.test 192.0.2.1 }]}", fmt.Sprint(got)); diff != "" {
		t.Errorf("batch (-want +got):\n%s", diff)
	}
	for rule, body := range map[string]string{
		"nothing to do":        `{}`,
		"one id in two lists":  `{"deletes":[{"id":"` + b + `"}],"patches":[{"id":"` + b + `","ttl":60}]}`,
		"more than the limit":  `{"deletes":[{},{},{},{},{},{}]}`,
		"a list that is none":  `{"deletes":{}}`,
		"an id that is no one": `{"deletes":[{"id":"x"}]}`,
	} {
		if status, answer := c.request("POST", z+"/dns_records/batch", body); status != 400 && status != 404 {
			t.Errorf("%s: %d %s", rule, status, answer)
		}
	}
}

func TestPointersCanBeLeftOut(t *testing.T) {
	c := start(t, sandbox.Options{NoPointers: true})
	z := c.zone("seed.test")
	if status, got := c.request("POST", z+"/dns_records/batch", `{"posts":[{"type":"A","name":"a","content":"x"}]}`); status != 400 || strings.Contains(got, "pointer") {
		t.Errorf("%d %s", status, got)
	}
}
