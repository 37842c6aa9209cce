package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zoneloom/zoneloom/state"
)

// owner decides which live records are the configuration's to change. A nil
// owner claims all but those that are kept already.
type owner struct {
	in       *Input
	zone     state.Name
	apexNS   state.ApexNS
	problems []state.Problem
}

func newOwner(in *Input) *owner {
	o := &owner{in: in, zone: in.Want.Name, apexNS: in.Rules.ApexNS}
	declared := in.Want.Find(state.Key{Name: o.zone, Type: state.NS})
	switch {
	case o.apexNS == "" && declared == nil:
		o.apexNS = state.ApexNSLeave
	case o.apexNS == "":
		o.apexNS = state.ApexNSExact
	case o.apexNS == state.ApexNSLeave && declared != nil:
		o.problems = append(o.problems, state.Problem{
			Key: declared.Key, Src: declared.Records[0].Src, Severity: state.SeverityWarning,
			Text: "apex_ns: leave says that these name servers aren't touched, so declaring them does nothing",
			Hint: "write apex_ns: merge or exact, or leave them out",
		})
	}
	return o
}

func (o *owner) problemf(k state.Key, r state.Record, hint, format string, args ...any) {
	o.problems = append(o.problems, state.Problem{
		Key: k, Data: r.Data, Src: r.Src, Text: fmt.Sprintf(format, args...), Hint: hint,
	})
}

// mark returns live with the records marked that aren't to be changed. It is
// live itself where that adds nothing.
func (o *owner) mark(live *state.RRset) *state.RRset {
	if o == nil {
		return live
	}
	return mark(live, o.zone, o.in.Rules.Ignore, o.in.OwnNS)
}

func mark(live *state.RRset, zone state.Name, ignore []state.Pattern, ownNS []state.Name) *state.RRset {
	ownKey := live != nil && live.Type == state.NS && live.Name == zone && len(ownNS) > 0
	if live == nil || len(ignore) == 0 && !ownKey {
		return live
	}
	marked := live
	for i, r := range live.Records {
		kept := r.Kept
		switch {
		case kept != state.Ours:
		case ownKey && slices.Contains(ownNS, state.Name(r.Data)):
			kept = state.ReadOnly
		case matchesAny(ignore, zone, live.Key, r.Data):
			kept = state.Ignored
		}
		if kept == r.Kept {
			continue
		}
		if marked == live {
			marked = &state.RRset{Key: live.Key, Attrs: live.Attrs, Records: slices.Clone(live.Records)}
		}
		marked.Records[i].Kept = kept
	}
	return marked
}

func matchesAny(patterns []state.Pattern, zone state.Name, k state.Key, data string) bool {
	return slices.ContainsFunc(patterns, func(p state.Pattern) bool { return p.Match(zone, k, data) })
}

// spares reports whether the live set with key k is left alone although, or
// because, want (nil: nothing) is declared there.
func (o *owner) spares(k state.Key, want *state.RRset) bool {
	if o == nil {
		return false
	}
	if k.Name == o.zone && k.Type == state.NS && o.apexNS == state.ApexNSLeave {
		return true
	}
	return want == nil && (!o.in.Rules.Prune || isSOA(k, o.zone) || k.Type.IsOpaque() || isACME(k))
}

// isACME reports whether k is where a certificate authority's challenge is
// answered (RFC 8555 section 8.4), by a client that comes and goes by itself.
func isACME(k state.Key) bool {
	return k.Type == state.TXT && strings.HasPrefix(string(k.Name), "_acme-challenge.")
}

// claim returns want without the records that aren't to be written, and notes
// what contradicts itself. It is want itself where nothing is taken away.
func (o *owner) claim(want *state.RRset) *state.RRset {
	if o == nil || want == nil {
		return want
	}
	for _, r := range want.Records {
		if matchesAny(o.in.Rules.Ignore, o.zone, want.Key, r.Data) {
			o.problemf(want.Key, r, "remove the record here, or narrow the pattern",
				"the record is declared, but an ignore pattern says that it is somebody else's")
		}
	}
	if want.Type != state.NS || want.Name != o.zone || len(o.in.OwnNS) == 0 {
		return want
	}
	own := func(r state.Record) bool { return slices.Contains(o.in.OwnNS, state.Name(r.Data)) }
	if !slices.ContainsFunc(want.Records, own) {
		return want
	}
	return &state.RRset{Key: want.Key, Attrs: want.Attrs, Records: slices.DeleteFunc(slices.Clone(want.Records), own)}
}

// merges reports whether what is live at k stays beside what is declared.
func (o *owner) merges(k state.Key) bool {
	return o != nil && k.Type == state.NS && k.Name == o.zone && o.apexNS == state.ApexNSMerge
}

// satisfied notes where want, which stands beside an equal record that is kept,
// asks for something else than what is kept.
func (o *owner) satisfied(k state.Key, kept, want state.Record) {
	if o == nil || kept.Kept != state.ReadOnly {
		return
	}
	const hint = "declare it as it is, or not at all"
	if kept.TTL != want.TTL && o.in.written(want.Src, "ttl") && !kept.Attrs.Bool("proxied") {
		o.problemf(k, want, hint, "the service holds this record for itself with ttl %s, which can't be changed to %s", kept.TTL, want.TTL)
		return
	}
	for key, value := range want.Attrs.All() {
		one := state.MakeAttrs(map[string]any{key: value})
		if kept.Attrs.Lay(one) != kept.Attrs.Lay(state.Attrs{}) && o.in.written(want.Src, key) {
			o.problemf(k, want, hint, "the service holds this record for itself, so its %s can't be changed", key)
			return
		}
	}
}

// displaced notes where records that are kept leave no room for want: a name
// has at most one CNAME, DNAME or ALIAS.
func (o *owner) displaced(k state.Key, before []state.Record, want state.Record) {
	if o == nil || k.Type != state.CNAME && k.Type != state.DNAME && k.Type != state.ALIAS {
		return
	}
	for _, r := range before {
		if r.Kept != state.Ours {
			o.problemf(k, want, "remove the record here, or free the name at the service",
				"the name is taken by the %s record %s %s, which isn't ours to change", r.Kept, k.Type, r.Data)
			return
		}
	}
}
