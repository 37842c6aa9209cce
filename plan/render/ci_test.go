package render_test

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/zoneloom/zoneloom/plan/render"
)

var annotation = regexp.MustCompile(`^::(error|warning|notice) (file=[^,:]+,line=[1-9][0-9]*,(col=[1-9][0-9]*,)?)?title=[^,:]+::[^\r]*$`)

// checkAnnotations: whatever the plan says, annotations are one line each and ten
// of a level at most, and the summary of a step isn't too long.
func checkAnnotations(t *rapid.T, r *render.Report) {
	count := map[string]int{}
	for line := range strings.Lines(written(t, "github-annotations", r)) {
		found := annotation.FindStringSubmatch(strings.TrimSuffix(line, "\n"))
		if found == nil {
			t.Fatalf("no annotation: %q", line)
		}
		if count[found[1]]++; count[found[1]] > 10 {
			t.Fatalf("more than ten of %s", found[1])
		}
	}
	if s := written(t, "github-summary", r); len(s) >= 1<<20 {
		t.Fatalf("a summary of %d octets", len(s))
	}
}

// checkGitLab: the reports are what GitLab reads, and no finding is there twice.
func checkGitLab(t *rapid.T, r *render.Report) {
	var counts map[string]int
	if err := json.Unmarshal([]byte(written(t, "gitlab", r)), &counts); err != nil || len(counts) != 3 {
		t.Fatalf("%v, %v", counts, err)
	}
	var issues []struct {
		Description, Fingerprint, Severity string
		CheckName                          string `json:"check_name"`
		Location                           struct {
			Path  string
			Lines struct{ Begin int }
		}
	}
	d := json.NewDecoder(strings.NewReader(written(t, "gitlab-codequality", r)))
	d.DisallowUnknownFields()
	if err := d.Decode(&issues); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, i := range issues {
		known := slices.Contains([]string{"info", "minor", "major", "critical", "blocker"}, i.Severity)
		if i.Description == "" || i.CheckName == "" || !known || i.Location.Path == "" || i.Location.Lines.Begin < 1 || seen[i.Fingerprint] {
			t.Fatalf("issue %+v", i)
		}
		seen[i.Fingerprint] = true
	}
}

func checkJUnit(t *rapid.T, r *render.Report) {
	d := xml.NewDecoder(strings.NewReader(written(t, "junit", r)))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

// TestJUnitSchema: Jenkins reads the report.
func TestJUnitSchema(t *testing.T) {
	for name, r := range map[string]*render.Report{"all": everything(), "nothing": {}} {
		cmd := exec.CommandContext(t.Context(), "xmllint", "--noout", "--nonet", "--schema", "../../testdata/reports/junit-4.xsd", "-")
		cmd.Stdin = strings.NewReader(written(t, "junit", r))
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: %v: %s (xmllint is in Debian's libxml2-utils)", name, err, out)
		}
	}
}
