package render_test

import (
	"strings"

	"golang.org/x/net/html"
	"pgregory.net/rapid"

	"github.com/zoneloom/zoneloom/plan/render"
)

// checkPage: whatever the plan says, the page has the elements
// that the template has, one script, and no attribute that could run anything.
func checkPage(t *rapid.T, r *render.Report) {
	allowed := map[string]bool{}
	for name := range strings.FieldsSeq("html head meta title style body section h1 h2 p pre ul li code nav input select option button span details summary article b script") {
		allowed[name] = true
	}
	doc, err := html.Parse(strings.NewReader(written(t, "html", r)))
	if err != nil {
		t.Fatal(err)
	}
	scripts := 0
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		if n.Data == "script" {
			scripts++
		}
		if !allowed[n.Data] {
			t.Fatalf("an element %s", n.Data)
		}
		for _, a := range n.Attr {
			if strings.HasPrefix(a.Key, "on") || a.Key == "src" || a.Key == "href" || n.Data != "meta" && a.Key == "style" {
				t.Fatalf("an attribute %s=%q of %s", a.Key, a.Val, n.Data)
			}
		}
	}
	if scripts != 1 {
		t.Fatalf("%d scripts", scripts)
	}
}
