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

type seed struct {
	line int
	in   input
}

// readSeeds reads all lines; blank ones are passed over.
func readSeeds(lines io.Reader) (seeds []seed, err error) {
	r := bufio.NewReader(lines)
	var errs []error
	for n := 1; ; n++ {
		raw, err := r.ReadBytes('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("seed: %w", err)
		}
		if raw = bytes.TrimSpace(raw); len(raw) > 0 {
			sd := seed{line: n}
			if f := decodeObject(raw, &sd.in); f != nil {
				errs = append(errs, fmt.Errorf("seed: line %d: not a JSON object of a record", n))
			}
			seeds = append(seeds, sd)
		}
		if err != nil {
			return seeds, errors.Join(errs...)
		}
	}
}

// sow writes all seeds, DS records last, as they need their NS.
func (w *writer) sow(seeds []seed) error {
	var errs []error
	for _, signed := range []bool{false, true} {
		for i := range seeds {
			sd := &seeds[i]
			if kind, _ := text(sd.in.Type); (kind == typeDS.String()) != signed {
				continue
			}
			if err := w.sowOne(&sd.in); err != nil {
				errs = append(errs, fmt.Errorf("seed: line %d: %w", sd.line, err))
			}
		}
	}
	return errors.Join(errs...)
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
