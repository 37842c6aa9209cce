package main

import (
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zoneloom/zoneloom/apply"
	"github.com/zoneloom/zoneloom/provider"
	"github.com/zoneloom/zoneloom/provider/cloudflare"
)

// A panic is told as an error, without the secrets, and its exit code isn't the
// one that says that changes are pending.
func TestCrash(t *testing.T) {
	const secret = "tok-0123456789abcdef"
	kinds["panics"] = kind{
		settings: func() any { return new(cloudflare.Settings) },
		checker:  &cloudflare.Provider{},
		secrets:  cloudflareSecrets,
		open:     func(*opener, any, bool) (provider.Provider, func() error, error) { panic("odd: " + secret) },
	}
	t.Cleanup(func() { delete(kinds, "panics") })
	t.Setenv("A_TOKEN", secret)
	for _, token := range []string{"${A_TOKEN}", secret, "tok-${UNSET:-0123456789}abcdef"} {
		file := filepath.Join(t.TempDir(), "zoneloom.yaml")
		text := "providers: {p: {type: panics, token: \"" + token + "\"}}\nzones: {example.com: {provider: p, records: {}}}\n"
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		var out, errs strings.Builder
		if code := run([]string{"zoneloom", "plan", "-c", file}, strings.NewReader(""), &out, &errs); code != exitError {
			t.Errorf("exit code %d", code)
		}
		if got := errs.String(); strings.Contains(got, secret) || !strings.Contains(got, "stopped: odd: [secret]") || !strings.Contains(got, "crash_test.go") {
			t.Errorf("with %s it says:\n%s", token, got)
		}
	}
}

func TestCrashAfterARequest(t *testing.T) {
	var errs strings.Builder
	p := &program{stderr: newLineWriter(&errs, false)}
	p.progress().event(apply.Event{Kind: apply.EventSending, Zone: "example.com."})
	if code := p.crashed(&apply.Panic{Value: "odd", Stack: "there\n"}); code != exitPartly {
		t.Errorf("exit code %d", code)
	}
	if got := errs.String(); !strings.Contains(got, "odd\nthere\nhint: something was written") {
		t.Errorf("it says:\n%s", got)
	}
}

func TestConceal(t *testing.T) {
	const secret = "p/ss word+1"
	for _, form := range []string{
		secret, "p%2Fss+word%2B1", "p%2Fss%20word+1", base64.StdEncoding.EncodeToString([]byte(secret)),
	} {
		var b strings.Builder
		l := newLineWriter(&b, false)
		l.conceal("postgres://user:p%2Fss%20word+1@db.example/x")
		l.conceal("short")
		l.print("before " + form + " after, short\n")
		if got := b.String(); got != "before [secret] after, short\n" {
			t.Errorf("%q is written as %q", form, got)
		}
	}
}

func TestLogJSON(t *testing.T) {
	var b strings.Builder
	p := &program{stderr: newLineWriter(&b, true), verbose: true}
	p.stderr.conceal(`quoted"secret`)
	p.say("zone example.com.: 1 of 2 operations")
	p.detail("GET /zones: 200 OK")
	p.warn("two\nlines")
	p.fail("error: zone example.net.: cloudflare: it said %s", `quoted"secret`)
	p.stderr.print("Apply these changes? ")
	want := []struct{ level, msg, zone string }{
		{"INFO", "zone example.com.: 1 of 2 operations", "example.com."},
		{"DEBUG", "GET /zones: 200 OK", ""},
		{"WARN", "two", ""},
		{"WARN", "lines", ""},
		{"ERROR", "error: zone example.net.: cloudflare: it said [secret]", "example.net."},
		{"INFO", "Apply these changes?", ""},
	}
	lines := strings.Split(strings.TrimSpace(b.String()), "\n")
	if len(lines) != len(want) {
		t.Fatalf("%d lines, want %d:\n%s", len(lines), len(want), b.String())
	}
	for i, line := range lines {
		var got struct{ Time, Level, Msg, Zone string }
		if err := json.Unmarshal([]byte(line), &got); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if w := want[i]; got.Level != w.level || got.Msg != w.msg || got.Zone != w.zone || got.Time == "" {
			t.Errorf("line %d is %+v, want %+v", i, got, w)
		}
	}
}

func TestLogsJSON(t *testing.T) {
	for _, c := range []struct {
		line     string
		json, ok bool
	}{
		{"plan", false, true},
		{"plan --log-format json", true, true},
		{"plan --log-format=json -v", true, true},
		{"plan -log-format=json", true, true},
		{"plan --log-format text", false, true},
		{"plan --log-format=xml", false, false},
		{"apply -- --log-format=json", false, true},
		{"apply log-format=json", false, true},
	} {
		json, err := logsJSON(append([]string{"zoneloom"}, strings.Fields(c.line)...))
		if json != c.json || (err == nil) != c.ok {
			t.Errorf("%s: %v, %v", c.line, json, err)
		}
	}
}
