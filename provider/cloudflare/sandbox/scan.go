package sandbox

import (
	"fmt"
)

func (s *Server) zoneUsage(c *call) (*answer, *failure) {
	z, f := s.zone(c, DNSRead)
	if f != nil {
		return nil, f
	}
	return &answer{result: fmt.Appendf(nil, `{"record_quota":%d,"record_usage":%d}`, s.writer(z).quota, len(z.records))}, nil
}

func (s *Server) accountUsage(c *call) (*answer, *failure) {
	id := c.r.PathValue("account_id")
	if !isID(id) {
		return nil, noRoute(c.r)
	}
	if _, ok := s.account(id); !ok || !c.who.coversAccount(id) || !c.who.may(AccountRead, DNSSettingsRead) {
		return nil, errAuth
	}
	n := 0
	for _, z := range s.store.zones {
		if z.meta.Account == id {
			n += len(z.records)
		}
	}
	return &answer{result: fmt.Appendf(nil, `{"record_quota":null,"record_usage":%d}`, n)}, nil
}

// A scan looks for records at the zone's former DNS service. There is none here, so it finds nothing.
func (s *Server) scan(c *call) (*answer, *failure) {
	if _, f := s.zone(c, DNSEdit); f != nil {
		return nil, f
	}
	return &answer{result: []byte(`{"recs_added":0,"total_records_parsed":0}`), timing: s.timing()}, nil
}

func (s *Server) timing() []byte {
	now := appendTime(nil, s.now().UnixMicro())
	return fmt.Appendf(nil, `{"start_time":"%s","end_time":"%s","process_time":0}`, now, now)
}

func (s *Server) triggerScan(c *call) (*answer, *failure) {
	if _, f := s.zone(c, DNSEdit); f != nil {
		return nil, f
	}
	return &answer{}, nil
}

func (s *Server) listScan(c *call) (*answer, *failure) {
	if _, f := s.zone(c, DNSRead); f != nil {
		return nil, f
	}
	return &answer{result: []byte("[]"), info: recordsInfo(1, 100, 0, 0)}, nil
}

// reviewScan creates the records that are accepted. As no scan finds any, there is nothing to reject but ids to repeat.
func (s *Server) reviewScan(c *call) (*answer, *failure) {
	z, f := s.zone(c, DNSEdit)
	if f != nil {
		return nil, f
	}
	var in struct {
		Accepts []input               `json:"accepts"`
		Rejects []struct{ ID string } `json:"rejects"`
	}
	if f := decodeObject(c.body, &in); f != nil {
		return nil, f
	}
	w := s.writer(z)
	var made []*record
	for i := range in.Accepts {
		r, errs := w.write(&in.Accepts[i], nil, post)
		if len(errs) > 0 {
			w.t.rollback()
			return nil, s.batchFailure(errs, "accepts", i)
		}
		made = append(made, r)
	}
	if len(made) > 0 {
		if f := s.commit(w.t); f != nil {
			return nil, f
		}
	}
	rejects := []string{}
	for _, r := range in.Rejects {
		rejects = append(rejects, r.ID)
	}
	buf := s.appendRecords([]byte(`{"accepts":`), z.meta, made)
	buf = append(append(buf, `,"rejects":`...), encode(rejects)...)
	return &answer{result: append(buf, '}')}, nil
}
