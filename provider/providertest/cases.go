package providertest

import (
	"fmt"
	"strings"

	"github.com/zoneloom/zoneloom/state"
)

func testEmpty(s *subject) {
	s.t.Helper()
	if changes := s.plan(s.t, s.read().Zone, s.content()); len(changes) > 0 {
		s.t.Errorf("the zone holds %s", changes[0].Key)
	}
}

func testSeveral(s *subject) {
	s.write(s.t, s.content(
		s.set("several", state.A, samples[state.A]...),
		s.set("several", state.TXT, samples[state.TXT]...),
		s.set("mail", state.MX, samples[state.MX][:2]...),
	))
}

func testText(s *subject) {
	texts := []string{
		"a", " leading and trailing ", `quote " and backslash \ and both \"`, "semicolon; comma, (parens) $dollar @at",
		"päth=ünïcode 例え", `looks like "two" "strings"`, `"quoted"`, `\059`, "tab\tinside",
	}
	for _, n := range []int{254, 255, 256, 510, 511, 2000} {
		texts = append(texts, strings.Repeat("x", n-1)+"y", strings.Repeat("\"", n/2))
	}
	for i, text := range texts {
		set := state.RRset{Key: state.Key{Name: s.name(fmt.Sprintf("text%d", i)), Type: state.TXT}}
		r := s.record(state.TXT, `"x"`)
		r.Data = state.TXTData(text)
		set.Records = []state.Record{r}
		s.write(s.t, s.content(set))
	}
}

func testNames(s *subject) {
	var sets []state.RRset
	for _, name := range []string{"@", "*", "*.deep", "_dmarc", "a.b.c.d", "münchen", "r3---x", "xn--fsq", strings.Repeat("l", 63)} {
		sets = append(sets, s.set(name, state.TXT, `"here"`), s.set(name, state.A, "192.0.2.1"))
	}
	s.write(s.t, s.content(sets...))
}

// testTypes writes each type alone, then all at once.
func testTypes(s *subject) {
	var all []state.RRset
	for _, t := range s.typesHere() {
		if len(samples[t]) == 0 {
			s.t.Errorf("the suite has no sample of type %s", t)
			continue
		}
		var sets []state.RRset
		for i, text := range samples[t] {
			name := fmt.Sprintf("%s%d", strings.ToLower(string(t)), i)
			if t == "DNSKEY" {
				name = "@" // it is the zone's own (RFC 4034 section 2)
			}
			sets = append(sets, s.set(name, t, text))
			if t == "DS" {
				sets = append(sets, s.set(name, state.NS, "ns1.example.net."))
			}
		}
		s.write(s.t, s.content(sets...))
		all = append(all, sets...)
	}
	s.write(s.t, s.content(all...))
}

func testDeleteOne(s *subject) {
	s.seed(s.content(s.set("two", state.A, "192.0.2.1", "192.0.2.2"), s.set("two", state.TXT, `"beside"`)))
	s.write(s.t, s.content(s.set("two", state.A, "192.0.2.2"), s.set("two", state.TXT, `"beside"`)))
}

func testTTL(s *subject) {
	before := s.set("www", state.A, "192.0.2.1", "192.0.2.2")
	s.seed(s.content(before))
	after := s.set("www", state.A, "192.0.2.1", "192.0.2.2")
	for i := range after.Records {
		after.Records[i].TTL = s.ttl(7200)
	}
	if r := s.write(s.t, s.content(after)); r.ops() != 2 {
		s.t.Errorf("%d operations, want one for each record", r.ops())
	}
}

func testSwap(s *subject) {
	s.seed(s.content(s.set("@", state.MX, "10 mx1.example.net.", "20 mx2.example.net.")))
	s.write(s.t, s.content(s.set("@", state.MX, "20 mx1.example.net.", "10 mx2.example.net.")))
}

func testCNAME(s *subject) {
	address := s.content(s.set("www", state.A, "192.0.2.1"), s.set("www", state.TXT, `"text"`))
	alias := s.content(s.set("www", state.CNAME, "target.example.net."))
	s.seed(address)
	for _, want := range []*state.Zone{alias, address} {
		if r := s.write(s.t, want); len(r.requests) != 1 && r.limit != 1 {
			s.t.Errorf("%d requests for one name", len(r.requests))
		}
	}
}

func testAttrs(s *subject) {
	set := s.set("www", state.A, "192.0.2.1", "192.0.2.2")
	set.Records[0].Attrs = state.MakeAttrs(map[string]any{"comment": "first; of \"two\""})
	set.Records[1].Attrs = state.MakeAttrs(map[string]any{"comment": "second"})
	s.seed(s.content(set))
	s.write(s.t, s.content(s.set("www", state.A, "192.0.2.1", "192.0.2.9")))
	comments := map[string]string{}
	live := s.read().Zone.Find(set.Key)
	for _, r := range live.Records {
		comments[r.Data] = r.Attrs.String("comment")
	}
	if comments["192.0.2.1"] != "first; of \"two\"" || comments["192.0.2.9"] != "second" {
		s.t.Errorf("comments are %q", comments)
	}
}

func testAttrRemoved(s *subject) {
	set := s.set("www", state.A, "192.0.2.1")
	set.Records[0].Attrs = state.MakeAttrs(map[string]any{"comment": "no longer"})
	s.seed(s.content(set))
	set = s.set("www", state.A, "192.0.2.1")
	set.Records[0].Attrs = state.MakeAttrs(map[string]any{"comment": ""})
	s.write(s.t, s.content(set))
	if r := s.read().Zone.Find(set.Key).Records[0]; r.Attrs.Has("comment") {
		s.t.Errorf("the comment is still %q", r.Attrs.String("comment"))
	}
}

func testSecondWrite(s *subject) {
	snap := s.read()
	for _, name := range []string{"one", "two"} {
		r := &recorder{limit: s.zone.Info().BatchLimit}
		want := result(snap.Zone, nil)
		want.RRsets = append(want.RRsets, s.set(name, state.A, "192.0.2.1"))
		r.changes = s.plan(s.t, snap.Zone, result(want, nil))
		if err := s.zone.Write(s.t.Context(), snap, r.changes, r); err != nil {
			s.t.Fatalf("Write of %s: %v", name, err)
		}
		r.finish(s.t)
	}
	one, two := s.set("one", state.A, "192.0.2.1"), s.set("two", state.A, "192.0.2.1")
	want := result(snap.Zone, []state.Change{{Key: one.Key, After: &one}, {Key: two.Key, After: &two}})
	s.holds(s.t, want)
}

func testMany(s *subject) {
	const n = 10000
	sets := make([]state.RRset, n)
	for i := range sets {
		sets[i] = s.set(fmt.Sprintf("host%d", i), state.A, fmt.Sprintf("198.18.%d.%d", i/256, i%256))
	}
	r := s.write(s.t, s.content(sets...))
	if want := (n + max(r.limit, 1) - 1) / max(r.limit, 1); r.limit > 0 && len(r.requests) != want {
		s.t.Errorf("%d requests for %d creates, want %d", len(r.requests), n, want)
	}
	s.write(s.t, s.content(sets[:n/2]...))
}

// testHugeName writes a name that needs more than one request. Where no name can
// hold that many records, the largest that can be must go in one.
func testHugeName(s *subject) {
	limit := s.zone.Info().BatchLimit
	n := limit + 1
	for n > 1 && s.refuses(s.content(s.hugeSet(n))) {
		n /= 2
	}
	small := s.set("small", state.A, "192.0.2.1")
	r := s.write(s.t, s.content(s.hugeSet(n), small))
	switch {
	case n <= limit:
		s.t.Logf("a name takes less than twice %d records, fewer than the %d of a request", n, limit)
		if len(r.requests) != (n+limit)/limit {
			s.t.Errorf("%d requests for %d creates, want %d", len(r.requests), n+1, (n+limit)/limit)
		}
	case len(r.requests) < 2:
		s.t.Errorf("%d requests for %d creates at a limit of %d", len(r.requests), n+1, limit)
	}
	s.write(s.t, s.content(small))
}

// hugeSet makes an RRset of n addresses.
func (s *subject) hugeSet(n int) state.RRset {
	set := state.RRset{Key: state.Key{Name: s.name("huge"), Type: state.A}}
	for i := range n {
		set.Records = append(set.Records, s.record(state.A, fmt.Sprintf("198.18.%d.%d", i/256, i%256)))
	}
	return set
}
