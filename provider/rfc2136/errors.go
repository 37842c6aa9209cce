package rfc2136

import (
	"fmt"
	"strconv"

	"github.com/miekg/dns"
)

// rcodeText returns a response code as operators know it.
func rcodeText(rcode int) string {
	if text, ok := dns.RcodeToString[rcode]; ok {
		return text
	}
	return "RCODE" + strconv.Itoa(rcode)
}

// refusal says why the server didn't do what it was asked, and what to do.
func (c *conn) refusal(what string, r *dns.Msg) error {
	advice := ""
	switch r.Rcode {
	case dns.RcodeFormatError:
		advice = "it can't read the message: is something other than a DNS server at that address?"
	case dns.RcodeServerFailure:
		advice = "look into its log: the zone may be broken, its folder not writable, or the content against its rules (BIND: max-records-per-type, 100 by default)"
	case dns.RcodeNotImplemented:
		advice = "it doesn't do this at all: name the zone's primary server instead"
	case dns.RcodeRefused:
		advice = fmt.Sprintf("it doesn't let %s do this", c.p.caller())
	case dns.RcodeNotAuth:
		advice = fmt.Sprintf("it isn't the primary server of this zone, or doesn't let %s do this", c.p.caller())
	case dns.RcodeNotZone:
		advice = "it takes a name for one outside the zone: a zone of its own may begin there"
	default:
		advice = "look into its log"
	}
	return fmt.Errorf("the server %s answers %s with %s: %s", c.p.Addr, what, rcodeText(r.Rcode), advice)
}
