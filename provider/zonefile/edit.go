package zonefile

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/zoneloom/zoneloom/state"
)

// edit decides what becomes of each line of a master file.
type edit struct {
	m       *master
	byData  map[rdata][]int     // records of the keys that are changed
	byKey   map[state.Key][]int // the same by key
	drop    map[int]bool        // by index of the line
	set     map[int]state.Record
	inserts map[int][]state.Entry // behind a line
	places  *places
}

// edited returns the text of m with the changes made and the serial set.
func (m *master) edited(changes []state.Change, serial uint32) (string, error) {
	if m.soa < 0 || m.records[m.soa].line < 0 {
		return "", errors.New("the SOA stands in an included file, whose serial other zones may share: move it into the zone's own file")
	}
	if m.signed {
		return "", errors.New("the file holds signatures (RRSIG), which a change would break: point the provider at the files from before signing")
	}
	e := &edit{
		m: m, byData: map[rdata][]int{}, byKey: map[state.Key][]int{},
		drop: map[int]bool{}, set: map[int]state.Record{}, inserts: map[int][]state.Entry{},
	}
	e.index(changes)
	soa := m.records[m.soa].Record
	var errs []error
	for _, c := range changes {
		if c.Type == state.SOA {
			after := c.After.Ours()
			if len(after) != 1 || c.Name != m.zone {
				errs = append(errs, fmt.Errorf("%s: a zone has one SOA, at its apex", c.Key))
				continue
			}
			soa = after[0]
			continue
		}
		if err := e.change(c); err != nil {
			errs = append(errs, err)
		}
	}
	if err := errors.Join(errs...); err != nil {
		return "", err
	}
	e.settle()
	soa.Data = withSerial(soa.Data, serial)
	e.set[m.records[m.soa].line] = soa
	w := writer{edit: e, newline: "\n"}
	if strings.Contains(m.text, "\r\n") {
		w.newline = "\r\n"
	}
	return w.write(), nil
}

// index finds the records of the keys that are changed.
func (e *edit) index(changes []state.Change) {
	touched := map[state.Key]bool{}
	for _, c := range changes {
		touched[c.Key] = true
	}
	for i := range e.m.records {
		r := &e.m.records[i]
		if touched[r.Key] {
			key := rdata{r.Key, r.Data}
			e.byData[key] = append(e.byData[key], i)
			e.byKey[r.Key] = append(e.byKey[r.Key], i)
		}
	}
}

// change notes what one change asks for.
func (e *edit) change(c state.Change) error {
	deletes, updates, creates := c.Ops()
	for _, i := range deletes {
		lines, err := e.lines(c.Key, c.Before.Records[i].Data)
		if err != nil {
			return err
		}
		for _, l := range lines {
			e.drop[l] = true
		}
	}
	for _, p := range updates {
		lines, err := e.lines(c.Key, c.Before.Records[p.Before].Data)
		if err != nil {
			return err
		}
		e.set[lines[0]] = c.After.Records[p.After]
		for _, l := range lines[1:] {
			e.drop[l] = true
		}
	}
	for _, i := range creates {
		if e.places == nil {
			e.places = e.m.places()
		}
		at := e.places.find(c.Key)
		e.inserts[at] = append(e.inserts[at], state.Entry{Key: c.Key, Record: c.After.Records[i]})
	}
	return e.level(c)
}

// lines returns the lines of the main file that hold a record.
func (e *edit) lines(k state.Key, data string) ([]int, error) {
	var lines []int
	for _, i := range e.byData[rdata{k, data}] {
		if e.m.records[i].line < 0 {
			return nil, fmt.Errorf("%s %s comes from $INCLUDE or $GENERATE, and is left as it is: change it there by hand", k, data)
		}
		lines = append(lines, e.m.records[i].line)
	}
	if len(lines) == 0 {
		return nil, fmt.Errorf("%s %s isn't in the file any more", k, data)
	}
	return lines, nil
}

// level gives what stays of a set the TTL that the set has from now on.
func (e *edit) level(c state.Change) error {
	ours := c.After.Ours()
	wanted := map[string]bool{}
	for _, r := range ours {
		wanted[r.Data] = true
		if r.TTL != ours[0].TTL {
			return fmt.Errorf("%s would have the TTLs %s and %s: all records of one name and type have the same in a master file", c.Key, ours[0].TTL, r.TTL)
		}
	}
	for _, i := range e.byKey[c.Key] {
		r := e.m.records[i]
		_, isSet := e.set[r.line]
		if r.line >= 0 && (isSet || e.drop[r.line]) {
			continue
		}
		ttl := r.TTL
		if len(ours) > 0 {
			ttl = ours[0].TTL
		}
		switch {
		case r.TTL != ttl && !wanted[r.Data]:
			return fmt.Errorf("%s %s isn't ours to change and has the TTL %s, not %s: all records of one name and type have the same in a master file", c.Key, r.Data, r.TTL, ttl)
		case r.line >= 0 && r.stated != ttl:
			kept := r.Record
			kept.TTL = ttl
			e.set[r.line] = kept
		}
	}
	return nil
}

// settle states the TTL that counts in lines of other sets which state another:
// which one counts depends on the lines around, and those change.
func (e *edit) settle() {
	for i := range e.m.records {
		r := &e.m.records[i]
		if _, touched := e.byKey[r.Key]; !touched && r.line >= 0 && r.stated != r.TTL {
			e.set[r.line] = r.Record
		}
	}
}

// places knows behind which line a new record goes.
type places struct {
	key   map[state.Key]int
	name  map[state.Name]int
	names []state.Name // in order
	last  int
}

// places finds the last line of each key and each name.
func (m *master) places() *places {
	p := &places{key: map[state.Key]int{}, name: map[state.Name]int{}, last: len(m.lines) - 1}
	for i := range m.records {
		r := &m.records[i]
		if r.line < 0 {
			continue
		}
		if _, known := p.name[r.Name]; !known {
			p.names = append(p.names, r.Name)
		}
		p.key[r.Key] = max(p.key[r.Key], r.line)
		p.name[r.Name] = max(p.name[r.Name], r.line)
	}
	slices.SortFunc(p.names, state.Name.Compare)
	return p
}

// find returns the line behind which a record goes: the last one of its name and
// type, else of its name, else of the name before it in the zone's order.
func (p *places) find(k state.Key) int {
	if at, ok := p.key[k]; ok {
		return at
	}
	if at, ok := p.name[k.Name]; ok {
		return at
	}
	i, _ := slices.BinarySearchFunc(p.names, k.Name, state.Name.Compare)
	if i == 0 {
		return p.last
	}
	return p.name[p.names[i-1]]
}
