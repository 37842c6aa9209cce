package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// event is one line of go test -json; go doc test2json describes them.
type event struct {
	Action     string
	Package    string
	ImportPath string // of what is being built, which may be a package's test
	Test       string // empty where the event is about the package
	Elapsed    float64
	Output     string
}

// summary counts tests and subtests. A package that fails while none of its
// tests does (it doesn't build, it panics, it runs out of time) counts as one failure.
type summary struct {
	passed, failed int
	w              io.Writer
	output         map[test]*strings.Builder // held back until we know whether it is wanted
	packages       map[string]*count
}

type test struct{ pkg, name string }

type count struct{ passed, failed, skipped int }

// summarise reads go test's events from r and reports on w as packages end.
func summarise(r io.Reader, w io.Writer) (*summary, error) {
	s := &summary{w: w, output: map[test]*strings.Builder{}, packages: map[string]*count{}}
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			var e event
			if json.Unmarshal(line, &e) == nil {
				s.add(e)
			} else {
				fmt.Fprintf(w, "%s", line) // go test speaks plain text when it can't even begin
			}
		}
		if errors.Is(err, io.EOF) {
			return s, nil
		}
		if err != nil {
			return s, err
		}
	}
}

func (s *summary) add(e event) {
	switch e.Action {
	case "build-output":
		fmt.Fprint(s.w, e.Output)
	case "output":
		s.hold(e)
	case "pass", "fail", "skip":
		if e.Test == "" {
			s.endPackage(e)
		} else {
			s.endTest(e)
		}
	}
}

func (s *summary) hold(e event) {
	t := test{e.Package, e.Test}
	if s.output[t] == nil {
		s.output[t] = &strings.Builder{}
	}
	s.output[t].WriteString(e.Output)
}

// release prints what was held back for t, if it is wanted, and forgets it.
func (s *summary) release(t test, wanted bool) {
	if b := s.output[t]; b != nil && wanted {
		fmt.Fprint(s.w, b.String())
	}
	delete(s.output, t)
}

func (s *summary) endTest(e event) {
	c := s.count(e.Package)
	switch e.Action {
	case "pass":
		c.passed++
		s.passed++
	case "fail":
		c.failed++
		s.failed++
	case "skip":
		c.skipped++
	}
	s.release(test{e.Package, e.Test}, e.Action != "pass")
}

func (s *summary) endPackage(e event) {
	c := s.count(e.Package)
	failed := e.Action == "fail"
	if failed && c.failed == 0 {
		c.failed++
		s.failed++
	}
	for t := range s.output {
		// A test that never ended is the one that hung or crashed.
		if t.pkg == e.Package && t.name != "" {
			s.release(t, failed)
		}
	}
	s.release(test{e.Package, ""}, failed)
	if c.passed+c.failed+c.skipped == 0 {
		return // it has no tests
	}
	word := "ok  "
	if failed {
		word = "FAIL"
	}
	fmt.Fprintf(s.w, "%s %s: %d passed, %d failed, %d skipped (%.1fs)\n", word, e.Package, c.passed, c.failed, c.skipped, e.Elapsed)
}

func (s *summary) count(pkg string) *count {
	if s.packages[pkg] == nil {
		s.packages[pkg] = &count{}
	}
	return s.packages[pkg]
}
