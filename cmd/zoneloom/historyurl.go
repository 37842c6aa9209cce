package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/zoneloom/zoneloom/apply/postgres"
)

// historyIn opens the history in the database that the configuration names for it.
func (p *program) historyIn(ctx context.Context, j *project) (*postgres.Store, error) {
	database, err := p.historyDatabase(j)
	if err != nil {
		return nil, err
	}
	return postgres.Open(ctx, database)
}

// historyDatabase returns the database that the configuration has its history
// and its locks kept in. Where the whole of its URL comes from one variable, the environment has said
// where to go; else it goes to this machine, or to hosts that the environment
// allows, and never unencrypted to those.
func (p *program) historyDatabase(j *project) (*postgres.Config, error) {
	written, err := j.historyAt(func(name string) (string, bool) { return "${" + name + "}", true })
	whole := err == nil && isVariable(written.Folder+written.URL)
	env := p.secretEnv
	if !whole { // a value stands for itself in a URL, whatever characters it has
		env = func(name string) (string, bool) {
			v, set := p.secretEnv(name)
			return strings.ReplaceAll(url.QueryEscape(v), "+", "%20"), set
		}
	}
	at, err := j.historyAt(env)
	if err != nil {
		return nil, err
	}
	c, err := postgres.Parse(at.URL, !whole)
	if err == nil {
		p.stderr.conceal(c.Password()) // which may stand in the file itself
	}
	if err == nil && !whole {
		err = errors.Join(p.sameHosts(j, c), p.mayKeepAt(c))
	}
	if err != nil {
		return nil, err
	}
	return c, nil
}

// sameHosts returns an error if a variable has a say in where c leads.
func (p *program) sameHosts(j *project, c *postgres.Config) error {
	for _, value := range []string{"1", "22"} {
		at, err := j.historyAt(func(string) (string, bool) { return value, true })
		if err != nil {
			return err
		}
		other, err := postgres.Parse(at.URL, true)
		if err != nil || !slices.Equal(other.Hosts(), c.Hosts()) {
			return errors.New("the host must not depend on a variable; only the whole url may be one")
		}
	}
	return nil
}

// mayKeepAt returns an error unless records may be sent to every host of c.
func (p *program) mayKeepAt(c *postgres.Config) error {
	allowed, _ := p.getenv(allowEndpoint)
	for _, h := range c.Hosts() {
		host := strings.ToLower(h.Name)
		switch {
		case h.Local, isLoopback(host):
		case !isAllowed(host, strconv.Itoa(int(h.Port)), allowed):
			return fmt.Errorf("the records of runs would be sent to %s; if you trust it, set %s=%s in the environment", host, allowEndpoint, host)
		case !h.TLS:
			return fmt.Errorf("the records of runs are sent to %s encrypted only: add sslmode=verify-full to the url", host)
		}
	}
	return nil
}
