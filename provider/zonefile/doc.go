// Package zonefile keeps zones in a folder of master files (RFC 1035 section 5),
// as BIND, Knot, NSD and PowerDNS load them. It reads every directive that BIND
// knows, edits the lines that a change is about and leaves the others as they
// are, and prints any zone in that form.
//
// It reads the text by itself, since an edit must know which lines hold which
// record, and leaves the RDATA to package state.
package zonefile
