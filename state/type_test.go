package state_test

import (
	"testing"

	"github.com/zoneloom/zoneloom/state"
)

func TestParseType(t *testing.T) {
	tests := []struct {
		name, in, want, err string
	}{
		{"upper case", "MX", "MX", ""},
		{"lower case", "aaaa", "AAAA", ""},
		{"a known type by number", "type00028", "AAAA", ""},
		{"an unknown type", "TYPE65280", "TYPE65280", ""},
		{"an unknown type with zeros", "TYPE0731", "TYPE731", ""},
		{"a type with a hyphen", "nsap-ptr", "NSAP-PTR", ""},
		{"a type of services only", "alias", "ALIAS", ""},
		{"a type without a form of its own", "NULL", "NULL", ""},
		{"misspelt", "AAA", "", "not a known record type"},
		{"empty", "", "", "not a known record type"},
		{"a letter that only looks right", "\u017fRV", "", "not a known record type"},
		{"no number", "TYPE", "", "followed by a number"},
		{"a sign", "TYPE+1", "", "followed by a number"},
		{"out of range", "TYPE65536", "", "followed by a number"},
		{"any", "ANY", "", "type of queries"},
		{"OPT", "OPT", "", "type of queries"},
		{"a transfer", "AXFR", "", "type of queries"},
		{"a signature of messages", "TSIG", "", "type of queries"},
		{"NXNAME", "NXNAME", "", "type of queries"},
		{"type 0", "TYPE0", "", "type of queries"},
		{"the last type", "TYPE65535", "", "type of queries"},
		{"the library's word for type 0", "None", "", "not a known record type"},
		{"the library's word for the last type", "Reserved", "", "not a known record type"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := state.ParseType(tt.in)
			checkResult(t, string(got), err, tt.want, tt.err)
		})
	}
}

func TestTypeKinds(t *testing.T) {
	tests := []struct {
		typ                              state.Type
		opaque, text, address, redirects bool
	}{
		{typ: state.A, address: true},
		{typ: state.AAAA, address: true},
		{typ: state.CNAME, address: true, redirects: true},
		{typ: state.ALIAS, address: true, redirects: true},
		{typ: state.NS, redirects: true},
		{typ: state.DNAME, redirects: true},
		{typ: state.MX},
		{typ: state.TXT, text: true},
		{typ: state.SPF, text: true},
		{typ: state.LUA},
		{typ: "TYPE65280", opaque: true},
		{typ: "NULL", opaque: true},
	}
	for _, tt := range tests {
		if tt.typ.IsOpaque() != tt.opaque || tt.typ.IsText() != tt.text ||
			tt.typ.IsAddress() != tt.address || tt.typ.Redirects() != tt.redirects {
			t.Errorf("%s: opaque %v, text %v, address %v, redirects %v; want %+v", tt.typ,
				tt.typ.IsOpaque(), tt.typ.IsText(), tt.typ.IsAddress(), tt.typ.Redirects(), tt)
		}
	}
}
