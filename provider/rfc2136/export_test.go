package rfc2136

import (
	"github.com/miekg/dns"

	"github.com/zoneloom/zoneloom/state"
)

// Reread returns what is read of a record, and the octets that would be sent for
// it later.
func Reread(rr dns.RR) (state.Entry, []byte, error) {
	e, err := decode(rr)
	if err != nil || e.raw != "" {
		return e.Entry, []byte(e.raw), err
	}
	octets, err := encode(e.Type, e.Data)
	return e.Entry, octets, err
}
