package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/user"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/zoneloom/zoneloom/apply"
	"github.com/zoneloom/zoneloom/apply/journal"
	"github.com/zoneloom/zoneloom/apply/postgres"
	"github.com/zoneloom/zoneloom/config"
	"github.com/zoneloom/zoneloom/config/revision"
	"github.com/zoneloom/zoneloom/plan"
)

// historySettings is what stands under history in a configuration, where it
// isn't one text.
type historySettings struct {
	Folder string `yaml:"folder"`
	URL    string `yaml:"url"`
}

// historyAt returns where the configuration has its history kept: a folder below
// its own, or the URL of a database. Variables are looked up with getenv.
func (j *project) historyAt(getenv func(string) (string, bool)) (historySettings, error) {
	at := historySettings{}
	if j.History == nil {
		at.Folder = journal.DefaultFolder
		return at, nil
	}
	var err error
	if j.History.IsMapping() {
		err = j.History.Decode(&at, getenv)
	} else {
		var text string
		err = j.History.Decode(&text, getenv)
		at.Folder = text
		if scheme, _, found := strings.Cut(text, "://"); found {
			at.Folder, at.URL = "", text
			if scheme != "postgres" && scheme != "postgresql" {
				err = errors.Join(err, fmt.Errorf("a history at %s:// is unknown; it is kept in a folder, or at postgres://", scheme))
			}
		}
	}
	if err == nil && (at.Folder == "") == (at.URL == "") {
		err = errors.New("write either a folder or a url")
	}
	if err == nil && at.Folder != "" {
		_, err = inside(j.dir, "folder", at.Folder)
	}
	return at, err
}

// inHistory puts the position of history to what is wrong with it.
func (j *project) inHistory(err error) error {
	if faults, ok := errors.AsType[config.ErrorList](err); ok {
		return moved(j.dir, faults)
	}
	if err == nil || j.History == nil {
		return err
	}
	return moved(j.dir, config.ErrorList{{Pos: j.History.Pos(), Text: "history: " + errText(err)}})
}

// checkHistory finds faults of history that show offline, without variables.
func (j *project) checkHistory() config.ErrorList {
	at, err := j.historyAt(func(string) (string, bool) { return "0", true })
	if err == nil && at.URL != "" {
		_, err = postgres.Parse(at.URL, true)
	}
	faults, _ := errors.AsType[config.ErrorList](j.inHistory(err))
	return faults
}

// openFolder is a variable so that tests can end the process at a write.
var openFolder = func(dir, path string) (journal.Store, error) { return journal.OpenFolder(dir, path) }

// history opens the records of the project's runs. The caller closes it.
func (p *program) history(ctx context.Context, j *project) (*journal.History, error) {
	at, err := j.historyAt(p.getenv)
	if err != nil {
		return nil, j.inHistory(err)
	}
	if at.URL != "" {
		store, err := p.historyIn(ctx, j)
		if err != nil {
			return nil, j.inHistory(err)
		}
		return &journal.History{Store: store}, nil
	}
	folder, err := openFolder(j.dir, at.Folder)
	if err != nil {
		return nil, j.inHistory(err)
	}
	return &journal.History{Store: folder}, nil
}

// who returns who runs the command, as far as the environment tells.
func (p *program) who() journal.Who {
	get := func(name string) string {
		v, _ := p.getenv(name)
		return v
	}
	w := journal.Who{User: get("USER")}
	if u, err := user.Current(); err == nil {
		w.User = u.Username
	}
	if host, err := os.Hostname(); err == nil {
		w.User += "@" + host
	}
	switch {
	case get("GITHUB_ACTIONS") == "true": // Forgejo and Gitea say so too
		w.Actor = get("GITHUB_ACTOR")
		run := get("GITHUB_RUN_ID")
		if get("FORGEJO_ACTIONS") == "true" || get("GITEA_ACTIONS") == "true" {
			run = get("GITHUB_RUN_NUMBER")
		}
		if server, repository := get("GITHUB_SERVER_URL"), get("GITHUB_REPOSITORY"); server != "" && repository != "" {
			w.Job = server + "/" + repository + "/actions/runs/" + run
		}
	case get("GITLAB_CI") == "true":
		w.Actor, w.Job = get("GITLAB_USER_LOGIN"), get("CI_JOB_URL")
	}
	return w
}

// gitOf returns the state of the repository that the configuration is in, nil
// where it is in none or git can't tell.
func gitOf(ctx context.Context, j *project) *journal.Git {
	repo, err := revision.Open(ctx, j.dir)
	if err != nil {
		return nil
	}
	defer func() { _ = repo.Close() }() // it was only read
	commit, err := repo.Head()
	if err != nil {
		return nil
	}
	dirty, err := repo.Dirty(j.Files())
	return &journal.Git{Commit: commit, Dirty: err != nil || dirty}
}

// pen takes down what a command that writes does.
type pen struct {
	*journal.Recorder
	history *journal.History
	open    []*journal.Run // stopped or ended in part
	dry     bool
}

// takeDown opens the history, says which runs are open, and has the engine take
// down the run that is about to begin: head says which command it is, and of
// which earlier run, of which enough has been said. Where the history can't be opened nothing must be written.
func (p *program) takeDown(ctx context.Context, w *work, c *cli.Context, head journal.Head, pos plan.Position) error {
	h, err := p.history(ctx, w.project)
	if err != nil {
		return err
	}
	n := &pen{history: h, dry: c.Bool("dry-run")}
	w.pen = n
	n.open = journal.Unsettled(p.runs(ctx, h), w.keeps)
	p.interrupted(n.open, head.Resumes, head.Undoes)
	head.Who, head.Git = p.who(), gitOf(ctx, w.project)
	n.Recorder = h.Record(head, pos)
	n.Hide = p.stderr.hide
	w.engine.Journal = n
	w.nameHolder(n.ID())
	return nil
}

// headOf says what kind of run an apply is.
func headOf(saved *plan.Saved, resumed *journal.Run) journal.Head {
	head := journal.Head{Command: "apply", Saved: saved != nil}
	if resumed != nil {
		head.Resumes, head.Undoes = resumed.ID, resumed.Undoes
	}
	return head
}

// positions tells where the changes of a plan are declared, relative to the
// configuration's folder: those of a plan made earlier come with it.
func positions(w *work, saved *plan.Saved) plan.Position {
	if saved != nil {
		return saved.Pos
	}
	return w.position
}

// began says under which ID a run was taken down, and what may be done about it
// now that it ended with err.
func (p *program) began(n *pen, r *apply.Report, err error) {
	if n == nil || !n.Began() {
		return
	}
	switch id := n.ID(); {
	case err == nil:
		p.say("run %s: zoneloom undo %s takes it back", id, id)
	case r.Wrote():
		p.say("run %s: zoneloom apply --resume %s goes on with it; zoneloom undo %s takes back what it made", id, id, id)
	default:
		p.say("run %s: nothing was made; zoneloom history %s shows it", id, id)
	}
}

// settle takes down a run that found nothing left to do, where it closes what an
// earlier one left open.
func (n *pen) settle(pl *plan.Plan, r *apply.Report, err error) error {
	if n == nil || err != nil || n.dry || r == nil || n.Began() || !n.closes(pl) {
		return nil
	}
	if err := n.Begin(pl); err != nil {
		return err
	}
	return n.End(r)
}

// closes reports whether the plan is about a zone in which a run is open.
func (n *pen) closes(pl *plan.Plan) bool {
	for _, r := range n.open {
		for i := range pl.Zones {
			if z := r.Zone(pl.Zones[i].Name, pl.Zones[i].Provider); z != nil && z.Busy() {
				return true
			}
		}
	}
	return false
}

// Close lets go of the history.
func (n *pen) Close() error {
	if n == nil {
		return nil
	}
	return n.history.Close()
}
