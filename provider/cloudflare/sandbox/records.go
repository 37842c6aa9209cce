package sandbox

import (
	"net/http"
)

var errNoRecord = fail(http.StatusNotFound, codeNoRecord, "Record does not exist.")

var errReadOnly = apiError{Code: codeReadOnly, Message: "This record is read-only: another Cloudflare service manages it."}

// writer makes the changes of one transaction in one zone.
type writer struct {
	s     *Server
	z     *zone
	t     *txn
	d     drafter
	quota int
}

func (s *Server) writer(z *zone) *writer {
	p := plans[z.meta.Plan]
	quota := p.quota
	if s.opts.Quota > 0 {
		quota = s.opts.Quota
	}
	return &writer{
		s: s, z: z, t: s.store.begin(), quota: quota,
		d: drafter{meta: z.meta, plan: p, legacySRV: s.opts.LegacySRV, now: s.now().UnixMicro()},
	}
}

// write drafts a record and puts it in the place of old, if the zone allows.
func (w *writer) write(in *input, old *record, m mode) (*record, []apiError) {
	if old != nil && old.readOnly {
		return nil, []apiError{errReadOnly}
	}
	r, errs := w.d.draft(in, old, m)
	if len(errs) > 0 {
		return nil, errs
	}
	return w.place(old, r)
}

func (w *writer) place(old, r *record) (*record, []apiError) {
	if err := w.z.conflict(old, r, w.quota); err != nil {
		return nil, []apiError{*err}
	}
	if old == nil {
		r.id = newID()
	}
	w.t.putRecord(w.z, old, r)
	return r, nil
}

func (w *writer) remove(r *record) []apiError {
	if r.readOnly {
		return []apiError{errReadOnly}
	}
	if err := w.z.orphans(r); err != nil {
		return []apiError{*err}
	}
	w.t.putRecord(w.z, r, nil)
	return nil
}

// record finds the record that the path names.
func (s *Server) record(c *call, anyOf ...Permission) (*zone, *record, *failure) {
	z, f := s.zone(c, anyOf...)
	if f != nil {
		return nil, nil, f
	}
	id, ok := parseID(c.r.PathValue("dns_record_id"))
	if !ok {
		return nil, nil, noRoute(c.r)
	}
	if r := z.records[id]; r != nil {
		return z, r, nil
	}
	return nil, nil, errNoRecord
}

func (s *Server) showRecord(z *zone, r *record) *answer {
	return &answer{result: r.appendJSON(nil, z.meta, s.opts.WithZoneName)}
}

func (s *Server) getRecord(c *call) (*answer, *failure) {
	z, r, f := s.record(c, DNSRead)
	if f != nil {
		return nil, f
	}
	return s.showRecord(z, r), nil
}

func (s *Server) createRecord(c *call) (*answer, *failure) {
	z, f := s.zone(c, DNSEdit)
	if f != nil {
		return nil, f
	}
	return s.writeOne(c, z, nil, post)
}

func (s *Server) putRecord(c *call) (*answer, *failure)   { return s.rewrite(c, put) }
func (s *Server) patchRecord(c *call) (*answer, *failure) { return s.rewrite(c, patch) }

func (s *Server) rewrite(c *call, m mode) (*answer, *failure) {
	z, r, f := s.record(c, DNSEdit)
	if f != nil {
		return nil, f
	}
	return s.writeOne(c, z, r, m)
}

func (s *Server) writeOne(c *call, z *zone, old *record, m mode) (*answer, *failure) {
	var in input
	if f := decodeObject(c.body, &in); f != nil {
		return nil, f
	}
	w := s.writer(z)
	r, errs := w.write(&in, old, m)
	if len(errs) > 0 {
		return nil, badRequest(errs...)
	}
	if f := s.commit(w.t); f != nil {
		return nil, f
	}
	return s.showRecord(z, r), nil
}

func (s *Server) deleteRecord(c *call) (*answer, *failure) {
	z, r, f := s.record(c, DNSEdit)
	if f != nil {
		return nil, f
	}
	w := s.writer(z)
	if errs := w.remove(r); len(errs) > 0 {
		return nil, badRequest(errs...)
	}
	if f := s.commit(w.t); f != nil {
		return nil, f
	}
	return &answer{result: []byte(`{"id":"` + r.id.String() + `"}`), bare: s.opts.BareDeletes}, nil
}
