package render

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/zoneloom/zoneloom/plan"
	"github.com/zoneloom/zoneloom/state"
)

// finding is what a report for a machine says of one place: a problem, a refusal,
// or a risky change.
type finding struct {
	rule string
	// level is that of a problem; a refusal is an error, a high risk a warning.
	level state.Severity
	file  string // as it is, which may be anything
	line  int
	// column counts from 1; 0 where only the line is known.
	column int
	text   string
	// fingerprint tells f from the others, and is the same in a later run, though
	// the line has moved.
	fingerprint string
}

// findings returns the errors first, then the warnings, then the notices; of each
// kind refusals, then problems, then risks, the worst first.
func (r *Report) findings() []finding {
	var all []finding
	if why := strings.TrimSpace(r.Failed); why != "" {
		all = append(all, finding{rule: "failed", text: visible(strings.ReplaceAll(why, "\n", "; "))})
	}
	refused, _ := r.refusals()
	for i := range refused {
		x := &refused[i]
		all = append(all, finding{rule: visible(x.Guard), text: visible(string(x.Zone) + ": " + x.Guard + ": " + x.Text + "; " + lift(x))})
	}
	for i := range r.Problems {
		p := &r.Problems[i]
		all = append(all, finding{rule: visible(cmp.Or(p.Code, "configuration")), level: p.Severity, file: p.File, line: p.Line, column: p.Column, text: p.message()})
	}
	for _, e := range r.riskiest() {
		level, risk := state.SeverityWarning, e.risk.Level.String()
		if e.risk.Level == plan.RiskMedium {
			level = state.SeverityNotice
		}
		all = append(all, finding{rule: "risk-" + risk, level: level, file: e.file, line: e.line, text: e.title() + ": " + risk + " risk: " + e.why()})
	}
	sorted := make([]finding, 0, len(all))
	for _, level := range severities {
		for _, f := range all {
			if f.level == level {
				sorted = append(sorted, f)
			}
		}
	}
	seen := map[string]int{}
	for i := range sorted {
		f := &sorted[i]
		file, _ := r.place(f)
		key := file + "\x00" + f.rule + "\x00" + f.text
		seen[key]++
		sum := sha256.Sum256(fmt.Append(nil, key, "\x00", seen[key]))
		f.fingerprint = hex.EncodeToString(sum[:16])
	}
	return sorted
}

// Annotations writes workflow commands of GitHub Actions, a line each: ten of each
// level, which is all that a step may show, the worst first.
func Annotations(w io.Writer, r *Report) error {
	const most = 10
	count := map[state.Severity]int{}
	for _, f := range r.findings() {
		count[f.level]++
	}
	var b bytes.Buffer
	said := map[state.Severity]int{}
	for _, f := range r.findings() {
		if said[f.level]++; said[f.level] > most {
			continue
		}
		if left := count[f.level] - most; said[f.level] == most && left > 0 {
			f.text += fmt.Sprintf(" (and %d more: see the report)", left)
		}
		command := f.level.String()
		place := "title=" + property("Zoneloom "+f.rule)
		if f.file != "" {
			at := fmt.Sprintf("file=%s,line=%d", property(visible(f.file)), max(f.line, 1))
			if f.column > 0 {
				at += fmt.Sprintf(",col=%d", f.column)
			}
			place = at + "," + place
		}
		fmt.Fprintf(&b, "::%s %s::%s\n", command, place, message(f.text))
	}
	_, err := w.Write(b.Bytes())
	return err
}

var message, property = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace,
	strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C").Replace

// StepSummary writes r as the summary of a step of GitHub Actions, of less than 1 MiB.
func StepSummary(w io.Writer, r *Report) error { return markdown(w, r, maxSummary) }

// GitLab writes the counts that GitLab's widget for plans shows.
func GitLab(w io.Writer, r *Report) error {
	if r.Plan == nil {
		return errors.New("there is no plan to count")
	}
	s := r.Plan.Summary()
	return json.NewEncoder(w).Encode(map[string]int{"create": s.Create, "update": s.Update, "delete": s.Delete})
}

// place returns where f stands; what stands nowhere is said at the configuration.
func (r *Report) place(f *finding) (file string, line int) {
	if f.file == "" {
		return r.Config, 1
	}
	return f.file, max(f.line, 1)
}

type issue struct {
	Description string        `json:"description"`
	CheckName   string        `json:"check_name"`
	Fingerprint string        `json:"fingerprint"`
	Severity    string        `json:"severity"`
	Location    issueLocation `json:"location"`
}

type issueLocation struct {
	Path  string     `json:"path"`
	Lines issueLines `json:"lines"`
}

type issueLines struct {
	Begin int `json:"begin"`
}

// CodeQuality writes r as a code quality report of GitLab.
func CodeQuality(w io.Writer, r *Report) error {
	issues := []issue{}
	for _, f := range r.findings() {
		severity := map[state.Severity]string{state.SeverityError: "critical", state.SeverityWarning: "major", state.SeverityNotice: "info"}[f.level]
		file, line := r.place(&f)
		issues = append(issues, issue{f.text, f.rule, f.fingerprint, severity, issueLocation{visible(file), issueLines{line}}})
	}
	e := json.NewEncoder(w)
	e.SetIndent("", " ")
	return e.Encode(issues)
}

type suites struct {
	XMLName xml.Name `xml:"testsuites"`
	Suites  []suite  `xml:"testsuite"`
}

type suite struct {
	Name     string     `xml:"name,attr"`
	Tests    int        `xml:"tests,attr"`
	Failures int        `xml:"failures,attr"`
	Errors   int        `xml:"errors,attr"`
	Cases    []testCase `xml:"testcase"`
}

type testCase struct {
	Name    string   `xml:"name,attr"`
	Class   string   `xml:"classname,attr"`
	Failure *failure `xml:"failure,omitempty"`
	Out     string   `xml:"system-out,omitempty"`
}

type failure struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

// JUnit writes r as test results: a suite of problems, and one for each zone with a
// case for its plan and one for each guard that refuses it.
func JUnit(w io.Writer, r *Report) error {
	var all suites
	all.add("configuration", r.configurationCases())
	for _, z := range r.zones() {
		name := visible(string(z.Name) + " at " + z.Provider)
		plain := testCase{Name: "plan", Class: name}
		for _, e := range r.entries(z) {
			plain.Out += e.title() + " (" + e.risk.Level.String() + ")\n"
		}
		cases := []testCase{plain}
		for n := range z.Refusals {
			x := &z.Refusals[n]
			cases = append(cases, testCase{Name: visible(x.Guard), Class: name, Failure: &failure{visible(x.Text), visible(lift(x))}})
		}
		for _, e := range r.entries(z) {
			if e.result == "not made" || e.result == "unknown" {
				cases = append(cases, testCase{Name: e.title(), Class: name, Failure: &failure{e.result, ""}})
			}
		}
		all.add(name, cases)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", " ")
	return errors.Join(e.Encode(all), e.Close())
}

func (r *Report) configurationCases() []testCase {
	cases := []testCase{{Name: "configuration", Class: "zoneloom"}}
	if r.Failed != "" {
		cases[0].Failure = &failure{visible(r.Failed), ""}
	}
	for i := range r.Problems {
		p := &r.Problems[i]
		c := testCase{Name: visible(cmp.Or(p.Code, "problem")), Class: "zoneloom"}
		if p.File != "" { // several may stand in one line
			c.Name = visible(fmt.Sprintf("%s:%d:%d ", p.File, p.Line, p.Column)) + c.Name
		}
		if p.Severity == state.SeverityError {
			c.Failure = &failure{p.message(), ""}
		} else {
			c.Out = p.message()
		}
		cases = append(cases, c)
	}
	return cases
}

func (s *suites) add(name string, cases []testCase) {
	one := suite{Name: name, Tests: len(cases), Cases: cases}
	for i := range cases {
		if cases[i].Failure != nil {
			one.Failures++
		}
	}
	s.Suites = append(s.Suites, one)
}
