package sandbox

import (
	"maps"
	"slices"
	"sync"
	"time"
)

// Request is one that the sandbox has received.
type Request struct {
	Method string
	Route  string // as /zones/{zone_id}/dns_records; "" if there is none
	Path   string // what follows /client/v4
	Query  string
	Status int // 0 when the connection was cut instead of an answer
	Time   time.Time
}

// keptRequests bounds what Requests remembers; Counts never forgets.
const keptRequests = 100_000

type requests struct {
	mu     sync.Mutex
	kept   []Request
	counts map[string]int
}

func (q *requests) add(r Request) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.counts == nil {
		q.counts = map[string]int{}
	}
	q.counts[r.Method+" "+r.Route]++
	if len(q.kept) < keptRequests {
		q.kept = append(q.kept, r)
	}
}

// Requests returns the requests since the start or the last ResetRequests, in the order in which they were answered: the first
// 100,000 of them.
func (s *Server) Requests() []Request {
	s.requests.mu.Lock()
	defer s.requests.mu.Unlock()
	return slices.Clone(s.requests.kept)
}

// Counts returns how many requests there were for each method and route, as "GET /zones/{zone_id}/dns_records".
func (s *Server) Counts() map[string]int {
	s.requests.mu.Lock()
	defer s.requests.mu.Unlock()
	if s.requests.counts == nil {
		return map[string]int{}
	}
	return maps.Clone(s.requests.counts)
}

// ResetRequests forgets all requests so far.
func (s *Server) ResetRequests() {
	s.requests.mu.Lock()
	defer s.requests.mu.Unlock()
	s.requests.kept, s.requests.counts = nil, nil
}
