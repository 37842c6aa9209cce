package live

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"syscall"

	"github.com/miekg/dns"

	"github.com/zoneloom/zoneloom/state"
)

// Kind says in what an answer differs.
type Kind string

// The kinds of difference.
const (
	Values           Kind = "values"            // values are missing, or there are others
	TTL              Kind = "ttl"               // only the TTL differs
	NoData           Kind = "no-data"           // the name is there, without the type
	NXDomain         Kind = "nxdomain"          // the server says that there is no such name
	Redirected       Kind = "redirected"        // a CNAME or DNAME answers instead
	Failed           Kind = "failed"            // SERVFAIL, REFUSED or another code of failure
	NotAuthoritative Kind = "not-authoritative" // the server doesn't hold the zone
	NoAnswer         Kind = "no-answer"         // nothing came back in time, or nothing that can be read
	Unreachable      Kind = "unreachable"       // no way to the server
)

// Difference is how a server's answer for one RRset differs from what is wanted.
type Difference struct {
	state.Key
	Asked   state.Name // the name asked for: another than Key's for a wildcard
	Kind    Kind
	Missing []string  // wanted data that the answer lacks
	Extra   []string  // data that isn't wanted
	TTL     state.TTL // of the answer, and
	WantTTL state.TTL // the wanted one; equal where it doesn't differ
	Text    string    // all of it, for people
	Src     state.Src // where the set is declared
}

// judge compares an answer with the question. It returns nil where they agree,
// and says why where they can't be compared after all.
func (q *question) judge(m *dns.Msg, loose func(state.Key, string) bool) (d *Difference, unfit string) {
	d = &Difference{Key: q.key, Asked: q.name, Src: q.src}
	section := m.Answer
	referral := q.cut && !m.Authoritative && len(m.Answer) == 0
	if referral {
		section = m.Ns
	}
	switch {
	case m.Rcode == dns.RcodeNameError && m.Authoritative:
		d.Kind, d.Text = NXDomain, "NXDOMAIN: the server says that there is no such name"
		return d, ""
	case m.Rcode != dns.RcodeSuccess:
		d.Kind, d.Text = Failed, "the server answers "+rcode(m.Rcode)
		return d, ""
	case !m.Authoritative && !referral:
		d.Kind, d.Text = NotAuthoritative, "the answer isn't authoritative"
		return d, ""
	}
	got, err := find(section, q.name, q.key.Type)
	switch {
	case err != nil:
		d.Kind, d.Text = NoAnswer, "the answer can't be read: "+err.Error()
		return d, ""
	case len(got.data) == 0:
		q.nothing(m, d)
		return d, ""
	case q.cut && m.Authoritative:
		return nil, "the server holds the delegated zone too, and answers from that"
	}
	return q.compare(got, d, loose), ""
}

// nothing says what the answer has instead of the wanted type.
func (q *question) nothing(m *dns.Msg, d *Difference) {
	for _, rr := range m.Answer {
		switch rr := rr.(type) {
		case *dns.CNAME:
			d.Kind, d.Text = Redirected, fmt.Sprintf("there is a CNAME to %s instead", ownerOf(rr.Target))
			return
		case *dns.DNAME:
			d.Kind, d.Text = Redirected, fmt.Sprintf("there is a DNAME at %s instead", ownerOf(rr.Hdr.Name))
			return
		}
	}
	d.Kind, d.Text = NoData, fmt.Sprintf("the server has no %s there", q.key.Type)
}

// compare compares data and TTL.
func (q *question) compare(got rrset, d *Difference, loose func(state.Key, string) bool) *Difference {
	d.Missing, d.Extra = q.match(got.data)
	if loose != nil {
		d.Extra = slices.DeleteFunc(d.Extra, func(data string) bool { return loose(q.key, data) })
	}
	d.TTL, d.WantTTL = got.ttl, q.ttl
	if q.ttl == state.TTLAuto {
		d.WantTTL = got.ttl
	}
	var parts []string
	if len(d.Missing) > 0 {
		parts = append(parts, "lacks "+strings.Join(d.Missing, ", "))
	}
	if len(d.Extra) > 0 {
		parts = append(parts, "has "+strings.Join(d.Extra, ", ")+" too many")
	}
	d.Kind = Values
	if len(parts) == 0 {
		d.Kind = TTL
	}
	if d.TTL != d.WantTTL {
		parts = append(parts, fmt.Sprintf("ttl %s, not %s", d.TTL, d.WantTTL))
	}
	if len(parts) == 0 {
		return nil
	}
	d.Text = strings.Join(parts, "; ")
	return d
}

// match returns the wanted data that got lacks, and what got has besides. A text
// wanted as one string may come in pieces, and an SOA with any serial.
func (q *question) match(got []string) (missing, extra []string) {
	rest := map[string][]string{} // what is left of got, by meaning
	for _, data := range got {
		m := meaning(q.key.Type, data)
		rest[m] = append(rest[m], data)
	}
	for _, data := range q.data {
		m := meaning(q.key.Type, data)
		i := slices.Index(rest[m], data)
		if i < 0 && len(rest[m]) > 0 && (!q.key.Type.IsText() || len(state.TXTStrings(data)) == 1) {
			i = 0
		}
		if i < 0 {
			missing = append(missing, data)
			continue
		}
		rest[m] = slices.Delete(rest[m], i, i+1)
	}
	for _, list := range rest {
		extra = append(extra, list...)
	}
	slices.Sort(extra)
	return missing, extra
}

// meaning is equal for data that may stand for one another.
func meaning(t state.Type, data string) string {
	switch {
	case t == state.SOA:
		return withoutSerial(data)
	case t.IsText():
		return strings.Join(state.TXTStrings(data), "")
	}
	return data
}

func rcode(code int) string {
	if s, ok := dns.RcodeToString[code]; ok {
		return s
	}
	return fmt.Sprintf("code %d", code)
}

// fault says what kept a server from answering.
func fault(err error) (Kind, string) {
	var timeout net.Error
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return Unreachable, "nothing listens there"
	case isRouteless(err):
		return Unreachable, "there is no route to it"
	case errors.As(err, &timeout) && timeout.Timeout(), errors.Is(err, context.DeadlineExceeded):
		return NoAnswer, "no answer in time"
	}
	return NoAnswer, err.Error()
}

// isRouteless reports whether this machine has no way to send to an address at
// all, as one without IPv6 has none to IPv6 addresses.
func isRouteless(err error) bool {
	return errors.Is(err, syscall.ENETUNREACH) || errors.Is(err, syscall.EHOSTUNREACH) || errors.Is(err, syscall.EADDRNOTAVAIL) ||
		errors.Is(err, syscall.EAFNOSUPPORT)
}
