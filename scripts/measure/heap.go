package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"text/tabwriter"

	"github.com/zoneloom/zoneloom/apply"
	"github.com/zoneloom/zoneloom/config"
	"github.com/zoneloom/zoneloom/provider/cloudflare"
	"github.com/zoneloom/zoneloom/provider/cloudflare/sandbox"
)

// liveHeap measures what stays on the heap between planning and applying: the
// configuration's zones, the live ones with the service's ids, and the plan. No
// two TTLs are equal where differ is set, so nearly everything is to be changed.
func liveHeap(ctx context.Context, out *tabwriter.Writer, folder string, n int, differ bool) error {
	s, err := serve(sandbox.Options{})
	if err != nil {
		return err
	}
	defer s.close()
	records, lines := makeZone(n)
	if differ {
		lines = bytes.ReplaceAll(lines, []byte(`"ttl":300`), []byte(`"ttl":600`))
	}
	if _, err := s.Seed(zoneName, bytes.NewReader(lines)); err != nil {
		return err
	}
	file, err := writeConfig(folder, s.api, records)
	if err != nil {
		return err
	}
	before := heap()
	cfg, err := config.Load(os.DirFS(folder), filepath.Base(file))
	if err != nil {
		return err
	}
	z := cfg.Zones[0]
	engine := apply.Engine{Providers: map[string]apply.Opened{
		"cloudflare": {Kind: "cloudflare", Provider: &cloudflare.Provider{Token: token, BaseURL: s.api}},
	}}
	planned, err := engine.Plan(ctx, []apply.Target{{
		Zone: z.Name, Provider: "cloudflare", Want: z.Want("cloudflare"), Rules: z.Rules, Written: z.Written,
	}})
	if err != nil {
		return err
	}
	live := heap() - before // measure's own texts are counted in both
	changes := len(planned.Plan.Zones[0].Changes)
	runtime.KeepAlive([]any{cfg, records, lines})
	_, err = fmt.Fprintf(out, "Live heap of state and plan\t%d records\t%d changes\t%d B/record\n", n, changes, live/uint64(n))
	return err
}

// heap returns the bytes that are in use.
func heap() uint64 {
	runtime.GC()
	runtime.GC() // what the first one's finalizers let go
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
