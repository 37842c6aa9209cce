package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

// interruptible returns a context that the first interrupt or SIGTERM ends.
func interruptible() (ctx context.Context, release func()) {
	return signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
}

// stoppable returns what the first interrupt or SIGTERM closes, and a context
// that the second one ends: first the requests in flight may finish, then not.
func (p *program) stoppable() (ctx context.Context, stop <-chan struct{}, release func()) {
	ctx, cancel := context.WithCancel(context.Background())
	signals, stopped := make(chan os.Signal, 2), make(chan struct{})
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		select {
		case <-signals:
		case <-ctx.Done():
			return
		}
		p.warn("stopping: requests in flight may finish; once more to abort")
		close(stopped)
		select {
		case <-signals:
			p.warn("aborted: what became of the requests in flight is unknown")
		case <-ctx.Done():
		}
		cancel()
	}()
	return ctx, stopped, func() { signal.Stop(signals); cancel() }
}
