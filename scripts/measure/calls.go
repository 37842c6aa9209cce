package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/zoneloom/zoneloom/provider/cloudflare/sandbox"
)

// creates counts the calls of an apply that fills an empty zone.
func creates(ctx context.Context, out *tabwriter.Writer, folder, zoneloom string, limit int) error {
	const n = 10_000
	s, err := serve(sandbox.Options{BatchLimit: limit, Plan: planWith(limit)})
	if err != nil {
		return err
	}
	defer s.close()
	if _, err := s.Seed(zoneName, strings.NewReader("")); err != nil {
		return err
	}
	records, _ := makeZone(n)
	// Comments are short enough for every plan; tags are not used.
	config, err := writeConfig(folder, s.api, records)
	if err != nil {
		return err
	}
	s.ResetRequests()
	if _, err := run(ctx, zoneloom, "apply", "-q", "--yes", "-c", config); err != nil {
		return err
	}
	batches := 0
	for _, r := range s.Requests() {
		if strings.HasSuffix(r.Route, "/dns_records/batch") {
			batches++
		}
	}
	fmt.Fprintf(out, "%d creates\t%d\t%d\t%d\t%d\n", n, n, limit, batches, len(s.Requests()))
	return out.Flush()
}

// planWith returns the tariff whose batch limit a client will assume.
func planWith(limit int) string {
	if limit == 200 {
		return "free"
	}
	return "enterprise"
}

// manyZones counts the calls of a plan of 1,000 zones of one record each.
func manyZones(ctx context.Context, out *tabwriter.Writer, folder, zoneloom string) error {
	const n = 1000
	s, err := serve(sandbox.Options{})
	if err != nil {
		return err
	}
	defer s.close()
	var config bytes.Buffer
	fmt.Fprintf(&config, "providers:\n  cloudflare: {type: cloudflare, token: %s, url: %q}\nzones:\n", token, s.api)
	for i := range n {
		zone := fmt.Sprintf("zone-%04d.example", i)
		line := fmt.Sprintf(`{"name":%q,"type":"A","content":"192.0.2.1","ttl":300}`, "www."+zone)
		if _, err := s.Seed(zone, strings.NewReader(line)); err != nil {
			return err
		}
		fmt.Fprintf(&config, "  %s: {provider: cloudflare, records: {www: {type: A, value: 192.0.2.1}}}\n", zone)
	}
	path := filepath.Join(folder, "many.yaml")
	if err := os.WriteFile(path, config.Bytes(), 0o600); err != nil {
		return err
	}
	s.ResetRequests()
	u, err := run(ctx, zoneloom, "plan", "-q", "--detailed-exitcode", "-c", path)
	if err != nil {
		return err
	}
	lists := 0
	for _, r := range s.Requests() {
		if strings.HasSuffix(r.Route, "/dns_records") {
			lists++
		}
	}
	fmt.Fprintf(out, "\n%d zones, no-op plan\t\tzone lists %d\trecord lists %d\t%.2f s\n", n, len(s.Requests())-lists, lists, u.wall.Seconds())
	return out.Flush()
}
