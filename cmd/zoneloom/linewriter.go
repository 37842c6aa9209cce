package main

import (
	"context"
	"encoding/base64"
	"io"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"sync"
)

// lineWriter is all of standard error. It lets several goroutines write to a
// terminal that may also show a progress bar: one write at a time, and never
// into the bar. No secret that it was told of gets through, and where logger is
// set each line is an object of JSON.
type lineWriter struct {
	mu      sync.Mutex
	w       io.Writer
	clear   func() // wipes the bar; nil where there is none
	logger  *slog.Logger
	secrets []string // longest first
}

// newLineWriter returns a writer of plain lines, or of JSON.
func newLineWriter(w io.Writer, asJSON bool) *lineWriter {
	l := &lineWriter{w: w}
	if asJSON {
		l.logger = slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	return l
}

// Write writes all of b in one go.
func (l *lineWriter) Write(b []byte) (int, error) {
	return len(b), l.write(slog.LevelInfo, string(b))
}

// write writes text, which need not be a whole line, at a level.
func (l *lineWriter) write(level slog.Level, text string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	text = l.hidden(text)
	if l.logger != nil {
		for line := range strings.Lines(text) {
			if line = strings.TrimSpace(line); line != "" {
				l.logger.LogAttrs(context.Background(), level, line, zoneOf(line)...)
			}
		}
		return nil
	}
	if l.clear != nil {
		l.clear()
	}
	_, err := io.WriteString(l.w, text)
	return err
}

// hide returns text without the secrets that were concealed: for what a service
// said and that doesn't go to standard error.
func (l *lineWriter) hide(text string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.hidden(text)
}

func (l *lineWriter) hidden(text string) string {
	for _, s := range l.secrets {
		text = strings.ReplaceAll(text, s, "[secret]")
	}
	return text
}

// zoneOf returns the zone that a line is about, where it begins with that.
func zoneOf(line string) []slog.Attr {
	for _, prefix := range []string{"error: ", "refused: "} {
		line = strings.TrimPrefix(line, prefix)
	}
	rest, ok := strings.CutPrefix(line, "zone ")
	name, _, found := strings.Cut(rest, ": ")
	if !ok || !found || strings.Contains(name, " ") {
		return nil
	}
	return []slog.Attr{slog.String("zone", name)}
}

// shortest is the least length of a secret that is looked for. Whatever is
// shorter stands in many texts by chance, and is no secret worth the name.
const shortest = 8

// conceal keeps a secret from being written, as it is and as URLs and HTTP's
// headers spell it. Of a URL that is so its password too.
func (l *lineWriter) conceal(secret string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	forms := []string{secret}
	if u, err := url.Parse(secret); err == nil && u.User != nil {
		password, _ := u.User.Password()
		forms = append(forms, password)
	}
	for _, form := range slices.Clone(forms) {
		forms = append(forms, url.QueryEscape(form), url.PathEscape(form), base64.StdEncoding.EncodeToString([]byte(form)))
	}
	for _, form := range forms {
		if len(form) >= shortest && !slices.Contains(l.secrets, form) {
			l.secrets = append(l.secrets, form)
		}
	}
	slices.SortFunc(l.secrets, func(a, b string) int { return len(b) - len(a) })
}

// isTerminal reports whether lines go to a terminal, so that a bar may be drawn.
func (l *lineWriter) isTerminal() bool { return l.logger == nil && isTerminal(l.w) }

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
