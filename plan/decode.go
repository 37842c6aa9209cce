package plan

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/zoneloom/zoneloom/state"
)

// Saved is a plan that was stored, with the places that its records were
// declared at.
type Saved struct {
	Plan   *Plan
	places []place
}

// zoneAt names a zone of a plan.
type zoneAt struct{ zone, provider string }

type place struct {
	File string `json:"file"`
	Line int    `json:"line"`
}

// Pos is the Position of the plan's records, as far as they were stored: one
// place for each change.
func (s *Saved) Pos(src state.Src) (file string, line int) {
	if src == 0 || int(src) > len(s.places) {
		return "", 0
	}
	p := s.places[src-1]
	return p.File, p.Line
}

// Decode reads what Encode wrote. It trusts nothing: every name and record must
// be in canonical form, and what the file says of itself, its id above all, must
// be true of its changes.
func Decode(r io.Reader) (*Saved, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("read the plan: %w", err)
	}
	if err := checkVersion(text); err != nil {
		return nil, err
	}
	var f file
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&f); err != nil {
		return nil, fmt.Errorf("the plan is not what zoneloom writes: %w", err)
	}
	if dec.More() {
		return nil, errors.New("the plan is not what zoneloom writes: something follows it")
	}
	s := &Saved{Plan: &Plan{}}
	index := map[zoneAt]int{} // into the zones
	for i := range f.Zones {
		z, err := s.zone(&f.Zones[i])
		if err != nil {
			return nil, fmt.Errorf("the plan for zone %s: %w", f.Zones[i].Zone, err)
		}
		at := zoneAt{f.Zones[i].Zone, f.Zones[i].Provider}
		if _, twice := index[at]; twice {
			return nil, fmt.Errorf("the plan has zone %s at %s twice", at.zone, at.provider)
		}
		index[at] = i
		s.Plan.Zones = append(s.Plan.Zones, *z)
	}
	if err := s.Plan.attach(&f, index); err != nil {
		return nil, err
	}
	if id := s.Plan.ID(); id != f.ID {
		return nil, fmt.Errorf("the plan was edited: its id is %s, its content makes %s; make a new one with zoneloom plan --out", f.ID, id)
	}
	if s.Plan.Summary() != f.Summary.counts() {
		return nil, errors.New("the plan was edited: its summary counts something else than its changes; make a new one with zoneloom plan --out")
	}
	return s, nil
}

func checkVersion(text []byte) error {
	var head struct {
		FormatVersion string `json:"format_version"`
	}
	if err := json.Unmarshal(text, &head); err != nil {
		return fmt.Errorf("the plan is not what zoneloom writes: %w", err)
	}
	switch head.FormatVersion {
	case FormatVersion:
		return nil
	case "":
		return errors.New("the file is not a plan: it has no format_version; zoneloom plan --out writes one")
	}
	return fmt.Errorf("the plan has format_version %q and this zoneloom reads %q: apply it with the release that made it, or make a new one", head.FormatVersion, FormatVersion)
}

// file and what follows is the JSON of a plan.
type file struct {
	FormatVersion string        `json:"format_version"`
	ID            string        `json:"id"`
	Zones         []fileZone    `json:"zones"`
	Summary       fileSummary   `json:"summary"`
	Refusals      []fileRefusal `json:"refusals"`
	Allowed       []fileRefusal `json:"allowed"`
	Remarks       []fileRemark  `json:"remarks"`
}

type fileZone struct {
	Zone       string        `json:"zone"`
	Provider   string        `json:"provider"`
	Target     string        `json:"target"`
	CreateZone bool          `json:"create_zone"`
	Read       int           `json:"read"`
	Ignored    int           `json:"ignored"`
	ReadOnly   int           `json:"read_only"`
	Undeclared int           `json:"undeclared"`
	Ignore     []filePattern `json:"ignore"`
	OwnNS      []string      `json:"own_ns"`
	Notices    []string      `json:"notices"`
	Changes    []fileChange  `json:"changes"`
}

type filePattern struct {
	Name string `json:"name"`
	Type string `json:"type"`
	Data string `json:"data"`
}

type fileChange struct {
	Action string       `json:"action"`
	Name   string       `json:"name"`
	Type   string       `json:"type"`
	Before *fileSet     `json:"before"`
	After  *fileSet     `json:"after"`
	Pairs  [][]int      `json:"pairs"`
	Beside []fileBeside `json:"beside"`
	Risk   *fileRisk    `json:"risk"`
	Source *place       `json:"source"`
	Origin *fileOrigin  `json:"origin"`
}

type fileOrigin struct {
	Kind     OriginKind `json:"kind"`
	Also     OriginKind `json:"also"`
	Revision string     `json:"revision"`
	Modified time.Time  `json:"modified"`
}

type fileRisk struct {
	Level   string   `json:"level"`
	Reasons []string `json:"reasons"`
}

type fileSet struct {
	Records []fileRecord `json:"records"`
	Attrs   state.Attrs  `json:"attrs"`
}

type fileBeside struct {
	Type string `json:"type"`
	fileSet
}

type fileRecord struct {
	Data  string      `json:"data"`
	TTL   state.TTL   `json:"ttl"`
	Attrs state.Attrs `json:"attrs"`
	Kept  string      `json:"kept"`
}

type fileSummary struct {
	Create int `json:"create"`
	Update int `json:"update"`
	Delete int `json:"delete"`
	Zones  int `json:"zones"`
}

func (s fileSummary) counts() Summary { return Summary(s) }

type fileRefusal struct {
	Zone     string `json:"zone"`
	Provider string `json:"provider"`
	Guard    string `json:"guard"`
	Text     string `json:"text"`
}

type fileRemark struct {
	Zone     string `json:"zone"`
	Provider string `json:"provider"`
	Rule     string `json:"rule"`
	Severity string `json:"severity"`
	Name     string `json:"name"`
	Type     string `json:"type"`
	Text     string `json:"text"`
}

func (s *Saved) zone(f *fileZone) (*Zone, error) {
	name, err := parseName(f.Zone)
	if err != nil {
		return nil, err
	}
	z := &Zone{
		Name: name, Provider: f.Provider, Target: f.Target, Create: f.CreateZone, Read: f.Read,
		Ignored: f.Ignored, ReadOnly: f.ReadOnly, Undeclared: f.Undeclared, Notices: f.Notices,
	}
	for _, p := range f.Ignore {
		z.Ignore = append(z.Ignore, state.Pattern(p))
	}
	for _, text := range f.OwnNS {
		ns, err := parseName(text)
		if err != nil {
			return nil, err
		}
		z.OwnNS = append(z.OwnNS, ns)
	}
	seen := map[state.Key]bool{}
	for i := range f.Changes {
		c, err := s.change(name, &f.Changes[i])
		if err == nil && seen[c.Key] {
			err = errors.New("it stands there twice")
		}
		if err != nil {
			return nil, fmt.Errorf("the change of %s %s: %w", f.Changes[i].Name, f.Changes[i].Type, err)
		}
		seen[c.Key] = true
		z.Changes = append(z.Changes, c)
		if o := f.Changes[i].Origin; o != nil {
			z.Origins = append(z.Origins, Origin(*o))
		}
		risk, err := f.Changes[i].Risk.parse()
		if err != nil {
			return nil, fmt.Errorf("the change of %s %s: %w", f.Changes[i].Name, f.Changes[i].Type, err)
		}
		z.Risks = append(z.Risks, risk)
	}
	if len(z.Origins) > 0 && len(z.Origins) != len(z.Changes) {
		return nil, errors.New("it says where some of its changes come from, but not all")
	}
	return z, checkOrigins(z.Origins)
}

func checkOrigins(origins []Origin) error {
	for _, o := range origins {
		if !slices.Contains(OriginKinds(), o.Kind) || o.Also != "" && !slices.Contains(OriginKinds(), o.Also) {
			return fmt.Errorf("a change has the origin %q", o.Kind)
		}
	}
	return nil
}

// parse reads what the plan said of the risk, which is for show.
func (f *fileRisk) parse() (Risk, error) {
	if f == nil {
		return Risk{}, nil
	}
	level, err := ParseRiskLevel(f.Level)
	if err == nil && len(f.Reasons) == 0 {
		err = errors.New("its risk has no reason")
	}
	return Risk{level, f.Reasons}, err
}

func (s *Saved) change(zone state.Name, f *fileChange) (state.Change, error) {
	var c state.Change
	name, err := parseName(f.Name)
	if err != nil {
		return c, err
	}
	if !name.IsIn(zone) {
		return c, errors.New("the name isn't in the zone")
	}
	t, err := parseType(f.Type)
	if err != nil {
		return c, err
	}
	var src state.Src
	if f.Source != nil {
		s.places = append(s.places, *f.Source)
		src = state.Src(len(s.places))
	}
	c.Key = state.Key{Name: name, Type: t}
	if c.Before, err = f.Before.set(c.Key, 0); err != nil {
		return c, err
	}
	if c.After, err = f.After.set(c.Key, src); err != nil {
		return c, err
	}
	if c.Pairs, err = pairs(f.Pairs, &c); err != nil {
		return c, err
	}
	if !isPaired(&c) {
		return c, errors.New("the plan was edited: its pairs aren't those that its records make; make a new one with zoneloom plan --out")
	}
	for i := range f.Beside {
		b := &f.Beside[i]
		t, err := parseType(b.Type)
		if err != nil {
			return c, err
		}
		set, err := b.set(state.Key{Name: name, Type: t}, 0)
		if err != nil {
			return c, err
		}
		c.Beside = append(c.Beside, set)
	}
	if c.Action() == state.NoOp || c.Action().String() != f.Action {
		return c, fmt.Errorf("it says %q and does %q", f.Action, c.Action())
	}
	return c, nil
}

func (f *fileSet) set(k state.Key, src state.Src) (*state.RRset, error) {
	if f == nil {
		return nil, nil
	}
	if len(f.Records) == 0 {
		return nil, errors.New("a set has no records")
	}
	s := &state.RRset{Key: k, Attrs: f.Attrs, Records: make([]state.Record, len(f.Records))}
	for i, r := range f.Records {
		data, err := state.ParseData(k.Type, r.Data, nil)
		if err != nil {
			return nil, err
		}
		if data != r.Data {
			return nil, fmt.Errorf("the data %q isn't canonical: that would be %q", r.Data, data)
		}
		if i > 0 && r.Data < f.Records[i-1].Data {
			return nil, fmt.Errorf("the data %q isn't in its place", r.Data)
		}
		kept, err := parseKept(r.Kept)
		if err != nil {
			return nil, err
		}
		s.Records[i] = state.Record{Data: data, TTL: r.TTL, Attrs: r.Attrs, Src: src, Kept: kept}
		if kept != state.Ours {
			s.Records[i].Src = 0
		}
	}
	return s, nil
}

func parseName(text string) (state.Name, error) {
	n, err := state.ParseName(text, "")
	if err != nil {
		return "", err
	}
	if string(n) != text {
		return "", fmt.Errorf("the name %q isn't canonical: that would be %q", text, n)
	}
	return n, nil
}

func parseType(text string) (state.Type, error) {
	t, err := state.ParseType(text)
	if err != nil {
		return "", err
	}
	if string(t) != text {
		return "", fmt.Errorf("the type %q isn't canonical: that would be %q", text, t)
	}
	return t, nil
}

func parseKept(text string) (state.Kept, error) {
	for _, k := range []state.Kept{state.Ours, state.Ignored, state.ReadOnly} {
		if k.String() == text {
			return k, nil
		}
	}
	return 0, fmt.Errorf("a record is kept as %q: want %q or %q", text, state.Ignored, state.ReadOnly)
}

// pairs reads pairs of records of ours, each in one pair at most.
func pairs(list [][]int, c *state.Change) ([]state.Pair, error) {
	var result []state.Pair
	before, after := map[int]bool{}, map[int]bool{}
	ours := func(s *state.RRset, i int) bool {
		return s != nil && i >= 0 && i < len(s.Records) && s.Records[i].Kept == state.Ours
	}
	for _, p := range list {
		if len(p) != 2 || !ours(c.Before, p[0]) || !ours(c.After, p[1]) || before[p[0]] || after[p[1]] {
			return nil, fmt.Errorf("the pair %v fits no two records", strings.Trim(fmt.Sprint(p), "[]"))
		}
		before[p[0]], after[p[1]] = true, true
		result = append(result, state.Pair{Before: p[0], After: p[1]})
	}
	return result, nil
}

// attach gives each zone its refusals and remarks.
func (p *Plan) attach(f *file, index map[zoneAt]int) error {
	for _, list := range []struct {
		of  []fileRefusal
		add func(*Zone, Refusal)
	}{
		{f.Refusals, func(z *Zone, r Refusal) { z.Refusals = append(z.Refusals, r) }},
		{f.Allowed, func(z *Zone, r Refusal) { z.Allowed = append(z.Allowed, r) }},
	} {
		for _, r := range list.of {
			i, found := index[zoneAt{r.Zone, r.Provider}]
			if !found {
				return fmt.Errorf("the plan refuses %s in zone %s, which it doesn't change", r.Guard, r.Zone)
			}
			z := &p.Zones[i]
			list.add(z, Refusal{Zone: z.Name, Provider: r.Provider, Guard: r.Guard, Text: r.Text})
		}
	}
	for i := range f.Remarks {
		if err := p.attachRemark(&f.Remarks[i], index); err != nil {
			return err
		}
	}
	return nil
}

func (p *Plan) attachRemark(r *fileRemark, index map[zoneAt]int) error {
	i, found := index[zoneAt{r.Zone, r.Provider}]
	if !found {
		return fmt.Errorf("the plan has a remark of %s about zone %s, which it doesn't change", r.Rule, r.Zone)
	}
	remark := state.Problem{Code: r.Rule, Text: r.Text}
	var err error
	if remark.Name, err = parseName(r.Name); err != nil {
		return err
	}
	if r.Type != "" {
		if remark.Type, err = parseType(r.Type); err != nil {
			return err
		}
	}
	switch r.Severity {
	case state.SeverityWarning.String():
		remark.Severity = state.SeverityWarning
	case state.SeverityNotice.String():
		remark.Severity = state.SeverityNotice
	default:
		return fmt.Errorf("a remark is of severity %q: want warning or notice", r.Severity)
	}
	p.Zones[i].Remarks = append(p.Zones[i].Remarks, remark)
	return nil
}
