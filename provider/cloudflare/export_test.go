package cloudflare

import (
	"encoding/json"
	"time"

	"github.com/zoneloom/zoneloom/state"
)

// Read translates a record of the API to the model.
func Read(zone state.Name, text []byte) (state.Entry, error) {
	var rec record
	if err := json.Unmarshal(text, &rec); err != nil {
		return state.Entry{}, err
	}
	r := reader{zone: zone}
	return r.entry(&rec)
}

// Post translates a record to be created to the API's JSON.
func Post(e state.Entry) ([]byte, error) {
	b, err := newBody(e.Key, e.Record)
	if err != nil {
		return nil, err
	}
	return json.Marshal(b)
}

// Patch translates an update to the API's JSON.
func Patch(t state.Type, before, after state.Record) ([]byte, error) {
	b, err := patch(recordID{'i', 'd'}, t, before, after)
	if err != nil {
		return nil, err
	}
	return json.Marshal(b)
}

// Fields returns the names of a type's data at the API.
func Fields(t state.Type) []string {
	var names []string
	for _, f := range dataFields[t] {
		names = append(names, f.name)
	}
	return names
}

// The functions whose laws are tested.
var (
	Pack       = pack
	WriteTXT   = writeTXT
	ReadTXT    = readTXT
	RetryAfter = retryAfter
	Types      = types
)

// Observe shows answers' headers to the budget.
var Observe = (*Budget).observe

// Pause stops the budget.
var Pause = (*Budget).pause

// Hurry makes every attempt of a call give up after d.
func Hurry(p *Provider, d time.Duration) { p.api().timeout, p.api().batch = d, d }

// SmallPages makes pages of n records.
func SmallPages(p *Provider, n int) { p.api().perPage = n }
