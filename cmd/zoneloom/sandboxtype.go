package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/zoneloom/zoneloom/provider"
	"github.com/zoneloom/zoneloom/provider/cloudflare"
	"github.com/zoneloom/zoneloom/provider/cloudflare/sandbox"
)

// sandboxSettings is what a configuration says of a provider of type sandbox.
type sandboxSettings struct {
	Data       string `yaml:"data"`        // the file that keeps it, in the configuration's folder
	Plan       string `yaml:"plan"`        // of new zones
	Quota      int    `yaml:"quota"`       // records in one zone
	BatchLimit int    `yaml:"batch_limit"` // operations in one batch
}

func checkSandbox(o *opener, settings any) error {
	_, err := inside(o.project.dir, "data", settings.(*sandboxSettings).Data)
	return err
}

func sandboxLines(settings any) []string {
	s := settings.(*sandboxSettings)
	lines := []string{"type: sandbox"}
	if s.Data != "" {
		lines = append(lines, fmt.Sprintf("data: %q", s.Data))
	}
	if s.Plan != "" {
		lines = append(lines, fmt.Sprintf("plan: %q", s.Plan))
	}
	if s.Quota != 0 {
		lines = append(lines, fmt.Sprintf("quota: %d", s.Quota))
	}
	if s.BatchLimit != 0 {
		lines = append(lines, fmt.Sprintf("batch_limit: %d", s.BatchLimit))
	}
	return lines
}

// openSandbox runs a sandbox inside this process, on loopback, and talks to it
// with the client that talks to Cloudflare.
func openSandbox(o *opener, settings any, _ bool) (provider.Provider, func() error, error) {
	s := settings.(*sandboxSettings)
	data, err := inside(o.project.dir, "data", s.Data)
	if err != nil {
		return nil, nil, err
	}
	dir, err := os.OpenRoot(o.project.dir)
	if err != nil {
		return nil, nil, err
	}
	_, url, stop, err := sandbox.Start(sandbox.Options{Dir: dir, Data: data, Plan: s.Plan, Quota: s.Quota, BatchLimit: s.BatchLimit})
	if err != nil {
		return nil, nil, errors.Join(err, dir.Close())
	}
	return o.cloudflare(&cloudflare.Settings{
		URL: url, Token: sandbox.DefaultToken, Account: sandbox.DefaultAccount,
	}), func() error { return errors.Join(stop(), dir.Close()) }, nil
}
