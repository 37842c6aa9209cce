package sandbox_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/zoneloom/zoneloom/provider/cloudflare/sandbox"
)

// bigZone is a server with one zone of n records.
func bigZone(b *testing.B, n int) (*sandbox.Server, string) {
	b.Helper()
	s, err := sandbox.New(sandbox.Options{})
	if err != nil {
		b.Fatal(err)
	}
	var lines strings.Builder
	for i := range n {
		fmt.Fprintf(&lines, `{"type":"A","name":"h%d","content":"192.0.2.%d","ttl":300}`+"\n", i, i%250)
	}
	if _, err := s.Seed("seed.test", strings.NewReader(lines.String())); err != nil {
		b.Fatal(err)
	}
	_, body := direct(b, s, "GET", "/zones", "")
	var env struct{ Result []struct{ ID string } }
	if err := json.Unmarshal(body, &env); err != nil {
		b.Fatal(err)
	}
	return s, "/zones/" + env.Result[0].ID + "/dns_records"
}

func BenchmarkBatchOf3500(b *testing.B) {
	for _, n := range []int{1_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s, records := bigZone(b, n)
			for round := 0; b.Loop(); round++ {
				var posts []string
				for i := range 3500 {
					posts = append(posts, fmt.Sprintf(`{"type":"TXT","name":"t%d-%d","content":"x","ttl":300}`, round, i))
				}
				if status, body := direct(b, s, "POST", records+"/batch", `{"posts":[`+strings.Join(posts, ",")+`]}`); status != 200 {
					b.Fatalf("%d %s", status, body)
				}
			}
		})
	}
}

func BenchmarkListPagesOf5000(b *testing.B) {
	for _, n := range []int{10_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s, records := bigZone(b, n)
			b.ReportAllocs()
			for b.Loop() {
				for page := 1; page <= n/5000; page++ {
					if status, body := direct(b, s, "GET", fmt.Sprintf("%s?per_page=5000&page=%d", records, page), ""); status != 200 {
						b.Fatalf("%d %s", status, body)
					}
				}
			}
		})
	}
}
