package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// arrange puts the flags of a command line in front of its arguments, because
// cli stops looking for flags at the first argument: without it, "apply
// plan.json --dry-run" would write. Flags may stand anywhere before "--", even
// before the command. What can't be understood beyond doubt is an error: an
// unknown command or flag, a flag twice that may stand once, a value that
// looks like a flag or is empty, a value for a flag that takes none, and an
// argument that begins with "-" or is empty, unless it is the "-" of fmt.
func arrange(app *cli.App, args []string) ([]string, error) {
	flags, rest, err := split(app, args[1:])
	if err != nil {
		return nil, err
	}
	out := []string{args[0]}
	known := append(slices.Clone(app.Flags), cli.HelpFlag)
	if len(rest) > 0 {
		command := app.Command(rest[0])
		if command == nil {
			return nil, usagef("unknown command %q%s; zoneloom help lists them", rest[0], didYouMean(rest[0], commandNames(app)))
		}
		out, rest = append(out, command.Name), rest[1:]
		if slices.Contains(rest, stdinArgument) && command.Name != fmtName {
			return nil, usagef("%q is neither a flag nor an argument", stdinArgument)
		}
		known = append(slices.Clone(command.Flags), cli.HelpFlag)
	}
	seen := map[string]bool{}
	for _, f := range flags {
		flag := findFlag(known, f.name)
		if flag == nil {
			return nil, usagef("unknown flag %s%s", f.written, didYouMean(f.written, flagNames(known)))
		}
		name := flag.Names()[0]
		if seen[name] && !repeatable(flag) {
			return nil, usagef("%s is given twice", f.written)
		}
		seen[name] = true
		out = append(out, f.canonical(name))
	}
	if len(rest) > 0 && !seen["help"] { // else cli takes the argument for a topic
		out = append(append(out, "--"), rest...)
	}
	return out, nil
}

// logsJSON reports whether a command line wants JSON on standard error. It is
// asked before the line is understood, so that what is wrong with it is told in
// that form too.
func logsJSON(args []string) (bool, error) {
	format := logFormatFlag.Value
	for i, a := range args {
		if a == "--" {
			break
		}
		flag, value, hasValue := strings.Cut(strings.TrimLeft(a, "-"), "=")
		switch {
		case !strings.HasPrefix(a, "-") || flag != logFormatFlag.Name:
		case hasValue:
			format = value
		case i+1 < len(args):
			format = args[i+1]
		}
	}
	if format != "text" && format != "json" {
		return false, usagef("--log-format is %q; it must be text or json", format)
	}
	return format == "json", nil
}

// argument is one flag of a command line.
type argument struct {
	written  string // with its dashes, as the user wrote it
	name     string
	value    string
	hasValue bool
}

// canonical spells f so that its value can't be taken for anything else.
func (f argument) canonical(name string) string {
	if f.hasValue {
		return "--" + name + "=" + f.value
	}
	return "--" + name
}

// split tells the flags of args from the rest. A flag takes a value in every
// command or in none, so the command needn't be known yet.
func split(app *cli.App, args []string) (flags []argument, rest []string, err error) {
	all := allFlags(app)
	for i := 0; i < len(args); i++ {
		switch a := args[i]; {
		case a == "--":
			rest, err = append(rest, args[i+1:]...), checkArguments(args[i+1:])
			return flags, rest, err
		case a == "":
			return nil, nil, checkArguments(args[i : i+1])
		case !strings.HasPrefix(a, "-") || a == stdinArgument:
			rest = append(rest, a)
		default:
			f, used, err := parseFlag(all, a, args[i+1:])
			if err != nil {
				return nil, nil, err
			}
			flags, i = append(flags, f), i+used
		}
	}
	return flags, rest, nil
}

// checkArguments refuses arguments that may be slips. An empty one is most likely
// a variable of the shell that isn't set.
func checkArguments(args []string) error {
	for _, a := range args {
		switch {
		case a == "":
			return usagef("an argument is empty")
		case strings.HasPrefix(a, "-"):
			return usagef("the argument %q begins with \"-\"; write ./%s if it is a file", a, a)
		}
	}
	return nil
}

// parseFlag parses the flag a, whose value may be the first of next. It returns
// how many of next it used.
func parseFlag(all []cli.Flag, a string, next []string) (f argument, used int, err error) {
	dashes := len(a) - len(strings.TrimLeft(a, "-"))
	f.written, f.value, f.hasValue = strings.Cut(a, "=")
	if dashes > 2 || len(f.written) == dashes {
		return f, 0, usagef("%q is neither a flag nor an argument", a)
	}
	f.name = f.written[dashes:]
	flag := findFlag(all, f.name)
	switch {
	case flag == nil:
		return f, 0, usagef("unknown flag %s%s", f.written, didYouMean(f.written, flagNames(all)))
	case !takesValue(flag):
		if f.hasValue {
			return f, 0, usagef("%s takes no value; leave it out to switch it off", f.written)
		}
		return f, 0, nil
	case f.hasValue && f.value != "":
		return f, 0, nil
	case f.hasValue || len(next) == 0 || next[0] == "":
		return f, 0, usagef("%s needs a value", f.written)
	case strings.HasPrefix(next[0], "-"):
		return f, 0, usagef("%s needs a value, and %q looks like a flag; write %s=%s if it is the value", f.written, next[0], f.written, next[0])
	}
	f.value, f.hasValue = next[0], true
	return f, 1, nil
}

// allFlags returns the flags of app and of all its commands.
func allFlags(app *cli.App) []cli.Flag {
	all := append(slices.Clone(app.Flags), cli.HelpFlag)
	for _, c := range app.Commands {
		all = append(all, c.Flags...)
	}
	return all
}

func findFlag(flags []cli.Flag, name string) cli.Flag {
	for _, f := range flags {
		if slices.Contains(f.Names(), name) {
			return f
		}
	}
	return nil
}

func takesValue(f cli.Flag) bool {
	d, ok := f.(cli.DocGenerationFlag)
	return ok && d.TakesValue()
}

func repeatable(f cli.Flag) bool {
	d, ok := f.(cli.DocGenerationSliceFlag)
	return ok && d.IsSliceFlag()
}

func flagNames(flags []cli.Flag) []string {
	var names []string
	for _, f := range flags {
		names = append(names, dashed(f)...)
	}
	return names
}

func commandNames(app *cli.App) []string {
	var names []string
	for _, c := range app.Commands {
		names = append(names, c.Names()...)
	}
	return names
}

// didYouMean offers the candidate that is at most two edits from s.
func didYouMean(s string, candidates []string) string {
	best, least := "", 3
	for _, c := range candidates {
		if d := edits(s, c); d < least && d < len(c) {
			best, least = c, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(" (did you mean %s?)", best)
}

// edits is the Levenshtein distance of a and b.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
