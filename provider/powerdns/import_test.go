package powerdns_test

import (
	"bytes"
	"testing"
	"testing/fstest"

	"github.com/zoneloom/zoneloom/config"
	"github.com/zoneloom/zoneloom/plan"
	"github.com/zoneloom/zoneloom/state"
)

// TestImport writes a zone as YAML, with all that the server keeps beside its
// records: what is read from that changes nothing, and says all of it.
func TestImport(t *testing.T) {
	_, p := start(t)
	z := create(t, p, zoneName)
	www := set(t, "www."+zoneName, state.A, "192.0.2.1", "192.0.2.2")
	www.Attrs = state.MakeAttrs(map[string]any{"comment": "owned by \"web\"\nask: them # first"})
	www.Records[1].Attrs = state.MakeAttrs(map[string]any{"disabled": true})
	off := set(t, "off."+zoneName, state.TXT, `"held and not served"`)
	off.Records[0].Attrs = state.MakeAttrs(map[string]any{"disabled": true})
	loc := set(t, zoneName, "LOC", "0 S 0 W 0")
	loc.Attrs = state.MakeAttrs(map[string]any{"comment": "null island"})
	at := write(t, p, z, content(www, off, loc))

	var yaml bytes.Buffer
	o := config.WriteOptions{Provider: "pdns", Settings: []string{"type: powerdns", "key: ${PDNS_API_KEY}"}}
	if err := config.Write(&yaml, o, []*state.Zone{at.Zone}); err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(fstest.MapFS{"zoneloom.yaml": {Data: yaml.Bytes()}}, "zoneloom.yaml")
	if err != nil {
		t.Fatalf("Load = %v of:\n%s", err, yaml.String())
	}
	want := c.Zones[0].Want("pdns")
	for _, todo := range changes(t, p, z, at, want, state.Rules{Prune: true}) {
		t.Errorf("the plan has %s: %v -> %v\nof:\n%s", todo.Key, todo.Before, todo.After, yaml.String())
	}

	// It says all: laid over nothing, it is what was read.
	info := z.Info()
	stored, _ := p.Check(want, &info)
	planned, _ := plan.Make([]plan.Input{{Provider: "powerdns", Want: stored, Live: state.NewZone(zoneName, nil), Rules: state.Rules{Prune: true}}})
	for _, todo := range planned.Zones[0].Changes {
		if todo.Type == state.SOA {
			continue // its serial is the server's
		}
		live := at.Zone.Find(todo.Key)
		if live == nil || todo.After.Attrs != live.Attrs || len(todo.After.Records) != len(live.Records) {
			t.Errorf("%s comes with %v for all, in:\n%s", todo.Key, todo.After.Attrs.Map(), yaml.String())
			continue
		}
		for i, r := range todo.After.Records {
			if got := live.Records[i]; r.Data != got.Data || r.Attrs != got.Attrs || r.TTL != got.TTL {
				t.Errorf("%s comes with %v, and was read as %v", todo.Key, r, got)
			}
		}
	}
	if n := len(planned.Zones[0].Changes); n < 3 {
		t.Errorf("the YAML declares %d sets of records", n)
	}
}
