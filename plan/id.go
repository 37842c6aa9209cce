package plan

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
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

func writeString(w *bufio.Writer, s string) { _, _ = w.WriteString(s) }

// writeCanonical writes z with the keys of each object sorted.
func writeCanonical(w *bufio.Writer, z *Zone) {
	writeString(w, `{"changes":[`)
	var b []byte
	for i := range z.Changes {
		c := &z.Changes[i]
		b = b[:0]
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, '{')
		if len(c.After.Ours()) > 0 {
			b = append(b, `"after":`...)
			b = append(appendSet(b, c.After, canonical), ',')
		}
		if len(c.Before.Ours()) > 0 {
			b = append(b, `"before":`...)
			b = append(appendSet(b, c.Before, canonical), ',')
		}
		b = appendBeside(b, c.Beside, canonical)
		b = append(b, `"name":`...)
		b = appendString(b, string(c.Name))
		b = append(b, `,"type":`...)
		b = appendString(b, string(c.Type))
		b = append(b, '}')
		_, _ = w.Write(b)
	}
	b = append(b[:0], `],"create_zone":`...)
	b = strconv.AppendBool(b, z.Create)
	b = append(b, `,"target":`...)
	b = appendString(b, z.Target)
	b = append(b, `,"zone":`...)
	b = appendString(b, string(z.Name))
	_, _ = w.Write(append(b, '}'))
}
