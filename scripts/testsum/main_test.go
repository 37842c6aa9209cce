package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRun(t *testing.T) {
	const passing = "func TestA(t *testing.T) { t.Run(\"one\", func(t *testing.T) { t.Log(\"quiet\") }) }\n"
	tests := map[string]struct {
		body string // of the only test file
		last string // the last line printed
		code int
		says string // somewhere in what is printed
	}{
		"tests and their subtests count":         {passing, "2 passed, 0 failed", 0, "ok   example.com/m: 2 passed"},
		"a failing test shows its output":        {passing + "func TestB(t *testing.T) { t.Error(\"loud\") }\n", "2 passed, 1 failed", 1, "loud"},
		"a skipped test is shown, not passed":    {passing + "func TestB(t *testing.T) { t.SkipNow() }\n", "2 passed, 0 failed", 0, "1 skipped"},
		"a panic fails":                          {"func TestA(t *testing.T) { panic(\"ouch\") }\n", "0 passed, 1 failed", 1, "ouch"},
		"an early exit fails and names the test": {"func TestA(t *testing.T) { os.Exit(3) }\n", "0 passed, 1 failed", 1, "=== RUN   TestA"},
		"what doesn't build fails":               {"func TestA(t *testing.T) { undefined() }\n", "0 passed, 1 failed", 1, "undefined: undefined"},
		"no tests is not success":                {"", "0 passed, 0 failed", 1, "no test ran"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, filepath.Join(dir, "go.mod"), "module example.com/m\n\ngo 1.26\n")
			write(t, filepath.Join(dir, "m_test.go"), "package m\n\nimport (\n\"os\"\n\"testing\"\n)\n\nvar _, _ = os.Exit, testing.Main\n\n"+tt.body)
			t.Chdir(dir)
			var stdout, stderr bytes.Buffer
			code := run(t.Context(), []string{"./..."}, &stdout, &stderr)
			all := stderr.String() + stdout.String()
			if code != tt.code || !strings.HasSuffix(all, "\n"+tt.last+"\n") || !strings.Contains(all, tt.says) {
				t.Errorf("run = %d, want %d; the last line should be %q, and somewhere %q:\n%s", code, tt.code, tt.last, tt.says, all)
			}
			if strings.Contains(all, "quiet") {
				t.Errorf("the output of a passing test is shown:\n%s", all)
			}
		})
	}
}

func TestRunOutsideAModule(t *testing.T) {
	t.Chdir(t.TempDir())
	var out bytes.Buffer
	if code := run(t.Context(), []string{"./..."}, &out, io.Discard); code != 1 || !strings.HasSuffix(out.String(), "\n0 passed, 1 failed\n") {
		t.Errorf("run = %d, want 1 and a failure:\n%s", code, out.String())
	}
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
