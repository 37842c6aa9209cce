package render_test

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

var annotation = regexp.MustCompile(`^::(error|warning|notice) (file=[^,:]+,line=[1-9][0-9]*,)?title=[^,:]+::[^\r]*$`)

// TestReportsForMachines: whatever the plan says, annotations are one line each and
// ten of a level at most, and what should be JSON or XML is.
func TestReportsForMachines(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := drawReport(t)
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
		d := xml.NewDecoder(strings.NewReader(written(t, "junit", r)))
		for {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatal(err)
			}
		}
	})
}
