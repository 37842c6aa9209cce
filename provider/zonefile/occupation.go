package zonefile

import (
	"fmt"

	"github.com/zoneloom/zoneloom/state"
)

// occupation is what stands at one name, as far as it leaves room for less.
type occupation struct {
	cname, dname string // their data
	other        state.Type
}

// add notes one more record at a name, and returns why servers would refuse the
// zone for it.
func (o *occupation) add(name state.Name, t state.Type, data string) error {
	switch {
	case t == state.DNAME && o.dname != "" && o.dname != data:
		return fmt.Errorf("%s has two DNAME records: a name has at most one", name)
	case t == state.CNAME && o.cname != "" && o.cname != data:
		return fmt.Errorf("%s has two CNAME records: a name has at most one", name)
	}
	switch {
	case t == state.CNAME:
		o.cname = data
	case t == state.DNAME:
		o.dname, o.other = data, t
	case !besideCNAME(t):
		o.other = t
	}
	if o.cname != "" && o.other != "" {
		return fmt.Errorf("%s has a CNAME and a record of type %s: a CNAME allows no other data at its name", name, o.other)
	}
	return nil
}

// besideCNAME reports whether a record of t may stand beside a CNAME (RFC 4035
// section 2.5).
func besideCNAME(t state.Type) bool { return t == "RRSIG" || t == "NSEC" || t == "KEY" }
