package rfc2136_test

import (
	"context"
	"io"
	"net"
	"sync"
	"testing"
)

// relay hands connections on to a server, until it is told otherwise.
type relay struct {
	addr string

	mu    sync.Mutex
	deaf  bool   // answers are dropped and connections closed
	muted func() // called in place of handing an answer on
}

func newRelay(tb testing.TB, to string) *relay {
	tb.Helper()
	var config net.ListenConfig
	l, err := config.Listen(tb.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	r := &relay{addr: l.Addr().String()}
	var wg sync.WaitGroup
	tb.Cleanup(func() {
		_ = l.Close()
		wg.Wait()
	})
	wg.Go(func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() { r.serve(tb.Context(), in, to) })
		}
	})
	return r
}

// deafen drops all answers from now on.
func (r *relay) deafen() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.deaf = true
}

// mute calls f when an answer comes, and doesn't hand it on.
func (r *relay) mute(f func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.muted = f
}

func (r *relay) serve(ctx context.Context, in net.Conn, to string) {
	defer func() { _ = in.Close() }()
	var dialer net.Dialer
	out, err := dialer.DialContext(ctx, "tcp", to)
	if err != nil {
		return
	}
	defer func() { _ = out.Close() }()
	var wg sync.WaitGroup
	defer wg.Wait()
	wg.Go(func() {
		_, _ = io.Copy(out, in)
		_ = out.Close()
	})
	buf := make([]byte, 1<<16)
	for {
		n, err := out.Read(buf)
		if err != nil {
			return
		}
		r.mu.Lock()
		deaf, muted := r.deaf, r.muted
		r.mu.Unlock()
		switch {
		case deaf:
			_ = in.Close()
			return
		case muted != nil:
			muted()
		default:
			if _, err := in.Write(buf[:n]); err != nil {
				return
			}
		}
	}
}
