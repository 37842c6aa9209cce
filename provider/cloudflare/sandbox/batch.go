package sandbox

import (
	"fmt"
	"net/http"
)

// batchInput is the body of a batch; each list may be absent or null.
type batchInput struct {
	Deletes []input `json:"deletes"`
	Patches []input `json:"patches"`
	Puts    []input `json:"puts"`
	Posts   []input `json:"posts"`
}

type batchList struct {
	key   string
	items []input
	mode  mode
}

// lists are the parts in the order in which the service takes them, and answers.
func (b *batchInput) lists() []batchList {
	return []batchList{{"deletes", b.Deletes, -1}, {"patches", b.Patches, patch}, {"puts", b.Puts, put}, {"posts", b.Posts, post}}
}

func (s *Server) batch(c *call) (*answer, *failure) {
	z, f := s.zone(c, DNSEdit)
	if f != nil {
		return nil, f
	}
	var in batchInput
	if f := decodeObject(c.body, &in); f != nil {
		return nil, f
	}
	if f := s.checkBatch(z, &in); f != nil {
		return nil, f
	}
	w := s.writer(z)
	shown := make(map[string][]*record, 4)
	for _, l := range in.lists() {
		for i := range l.items {
			r, errs := w.operate(&l.items[i], l.mode)
			if len(errs) > 0 {
				w.t.rollback()
				return nil, s.batchFailure(errs, l.key, i)
			}
			shown[l.key] = append(shown[l.key], r)
		}
	}
	if f := s.commit(w.t); f != nil {
		return nil, f
	}
	c.unlock()
	buf := []byte{'{'}
	for i, l := range in.lists() {
		if i > 0 {
			buf = append(buf, ',')
		}
		buf = append(append(append(buf, '"'), l.key...), `":`...)
		buf = s.appendRecords(buf, z.meta, shown[l.key])
	}
	return &answer{result: append(buf, '}')}, nil
}

// operate does one operation of a batch.
func (w *writer) operate(in *input, m mode) (*record, []apiError) {
	if m == post {
		return w.write(in, nil, post)
	}
	s, _ := text(in.ID)
	id, _ := parseID(s)
	r := w.z.records[id]
	switch {
	case r == nil:
		return nil, []apiError{{Code: codeNoRecord, Message: "Record does not exist.", field: "/id"}}
	case m == patch || m == put:
		return w.write(in, r, m)
	}
	return r, w.remove(r)
}

// checkBatch refuses a batch for its shape: nothing in it, too much of it, or one record in two lists.
func (s *Server) checkBatch(z *zone, in *batchInput) *failure {
	limit := plans[z.meta.Plan].batch
	if s.opts.BatchLimit > 0 {
		limit = s.opts.BatchLimit
	}
	n := len(in.Deletes) + len(in.Patches) + len(in.Puts) + len(in.Posts)
	if n == 0 {
		return fail(http.StatusBadRequest, codeBatch, "The batch holds no operations.")
	}
	if n > limit {
		return fail(http.StatusBadRequest, codeBatch, fmt.Sprintf("The batch holds %d operations, exceeding the limit of %d.", n, limit))
	}
	list := map[string]string{}
	for _, l := range in.lists()[:3] {
		for i := range l.items {
			id, _ := text(l.items[i].ID)
			if other, ok := list[id]; ok && other != l.key {
				return s.batchFailure([]apiError{{Code: codeBatch, Message: "The record is also in " + other + ".", field: "/id"}}, l.key, i)
			}
			list[id] = l.key
		}
	}
	return nil
}

// batchFailure says which operation was refused, unless the sandbox is to keep that to itself.
func (s *Server) batchFailure(errs []apiError, key string, i int) *failure {
	f := badRequest(errs...)
	for e := range f.errs {
		switch f.errs[e].Code {
		case codeNoRecord:
			f.status = http.StatusNotFound
		}
		if !s.opts.NoPointers {
			f.errs[e].Source = &source{Pointer: fmt.Sprintf("/%s/%d%s", key, i, f.errs[e].field)}
		}
	}
	return f
}

func (s *Server) appendRecords(buf []byte, m *zoneMeta, records []*record) []byte {
	buf = append(buf, '[')
	for i, r := range records {
		if i > 0 {
			buf = append(buf, ',')
		}
		buf = r.appendJSON(buf, m, s.opts.WithZoneName)
	}
	return append(buf, ']')
}
