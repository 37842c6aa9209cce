package main

import (
	"slices"

	"github.com/urfave/cli/v2"
)

// Flags that several commands share. A flag takes a value in every command or
// in none.
var (
	configFlag = &cli.StringFlag{
		Name: "config", Aliases: []string{"c"}, Value: "zoneloom.yaml", TakesFile: true,
		Usage: "read the configuration from `FILE`",
	}
	zoneFlag = &cli.StringSliceFlag{
		Name:  "zone",
		Usage: "only zones that match `GLOB`, in which * spans dots; may be repeated",
	}
	providerFlag = &cli.StringFlag{
		Name:  "provider",
		Usage: "only the provider that the configuration calls `NAME`",
	}
	formatFlag = &cli.StringFlag{
		Name: "format", Value: "text",
		Usage: "write `FORMAT` to standard output: text or json",
	}
	quietFlag = &cli.BoolFlag{
		Name: "quiet", Aliases: []string{"q"}, DisableDefaultText: true,
		Usage: "say nothing on standard error but warnings and errors",
	}
	verboseFlag = &cli.BoolFlag{
		Name: "verbose", Aliases: []string{"v"}, DisableDefaultText: true,
		Usage: "say on standard error which calls are made",
	}
	logFormatFlag = &cli.StringFlag{
		Name: "log-format", Value: "text",
		Usage: "write `FORMAT` to standard error: text, or json with one object in each line",
	}
	allowFlag = &cli.StringSliceFlag{
		Name:  "allow",
		Usage: "lift a guard of a zone, given as `ZONE:GUARD`, or ZONE@PROVIDER:GUARD at one of its providers; may be repeated",
	}
	maxRiskFlag = &cli.StringFlag{
		Name:  "max-risk",
		Usage: "refuse changes of a higher risk than `LEVEL`: low, medium, high or critical",
	}
)

// app returns the commands with their flags.
func (p *program) app() *cli.App {
	return &cli.App{
		Name:     "zoneloom",
		HelpName: "zoneloom",
		Usage:    "keep DNS zones as a YAML file says",
		Version:  version,
		Reader:   p.stdin, Writer: p.stdout, ErrWriter: p.stderr,
		Flags: []cli.Flag{&cli.BoolFlag{Name: "version", DisableDefaultText: true, Usage: "print the version"}},
		// -v is for verbose; the command version says more than cli would.
		HideVersion:               true,
		HideHelpCommand:           true,
		DisableSliceFlagSeparator: true,
		ExitErrHandler:            func(*cli.Context, error) {}, // only main exits
		OnUsageError:              func(_ *cli.Context, err error, _ bool) error { return usagef("%w", err) },
		Action:                    p.root,
		Commands:                  p.commands(),
	}
}

func (p *program) commands() []*cli.Command {
	common := []cli.Flag{configFlag, zoneFlag, providerFlag, formatFlag, quietFlag, verboseFlag}
	commands := []*cli.Command{
		{
			Name: "validate", Usage: "check the configuration offline, without secrets",
			Action: p.validate,
			Flags:  []cli.Flag{configFlag, problemFormatFlag, problemReportFlag, quietFlag},
		},
		{
			Name: "lint", Usage: "find records that are wrong although every service takes them",
			Action: p.lint,
			Flags:  []cli.Flag{configFlag, zoneFlag, problemFormatFlag, problemReportFlag, strictFlag, quietFlag},
		},
		{
			Name: "plan", Usage: "show what apply would change",
			Action: p.plan,
			Flags: slices.Concat(common, []cli.Flag{
				allowFlag, maxRiskFlag, reportFlag, baseFlag, sinceFlag, providersFromFlag,
				&cli.StringFlag{Name: "out", TakesFile: true, Usage: "write the plan as JSON to `FILE`, for apply"},
				&cli.BoolFlag{Name: "detailed-exitcode", DisableDefaultText: true, Usage: "exit with 2 if there are changes, and with 3 if apply would refuse them"},
			}),
		},
		{
			Name: "apply", Usage: "make the changes of a plan", ArgsUsage: "[PLANFILE | --resume [RUN]]",
			Action: p.apply,
			Flags: slices.Concat(common, []cli.Flag{
				allowFlag, maxRiskFlag, reportFlag, baseFlag,
				&cli.BoolFlag{Name: "dry-run", DisableDefaultText: true, Usage: "do all but ask and write"},
				&cli.BoolFlag{Name: "yes", DisableDefaultText: true, Usage: "don't ask"},
				planIDFlag,
				&cli.BoolFlag{Name: "keep-going", DisableDefaultText: true, Usage: "where the service refuses a change, make the others"},
				&cli.BoolFlag{Name: "resume", DisableDefaultText: true, Usage: "go on with a run that was stopped or ended in part: the one named, or the only one"},
				lockTimeoutFlag, awaitFlag, awaitLimitFlag, serverFlag, resolverFlag,
			}),
		},
		{
			Name: "import", Usage: "write the YAML for zones that exist", ArgsUsage: "[ZONE...]",
			Action: p.importZones,
			Flags: []cli.Flag{
				configFlag, zoneFlag, providerFlag, quietFlag, verboseFlag,
				&cli.StringFlag{Name: "out", TakesFile: true, Usage: "write one file for each zone to the folder `FILE`, and never over a file that is there"},
			},
		},
		{
			Name: "zones", Usage: "list the zones at a provider, configured or not",
			Action: p.zones, Flags: common,
		},
		{
			Name: "whoami", Usage: "check the credentials and say whose they are",
			Action: p.whoami,
			Flags:  []cli.Flag{configFlag, providerFlag, formatFlag, quietFlag, verboseFlag},
		},
		{
			Name: "sandbox", Usage: "run a local server that speaks Cloudflare's API",
			Action: p.sandbox, Flags: sandboxFlags(),
		},
		{
			Name: "version", Usage: "print the version",
			Action: p.version, Flags: []cli.Flag{formatFlag},
		},
		{
			Name: "completion", Usage: "print a completion script for a shell", ArgsUsage: "bash|zsh|fish",
			Action: p.completion,
		},
		{
			Name: "help", Usage: "show the commands, or one command's flags", ArgsUsage: "[COMMAND]",
			Action: p.help,
		},
	}
	return finish(slices.Concat(commands, p.undoCommands(common), p.historyCommands(), []*cli.Command{p.unlockCommand(), p.fmtCommand(), p.schemaCommand()}, p.liveCommands(common)))
}

// finish gives commands what all of them have.
func finish(commands []*cli.Command) []*cli.Command {
	for _, c := range commands {
		if slices.Contains(c.Flags, cli.Flag(quietFlag)) {
			c.Flags = append(c.Flags, logFormatFlag)
		}
		c.HideHelpCommand = true
		c.OnUsageError = func(_ *cli.Context, err error, _ bool) error { return usagef("%w", err) }
	}
	return commands
}

// root is a run without a command.
func (p *program) root(c *cli.Context) error {
	if c.Bool("version") {
		return p.version(c)
	}
	return usagef("no command given; zoneloom help lists them")
}

func (p *program) help(c *cli.Context) error {
	if c.NArg() > 1 {
		return usagef("help takes one command")
	}
	name := c.Args().First()
	if name == "" {
		return cli.ShowAppHelp(c)
	}
	if c.App.Command(name) == nil {
		return usagef("unknown command %q%s", name, didYouMean(name, commandNames(c.App)))
	}
	return cli.ShowCommandHelp(c, name)
}

// noArgs refuses arguments where a command takes none.
func noArgs(c *cli.Context) error {
	if c.NArg() > 0 {
		return usagef("%s takes no arguments, and %q is one", c.Command.Name, c.Args().First())
	}
	return nil
}

// format returns the format that c asks for.
func format(c *cli.Context) (json bool, err error) {
	switch f := c.String("format"); f {
	case "text":
		return false, nil
	case "json":
		return true, nil
	default:
		return false, usagef("--format is %q; it must be text or json", f)
	}
}
