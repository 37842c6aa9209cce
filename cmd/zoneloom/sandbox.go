package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/zoneloom/zoneloom/provider/cloudflare/sandbox"
)

func sandboxFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "listen", Value: "127.0.0.1:8080", Usage: "serve at `ADDR`; with port 0 at any free port"},
		&cli.StringFlag{Name: "data", TakesFile: true, Usage: "keep everything in `FILE`; without it, nothing is kept"},
		&cli.StringFlag{Name: "plan", Usage: "give new zones the Cloudflare plan `NAME`: free, pro, business or enterprise (default: enterprise)"},
		&cli.IntFlag{Name: "batch-limit", DefaultText: "by the zone's plan", Usage: "take at most `N` operations in one batch"},
		&cli.IntFlag{Name: "quota", DefaultText: "by the zone's plan", Usage: "hold at most `N` records in one zone"},
		&cli.StringFlag{Name: "rate-limit", Usage: "answer 429 after `N/TIME` requests, as in 1200/5m"},
		&cli.StringSliceFlag{Name: "account", Usage: "add the account `ID`; may be repeated"},
		&cli.StringSliceFlag{Name: "token", Usage: "add a token, as `TOKEN=PERMISSIONS[@ZONES]`: t1=zone:read,dns:edit@example.com,example.net; may be repeated"},
		&cli.StringSliceFlag{Name: "key", Usage: "add a legacy key, as `EMAIL=KEY`; may be repeated"},
		&cli.StringSliceFlag{Name: "fault", Usage: "inject the fault `SPEC`, as docs/commands.md describes; may be repeated"},
		&cli.StringSliceFlag{Name: "seed", TakesFile: true, Usage: "fill a zone from a file of JSON lines, as `ZONE=FILE`; may be repeated"},
		&cli.BoolFlag{Name: "legacy-srv", DisableDefaultText: true, Usage: "accept service, proto and name in the data of SRV, as some clients still send them"},
		&cli.BoolFlag{Name: "no-pointers", DisableDefaultText: true, Usage: "leave out of errors which operation of a batch was refused"},
		quietFlag, verboseFlag,
	}
}

// sandbox serves until it is interrupted. The first line on standard output is
// the URL, for scripts that wait for it.
func (p *program) sandbox(c *cli.Context) error {
	if err := errors.Join(noArgs(c), p.begin(c)); err != nil {
		return err
	}
	options, err := sandboxOptions(c)
	if err != nil {
		return err
	}
	server, err := sandbox.New(options)
	if err != nil {
		return err
	}
	defer server.Close()
	if err := p.seed(server, c.StringSlice("seed")); err != nil {
		return err
	}
	ctx, release := interruptible()
	defer release()
	return errors.Join(p.serve(ctx, c.String("listen"), server), server.Close())
}

func (p *program) serve(ctx context.Context, addr string, h http.Handler) error {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	if p.verbose {
		h = p.logRequests(h)
	}
	srv := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(listener) }()
	url := "http://" + listener.Addr().String() + sandbox.BasePath
	if _, err := fmt.Fprintln(p.stdout, url); err != nil {
		return err
	}
	p.say("sandbox: use url: %s and token: %s; end it with Ctrl-C", url, sandbox.DefaultToken)
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	// Answers that hang, perhaps by a fault asked for, must not keep it alive.
	end, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if srv.Shutdown(end) != nil {
		return srv.Close()
	}
	return nil
}

func (p *program) logRequests(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.warn("sandbox: %s %s", r.Method, printable(r.URL.RequestURI()))
		h.ServeHTTP(w, r)
	})
}

func (p *program) seed(server *sandbox.Server, seeds []string) error {
	for _, s := range seeds {
		zone, file, ok := strings.Cut(s, "=")
		if !ok {
			return usagef("--seed is %q; it must be ZONE=FILE", s)
		}
		f, err := os.Open(file)
		if err != nil {
			return err
		}
		n, err := server.Seed(zone, f)
		f.Close()
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		p.say("sandbox: %s has %d records from %s", zone, n, file)
	}
	return nil
}

func sandboxOptions(c *cli.Context) (o sandbox.Options, err error) {
	o = sandbox.Options{
		Data: c.String("data"), Plan: c.String("plan"),
		BatchLimit: c.Int("batch-limit"), Quota: c.Int("quota"),
		LegacySRV:  c.Bool("legacy-srv"),
		NoPointers: c.Bool("no-pointers"),
	}
	for _, id := range c.StringSlice("account") {
		o.Accounts = append(o.Accounts, sandbox.Account{ID: id, Name: "Account " + id})
	}
	for _, s := range c.StringSlice("token") {
		value, rights, ok := strings.Cut(s, "=")
		if !ok {
			return o, usagef("--token must be TOKEN=PERMISSIONS[@ZONES]")
		}
		rights, zones, _ := strings.Cut(rights, "@")
		o.Tokens = append(o.Tokens, sandbox.Token{Value: value, Permissions: permissions(rights), Zones: list(zones)})
	}
	for _, s := range c.StringSlice("key") {
		email, key, ok := strings.Cut(s, "=")
		if !ok {
			return o, usagef("--key must be EMAIL=KEY")
		}
		o.Keys = append(o.Keys, sandbox.Key{Email: email, Key: key})
	}
	for _, s := range c.StringSlice("fault") {
		f, err := sandbox.ParseFault(s)
		if err != nil {
			return o, usagef("--fault %q: %w", s, err)
		}
		o.Faults = append(o.Faults, f)
	}
	o.RateLimit, err = rate(c.String("rate-limit"))
	return o, err
}

func permissions(s string) []sandbox.Permission {
	var all []sandbox.Permission
	for _, name := range list(s) {
		all = append(all, sandbox.Permission(name))
	}
	return all
}

// list splits what stands between commas; "" has nothing.
func list(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ',' })
}

func rate(s string) (sandbox.Rate, error) {
	if s == "" {
		return sandbox.Rate{}, nil
	}
	n, window, _ := strings.Cut(s, "/")
	requests, err := strconv.Atoi(n)
	if err == nil {
		var d time.Duration
		if d, err = time.ParseDuration(window); err == nil && requests > 0 && d > 0 {
			return sandbox.Rate{Requests: requests, Window: d}, nil
		}
	}
	return sandbox.Rate{}, usagef("--rate-limit is %q; it must be requests/time, as in 1200/5m", s)
}
