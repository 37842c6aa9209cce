package sandbox_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/zoneloom/zoneloom/provider/cloudflare/sandbox"
)

func seeded(t *testing.T, opts sandbox.Options, lines string) (*client, string) {
	t.Helper()
	c := start(t, opts)
	z := c.zone("seed.test")
	if _, err := c.s.Seed("seed.test", strings.NewReader(lines)); err != nil {
		t.Fatal(err)
	}
	return c, z
}

func TestListFilters(t *testing.T) {
	c, z := seeded(t, sandbox.Options{}, `
{"name":"b","type":"A","content":"192.0.2.1","ttl":300,"priority":null,"proxied":false,"data":null}
{"name":"a","type":"A","content":"192.0.2.2","ttl":600,"comment":"By Hand"}
{"name":"a","type":"AAAA","content":"2001:db8::1","proxied":true,"tags":["env:prod"]}
{"name":"c","type":"TXT","content":"Hello","tags":["env:test","x"],"meta":{"read_only":true}}
`)
	for _, tt := range []struct{ query, want string }{
		{"", "[a b a c]"},
		{"name=A.seed.test", "[a a]"},
		{"name.contains=SEED&type=A", "[a b]"},
		{"name.startswith=b", "[b]"},
		{"name=contains:a", "[]"},
		{"content.endswith=.1", "[b]"},
		{"content=hello", "[c]"},
		{"comment.present=", "[a]"},
		{"comment.absent=1&proxied=false", "[b c]"},
		{"comment=by hand", "[a]"},
		{"proxied=true", "[a]"},
		{"name=b.seed.test&type=TXT&match=any", "[b c]"},
		{"tag=env:prod", "[a]"},
		{"tag.present=env", "[a c]"},
		{"tag.absent=env", "[a b]"},
		{"tag=x&tag.contains=env:ro&tag_match=any", "[a c]"},
		{"tag=x&tag.contains=env:ro", "[]"},
		{"search=hello", "[c]"},
		{"order=ttl&direction=desc", "[a b a c]"},
		{"order=content", "[b a a c]"},
		{"direction=desc", "[c a a b]"},
		{"page=2&per_page=3", "[c]"},
		{"page=9", "[]"},
	} {
		if names, _, _ := c.records(z + "/dns_records?" + strings.ReplaceAll(tt.query, " ", "%20")); fmt.Sprint(names) != tt.want {
			t.Errorf("%q: %v, want %s", tt.query, names, tt.want)
		}
	}
	for _, q := range []string{"per_page=0", "per_page=5000001", "page=0", "order=id", "direction=up", "match=some", "proxied=maybe"} {
		if status, body := c.request("GET", z+"/dns_records?"+q, ""); status != http.StatusBadRequest {
			t.Errorf("%q: %d %s", q, status, body)
		}
	}
}

func TestZonesAreListedInPages(t *testing.T) {
	c := start(t, sandbox.Options{})
	for i := range 12 {
		c.zone(fmt.Sprintf("z%02d.test", i))
	}
	for _, tt := range []struct {
		query        string
		count, total int
	}{
		{"", 12, 12},
		{"per_page=5", 5, 12},
		{"per_page=5&page=3", 2, 12},
		{"per_page=5&page=4", 0, 12},
		{"name=z03.test", 1, 1},
		{"name=starts_with:Z0", 10, 10},
		{"name=not_equal:z03.test", 11, 11},
		{"status=active", 0, 0},
		{"type=internal", 0, 0},
		{"type=full,partial&account.id=" + sandbox.DefaultAccount, 12, 12},
		{"name=z03.test&status=pending&match=any", 12, 12},
		{"account.name=contains:test", 12, 12},
	} {
		if _, count, total := c.records("/zones?" + tt.query); count != tt.count || total != tt.total {
			t.Errorf("%q: %d of %d, want %d of %d", tt.query, count, total, tt.count, tt.total)
		}
	}
	if status, _ := c.request("GET", "/zones?per_page=51", ""); status != 400 {
		t.Errorf("per_page=51: %d", status)
	}
}

func TestTokensSeeWhatTheyMay(t *testing.T) {
	other := "11111111111111111111111111111111"
	c := start(t, sandbox.Options{
		Accounts: []sandbox.Account{{ID: other, Name: "Other"}},
		Tokens: []sandbox.Token{
			{Value: "reader", Permissions: []sandbox.Permission{sandbox.ZoneRead, sandbox.DNSRead}, Zones: []string{"a.test"}},
			{Value: "editor", Permissions: []sandbox.Permission{sandbox.ZoneRead, sandbox.DNSEdit}, Accounts: []string{other}},
			{Value: "zones", Permissions: []sandbox.Permission{sandbox.ZoneEdit}},
		},
	})
	a, b := c.zone("a.test"), c.zone("b.test")
	far := "/zones/" + idOf(t, c.must("POST", "/zones", `{"name":"far.test","account":{"id":"`+other+`"}}`))
	record := `{"type":"A","name":"@","content":"192.0.2.1"}`
	for _, tt := range []struct {
		token, method, path, body string
		status                    int
	}{
		{"reader", "GET", a + "/dns_records", "", 200},
		{"reader", "GET", b + "/dns_records", "", 403},
		{"reader", "POST", a + "/dns_records", record, 403},
		{"reader", "DELETE", a, "", 403},
		{"reader", "GET", "/user", "", 403},
		{"editor", "POST", far + "/dns_records", record, 200},
		{"editor", "POST", a + "/dns_records", record, 403},
		{"editor", "POST", "/zones", `{"name":"new.test","account":{"id":"` + other + `"}}`, 403},
		{"zones", "GET", a + "/dns_records", "", 403},
		{"zones", "POST", "/zones", `{"name":"new.test","account":{"id":"` + other + `"}}`, 200},
		{"reader", "GET", "/user/tokens/verify", "", 200},
	} {
		c.token = tt.token
		if status, body := c.request(tt.method, tt.path, tt.body); status != tt.status {
			t.Errorf("%s: %s %s: %d, want %d: %s", tt.token, tt.method, tt.path, status, tt.status, body)
		}
	}
	for token, want := range map[string]int{"reader": 1, "editor": 2, "zones": 4} {
		c.token = token
		if _, _, total := c.records("/zones"); total != want {
			t.Errorf("%s sees %d zones, want %d", token, total, want)
		}
	}
}

func TestReadOnlyRecordsRefuseWrites(t *testing.T) {
	c, z := seeded(t, sandbox.Options{}, `{"name":"a","type":"A","content":"192.0.2.1","meta":{"read_only":true}}`)
	id := strings.Trim(volatile.FindString(string(c.must("GET", z+"/dns_records", ""))), `"`)
	for _, m := range []string{"PATCH", "PUT", "DELETE"} {
		if status, body := c.request(m, z+"/dns_records/"+id, `{"type":"A","name":"a","content":"192.0.2.2"}`); status != 400 || codes(t, body)[0] != 1043 {
			t.Errorf("%s: %d %s", m, status, body)
		}
	}
}

func TestSeedNamesEveryBadLineAndDoesNothing(t *testing.T) {
	s, err := sandbox.New(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	n, err := s.Seed("seed.test", strings.NewReader("{\"name\":\"a\",\"type\":\"A\",\"content\":\"192.0.2.1\"}\n\n"+
		"{\"name\":\"a\",\"type\":\"A\",\"content\":\"x\"}\n{\"name\":\"a\",\"type\":\"A\",\"content\":\"192.0.2.1\"}\n"))
	if n != 0 || err == nil || !strings.Contains(err.Error(), "line 3: a A: Content for A") || !strings.Contains(err.Error(), "line 4: a A: An identical") {
		t.Errorf("Seed = %d, %v", n, err)
	}
	if _, body := direct(t, s, "GET", "/zones", ""); !strings.Contains(string(body), `"total_count":0`) {
		t.Errorf("the zone is there: %s", body)
	}
	n, err = s.Seed("seed.test", strings.NewReader(`{"name":"d","type":"DS","data":{"key_tag":1,"algorithm":13,"digest_type":2,"digest":"B5BB"}}`+
		"\n"+`{"name":"d","type":"NS","content":"ns.example.net"}`))
	if n != 2 || err != nil {
		t.Errorf("a DS before its NS: %d, %v", n, err)
	}
}

func TestLimitsOfPlans(t *testing.T) {
	c := start(t, sandbox.Options{Plan: "free", Quota: 2})
	z := c.zone("seed.test")
	for i, want := range []int{200, 200, 400} {
		if status, _ := c.request("POST", z+"/dns_records", fmt.Sprintf(`{"type":"A","name":"a","content":"192.0.2.%d"}`, i)); status != want {
			t.Errorf("record %d: %d, want %d", i, status, want)
		}
	}
	posts := strings.Repeat(`{"type":"A","name":"a","content":"192.0.2.1"},`, 201)
	if status, body := c.request("POST", z+"/dns_records/batch", `{"posts":[`+strings.TrimSuffix(posts, ",")+`]}`); status != 400 || codes(t, body)[0] == 81058 {
		t.Errorf("201 operations on Free: %d %s", status, body)
	}
}

func TestRequestsAreCounted(t *testing.T) {
	c := start(t, sandbox.Options{})
	z := c.zone("seed.test")
	c.s.ResetRequests()
	c.must("GET", z+"/dns_records?page=1", "")
	c.must("GET", z+"/dns_records?page=2", "")
	if got := c.s.Counts(); len(got) != 1 || got["GET /zones/{zone_id}/dns_records"] != 2 {
		t.Errorf("Counts() = %v", got)
	}
	if r := c.s.Requests(); len(r) != 2 || r[1].Path != z+"/dns_records" || r[1].Query != "page=2" || r[1].Status != 200 {
		t.Errorf("Requests() = %+v", r)
	}
}

func TestManyClientsAtOnce(t *testing.T) {
	c := start(t, sandbox.Options{})
	z := c.zone("seed.test")
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for j := range 20 {
				body := fmt.Sprintf(`{"posts":[{"type":"A","name":"n%d","content":"192.0.2.1"},{"type":"TXT","name":"n%d","content":"x"}]}`, i*100+j, i*100+j)
				if status, got := direct(t, c.s, "POST", z+"/dns_records/batch", body); status != 200 {
					t.Errorf("%d %s", status, got)
				}
				if status, got := direct(t, c.s, "GET", z+"/dns_records?per_page=50&order=name", ""); status != 200 {
					t.Errorf("%d %s", status, got)
				}
			}
		})
	}
	wg.Wait()
	names, _, total := c.records(z + "/dns_records?per_page=5000")
	slices.Sort(names)
	if total != 320 || len(slices.Compact(names)) != 160 {
		t.Errorf("%d records of %d names", total, len(names))
	}
}
