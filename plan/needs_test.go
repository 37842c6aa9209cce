package plan_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneloom/zoneloom/plan"
	"github.com/zoneloom/zoneloom/state"
)

func TestNeeds(t *testing.T) {
	tests := []struct {
		name          string
		live, desired string
		want          map[state.Name][]state.Name
	}{
		{"a new CNAME needs its new target", "", "www 300 CNAME new.example.com.\nnew 300 A 192.0.2.1", map[state.Name][]state.Name{"www.example.com.": {"new.example.com."}}},
		{"one that stays doesn't", "www 300 CNAME new.example.com.", "www 300 CNAME new.example.com.\nnew 300 A 192.0.2.1", nil},
		{"a target that stays isn't needed", "old 300 A 192.0.2.1", "www 300 CNAME old.example.com.\nold 300 A 192.0.2.1", nil},
		{"a target elsewhere isn't", "", "www 300 CNAME example.net.\nnew 300 A 192.0.2.1", nil},
		{"a moved CNAME needs a target that changes", "www 300 CNAME example.net.\nlb 300 A 192.0.2.1", "www 300 CNAME lb.example.com.\nlb 300 A 192.0.2.2", map[state.Name][]state.Name{"www.example.com.": {"lb.example.com."}}},
		{"what stops pointing is needed by what goes", "www 300 CNAME old.example.com.\nold 300 A 192.0.2.1", "www 300 A 192.0.2.1", map[state.Name][]state.Name{"old.example.com.": {"www.example.com."}}},
		{"and not by what only changes", "www 300 CNAME old.example.com.\nold 300 A 192.0.2.1", "www 300 A 192.0.2.1\nold 300 A 192.0.2.2", nil},
		{"both ends of a move", "www 300 CNAME old.example.com.\nold 300 A 192.0.2.1", "www 300 CNAME new.example.com.\nnew 300 A 192.0.2.2", map[state.Name][]state.Name{
			"www.example.com.": {"new.example.com."}, "old.example.com.": {"www.example.com."},
		}},
		{"MX, SRV and HTTPS", "", "@ 300 MX 10 mx.example.com.\nmx 300 A 192.0.2.1\n_sip._tcp 300 SRV 1 1 5060 mx.example.com.\nweb 300 HTTPS 1 mx.example.com.", map[state.Name][]state.Name{
			"example.com.": {"mx.example.com."}, "_sip._tcp.example.com.": {"mx.example.com."}, "web.example.com.": {"mx.example.com."},
		}},
		{"a text is no matter to an MX", "", "@ 300 MX 10 mx.example.com.\nmx 300 TXT x", nil},
		{"but to a CNAME", "", "_key 300 CNAME key.example.com.\nkey 300 TXT x", map[state.Name][]state.Name{"_key.example.com.": {"key.example.com."}}},
		{"no target at all", "", "@ 300 MX 0 .\nmx 300 A 192.0.2.1", nil},
		{"a delegation needs its glue", "", "sub 300 NS ns.sub.example.com.\nns.sub 300 A 192.0.2.1", map[state.Name][]state.Name{"sub.example.com.": {"ns.sub.example.com."}}},
		{"a wildcard that answers for the target", "", "www 300 CNAME new.example.com.\n* 300 A 192.0.2.1", map[state.Name][]state.Name{"www.example.com.": {"*.example.com."}}},
		{"along CNAMEs that stay", "via 300 CNAME new.example.com.", "www 300 CNAME via.example.com.\nvia 300 CNAME new.example.com.\nnew 300 A 192.0.2.1", map[state.Name][]state.Name{"www.example.com.": {"new.example.com."}}},
		{"one that points at itself", "", "@ 300 MX 10 example.com.\n@ 300 A 192.0.2.1", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			live := zone(t, tt.live)
			got := plan.Needs(live, plan.Diff(live, zone(t, tt.desired)))
			for _, needed := range got {
				slices.Sort(needed)
			}
			if len(got) == 0 {
				got = nil
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("Needs (-want +got):\n%s", diff)
			}
		})
	}
}
