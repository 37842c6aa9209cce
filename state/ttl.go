package state

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// TTL is a time to live in seconds, or TTLAuto.
type TTL uint32

// TTLAuto leaves the TTL to the service. It is a value of its own: no number of
// seconds equals it.
const TTLAuto TTL = 1<<32 - 1

// maxTTL is the largest TTL in seconds (RFC 2181 section 8).
const maxTTL = 1<<31 - 1

// units of a TTL, in seconds.
var units = map[byte]uint64{'s': 1, 'm': 60, 'h': 3600, 'd': 86400, 'w': 604800}

// ParseTTL parses seconds ("300"), numbers with units ("5m", "1h30m", "2d") or
// "auto".
func ParseTTL(s string) (TTL, error) {
	if strings.EqualFold(s, "auto") {
		return TTLAuto, nil
	}
	text := strings.ToLower(s)
	if text != "" && isDigit(text[len(text)-1]) {
		text += "s"
	}
	if text == "" {
		return 0, errors.New("the TTL is empty: write seconds, or a number with s, m, h, d or w, or auto")
	}
	total, start := uint64(0), 0 // of the number that is being read
	for i := range len(text) {
		if isDigit(text[i]) {
			continue
		}
		n, err := strconv.ParseUint(text[start:i], 10, 64)
		unit, ok := units[text[i]]
		if !ok || err != nil && !errors.Is(err, strconv.ErrRange) {
			return 0, fmt.Errorf("%s is not a TTL: write seconds, or a number with s, m, h, d or w, or auto", short(s))
		}
		if n > maxTTL || total+n*unit > maxTTL {
			return 0, fmt.Errorf("the TTL %s is over %d seconds", short(s), maxTTL)
		}
		total, start = total+n*unit, i+1
	}
	return TTL(total), nil
}

// String returns seconds in decimal, or "auto".
func (t TTL) String() string {
	if t == TTLAuto {
		return "auto"
	}
	return strconv.FormatUint(uint64(t), 10)
}

// MarshalJSON writes a number of seconds, or the string "auto".
func (t TTL) MarshalJSON() ([]byte, error) {
	if t == TTLAuto {
		return []byte(`"auto"`), nil
	}
	return []byte(t.String()), nil
}

// UnmarshalJSON reads what MarshalJSON writes.
func (t *TTL) UnmarshalJSON(b []byte) error {
	if string(b) == `"auto"` {
		*t = TTLAuto
		return nil
	}
	var n uint32
	if err := json.Unmarshal(b, &n); err != nil || n > maxTTL {
		return fmt.Errorf("ttl %s: want seconds up to %d, or \"auto\"", b, maxTTL)
	}
	*t = TTL(n)
	return nil
}
