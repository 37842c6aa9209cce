package main

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneloom/zoneloom/config"
	"github.com/zoneloom/zoneloom/plan"
	"github.com/zoneloom/zoneloom/state"
)

// The guards' page has a row for each of them, and no other.
func TestDocumentedGuards(t *testing.T) {
	page, err := os.ReadFile("../../docs/guards.md")
	if err != nil {
		t.Fatal(err)
	}
	var rows []string
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z-]+)` \\|").FindAllSubmatch(page, -1) {
		rows = append(rows, string(m[1]))
	}
	if diff := cmp.Diff(plan.GuardNames(), rows); diff != "" {
		t.Errorf("docs/guards.md (-guards +page):\n%s", diff)
	}
	example := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindSubmatch(page)
	c, err := config.Load(fstest.MapFS{"zoneloom.yaml": {Data: example[1]}}, "zoneloom.yaml")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]state.Limit{
		plan.GuardDeleteMany: {Count: 1, Percent: 5, Most: 100},
		plan.GuardChangeMany: {Count: 10, Percent: 60, Most: 500},
	}
	if diff := cmp.Diff(want, c.Zones[0].Rules.Limits); diff != "" {
		t.Errorf("the limits in the example of docs/guards.md (-page +config):\n%s", diff)
	}
}

// The configuration knows every guard by its name, and takes limits for those
// that count.
func TestConfiguredGuards(t *testing.T) {
	for _, g := range plan.GuardNames() {
		text := "providers:\n  p: {type: sandbox}\nzones:\n  example.com: {provider: p, records: {}, guards: {" + g + ": {count: 1}}}\n"
		_, err := config.Load(fstest.MapFS{"zoneloom.yaml": {Data: []byte(text)}}, "zoneloom.yaml")
		counts := slices.Contains([]string{plan.GuardDeleteMany, plan.GuardChangeMany}, g)
		want := "the guard " + g + " has no limits to set (lift it for one run with --allow ZONE:" + g + ")"
		switch {
		case counts && err != nil:
			t.Errorf("%s: %v", g, err)
		case !counts && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%s: %v, want %s", g, err, want)
		}
	}
}
