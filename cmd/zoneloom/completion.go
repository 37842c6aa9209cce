package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// completion prints a script that completes commands and flags. The scripts
// are lists made from the app's own commands: they run nothing while a user
// types.
func (p *program) completion(c *cli.Context) error {
	scripts := map[string]func(*strings.Builder, []*cli.Command){"bash": bash, "zsh": zsh, "fish": fish}
	write, ok := scripts[c.Args().First()]
	if !ok || c.NArg() != 1 {
		return usagef("completion takes one argument: bash, zsh or fish")
	}
	var b strings.Builder
	write(&b, c.App.Commands)
	_, err := io.WriteString(p.stdout, b.String())
	return err
}

// choices are the values of a flag or command that has few.
var choices = map[string]string{"format": "text json", "completion": "bash zsh fish", "schema": "config octodns records plan"}

func bash(w *strings.Builder, commands []*cli.Command) {
	var names, files, free []string
	seen := map[string]bool{}
	for _, c := range commands {
		names = append(names, c.Name)
		for _, f := range flagsOf(c) {
			if name := f.Names()[0]; !seen[name] && takesValue(f) && choices[name] == "" {
				if seen[name] = true; takesFile(f) {
					files = append(files, dashed(f)...)
				} else {
					free = append(free, dashed(f)...)
				}
			}
		}
	}
	fmt.Fprintf(w, `# bash completion for zoneloom: source this, or put it in
# ~/.local/share/bash-completion/completions/zoneloom
_zoneloom() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} command= words= i
	COMPREPLY=()
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		%s) command=${COMP_WORDS[i]}; break ;;
		esac
	done
	case $prev in
	--format) COMPREPLY=($(compgen -W '%s' -- "$cur")); return ;;
	%s) COMPREPLY=($(compgen -f -- "$cur")); return ;;
	%s) return ;;
	esac
	case $command in
	'') words='%s' ;;
`, strings.Join(names, "|"), choices["format"], strings.Join(files, "|"), strings.Join(free, "|"), strings.Join(names, " "))
	for _, c := range commands {
		words := choices[c.Name]
		if c.Name == "help" {
			words = strings.Join(names, " ")
		}
		for _, f := range flagsOf(c) {
			words += " " + strings.Join(dashed(f), " ")
		}
		fmt.Fprintf(w, "\t%s) words='%s' ;;\n", c.Name, strings.TrimSpace(words))
	}
	w.WriteString(`	esac
	COMPREPLY=($(compgen -W "$words" -- "$cur"))
	if [[ ${#COMPREPLY[@]} -eq 0 && $cur != -* && ( $command == apply || $command == fmt ) ]]; then
		COMPREPLY=($(compgen -f -- "$cur"))
	fi
}
complete -o filenames -F _zoneloom zoneloom
`)
}

func zsh(w *strings.Builder, commands []*cli.Command) {
	w.WriteString(`#compdef zoneloom
# zsh completion for zoneloom: put it in a folder of $fpath as _zoneloom
_zoneloom() {
	local curcontext=$curcontext context state line
	typeset -A opt_args
	local -a commands
	commands=(
`)
	for _, c := range commands {
		fmt.Fprintf(w, "\t\t'%s:%s'\n", c.Name, quote(c.Usage))
	}
	w.WriteString(`	)
	_arguments -C '1:command:->command' '*::argument:->argument'
	case $state in
	command) _describe command commands ;;
	argument)
		case $words[1] in
`)
	for _, c := range commands {
		fmt.Fprintf(w, "\t\t%s) _arguments", c.Name)
		for _, f := range flagsOf(c) {
			w.WriteString(" \\\n\t\t\t" + zshFlag(f))
		}
		switch words := choices[c.Name]; {
		case c.Name == "help":
			w.WriteString(" '1:command:(" + strings.Join(commandNames(&cli.App{Commands: commands}), " ") + ")'")
		case words != "":
			w.WriteString(" '1:argument:(" + words + ")'")
		case c.ArgsUsage != "":
			w.WriteString(" \\\n\t\t\t'*:argument:_files'")
		}
		w.WriteString(" ;;\n")
	}
	w.WriteString(`		esac ;;
	esac
}
if [ "$funcstack[1]" = _zoneloom ]; then _zoneloom "$@"; else compdef _zoneloom zoneloom; fi
`)
}

// zshFlag is f as _arguments takes it.
func zshFlag(f cli.Flag) string {
	names := dashed(f)
	spec := names[0]
	if len(names) > 1 {
		spec = fmt.Sprintf("'(%s)'{%s}", strings.Join(names, " "), strings.Join(names, ","))
	}
	if repeatable(f) {
		spec = "'*'" + spec
	}
	placeholder, usage := usageOf(f)
	escape := strings.NewReplacer("[", "\\[", "]", "\\]", ":", "\\:")
	spec += "'[" + escape.Replace(quote(usage)) + "]"
	switch words := choices[f.Names()[0]]; {
	case words != "":
		spec += ":" + placeholder + ":(" + words + ")"
	case takesFile(f):
		spec += ":" + placeholder + ":_files"
	case takesValue(f):
		spec += ":" + placeholder + ": "
	}
	return spec + "'"
}

func fish(w *strings.Builder, commands []*cli.Command) {
	w.WriteString("# fish completion for zoneloom: put it in ~/.config/fish/completions/zoneloom.fish\n")
	for _, c := range commands {
		fmt.Fprintf(w, "complete -c zoneloom -f -n __fish_use_subcommand -a %s -d '%s'\n", c.Name, quote(c.Usage))
	}
	for _, c := range commands {
		in := fmt.Sprintf("complete -c zoneloom -n '__fish_seen_subcommand_from %s'", c.Name)
		words := choices[c.Name]
		if c.Name == "help" {
			words = strings.Join(commandNames(&cli.App{Commands: commands}), " ")
		}
		if words != "" {
			fmt.Fprintf(w, "%s -f -a '%s'\n", in, words)
		}
		for _, f := range flagsOf(c) {
			for _, name := range f.Names() {
				if len(name) == 1 {
					fmt.Fprintf(w, "%s -s %s", in, name)
				} else {
					fmt.Fprintf(w, "%s -l %s", in, name)
				}
				switch words := choices[f.Names()[0]]; {
				case words != "":
					fmt.Fprintf(w, " -x -a '%s'", words)
				case takesFile(f):
					w.WriteString(" -r -F")
				case takesValue(f):
					w.WriteString(" -x")
				}
				_, usage := usageOf(f)
				fmt.Fprintf(w, " -d '%s'\n", quote(usage))
			}
		}
	}
}

// flagsOf returns c's own flags, without the --help that cli adds once it runs c.
func flagsOf(c *cli.Command) []cli.Flag {
	return slices.DeleteFunc(slices.Clone(c.Flags), func(f cli.Flag) bool { return f == cli.HelpFlag })
}

// dashed returns the names of f as they are written.
func dashed(f cli.Flag) []string {
	var names []string
	for _, n := range f.Names() {
		if len(n) == 1 {
			names = append(names, "-"+n)
		} else {
			names = append(names, "--"+n)
		}
	}
	return names
}

// usageOf returns what f's value is called and what f does.
func usageOf(f cli.Flag) (placeholder, usage string) {
	d, ok := f.(cli.DocGenerationFlag)
	if !ok {
		return "", ""
	}
	usage = d.GetUsage()
	if before, rest, found := strings.Cut(usage, "`"); found {
		name, after, _ := strings.Cut(rest, "`")
		return name, before + name + after
	}
	return "VALUE", usage
}

func takesFile(f cli.Flag) bool {
	switch f := f.(type) {
	case *cli.StringFlag:
		return f.TakesFile
	case *cli.StringSliceFlag:
		return f.TakesFile
	}
	return false
}

// quote escapes s for use between single quotes: in zsh and fish alike, by
// having none.
func quote(s string) string { return strings.ReplaceAll(s, "'", "’") }
