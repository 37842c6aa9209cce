package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/urfave/cli/v2"
)

func (p *program) version(c *cli.Context) error {
	if err := noArgs(c); err != nil {
		return err
	}
	asJSON := false
	if c.Command.Name == "version" {
		var err error
		if asJSON, err = format(c); err != nil {
			return err
		}
	}
	v := struct {
		Version string `json:"version"`
		Commit  string `json:"commit,omitempty"`
		Go      string `json:"go"`
	}{version, commit(), runtime.Version()}
	if asJSON {
		return p.printJSON(v)
	}
	if v.Commit != "" {
		v.Version += " (" + v.Commit + ")"
	}
	_, err := fmt.Fprintf(p.stdout, "zoneloom %s, %s\n", v.Version, v.Go)
	return err
}

// commit returns the commit that the binary was built from, where the build
// could see it.
func commit() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	revision, dirty := "", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			revision = s.Value
		case s.Key == "vcs.modified" && s.Value == "true":
			dirty = "+changes"
		}
	}
	return revision + dirty
}
