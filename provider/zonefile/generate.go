package zonefile

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/zoneloom/zoneloom/state"
)

// maxSteps bounds one $GENERATE.
const maxSteps = 1 << 16

// generate makes records from a pattern, as BIND defines it: range, owner, TTL
// and class if any, type, and one word of data. It returns where a fault is.
func (f *file) generate(e entry) (int, error) {
	at := e.words[0].start
	if len(e.words) < 5 {
		return at, errors.New(`$GENERATE needs a range, a name, a type and its data, such as "$GENERATE 1-9 host-$ A 192.0.2.$"`)
	}
	start, stop, step, err := parseRange(f.word(e.words[1]))
	if err != nil {
		return e.words[1].start, err
	}
	if f.generated += (stop-start)/step + 1; (stop-start)/step >= maxSteps || f.generated > maxGenerated {
		return e.words[1].start, fmt.Errorf("a $GENERATE makes at most %d records, and a zone %d of them", maxSteps, maxGenerated)
	}
	// What follows the range is a record, whose owner and data are patterns.
	body := entry{start: e.start, end: e.end, line: e.line, words: e.words[2:]}
	pattern, ok := f.generator(body)
	if !ok {
		return at, nil // it is told already
	}
	if left := len(body.words) - pattern.rdata; left != 1 {
		return at, errors.New("the data of a $GENERATE is one word: put it in quotes where it has blanks")
	}
	for i := start; i <= stop; i += step {
		before := len(f.errs)
		if at, err := f.generateOne(body, pattern, i); err != nil || len(f.errs) > before {
			return at, err // one fault is enough
		}
	}
	return at, nil
}

// generator reads what stands between the patterns of owner and data.
func (f *file) generator(body entry) (header, bool) {
	owner := f.owner
	defer func() { f.owner = owner }()
	f.owner = f.origin // any will do: each record has its own
	rest := body
	rest.words, rest.indent = body.words[1:], true
	h, ok := f.header(rest)
	h.rest, h.rdata = 1, h.rdata+1
	if h.ttlWord >= 0 {
		h.ttlWord++
	}
	return h, ok
}

// generateOne adds the record of one step.
func (f *file) generateOne(body entry, pattern header, i int) (int, error) {
	ownerAt, dataAt := body.words[0].start, body.words[pattern.rdata].start
	text, err := expand(f.word(body.words[0]), i)
	if err != nil {
		return ownerAt, err
	}
	owner, err := state.ParseName(octets(text), f.origin)
	if err != nil {
		return ownerAt, err
	}
	text = f.word(body.words[pattern.rdata])
	if text[0] == '"' {
		text = text[1 : len(text)-1]
	}
	if text, err = expand(text, i); err != nil {
		return dataAt, err
	}
	data, err := f.data(pattern.typ, text, f.origin)
	if err != nil {
		return dataAt, err
	}
	ttl, stated := pattern.ttl, pattern.ttlWord >= 0
	if !stated {
		if ttl, stated = f.ttls.implied(pattern.typ, data); !stated {
			return ownerAt, errors.New("the records have no TTL, and nothing before them says one: write $TTL and a number at the top of the file")
		}
	}
	r := record{stated: ttl, line: -1}
	r.Key, r.Data, r.TTL = state.Key{Name: owner, Type: pattern.typ}, data, ttl
	f.add(ownerAt, r)
	return ownerAt, nil
}

// parseRange reads start-stop or start-stop/step.
func parseRange(s string) (start, stop, step int, err error) {
	bounds, steps, stepped := strings.Cut(s, "/")
	from, to, found := strings.Cut(bounds, "-")
	number := func(s string) int {
		n, e := strconv.ParseUint(s, 10, 31)
		if e != nil {
			found = false
		}
		return int(n)
	}
	start, stop, step = number(from), number(to), 1
	if stepped {
		step = number(steps)
	}
	switch {
	case !found || step == 0:
		return 0, 0, 0, fmt.Errorf("%q is not a range: write start-stop or start-stop/step, such as 1-9 or 0-255/5", s)
	case stop < start:
		return 0, 0, 0, fmt.Errorf("the range %q ends before it begins", s)
	}
	return start, stop, step, nil
}

// expand puts the number i into a pattern: $ stands for it, ${offset,width,base}
// for it in another form, and $$ or \$ for the character itself.
func expand(pattern string, i int) (string, error) {
	var b strings.Builder
	for n := 0; n < len(pattern); n++ {
		rest := pattern[n+1:]
		switch c := pattern[n]; {
		case c == '\\' && rest != "":
			b.WriteString(pattern[n : n+2])
			n++
		case c != '$':
			b.WriteByte(c)
		case strings.HasPrefix(rest, "$"):
			b.WriteString(`\$`)
			n++
		case strings.HasPrefix(rest, "{"):
			end := strings.IndexByte(rest, '}')
			if end < 0 {
				return "", fmt.Errorf("the brace after $ in %q isn't closed", pattern)
			}
			text, err := modified(rest[1:end], i)
			if err != nil {
				return "", err
			}
			b.WriteString(text)
			n += end + 1
		default:
			b.WriteString(strconv.Itoa(i))
		}
	}
	return b.String(), nil
}

// modified returns i as a modifier asks: offset, and width and base if any.
func modified(modifier string, i int) (string, error) {
	fault := fmt.Errorf("${%s} is no modifier: write ${offset}, ${offset,width} or ${offset,width,base} with base d, o, x, X, n or N", modifier)
	parts := strings.Split(modifier, ",")
	offset, err := strconv.ParseInt(parts[0], 10, 32)
	width, base := uint64(0), "d"
	if err == nil && len(parts) > 1 {
		width, err = strconv.ParseUint(parts[1], 10, 8)
	}
	if len(parts) > 2 {
		base = parts[2]
	}
	value := int64(i) + offset
	if err != nil || len(parts) > 3 {
		return "", fault
	}
	if value < 0 {
		return "", fmt.Errorf("${%s} makes %d of %d: the numbers of a $GENERATE aren't negative", modifier, value, i)
	}
	switch base {
	case "d", "o", "x", "X":
		return fmt.Sprintf("%0*"+base, int(width), value), nil
	case "n", "N":
		return nibbles(value, int(width), base == "N"), nil
	}
	return "", fault
}

// nibbles returns the hex digits of n from the last on, with dots between them,
// in at least width characters, as names below ip6.arpa need them.
func nibbles(n int64, width int, upper bool) string {
	digits := "0123456789abcdef"
	if upper {
		digits = "0123456789ABCDEF"
	}
	var b strings.Builder
	for {
		b.WriteByte(digits[n&15])
		n >>= 4
		width = max(width-1, 0)
		if n == 0 && width == 0 {
			return b.String()
		}
		b.WriteByte('.')
		width = max(width-1, 0)
		if n == 0 && width == 0 {
			return b.String()
		}
	}
}
