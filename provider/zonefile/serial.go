package zonefile

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/zoneloom/zoneloom/state"
)

// The ways to raise the serial of an SOA. A serial is raised each time that the
// file is written, and the file is written only where a record changes.
const (
	SerialIncrement = "increment" // by one
	SerialDate      = "date"      // YYYYMMDDnn, the day in UTC
	SerialUnix      = "unix"      // seconds since 1970
)

// nextSerial returns a serial that is greater than the last in the arithmetic of
// RFC 1982: what the rule says, or one more where that isn't greater. It is
// never 0, which some secondaries take for none.
func nextSerial(rule string, last uint32, now time.Time) uint32 {
	next := last + 1
	switch rule {
	case SerialDate:
		day := now.UTC()
		first := uint32(day.Year()*1000000 + int(day.Month())*10000 + day.Day()*100)
		next = later(last, first)
	case SerialUnix:
		next = later(last, uint32(now.Unix())) // it wraps in 2106, as serials do
	}
	if next == 0 {
		return 1
	}
	return next
}

// later returns wanted where it comes after last, else the one after last.
func later(last, wanted uint32) uint32 {
	if diff := wanted - last; diff != 0 && diff < 1<<31 {
		return wanted
	}
	return last + 1
}

// The fields of an SOA, by their places in RDATA.
const (
	soaSerial = 2
	soaFields = 7
)

// serialOf returns the serial in the data of an SOA.
func serialOf(data string) uint32 {
	n, _ := strconv.ParseUint(state.SplitData(state.SOA, data)[soaSerial], 10, 32) // canonical data
	return uint32(n)
}

// withSerial returns the data of an SOA with another serial.
func withSerial(data string, serial uint32) string {
	values := slices.Clone(state.SplitData(state.SOA, data))
	values[soaSerial] = strconv.FormatUint(uint64(serial), 10)
	return state.JoinData(state.SOA, values)
}

func validateSerial(rule string) error {
	switch rule {
	case "", SerialIncrement, SerialDate, SerialUnix:
		return nil
	}
	return fmt.Errorf("serial %q is no rule: write %s, %s or %s", rule, SerialIncrement, SerialDate, SerialUnix)
}
