package render

import (
	"encoding/json"
	"io"
	"net/url"
	"path"
	"path/filepath"
	"strings"

	"github.com/zoneloom/zoneloom/state"
)

type sarifLog struct {
	Schema  string     `json:"$schema"`
	Version string     `json:"version"`
	Runs    []sarifRun `json:"runs"`
}

type sarifRun struct {
	Tool       sarifTool     `json:"tool"`
	ColumnKind string        `json:"columnKind"`
	Results    []sarifResult `json:"results"`
}

type sarifTool struct {
	Driver sarifDriver `json:"driver"`
}

type sarifDriver struct {
	Name           string      `json:"name"`
	InformationURI string      `json:"informationUri"`
	Rules          []sarifRule `json:"rules"`
}

type sarifRule struct {
	ID      string        `json:"id"`
	Name    string        `json:"name,omitempty"`
	Short   *sarifMessage `json:"shortDescription,omitempty"`
	HelpURI string        `json:"helpUri,omitempty"`
}

type sarifResult struct {
	RuleID       string            `json:"ruleId"`
	RuleIndex    int               `json:"ruleIndex"`
	Level        string            `json:"level"`
	Message      sarifMessage      `json:"message"`
	Locations    []sarifLocation   `json:"locations"`
	Fingerprints map[string]string `json:"partialFingerprints"`
}

type sarifMessage struct {
	Text string `json:"text"`
}

type sarifLocation struct {
	Physical sarifPhysical `json:"physicalLocation"`
}

type sarifPhysical struct {
	Artifact sarifArtifact `json:"artifactLocation"`
	Region   sarifRegion   `json:"region"`
}

type sarifArtifact struct {
	URI string `json:"uri"`
}

type sarifRegion struct {
	StartLine   int `json:"startLine"`
	StartColumn int `json:"startColumn,omitempty"`
}

// SARIF writes r as a log of static analysis, SARIF 2.1.0: a result for each
// problem, each refusal, and each change whose risk is above low.
func SARIF(w io.Writer, r *Report) error {
	driver := sarifDriver{Name: "Zoneloom", InformationURI: "https://github.com/zoneloom/zoneloom", Rules: []sarifRule{}}
	results := []sarifResult{}
	rules := map[string]int{}
	for _, f := range r.findings() {
		index, known := rules[f.rule]
		if !known {
			index = len(driver.Rules)
			rules[f.rule] = index
			driver.Rules = append(driver.Rules, r.sarifRule(f.rule))
		}
		level := f.level.String()
		if f.level == state.SeverityNotice {
			level = "note"
		}
		file, line := r.place(&f)
		place := sarifLocation{sarifPhysical{sarifArtifact{uri(file)}, sarifRegion{line, f.column}}}
		results = append(results, sarifResult{
			f.rule, index, level, sarifText(f.text), []sarifLocation{place}, map[string]string{"zoneloom/v1": f.fingerprint},
		})
	}
	e := json.NewEncoder(w)
	e.SetIndent("", " ")
	return e.Encode(sarifLog{
		"https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json", "2.1.0",
		[]sarifRun{{sarifTool{driver}, "unicodeCodePoints", results}},
	})
}

func (r *Report) sarifRule(code string) sarifRule {
	rule := sarifRule{ID: code}
	if r.Rule == nil {
		return rule
	}
	known := r.Rule(code)
	rule.Name, rule.HelpURI = known.Name, known.Help
	if known.Text != "" {
		short := sarifText(visible(known.Text))
		rule.Short = &short
	}
	return rule
}

// sarifText returns a message that says s. One may refer to others as [text](1), and
// has placeholders {0}.
func sarifText(s string) sarifMessage {
	return sarifMessage{strings.NewReplacer("[", `\[`, "]", `\]`, "{", "{{", "}", "}}").Replace(s)}
}

// uri returns a reference to file, relative where file is. A path of two slashes
// would name a host.
func uri(file string) string {
	return (&url.URL{Path: path.Clean(filepath.ToSlash(file))}).String()
}
