// Command testsum runs go test with the arguments given, shows one line for each
// package and the whole output of what fails, and ends with a count of the
// tests and subtests that ran: "12 passed, 0 failed".
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
)

func main() {
	os.Exit(run(context.Background(), os.Args[1:], os.Stdout, os.Stderr))
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	cmd := exec.CommandContext(ctx, "go", append([]string{"test", "-json"}, args...)...)
	cmd.Stderr = stderr
	events, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		fmt.Fprintf(stderr, "testsum: cannot run go test: %v\n", err)
		return 1
	}
	s, readErr := summarise(events, stdout)
	if readErr != nil {
		cancel() // nobody reads on, so go test would wait for ever
	}
	waitErr := cmd.Wait()
	switch {
	case readErr != nil:
		fmt.Fprintf(stderr, "testsum: reading what go test says: %v\n", readErr)
		s.failed++
	case waitErr != nil && s.failed == 0:
		fmt.Fprintf(stderr, "testsum: no test failed, but go test did: %v\n", waitErr)
		s.failed++
	case s.passed+s.failed == 0:
		fmt.Fprintln(stderr, "testsum: no test ran")
	}
	fmt.Fprintf(stdout, "\n%d passed, %d failed\n", s.passed, s.failed)
	if s.failed > 0 || s.passed == 0 {
		return 1
	}
	return 0
}
