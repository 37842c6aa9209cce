package rfc2136

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/miekg/dns"

	"github.com/zoneloom/zoneloom/provider"
	"github.com/zoneloom/zoneloom/state"
)

// sight is what a zone holds, brought up to date by transfers of differences. It
// is a sink.
type sight struct {
	serial uint32
	zone   *state.Zone // as it was with the first serial; nil after a reset
	sets   map[state.Key]map[string]state.TTL
}

func newSight(z *state.Zone, own *owned) *sight {
	return &sight{serial: own.serial, zone: z, sets: map[state.Key]map[string]state.TTL{}}
}

func (s *sight) reset() { s.zone, s.sets = nil, map[state.Key]map[string]state.TTL{} }

// set returns the data of the records with key k and their TTLs.
func (s *sight) set(k state.Key) map[string]state.TTL {
	set, ok := s.sets[k]
	if !ok {
		set = map[string]state.TTL{}
		if live := s.zone.Find(k); live != nil {
			for _, r := range live.Records {
				set[r.Data] = r.TTL
			}
		}
		s.sets[k] = set
	}
	return set
}

func (s *sight) add(rr dns.RR) error {
	if isProof(rr.Header().Rrtype) {
		return nil
	}
	e, err := decode(rr)
	if err != nil {
		return err
	}
	set := s.set(e.Key)
	if e.Type == state.SOA {
		clear(set) // there is one
	}
	set[e.Data] = e.TTL
	return nil
}

func (s *sight) remove(rr dns.RR) error {
	if isProof(rr.Header().Rrtype) {
		return nil
	}
	e, err := decode(rr)
	if err != nil {
		return err
	}
	// A change of the TTL may be told as an addition and then a removal.
	if set := s.set(e.Key); set[e.Data] == e.TTL {
		delete(set, e.Data)
	}
	return nil
}

// look brings the sight up to date.
func (w *writer) look(ctx context.Context) error {
	from := w.seen.serial
	soa, err := w.transfer(ctx, &from, w.seen)
	if err != nil && ctx.Err() == nil {
		// A server may not do transfers of differences.
		w.seen.reset()
		soa, err = w.transfer(ctx, nil, w.seen)
	}
	if err != nil {
		return fmt.Errorf("read back what was written: %w", err)
	}
	w.seen.serial = soa.Serial
	return nil
}

// compare looks and returns what became of each change of req, and the first one
// that isn't made, or -1.
func (w *writer) compare(ctx context.Context, req provider.Request) ([]provider.Result, int, error) {
	if err := w.look(ctx); err != nil {
		return nil, -1, err
	}
	list, first := make([]provider.Result, len(req.Changes)), -1
	for n, i := range req.Changes {
		ch := &w.changes[i]
		switch live := w.seen.set(ch.Key); {
		case holds(live, ch.Type, ch.After, ch.Before):
			list[n] = provider.Made
			continue
		case holds(live, ch.Type, ch.Before, ch.After):
			list[n] = provider.NotMade
		default:
			list[n] = provider.Unknown
		}
		if first < 0 {
			first = i
		}
	}
	return list, first, nil
}

// holds reports whether live holds the records of ours in want, and none of other
// besides. Further ones may be somebody else's, whom an update doesn't touch.
func holds(live map[string]state.TTL, t state.Type, want, other *state.RRset) bool {
	wanted := map[string]bool{}
	got := map[string]state.TTL{}
	for data, ttl := range live {
		got[plain(t, data)] = ttl
	}
	for _, r := range want.Ours() {
		data := plain(t, r.Data)
		wanted[data] = true
		if ttl, ok := got[data]; !ok || ttl != r.TTL {
			return false
		}
	}
	for _, r := range other.Ours() {
		data := plain(t, r.Data)
		if _, ok := got[data]; ok && !wanted[data] {
			return false
		}
	}
	return len(want.Ours()) > 0 || t != state.SOA
}

// plain returns data in a form that is the same for what counts as equal: texts
// however they are cut, an SOA whatever its serial.
func plain(t state.Type, data string) string {
	switch {
	case t.IsText():
		return state.TXTData(strings.Join(state.TXTStrings(data), ""))
	case t == state.SOA:
		if fields := state.SplitData(t, data); len(fields) > soaSerial {
			fields[soaSerial] = ""
			return strings.Join(fields, " ")
		}
	}
	return data
}

// Bounds of how long an accepted update may take to show.
const (
	defaultSettle = 5 * time.Second
	firstPause    = 10 * time.Millisecond
	longestPause  = time.Second
)

// confirm finds out what a server made of an update that it accepted. Some let
// go of a part in silence; others sign a copy of the zone and show that, a little
// later.
func (w *writer) confirm(ctx context.Context, req provider.Request) provider.Outcome {
	out := provider.Outcome{Culprit: -1}
	limit := time.NewTimer(cmp.Or(w.p.Settle, defaultSettle))
	defer limit.Stop()
	for pause := firstPause; ; pause = min(2*pause, longestPause) {
		list, first, err := w.compare(ctx, req)
		if err != nil {
			out.Results = unknown(len(req.Changes))
			out.Err = fmt.Errorf("%w: the server %s accepted the update (NOERROR): %w", provider.ErrUnknown, w.p.Addr, err)
			return out
		}
		if first < 0 {
			out.Results = list
			return out
		}
		out.Results, out.Culprit = list, first
		select {
		case <-time.After(pause):
			continue
		case <-ctx.Done():
		case <-limit.C:
		}
		out.Err = w.ignored(list, first)
		return out
	}
}

// ignored says that the server accepted an update and didn't make all of it.
func (w *writer) ignored(list []provider.Result, first int) error {
	err := fmt.Errorf("the server %s accepted the update (NOERROR), but %s isn't as asked: servers leave out in silence what can't stand beside a CNAME, the last name server of a zone, or what their rules forbid; compare the zone there and plan again",
		w.p.Addr, w.changes[first].Key)
	switch {
	case slices.Contains(list, provider.Unknown):
		return fmt.Errorf("%w: %w", provider.ErrUnknown, err)
	case !slices.Contains(list, provider.Made):
		return fmt.Errorf("%w: %w", provider.ErrRefused, err)
	}
	return err
}

// moved returns the first change of req whose Before isn't what the zone holds,
// or -1 where that can't be told.
func (w *writer) moved(ctx context.Context, req provider.Request) int {
	if err := w.look(ctx); err != nil {
		return -1
	}
	for _, i := range req.Changes {
		ch := &w.changes[i]
		if ch.Type == state.SOA {
			continue
		}
		expected := map[string]bool{}
		for _, r := range ch.Before.Ours() {
			expected[r.Data] = true
		}
		if read := w.at.Find(ch.Key); read != nil {
			for _, r := range read.Records {
				if r.Kept != state.Ours {
					expected[r.Data] = true
				}
			}
		}
		live := w.seen.set(ch.Key)
		for data := range live {
			if !expected[data] {
				return i
			}
		}
		if len(live) != len(expected) {
			return i
		}
	}
	return -1
}
