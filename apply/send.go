package apply

import (
	"context"
	"errors"
	"slices"

	"github.com/zoneloom/zoneloom/provider"
	"github.com/zoneloom/zoneloom/state"
)

// send writes changes in their order. Where the run keeps going, it gets around
// the names that the service refuses, and those that need them.
func (w *writer) send(ctx context.Context, changes []state.Change) error {
	if w.o.KeepGoing {
		changes = w.arrange(changes)
	}
	return w.sendHinted(ctx, changes, true)
}

// sendHinted does as send; hinted says whether the service's word on who is to
// blame is still to be trusted.
func (w *writer) sendHinted(ctx context.Context, changes []state.Change, hinted bool) error {
	for {
		if changes = w.hold(changes); len(changes) == 0 {
			return nil
		}
		a := w.attempt(ctx, changes)
		if a.err == nil || !errors.Is(a.err, provider.ErrRefused) {
			return a.err
		}
		if !w.o.KeepGoing || w.lost || len(a.last) == 0 {
			if a.culprit >= 0 {
				return w.refusal(w.change(changes[a.culprit]), a.err)
			}
			return a.err
		}
		refused, begun, rest := a.split()
		if len(begun) > 0 {
			w.refuse(begun, a.err)
			changes = slices.Concat(refused, rest)
			continue
		}
		if err := w.around(ctx, refused, a.blamed(hinted), a.err); err != nil {
			return err
		}
		changes = rest
	}
}

// around sends what the service refused as one request in smaller ones, so that
// only the names at fault are left out. Each costs at most 2*ceil(log2 n)+1
// further requests, n being the names in the request: halving takes two on each
// level. Where the service named a culprit, that name alone is tried first; if
// it is at fault the rest is sent as one, which takes two, and if it isn't, the
// one was wasted, and the service's word is not taken again. A culprit that needs
// another of the names can't be tried ahead of it.
func (w *writer) around(ctx context.Context, changes []state.Change, culprit state.Name, reason error) error {
	names := groups(changes)
	if len(names) == 1 {
		w.refuse(changes, reason)
		return nil
	}
	if at := indexName(names, culprit); at >= 0 && w.isFree(culprit, names) {
		if err := w.sendHinted(ctx, names[at], false); err != nil {
			return err
		}
		names = append(names[:at:at], names[at+1:]...)
		if w.bad[culprit] {
			return w.sendHinted(ctx, flatten(names), true)
		}
		if len(names) == 1 {
			return w.sendHinted(ctx, names[0], false)
		}
	}
	half := (len(names) + 1) / 2
	if err := w.sendHinted(ctx, flatten(names[:half]), false); err != nil {
		return err
	}
	return w.sendHinted(ctx, flatten(names[half:]), false)
}

// refuse notes that the service doesn't take a name's changes.
func (w *writer) refuse(changes []state.Change, reason error) {
	for _, c := range changes {
		w.bad[c.Name] = true
		w.report.Changes[w.index[c.Key]].Err = reason
	}
}

// groups divides changes by name, in the order in which the names first occur.
func groups(changes []state.Change) [][]state.Change {
	var names [][]state.Change
	index := map[state.Name]int{}
	for _, c := range changes {
		i, ok := index[c.Name]
		if !ok {
			i = len(names)
			index[c.Name] = i
			names = append(names, nil)
		}
		names[i] = append(names[i], c)
	}
	return names
}

func indexName(names [][]state.Change, name state.Name) int {
	for i, changes := range names {
		if changes[0].Name == name {
			return i
		}
	}
	return -1
}

func flatten(names [][]state.Change) []state.Change {
	var changes []state.Change
	for _, name := range names {
		changes = append(changes, name...)
	}
	return changes
}
