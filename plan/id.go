package plan

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"strconv"

	"github.com/zoneloom/zoneloom/state"
)

// ID identifies what p does: the SHA-256 of the canonical JSON (RFC 8785) of a
// list of objects, one for each zone that p changes or creates, with its zone,
// target, create_zone, and for each of its changes name, type, before, after and
// beside, as far as there are such. Where a record is declared and which records
// are kept makes no difference.
func (p *Plan) ID() string {
	hash := sha256.New()
	w := bufio.NewWriterSize(hash, 1<<16)
	sep := byte('[')
	for i := range p.Zones {
		if z := &p.Zones[i]; !z.Empty() {
			writeByte(w, sep)
			writeCanonical(w, z)
			sep = ','
		}
	}
	if sep == '[' {
		writeByte(w, sep)
	}
	writeByte(w, ']')
	if err := w.Flush(); err != nil {
		panic(err) // a hash takes everything
	}
	return "sha256:" + hex.EncodeToString(hash.Sum(nil))
}

// writeByte leaves the error to Flush, as bufio does.
func writeByte(w *bufio.Writer, b byte) { _ = w.WriteByte(b) }

// writeCanonical writes z with the keys of each object sorted.
func writeCanonical(w *bufio.Writer, z *Zone) {
	b := append(canonical.key([]byte{'{'}, "changes"), '[')
	for i := range z.Changes {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendCanonical(b, &z.Changes[i])
		_, _ = w.Write(b)
		b = b[:0]
	}
	b = append(b, ']', ',')
	b = strconv.AppendBool(canonical.key(b, "create_zone"), z.Create)
	b = appendString(canonical.key(append(b, ','), "target"), z.Target)
	b = appendString(canonical.key(append(b, ','), "zone"), string(z.Name))
	_, _ = w.Write(append(b, '}'))
}

func appendCanonical(b []byte, c *state.Change) []byte {
	b = append(b, '{')
	if len(c.After.Ours()) > 0 {
		b = append(canonical.set(canonical.key(b, "after"), c.After), ',')
	}
	if len(c.Before.Ours()) > 0 {
		b = append(canonical.set(canonical.key(b, "before"), c.Before), ',')
	}
	b = canonical.beside(b, c.Beside)
	b = appendString(canonical.key(b, "name"), string(c.Name))
	b = appendString(canonical.key(append(b, ','), "type"), string(c.Type))
	return append(b, '}')
}
