package main

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/urfave/cli/v2"
)

// These tests are in the package itself: a command has no exported names.

func TestArrange(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"flags stay before arguments", "apply --dry-run plan.json", "apply --dry-run -- plan.json"},
		{"a flag after the argument", "apply plan.json --dry-run", "apply --dry-run -- plan.json"},
		{"a flag before the command", "--dry-run apply plan.json", "apply --dry-run -- plan.json"},
		{"one dash", "apply plan.json -dry-run", "apply --dry-run -- plan.json"},
		{"a value in the next word", "plan --zone example.com -c x.yaml", "plan --zone=example.com --config=x.yaml"},
		{"a value after =", "plan --zone=example.com -c=x.yaml", "plan --zone=example.com --config=x.yaml"},
		{"a value that looks like a flag after =", "plan --out=--dry-run", "plan --out=--dry-run"},
		{"a flag that may be repeated", "plan --zone a --zone b", "plan --zone=a --zone=b"},
		{"-- ends the flags", "apply -- plan.json", "apply -- plan.json"},
		{"help", "plan --help", "plan --help"},
		{"help of the whole", "-h", "--help"},
		{"nothing", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := &program{}
			got, err := arrange(p.app(), append([]string{"zoneloom"}, strings.Fields(tt.in)...))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, strings.Join(got[1:], " ")); diff != "" {
				t.Errorf("arrange (-want +got):\n%s", diff)
			}
		})
	}
}

func TestArrangeRefuses(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"an unknown command", "aply", `unknown command "aply" (did you mean apply?); zoneloom help lists them`},
		{"an unknown flag", "apply --dryrun", `unknown flag --dryrun (did you mean --dry-run?)`},
		{"a flag of another command", "validate --dry-run", `unknown flag --dry-run`},
		{"a flag without its value", "plan --out", `--out needs a value`},
		{"an empty value", "plan --out=", `--out needs a value`},
		{"an empty word for a value", "plan --provider '' --zone x", `--provider needs a value`},
		{"an empty argument", "apply '' --yes", `an argument is empty`},
		{"an empty argument after --", "apply --yes -- ''", `an argument is empty`},
		{"a flag in place of a value", "apply --zone --dry-run", `--zone needs a value, and "--dry-run" looks like a flag; write --zone=--dry-run if it is the value`},
		{"-- in place of a value", "apply --zone -- x", `--zone needs a value, and "--" looks like a flag; write --zone=-- if it is the value`},
		{"a value for a flag without one", "apply --dry-run=false", `--dry-run takes no value; leave it out to switch it off`},
		{"a flag twice", "plan --out a --out b", `--out is given twice`},
		{"a flag twice by two names", "plan -c a --config b", `--config is given twice`},
		{"an argument like a flag", "apply -- --dry-run", `the argument "--dry-run" begins with "-"; write ./--dry-run if it is a file`},
		{"a lone dash", "apply -", `"-" is neither a flag nor an argument`},
		{"three dashes", "apply ---dry-run", `"---dry-run" is neither a flag nor an argument`},
		{"a dash and =", "apply --=x", `"--=x" is neither a flag nor an argument`},
		{"short flags in one", "plan -qv", `unknown flag -qv (did you mean -q?)`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := &program{}
			words := strings.Fields(strings.ReplaceAll(tt.in, "''", "EMPTY"))
			for i := range words {
				words[i] = strings.ReplaceAll(words[i], "EMPTY", "")
			}
			got, err := arrange(p.app(), append([]string{"zoneloom"}, words...))
			var usage *usageError
			if !errors.As(err, &usage) || err.Error() != tt.want {
				t.Errorf("arrange(%q) = %q, %v; want the error %q", tt.in, got, err, tt.want)
			}
		})
	}
}

// A flag takes a value in every command or in none: split relies on it.
func TestFlagsAgree(t *testing.T) {
	p := &program{}
	takes := map[string]bool{}
	for _, f := range allFlags(p.app()) {
		for _, name := range f.Names() {
			if before, seen := takes[name]; seen && before != takesValue(f) {
				t.Errorf("-%s takes a value in one command and none in another", name)
			}
			takes[name] = takesValue(f)
		}
	}
}

// Wherever --dry-run stands before --, apply sees it, or the run is a usage
// error.
func FuzzDryRunIsSeen(f *testing.F) {
	for _, seed := range []string{
		"apply plan.json\x00--dry-run", "apply\x00--zone\x00--dry-run", "--dry-run\x00apply\x00--yes",
		"apply\x00--dry-run\x00--dry-run=false", "apply\x00-c\x00x\x00a\x00-dry-run", "apply\x00--allow=--\x00--dry-run\x00--\x00x",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		args := strings.Split(line, "\x00")
		flags := args
		if i := slices.Index(args, "--"); i >= 0 {
			flags = args[:i]
		}
		if !slices.Contains(flags, "--dry-run") && !slices.Contains(flags, "-dry-run") {
			return
		}
		p := &program{stderr: &lineWriter{w: &strings.Builder{}}}
		app := p.app()
		applied, seen := false, false
		app.Command("apply").Action = func(c *cli.Context) error {
			applied, seen = true, c.Bool("dry-run")
			return nil
		}
		for _, c := range app.Commands {
			if c.Name != "apply" {
				c.Action = func(*cli.Context) error { return nil }
			}
		}
		app.Writer = &strings.Builder{}
		arranged, err := arrange(app, append([]string{"zoneloom"}, args...))
		if err == nil {
			err = app.Run(arranged)
		}
		if err == nil && applied && !seen {
			t.Errorf("%q applies and doesn't see --dry-run: arranged as %q", args, arranged)
		}
	})
}
