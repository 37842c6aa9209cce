package render_test

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"strings"

	"pgregory.net/rapid"

	"github.com/zoneloom/zoneloom/plan/render"
)

var annotation = regexp.MustCompile(`^::(error|warning|notice) (file=[^,:]+,line=[1-9][0-9]*,)?title=[^,:]+::[^\r]*$`)

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
		Location                           struct{ Path string }
	}
	if err := json.Unmarshal([]byte(written(t, "gitlab-codequality", r)), &issues); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, i := range issues {
		if i.Description == "" || i.Severity == "" || i.Location.Path == "" || seen[i.Fingerprint] {
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
