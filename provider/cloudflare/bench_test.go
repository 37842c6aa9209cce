package cloudflare_test

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/zoneloom/zoneloom/provider/cloudflare"
	"github.com/zoneloom/zoneloom/state"
)

// canned serves a zone of n records from pages made beforehand, so that only
// the reader is measured.
type canned struct{ pages []string }

func newCanned(n int) *canned {
	const per = 5000
	c := &canned{}
	for page := 1; page == 1 || (page-1)*per < n; page++ {
		var records []string
		for i := (page - 1) * per; i < min(page*per, n); i++ {
			records = append(records, recordItem(id(i+1), fmt.Sprintf("h%07d.example.com", i), fmt.Sprintf("198.18.%d.%d", i>>8&255, i&255)))
		}
		c.pages = append(c.pages, list(page, (n+per-1)/per, n, records...))
	}
	return c
}

func (c *canned) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !strings.HasSuffix(r.URL.Path, "/dns_records") {
		_, _ = w.Write([]byte(found("free").body))
		return
	}
	page, err := strconv.Atoi(r.URL.Query().Get("page"))
	if err != nil || page < 1 || page > len(c.pages) {
		http.Error(w, "no such page", http.StatusBadRequest)
		return
	}
	_, _ = w.Write([]byte(c.pages[page-1]))
}

func BenchmarkRead(b *testing.B) {
	for _, n := range []int{1000, 10_000, 100_000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			p, _ := behind(b, newCanned(n))
			zones, err := p.Zones(b.Context(), []state.Name{"example.com."})
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				snap, err := zones["example.com."].Read(b.Context())
				if err != nil || snap.Zone.Len() != n {
					b.Fatalf("%d records, %v", snap.Zone.Len(), err)
				}
			}
			b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "records/s")
		})
	}
}

func BenchmarkCheck(b *testing.B) {
	for _, n := range []int{1000, 10_000, 100_000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			zone := &state.Zone{Name: "example.com."}
			for _, c := range hosts(n) {
				zone.RRsets = append(zone.RRsets, *c.After)
			}
			info := infoOf("enterprise")
			b.ReportAllocs()
			for b.Loop() {
				(&cloudflare.Provider{}).Check(zone, info)
			}
			b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "records/s")
		})
	}
}
