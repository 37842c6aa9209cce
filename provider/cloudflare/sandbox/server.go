package sandbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// maxBody bounds what is read of one request.
const maxBody = 100 << 20

// Server is a sandbox. Its methods can be called from several goroutines.
type Server struct {
	opts     Options
	mux      *http.ServeMux
	tokens   map[string]*Token // by value
	faults   faults
	limiter  limiter
	requests requests

	mu    sync.Mutex // guards what follows
	store *store
	log   *txLog // nil when nothing is kept
	dead  error  // set once the log can't be trusted to take another transaction
}

// New opens the log, if there is one, and replays it.
func New(opts Options) (*Server, error) {
	if err := opts.check(); err != nil {
		return nil, err
	}
	for _, f := range opts.Faults {
		if err := f.check(); err != nil {
			return nil, err
		}
	}
	s := &Server{opts: opts, store: newStore(), tokens: map[string]*Token{}, limiter: limiter{rate: opts.RateLimit, buckets: map[string]*bucket{}}}
	if s.opts.Plan == "" {
		s.opts.Plan = "enterprise"
	}
	s.opts.Accounts = append([]Account{{ID: DefaultAccount, Name: "Test account"}}, opts.Accounts...)
	for _, t := range append([]Token{{ID: "ed17574386854bf78a67040be0a770b0", Value: DefaultToken, All: true}}, opts.Tokens...) {
		if t.ID == "" {
			t.ID = newID().String()
		}
		s.tokens[t.Value] = &t
	}
	s.SetFaults(opts.Faults...)
	s.mux = s.routes()
	if opts.Data != "" {
		log, err := openLog(opts.Dir, opts.Data, s.store)
		if err != nil {
			return nil, err
		}
		s.log = log
	}
	return s, nil
}

// Close lets go of the log. No request may be under way.
func (s *Server) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.log == nil {
		return nil
	}
	log := s.log
	s.log, s.dead = nil, errors.New("the sandbox is closed")
	return log.close()
}

// Start serves a new sandbox on a free port of 127.0.0.1. url is what clients take as their base; stop ends it and waits.
func Start(opts Options) (s *Server, url string, stop func() error, err error) {
	s, err = New(opts)
	if err != nil {
		return nil, "", nil, err
	}
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, "", nil, errors.Join(fmt.Errorf("sandbox: %w", err), s.Close())
	}
	srv := &http.Server{Handler: s, ReadHeaderTimeout: time.Minute}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(l) }()
	stop = func() error {
		err := srv.Close()
		if e := <-served; !errors.Is(e, http.ErrServerClosed) {
			err = errors.Join(err, e)
		}
		return errors.Join(err, s.Close())
	}
	return s, "http://" + l.Addr().String() + BasePath, stop, nil
}

// SetFaults switches on these faults instead of all former ones. A fault that can't be is left out; ParseFault and New say so.
func (s *Server) SetFaults(all ...Fault) {
	s.faults.set(slices.DeleteFunc(slices.Clone(all), func(f Fault) bool { return f.check() != nil }))
}

func (s *Server) now() time.Time {
	if s.opts.Now != nil {
		return s.opts.Now()
	}
	return time.Now()
}

// call is one request under way.
type call struct {
	r      *http.Request
	who    *principal
	body   []byte
	faults []Fault
	unlock func() // lets others go on while this call encodes what it has read
}

func (c *call) fault(kind FaultKind) *Fault {
	for i := range c.faults {
		if c.faults[i].Kind == kind {
			return &c.faults[i]
		}
	}
	return nil
}

type handler func(*call) (*answer, *failure)

// ServeHTTP answers as the service does, or as the faults that are switched on demand.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, pattern := s.mux.Handler(r)
	_, route, _ := strings.Cut(pattern, BasePath)
	req := Request{Method: r.Method, Route: route, Path: strings.TrimPrefix(r.URL.Path, BasePath), Query: r.URL.RawQuery, Time: s.now()}
	rec := &recorder{ResponseWriter: w}
	defer func() {
		req.Status = rec.status
		s.requests.add(req)
	}()
	hit := s.faults.take(r)
	for _, f := range hit {
		switch f.Kind {
		case FaultDelay:
			if !sleep(r.Context(), f.Delay) {
				panic(http.ErrAbortHandler)
			}
		case FaultCut:
			panic(http.ErrAbortHandler)
		case FaultStatus:
			f.answer(rec)
			return
		case FaultLost:
			lost := &recorder{ResponseWriter: nowhere{}}
			s.mux.ServeHTTP(lost, r.WithContext(context.WithValue(r.Context(), faultKey{}, hit)))
			panic(http.ErrAbortHandler)
		case FaultShort, FaultMoved: // the list sees to them
		}
	}
	s.mux.ServeHTTP(rec, r.WithContext(context.WithValue(r.Context(), faultKey{}, hit)))
}

type faultKey struct{}

// answer is what a server in front of the API says.
func (f Fault) answer(w http.ResponseWriter) {
	if f.Status == http.StatusTooManyRequests {
		tooMany(Rate{Requests: 1200, Window: 5 * time.Minute}, f.RetryAfter).write(w)
		return
	}
	if f.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(f.RetryAfter))
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(f.Status)
	_, _ = fmt.Fprintf(w, "<html><head><title>%d %s</title></head><body>cloudflare</body></html>\n", f.Status, http.StatusText(f.Status))
}

func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// recorder remembers the status that was written.
type recorder struct {
	http.ResponseWriter
	status int
}

func (r *recorder) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(b []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	return r.ResponseWriter.Write(b)
}

// nowhere takes an answer that gets lost.
type nowhere struct{}

func (nowhere) Header() http.Header         { return http.Header{} }
func (nowhere) Write(b []byte) (int, error) { return len(b), nil }
func (nowhere) WriteHeader(int)             {}

// endpoint makes an http.HandlerFunc of a handler: who calls, how often, and with what.
func (s *Server) endpoint(h handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		c := &call{r: r}
		c.faults, _ = r.Context().Value(faultKey{}).([]Fault)
		a, f := s.handle(c, w, h)
		if f != nil {
			f.write(w)
			return
		}
		a.write(w)
	}
}

func (s *Server) handle(c *call, w http.ResponseWriter, h handler) (*answer, *failure) {
	var f *failure
	verifying := strings.HasSuffix(c.r.URL.Path, "/tokens/verify")
	if c.who, f = s.identify(c.r, verifying); f != nil {
		return nil, f
	}
	if f = s.limiter.take(c.who.bucket, s.now(), w.Header()); f != nil {
		return nil, f
	}
	body, err := io.ReadAll(io.LimitReader(c.r.Body, maxBody+1))
	if err != nil {
		return nil, badRequest(malformed)
	}
	if len(body) > maxBody {
		return nil, fail(http.StatusRequestEntityTooLarge, codeTooLarge, "The request body is too large.")
	}
	c.body = body
	writes := c.r.Method == http.MethodPost || c.r.Method == http.MethodPut || c.r.Method == http.MethodPatch
	if writes && len(bytes.TrimSpace(body)) > 0 && !strings.HasSuffix(c.r.URL.Path, "/import") {
		if f = checkContentType(c.r); f != nil {
			return nil, f
		}
	}
	s.mu.Lock()
	c.unlock = sync.OnceFunc(s.mu.Unlock)
	defer c.unlock()
	return h(c)
}

// commit writes the transaction to the log, or undoes it.
func (s *Server) commit(t *txn) *failure {
	err := s.dead
	if err == nil && s.log != nil {
		err = s.log.append(&t.entry)
		s.dead = s.log.broken
	}
	if err != nil {
		t.rollback()
		return fail(http.StatusInternalServerError, codeInternal, "The sandbox could not write its log: "+err.Error())
	}
	if s.log != nil && s.log.compactIfLarge(s.store) != nil {
		s.log.weight = 0 // the old log is still good and goes on growing for a while
	}
	return nil
}
