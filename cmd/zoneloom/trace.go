package main

import (
	"errors"

	"github.com/zoneloom/zoneloom/apply"
	"github.com/zoneloom/zoneloom/config"
)

// mostRevisions bounds how far back is looked for what was asked for once.
const mostRevisions = 50

// trace marks where the changes of a plan come from, if there is a base.
func (p *program) trace(w *work, planned *apply.Planned) error {
	b := w.base
	if b == nil || planned.Plan.Empty() {
		return nil
	}
	h, err := b.origins()
	if err != nil {
		return err
	}
	if h.from == "" {
		p.say("the clone doesn't have the commit that this change and %s have grown from, so changes are compared with %s itself", b.name, b.name)
	}
	w.engine.Trace(planned, &h.History)
	return h.err
}

// origins is the history of the base, which is read as far as it is asked for.
type origins struct {
	apply.History
	base  *base
	from  string // where this change left the base, or "" where the clone lacks that
	past  []apply.Revision
	log   []string // commits that are still to be read
	asked bool
	whole bool
	err   error
}

// origins begins with what this change has grown from.
func (b *base) origins() (*origins, error) {
	o := &origins{base: b}
	head, err := b.Head()
	if err != nil {
		return nil, err
	}
	if o.from, err = b.MergeBase(head, b.commit); err != nil {
		return nil, err
	}
	o.History = apply.History{
		Base: asked(b.commit, b.cfg), Earlier: o.earlier,
		Whole: func() bool { return o.whole && o.err == nil },
	}
	if o.from != "" && o.from != b.commit {
		cfg, err := b.load(short(o.from), o.from)
		if err != nil {
			return nil, err
		}
		tip := o.Base
		o.Tip, o.Base = &tip, asked(o.from, cfg)
	}
	return o, nil
}

// asked is what a revision of the configuration asks for.
func asked(commit string, cfg *config.Config) apply.Revision {
	r := apply.Revision{ID: commit}
	if cfg == nil {
		return r
	}
	for _, z := range cfg.Zones {
		for _, name := range z.Providers {
			r.Targets = append(r.Targets, target(z, name))
		}
	}
	return r
}

// earlier yields the revisions before the base, the newest first. Those with
// faults can't have been applied, and are left out.
func (o *origins) earlier(yield func(apply.Revision) bool) {
	for i := 0; ; i++ {
		if i == len(o.past) && !o.next() {
			return
		}
		if !yield(o.past[i]) {
			return
		}
	}
}

// next reads one more revision.
func (o *origins) next() bool {
	if !o.asked {
		o.asked = true
		log, whole, err := o.base.Log(o.Base.ID, mostRevisions)
		o.whole, o.err = whole, err
		for _, entry := range log {
			if entry.ID != o.Base.ID {
				o.log = append(o.log, entry.ID)
			}
		}
	}
	for o.err == nil && len(o.log) > 0 {
		commit := o.log[0]
		o.log = o.log[1:]
		cfg, err := o.base.load(short(commit), commit)
		switch {
		case errors.As(err, new(config.ErrorList)):
			o.whole = false // it may be the clone that lacks a file
			continue
		case err != nil:
			o.err = err
			return false
		}
		o.past = append(o.past, asked(commit, cfg))
		return true
	}
	return false
}
