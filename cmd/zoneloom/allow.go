package main

import (
	"slices"
	"strings"

	"github.com/zoneloom/zoneloom/apply"
	"github.com/zoneloom/zoneloom/plan"
)

// judged says what leave was good for, where a saved plan is applied, and what the
// policies remark.
func (p *program) judged(w *work, j apply.Judgement) {
	if len(j.Remarks) > 0 {
		p.remark(w.project, j.Remarks)
		if w.reports != nil {
			w.reports.add(w.faults(bare(j.Remarks)))
		}
	}
	for _, r := range j.Allowed {
		p.warn("allowed: zone %s: guard %s: %s", printable(string(r.Zone)), r.Guard, printable(r.Text))
	}
	p.unused(j.Unused)
}

// unused says which leave nothing needed: a plan for which it was meant may look
// different by now.
func (p *program) unused(list []plan.Allowance) {
	for _, a := range list {
		p.say("--allow %s lifts nothing: that guard doesn't object", printable(a.String()))
	}
}

// lifting says what lifts refusals, once for all providers of a zone.
func (p *program) lifting(refusals []plan.Refusal) {
	var flags, policies []string
	for _, r := range refusals {
		if name, isPolicy := r.Policy(); isPolicy && !slices.Contains(policies, name) {
			policies = append(policies, name)
		}
		if flag := "--allow " + r.Allowance().String(); r.IsGuard() && !slices.Contains(flags, flag) {
			flags = append(flags, flag)
		}
	}
	if len(flags) > 0 {
		p.warn("hint: if that is meant, add %s", printable(strings.Join(flags, " ")))
	}
	if len(policies) > 0 {
		p.warn("hint: no flag lifts a policy: do what %s asks for, or write a waiver in the configuration", enumerate(policies))
	}
}
