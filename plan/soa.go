package plan

import (
	"slices"
	"strings"

	"github.com/zoneloom/zoneloom/state"
)

func isSOA(k state.Key, zone state.Name) bool { return k.Type == state.SOA && k.Name == zone }

// serialField is the place of the serial in canonical SOA data. It belongs to
// the server, which raises it with every change, and is never compared.
const serialField = 2

// withSerial returns SOA data with the serial of other SOA data, so that the two
// are equal if nothing else differs.
func withSerial(data, of string) string {
	fields, from := strings.Fields(data), strings.Fields(of)
	if len(fields) <= serialField || len(from) <= serialField {
		return data
	}
	fields[serialField] = from[serialField]
	return strings.Join(fields, " ")
}

// sameSerial returns the SOA set want with the serial of live, and any other set
// as it is.
func sameSerial(want, live *state.RRset) *state.RRset {
	if want == nil || want.Type != state.SOA || live == nil || len(live.Records) != 1 || len(want.Records) != 1 {
		return want
	}
	records := slices.Clone(want.Records)
	records[0].Data = withSerial(records[0].Data, live.Records[0].Data)
	return &state.RRset{Key: want.Key, Attrs: want.Attrs, Records: records}
}

// mayReplace reports whether what z puts at k may replace what it didn't see: a
// zone that z creates is born with an SOA of the service's making.
func (z *Zone) mayReplace(k state.Key) bool { return z.Create && isSOA(k, z.Name) }

// replaceSOA returns the creation c of an SOA as the change that it is beside
// the one that is there now.
func replaceSOA(c state.Change, now *state.RRset) state.Change {
	c.Before, c.After = now, sameSerial(c.After, now)
	c.Pairs = []state.Pair{{Before: 0, After: 0}}
	return c
}
