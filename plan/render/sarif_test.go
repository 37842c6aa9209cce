package render_test

import (
	"encoding/json"
	"net/url"
	"slices"

	"pgregory.net/rapid"

	"github.com/zoneloom/zoneloom/plan/render"
)

// checkSARIF holds what the format asks of a log: every result has a rule of the
// driver at its index, a level, a text, and a place by a reference that parses.
func checkSARIF(t *rapid.T, r *render.Report) {
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
	if err := json.Unmarshal([]byte(written(t, "sarif", r)), &log); err != nil {
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
