package state

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/miekg/dns"
)

// params appends SVCB parameters in order of their keys (RFC 9460 section 2.1).
func (r *reader) params(tokens []token) error {
	if len(tokens) == 0 {
		return nil
	}
	words := make([]string, len(tokens))
	for i, t := range tokens {
		var err error
		if words[i], err = r.param(t); err != nil {
			return err
		}
	}
	values, err := parsePairs(words...)
	if err != nil {
		return paramError(words, err)
	}
	return r.pairs(values)
}

// param returns one parameter as key="value" with the value in canonical form.
func (r *reader) param(t token) (string, error) {
	key, value, _ := strings.Cut(t.text, "=")
	if t.quoted || t.inner != strings.HasPrefix(value, `"`) {
		return "", fmt.Errorf(`%s: write parameters as key="value"`, short(t.text))
	}
	if t.inner {
		value = value[1 : len(value)-1]
	}
	octets, err := decode(value)
	if err != nil {
		return "", fmt.Errorf("parameter %s: %w", short(key), err)
	}
	if key = lowerASCII(key); !isParam(key) {
		return "", fmt.Errorf("%s is not a parameter of %s: they are %s, or key and a number",
			short(key), r.t, strings.Join(paramNames[:], ", "))
	}
	return string(appendQuoted([]byte(key+"="), octets)), nil
}

// parsePairs has the library parse parameters.
func parsePairs(words ...string) ([]dns.SVCBKeyValue, error) {
	rr, err := dns.NewRR(header + "SVCB 1 . " + strings.Join(words, " "))
	if err != nil {
		return nil, err
	}
	return rr.(*dns.SVCB).Value, nil
}

// paramError names the one of words that doesn't parse.
func paramError(words []string, err error) error {
	for _, w := range words {
		if _, err := parsePairs(w); err != nil {
			key, value, _ := strings.Cut(w, "=")
			example := "a value of its own kind"
			if i := slices.Index(paramNames[:], key); i >= 0 {
				example = paramExamples[i]
			}
			return fmt.Errorf("parameter %s can't have the value %s: it is written like %s", key, short(splitQuoted(value)), example)
		}
	}
	return plainError(err)
}

// paramNames are the keys of parameters in order of their numbers.
var paramNames = [...]string{"mandatory", "alpn", "no-default-alpn", "port", "ipv4hint", "ech", "ipv6hint", "dohpath", "ohttp"}

// paramExamples are spellings of them.
var paramExamples = [len(paramNames)]string{
	`mandatory="alpn"`, `alpn="h3,h2"`, "no-default-alpn, without a value", `port="8443"`, `ipv4hint="192.0.2.1,192.0.2.2"`,
	`ech="AEX+DQBB...", in base64`, `ipv6hint="2001:db8::1"`, `dohpath="/dns-query{?dns}"`, "ohttp, without a value",
}

// isParam reports whether key names a parameter, known or by number.
func isParam(key string) bool {
	digits, found := strings.CutPrefix(key, "key")
	if n, ok := number(digits, 16); found && ok {
		return n >= uint64(len(paramNames)) && n < 65535 && digits[0] != '0'
	}
	return slices.Contains(paramNames[:], key)
}

// pairs appends parsed parameters, each once, and holds the mandatory ones to
// be there (RFC 9460 section 8).
func (r *reader) pairs(values []dns.SVCBKeyValue) error {
	slices.SortStableFunc(values, func(a, b dns.SVCBKeyValue) int { return int(a.Key()) - int(b.Key()) })
	for i, v := range values {
		if i > 0 {
			r.out = append(r.out, ' ')
			if values[i-1].Key() == v.Key() {
				return fmt.Errorf("parameter %s stands twice", v.Key())
			}
		}
		switch v := v.(type) {
		case *dns.SVCBMandatory:
			if err := checkMandatory(v, values); err != nil {
				return err
			}
		case *dns.SVCBAlpn:
			if len(v.Alpn) == 0 {
				return errors.New(`parameter alpn is empty: leave it out, or name protocols such as alpn="h3,h2"`)
			}
		}
		octets, err := decode(v.String())
		if err != nil {
			return fmt.Errorf("parameter %s: %w", v.Key(), err)
		}
		r.out = append(r.out, v.Key().String()...)
		if octets != "" {
			r.out = appendQuoted(append(r.out, '='), octets)
		}
	}
	return nil
}

// hasParam reports whether key is among values, which are in order.
func hasParam(values []dns.SVCBKeyValue, key dns.SVCBKey) bool {
	_, found := slices.BinarySearchFunc(values, key, func(v dns.SVCBKeyValue, k dns.SVCBKey) int {
		return int(v.Key()) - int(k)
	})
	return found
}

// checkMandatory sorts the keys of m and holds each to be among values once.
func checkMandatory(m *dns.SVCBMandatory, values []dns.SVCBKeyValue) error {
	slices.Sort(m.Code)
	if len(m.Code) == 0 {
		return errors.New(`parameter mandatory is empty: leave it out, or name parameters such as mandatory="alpn"`)
	}
	for i, key := range m.Code {
		switch {
		case i > 0 && m.Code[i-1] == key:
			return fmt.Errorf("parameter mandatory names %s twice", key)
		case key == dns.SVCB_MANDATORY || key.String() == "":
			return fmt.Errorf("parameter mandatory names %q, which can't be mandatory", key.String())
		case !hasParam(values, key):
			return fmt.Errorf("parameter mandatory names %s, which isn't there", key)
		}
	}
	return nil
}
