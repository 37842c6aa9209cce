package config_test

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneloom/zoneloom/config"
	"github.com/zoneloom/zoneloom/state"
)

// schema returns the schema of the configuration.
func schema(t *testing.T) map[string]any {
	t.Helper()
	text, err := config.Schema("config")
	if err != nil {
		t.Fatal(err)
	}
	var top map[string]any
	if err := json.Unmarshal(text, &top); err != nil {
		t.Fatal(err)
	}
	return top
}

// The schema has the keys that are read, and no others.
func TestSchemaHasTheKeys(t *testing.T) {
	top := schema(t)
	defs := top["$defs"].(map[string]any)
	defs[""] = top
	for def, keys := range config.KeysOf() {
		if def == "zone" {
			keys = slices.DeleteFunc(slices.Clone(keys), func(key string) bool { return key == "name" }) // reserved: a fault
		}
		properties := defs[def].(map[string]any)["properties"].(map[string]any)
		if diff := cmp.Diff(slices.Sorted(slices.Values(keys)), slices.Sorted(maps.Keys(properties))); diff != "" {
			t.Errorf("keys of %q (-read +schema):\n%s", def, diff)
		}
	}
}

// Types are taken in any case, and only those that exist.
func TestSchemaHasTheTypes(t *testing.T) {
	defs := schema(t)["$defs"].(map[string]any)
	pattern := regexp.MustCompile(defs["type"].(map[string]any)["anyOf"].([]any)[1].(map[string]any)["pattern"].(string))
	try := []string{"TYPE65280", "type1", "TYPE", "TYPEx", "ANY", "AXFR", "OPT", "AX", "", "A ", "URLFWD"}
	for _, known := range state.Types() {
		try = append(try, string(known), strings.ToLower(string(known)), string(known)+"X", "x"+string(known))
	}
	for _, text := range try {
		_, err := state.ParseType(text)
		if got := pattern.MatchString(text); got != (err == nil) {
			t.Errorf("the schema takes the type %q: %t; ParseType says %v", text, got, err)
		}
	}
	for _, common := range defs["type"].(map[string]any)["anyOf"].([]any)[0].(map[string]any)["enum"].([]any) {
		if _, err := state.ParseType(common.(string)); err != nil {
			t.Error(err)
		}
	}
}

// Every key has a description, and an example unless it says itself what may stand
// there. The fields of rare types have neither.
func TestSchemaDescribesEveryKey(t *testing.T) {
	defs := schema(t)["$defs"].(map[string]any)
	count := 0
	var walk func(at string, v any)
	walk = func(at string, v any) {
		switch v := v.(type) {
		case map[string]any:
			for key, inner := range v {
				walk(at+"/"+key, inner)
			}
			properties, _ := v["properties"].(map[string]any)
			if strings.HasSuffix(at, "_fields") || v["type"] != "object" {
				return
			}
			for key, p := range properties {
				s, ok := p.(map[string]any)
				if !ok {
					continue // false: it may not stand there
				}
				count++
				if d, _ := s["description"].(string); !strings.HasSuffix(d, ".") || d != strings.TrimSpace(d) {
					t.Errorf("%s/%s has no sentence that describes it: %q", at, key, d)
				}
				boolean := s["$ref"] == "#/$defs/boolean" || cmp.Equal(s["type"], []any{"boolean", "string"})
				if s["examples"] == nil && s["enum"] == nil && s["const"] == nil && !boolean && s["properties"] == nil {
					t.Errorf("%s/%s has no example", at, key)
				}
			}
		case []any:
			for _, inner := range v {
				walk(at, inner)
			}
		}
	}
	walk("", schema(t))
	if count < 100 {
		t.Errorf("only %d keys were found", count)
	}
	for _, typ := range []state.Type{"MX", "SRV", "CAA", "TLSA", "HTTPS", "DS", "LOC"} {
		for key, p := range defs[strings.ToLower(string(typ))+"_fields"].(map[string]any)["properties"].(map[string]any) {
			if p.(map[string]any)["description"] == nil {
				t.Errorf("the field %s of %s has no description", key, typ)
			}
		}
	}
}

// All that is said of fields is said of some type's.
func TestSchemaFieldsExist(t *testing.T) {
	known := map[string]bool{}
	for _, typ := range state.Types() {
		for _, f := range state.Fields(typ) {
			known[f.Name], known[string(typ)+"."+f.Name] = true, true
		}
	}
	for key := range config.SchemaFields() {
		if !known[key] {
			t.Errorf("no type has a field %s", key)
		}
	}
}

func TestSchemaOfNothing(t *testing.T) {
	if _, err := config.Schema("plans"); err == nil || !strings.Contains(err.Error(), "config, octodns, records") {
		t.Errorf("Schema = %v, want an error that lists them", err)
	}
}
