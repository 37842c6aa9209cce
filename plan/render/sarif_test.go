package render_test

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"pgregory.net/rapid"

	"github.com/zoneloom/zoneloom/plan/render"
)

// sarifSchema is the official schema of the format.
var sarifSchema = sync.OnceValues(func() (*jsonschema.Schema, error) {
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	return c.Compile("../../testdata/reports/sarif-schema-2.1.0.json")
})

// checkSARIF holds what the format asks of a log: every result has a rule of the
// driver at its index, a level, a text, and a place by a reference that parses.
func checkSARIF(t *rapid.T, r *render.Report) {
	text := written(t, "sarif", r)
	schema, err := sarifSchema()
	if err != nil {
		t.Fatal(err)
	}
	data, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(data); err != nil {
		t.Fatal(err)
	}
	var log struct {
		Version string
		Runs    []struct {
			Tool struct {
				Driver struct {
					Name  string
					Rules []struct{ ID string }
				}
			}
			Results []struct {
				RuleID    string
				RuleIndex int
				Level     string
				Message   struct{ Text string }
				Locations []struct {
					PhysicalLocation struct {
						ArtifactLocation struct{ URI string }
						Region           struct{ StartLine int }
					}
				}
			}
		}
	}
	if err := json.Unmarshal([]byte(text), &log); err != nil {
		t.Fatal(err)
	}
	if log.Version != "2.1.0" || len(log.Runs) != 1 || log.Runs[0].Tool.Driver.Name == "" || len(log.Runs[0].Results) == 0 {
		t.Fatalf("log %+v", log)
	}
	rules := log.Runs[0].Tool.Driver.Rules
	for _, x := range log.Runs[0].Results {
		if x.RuleIndex >= len(rules) || rules[x.RuleIndex].ID != x.RuleID || x.Message.Text == "" || len(x.Locations) != 1 {
			t.Fatalf("result %+v", x)
		}
		place := x.Locations[0].PhysicalLocation
		u, err := url.Parse(place.ArtifactLocation.URI)
		if err != nil || u.IsAbs() || u.Path == "" || place.Region.StartLine < 1 || !slices.Contains([]string{"error", "warning", "note"}, x.Level) {
			t.Fatalf("result %+v: %v", x, err)
		}
	}
}

// TestSARIFPlaces: a file's name comes as it is, as the other tools have it, and
// never becomes the name of a host.
func TestSARIFPlaces(t *testing.T) {
	for file, want := range map[string]string{
		"zones/example.com.yaml": "zones/example.com.yaml",
		"zones/a b/#1.yaml":      "zones/a%20b/%231.yaml",
		"zones/ü\u202e.yaml":     "zones/%C3%BC%E2%80%AE.yaml",
		"//host/zones.yaml":      "/host/zones.yaml",
		"/\u00a0":                "/%C2%A0",
		"\xff\x00%41":            "%FF%00%2541",
		"http:zones.yaml":        "./http:zones.yaml",
	} {
		r := &render.Report{Problems: []render.Problem{{File: file, Line: 1, Text: "wrong"}}}
		if got := written(t, "sarif", r); !strings.Contains(got, `"uri": "`+want+`"`) {
			t.Errorf("%q: want %s in\n%s", file, want, got)
		}
	}
}
