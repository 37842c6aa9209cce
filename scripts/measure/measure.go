package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/zoneloom/zoneloom/provider/cloudflare/sandbox"
)

// roomy lets the sandbox hold every size that is measured.
const roomy = 4_000_000

// service is a sandbox on loopback.
type service struct {
	*sandbox.Server
	api  string
	stop func() error
}

func serve(o sandbox.Options) (*service, error) {
	o.Quota = roomy
	s, api, stop, err := sandbox.Start(o)
	return &service{s, api, stop}, err
}

func (s *service) close() { _ = s.stop() } // the figures are taken by then

// usage is what one process took.
type usage struct {
	wall time.Duration
	peak int64 // bytes
}

// run runs a command to its end.
func run(ctx context.Context, name string, args ...string) (usage, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	start := time.Now()
	if err := cmd.Run(); err != nil {
		return usage{}, fmt.Errorf("%s %v: %w\n%s", filepath.Base(name), args, err, output.Bytes())
	}
	u := usage{wall: time.Since(start)}
	if r, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		u.peak = r.Maxrss * 1024 // Linux counts in KiB
	}
	return u, nil
}

func measure(ctx context.Context, zoneloom string, runs int, sizes []int) error {
	folder, err := os.MkdirTemp("", "figures")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	out := tabwriter.NewWriter(os.Stdout, 2, 8, 2, ' ', 0)
	defer out.Flush()
	fmt.Fprintf(out, "No-op plan, median of %d\trecords\tseconds\tpeak MB\tcalls\n", runs)
	for _, n := range sizes {
		if err := noOpPlan(ctx, out, folder, zoneloom, runs, n); err != nil {
			return err
		}
	}
	fmt.Fprintln(out)
	for _, differ := range []bool{false, true} {
		if err := liveHeap(ctx, out, folder, sizes[len(sizes)-1], differ); err != nil {
			return err
		}
	}
	fmt.Fprintln(out, "\nCalls\trecords\tlimit\tbatches\tall calls")
	for _, limit := range []int{3500, 200} {
		if err := creates(ctx, out, folder, zoneloom, limit); err != nil {
			return err
		}
	}
	return manyZones(ctx, out, folder, zoneloom)
}

// noOpPlan measures a plan without changes beside the floor, in turn.
func noOpPlan(ctx context.Context, out *tabwriter.Writer, folder, zoneloom string, runs, n int) error {
	s, err := serve(sandbox.Options{})
	if err != nil {
		return err
	}
	defer s.close()
	records, lines := makeZone(n)
	if _, err := s.Seed(zoneName, bytes.NewReader(lines)); err != nil {
		return err
	}
	config, err := writeConfig(folder, s.api, records)
	if err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	var ours, floors []usage
	for range runs {
		f, err := run(ctx, self, "floor", config, s.api)
		if err != nil {
			return err
		}
		s.ResetRequests()
		o, err := run(ctx, zoneloom, "plan", "-q", "--detailed-exitcode", "-c", config)
		if err != nil {
			return err // exit 2 says that the plan was not empty
		}
		floors, ours = append(floors, f), append(ours, o)
	}
	f, o := median(floors), median(ours)
	mb := func(b int64) float64 { return float64(b) / 1e6 }
	fmt.Fprintf(out, "floor\t%d\t%.3f\t%.0f\t\n", n, f.wall.Seconds(), mb(f.peak))
	fmt.Fprintf(out, "zoneloom\t%d\t%.3f\t%.0f\t%d\n", n, o.wall.Seconds(), mb(o.peak), len(s.Requests()))
	fmt.Fprintf(out, "ratio\t%d\t%.2f\t%.2f\t\n", n, o.wall.Seconds()/f.wall.Seconds(), float64(o.peak)/float64(f.peak))
	return out.Flush()
}

// median returns the middle of each figure.
func median(all []usage) usage {
	slices.SortFunc(all, func(a, b usage) int { return int(a.wall - b.wall) })
	wall := all[len(all)/2].wall
	slices.SortFunc(all, func(a, b usage) int { return int(a.peak - b.peak) })
	return usage{wall, all[len(all)/2].peak}
}
