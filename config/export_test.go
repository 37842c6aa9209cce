package config

// LoadParts is Load with a given size of the parts in which files are parsed.
var LoadParts = load
