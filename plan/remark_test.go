package plan_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneloom/zoneloom/plan"
	"github.com/zoneloom/zoneloom/state"
)

// What policies remark goes into the JSON and comes back, is no part of the ID,
// and is dropped before a stored plan is judged anew.
func TestRemarks(t *testing.T) {
	p := &plan.Plan{Zones: []plan.Zone{{Name: "example.com.", Provider: "local", Target: "fake:1"}}}
	id := p.ID()
	remarks := []state.Problem{
		{Key: state.Key{Name: "www.example.com.", Type: state.A}, Severity: state.SeverityWarning, Code: "policy:short-ttl", Text: "a \"short\" TTL"},
		{Key: state.Key{Name: "example.com."}, Severity: state.SeverityNotice, Code: "policy:big", Text: "many changes"},
	}
	p.Zones[0].Remarks = remarks
	if p.ID() != id {
		t.Error("remarks are a part of the ID")
	}
	encoded := encode(t, p, nil)
	saved, err := plan.Decode(strings.NewReader(encoded))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(remarks, saved.Plan.Zones[0].Remarks); diff != "" {
		t.Errorf("decoded (-want +got):\n%s", diff)
	}
	saved.Plan.Revoke()
	if left := saved.Plan.Zones[0].Remarks; left != nil {
		t.Errorf("after Revoke: %v", left)
	}
	for _, edit := range [][2]string{
		{`"severity": "notice"`, `"severity": "error"`},
		{`"name": "www.example.com."`, `"name": "WWW.example.com."`},
		{`"type": "A"`, `"type": "a"`},
		{`{"zone": "example.com.", "provider": "local", "rule"`, `{"zone": "example.net.", "provider": "local", "rule"`},
	} {
		edited := strings.Replace(encoded, edit[0], edit[1], 1)
		if _, err := plan.Decode(strings.NewReader(edited)); err == nil || edited == encoded {
			t.Errorf("%s instead of %s is no fault", edit[1], edit[0])
		}
	}
}
