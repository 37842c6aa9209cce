package rfc2136_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneloom/zoneloom/provider"
	"github.com/zoneloom/zoneloom/provider/internal/daemon"
	"github.com/zoneloom/zoneloom/state"
)

const zoneName = state.Name("example.org.")

var oneZone = []daemon.Zone{{Name: string(zoneName)}}

// dig returns the records of a zone as dig, not our code, reads them, without
// the SOA's serial.
func dig(tb testing.TB, s *daemon.Server, zone state.Name) []string {
	tb.Helper()
	host, port, err := net.SplitHostPort(s.Addr)
	if err != nil {
		tb.Fatal(err)
	}
	key := strings.TrimSuffix(s.Key.Algorithm, ".") + ":" + s.Key.Name + ":" + s.Key.Secret
	out := daemon.Run(tb, "bind9-dnsutils", "", "dig", "@"+host, "-p", port, "-y", key, "+noall", "+answer", "+onesoa", string(zone), "AXFR")
	if !strings.Contains(out, "SOA") {
		tb.Fatalf("dig prints %s", out)
	}
	var records []string
	for line := range strings.Lines(out) {
		fields := strings.Fields(line)
		if len(fields) > 6 && fields[3] == "SOA" {
			fields[6] = "serial"
		}
		if len(fields) > 3 && fields[3] != "TSIG" && !strings.HasPrefix(line, ";") {
			records = append(records, strings.Join(fields, " "))
		}
	}
	slices.Sort(records)
	return records
}

// update has nsupdate send an update.
func update(tb testing.TB, s *daemon.Server, zone state.Name, lines ...string) {
	tb.Helper()
	host, port, err := net.SplitHostPort(s.Addr)
	if err != nil {
		tb.Fatal(err)
	}
	script := fmt.Sprintf("server %s %s\nzone %s\n%s\nsend\n", host, port, zone, strings.Join(lines, "\n"))
	key := strings.TrimSuffix(s.Key.Algorithm, ".") + ":" + s.Key.Name + ":" + s.Key.Secret
	daemon.Run(tb, "bind9-dnsutils", script, "nsupdate", "-v", "-y", key)
}

// TestReverse writes a zone, then the changes the other way round, and compares
// what dig reads.
func TestReverse(t *testing.T) {
	onEach(t, oneZone, func(t env) {
		s := t.server
		z := find(t, open(t, s), zoneName)
		write(t, z, zoneOf(t,
			"www 300 A 192.0.2.1", "www 300 A 192.0.2.2", "alias 60 CNAME www", "sub 300 NS ns1.sub", "ns1.sub 300 A 192.0.2.3",
			"sub 300 DS 370 13 2 BE74359954660069D5C63D200C39F5603827D7DD02B56F120EE9F3A86764247C", `txt 300 TXT "a" "b"`, "@ 300 MX 10 mail", "mail 300 A 192.0.2.25",
		))
		before := dig(t, s, zoneName)
		snap := read(t, z)
		there := changes(t, snap.Zone, zoneOf(t,
			"@ 7200 NS ns9.example.net.", "@ 7200 NS ns2.example.net.", "www 60 CNAME other.example.net.", "alias 300 A 192.0.2.9",
			"dn 300 DNAME example.net.", "@ 300 MX 20 mail", "mail 300 A 192.0.2.26", `txt 300 TXT "ab"`, `txt 300 TXT "c"`, "new 300 NS ns1.new",
		))
		o := &outcomes{}
		if err := z.Write(t.Context(), snap, there, o); err != nil {
			t.Fatal(err)
		}
		if len(o.requests) != 1 {
			t.Errorf("%d updates, want one", len(o.requests))
		}
		var back []state.Change
		for _, c := range slices.Backward(there) {
			r := state.Change{Key: c.Key, Before: c.After, After: c.Before}
			for _, p := range c.Pairs {
				r.Pairs = append(r.Pairs, state.Pair{Before: p.After, After: p.Before})
			}
			back = append(back, r)
		}
		if err := z.Write(t.Context(), read(t, z), back, &outcomes{}); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(before, dig(t, s, zoneName)); diff != "" {
			t.Errorf("the zone isn't as it was (-before +after):\n%s", diff)
		}
	})
}

// TestStale has somebody else change what a plan touches, or what stands beside
// it, between the reading and the write: the server refuses all of it.
func TestStale(t *testing.T) {
	for name, tt := range map[string]struct {
		meanwhile string
		want      []string // the zone that is wanted
		culprit   string
	}{
		"another value":            {"update add www.example.org. 300 A 192.0.2.99", []string{"www 300 A 192.0.2.2"}, "www.example.org. A"},
		"a value less":             {"update delete www.example.org. A", []string{"www 300 A 192.0.2.2"}, "www.example.org. A"},
		"what is to be made":       {"update add new.example.org. 300 A 192.0.2.99", []string{"www 300 A 192.0.2.1", "new 300 A 192.0.2.1"}, "new.example.org. A"},
		"a type beside a CNAME":    {"update add www.example.org. 300 TXT text", []string{"www 300 CNAME other.example.net."}, ""},
		"data at a CNAME's name":   {"update add new.example.org. 300 CAA 0 issue x", []string{"www 300 A 192.0.2.1", "new 300 CNAME other.example.net."}, ""},
		"a CNAME where data comes": {"update add new.example.org. 300 CNAME www.example.org.", []string{"www 300 A 192.0.2.1", "new 300 A 192.0.2.7"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			onEach(t, oneZone, func(t env) {
				s := t.server
				z := find(t, open(t, s), zoneName)
				write(t, z, zoneOf(t, "www 300 A 192.0.2.1"))
				snap := read(t, z)
				todo := changes(t, snap.Zone, zoneOf(t, append(tt.want, "extra 300 A 192.0.2.5")...))
				update(t, s, zoneName, tt.meanwhile)
				before := dig(t, s, zoneName)
				o := &outcomes{}
				err := z.Write(t.Context(), snap, todo, o)
				if !errors.Is(err, provider.ErrRefused) || !strings.Contains(fmt.Sprint(err), "changed since the plan") {
					t.Errorf("Write = %v, want it refused as stale", err)
				}
				for i, r := range o.results {
					if r != provider.NotMade {
						t.Errorf("%s has the result %d", todo[i].Key, r)
					}
				}
				culprit := ""
				if o.last.Culprit >= 0 {
					culprit = todo[o.last.Culprit].Key.String()
				}
				if culprit != tt.culprit {
					t.Errorf("blamed is %q, want %q", culprit, tt.culprit)
				}
				if diff := cmp.Diff(before, dig(t, s, zoneName)); diff != "" {
					t.Errorf("something was written (-before +after):\n%s", diff)
				}
			})
		})
	}
}

// TestUnrelated has somebody else change what the plan doesn't touch.
func TestUnrelated(t *testing.T) {
	onEach(t, oneZone, func(t env) {
		s := t.server
		z := find(t, open(t, s), zoneName)
		snap := read(t, z)
		update(t, s, zoneName, "update add _acme-challenge.www.example.org. 60 TXT token", "update add www.example.org. 300 TXT beside")
		o := &outcomes{}
		if err := z.Write(t.Context(), snap, changes(t, snap.Zone, zoneOf(t, "www 300 A 192.0.2.1")), o); err != nil {
			t.Errorf("Write: %v", err)
		}
		if records := strings.Join(dig(t, s, zoneName), "\n"); !strings.Contains(records, "token") || !strings.Contains(records, "192.0.2.1") {
			t.Errorf("the zone holds\n%s", records)
		}
	})
}

// TestNameServers replaces all name servers of a zone, and changes their TTL.
func TestNameServers(t *testing.T) {
	onEach(t, oneZone, func(t env) {
		s := t.server
		z := find(t, open(t, s), zoneName)
		for _, want := range [][]string{
			{"@ 3600 NS ns7.example.net.", "@ 3600 NS ns8.example.net."},
			{"@ 60 NS ns7.example.net.", "@ 60 NS ns8.example.net."},
			{"@ 60 NS ns9.example.net."},
			{"@ 300 NS ns9.example.net.", "@ 300 NS ns1.example.net."},
		} {
			zone := zoneOf(t, want...)
			write(t, z, zone)
			if diff := cmp.Diff(zone.RRsets[0].Records, read(t, z).Zone.Find(zone.RRsets[0].Key).Records); diff != "" {
				t.Fatalf("%v (-want +got):\n%s", want, diff)
			}
		}
	})
}

// TestLastNameServer has the server leave out in silence what it can't do.
func TestLastNameServer(t *testing.T) {
	onEach(t, oneZone, func(t env) {
		s := t.server
		p := open(t, s)
		p.Settle = 1
		z := find(t, p, zoneName)
		snap := read(t, z)
		ns := snap.Zone.Find(state.Key{Name: zoneName, Type: state.NS})
		www := entry(t, "www 300 A 192.0.2.1")
		todo := []state.Change{
			{Key: ns.Key, Before: ns},
			{Key: www.Key, After: &state.RRset{Key: www.Key, Records: []state.Record{www.Record}}},
		}
		o := &outcomes{}
		err := z.Write(t.Context(), snap, todo, o)
		if err == nil || !strings.Contains(err.Error(), "isn't as asked") || o.last.Culprit != 0 {
			t.Errorf("Write = %v, with culprit %d", err, o.last.Culprit)
		}
		if o.results[0] == provider.Made || o.results[1] != provider.Made {
			t.Errorf("results are %v", o.results)
		}
	})
}

// TestKept replaces what is ours in a set and leaves what somebody else has there.
func TestKept(t *testing.T) {
	onEach(t, oneZone, func(t env) {
		s := t.server
		z := find(t, open(t, s), zoneName)
		write(t, z, zoneOf(t, "www 300 A 192.0.2.1", "www 300 A 192.0.2.2"))
		snap := read(t, z)
		www := snap.Zone.Find(state.Key{Name: "www." + zoneName, Type: state.A})
		www.Records[0].Kept = state.Ignored
		todo := changes(t, snap.Zone, zoneOf(t, "www 60 A 192.0.2.3"))
		if err := z.Write(t.Context(), snap, todo, &outcomes{}); err != nil {
			t.Fatal(err)
		}
		want := zoneOf(t, "www 60 A 192.0.2.1", "www 60 A 192.0.2.3").RRsets[0].Records
		if diff := cmp.Diff(want, read(t, z).Zone.Find(www.Key).Records); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// TestSOA changes the fields of an SOA; its serial rises by itself.
func TestSOA(t *testing.T) {
	onEach(t, oneZone, func(t env) {
		s := t.server
		z := find(t, open(t, s), zoneName)
		snap := read(t, z)
		soa := snap.Zone.Find(state.Key{Name: zoneName, Type: state.SOA})
		after := entry(t, "@ 1800 SOA ns2.example.net. dns.example.net. 0 7201 3601 1209601 301").Record
		todo := []state.Change{{
			Key: soa.Key, Before: soa, After: &state.RRset{Key: soa.Key, Records: []state.Record{after}}, Pairs: []state.Pair{{}},
		}}
		o := &outcomes{}
		if err := z.Write(t.Context(), snap, todo, o); err != nil {
			t.Fatal(err)
		}
		if o.results[0] != provider.Made {
			t.Errorf("results are %v", o.results)
		}
		if records := dig(t, s, zoneName); !slices.Contains(records, "example.org. 1800 IN SOA ns2.example.net. dns.example.net. serial 7201 3601 1209601 301") {
			t.Errorf("the zone holds %q", records)
		}
	})
}

// TestSigned writes to a zone that the server signs: its own records are no part
// of what is read, or read-only.
func TestSigned(t *testing.T) {
	for name, zone := range map[string]daemon.Zone{
		"itself": {Name: string(zoneName), Signed: true},
		"a copy": {Name: string(zoneName), Signed: true, Inline: true},
	} {
		t.Run(name, func(t *testing.T) { onEach(t, []daemon.Zone{zone}, signed) })
	}
}

func signed(t env) {
	t.Helper()
	s := t.server
	z := find(t, open(t, s), zoneName)
	want := zoneOf(t, "www 300 A 192.0.2.1", "alias 300 CNAME www", "sub 300 NS ns1.example.net.")
	write(t, z, want)
	write(t, z, zoneOf(t, "www 300 CNAME alias", "alias 60 A 192.0.2.1", `t 300 TXT "x"`, "d 300 DNAME example.net."))
	write(t, z, zoneOf(t, "www 300 CNAME other", "alias 60 A 192.0.2.1", "d 300 DNAME example.com."))
	write(t, z, zoneOf(t, "www 60 CNAME other", "alias 60 CNAME other", "d 60 DNAME example.com."))
	o := write(t, z, want)
	if len(o.requests) != 1 {
		t.Errorf("%d updates, want one", len(o.requests))
	}
	snap := read(t, z)
	if left := changes(t, snap.Zone, want); len(left) > 0 {
		t.Errorf("left to do is %s", left[0].Key)
	}
	kept := map[state.Type]state.Kept{}
	for _, set := range snap.Zone.RRsets {
		kept[set.Type] = set.Records[0].Kept
	}
	if kept["DNSKEY"] != state.ReadOnly || kept[state.NS] != state.Ours {
		t.Errorf("kept are %v", kept)
	}
	for _, t2 := range []state.Type{"RRSIG", "NSEC", "NSEC3"} {
		if _, there := kept[t2]; there {
			t.Errorf("the snapshot holds %s", t2)
		}
	}
	if !strings.Contains(strings.Join(dig(t, s, zoneName), "\n"), "RRSIG") {
		t.Error("the server did not sign the zone")
	}
}

// TestCase reads what a server holds in capitals, and replaces it.
func TestCase(t *testing.T) {
	text := daemon.Empty(string(zoneName)) + "www CNAME Target.Example.NET.\ncaa CAA 0 ISSUE \"ca.example.net\"\nmail MX 10 MX.Example.NET.\n"
	onEach(t, []daemon.Zone{{Name: string(zoneName), Text: text}}, func(t env) {
		s := t.server
		z := find(t, open(t, s), zoneName)
		same := zoneOf(t, "www 3600 CNAME target.example.net.", `caa 3600 CAA 0 issue "ca.example.net"`, "mail 3600 MX 10 mx.example.net.")
		if left := changes(t, read(t, z).Zone, same); len(left) > 0 {
			t.Errorf("left to do is %s", left[0].Key)
		}
		write(t, z, zoneOf(t, "www 60 CNAME target.example.net.", `caa 3600 CAA 0 issue "other.example.net"`, "mail 3600 A 192.0.2.1"))
	})
}

// TestCrash kills the server just before an update is sent, or while it may be at
// work on it, and starts it again: what is reported must be what is there.
func TestCrash(t *testing.T) {
	for name, wait := range map[string]bool{"before": true, "during": false} {
		t.Run(name, func(t *testing.T) {
			onEach(t, oneZone, func(t env) { crash(t, wait) })
		})
	}
}

func crash(t env, wait bool) {
	s := t.server
	z := find(t, open(t, s), zoneName)
	want := zoneOf(t, hosts(5000)...)
	snap := read(t, z)
	todo := changes(t, snap.Zone, want)
	var wg sync.WaitGroup
	o := &outcomes{}
	o.sending = func() {
		if len(o.requests) == 3 {
			wg.Go(s.Kill)
		}
		if wait {
			wg.Wait()
		}
	}
	err := z.Write(t.Context(), snap, todo, o)
	wg.Wait()
	if err == nil {
		t.Fatal("Write succeeded")
	}
	s.Start()
	live := read(t, z).Zone
	for i := range todo {
		r, sent := o.results[i]
		is := live.Find(todo[i].Key) != nil
		if sent && r == provider.Made && !is || (!sent || r == provider.NotMade) && is {
			t.Fatalf("%s is reported as %d (sent: %t), but it is %t that it is there", todo[i].Key, r, sent, is)
		}
	}
	write(t, z, want)
	if left := changes(t, read(t, z).Zone, want); len(left) > 0 {
		t.Errorf("left to do is %s", left[0].Key)
	}
}

// TestLostAnswer loses the answer to an update.
func TestLostAnswer(t *testing.T) {
	onEach(t, oneZone, func(t env) {
		s := t.server
		p := open(t, s)
		z := find(t, p, zoneName)
		want := zoneOf(t, "www 300 A 192.0.2.1", "mail 300 A 192.0.2.2")
		relay := newRelay(t, s.Addr)
		p2 := open(t, s)
		p2.Addr = relay.addr
		through := find(t, p2, zoneName)
		snap := read(t, through)
		o := &outcomes{sending: relay.deafen}
		err := through.Write(t.Context(), snap, changes(t, snap.Zone, want), o)
		if !errors.Is(err, provider.ErrUnknown) || o.results[0] != provider.Unknown {
			t.Errorf("Write = %v with %v, want it unknown", err, o.results)
		}
		write(t, z, want)
		if left := changes(t, read(t, z).Zone, want); len(left) > 0 {
			t.Errorf("left to do is %s", left[0].Key)
		}
	})
}

// TestCancelledLate ends the context while the answer is awaited.
func TestCancelledLate(t *testing.T) {
	onEach(t, oneZone, func(t env) {
		s := t.server
		relay := newRelay(t, s.Addr)
		p := open(t, s)
		p.Addr = relay.addr
		z := find(t, p, zoneName)
		snap := read(t, z)
		ctx, cancel := context.WithCancel(t.Context())
		o := &outcomes{sending: func() { relay.mute(cancel) }}
		err := z.Write(ctx, snap, changes(t, snap.Zone, zoneOf(t, "www 300 A 192.0.2.1")), o)
		if !errors.Is(err, provider.ErrUnknown) || !errors.Is(err, context.Canceled) {
			t.Errorf("Write = %v, want it unknown and cancelled", err)
		}
	})
}

// hosts returns n addresses, each of a name of its own.
func hosts(n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf("host%d 300 A 10.%d.%d.%d", i, i>>16, i>>8&255, i&255)
	}
	return list
}

// TestHuge writes a set that takes several messages to no avail, and a name whose
// sets do.
func TestHuge(t *testing.T) {
	onEach(t, oneZone, func(t env) {
		s := t.server
		z := find(t, open(t, s), zoneName)
		var texts []string
		for i := range 1500 {
			texts = append(texts, fmt.Sprintf("big 300 A 10.0.%d.%d", i>>8, i&255), fmt.Sprintf("big 300 AAAA 2001:db8::%x", i+1))
		}
		o := write(t, z, zoneOf(t, texts...))
		if len(o.requests) != 2 {
			t.Errorf("%d updates, want one for each set", len(o.requests))
		}
		if got := read(t, z).Zone.Len(); got != 3000+3 {
			t.Errorf("the zone has %d records", got)
		}
		write(t, z, zoneOf(t, texts[:1000]...))
		if missing := maps.Collect(slices.All(dig(t, s, zoneName))); len(missing) != 1003 {
			t.Errorf("the zone has %d records", len(missing))
		}
	})
}
