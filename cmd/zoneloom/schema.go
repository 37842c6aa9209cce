package main

import (
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/zoneloom/zoneloom/config"
	"github.com/zoneloom/zoneloom/plan"
)

// planSchema names the schema of plans, which isn't of a file that people write.
const planSchema = "plan"

func (p *program) schemaCommand() *cli.Command {
	return &cli.Command{
		Name: "schema", Usage: "print a JSON Schema, for editors and other tools", ArgsUsage: "[" + strings.Join(schemaNames(), "|") + "]",
		Action: p.schema,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "out", TakesFile: true, Usage: "write it to `FILE`"},
			quietFlag,
		},
	}
}

// schemaNames returns what there are schemas of.
func schemaNames() []string {
	return append(slices.Sorted(maps.Keys(config.Schemas)), planSchema)
}

// schema prints a JSON Schema: of the configuration, unless another is named.
func (p *program) schema(c *cli.Context) error {
	if err := p.begin(c); err != nil {
		return err
	}
	of := c.Args().First()
	switch {
	case c.NArg() > 1:
		return usagef("schema prints one schema, and there are %d arguments", c.NArg())
	case of == "":
		of = "config"
	case !slices.Contains(schemaNames(), of):
		return usagef("there is no schema of %q%s; there are %s", of, didYouMean(of, schemaNames()), strings.Join(schemaNames(), ", "))
	}
	text, err := []byte(plan.Schema), error(nil)
	if of != planSchema {
		text, err = config.Schema(of)
	}
	if err != nil {
		return err
	}
	if file := c.String("out"); file != "" {
		return os.WriteFile(file, text, 0o666)
	}
	_, err = p.stdout.Write(text)
	return err
}
