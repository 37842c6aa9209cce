package postgres

import "context"

// Mute makes l renew nothing any more by itself, as if its process hung.
func (l *Locks) Mute() {
	l.mu.Lock()
	defer l.mu.Unlock()
	clear(l.held)
}

// Die makes l look as if its process had been killed.
func (l *Locks) Die() {
	l.Mute()
	l.mu.Lock()
	defer l.mu.Unlock()
	_ = l.conn.Close(context.Background())
}
