package cloudflare

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/zoneloom/zoneloom/state"
)

// record is a DNS record as the API shows it. Numbers may come as floats.
type record struct {
	ID             string          `json:"id"`
	Name           string          `json:"name"`
	Type           string          `json:"type"`
	Content        string          `json:"content"`
	Data           map[string]any  `json:"data"`
	Priority       *float64        `json:"priority"`
	TTL            float64         `json:"ttl"`
	Proxied        bool            `json:"proxied"`
	PrivateRouting bool            `json:"private_routing"`
	Comment        string          `json:"comment"`
	Tags           []string        `json:"tags"`
	Settings       json.RawMessage `json:"settings"` // an object, nearly always empty
	Meta           meta            `json:"meta"`
	CreatedOn      string          `json:"created_on"`
	ModifiedOn     string          `json:"modified_on"`
}

type meta struct {
	ReadOnly bool `json:"read_only"`
}

// fieldKind says how a field of a record's data travels.
type fieldKind uint8

const (
	number fieldKind = iota
	text
	host    // with a final dot
	bareDot // a host without its final dot; the root is "."
	top     // a number beside data, not in it: priority
)

type dataField struct {
	name string
	kind fieldKind
}

// dataFields are the fields of the types that the API holds as data, in the
// order of their presentation form. The other types are held as content.
var dataFields = map[state.Type][]dataField{
	"CAA":    {{"flags", number}, {"tag", text}, {"value", text}},
	"CERT":   {{"type", number}, {"key_tag", number}, {"algorithm", number}, {"certificate", text}},
	"DNSKEY": {{"flags", number}, {"protocol", number}, {"algorithm", number}, {"public_key", text}},
	"DS":     {{"key_tag", number}, {"algorithm", number}, {"digest_type", number}, {"digest", text}},
	"HTTPS":  {{"priority", number}, {"target", host}, {"value", text}},
	"LOC": {
		{"lat_degrees", number},
		{"lat_minutes", number},
		{"lat_seconds", number},
		{"lat_direction", text},
		{"long_degrees", number},
		{"long_minutes", number},
		{"long_seconds", number},
		{"long_direction", text},
		{"altitude", number},
		{"size", number},
		{"precision_horz", number},
		{"precision_vert", number},
	},
	"NAPTR": {
		{"order", number}, {"preference", number}, {"flags", text}, {"service", text}, {"regex", text}, {"replacement", host},
	},
	"SMIMEA": {{"usage", number}, {"selector", number}, {"matching_type", number}, {"certificate", text}},
	"SRV":    {{"priority", number}, {"weight", number}, {"port", number}, {"target", bareDot}},
	"SSHFP":  {{"algorithm", number}, {"type", number}, {"fingerprint", text}},
	"SVCB":   {{"priority", number}, {"target", host}, {"value", text}},
	"TLSA":   {{"usage", number}, {"selector", number}, {"matching_type", number}, {"certificate", text}},
	"URI":    {{"priority", top}, {"weight", number}, {"target", text}},
}

// reader translates records of one zone. It remembers what the next record is
// likely to have too.
type reader struct {
	zone state.Name
	raw  string     // the latest name as the API wrote it
	name state.Name // and as ours
}

// entry translates a record to the model. What it can't understand it carries
// as it came, read-only: a record that Zoneloom doesn't know must neither stop
// the work on others nor be lost.
func (r *reader) entry(rec *record) (state.Entry, error) {
	if rec.Name != r.raw || r.name == "" {
		name, err := state.ParseName(rec.Name+".", "")
		if err != nil {
			return state.Entry{}, fmt.Errorf("record %s: %w", rec.ID, err)
		}
		if !name.IsIn(r.zone) {
			return state.Entry{}, fmt.Errorf("record %s: %s is not in this zone", rec.ID, name)
		}
		r.raw, r.name = rec.Name, name
	}
	e := state.Entry{Key: state.Key{Name: r.name}, Record: state.Record{TTL: rec.ttl(), Attrs: rec.attrs()}}
	t, data, err := rec.data()
	if err != nil {
		t, data = state.Type(strings.ToUpper(rec.Type)), rec.Content
		e.Kept = state.ReadOnly
	}
	if rec.Meta.ReadOnly || !slices.Contains(types, t) {
		e.Kept = state.ReadOnly
	}
	e.Type, e.Data = t, data
	return e, nil
}

func (rec *record) ttl() state.TTL {
	if rec.Proxied || rec.TTL == 1 || rec.TTL < 0 || rec.TTL > math.MaxInt32 {
		return state.TTLAuto
	}
	return state.TTL(rec.TTL)
}

// proxiedOnly is by far the commonest set of attributes beside none.
var proxiedOnly = state.MakeAttrs(map[string]any{attrProxied: true})

// attrs returns the full set: without empty values.
func (rec *record) attrs() state.Attrs {
	if rec.Comment == "" && len(rec.Tags) == 0 && len(rec.Settings) <= len("{}") && !rec.PrivateRouting {
		if rec.Proxied {
			return proxiedOnly
		}
		return state.Attrs{}
	}
	m := map[string]any{}
	if rec.Proxied {
		m[attrProxied] = true
	}
	if rec.PrivateRouting {
		m[attrPrivateRouting] = true
	}
	if rec.Comment != "" {
		m[attrComment] = rec.Comment
	}
	if len(rec.Tags) > 0 {
		m[attrTags] = sortTags(rec.Tags)
	}
	var settings map[string]any
	if err := json.Unmarshal(rec.Settings, &settings); err == nil {
		for key, value := range settings {
			switch value.(type) {
			case bool, string, float64: // no attribute can hold anything else
				m[attrSettings+key] = value
			}
		}
	}
	return state.Attrs{}.Lay(state.MakeAttrs(m))
}

// sortTags returns the one spelling of a set of tags: sorted, without
// repetition, names in lower case as the service compares them.
func sortTags(tags []string) []string {
	sorted := make([]string, len(tags))
	for i, tag := range tags {
		name, value, found := strings.Cut(tag, ":")
		sorted[i] = strings.ToLower(name)
		if found {
			sorted[i] += ":" + value
		}
	}
	slices.Sort(sorted)
	return slices.Compact(sorted)
}

// data returns the record's type and canonical data.
func (rec *record) data() (state.Type, string, error) {
	t, err := state.ParseType(rec.Type)
	if err != nil {
		return "", "", err
	}
	if t == state.TXT {
		return t, readTXT(rec.Content), nil
	}
	presentation := rec.Content
	switch fields := dataFields[t]; {
	case t == state.MX:
		if rec.Priority == nil {
			return "", "", errors.New("it has no priority")
		}
		presentation = formatNumber(*rec.Priority) + " " + rec.Content
	case fields == nil:
	case len(rec.Data) > 0:
		presentation = state.JoinData(t, rec.values(fields))
	case rec.Priority != nil && (t == "SRV" || t == "URI"):
		// Their content lacks the priority.
		presentation = formatNumber(*rec.Priority) + " " + rec.Content
	}
	data, err := state.ParseData(t, presentation, nil)
	return t, data, err
}

// values returns the fields of rec.Data as text.
func (rec *record) values(fields []dataField) []string {
	values := make([]string, len(fields))
	for i, f := range fields {
		v := rec.Data[f.name]
		if v == nil && rec.Priority != nil && f.name == "priority" {
			v = *rec.Priority
		}
		switch v := v.(type) {
		case float64:
			values[i] = formatNumber(v)
		case string:
			values[i] = v
		case bool: // a null target of SRV has been seen as false
			values[i] = ""
		}
		switch {
		case values[i] != "":
		case f.kind == number || f.kind == top:
			values[i] = "0" // LOC leaves zeros out
		case f.kind == host || f.kind == bareDot:
			values[i] = "."
		}
	}
	return values
}

func formatNumber(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

// readTXT returns canonical data of one string. Content that begins and ends
// with a quote is in presentation form, as the dashboard and careful clients
// write it; any other is the text itself. Where the service cut a long text is
// of no meaning.
func readTXT(content string) string {
	if len(content) >= 2 && content[0] == '"' && content[len(content)-1] == '"' {
		if data, err := state.ParseData(state.TXT, content, nil); err == nil {
			return state.TXTData(strings.Join(state.TXTStrings(data), ""))
		}
	}
	return state.TXTData(content)
}
