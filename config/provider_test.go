package config_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneloom/zoneloom/config"
	"github.com/zoneloom/zoneloom/state"
)

// settings is what a provider might export.
type settings struct {
	Token    string   `yaml:"token"`
	Account  string   `yaml:"account"`
	Strict   bool     `yaml:"strict"`
	Retries  int      `yaml:"retries"`
	Hosts    []string `yaml:"hosts"`
	Page     *int     `yaml:"page"`
	Key      key      `yaml:"key"`
	Internal string
}

type key struct {
	Name   string `yaml:"key_name"`
	Secret string `yaml:"secret,omitempty"`
}

func parse(t *testing.T, text string) *config.Config {
	t.Helper()
	c, err := config.Load(fstest.MapFS{"zoneloom.yaml": {Data: []byte(text)}}, "zoneloom.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func env(name string) (string, bool) {
	value, ok := map[string]string{"TOKEN": "secret", "EMPTY": "", "N": "7"}[name]
	return value, ok
}

func TestDecode(t *testing.T) {
	c := parse(t, `providers:
  p:
    type: sandbox
    token: "a-${TOKEN}-${UNSET:-b}${EMPTY:-c}${EMPTY}$"
    account: 0123
    strict: true
    retries: ${N}
    hosts: [a, b]
    page: 5
    key: {key_name: k, secret: "${TOKEN}"}
history: ${TOKEN}
`)
	p := c.Provider("p")
	var got settings
	if err := p.Decode(&got, env); err != nil {
		t.Fatal(err)
	}
	five := 5
	want := settings{
		Token: "a-secret-bc$", Account: "0123", Strict: true, Retries: 7,
		Hosts: []string{"a", "b"}, Page: &five, Key: key{"k", "secret"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Decode (-want +got):\n%s", diff)
	}
	var history string
	if err := c.History.Decode(&history, env); err != nil || history != "secret" {
		t.Errorf("history = %q, %v", history, err)
	}
	if !p.UsesEnv() || !c.History.UsesEnv() {
		t.Error("UsesEnv is false for settings with variables")
	}
}

// CheckKeys finds what Decode finds, but for variables that are unset.
func TestDecodeFaults(t *testing.T) {
	c := parse(t, `providers:
  p:
    type: sandbox
    tokn: x
    account: ${UNSET}
    strict: yes
    retries: many
    hosts: {a: b}
    page: ${9}
    key: {key_name: k, secret: "${TOKEN"}
    token: a
    token: b
  q: {type: sandbox, retries: "${TOKEN}", strict: "${TOKEN}"}
`)
	both := []string{
		`zoneloom.yaml:4:5: the provider p has no key "tokn" (did you mean token?)`,
		`zoneloom.yaml:6:13: strict must be true or false, not "yes"`,
		`zoneloom.yaml:7:14: retries must be a whole number, not "many"`,
		`zoneloom.yaml:8:12: hosts must be a text, not a mapping`,
		`zoneloom.yaml:9:11: this holds ${ without the name of a variable and } (write ${NAME} or ${NAME:-default})`,
		`zoneloom.yaml:10:32: this holds ${ without the name of a variable and } (write ${NAME} or ${NAME:-default})`,
		`zoneloom.yaml:12:5: token is given twice, first at zoneloom.yaml:11:5 (keep one of them)`,
	}
	unset := `zoneloom.yaml:5:14: the environment variable UNSET is not set (set it, or write ${UNSET:-default})`
	var s settings
	checked := c.Provider("p").CheckKeys(&s)
	if diff := cmp.Diff(strings.Join(both, "\n"), checked.Error()); diff != "" {
		t.Errorf("CheckKeys (-want +got):\n%s", diff)
	}
	err := c.Provider("p").Decode(&s, env)
	if err == nil {
		t.Fatal("Decode found nothing")
	}
	want := strings.Join(append(both[:1:1], append([]string{unset}, both[1:]...)...), "\n")
	if diff := cmp.Diff(want, err.Error()); diff != "" {
		t.Errorf("Decode (-want +got):\n%s", diff)
	}
	if err := c.Provider("q").Decode(&s, env); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("Decode = %v, want faults that show no value of a variable", err)
	}
	if faults := c.Provider("q").CheckKeys(&s); len(faults) > 0 {
		t.Errorf("CheckKeys = %v without variables, want nothing", faults)
	}
}

func TestProblemsAndWritten(t *testing.T) {
	c := parse(t, `providers: {p: {type: sandbox}}
defaults: {proxied: true, ttl: 60}
zones:
  example.com:
    provider: p
    records:
      a: {type: A, value: 192.0.2.1}
      b: {type: A, proxied: false, value: 192.0.2.1}
      c:
        type: A
        comment: x
        settings: {s: 1}
        values:
          - {value: 192.0.2.1, ttl: 5, proxied: false}
          - 192.0.2.2
`)
	z := c.Zones[0]
	type row struct{ Name, Data, Written string }
	var got []row
	for _, set := range z.Want("p").RRsets {
		for _, r := range set.Records {
			var keys []string
			for _, k := range []string{"proxied", "ttl", "comment", "settings.s", "tags"} {
				if z.Written(r.Src, k) {
					keys = append(keys, k)
				}
			}
			got = append(got, row{set.Name.Relative(z.Name), r.Data, strings.Join(keys, " ")})
		}
	}
	want := []row{
		{"a", "192.0.2.1", ""},
		{"b", "192.0.2.1", "proxied"},
		{"c", "192.0.2.1", "proxied ttl comment settings.s"},
		{"c", "192.0.2.2", "comment settings.s"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Written (-want +got):\n%s", diff)
	}
	if z.Written(0, "proxied") || c.Pos(0) != (config.Pos{}) {
		t.Error("the zero Src is a place")
	}
	set := z.Want("p").Find(state.Key{Name: "c.example.com.", Type: state.A})
	list := c.Problems([]state.Problem{
		{Key: set.Key, Src: set.Records[1].Src, Severity: state.SeverityWarning, Text: "odd"},
		{Key: set.Key, Src: set.Records[0].Src, Text: "refused", Hint: "try another"},
	})
	wantText := "zoneloom.yaml:14:13: c.example.com. A: refused (try another)\n" +
		"zoneloom.yaml:15:13: warning: c.example.com. A: odd"
	if diff := cmp.Diff(wantText, list.Error()); diff != "" {
		t.Errorf("Problems (-want +got):\n%s", diff)
	}
}
