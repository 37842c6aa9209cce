package config

import (
	"maps"

	"gopkg.in/yaml.v3"

	"github.com/zoneloom/zoneloom/state"
)

// A dialect is a way of writing the records of a zone. It reads nodes and tells
// a builder what they declare; all that holds for zones in general (which files
// there are, defaults, duplicates, what proxied and ttl come to) is the
// builder's.
//
// The loader calls records once for each mapping of names to records: the one
// under the zone's records, and the whole of each file. A large mapping may come
// in several calls, one after the other, between one builder.begin and the next,
// so that a dialect must not expect to see all of it at once. A folder that the
// zone's file names is the dialect's to read, with loader.read for its files.
//
// For each RRset a dialect calls builder.set, then builder.add for each of its
// values. Faults go to source.errorf, warnings to source.warnf; it walks on to
// find the next one.
type dialect interface {
	// records declares what a mapping of names to records holds.
	records(b *builder, s *source, mapping *yaml.Node)
	// parse returns the top node of a file of records, or nil after a fault.
	parse(s *source, data []byte) *yaml.Node
	// folder declares what the files of a folder hold; from is where it is named.
	folder(b *builder, dir string, from place)
	// builtIn returns what holds where neither record nor zone say otherwise.
	builtIn() defaults
	// own reports that the configuration's defaults for ttl and proxied don't
	// reach zones of this dialect.
	own() bool
	// tags reports that tags and merge keys have a meaning.
	tags() bool
}

// dialects by their names in the configuration.
var dialects = map[string]dialect{
	"native":  native{},
	"octodns": octodns{},
}

// written is what is written on one record or value, besides its data.
type written struct {
	ttl     *state.TTL
	ttlAt   place // where ttl stands; zero where the record itself will do
	proxied *bool
	more    map[string]any // other attributes by their flat keys
}

// over returns w laid over what is written on the record around it.
func (w written) over(record written) written {
	if w.ttl == nil {
		w.ttl, w.ttlAt = record.ttl, record.ttlAt
	}
	if w.proxied == nil {
		w.proxied = record.proxied
	}
	if len(record.more) == 0 {
		return w
	}
	merged := make(map[string]any, len(w.more)+len(record.more))
	maps.Copy(merged, record.more)
	maps.Copy(merged, w.more)
	w.more = merged
	return w
}
