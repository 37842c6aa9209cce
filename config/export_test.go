package config

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/zoneloom/zoneloom/state"
)

// LoadParts is Load with a given size of the parts in which files are parsed.
var LoadParts = load

// AllKeys returns the fixed keys of files, zones and records.
func AllKeys() []string { return slices.Concat(rootKeys, defaultKeys, zoneKeys, recordKeys) }

// KeysOf returns the fixed keys by the definition of the schema that is for them.
func KeysOf() map[string][]string {
	return map[string][]string{
		"": rootKeys, "defaults": defaultKeys, "zone": zoneKeys, "record": recordKeys, "wrapper": valueKeys,
		"policy": policyKeys, "waiver": waiverKeys, "lint_item": lintZoneKeys, "soa": soaKeys,
		"guards": slices.Sorted(maps.Keys(state.DefaultLimits())), "limit": limitKeys, "octodns_record": append(octoKeys, octoOnly...),
	}
}

// SchemaFields returns what is said of fields, by name or by type and name.
func SchemaFields() map[string]any {
	var top struct{ Fields map[string]any }
	if err := json.Unmarshal(schemaText, &top); err != nil {
		panic(err)
	}
	return top.Fields
}
