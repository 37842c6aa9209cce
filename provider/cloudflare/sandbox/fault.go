package sandbox

import (
	"fmt"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// FaultKind is one way to misbehave.
type FaultKind string

// The kinds of faults.
const (
	FaultDelay  FaultKind = "delay"  // wait before handling
	FaultStatus FaultKind = "status" // answer with Status at once; 429 carries Retry-After, 5xx a page of HTML
	FaultCut    FaultKind = "cut"    // close the connection without handling
	FaultLost   FaultKind = "lost"   // handle, then close the connection without an answer
	FaultShort  FaultKind = "short"  // a list page lacks its last Drop items, its counts unchanged
	FaultMoved  FaultKind = "moved"  // a record moves from a later page to the one before while the list is read
)

// Fault makes the requests that match misbehave: the first Skip of them not, the next Count of them (0: all) so.
type Fault struct {
	Kind       FaultKind
	Method     string // "" matches all
	Path       string // a path.Match pattern for what follows /client/v4; "" matches all
	Skip       int
	Count      int
	Delay      time.Duration // of FaultDelay
	Status     int           // of FaultStatus
	RetryAfter int           // seconds, of FaultStatus 429
	Drop       int           // of FaultShort; 0 is 1
}

// ParseFault reads a fault as a flag has it: a kind with its argument, then restrictions, separated by commas.
//
//	delay=250ms   429=5 (Retry-After, may be left out)   503 (any 5xx)   cut   lost   short=2   moved
//	method=POST   path=/zones/*/dns_records/batch   skip=1   count=3
//
// As an example, "lost,method=POST,path=/zones/*/dns_records/batch,count=1" loses the answer to the first batch. In a
// path, * stands for anything but a slash. "moved" acts on the pages after the first.
func ParseFault(s string) (Fault, error) {
	parts := strings.Split(s, ",")
	f, err := parseKind(strings.TrimSpace(parts[0]))
	if err != nil {
		return Fault{}, fmt.Errorf("fault %q: %w", s, err)
	}
	for _, p := range parts[1:] {
		key, value, _ := strings.Cut(strings.TrimSpace(p), "=")
		switch key {
		case "method":
			f.Method = strings.ToUpper(value)
		case "path":
			f.Path = value
		case "skip":
			f.Skip, err = strconv.Atoi(value)
		case "count":
			f.Count, err = strconv.Atoi(value)
		default:
			err = fmt.Errorf("unknown restriction %q: use method, path, skip or count", key)
		}
		if err != nil {
			return Fault{}, fmt.Errorf("fault %q: %w", s, err)
		}
	}
	return f, f.check()
}

func parseKind(s string) (f Fault, err error) {
	kind, arg, has := strings.Cut(s, "=")
	f.Kind = FaultKind(kind)
	switch f.Kind {
	case FaultDelay:
		f.Delay, err = time.ParseDuration(arg)
	case FaultShort:
		if f.Drop = 1; has {
			f.Drop, err = strconv.Atoi(arg)
		}
	case FaultCut, FaultLost, FaultMoved:
		if has {
			err = fmt.Errorf("%s takes no argument", kind)
		}
	default:
		if f.Status, err = strconv.Atoi(kind); err != nil {
			return f, fmt.Errorf("unknown kind %q: use delay, 429, a 5xx status, cut, lost, short or moved", kind)
		}
		f.Kind = FaultStatus
		if has {
			f.RetryAfter, err = strconv.Atoi(arg)
		}
	}
	return f, err
}

func (f Fault) check() error {
	if !slices.Contains([]FaultKind{FaultDelay, FaultStatus, FaultCut, FaultLost, FaultShort, FaultMoved}, f.Kind) {
		return fmt.Errorf("fault: unknown kind %q", f.Kind)
	}
	if f.Kind == FaultStatus && f.Status != http.StatusTooManyRequests && (f.Status < 500 || f.Status > 599) {
		return fmt.Errorf("fault: status %d: use 429 or 500 to 599", f.Status)
	}
	if f.Skip < 0 || f.Count < 0 || f.Delay < 0 || f.Drop < 0 || f.RetryAfter < 0 {
		return fmt.Errorf("fault %s: its numbers must not be negative", f.Kind)
	}
	if _, err := path.Match(f.Path, ""); err != nil {
		return fmt.Errorf("fault %s: path %q: %w", f.Kind, f.Path, err)
	}
	return nil
}

// faults are those that are switched on, and how often each has been met.
type faults struct {
	mu  sync.Mutex
	all []Fault
	met []int
}

func (fs *faults) set(all []Fault) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	fs.all, fs.met = slices.Clone(all), make([]int, len(all))
}

// take returns the faults that this request has to bear.
func (fs *faults) take(r *http.Request) []Fault {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	var out []Fault
	for i, f := range fs.all {
		if !f.matches(r) {
			continue
		}
		fs.met[i]++
		if n := fs.met[i] - f.Skip; n > 0 && (f.Count == 0 || n <= f.Count) {
			out = append(out, f)
		}
	}
	return out
}

func (f Fault) matches(r *http.Request) bool {
	if f.Method != "" && f.Method != r.Method {
		return false
	}
	if f.Kind == FaultMoved {
		if n, err := strconv.Atoi(r.URL.Query().Get("page")); err != nil || n < 2 {
			return false
		}
	}
	if f.Path == "" {
		return true
	}
	ok, _ := path.Match(f.Path, strings.TrimPrefix(r.URL.Path, BasePath)) // the pattern has been checked
	return ok
}
