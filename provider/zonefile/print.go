package zonefile

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/zoneloom/zoneloom/state"
)

// autoTTL stands for a TTL that the service chooses: what Cloudflare answers
// with where it is automatic.
const autoTTL = 300

// Print writes z as a master file: $ORIGIN and $TTL, the SOA where z has one,
// then the records by name and type, in columns. The same zone gives the same
// bytes. Texts are cut into strings of 255 octets, comments stand behind their
// records, a TTL that is left to the service is written as 300, and an RRset has
// the least of its TTLs; a master file has no place for other attributes, nor for
// more than one TTL. Apart from that, parsing it gives z.
func Print(w io.Writer, z *state.Zone) error {
	b := bufio.NewWriter(w)
	p := printer{zone: z, out: b, ttl: commonTTL(z)}
	p.measure()
	fmt.Fprintf(b, "$ORIGIN %s\n$TTL %d\n", z.Name, p.ttl)
	soa := state.Key{Name: z.Name, Type: state.SOA}
	if set := z.Find(soa); set != nil {
		p.set(set)
	} else {
		fmt.Fprintln(b, "; There is no SOA here: its service keeps it to itself. A server needs one to load this file.")
	}
	for i := range z.RRsets {
		if set := &z.RRsets[i]; set.Key != soa {
			p.set(set)
		}
	}
	return b.Flush()
}

// commonTTL returns the TTL that most records have, the least of several.
func commonTTL(z *state.Zone) state.TTL {
	count := map[state.TTL]int{}
	for _, set := range z.RRsets {
		count[leastTTL(&set)] += len(set.Records)
	}
	best := state.TTL(3600)
	for ttl, n := range count {
		if n > count[best] || n == count[best] && ttl < best {
			best = ttl
		}
	}
	return best
}

// leastTTL returns the TTL of an RRset.
func leastTTL(set *state.RRset) state.TTL {
	least := state.TTLAuto
	for _, r := range set.Records {
		if r.TTL == state.TTLAuto {
			r.TTL = autoTTL
		}
		least = min(least, r.TTL)
	}
	return least
}

// printer writes records in columns.
type printer struct {
	zone                         *state.Zone
	out                          *bufio.Writer
	ttl                          state.TTL
	nameWidth, ttlWidth, tyWidth int
}

// maxColumn bounds the width of the names' column: a longer name shifts its own
// line only.
const maxColumn = 40

// measure finds the widths of the columns.
func (p *printer) measure() {
	for _, set := range p.zone.RRsets {
		p.nameWidth = max(p.nameWidth, min(maxColumn, len(set.Name.Relative(p.zone.Name))))
		p.tyWidth = max(p.tyWidth, min(maxColumn, len(set.Type)))
		p.ttlWidth = max(p.ttlWidth, len(p.stated(&set)))
	}
}

// stated returns the TTL of a set unless it is the common one.
func (p *printer) stated(set *state.RRset) string {
	ttl := leastTTL(set)
	if ttl == p.ttl {
		return ""
	}
	return ttl.String()
}

func (p *printer) set(set *state.RRset) {
	for _, r := range set.Records {
		fmt.Fprintf(p.out, "%-*s ", p.nameWidth, set.Name.Relative(p.zone.Name))
		if p.ttlWidth > 0 {
			fmt.Fprintf(p.out, "%*s ", p.ttlWidth, p.stated(set))
		}
		fmt.Fprintf(p.out, "IN %-*s %s%s\n", p.tyWidth, set.Type, written(set.Type, r.Data), p.remark(set.Type, r))
	}
}

// remark returns the comment of r; an SOA's are those of its fields.
func (p *printer) remark(t state.Type, r state.Record) string {
	if t == state.SOA {
		return ""
	}
	return strings.TrimRight(remark(r.Attrs), " ")
}
