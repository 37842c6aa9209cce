package cloudflare_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneloom/zoneloom/plan"
	"github.com/zoneloom/zoneloom/provider"
	"github.com/zoneloom/zoneloom/provider/cloudflare"
	"github.com/zoneloom/zoneloom/provider/cloudflare/sandbox"
	"github.com/zoneloom/zoneloom/state"
)

func faults(t *testing.T, texts ...string) []sandbox.Fault {
	t.Helper()
	var list []sandbox.Fault
	for _, text := range texts {
		f, err := sandbox.ParseFault(text)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, f)
	}
	return list
}

// TestReadsUnderFaults reads a zone of several pages while the service
// misbehaves: the zone is whole, or there is an error.
func TestReadsUnderFaults(t *testing.T) {
	const n = 25 // three pages
	want := &state.Zone{Name: "example.com."}
	for _, c := range hosts(n) {
		want.RRsets = append(want.RRsets, *c.After)
	}
	p, s := inSandbox(t, sandbox.Options{})
	cloudflare.SmallPages(p, 10)
	seed(t, s, want)
	zone := zoneOf(t, p)
	for _, tt := range []struct {
		fault string
		fails bool
	}{
		{"429=30,method=GET,count=2", false},
		{"503,method=GET,skip=1,count=3", false},
		{"cut,method=GET,skip=1,count=2", false},
		{"lost,method=GET,skip=2,count=2", false},
		{"short=2,method=GET,skip=1,count=1", false},
		{"short=1,method=GET", true},
		{"moved,method=GET,count=1", false},
		{"moved,method=GET,count=2", false},
		{"502,method=GET", true},
		{"cut,method=GET", true},
	} {
		t.Run(tt.fault, func(t *testing.T) {
			s.SetFaults(faults(t, tt.fault)...)
			snap, err := zone.Read(t.Context())
			switch {
			case tt.fails && err == nil:
				t.Errorf("Read returned %d records and no error", snap.Zone.Len())
			case tt.fails:
			case err != nil:
				t.Errorf("Read: %v", err)
			case !cmp.Equal(want, snap.Zone, ignoreInterned):
				t.Errorf("Read returned another zone, of %d records", snap.Zone.Len())
			}
		})
	}
}

// TestWritesUnderFaults writes while the service misbehaves, and after an
// ambiguous failure reads again and writes what is missing: in the end each
// record is there once.
func TestWritesUnderFaults(t *testing.T) {
	for _, tt := range []struct {
		fault string
		is    error // of the first Write; nil is none
		wrote bool  // by the first Write
	}{
		{"429=60,method=POST,count=2", nil, true},
		{"lost,method=POST,count=1", provider.ErrUnknown, true},
		{"cut,method=POST,count=1", provider.ErrUnknown, false},
		{"503,method=POST,count=1", provider.ErrUnknown, false},
	} {
		t.Run(tt.fault, func(t *testing.T) {
			p, s := inSandbox(t, sandbox.Options{})
			zone := zoneOf(t, p)
			var want state.Zone
			for _, c := range hosts(100) {
				want.RRsets = append(want.RRsets, *c.After)
			}
			s.SetFaults(faults(t, tt.fault)...)
			err := writeDiff(t, zone, &want)
			if !errors.Is(err, tt.is) {
				t.Errorf("Write = %v, want %v", err, tt.is)
			}
			snap, err := zone.Read(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if wrote := snap.Zone.Len() == 100; wrote != tt.wrote {
				t.Errorf("%d records after the first Write", snap.Zone.Len())
			}
			if err := writeDiff(t, zone, &want); err != nil {
				t.Errorf("the second Write: %v", err)
			}
			if snap, err := zone.Read(t.Context()); err != nil || !cmp.Equal(want.RRsets, snap.Zone.RRsets, ignoreInterned) {
				t.Errorf("the zone isn't as wanted: %d records, %v", snap.Zone.Len(), err)
			}
		})
	}
}

// writeDiff reads the zone and writes what makes it equal want.
func writeDiff(t *testing.T, zone provider.Zone, want *state.Zone) error {
	t.Helper()
	snap, err := zone.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	changes := plan.Diff(snap.Zone, want)
	if len(changes) == 0 {
		return nil
	}
	return zone.Write(t.Context(), snap, changes, &log{})
}

// TestTheSandboxAgreesWithCheck creates what Check refuses, and has it refused.
// Check must foretell the service, not invent rules of its own; but for a line
// break in a TXT, which it takes for a mistake though an escaped one might pass.
func TestTheSandboxAgreesWithCheck(t *testing.T) {
	long := func(n int) string {
		return state.TXTData(fmt.Sprintf("%0*d", n, 1))
	}
	for _, tt := range []struct {
		name    string
		plan    string
		entries []state.Entry
	}{
		{"a TTL too low", "pro", []state.Entry{ttl(59, rec("a", "A", "192.0.2.1"))}},
		{"a TTL too high", "pro", []state.Entry{ttl(86401, rec("a", "A", "192.0.2.1"))}},
		{"a TTL of 29 on Enterprise", "enterprise", []state.Entry{ttl(29, rec("a", "A", "192.0.2.1"))}},
		{"a proxied private address", "pro", []state.Entry{rec("a", "A", "10.0.0.1", "proxied", true)}},
		{"a proxied link-local address", "pro", []state.Entry{rec("a", "AAAA", "fe80::1", "proxied", true)}},
		{"a proxied loopback address", "pro", []state.Entry{rec("a", "A", "127.0.0.1", "proxied", true)}},
		{"a long comment on Free", "free", []state.Entry{rec("a", "A", "192.0.2.1", "comment", fmt.Sprintf("%0101d", 1))}},
		{"a long comment", "pro", []state.Entry{rec("a", "A", "192.0.2.1", "comment", fmt.Sprintf("%0501d", 1))}},
		{"a comment of two lines", "pro", []state.Entry{rec("a", "A", "192.0.2.1", "comment", "a\nb")}},
		{"tags on Free", "free", []state.Entry{rec("a", "A", "192.0.2.1", "tags", []string{"a"})}},
		{"reserved tags", "pro", []state.Entry{rec("a", "A", "192.0.2.1", "tags", []string{"cf-x"})}},
		{"flattening on Free", "free", []state.Entry{rec("a", "CNAME", "x.example.", "settings.flatten_cname", true)}},
		{"a CNAME beside an address", "pro", []state.Entry{rec("a", "CNAME", "x.example."), rec("a", "A", "192.0.2.1")}},
		{"two CNAMEs", "pro", []state.Entry{rec("a", "CNAME", "x.example."), rec("a", "CNAME", "y.example.")}},
		{"a CNAME to itself", "pro", []state.Entry{rec("a", "CNAME", "a.example.com.")}},
		{"data at a delegated name", "pro", []state.Entry{rec("a", "NS", "ns.example."), rec("a", "A", "192.0.2.1")}},
		{"eleven name servers", "pro", manyNS(11)},
		{"a DS without NS", "pro", []state.Entry{rec("a", "DS", "1 13 2 aa")}},
		{"an empty TXT", "pro", []state.Entry{rec("a", "TXT", `""`)}},
		{"a TXT that is too long", "pro", []state.Entry{rec("a", "TXT", long(4081))}},
		{"TXTs that are too long together", "pro", []state.Entry{rec("a", "TXT", long(4000)), rec("a", "TXT", long(4001)), rec("a", "TXT", long(400))}},
		{"a wildcard within", "pro", []state.Entry{rec("a.*", "A", "192.0.2.1")}},
		{"a blank in a name", "pro", []state.Entry{rec(`a\032b`, "A", "192.0.2.1")}},
		{"a blank in a target", "pro", []state.Entry{rec("a", "CNAME", `x\032y.example.`)}},
		{"what it takes", "free", []state.Entry{
			rec("@", "CNAME", "x.example."), rec("@", "MX", "10 x.example."), rec("a", "TXT", long(4080)), ttl(60, rec("b", "A", "192.0.2.1")),
			rec("c", "AAAA", "100::", "proxied", true, "comment", fmt.Sprintf("%0100d", 1)), rec("sub", "NS", "ns.example."), rec("sub", "DS", "1 13 2 aa"),
			rec("x.sub", "A", "192.0.2.1"), rec("*", "CNAME", "x.example."), rec("p", "A", "10.0.0.1", "proxied", true, "private_routing", true),
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, _ := inSandbox(t, sandbox.Options{Plan: tt.plan})
			zone := zoneOf(t, p)
			info := zone.Info()
			stored, problems := p.Check(state.NewZone("example.com.", tt.entries), &info)
			refuses := false
			for _, problem := range problems {
				refuses = refuses || problem.Severity == state.SeverityError
			}
			var changes []state.Change
			for i := range stored.RRsets {
				changes = append(changes, state.Change{Key: stored.RRsets[i].Key, After: &stored.RRsets[i]})
			}
			snap, err := zone.Read(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			err = zone.Write(t.Context(), snap, changes, &log{})
			if refuses != errors.Is(err, provider.ErrRefused) {
				t.Errorf("Check says %v, the service says %v", problems, err)
			}
		})
	}
}
