package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/zoneloom/zoneloom/apply/journal"
	"github.com/zoneloom/zoneloom/plan"
	"github.com/zoneloom/zoneloom/state"
)

// historyCommands are the commands about runs that are on record.
func (p *program) historyCommands() []*cli.Command {
	return []*cli.Command{{
		Name: "history", Usage: "list the runs on record, or show one", ArgsUsage: "[RUN]",
		Action: p.historyCommand,
		Flags:  []cli.Flag{configFlag, formatFlag, quietFlag, verboseFlag},
	}}
}

// historyCommand lists the runs that are on record, or shows one.
func (p *program) historyCommand(c *cli.Context) (err error) {
	if c.NArg() > 1 {
		return usagef("history shows one run, and there are %d arguments", c.NArg())
	}
	if err := p.begin(c); err != nil {
		return err
	}
	asJSON, err := format(c)
	if err != nil {
		return err
	}
	j, err := load(c)
	if err != nil {
		return err
	}
	ctx, release := interruptible()
	defer release()
	h, err := p.history(ctx, j)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.Close()) }()
	runs, err := h.List(ctx)
	p.interrupted(journal.Unsettled(runs, j.keeps))
	if c.NArg() == 0 {
		if asJSON {
			return errors.Join(p.printJSON(newRunsJSON(runs)), err)
		}
		return errors.Join(p.printRuns(runs), err)
	}
	// What is wrong with other runs is for the list to say.
	return p.showRun(ctx, j, h, c.Args().First(), runs, asJSON)
}

// printRuns lists runs, the newest first.
func (p *program) printRuns(runs []*journal.Run) error {
	if len(runs) == 0 {
		p.say("no run is on record")
		return nil
	}
	w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "RUN\tSTARTED\tBY\tCOMMAND\tPLAN\tZONES\tOUTCOME")
	for _, r := range runs {
		cells := []string{
			r.ID, stamp(r.Started), r.Who.String(), commandOf(r), summaryOf(r.Summary), zonesOf(r), outcomeText(r, runs),
		}
		fmt.Fprintln(w, printable(strings.Join(cells, "\t")))
	}
	return w.Flush()
}

// stamp writes a time in UTC (RFC 3339).
func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func commandOf(r *journal.Run) string {
	switch {
	case r.Resumes != "":
		return r.Command + " --resume"
	default:
		return r.Command
	}
}

func summaryOf(s plan.Summary) string {
	return fmt.Sprintf("+%d ~%d -%d", s.Create, s.Update, s.Delete)
}

// zonesOf names the zones that a run had something to do in, the first few.
func zonesOf(r *journal.Run) string {
	const most = 3
	var names []state.Name
	seen := map[state.Name]bool{}
	for i := range r.Zones {
		if z := &r.Zones[i]; z.Busy() && !seen[z.Name] {
			seen[z.Name] = true
			names = append(names, z.Name)
		}
	}
	if rest := len(names) - most; rest > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(texts(names[:most]), " "), rest)
	}
	return dash(strings.Join(texts(names), " "))
}

// outcomeText says how a run ended, and whether it was taken back.
func outcomeText(r *journal.Run, runs []*journal.Run) string {
	text := string(r.Outcome())
	if made, not, unknown := r.Count(); r.Outcome() == journal.InPart || r.Outcome() == journal.Stopped {
		text += fmt.Sprintf(": %d made, %d not made, %d unknown", made, not, unknown)
	}
	if by := journal.UndoneBy(runs, r); by != "" {
		text += ", undone by " + by
	}
	return text
}

// showRun shows one run: its plan, its requests, and how it ended.
func (p *program) showRun(
	ctx context.Context, j *project, h *journal.History, id string, runs []*journal.Run, asJSON bool,
) error {
	r, err := h.Read(ctx, id)
	if err != nil {
		return err
	}
	if asJSON {
		one, err := newRunDetail(r, runs)
		if err != nil {
			return err
		}
		return p.printJSON(one)
	}
	for _, line := range runLines(r, runs) {
		fmt.Fprintln(p.stdout, printable(line))
	}
	if err := p.show(p.stdout, r.Plan.Plan, j.fromHere(r.Plan.Pos)); err != nil {
		return err
	}
	return p.printRequests(r)
}

// runLines says what is known of a run besides its plan and its requests.
func runLines(r *journal.Run, runs []*journal.Run) []string {
	lines := []string{
		"Run " + r.ID + ": " + outcomeText(r, runs),
		"  command  " + commandOf(r),
		"  started  " + stamp(r.Started),
	}
	add := func(key, value string) {
		if value != "" {
			lines = append(lines, fmt.Sprintf("  %-8s %s", key, value))
		}
	}
	if !r.Ended.IsZero() {
		add("ended", stamp(r.Ended))
	}
	add("by", r.Who.String())
	add("job", r.Who.Job)
	if r.Git != nil {
		commit := r.Git.Commit
		if r.Git.Dirty {
			commit += ", with changes that weren't committed"
		}
		add("commit", commit)
	}
	add("plan", r.PlanID)
	add("resumes", r.Resumes)
	add("undoes", r.Undoes)
	for i := range r.Zones {
		if z := &r.Zones[i]; z.Busy() {
			lines = append(lines, "  "+zoneText(z))
		}
	}
	return lines
}

func zoneText(z *journal.Zone) string {
	made, not, unknown := z.Count()
	text := fmt.Sprintf("zone %s: %s: %d made, %d not made, %d unknown", z.Name, z.Provider, made, not, unknown)
	if already := len(z.Fates) - made - not - unknown; already > 0 {
		text += fmt.Sprintf(", %d already so", already)
	}
	if z.Create {
		text += "; the zone was to be created: " + z.Created.String()
	}
	if z.Verified {
		text += "; read again and found as planned"
	}
	if z.Err != "" {
		text += "; " + strings.ReplaceAll(z.Err, "\n", "; ")
	}
	return text
}

func (p *program) printRequests(r *journal.Run) error {
	if len(r.Requests) == 0 {
		fmt.Fprintln(p.stdout, "\nNo request was sent.")
		return nil
	}
	fmt.Fprintln(p.stdout)
	w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "SENT\tZONE\tPROVIDER\tCHANGES\tRESULT\tREQUEST ID\tCODES\tERROR")
	for i := range r.Requests {
		q := &r.Requests[i]
		cells := []string{
			q.Sent.UTC().Format("2006-01-02T15:04:05.000Z"), strings.TrimSuffix(string(q.Zone), "."), q.Provider,
			fmt.Sprint(len(q.Changes)), resultOf(q), dash(q.RequestID), dash(strings.Join(q.Codes, " ")),
			dash(strings.ReplaceAll(q.Err, "\n", "; ")),
		}
		fmt.Fprintln(w, printable(strings.Join(cells, "\t")))
	}
	return w.Flush()
}

// resultOf says what became of a request.
func resultOf(q *journal.Request) string {
	if q.Answered.IsZero() {
		return "no answer is known"
	}
	made, not := 0, 0
	for _, f := range q.Fates {
		switch f {
		case journal.Made:
			made++
		case journal.NotMade:
			not++
		case journal.Unknown, journal.Already:
		}
	}
	switch len(q.Fates) {
	case made:
		return "made"
	case not:
		return "not made"
	}
	return fmt.Sprintf("%d made, %d not made, %d unknown", made, not, len(q.Fates)-made-not)
}

// runsJSON is the history for machines.
type runsJSON struct {
	Runs []runJSON `json:"runs"`
}

type runJSON struct {
	ID       string          `json:"id"`
	Command  string          `json:"command"`
	Started  time.Time       `json:"started"`
	Ended    *time.Time      `json:"ended,omitempty"`
	Who      journal.Who     `json:"who"`
	Git      *journal.Git    `json:"git,omitempty"`
	PlanID   string          `json:"plan_id"`
	Resumes  string          `json:"resumes,omitempty"`
	Undoes   string          `json:"undoes,omitempty"`
	UndoneBy string          `json:"undone_by,omitempty"`
	Outcome  journal.Outcome `json:"outcome"`
	Summary  summaryJSON     `json:"summary"`
	Zones    []runZoneJSON   `json:"zones"`
}

type summaryJSON struct {
	Create int `json:"create"`
	Update int `json:"update"`
	Delete int `json:"delete"`
	Zones  int `json:"zones"`
}

type runZoneJSON struct {
	Zone     state.Name `json:"zone"`
	Provider string     `json:"provider"`
	Target   string     `json:"target"`
	Created  string     `json:"created,omitempty"`
	Made     int        `json:"made"`
	NotMade  int        `json:"not_made"`
	Unknown  int        `json:"unknown"`
	Already  int        `json:"already"`
	Complete bool       `json:"complete"`
	Verified bool       `json:"verified"`
	Error    string     `json:"error,omitempty"`
}

// runDetail is one run for machines.
type runDetail struct {
	runJSON
	Requests []requestJSON   `json:"requests"`
	Plan     json.RawMessage `json:"plan"`
}

type requestJSON struct {
	Zone      state.Name   `json:"zone"`
	Provider  string       `json:"provider"`
	Sent      time.Time    `json:"sent"`
	Answered  *time.Time   `json:"answered,omitempty"`
	Changes   []changeFate `json:"changes"`
	RequestID string       `json:"request_id,omitempty"`
	Codes     []string     `json:"codes,omitempty"`
	Error     string       `json:"error,omitempty"`
}

type changeFate struct {
	Change int    `json:"change"` // index into the changes of the plan's zone
	Result string `json:"result"`
}

func newRunsJSON(runs []*journal.Run) runsJSON {
	out := runsJSON{Runs: []runJSON{}}
	for _, r := range runs {
		out.Runs = append(out.Runs, newRunJSON(r, runs))
	}
	return out
}

func newRunJSON(r *journal.Run, runs []*journal.Run) runJSON {
	out := runJSON{
		ID: r.ID, Command: r.Command, Started: r.Started, Ended: known(r.Ended), Who: r.Who, Git: r.Git, PlanID: r.PlanID,
		Resumes: r.Resumes, Undoes: r.Undoes, UndoneBy: journal.UndoneBy(runs, r), Outcome: r.Outcome(),
		Summary: summaryJSON(r.Summary), Zones: []runZoneJSON{},
	}
	for i := range r.Zones {
		z := &r.Zones[i]
		if !z.Busy() {
			continue
		}
		made, not, unknown := z.Count()
		zone := runZoneJSON{
			Zone: z.Name, Provider: z.Provider, Target: z.Target, Made: made, NotMade: not, Unknown: unknown,
			Already: len(z.Fates) - made - not - unknown, Complete: z.Complete, Verified: z.Verified, Error: z.Err,
		}
		if z.Create {
			zone.Created = fateJSON(z.Created)
		}
		out.Zones = append(out.Zones, zone)
	}
	return out
}

func fateJSON(f journal.Fate) string { return strings.ReplaceAll(f.String(), " ", "_") }

func known(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func newRunDetail(r *journal.Run, runs []*journal.Run) (*runDetail, error) {
	var text bytes.Buffer
	if err := r.Plan.Plan.Encode(&text, r.Plan.Pos); err != nil {
		return nil, err
	}
	out := &runDetail{runJSON: newRunJSON(r, runs), Requests: []requestJSON{}, Plan: text.Bytes()}
	for _, q := range r.Requests {
		request := requestJSON{
			Zone: q.Zone, Provider: q.Provider, Sent: q.Sent, Answered: known(q.Answered),
			RequestID: q.RequestID, Codes: q.Codes, Error: q.Err,
		}
		for i, change := range q.Changes {
			request.Changes = append(request.Changes, changeFate{change, fateJSON(q.Fates[i])})
		}
		out.Requests = append(out.Requests, request)
	}
	return out, nil
}
