package revision

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strconv"
	"strings"
)

// maxObject bounds, in bytes, what is read of one object: a bit more than the
// configuration takes of one file.
const maxObject = 129 << 20

var errTooBig = fmt.Errorf("it has more than %d MiB", maxObject>>20)

// pipe is a git cat-file that answers one line with one object. What a line says
// can't be taken for an option.
type pipe struct {
	cmd  *exec.Cmd
	in   io.WriteCloser
	out  *bufio.Reader
	said bytes.Buffer
	err  error // why it ended early
}

func (r *Repo) pipe(p **pipe, flag string) (*pipe, error) {
	if *p != nil {
		return *p, nil
	}
	started := &pipe{cmd: command(r.ctx, r.Top, "cat-file", flag)}
	in, err := started.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := started.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	started.cmd.Stderr = &started.said
	if err := started.cmd.Start(); err != nil {
		return nil, failure("cat-file", err, "")
	}
	started.in, started.out = in, bufio.NewReader(out)
	*p = started
	return started, nil
}

func (p *pipe) close() error {
	if p == nil || p.err != nil {
		return nil
	}
	err := p.in.Close()
	_, _ = io.Copy(io.Discard, p.out) // so that it can end
	return errors.Join(err, p.cmd.Wait())
}

// ask returns the type, id and size of what name means. A type of "missing" or
// "ambiguous" says that there is none.
func (p *pipe) ask(name string) (kind, id string, size int64, err error) {
	if p.err != nil {
		return "", "", 0, p.err
	}
	_, err = io.WriteString(p.in, name+"\n")
	line := ""
	if err == nil {
		line, err = p.out.ReadString('\n')
	}
	if err != nil {
		_ = p.in.Close()
		p.err = failure("cat-file", errors.Join(err, p.cmd.Wait()), p.said.String())
		return "", "", 0, p.err
	}
	line = strings.TrimSuffix(line, "\n")
	for _, none := range []string{"missing", "ambiguous"} {
		if strings.HasSuffix(line, " "+none) {
			return none, "", 0, nil
		}
	}
	fields := strings.Fields(line)
	if len(fields) == 3 {
		size, err = strconv.ParseInt(fields[2], 10, 64)
	}
	if len(fields) != 3 || err != nil {
		return "", "", 0, fmt.Errorf("git cat-file answers %q", line)
	}
	return fields[1], fields[0], size, nil
}

// header returns the type, id and size of an object.
func (r *Repo) header(name string) (kind, id string, size int64, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	p, err := r.pipe(&r.sizes, "--batch-check")
	if err != nil {
		return "", "", 0, err
	}
	return p.ask(name)
}

// object returns the content of an object, which must have that type and be of
// bounded size.
func (r *Repo) object(id, kind string) ([]byte, error) {
	found, _, size, err := r.header(id)
	switch {
	case err != nil:
		return nil, err
	case found != kind:
		return nil, fmt.Errorf("the clone lacks the object %s: make a full clone, without --filter", id)
	case size > maxObject:
		return nil, errTooBig
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	p, err := r.pipe(&r.content, "--batch")
	if err != nil {
		return nil, err
	}
	if _, _, size, err = p.ask(id); err != nil {
		return nil, err
	}
	data := make([]byte, size+1) // with the line break that follows
	if _, err := io.ReadFull(p.out, data); err != nil {
		return nil, fmt.Errorf("git cat-file: %w", err)
	}
	return data[:size], nil
}
