package live

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/miekg/dns"

	"github.com/zoneloom/zoneloom/state"
)

// codeOf returns the number of a type as it is asked for; false for a type that
// is never sent.
func codeOf(t state.Type) (uint16, bool) {
	if code, ok := dns.StringToType[string(t)]; ok {
		return code, true
	}
	digits, found := strings.CutPrefix(string(t), "TYPE")
	n, err := strconv.ParseUint(digits, 10, 16)
	return uint16(n), found && err == nil
}

// dataOf returns the RDATA of a record in canonical form. It goes by the octets:
// a library's presentation form would have to be read by another's rules.
func dataOf(rr dns.RR, t state.Type) (string, error) {
	generic, ok := rr.(*dns.RFC3597)
	if !ok {
		generic = new(dns.RFC3597)
		if err := generic.ToRFC3597(rr); err != nil {
			return "", fmt.Errorf("%s %s: %w", rr.Header().Name, t, err)
		}
	}
	return state.ParseData(t, fmt.Sprintf(`\# %d %s`, len(generic.Rdata)/2, generic.Rdata), nil)
}

// rrset is what a server answered for one name and type.
type rrset struct {
	data []string // canonical and sorted, each once
	ttl  state.TTL
}

// find returns the records of a name and type among rrs.
func find(rrs []dns.RR, name state.Name, t state.Type) (rrset, error) {
	code, _ := codeOf(t)
	var set rrset
	for _, rr := range rrs {
		h := rr.Header()
		if h.Rrtype != code || h.Class != dns.ClassINET || ownerOf(h.Name) != name {
			continue
		}
		data, err := dataOf(rr, t)
		if err != nil {
			return rrset{}, err
		}
		set.data = append(set.data, data)
		set.ttl = state.TTL(h.Ttl)
	}
	slices.Sort(set.data)
	set.data = slices.Compact(set.data)
	return set, nil
}

// withoutSerial returns SOA data with a serial of 0.
func withoutSerial(data string) string {
	f := strings.Fields(data)
	if len(f) > 2 {
		f[2] = "0"
	}
	return strings.Join(f, " ")
}
