package main

import (
	"io"
	"sync"
)

// lineWriter lets several goroutines write to a terminal that may also show a
// progress bar: one write at a time, and never into the bar.
type lineWriter struct {
	mu    sync.Mutex
	w     io.Writer
	clear func() // wipes the bar; nil where there is none
}

// Write writes all of b in one go.
func (l *lineWriter) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.clear != nil {
		l.clear()
	}
	return l.w.Write(b)
}

// print writes text that need not be a whole line.
func (l *lineWriter) print(text string) { _, _ = io.WriteString(l, text) }

// above has lines written above a bar that wipe takes away; nil ends that.
func (l *lineWriter) above(wipe func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.clear = wipe
}

// hold keeps lines back while do draws.
func (l *lineWriter) hold(do func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	do()
}
