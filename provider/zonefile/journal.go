package zonefile

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
)

// The header of a BIND journal: 16 octets that say so, then the first serial,
// where it begins, the last serial, where it ends.
const (
	journalMagic  = ";BIND LOG V9"
	journalSerial = 24
	journalHeader = 28
)

// journal refuses a file that lags behind a journal of BIND beside it: the
// server was told of changes (UPDATE) that the file doesn't have yet.
func (z *zone) journal(root *os.Root, m *master) error {
	f, err := root.Open(z.file + ".jnl")
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read %s.jnl: %w", z.file, pathless(err))
	}
	defer func() { _ = f.Close() }()
	head := make([]byte, journalHeader)
	if _, err := io.ReadFull(f, head); err != nil || !strings.HasPrefix(string(head), journalMagic) {
		return nil // it is no journal, or an empty one
	}
	if m.soa < 0 {
		return nil
	}
	served, filed := binary.BigEndian.Uint32(head[journalSerial:]), serialOf(m.records[m.soa].Data)
	if ahead := served - filed; served != 0 && ahead != 0 && ahead < 1<<31 {
		return fmt.Errorf("%s has serial %d, but its journal %s.jnl goes up to %d: the server took changes that the file doesn't have yet; run rndc sync, or use a provider of type rfc2136 for zones that are updated over DNS", z.file, filed, z.file, served)
	}
	return nil
}
