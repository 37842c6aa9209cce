package main

import (
	"github.com/schollz/progressbar/v3"

	"github.com/zoneloom/zoneloom/apply"
	"github.com/zoneloom/zoneloom/state"
)

// progress tells how far a run is: by a bar on a terminal, by lines elsewhere,
// and not at all where the user wants quiet.
type progress struct {
	p        *program
	terminal bool
	bar      *progressbar.ProgressBar
	stage    string
	done     map[place]int // operations, by zone
	total    map[place]int
	zones    int // read so far
}

// place is a zone at a provider.
type place struct {
	zone     state.Name
	provider string
}

func (p *program) progress() *progress {
	return &progress{p: p, terminal: p.stderr.isTerminal(), done: map[place]int{}, total: map[place]int{}}
}

// event takes in one event of the engine, which sends one at a time.
func (b *progress) event(e apply.Event) {
	at := place{e.Zone, e.Provider}
	if e.Kind == apply.EventSending || e.Kind == apply.EventCreating {
		b.p.sent.Store(true)
	}
	switch e.Kind {
	case apply.EventRead:
		b.zones = e.Done
		b.draw("reading zones", e.Done, e.Total)
		if !b.terminal && tenth(e.Done, e.Total) {
			b.p.say("read %d of %s", e.Done, plural(e.Total, "zone"))
		}
	case apply.EventCreating:
		b.line("zone %s: creating it at %s", e.Zone, e.Provider)
	case apply.EventCreated:
		b.line("zone %s: created", e.Zone)
	case apply.EventSending:
		b.total[at] = e.Total
		b.p.detail("zone %s: sending a request", e.Zone)
		b.draw("writing", sum(b.done), sum(b.total))
	case apply.EventSent:
		b.done[at], b.total[at] = e.Done, e.Total
		b.draw("writing", sum(b.done), sum(b.total))
		if !b.terminal {
			b.p.say("zone %s: %d of %d operations", e.Zone, e.Done, e.Total)
		}
	case apply.EventRefused:
		b.line("zone %s: the service refused a request", e.Zone)
	case apply.EventLost:
		b.line("zone %s: an answer was lost; reading the zone again", e.Zone)
	case apply.EventWaiting:
		b.line("waiting: %s", printable(e.Err.Error()))
	case apply.EventReading, apply.EventVerifying, apply.EventVerified, apply.EventFailed:
		// The report tells.
	}
}

// tenth reports whether done has just reached a further tenth of total.
func tenth(done, total int) bool {
	return total > 0 && (done == total || done*10/total > (done-1)*10/total && total >= 100)
}

func sum(counts map[place]int) int {
	total := 0
	for _, n := range counts {
		total += n
	}
	return total
}

// line says something that isn't only about how far the run is.
func (b *progress) line(format string, args ...any) { b.p.say(format, args...) }

// draw draws the bar, where there is a terminal.
func (b *progress) draw(stage string, done, total int) {
	if !b.terminal || b.p.quiet {
		return
	}
	if b.stage != stage {
		b.end()
		b.stage = stage
		b.bar = progressbar.NewOptions(total,
			progressbar.OptionSetWriter(b.p.stderr.w),
			progressbar.OptionSetDescription(stage),
			progressbar.OptionShowCount(),
			progressbar.OptionSetElapsedTime(false),
			progressbar.OptionSetPredictTime(true),
			progressbar.OptionClearOnFinish(),
		)
		bar := b.bar
		b.p.stderr.above(func() { _ = bar.Clear() })
	}
	b.p.stderr.hold(func() {
		b.bar.ChangeMax(total)
		_ = b.bar.Set(done)
	})
}

// end takes the bar away.
func (b *progress) end() {
	if b.bar != nil {
		b.p.stderr.hold(func() { _ = b.bar.Clear() })
		b.p.stderr.above(nil)
		b.bar, b.stage = nil, ""
	}
}
