package main

import (
	"encoding/hex"
	"strings"

	"github.com/urfave/cli/v2"
)

var planIDFlag = &cli.StringFlag{
	Name:  "plan-id",
	Usage: "apply only if the plan's id is `ID`, as the reviewed plan has it: sha256: and 64 hexadecimal digits",
}

// checkPlanID refuses an id that no plan has: it is most likely cut off.
func checkPlanID(c *cli.Context) error {
	id := c.String("plan-id")
	if id == "" {
		return nil
	}
	digits, found := strings.CutPrefix(id, "sha256:")
	sum, err := hex.DecodeString(digits)
	if !found || err != nil || len(sum) != 32 || digits != strings.ToLower(digits) {
		return usagef("--plan-id is %q; the id of a plan is sha256: and 64 hexadecimal digits in lower case", id)
	}
	return nil
}
