package lint

import (
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/zoneloom/zoneloom/state"
)

// spfWord is a mechanism or a modifier (RFC 7208 section 4.6.1).
type spfWord struct {
	qualifier byte // 0 of a modifier
	name      string
	value     string // a domain, an address, or nothing
}

func text(r state.Record) string { return strings.Join(state.TXTStrings(r.Data), "") }

func isSPF(text string) bool {
	text = strings.ToLower(text)
	return text == "v=spf1" || strings.HasPrefix(text, "v=spf1 ")
}

var (
	spfModifier = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9._-]*)=(.*)$`)
	spfLength   = regexp.MustCompile(`^(.*?)(?:/([0-9]+))?(?://([0-9]+))?$`)
	spfMacro    = regexp.MustCompile(`%(%|_|-|\{[slodiphcrtvSLODIPHCRTV][0-9]*[rR]?[.+,/_=-]*\})`)
	spfTopLabel = regexp.MustCompile(`\.([A-Za-z0-9-]*[A-Za-z][A-Za-z0-9-]*|[A-Za-z0-9]+-[A-Za-z0-9-]*)\.?$`)
)

// parseSPF returns the terms of a record, which begins with its version.
func parseSPF(record string) ([]spfWord, error) {
	var terms []spfWord
	seen := map[string]bool{}
	for word := range strings.SplitSeq(record[len("v=spf1"):], " ") {
		if word == "" {
			continue
		}
		t, err := parseSPFWord(word)
		if err != nil {
			return nil, err
		}
		if t.name == "redirect" || t.name == "exp" {
			if seen[t.name] {
				return nil, fmt.Errorf("%s stands in it twice", t.name)
			}
			seen[t.name] = true
		}
		terms = append(terms, t)
	}
	return terms, nil
}

func parseSPFWord(word string) (spfWord, error) {
	if m := spfModifier.FindStringSubmatch(word); m != nil {
		t := spfWord{name: strings.ToLower(m[1]), value: m[2]}
		if t.name == "redirect" || t.name == "exp" {
			return t, spfDomain(word, t.value)
		}
		return t, spfMacros(word, t.value)
	}
	t := spfWord{qualifier: '+'}
	rest := word
	if strings.IndexByte("+-?~", word[0]) >= 0 {
		t.qualifier, rest = word[0], word[1:]
	}
	end := strings.IndexAny(rest, ":/")
	if end < 0 {
		end = len(rest)
	}
	t.name, rest = strings.ToLower(rest[:end]), rest[end:]
	value, hasValue := strings.CutPrefix(rest, ":")
	switch t.name {
	case "all":
		if rest != "" {
			return t, fmt.Errorf("%q: all takes nothing after it", word)
		}
		return t, nil
	case "ip4", "ip6":
		t.value = value
		return t, spfNetwork(word, t.name, value)
	case "include", "exists":
		t.value = value
		return t, spfDomain(word, value)
	case "a", "mx", "ptr":
		m := spfLength.FindStringSubmatch(rest)
		if t.name == "ptr" && m[2]+m[3] != "" || tooLong(m[2], 32) || tooLong(m[3], 128) {
			return t, fmt.Errorf("%q has no valid length after its /", word)
		}
		if !hasValue {
			if m[1] != "" {
				return t, fmt.Errorf("%q isn't well formed", word)
			}
			return t, nil
		}
		t.value = m[1][1:]
		return t, spfDomain(word, t.value)
	}
	return t, fmt.Errorf("%q is no term of SPF", word)
}

func tooLong(length string, most int) bool {
	n, err := strconv.Atoi(length)
	return length != "" && (err != nil || n > most)
}

func spfNetwork(word, kind, value string) error {
	addr, length, _ := strings.Cut(value, "/")
	a, err := netip.ParseAddr(addr)
	if err != nil || a.Is4() != (kind == "ip4") || a.Zone() != "" || strings.HasSuffix(value, "/") || tooLong(length, a.BitLen()) {
		return fmt.Errorf("%q has no %s address or network", word, map[string]string{"ip4": "IPv4", "ip6": "IPv6"}[kind])
	}
	return nil
}

func spfMacros(word, value string) error {
	if strings.Contains(spfMacro.ReplaceAllString(value, ""), "%") {
		return fmt.Errorf("%q has a %% that begins no macro", word)
	}
	return nil
}

func spfDomain(word, value string) error {
	if err := spfMacros(word, value); err != nil {
		return err
	}
	if !strings.HasSuffix(value, "}") && !spfTopLabel.MatchString(value) {
		return fmt.Errorf("%q needs a domain", word)
	}
	return nil
}

// spfAt returns the SPF records among sets.
func spfAt(sets []state.RRset) []state.Record {
	if s := find(sets, state.TXT); s != nil {
		whole, _ := spfOf(*s)
		return whole
	}
	return nil
}

// spfRecords yields the SPF records that are well formed, with their terms up to
// the first all.
func (z *zone) spfRecords(yield func(state.Key, state.Record, []spfWord)) {
	z.records(func(k state.Key, r state.Record) {
		if t := text(r); isSPF(t) {
			if terms, err := parseSPF(t); err == nil {
				yield(k, r, effective(terms))
			}
		}
	}, state.TXT)
}

// effective returns the terms that count: mechanisms up to the first all, and
// redirect only where there is no all (RFC 7208 sections 5.1 and 6.1).
func effective(terms []spfWord) []spfWord {
	i := slices.IndexFunc(terms, func(t spfWord) bool { return t.name == "all" && t.qualifier != 0 })
	if i < 0 {
		return terms
	}
	return terms[:i+1]
}

// target returns the name that a term looks up, "" where that isn't known
// before a mail arrives.
func (t spfWord) target(domain state.Name) state.Name {
	if t.value == "" {
		return domain
	}
	if strings.Contains(t.value, "%") {
		return ""
	}
	n, err := state.ParseName(t.value, ".")
	if err != nil {
		return ""
	}
	return n
}

// spfCost is what an evaluation of the SPF record at a name takes.
type spfCost struct {
	lookups int
	outside int // of those, includes of names that aren't ours: they cost more
	busy    bool
}

// isLookup reports whether t counts as one (RFC 7208 section 4.6.4).
func (t spfWord) isLookup() bool {
	switch t.name {
	case "include", "a", "mx", "ptr", "exists", "redirect":
		return true
	}
	return false
}

var errSPFLoop = errors.New("it includes itself")

// cost returns what the SPF record at domain takes. What is included and isn't
// ours counts as one lookup.
func (z *zone) cost(domain state.Name) (*spfCost, error) {
	if c := z.spf[domain]; c != nil {
		if c.busy {
			return c, errSPFLoop
		}
		return c, nil
	}
	c := &spfCost{busy: true}
	z.spf[domain] = c
	defer func() { c.busy = false }()
	t := z.follow(domain)
	records := spfAt(t.sets)
	if len(records) != 1 {
		return c, nil
	}
	terms, err := parseSPF(text(records[0]))
	if err != nil {
		return c, nil // another rule says so
	}
	for _, t := range effective(terms) {
		if !t.isLookup() {
			continue
		}
		c.lookups++
		if t.name != "include" && t.name != "redirect" {
			continue
		}
		target := t.target(domain)
		if target == "" || z.follow(target).status == elsewhere {
			c.outside++
			continue
		}
		inner, err := z.cost(target)
		if err != nil {
			return c, err
		}
		c.lookups += inner.lookups
		c.outside += inner.outside
	}
	c.lookups = min(c.lookups, 1000)
	return c, nil
}

func spfSyntax(z *zone) {
	z.records(func(k state.Key, r state.Record) {
		t := text(r)
		lower := strings.ToLower(t)
		switch {
		case isSPF(t):
			if _, err := parseSPF(t); err != nil {
				z.report(k, r, "", "the SPF record isn't well formed: %s", err)
			}
		case strings.HasPrefix(lower, "v=spf") && !strings.HasPrefix(lower, "v=spf1"), strings.HasPrefix(lower, "v=spf1") && !isDigitAt(lower, 6):
			z.report(k, r, `begin it with "v=spf1 "`, "this is meant as an SPF record and isn't one")
		}
	}, state.TXT)
}

func isDigitAt(s string, i int) bool { return i < len(s) && s[i] >= '0' && s[i] <= '9' }

// mostLookups is what RFC 7208 section 4.6.4 allows.
const mostLookups = 10

func spfLookups(z *zone) {
	z.spfRecords(func(k state.Key, r state.Record, _ []spfWord) {
		c, err := z.cost(k.Name)
		switch {
		case err != nil:
			z.report(k, r, "take the include out", "the SPF record can't be evaluated: %s", err)
		case c.lookups > mostLookups && c.outside > 0:
			z.report(k, r, "name addresses with ip4 and ip6, or take out what isn't used",
				"the SPF record needs at least %d lookups, and %d are allowed; what others include comes on top", c.lookups, mostLookups)
		case c.lookups > mostLookups:
			z.report(k, r, "name addresses with ip4 and ip6, or take out what isn't used",
				"the SPF record needs %d lookups, and %d are allowed", c.lookups, mostLookups)
		}
	})
}

func spfPassAll(z *zone) {
	z.spfRecords(func(k state.Key, r state.Record, terms []spfWord) {
		if n := len(terms); n > 0 && terms[n-1].name == "all" && terms[n-1].qualifier == '+' {
			z.report(k, r, "write -all or ~all", "the SPF record ends in +all, which lets everybody send as this domain")
		}
	})
}

func spfPTR(z *zone) {
	z.spfRecords(func(k state.Key, r state.Record, terms []spfWord) {
		if slices.ContainsFunc(terms, func(t spfWord) bool { return t.name == "ptr" && t.qualifier != 0 }) {
			z.report(k, r, "name the addresses with ip4 and ip6", "ptr is slow and unreliable, and should not be used (RFC 7208 section 5.5)")
		}
	})
}

func spfDangling(z *zone) {
	z.spfRecords(func(k state.Key, r state.Record, terms []spfWord) {
		for _, t := range terms {
			target := t.target(k.Name)
			if target == "" || t.name != "include" && t.name != "redirect" {
				continue
			}
			if to := z.follow(target); to.status != elsewhere && !to.loop && len(spfAt(to.sets)) == 0 {
				z.report(k, r, "declare one there, or take the "+t.name+" out", "%s has no SPF record, which makes this one an error", target)
			}
		}
	})
}

func spfVoid(z *zone) {
	z.spfRecords(func(k state.Key, r state.Record, terms []spfWord) {
		for _, t := range terms {
			target := t.target(k.Name)
			if target == "" || t.qualifier == 0 || t.name != "a" && t.name != "mx" && t.name != "exists" {
				continue
			}
			to := z.follow(target)
			want := hasAddress(to.sets)
			if t.name == "mx" {
				want = find(to.sets, state.MX) != nil
			}
			if to.status != elsewhere && !to.loop && !want {
				z.report(k, r, "take it out", "%s looks up %s in vain, and after two of those the record is an error", t.name, target)
			}
		}
	})
}
