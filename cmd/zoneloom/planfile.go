package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"
)

// clearOut makes ready the file that --out names, and returns where it is, "" if
// none is to be written. An earlier plan there is removed: if this one fails, that
// one must not pass for it. Nothing else is: neither what the command reads, nor
// what isn't a plan.
func (p *program) clearOut(c *cli.Context, reads ...string) (string, error) {
	file := c.String("out")
	switch file {
	case "":
		return "", nil
	case "-":
		return "", usagef("--out - would be a file of that name: --format json writes the plan to standard output")
	}
	for _, r := range reads {
		if isSame(file, r) {
			return "", usagef("--out %s would overwrite %s, which the plan is made from", file, r)
		}
	}
	info, err := os.Stat(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if _, err := os.Stat(filepath.Dir(file)); err != nil {
			return "", usagef("--out %s: %w", file, err)
		}
		return file, nil
	case err != nil:
		return "", usagef("--out: %w", err)
	case info.IsDir():
		return "", usagef("--out %s is a folder; name a file in it", file)
	case !info.Mode().IsRegular(), p.isStdout(info):
		return file, nil
	}
	if file, err = filepath.EvalSymlinks(file); err != nil {
		return "", err
	}
	if info.Size() == 0 {
		return file, nil
	}
	if found, err := isPlan(file); err != nil || !found {
		return "", errors.Join(err, usagef("--out %s would overwrite a file that isn't a plan; name another, or remove that one", file))
	}
	return file, os.Remove(file)
}

// isPlan reports whether a file is a plan, of whatever release.
func isPlan(file string) (bool, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return false, err
	}
	var head struct {
		FormatVersion string          `json:"format_version"`
		ID            string          `json:"id"`
		Zones         json.RawMessage `json:"zones"` // which a snapshot doesn't have
	}
	err = json.Unmarshal(text, &head)
	return err == nil && head.FormatVersion != "" && head.Zones != nil && strings.HasPrefix(head.ID, "sha256:"), nil
}

// isSame reports whether two names lead to one file.
func isSame(a, b string) bool {
	one, err := os.Stat(a)
	if err != nil {
		return false
	}
	other, err := os.Stat(b)
	return err == nil && os.SameFile(one, other)
}

// isStdout reports whether a file is what standard output goes to.
func (p *program) isStdout(info fs.FileInfo) bool {
	out, ok := p.stdout.(*os.File)
	if !ok {
		return false
	}
	stdout, err := out.Stat()
	return err == nil && os.SameFile(info, stdout)
}

// writeOut writes what encode writes to a file that clearOut made ready. A file
// appears in one step, for its owner alone; what isn't one, a pipe or a device, is
// written to as it is.
func (p *program) writeOut(file string, encode func(io.Writer) error) error {
	info, err := os.Stat(file)
	switch {
	case err == nil && p.isStdout(info):
		return encode(p.stdout)
	case err != nil || info.Mode().IsRegular():
		return writeFile(file, encode)
	}
	f, err := os.OpenFile(file, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	if err := errors.Join(encode(f), f.Close()); err != nil {
		return fmt.Errorf("write the plan to %s: %w", file, err)
	}
	return nil
}

// writeFile puts what write writes in place of a file, in one step: no one ever
// sees half of it. Only the user may read it.
func writeFile(file string, write func(io.Writer) error) error {
	var b bytes.Buffer
	if err := write(&b); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(file), ".zoneloom-*") // its mode is 0600
	if err != nil {
		return err
	}
	_, err = f.Write(b.Bytes())
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	if err := os.Rename(f.Name(), file); err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}
