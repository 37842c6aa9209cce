package sandbox_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/zoneloom/zoneloom/provider/cloudflare/sandbox"
)

func TestParseFault(t *testing.T) {
	for _, tt := range []struct {
		s    string
		want sandbox.Fault
	}{
		{"delay=250ms", sandbox.Fault{Kind: sandbox.FaultDelay, Delay: 250 * time.Millisecond}},
		{"429=5,count=2", sandbox.Fault{Kind: sandbox.FaultStatus, Status: 429, RetryAfter: 5, Count: 2}},
		{"503,method=get,skip=1", sandbox.Fault{Kind: sandbox.FaultStatus, Status: 503, Method: "GET", Skip: 1}},
		{"lost, path=/zones/*/dns_records/batch", sandbox.Fault{Kind: sandbox.FaultLost, Path: "/zones/*/dns_records/batch"}},
		{"short=3", sandbox.Fault{Kind: sandbox.FaultShort, Drop: 3}},
		{"moved", sandbox.Fault{Kind: sandbox.FaultMoved}},
	} {
		got, err := sandbox.ParseFault(tt.s)
		if diff := cmp.Diff(tt.want, got); err != nil || diff != "" {
			t.Errorf("ParseFault(%q): %v (-want +got):\n%s", tt.s, err, diff)
		}
	}
	for _, s := range []string{"", "nap", "404", "cut=1", "delay=soon", "cut,often=1", "cut,count=x", "cut,path=[", "cut,skip=-1"} {
		if f, err := sandbox.ParseFault(s); err == nil {
			t.Errorf("ParseFault(%q) = %+v, want an error", s, f)
		}
	}
}

// records lists a page: the names, and the counts that go with them.
func (c *client) records(path string) (names []string, count, total int) {
	c.t.Helper()
	_, body := c.request("GET", path, "")
	var env struct {
		Result []struct{ Name string }
		Info   struct {
			Count int
			Total int `json:"total_count"`
		} `json:"result_info"`
	}
	if err := json.Unmarshal([]byte(body), &env); err != nil {
		c.t.Fatal(err)
	}
	for _, r := range env.Result {
		names = append(names, strings.TrimSuffix(r.Name, ".seed.test"))
	}
	return names, env.Info.Count, env.Info.Total
}

func TestFaults(t *testing.T) {
	c := start(t, sandbox.Options{})
	z := c.zone("seed.test")
	for _, n := range []string{"a", "b", "c", "d"} {
		c.must("POST", z+"/dns_records", `{"type":"A","name":"`+n+`","content":"192.0.2.1"}`)
	}
	set := func(s string) {
		t.Helper()
		f, err := sandbox.ParseFault(s)
		if err != nil {
			t.Fatal(err)
		}
		c.s.SetFaults(f)
	}
	set("429=7,skip=1,count=1")
	var got []int
	for range 3 {
		resp, err := c.try("GET", z, "")
		if err != nil {
			t.Fatal(err)
		}
		if resp.StatusCode == http.StatusTooManyRequests && resp.Header.Get("Retry-After") != "7" {
			t.Errorf("429 without Retry-After: %v", resp.Header)
		}
		got = append(got, resp.StatusCode)
		_ = resp.Body.Close()
	}
	if diff := cmp.Diff([]int{200, 429, 200}, got); diff != "" {
		t.Errorf("statuses (-want +got):\n%s", diff)
	}
	set("502,method=POST")
	if status, body := c.request("POST", z+"/dns_records", `{}`); status != 502 || json.Valid([]byte(body)) {
		t.Errorf("502: %d %s", status, body)
	}
	for _, tt := range []struct {
		fault string
		total int
	}{{"cut,method=POST", 4}, {"lost,method=POST", 5}} {
		set(tt.fault)
		if resp, err := c.try("POST", z+"/dns_records", `{"type":"A","name":"e","content":"192.0.2.1"}`); err == nil {
			_ = resp.Body.Close()
			t.Errorf("%s: answered %d", tt.fault, resp.StatusCode)
		}
		if _, _, total := c.records(z + "/dns_records"); total != tt.total {
			t.Errorf("%s: %d records, want %d", tt.fault, total, tt.total)
		}
	}
	set("short=2")
	if names, count, total := c.records(z + "/dns_records"); fmt.Sprint(names, count, total) != "[a b c] 5 5" {
		t.Errorf("short: %v %d %d", names, count, total)
	}
	set("moved,count=1")
	for _, want := range []string{"[b d] 2 5", "[c d] 2 5"} {
		if names, count, total := c.records(z + "/dns_records?page=2&per_page=2"); fmt.Sprint(names, count, total) != want {
			t.Errorf("moved: %v %d %d, want %s", names, count, total, want)
		}
	}
}

func TestRateLimit(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	c := start(t, sandbox.Options{
		RateLimit: sandbox.Rate{Requests: 2, Window: 300 * time.Second}, Now: func() time.Time { return now },
		Tokens: []sandbox.Token{{Value: "mine", Account: sandbox.DefaultAccount, All: true}},
	})
	get := func(token string) (int, string, string) {
		t.Helper()
		c.token = token
		resp, err := c.try("GET", "/zones", "")
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		return resp.StatusCode, resp.Header.Get("Ratelimit"), resp.Header.Get("Retry-After")
	}
	for i, tt := range []struct {
		after               time.Duration
		token               string
		status              int
		remaining, retryFor string
	}{
		{0, "TESTTOKEN", 200, `"default";r=1;t=300`, ""},
		{100 * time.Second, "TESTTOKEN", 200, `"default";r=0;t=200`, ""},
		{0, "mine", 200, `"default";r=1;t=300`, ""},
		{150 * time.Second, "TESTTOKEN", 429, `"default";r=0;t=300`, "300"},
		{299 * time.Second, "TESTTOKEN", 429, `"default";r=0;t=1`, "1"},
		{time.Second, "TESTTOKEN", 200, `"default";r=1;t=300`, ""},
	} {
		now = now.Add(tt.after)
		if status, remaining, retry := get(tt.token); status != tt.status || remaining != tt.remaining || retry != tt.retryFor {
			t.Errorf("call %d: %d %s %s, want %+v", i, status, remaining, retry, tt)
		}
	}
}
