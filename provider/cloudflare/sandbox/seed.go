package sandbox

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Seed puts records into a zone, which it creates in DefaultAccount if there is none: one JSON object a line, with what a
// POST takes, and meta.read_only beside. Every bad line is an error with its number, and then nothing at all is done; else
// it is one transaction. It returns how many records there were. Limits of the zone's plan hold.
func (s *Server) Seed(zoneName string, lines io.Reader) (int, error) {
	seeds, err := readSeeds(lines)
	if err != nil {
		return 0, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.store.begin()
	name, _ := canonicalName(zoneName)
	z := s.store.byName[name]
	if z == nil {
		m, f := s.newZoneMeta(zoneName, "full", DefaultAccount, plans[s.opts.Plan])
		if f != nil {
			return 0, fmt.Errorf("seed: %s", f.errs[0].Message)
		}
		z = t.putZone(m)
	}
	w := s.writer(z)
	w.t = t
	if err := w.sow(seeds); err != nil {
		t.rollback()
		return 0, err
	}
	if f := s.commit(t); f != nil {
		return 0, errors.New(f.errs[0].Message)
	}
	return len(seeds), nil
}

// seed is a line that isn't blank. It is decoded when it is sown: a million decoded ones would weigh several times as much.
type seed struct {
	line int
	raw  []byte
}

// readSeeds reads all lines; blank ones are passed over.
func readSeeds(lines io.Reader) (seeds []seed, err error) {
	r := bufio.NewReader(lines)
	for n := 1; ; n++ {
		raw, err := r.ReadBytes('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("seed: %w", err)
		}
		if raw = bytes.TrimSpace(raw); len(raw) > 0 {
			seeds = append(seeds, seed{n, raw})
		}
		if err != nil {
			return seeds, nil
		}
	}
}

// sow writes all seeds, DS records last, as they need their NS.
func (w *writer) sow(seeds []seed) error {
	var late []seed
	var errs []error
	for _, sd := range seeds {
		var in input
		f := decodeObject(sd.raw, &in)
		if kind, _ := text(in.Type); f == nil && kind == typeDS.String() {
			late = append(late, sd)
			continue
		}
		errs = append(errs, w.sowLine(sd, &in, f))
	}
	for _, sd := range late {
		var in input
		f := decodeObject(sd.raw, &in)
		errs = append(errs, w.sowLine(sd, &in, f))
	}
	return errors.Join(errs...)
}

// sowLine writes one seed, unless f says that it couldn't be decoded.
func (w *writer) sowLine(sd seed, in *input, f *failure) error {
	if f != nil {
		return fmt.Errorf("seed: line %d: not a JSON object of a record", sd.line)
	}
	if err := w.sowOne(in); err != nil {
		return fmt.Errorf("seed: line %d: %w", sd.line, err)
	}
	return nil
}

func (w *writer) sowOne(in *input) error {
	var meta struct {
		ReadOnly bool `json:"read_only"`
	}
	if sent(in.Meta) && json.Unmarshal(in.Meta, &meta) != nil {
		return errors.New("meta is not an object")
	}
	r, errs := w.d.draft(in, nil, post)
	if len(errs) == 0 {
		r.readOnly = meta.ReadOnly
		_, errs = w.place(nil, r)
	}
	if len(errs) == 0 {
		return nil
	}
	var all []string
	for _, e := range errs {
		all = append(all, fmt.Sprintf("%s (code %d)", e.Message, e.Code))
	}
	name, _ := text(in.Name)
	kind, _ := text(in.Type)
	return fmt.Errorf("%s %s: %s", name, kind, strings.Join(all, "; "))
}
