package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

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
	_, err := within(o.project.dir, settings.(*sandboxSettings).Data)
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
	data, err := within(o.project.dir, s.Data)
	if err != nil {
		return nil, nil, err
	}
	if data != "" {
		if err := os.MkdirAll(filepath.Dir(data), 0o700); err != nil {
			return nil, nil, err
		}
	}
	_, url, stop, err := sandbox.Start(sandbox.Options{Data: data, Plan: s.Plan, Quota: s.Quota, BatchLimit: s.BatchLimit})
	if err != nil {
		return nil, nil, err
	}
	return o.cloudflare(&cloudflare.Settings{
		URL: url, Token: sandbox.DefaultToken, Account: sandbox.DefaultAccount,
	}), stop, nil
}

// within returns path, where data is kept, in the folder dir, as inside does.
func within(dir, path string) (string, error) { return inside(dir, "data", path) }

// inside returns path, the value of key, in the folder dir, which neither path
// nor a link on its way may leave. An empty path stays empty.
func inside(dir, key, path string) (string, error) {
	if path == "" {
		return "", nil
	}
	if !filepath.IsLocal(path) {
		return "", fmt.Errorf("%s: %s lies outside the configuration's folder", key, path)
	}
	root, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return "", err
	}
	// What exists of the path may hold links; the rest will be made here.
	for existing := filepath.Join(dir, path); ; existing = filepath.Dir(existing) {
		if _, err := os.Lstat(existing); err != nil {
			continue
		}
		resolved, err := filepath.EvalSymlinks(existing)
		if err != nil {
			return "", fmt.Errorf("%s: %s: %w", key, path, err)
		}
		rel, err := filepath.Rel(root, resolved)
		if err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
			return "", fmt.Errorf("%s: %s leads outside the configuration's folder", key, path)
		}
		return filepath.Join(dir, path), nil
	}
}
