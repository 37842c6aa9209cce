package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/urfave/cli/v2"

	"github.com/zoneloom/zoneloom/config"
)

const (
	fmtName       = "fmt"
	stdinArgument = "-" // in place of a file
)

func (p *program) fmtCommand() *cli.Command {
	return &cli.Command{
		Name: fmtName, Usage: "lay out the files of the configuration uniformly", ArgsUsage: "[FILE... | -]",
		Action: p.fmt,
		Flags: []cli.Flag{
			configFlag,
			&cli.BoolFlag{Name: "check", DisableDefaultText: true, Usage: "write nothing, and exit with 2 if a file would change"},
			&cli.BoolFlag{Name: "diff", DisableDefaultText: true, Usage: "do the same, and show what would change"},
			quietFlag,
		},
	}
}

// fmt formats files in place, or standard input.
func (p *program) fmt(c *cli.Context) error {
	if err := p.begin(c); err != nil {
		return err
	}
	f := &formatting{program: p, check: c.Bool("check") || c.Bool("diff"), diff: c.Bool("diff")}
	files := c.Args().Slice()
	switch {
	case slices.Equal(files, []string{stdinArgument}):
		return f.stdin()
	case slices.Contains(files, stdinArgument):
		return usagef("fmt takes either files or -, not both")
	case len(files) > 0 && c.IsSet("config"):
		return usagef("fmt takes either files or --config, not both")
	case len(files) == 0:
		var err error
		if files, err = p.ownFiles(c.String("config")); err != nil {
			return err
		}
	}
	err := f.files(files)
	if done := f.done(); err == nil {
		return done
	}
	return err
}

// ownFiles returns the files of a configuration, without those that are octoDNS's:
// it may have a layout of its own for them.
func (p *program) ownFiles(file string) ([]string, error) {
	root, dir, name, err := openConfig(file)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	files, whole := config.OwnFiles(root.FS(), name)
	if !whole {
		p.warn("the configuration has faults, so that some of its files may be missing here; zoneloom validate -c %s shows them", file)
	}
	for i := range files {
		files[i] = filepath.Join(dir, files[i])
	}
	return files, nil
}

// formatting is one run of fmt.
type formatting struct {
	*program
	check, diff bool
	seen        []string
	changed     int
}

// stdin formats standard input to standard output.
func (f *formatting) stdin() error {
	const name = "<standard input>"
	text, err := io.ReadAll(f.program.stdin)
	if err != nil {
		return err
	}
	out, err := config.Format(name, text)
	switch {
	case err != nil:
		return err
	case !f.check:
		_, err = f.stdout.Write(out)
		return err
	}
	if err := f.compare(name, text, out); err != nil {
		return err
	}
	return f.done()
}

// files formats files. What is wrong with one doesn't keep it from the others.
func (f *formatting) files(files []string) error {
	var faults config.ErrorList
	var errs []error
	for _, file := range files {
		err := f.file(filepath.Clean(file))
		if list, ok := errors.AsType[config.ErrorList](err); ok {
			faults, err = append(faults, list...), nil
		}
		errs = append(errs, err)
	}
	if len(faults) > 0 {
		errs = append(errs, faults)
	}
	return errors.Join(errs...)
}

// file formats one file, once.
func (f *formatting) file(file string) error {
	if slices.Contains(f.seen, file) {
		return nil
	}
	f.seen = append(f.seen, file)
	switch info, err := os.Stat(file); {
	case err != nil:
		return err
	case info.IsDir():
		return fmt.Errorf("%s is a folder; name the files in it", file)
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is not a regular file", file)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	out, err := config.Format(file, text)
	if err != nil {
		return err
	}
	if !f.check && !bytes.Equal(text, out) {
		if err := overwrite(file, text, out); err != nil {
			return err
		}
	}
	return f.compare(file, text, out)
}

// compare lists a file that changes, or shows how.
func (f *formatting) compare(name string, before, after []byte) error {
	if bytes.Equal(before, after) {
		return nil
	}
	f.changed++
	if f.diff {
		_, err := f.stdout.Write(diff.Diff(name+".orig", before, name, after))
		return err
	}
	_, err := fmt.Fprintln(f.stdout, printable(name))
	return err
}

// done says what became of the files.
func (f *formatting) done() error {
	switch {
	case f.changed > 0 && f.check:
		f.say("%s to format", plural(f.changed, "file"))
		return coded(exitPending)
	case f.changed > 0:
		f.say("%s formatted", plural(f.changed, "file"))
	}
	return nil
}

// overwrite puts after in place of a file that holds before, in one step and with its
// mode. Where a link leads to the file, the link stays.
func overwrite(file string, before, after []byte) error {
	target, err := filepath.EvalSymlinks(file)
	if err != nil {
		return err
	}
	info, err := os.Stat(target)
	if err != nil {
		return err
	}
	fresh, err := os.CreateTemp(filepath.Dir(target), ".zoneloom-*")
	if err != nil {
		return err
	}
	_, err = fresh.Write(after)
	err = errors.Join(err, fresh.Chmod(info.Mode().Perm()), fresh.Sync(), fresh.Close())
	if err == nil {
		if now, readErr := os.ReadFile(target); readErr != nil || !bytes.Equal(now, before) {
			err = errors.Join(readErr, fmt.Errorf("%s changed while it was being formatted, and is left as it is", file))
		}
	}
	if err == nil {
		err = os.Rename(fresh.Name(), target)
	}
	if err != nil {
		return errors.Join(err, os.Remove(fresh.Name()))
	}
	return nil
}
