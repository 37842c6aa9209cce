package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/miekg/dns"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/zoneloom/zoneloom/provider/cloudflare/sandbox"
)

// raceOptions keep a process that looks for races from sleeping for a second
// before it exits.
const raceOptions = "atexit_sleep_ms=0"

// asCommand in the environment makes the test binary the command itself.
const asCommand = "ZONELOOM_TEST_AS_COMMAND"

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) != "" {
		killInJournal(os.Getenv(killAt))
		main()
	}
	testscript.Main(m, map[string]func(){"zoneloom": main})
}

// Each script has a sandbox of its own; $URL in the files named to url stands
// for its address.
func TestScripts(t *testing.T) {
	testdata, err := filepath.Abs("../../testdata")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:           "../../testdata/script",
		UpdateScripts: *update,
		Setup: func(env *testscript.Env) error {
			s, err := newService()
			if err != nil {
				return err
			}
			env.Defer(s.close)
			env.Values[serviceKey{}] = s
			env.Values[nameServersKey{}] = &nameServers{records: map[string][]dns.RR{}}
			env.Setenv("URL", s.url)
			env.Setenv("XDG_STATE_HOME", filepath.Join(env.WorkDir, ".state"))
			env.Setenv("GORACE", raceOptions)
			env.Setenv("TOKEN", sandbox.DefaultToken)
			env.Setenv("TESTDATA", testdata)
			env.Setenv("READER", reader)
			env.Setenv("LISTER", lister)
			env.Setenv("CLOUDFLARE_API_TOKEN", sandbox.DefaultToken)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"url":    scriptURL,
			"exits":  scriptExits,
			"cf":     scriptCF,
			"seed":   scriptSeed,
			"fault":  scriptFault,
			"writes": scriptWrites,
			"calls":  scriptCalls,
			"dns":    scriptDNS,
		},
	})
}

// Tokens that may do less than the one with all rights.
const (
	reader = "reader-token-00000000000000000000000000"
	lister = "lister-token-00000000000000000000000000"
)

type serviceKey struct{}

// service is a sandbox that a script talks to. It counts what isn't the script's
// own.
type service struct {
	sandbox *sandbox.Server
	server  *httptest.Server
	url     string
	calls   atomic.Int64
	writes  atomic.Int64 // those of calls that aren't GETs
}

// ofScript marks the calls of scripts.
const ofScript = "Zoneloom-Test-Script"

func newService() (*service, error) {
	s := &service{}
	var err error
	s.sandbox, err = sandbox.New(sandbox.Options{Tokens: []sandbox.Token{
		{Value: reader, Permissions: []sandbox.Permission{sandbox.ZoneRead, sandbox.DNSRead}},
		{Value: lister, Permissions: []sandbox.Permission{sandbox.ZoneRead}},
	}})
	if err != nil {
		return nil, err
	}
	s.server = httptest.NewServer(s)
	s.url = s.server.URL + sandbox.BasePath
	return s, nil
}

// ServeHTTP counts and answers.
func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get(ofScript) == "" {
		s.calls.Add(1)
		if r.Method != http.MethodGet {
			s.writes.Add(1)
		}
	}
	s.sandbox.ServeHTTP(w, r)
}

func (s *service) close() {
	s.server.Close()
	s.sandbox.Close()
}

func serviceOf(ts *testscript.TestScript) *service {
	return ts.Value(serviceKey{}).(*service)
}

// url FILE... writes the sandbox's address in place of $URL.
func scriptURL(ts *testscript.TestScript, _ bool, args []string) {
	for _, file := range args {
		text := strings.ReplaceAll(ts.ReadFile(file), "$URL", ts.Getenv("URL"))
		ts.Check(os.WriteFile(ts.MkAbs(file), []byte(text), 0o644))
	}
}

// exits CODE COMMAND... runs a command, which must exit with that code.
func scriptExits(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		got = exit.ExitCode()
	case err != nil:
		ts.Fatalf("%v", err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// cf METHOD PATH [BODY] calls the sandbox as somebody else would. In PATH,
// {ZONE} stands for the id of a zone, and {ZONE/NAME/TYPE} for its only record
// of that name and type.
func scriptCF(ts *testscript.TestScript, neg bool, args []string) {
	s := serviceOf(ts)
	path := s.expand(ts, args[1])
	body := ""
	if len(args) > 2 {
		body = args[2]
	}
	status, answer := s.ask(ts, args[0], path, body)
	if ok := status < 300; ok == neg {
		ts.Fatalf("%s %s: status %d: %s", args[0], path, status, answer)
	}
	fmt.Fprintln(ts.Stdout(), answer)
}

func (s *service) ask(ts *testscript.TestScript, method, path, body string) (int, string) {
	r, err := http.NewRequestWithContext(context.Background(), method, s.url+path, strings.NewReader(body))
	ts.Check(err)
	r.Header.Set("Authorization", "Bearer "+sandbox.DefaultToken)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set(ofScript, "yes")
	response, err := http.DefaultClient.Do(r)
	ts.Check(err)
	defer response.Body.Close()
	b, err := io.ReadAll(response.Body)
	ts.Check(err)
	return response.StatusCode, string(b)
}

// expand replaces what stands between braces by ids.
func (s *service) expand(ts *testscript.TestScript, path string) string {
	before, rest, found := strings.Cut(path, "{")
	if !found {
		return path
	}
	what, after, _ := strings.Cut(rest, "}")
	zone, record, hasRecord := strings.Cut(what, "/")
	id := s.id(ts, "/zones?name="+zone)
	if hasRecord {
		name, kind, _ := strings.Cut(record, "/")
		id += "/dns_records/" + s.id(ts, "/zones/"+id+"/dns_records?name="+name+"&type="+kind)
	}
	return before + id + s.expand(ts, after)
}

// id returns the first id of a list with one item.
func (s *service) id(ts *testscript.TestScript, path string) string {
	_, answer := s.ask(ts, "GET", path, "")
	_, rest, found := strings.Cut(answer, `"id":"`)
	id, _, _ := strings.Cut(rest, `"`)
	if !found {
		ts.Fatalf("%s finds nothing: %s", path, answer)
	}
	return id
}

// seed ZONE FILE fills a zone with the records of a file of JSON lines.
func scriptSeed(ts *testscript.TestScript, _ bool, args []string) {
	_, err := serviceOf(ts).sandbox.Seed(args[0], strings.NewReader(ts.ReadFile(args[1])))
	ts.Check(err)
}

// fault [SPEC...] switches these faults on, and all others off.
func scriptFault(ts *testscript.TestScript, _ bool, args []string) {
	var faults []sandbox.Fault
	for _, a := range args {
		f, err := sandbox.ParseFault(a)
		ts.Check(err)
		faults = append(faults, f)
	}
	serviceOf(ts).sandbox.SetFaults(faults...)
}

// writes N: the sandbox was sent N requests that write since the last count.
func scriptWrites(ts *testscript.TestScript, _ bool, args []string) {
	if got := serviceOf(ts).writes.Swap(0); strconv.FormatInt(got, 10) != args[0] {
		ts.Fatalf("%d requests that write, want %s", got, args[0])
	}
}

// calls N: the sandbox was sent N requests of any kind since the last count.
func scriptCalls(ts *testscript.TestScript, _ bool, args []string) {
	if got := serviceOf(ts).calls.Swap(0); strconv.FormatInt(got, 10) != args[0] {
		ts.Fatalf("%d requests, want %s", got, args[0])
	}
}
