package state

import (
	"fmt"
	"strings"

	"github.com/miekg/dns"
)

// A LOC's fields that may be left out, in hundredths of a metre (RFC 1876
// section 3).
var locDefaults = [3]int64{1_00, 10_000_00, 10_00}

// location appends a LOC with all its fields.
func (r *reader) location(tokens []token) error {
	words := make([]string, len(tokens))
	for i, t := range tokens {
		if t.quoted || t.inner {
			return fmt.Errorf("%s must stand without quotes", short(t.text))
		}
		words[i] = t.text
	}
	words, err := r.angle(words, "latitude", 90, "NS")
	if err != nil {
		return err
	}
	r.out = append(r.out, ' ')
	if words, err = r.angle(words, "longitude", 180, "EW"); err != nil {
		return err
	}
	if len(words) == 0 {
		return r.needs()
	}
	if len(words) > 4 {
		return fmt.Errorf("%w: %s is left over", r.needs(), short(words[4]))
	}
	height, ok := decimal(metres(words[0]), 2)
	if !ok || height < -100_000_00 || height > 42_849_672_95 {
		return fmt.Errorf("altitude %s is not a number of metres from -100000 to 42849672.95", short(words[0]))
	}
	r.metres(height)
	for i, size := range locDefaults {
		if i+1 < len(words) {
			if size, ok = decimal(metres(words[i+1]), 2); !ok || size < 0 || size > 90_000_000_00 {
				return fmt.Errorf("size or precision %s is not a number of metres from 0 to 90000000", short(words[i+1]))
			}
		}
		r.metres(oneDigit(size))
	}
	return nil
}

// angle appends degrees, minutes, seconds and a direction from the start of
// words, and returns the words after them.
func (r *reader) angle(words []string, what string, most int64, directions string) ([]string, error) {
	var parts [3]int64 // degrees, minutes, thousandths of a second
	limits, decimals := [3]int64{most, 59, 59_999}, [3]int{0, 0, 3}
	for i := 0; i <= len(parts) && i < len(words); i++ {
		word := strings.ToUpper(words[i])
		if i > 0 && len(word) == 1 && strings.Contains(directions, word) {
			if parts[0] == most && parts[1]+parts[2] > 0 {
				return nil, fmt.Errorf("the %s is over %d degrees", what, most)
			}
			if parts == [3]int64{} {
				word = directions[:1] // the same angle either way
			}
			r.out = fmt.Appendf(r.out, "%d %d %d.%03d %s", parts[0], parts[1], parts[2]/1000, parts[2]%1000, word)
			return words[i+1:], nil
		}
		if i == len(parts) {
			break
		}
		n, ok := decimal(word, decimals[i])
		if !ok || n < 0 || n > limits[i] {
			return nil, fmt.Errorf("the %s has %s where %s belong", what, short(words[i]), locUnits(i, most))
		}
		parts[i] = n
	}
	return nil, fmt.Errorf("the %s must end in %s or %s: %w", what, directions[:1], directions[1:], r.needs())
}

func locUnits(i int, most int64) string {
	return [...]string{fmt.Sprintf("0 to %d degrees", most), "0 to 59 minutes", "0 to 59.999 seconds"}[i]
}

// metres returns a length without its unit.
func metres(s string) string {
	return strings.TrimSuffix(strings.TrimSuffix(s, "m"), "M")
}

// metres appends a length in hundredths of a metre.
func (r *reader) metres(n int64) {
	sign := ""
	if n < 0 {
		sign, n = "-", -n
	}
	r.out = fmt.Appendf(r.out, " %s%d.%02dm", sign, n/100, n%100)
}

// oneDigit returns n with all digits but the first set to zero: LOC keeps sizes
// as one digit and a power of ten.
func oneDigit(n int64) int64 {
	power := int64(1)
	for n >= 10 {
		n, power = n/10, power*10
	}
	return n * power
}

// decimal parses a number and returns it as a whole number of its last decimal.
// Further ones are cut off: a LOC has no room for them.
func decimal(s string, decimals int) (int64, bool) {
	s, negative := strings.CutPrefix(s, "-")
	whole, fraction, point := strings.Cut(s, ".")
	if len(whole) > 12 || point && (decimals == 0 || strings.Trim(fraction, "0123456789") != "") {
		return 0, false
	}
	n, ok := number(whole+(fraction + "000")[:decimals], 64)
	if negative {
		return -int64(n), ok && s != "."
	}
	return int64(n), ok && s != "."
}

// setAngles sets a LOC's angles from canonical data: the library reads seconds
// as a float, and so takes 1.001 s for 1.000 s.
func setAngles(loc *dns.LOC, data string) {
	const equator = 1 << 31 // and the prime meridian (RFC 1876 section 2)
	values := SplitData("LOC", data)
	var angles [2]uint32
	for i := range angles {
		v := values[4*i : 4*i+4]
		degrees, _ := decimal(v[0], 0)
		minutes, _ := decimal(v[1], 0)
		thousandths, _ := decimal(v[2], 3)
		angle := uint32((degrees*60+minutes)*60_000 + thousandths)
		if v[3] == "S" || v[3] == "W" {
			angle = -angle
		}
		angles[i] = equator + angle
	}
	loc.Latitude, loc.Longitude = angles[0], angles[1]
}
