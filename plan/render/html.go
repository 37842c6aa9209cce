package render

import (
	"crypto/sha256"
	_ "embed" // for the page
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"strings"

	"github.com/zoneloom/zoneloom/plan"
	"github.com/zoneloom/zoneloom/state"
)

var (
	//go:embed page/report.html
	pageText string
	//go:embed page/report.css
	pageStyle string
	//go:embed page/report.js
	pageScript string

	pageTemplate = template.Must(template.New("report").Parse(pageText))
)

type htmlPage struct {
	CSP, Of, Headline, Risks, Failed, ID string
	Style                                template.CSS
	Script                               template.JS
	Refused, Allowed                     htmlList[htmlRefusal]
	Problems                             htmlList[htmlProblem]
	Zones                                []htmlZone
}

// htmlList is folded where it is long.
type htmlList[T any] []T

// Short reports whether l may stand unfolded above the changes.
func (l htmlList[T]) Short() bool { return len(l) <= 10 }

type htmlRefusal struct{ Zone, Guard, Text, Lift string }

type htmlProblem struct{ Level, Place, Text string }

type htmlZone struct {
	Name, Provider, Counts, Creates, Left string
	Notices                               []string
	Entries                               []htmlEntry
}

type htmlEntry struct {
	Action, Risk, Type, Origin, Zone string // to filter by
	Name, Mark, Result, Place, Why   string
	Lines                            []htmlLine
}

type htmlLine struct{ Class, Text string }

// HTML writes r as one page that needs nothing else: no network, and no script but
// its own, which searches and filters. Without scripts it shows all the same.
func HTML(w io.Writer, r *Report) error {
	p := htmlPage{
		CSP: fmt.Sprintf("default-src 'none'; style-src '%s'; script-src '%s'; base-uri 'none'; form-action 'none'", hashOf(pageStyle), hashOf(pageScript)),
		Of:  r.command(), Headline: r.headline(), Failed: visibleLines(r.Failed),
		Style: template.CSS(pageStyle), Script: template.JS(pageScript), // both are ours
	}
	if r.Plan != nil {
		p.Risks, p.ID = risks(r.Plan), r.Plan.ID()
	}
	refused, allowed := r.refusals()
	p.Refused, p.Allowed = htmlRefusals(refused), htmlRefusals(allowed)
	p.Problems = r.htmlProblems()
	for _, z := range r.zones() {
		p.Zones = append(p.Zones, r.htmlZone(z))
	}
	return pageTemplate.Execute(w, &p)
}

// htmlProblems returns the problems, the worst first.
func (r *Report) htmlProblems() (all htmlList[htmlProblem]) {
	for _, s := range severities {
		for i := range r.Problems {
			x := &r.Problems[i]
			if x.Severity != s {
				continue
			}
			one := htmlProblem{Level: s.String(), Text: x.message()}
			if x.File != "" {
				one.Place = fmt.Sprintf("%s:%d", visible(x.File), x.Line)
			}
			all = append(all, one)
		}
	}
	return all
}

func visibleLines(s string) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	for i := range lines {
		lines[i] = visible(lines[i])
	}
	return strings.Join(lines, "\n")
}

// hashOf names an inline text to a browser's content security policy.
func hashOf(s string) string {
	sum := sha256.Sum256([]byte(s))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

func htmlRefusals(list []plan.Refusal) []htmlRefusal {
	var all []htmlRefusal
	for i := range list {
		x := &list[i]
		all = append(all, htmlRefusal{visible(both(x.Zone, x.Zone.Unicode())), visible(x.Guard), visible(x.Text), visible(lift(x))})
	}
	return all
}

func (r *Report) htmlZone(z *plan.Zone) htmlZone {
	out := htmlZone{Name: visible(both(z.Name, z.Name.Unicode())), Provider: visible(z.Provider), Left: leftAlone(z)}
	if z.Create {
		out.Creates = visible(z.Target)
	}
	for _, n := range z.Notices {
		out.Notices = append(out.Notices, visible(n))
	}
	counts := map[state.Action]int{}
	list := r.entries(z)
	for i := range list {
		e := &list[i]
		counts[e.c.Action()]++
		one := htmlEntry{
			Action: e.c.Action().String(), Risk: e.risk.Level.String(), Type: string(e.c.Type), Zone: visible(string(z.Name)),
			Name: e.name(), Mark: visible(e.origin), Result: e.result, Place: e.place(), Why: e.why(),
		}
		one.Origin, _, _ = strings.Cut(one.Mark, ",")
		one.Origin, _, _ = strings.Cut(one.Origin, ":")
		for _, l := range e.diff() {
			class := map[byte]string{'-': "old", '+': "new", ' ': "same"}[l.sign]
			one.Lines = append(one.Lines, htmlLine{class, string(l.sign) + " " + l.text})
		}
		out.Entries = append(out.Entries, one)
	}
	out.Counts = fmt.Sprintf("+%d ~%d -%d", counts[state.Create], counts[state.Update], counts[state.Delete])
	return out
}
