package main

import (
	"os"
	"reflect"
	"slices"
	"testing"

	"github.com/zoneloom/zoneloom/provider/cloudflare"
)

// Equal credentials share what the service allows them; others don't.
func TestBudgets(t *testing.T) {
	p := &program{getenv: os.LookupEnv}
	o := p.opener(&project{})
	budget := func(s cloudflare.Settings) *cloudflare.Budget { return o.cloudflare(&s).Budget }
	one := budget(cloudflare.Settings{Token: "one"})
	if one == nil || one != budget(cloudflare.Settings{Token: "one", Account: "another"}) {
		t.Error("one token in two providers has two budgets")
	}
	for _, s := range []cloudflare.Settings{
		{Token: "two"},
		{Email: "one"},
		{Email: "ops@example.com", Key: "one"},
		{Token: "one", URL: "http://127.0.0.1:8080/client/v4"},
	} {
		if budget(s) == one {
			t.Errorf("%+v shares the budget of another credential", s)
		}
	}
}

// A setting that import doesn't write where it stands in the file itself is known
// as a secret.
func TestSecretSettings(t *testing.T) {
	for name, k := range kinds {
		for i := range reflect.TypeOf(k.settings()).Elem().NumField() {
			settings := k.settings()
			f := reflect.ValueOf(settings).Elem().Field(i)
			if f.Kind() != reflect.String {
				continue
			}
			f.SetString("stands-here")
			secret := k.secrets != nil && slices.Contains(k.secrets(settings), "stands-here")
			if shown := k.lines(settings) != nil; shown == secret {
				t.Errorf("%s: field %d is shown: %v, and known as a secret: %v", name, i, shown, secret)
			}
		}
	}
}

// What import writes about a provider has no secret that stands in the file.
func TestLinesHoldNoSecrets(t *testing.T) {
	for _, s := range []cloudflare.Settings{
		{Token: "secret"},
		{Token: "${TOKEN}secret"},
		{Email: "ops@example.com", Key: "secret"},
	} {
		if lines := cloudflareLines(&s); lines != nil {
			t.Errorf("the lines of %+v are %q", s, lines)
		}
	}
	if lines := cloudflareLines(&cloudflare.Settings{Email: "ops@example.com", Key: "${KEY}"}); len(lines) != 3 {
		t.Errorf("the lines of a key from the environment are %q", lines)
	}
}
