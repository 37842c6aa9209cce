package providertest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zoneloom/zoneloom/provider"
	"github.com/zoneloom/zoneloom/state"
)

// samples are RDATA of the types in use, several of each that differ in what
// services are known to mix up.
var samples = map[state.Type][]string{
	"A":          {"192.0.2.1", "192.0.2.2", "198.51.100.7"},
	"AAAA":       {"2001:db8::1", "2001:db8:0:0:1::2", "2001:db8::ffff:c000:201"},
	"ALIAS":      {"target.example.net."},
	"AFSDB":      {"1 afs.example.net."},
	"CAA":        {`0 issue "ca.example.net"`, `0 issuewild ";"`, `128 iodef "mailto:security@example.net"`},
	"CERT":       {"1 12345 13 AQIDBA==", "3 0 0 BQYHCA=="},
	"CNAME":      {"target.example.net.", "other.example.net."},
	"DNAME":      {"target.example.net."},
	"DNSKEY":     {"257 3 13 mdsswUyr3DPW132mOi8V9xESWE8jTo0dxCjjnopKl+GqJxpVXckHAeF+KkxLbxILfDLUT0rAK9iUzy1L53eKGQ=="},
	"DS":         {"12345 13 2 49FD46E6C4B45C55D4AC69CBD3CD34AC1AFE51DEB9B1F0A2C6F0D7B0DD4E4A5C"},
	"HINFO":      {`"PC" "Linux"`},
	"HTTPS":      {`1 . alpn="h3,h2" ipv4hint="192.0.2.1"`, "0 target.example.net."},
	"LOC":        {"52 22 23.000 N 4 53 32.000 E -2.00m 0.00m 10000.00m 10.00m", "37 46 46.000 N 122 23 35.000 W 0.00m 100.00m 0.00m 0.00m"},
	"MX":         {"10 mx1.example.net.", "20 mx2.example.net.", "20 mx1.example.net."},
	"NAPTR":      {`30 100 "S" "SIP+D2T" "" _sip._tcp.example.net.`, `100 10 "U" "E2U+sip" "!^.*$!sip:info@example.net!" .`},
	"NS":         {"ns1.example.net.", "ns2.example.net."},
	"OPENPGPKEY": {"mQENBFVHm5sBCAC7"},
	"PTR":        {"host.example.net."},
	"RP":         {"admin.example.net. info.example.net."},
	"SMIMEA":     {"3 0 0 0a0b0c0d0e0f", "3 1 1 d2abde240d7cd3ee6b4b28c54df034b97983a1d16e8a410e4561cb106618e971"},
	"SPF":        {`"v=spf1 -all"`},
	"SRV":        {"10 5 5060 sip1.example.net.", "10 6 5060 sip2.example.net.", "0 0 0 ."},
	"SSHFP":      {"1 1 dd465c09cfa51fb45020cc83316fff21b9ec74ac", "4 2 d2abde240d7cd3ee6b4b28c54df034b97983a1d16e8a410e4561cb106618e971"},
	"SVCB":       {`1 svc.example.net. alpn="dot" port="8530"`, "0 target.example.net."},
	"TLSA":       {"3 1 1 d2abde240d7cd3ee6b4b28c54df034b97983a1d16e8a410e4561cb106618e971", "2 0 1 0a0b0c0d0e0f101112131415161718191a1b1c1d1e1f2021222324252627282a"},
	"TXT":        {`"v=spf1 include:_spf.example.net -all"`, `"key=value"`, `"key=other; and \"quoted\" \\ more"`},
	"URI":        {`10 1 "https://www.example.net/path?q=1"`},
}

// typesHere returns the types that the subject says it holds, as far as a
// user writes them.
func (s *subject) typesHere() []state.Type {
	types := slices.Clone(s.zone.Info().Types)
	if types == nil {
		for t := range samples {
			types = append(types, t)
		}
	}
	types = slices.DeleteFunc(types, func(t state.Type) bool { return t == state.SOA })
	slices.Sort(types)
	return types
}

func (s *subject) has(types ...state.Type) bool {
	held := s.zone.Info().Types
	return held == nil || !slices.ContainsFunc(types, func(t state.Type) bool { return !slices.Contains(held, t) })
}

// record parses presentation data into a record with a TTL that the zone takes.
func (s *subject) record(t state.Type, text string, attrs ...any) state.Record {
	s.t.Helper()
	data, err := state.ParseData(t, text, nil)
	if err != nil {
		s.t.Fatalf("sample of type %s: %v", t, err)
	}
	m := map[string]any{}
	for i := 0; i < len(attrs); i += 2 {
		m[attrs[i].(string)] = attrs[i+1]
	}
	return state.Record{Data: data, TTL: s.ttl(300), Attrs: state.MakeAttrs(m)}
}

// ttl returns the TTL that the zone takes and that is nearest to want.
func (s *subject) ttl(want state.TTL) state.TTL {
	info := s.zone.Info()
	if info.MaxTTL > 0 {
		want = min(want, info.MaxTTL)
	}
	return max(want, info.MinTTL)
}

// name returns a name in the zone, "@" being its apex.
func (s *subject) name(relative string) state.Name {
	s.t.Helper()
	n, err := state.ParseName(relative, s.Zone)
	if err != nil {
		s.t.Fatalf("sample name: %v", err)
	}
	return n
}

// content makes a zone of lists that each begin with a name and a type.
func (s *subject) content(sets ...state.RRset) *state.Zone {
	var entries []state.Entry
	for _, set := range sets {
		for _, r := range set.Records {
			entries = append(entries, state.Entry{Key: set.Key, Record: r})
		}
	}
	return state.NewZone(s.Zone, entries)
}

// set makes an RRset of presentation data.
func (s *subject) set(name string, t state.Type, texts ...string) state.RRset {
	s.t.Helper()
	set := state.RRset{Key: state.Key{Name: s.name(name), Type: t}}
	for _, text := range texts {
		set.Records = append(set.Records, s.record(t, text))
	}
	return set
}

// plainRecord prints r for comparison: texts joined, empty attributes left out.
func plainRecord(t state.Type, r state.Record) string {
	data := r.Data
	if t.IsText() {
		data = state.TXTData(strings.Join(state.TXTStrings(data), ""))
	}
	return fmt.Sprintf("%s ttl %s %v", data, r.TTL, state.Attrs{}.Lay(r.Attrs).Map())
}

func hasComment(s *subject) bool { return slices.Contains(s.zone.Info().Attrs, "comment") }

func isLimited(s *subject) bool { return s.zone.Info().BatchLimit > 1 }

func canCreate(s *subject) bool {
	_, ok := s.Provider.(provider.Creator)
	return ok && s.Absent != ""
}
