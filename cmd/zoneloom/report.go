package main

import (
	"errors"
	"strconv"
	"strings"

	"github.com/zoneloom/zoneloom/apply"
	"github.com/zoneloom/zoneloom/plan"
	"github.com/zoneloom/zoneloom/provider"
	"github.com/zoneloom/zoneloom/state"
)

// report says what became of an apply, zone by zone. What went well is left out
// where the user wants quiet.
func (p *program) report(r *apply.Report, pos plan.Position) {
	for i := range r.Zones {
		z := &r.Zones[i]
		c := count(z.Changes)
		switch {
		case r.DryRun:
			continue
		case z.Err == nil && c.made+c.already == len(z.Changes):
			p.say("zone %s: %s made in %s%s", z.Zone, plural(c.made, "change"), plural(z.Requests, "request"), verified(z))
		default:
			p.warn("zone %s: %s made, %d not made, %d unknown", z.Zone, plural(c.made, "change"), c.not, c.unknown)
			p.unmade(z.Changes, pos)
		}
		if z.Created == provider.Made && len(z.NameServers) > 0 {
			p.say("zone %s: created; set its name servers at the registrar: %s", z.Zone, strings.Join(texts(z.NameServers), ", "))
		}
		for _, d := range z.Differs {
			p.warn("zone %s: %s isn't as planned", z.Zone, d.Key)
		}
	}
	p.total(r)
}

// total says in one line what became of the whole.
func (p *program) total(r *apply.Report) {
	made, not, unknown := r.Count()
	switch {
	case len(r.Zones) == 0:
		// The plan has said that there is nothing to do.
	case r.DryRun:
		p.say("dry run: nothing was written")
	case !r.Complete() && !r.Wrote():
		p.warn("Nothing was written")
	case !r.Complete():
		p.warn("Applied in part: %d made, %d not made, %d unknown", made, not, unknown)
	case made == 0 && !r.Wrote():
		p.say("Nothing left to do: all of it is so already")
	default:
		p.say("Applied: %s made in %s", plural(made, "change"), plural(len(r.Zones), "zone"))
	}
}

// unmade lists the changes that weren't made, or perhaps weren't.
func (p *program) unmade(changes []apply.ChangeReport, pos plan.Position) {
	for _, c := range changes {
		if c.Already || c.Result == provider.Made {
			continue
		}
		p.warn("  %s: %s %s%s", outcomeOf(c), c.Action(), c.Key, where(&c, pos))
	}
}

// where tells the place in the configuration that asked for a change.
func where(c *apply.ChangeReport, pos plan.Position) string {
	if file, line := c.Place(pos); file != "" {
		return " (" + file + ":" + strconv.Itoa(line) + ")"
	}
	return ""
}

func verified(z *apply.ZoneReport) string {
	if z.Verified {
		return ", read again and found as planned"
	}
	return ""
}

// counts of the changes of a zone.
type counts struct{ made, not, unknown, already int }

func count(changes []apply.ChangeReport) counts {
	var c counts
	for _, change := range changes {
		switch outcomeOf(change) {
		case "already so":
			c.already++
		case "made":
			c.made++
		case "unknown":
			c.unknown++
		default:
			c.not++
		}
	}
	return c
}

// outcomeOf says what became of a change in a word or two.
func outcomeOf(c apply.ChangeReport) string {
	switch {
	case c.Already:
		return "already so"
	case c.Result == provider.Made:
		return "made"
	case c.Result == provider.Unknown:
		return "unknown"
	}
	return "not made"
}

// reportJSON is a report for machines.
type reportJSON struct {
	PlanID  string       `json:"plan_id"`
	DryRun  bool         `json:"dry_run"`
	Zones   []zoneJSON   `json:"zones"`
	Refused *refusedJSON `json:"refused,omitempty"` // why nothing was written
}

type zoneJSON struct {
	Zone        state.Name   `json:"zone"`
	Provider    string       `json:"provider"`
	Target      string       `json:"target"`
	Created     bool         `json:"created"`
	NameServers []state.Name `json:"name_servers,omitempty"`
	Requests    int          `json:"requests"`
	Verified    bool         `json:"verified"`
	Changes     []changeJSON `json:"changes"`
	Error       string       `json:"error,omitempty"`
}

type changeJSON struct {
	Name      state.Name `json:"name"`
	Type      state.Type `json:"type"`
	Action    string     `json:"action"`
	Result    string     `json:"result"`
	Source    *placeJSON `json:"source,omitempty"`    // where it is declared
	WaitsFor  state.Name `json:"waits_for,omitempty"` // the name that it is held back for
	Record    string     `json:"record,omitempty"`    // the data that was refused
	RequestID string     `json:"request_id,omitempty"`
	Codes     []string   `json:"codes,omitempty"`
	Error     string     `json:"error,omitempty"`
}

type placeJSON struct {
	File string `json:"file"`
	Line int    `json:"line"`
}

// reportJSON returns a report for machines, without the secrets that a service may
// have sent back.
func (p *program) reportJSON(pl *plan.Plan, r *apply.Report, pos plan.Position) reportJSON {
	out := reportJSON{PlanID: pl.ID(), DryRun: r.DryRun, Zones: []zoneJSON{}}
	for _, z := range r.Zones {
		zone := zoneJSON{
			Zone: z.Zone, Provider: z.Provider, Target: z.Target, Created: z.Created == provider.Made,
			NameServers: z.NameServers, Requests: z.Requests, Verified: z.Verified,
			Changes: []changeJSON{}, Error: p.stderr.hide(errText(z.Err)),
		}
		for _, c := range z.Changes {
			change := changeJSON{
				Name: c.Name, Type: c.Type, Action: c.Action().String(), Result: strings.ReplaceAll(outcomeOf(c), " ", "_"),
				Record: c.Record, RequestID: p.stderr.hide(c.RequestID), Codes: c.Codes, Error: p.stderr.hide(errText(c.Err)),
			}
			if held, ok := errors.AsType[*apply.HeldBack](c.Err); ok {
				change.WaitsFor = held.Needs
			}
			if file, line := c.Place(pos); file != "" {
				change.Source = &placeJSON{file, line}
			}
			zone.Changes = append(zone.Changes, change)
		}
		out.Zones = append(out.Zones, zone)
	}
	return out
}

// plural counts things whose plural ends in s.
func plural(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return strconv.Itoa(n) + " " + thing + "s"
}
