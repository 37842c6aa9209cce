package sandbox_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneloom/zoneloom/provider/cloudflare/sandbox"
)

// state is everything that a client can see, ids and times included.
func state(t *testing.T, path string) string {
	t.Helper()
	c := &client{t: t, token: sandbox.DefaultToken}
	s, url, stop, err := sandbox.Start(sandbox.Options{Data: path})
	if err != nil {
		t.Fatal(err)
	}
	c.s, c.url = s, url
	defer func() {
		if err := stop(); err != nil {
			t.Error(err)
		}
	}()
	return c.everything()
}

func (c *client) everything() string {
	c.t.Helper()
	var b strings.Builder
	_, zones := c.request("GET", "/zones?per_page=50", "")
	_, user := c.request("GET", "/user", "")
	b.WriteString(zones + user)
	for _, id := range volatile.FindAllString(zones, -1) {
		if id = strings.Trim(id, `"`); len(id) == 32 && id != sandbox.DefaultAccount && !strings.Contains(id, "feeeee") {
			_, records := c.request("GET", "/zones/"+id+"/dns_records", "")
			b.WriteString("\n" + records)
		}
	}
	return b.String()
}

func TestTheLogCutAtEveryByteGivesAWholeTransaction(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sandbox.log")
	c := start(t, sandbox.Options{Data: path})
	size := func() int64 {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	z := c.zone("seed.test")
	a := idOf(t, c.must("POST", z+"/dns_records", `{"type":"A","name":"a","content":"192.0.2.1","comment":"c","tags":["t:1"]}`))
	states := map[int64]string{size(): c.everything()}
	first := size()
	for _, step := range [][3]string{
		{"PATCH", "/user", `{"first_name":"Ada"}`},
		{"POST", z + "/dns_records/batch", `{"deletes":[{"id":"` + a + `"}],"posts":[{"type":"CNAME","name":"a","content":"b.example","settings":{"flatten_cname":true}},{"type":"TXT","name":"é","content":"ü"}]}`},
		{"PATCH", z + "/dns_settings", `{"ns_ttl":3600}`},
	} {
		c.must(step[0], step[1], step[2])
		states[size()] = c.everything()
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	// Most of the time goes into waiting for the disk: several wait at once.
	const lanes = 16
	for lane := range int64(lanes) {
		t.Run(fmt.Sprintf("lane %d", lane), func(t *testing.T) {
			t.Parallel()
			cut := filepath.Join(t.TempDir(), "cut.log")
			for n := first + lane; n <= int64(len(whole)); n += lanes {
				if err := os.WriteFile(cut, whole[:n], 0o600); err != nil {
					t.Fatal(err)
				}
				last := n
				for states[last] == "" {
					last--
				}
				if got := state(t, cut); got != states[last] {
					t.Fatalf("cut at %d of %d (-want +got):\n%s", n, len(whole), cmp.Diff(states[last], got))
				}
			}
		})
	}
}

func TestTheLogRefusesWhatIsNotWhole(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "sandbox.log")
	s, err := sandbox.New(sandbox.Options{Data: path})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sandbox.New(sandbox.Options{Data: path}); err == nil || !strings.Contains(err.Error(), "another sandbox") {
		t.Errorf("a second sandbox on one log: %v", err)
	}
	for _, zone := range []string{"a.test", "b.test"} {
		if _, err := s.Seed(zone, strings.NewReader(`{"type":"A","name":"a","content":"192.0.2.1"}`)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	damaged := strings.Replace(string(whole), "192.0.2.1", "192.0.2.9", 1)
	for _, tt := range []struct{ rule, data, want string }{
		{"a damaged line", damaged, ":2: the line is damaged"},
		{"another file", "zones:\n  example.com: {}\n", "is not a sandbox log"},
		{"another file without a line break", "hello", "is not a sandbox log"},
	} {
		bad := filepath.Join(dir, "bad.log")
		if err := os.WriteFile(bad, []byte(tt.data), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := sandbox.New(sandbox.Options{Data: bad}); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want …%s…", tt.rule, err, tt.want)
		}
		if left, err := os.ReadFile(bad); err != nil || string(left) != tt.data {
			t.Errorf("%s: the file was changed", tt.rule)
		}
	}
}

func TestTheLogIsCompacted(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sandbox.log")
	c := start(t, sandbox.Options{Data: path})
	z := c.zone("seed.test")
	var posts []string
	for i := range 400 {
		posts = append(posts, fmt.Sprintf(`{"type":"A","name":"n%d","content":"192.0.2.1"}`, i))
	}
	var round int64
	for i := range 8 {
		body := `{"posts":[` + strings.Join(posts, ",") + `]}`
		raw := c.must("POST", z+"/dns_records/batch", body)
		var deletes []string
		for _, id := range volatile.FindAllString(string(raw), -1) {
			if len(id) == 34 {
				deletes = append(deletes, `{"id":`+id+`}`)
			}
		}
		c.must("POST", z+"/dns_records/batch", `{"deletes":[`+strings.Join(deletes, ",")+`]}`)
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			round = info.Size()
		}
	}
	c.must("POST", z+"/dns_records", posts[0])
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Size() > 3*round {
		t.Errorf("the log of one record holds %d bytes after eight rounds of %d each", info.Size(), round)
	}
	want := c.everything()
	copied := filepath.Join(t.TempDir(), "copy.log")
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(copied, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := state(t, copied); got != want {
		t.Errorf("the compacted log differs (-want +got):\n%s", cmp.Diff(want, got))
	}
}

// With a Dir, no link leads out of it: neither one that is the log, nor one that is a file beside it.
func TestTheLogStaysInItsFolder(t *testing.T) {
	for _, link := range []string{"data", "data/sandbox.log", "data/sandbox.log.lock"} {
		dir, outside := t.TempDir(), t.TempDir()
		if link != "data" {
			if err := os.Mkdir(filepath.Join(dir, "data"), 0o700); err != nil {
				t.Fatal(err)
			}
			outside = filepath.Join(outside, "file")
		}
		if err := os.Symlink(outside, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
		root, err := os.OpenRoot(dir)
		if err != nil {
			t.Fatal(err)
		}
		defer root.Close()
		if _, err := sandbox.New(sandbox.Options{Dir: root, Data: "data/sandbox.log"}); err == nil || !strings.Contains(err.Error(), "escapes") {
			t.Errorf("%s leads out: New = %v", link, err)
		}
		if _, err := os.Stat(filepath.Join(dir, "data", "sandbox.log")); link == "data" && err == nil {
			t.Errorf("%s leads out, and the log is there", link)
		}
		if _, err := os.Stat(outside); link != "data" && err == nil {
			t.Errorf("%s leads out, and was followed", link)
		}
	}
}

// Where nobody holds it to a folder, the log may be a link to where it is.
func TestTheLogBehindALink(t *testing.T) {
	dir := t.TempDir()
	path, link := filepath.Join(dir, "elsewhere", "sandbox.log"), filepath.Join(dir, "link")
	want := start(t, sandbox.Options{Data: path})
	want.zone("seed.test")
	if err := want.s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	if got := state(t, link); !strings.Contains(got, "seed.test") || got != state(t, path) {
		t.Errorf("through the link there is\n%s", got)
	}
}
