package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneloom/zoneloom/apply"
)

// events of a run over two zones, of which one is written.
var events = []apply.Event{
	{Kind: apply.EventReading, Zone: "example.com.", Provider: "p", Total: 2},
	{Kind: apply.EventRead, Zone: "example.com.", Provider: "p", Done: 1, Total: 2},
	{Kind: apply.EventRead, Zone: "example.net.", Provider: "p", Done: 2, Total: 2},
	{Kind: apply.EventSending, Zone: "example.com.", Provider: "p", Done: 0, Total: 300},
	{Kind: apply.EventSent, Zone: "example.com.", Provider: "p", Done: 200, Total: 300},
	{Kind: apply.EventLost, Zone: "example.com.", Provider: "p", Done: 200, Total: 300},
	{Kind: apply.EventSent, Zone: "example.com.", Provider: "p", Done: 300, Total: 300},
	{Kind: apply.EventVerified, Zone: "example.com.", Provider: "p", Done: 300, Total: 300},
}

func TestProgressLines(t *testing.T) {
	var b strings.Builder
	p := &program{stderr: newLineWriter(&b, false)}
	bar := p.progress()
	for _, e := range events {
		bar.event(e)
	}
	bar.end()
	want := `read 2 of 2 zones
zone example.com.: 200 of 300 operations
zone example.com.: an answer was lost; reading the zone again
zone example.com.: 300 of 300 operations
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
}

func TestProgressIsQuiet(t *testing.T) {
	for _, terminal := range []bool{false, true} {
		var b strings.Builder
		p := &program{stderr: newLineWriter(&b, false), quiet: true}
		bar := p.progress()
		bar.terminal = terminal
		for _, e := range events {
			bar.event(e)
		}
		bar.end()
		if b.String() != "" {
			t.Errorf("terminal %v: quiet, it says %q", terminal, b.String())
		}
	}
}

// On a terminal there is a bar, which lines wipe before they are written, and
// which is gone at the end.
func TestProgressBar(t *testing.T) {
	var b strings.Builder
	p := &program{stderr: newLineWriter(&b, false)}
	bar := p.progress()
	bar.terminal = true
	for _, e := range events {
		bar.event(e)
	}
	bar.end()
	p.say("after it")
	for _, want := range []string{"reading zones", "writing", "\r"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the terminal is never shown %q:\n%q", want, b.String())
		}
	}
	for _, line := range []string{"zone example.com.: an answer was lost; reading the zone again", "after it"} {
		before, _, found := strings.Cut(b.String(), line+"\n")
		if !found || !strings.HasSuffix(before, "\r") {
			t.Errorf("the line %q isn't on a line of its own:\n%q", line, b.String())
		}
	}
}

func TestTenths(t *testing.T) {
	var got []int
	for done := 1; done <= 1000; done++ {
		if tenth(done, 1000) {
			got = append(got, done)
		}
	}
	want := []int{100, 200, 300, 400, 500, 600, 700, 800, 900, 1000}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("of 1000 (-want +got):\n%s", diff)
	}
	if tenth(1, 2) || !tenth(2, 2) {
		t.Error("of 2, only the last should be told")
	}
}
