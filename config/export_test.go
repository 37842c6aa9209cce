package config

import "slices"

// LoadParts is Load with a given size of the parts in which files are parsed.
var LoadParts = load

// AllKeys returns the fixed keys of files, zones and records.
func AllKeys() []string { return slices.Concat(rootKeys, defaultKeys, zoneKeys, recordKeys) }
