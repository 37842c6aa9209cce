package config

import (
	"fmt"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/zoneloom/zoneloom/state"
)

// readValues reads the values of a record, each once. Where a record has both
// value and values, octoDNS takes the latter.
func (z *octoZone) readValues(n octoNode, key state.Key, r *octoRecord) []octoValue {
	from := r.values
	switch {
	case r.value.n != nil && r.values.n != nil:
		r.value.s.warnf(r.value.n, "put all into values", "value is ignored, as in octoDNS: the record has values too")
	case r.value.n != nil:
		from = r.value
	case r.values.n == nil:
		n.s.errorf(n.n, "", "the record has no value")
		return nil
	}
	var values []octoValue
	var seen map[string]octoNode // nil for a single value
	if from.n.Kind == yaml.SequenceNode {
		seen = map[string]octoNode{}
	}
	z.items(from, func(item octoNode) {
		data, ok := z.data(item, key.Type)
		if !ok {
			return
		}
		if first, twice := seen[data]; twice {
			item.s.warnf(item.n, "remove it", "%s %s has this value twice, first at %s: it is taken once",
				z.b.spell(key.Name), key.Type, first.s.l.places.pos(first.s.at(first.n)))
			return
		}
		if seen != nil {
			seen[data] = item
		}
		values = append(values, octoValue{item, data})
	})
	if len(values) > 1 && (key.Type == state.CNAME || key.Type == state.DNAME || key.Type == state.ALIAS) {
		n.s.errorf(n.n, "keep one of them", "%s can have one value only", key.Type)
	}
	return values
}

// data returns the canonical data that a value spells.
func (z *octoZone) data(n octoNode, t state.Type) (string, bool) {
	z.at = n
	switch {
	case n.n.Kind == yaml.MappingNode:
		return z.structured(n, t)
	case n.n.Kind != yaml.ScalarNode:
		n.s.errorf(n.n, "", "a value must be a text or a mapping, not %s", kind(n.n))
		return "", false
	case t.IsText():
		return z.text(n)
	case t == "OPENPGPKEY":
		return z.parse(n, t, strings.Join(strings.Fields(n.n.Value), ""))
	}
	return z.parse(n, t, n.n.Value)
}

// parse returns the canonical data of a presentation string.
func (z *octoZone) parse(n octoNode, t state.Type, text string) (string, bool) {
	data, err := state.ParseData(t, text, z.target)
	if err != nil {
		n.s.errorf(n.n, "", "%s", err)
	}
	return data, err == nil
}

// readTarget reads a name within RDATA. OctoDNS wants a final dot, and with
// lenient takes what has none for absolute.
func (z *octoZone) readTarget(text string) (state.Name, error) {
	if strings.Contains(text, "{") && strings.Contains(text, "}") {
		return "", fmt.Errorf("%q is a template, and zoneloom fills in none: write the name out", text)
	}
	if text == "@" {
		return "", fmt.Errorf(`"@" is no target in octoDNS: write %q for the zone itself`, z.b.zone.Name)
	}
	if err := notAName(text); err != nil {
		return "", err
	}
	if !isAbsolute(text) {
		z.at.s.warnf(z.at.n, "write "+quote(text+"."), "%s has no final dot: it is taken for absolute", quote(text))
	}
	return state.ParseName(text, ".")
}

// text returns the data of a TXT, in which octoDNS has \; for ; and joins
// strings in quotes.
func (z *octoZone) text(n octoNode) (string, bool) {
	v := n.n.Value
	switch {
	case strings.Contains(v, `\\;`):
		n.s.errorf(n.n, `write \; or ;`, `\\; escapes the semicolon twice, which octoDNS refuses`)
		return "", false
	case strings.HasPrefix(v, `"`) && (len(v) < 2 || !strings.HasSuffix(v, `"`)):
		n.s.errorf(n.n, "close the quotes, or leave them out", `the text begins with " and doesn't end with it: octoDNS would cut its last character off`)
		return "", false
	case n.n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 && strings.Contains(v, "\n"):
		n.s.errorf(n.n, "write >- in place of "+blockSign(n.n)+", and no blank lines, or put the text in quotes",
			"the text holds a line break")
		return "", false
	}
	if strings.HasPrefix(v, `"`) {
		v = v[1 : len(v)-1]
	} else if strings.Contains(v, `" "`) {
		n.s.warnf(n.n, `put the whole text in quotes if it is in several parts`, `the text holds " ", which is left out, as in octoDNS`)
	}
	v = strings.ReplaceAll(v, `" "`, "")
	return state.TXTData(strings.ReplaceAll(v, `\;`, ";")), true
}

// octoField is a field of a structured value.
type octoField struct {
	name   string
	older  string // the name that it had before, if any
	absent string // what it is where it is left out
	free   bool   // it may be left out
}

// octoFields are the fields of the types that octoDNS writes as mappings, in the
// order of the presentation form. Other types have zoneloom's own.
var octoFields = map[state.Type][]octoField{
	state.CAA: {{name: "flags", absent: "0", free: true}, {name: "tag"}, {name: keyValue}},
	state.DS:  {{name: "key_tag"}, {name: "algorithm"}, {name: "digest_type"}, {name: "digest"}},
	"HTTPS":   {{name: "svcpriority"}, {name: "targetname"}, {name: "svcparams", free: true}},
	state.MX:  {{name: "preference", older: "priority"}, {name: "exchange", older: keyValue}},
	"NAPTR": {
		{name: "order"},
		{name: "preference"},
		{name: "flags"},
		{name: "service"},
		{name: "regexp"},
		{name: "replacement"},
	},
	"SSHFP": {{name: "algorithm"}, {name: "fingerprint_type"}, {name: "fingerprint"}},
	"SVCB":  {{name: "svcpriority"}, {name: "targetname"}, {name: "svcparams", free: true}},
	"TLSA": {
		{name: "certificate_usage"}, {name: "selector"}, {name: "matching_type"}, {name: "certificate_association_data"},
	},
}

// olderDS are the names that the fields of a DS had in octoDNS once. Algorithm
// was another field then.
var olderDS = []octoField{{name: "flags"}, {name: "protocol"}, {name: "algorithm"}, {name: "public_key"}}

// fieldsOf returns the fields of a value of type t, nil where it has none.
func (z *octoZone) fieldsOf(n octoNode, t state.Type) []octoField {
	if t == state.DS && slices.ContainsFunc(n.n.Content, func(c *yaml.Node) bool { return c.Value == "public_key" }) {
		n.s.warnf(n.n, "write key_tag, algorithm, digest_type and digest",
			"flags, protocol, algorithm and public_key are old names of the fields of a DS, read as key_tag, algorithm, digest_type and digest")
		return olderDS
	}
	if fields, ok := octoFields[t]; ok {
		return fields
	}
	var fields []octoField
	for _, f := range state.Fields(t) {
		absent, free := defaultFields[t][f.Name]
		fields = append(fields, octoField{name: f.Name, absent: absent, free: free})
	}
	return fields
}

// structured returns the data that a mapping of fields spells. Keys that
// octoDNS doesn't know it ignores.
func (z *octoZone) structured(n octoNode, t state.Type) (string, bool) {
	fields := z.fieldsOf(n, t)
	if fields == nil {
		n.s.errorf(n.n, "", "a value of type %s must be a text, not a mapping", t)
		return "", false
	}
	given := make([]octoNode, len(fields))
	older := make([]octoNode, len(fields))
	before := n.s.l.faults
	z.mapping(n, "a value of type "+string(t), func(k, v octoNode) {
		name := k.n.Value
		for i, f := range fields {
			switch {
			case f.name == name:
				given[i] = v
				return
			case f.older == name && name != "":
				older[i] = v
				return
			}
		}
		k.s.warnf(k.n, didYouMean(name, fieldNames(fields)), "a value of type %s has no key %s, and octoDNS ignores it", t, quote(name))
	})
	values := make([]string, len(fields))
	var absent []string
	for i, f := range fields {
		if given[i].n == nil {
			given[i] = older[i]
		}
		switch {
		case given[i].n != nil:
			values[i] = z.field(given[i], t, f.name)
		case f.free:
			values[i] = f.absent
		default:
			absent = append(absent, f.name)
		}
	}
	if len(absent) > 0 {
		n.s.errorf(n.n, "", "a value of type %s needs %s", t, strings.Join(absent, ", "))
	}
	if n.s.l.faults > before {
		return "", false
	}
	return z.parse(n, t, state.JoinData(t, values))
}

func fieldNames(fields []octoField) []string {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.name
	}
	return names
}

// field returns the text of one field for the presentation form.
func (z *octoZone) field(n octoNode, t state.Type, name string) string {
	if name == "svcparams" {
		return z.params(n)
	}
	text, ok := n.s.text(n.n, name)
	if !ok {
		return ""
	}
	switch name {
	case "targetname", "exchange", "target", "replacement":
		z.at = n // where a remark about the name belongs
	case "flags":
		if t == "NAPTR" {
			return strings.ToUpper(text) // as octoDNS stores them
		}
	case keyValue:
		if t == state.CAA {
			return strings.ReplaceAll(text, `\;`, ";")
		}
	}
	return text
}

// params returns the SVCB parameters that a mapping spells: keys with a text, a
// list, or nothing.
func (z *octoZone) params(n octoNode) string {
	var parts []string
	z.mapping(n, "svcparams", func(k, v octoNode) {
		if isNull(v.n) {
			parts = append(parts, k.n.Value)
			return
		}
		if v.n.Kind != yaml.SequenceNode {
			text, _ := v.s.text(v.n, k.n.Value)
			parts = append(parts, k.n.Value+`="`+octoQuote.Replace(text)+`"`)
			return
		}
		var items []string
		z.items(v, func(item octoNode) {
			text, _ := item.s.text(item.n, k.n.Value)
			items = append(items, octoItem.Replace(text))
		})
		parts = append(parts, k.n.Value+`="`+octoQuote.Replace(strings.Join(items, ","))+`"`)
	})
	for _, p := range parts {
		if strings.ContainsAny(p[:max(strings.Index(p, "="), 0)], " \t\n\"\\;()") {
			n.s.errorf(n.n, "", "svcparams has a key that is none: %s", quote(p))
		}
	}
	return strings.Join(parts, " ")
}

var (
	octoQuote = strings.NewReplacer(`\`, `\\`, `"`, `\"`)
	octoItem  = strings.NewReplacer(`\`, `\\`, `,`, `\,`) // RFC 9460 appendix A.1
)
