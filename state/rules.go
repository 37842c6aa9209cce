package state

import (
	"maps"
	"slices"
	"strings"
)

// Rules say which records of a zone its owner claims, and what must not be lost.
type Rules struct {
	// Prune deletes records that nobody declared. Without it, RRsets whose name
	// and type aren't declared are spared.
	Prune bool
	// Ignore marks live records as somebody else's.
	Ignore []Pattern
	// Protect marks records that a plan may not take away without leave.
	Protect []Pattern
	// ApexNS says what becomes of the NS records at the apex.
	ApexNS ApexNS
	// Limits of the guards that count, by guard, where they differ from
	// DefaultLimits.
	Limits map[string]Limit
}

// Braked returns r with the brakes of o in force as well: what either protects is
// protected, and of each limit the stricter number holds. What is claimed stays
// as r says.
func (r Rules) Braked(o Rules) Rules {
	r.Protect = slices.Clone(r.Protect)
	for _, p := range o.Protect {
		if !slices.Contains(r.Protect, p) {
			r.Protect = append(r.Protect, p)
		}
	}
	limits, theirs, builtIn := maps.Clone(r.Limits), o.Limits, DefaultLimits()
	for guard, l := range builtIn {
		a, b := l, l
		if set, ok := limits[guard]; ok {
			a = set
		}
		if set, ok := theirs[guard]; ok {
			b = set
		}
		strict := Limit{min(a.Count, b.Count), min(a.Percent, b.Percent), min(a.Most, b.Most)}
		if a.Most == 0 || b.Most == 0 { // which is no limit
			strict.Most = max(a.Most, b.Most)
		}
		if strict == a {
			continue
		}
		if limits == nil {
			limits = map[string]Limit{}
		}
		limits[guard] = strict
	}
	r.Limits = limits
	return r
}

// ApexNS is how far a zone's owner manages the NS RRset at the apex.
type ApexNS string

// The ways to treat the NS RRset at the apex. Names that are the service's own
// always stay. The zero value is leave where no apex NS is declared, else exact.
const (
	ApexNSLeave ApexNS = "leave" // not touched
	ApexNSMerge ApexNS = "merge" // declared ones are added, none is deleted
	ApexNSExact ApexNS = "exact" // exactly the declared ones, and the service's own
)

// Limit bounds a guard that counts RRsets: it trips over max(Count, Percent % of
// the RRsets read), and over Most where that isn't 0.
type Limit struct{ Count, Percent, Most int }

// DefaultLimits returns the built-in limits of the guards that count, by guard.
func DefaultLimits() map[string]Limit {
	return map[string]Limit{
		"delete-many": {Count: 3, Percent: 30, Most: 100},
		"change-many": {Count: 10, Percent: 30},
	}
}

// Pattern matches records by glob patterns, in which * stands for any number of
// characters, dots included. An empty field matches everything.
type Pattern struct {
	// Name is compared with the name relative to the zone ("@" at the apex), or
	// with the absolute name where the pattern ends in a dot.
	Name string
	Type string
	Data string // compared with the canonical data, and for TXT with the plain text too
}

// Match reports whether p matches a record of key k with data in zone.
func (p Pattern) Match(zone Name, k Key, data string) bool {
	name := k.Name.Relative(zone)
	if strings.HasSuffix(p.Name, ".") {
		name = string(k.Name)
	}
	return (p.Name == "" || Glob(strings.ToLower(p.Name), name)) &&
		(p.Type == "" || Glob(strings.ToUpper(p.Type), string(k.Type))) &&
		(p.Data == "" || Glob(p.Data, data) || k.Type.IsText() && Glob(p.Data, strings.Join(TXTStrings(data), "")))
}

// Glob reports whether pattern, in which * stands for any number of characters,
// matches the whole of s. It takes at most len(pattern)*len(s) steps.
func Glob(pattern, s string) bool {
	star, mark := -1, 0
	p, i := 0, 0
	for i < len(s) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, i
			p++
		case p < len(pattern) && pattern[p] == s[i]:
			p++
			i++
		case star >= 0:
			mark++
			p, i = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}
