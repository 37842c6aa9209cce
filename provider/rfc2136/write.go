package rfc2136

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/miekg/dns"

	"github.com/zoneloom/zoneloom/provider"
	"github.com/zoneloom/zoneloom/state"
)

// Write implements provider.Zone: by one UPDATE where all fits in one.
func (z *zone) Write(ctx context.Context, at *provider.Snapshot, changes []state.Change, r provider.Recorder) error {
	own, ok := at.Own.(*owned)
	if !ok {
		return fmt.Errorf("zone %s: the snapshot to write from is another provider's", z.name)
	}
	c := &compiler{apex: z.name, at: at.Zone, own: own, changes: changes}
	parts, err := c.parts()
	if err != nil {
		return fmt.Errorf("zone %s: nothing was sent: %w", z.name, err)
	}
	w := &writer{zone: z, changes: changes, recorder: r, at: at.Zone, seen: newSight(at.Zone, own)}
	for n, parts := range pack(z.name, parts) {
		if err := w.send(ctx, n+1, parts); err != nil {
			return fmt.Errorf("zone %s: %w", z.name, err)
		}
	}
	return nil
}

// writer is one Write.
type writer struct {
	*zone
	changes  []state.Change
	recorder provider.Recorder
	at       *state.Zone
	seen     *sight
}

// send makes one update and tells the recorder.
func (w *writer) send(ctx context.Context, n int, parts []*part) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	req := provider.Request{Zone: w.name, N: n}
	for _, p := range parts {
		req.Changes = append(req.Changes, p.changes...)
		req.Ops += p.ops
	}
	if err := w.recorder.Sending(req); err != nil {
		return fmt.Errorf("stopped before request %d: %w", n, err)
	}
	out := w.update(ctx, req, parts)
	w.recorder.Done(req, out)
	if out.Err != nil {
		what := fmt.Sprintf("an update of %d RRsets", len(req.Changes))
		if len(req.Changes) == 1 {
			what = w.changes[req.Changes[0]].Key.String()
		}
		return fmt.Errorf("%s: %w", what, out.Err)
	}
	return nil
}

// update sends one update and finds out what became of it.
func (w *writer) update(ctx context.Context, req provider.Request, parts []*part) provider.Outcome {
	not := func(err error) provider.Outcome {
		return provider.Outcome{Results: results(len(req.Changes), provider.NotMade), Culprit: -1, Err: err}
	}
	c, err := w.p.dial(ctx)
	if err != nil {
		return not(err)
	}
	defer c.Close()
	soa, err := w.soaFor(c, parts)
	if err != nil {
		return not(err)
	}
	m := message(w.name, parts, soa)
	r, err := c.exchange(m)
	switch {
	case err == nil && r.Rcode == dns.RcodeSuccess:
		return w.confirm(ctx, req)
	case err == nil:
		return w.refused(ctx, c, req, r)
	case errors.Is(err, errBadKey) && w.takesKey(ctx):
		out := not(fmt.Errorf("%w: the server %s refuses the key for this update, and takes it for questions, as Knot does where no acl lets it update these names and types",
			provider.ErrRefused, w.p.Addr))
		out.Codes = []string{rcodeText(dns.RcodeNotAuth)}
		if len(req.Changes) == 1 {
			out.Culprit = req.Changes[0]
		}
		return out
	case errors.Is(err, errBeforeSend), errors.Is(err, errKeyRefused):
		return not(err)
	}
	out := not(fmt.Errorf("%w: %w", provider.ErrUnknown, err))
	out.Results = results(len(req.Changes), provider.Unknown)
	return out
}

// takesKey reports whether the server answers a question that the key signs.
func (w *writer) takesKey(ctx context.Context) bool {
	c, err := w.p.dial(ctx)
	if err != nil {
		return false
	}
	defer c.Close()
	_, err = c.soa(w.name)
	return err == nil
}

// soaFor returns the SOA that the parts change the zone's to, or nil.
func (w *writer) soaFor(c *conn, parts []*part) (dns.RR, error) {
	for _, p := range parts {
		for _, i := range p.changes {
			if ch := &w.changes[i]; ch.Type == state.SOA && ch.Name == w.name {
				now, err := c.soa(w.name)
				if err != nil {
					return nil, err
				}
				return newSOA(now, ch)
			}
		}
	}
	return nil, nil
}

// refused judges an answer other than success. None of the update was made (RFC
// 2136 section 3.4.2.7), but a server that only hands updates on may not know.
func (w *writer) refused(ctx context.Context, c *conn, req provider.Request, r *dns.Msg) provider.Outcome {
	out := provider.Outcome{
		Results: results(len(req.Changes), provider.NotMade), Codes: []string{rcodeText(r.Rcode)}, Culprit: -1,
	}
	switch r.Rcode {
	case dns.RcodeYXDomain, dns.RcodeYXRrset, dns.RcodeNXRrset, dns.RcodeNameError:
		w.unmet(ctx, req, r, &out)
	case dns.RcodeServerFailure:
		err := c.refusal("the update", r)
		results, _, serr := w.compare(ctx, req)
		if serr != nil || slices.ContainsFunc(results, func(r provider.Result) bool { return r != provider.NotMade }) {
			out.Results = unknown(len(req.Changes))
			out.Err = fmt.Errorf("%w: %w", provider.ErrUnknown, errors.Join(err, serr))
			break
		}
		out.Err = fmt.Errorf("%w: %w", provider.ErrRefused, err)
	case dns.RcodeRefused:
		out.Err = fmt.Errorf("%w: the server %s answers the update with REFUSED: let %s update these names and types (BIND: allow-update or update-policy; Knot: an acl with action update); BIND also refuses a host name that isn't one (check-names), and an MX to a name of the zone that has no address",
			provider.ErrRefused, w.p.Addr, w.p.caller())
	case dns.RcodeNotAuth, dns.RcodeNotImplemented:
		out.Err = c.refusal("the update", r)
	default:
		out.Err = fmt.Errorf("%w: %w", provider.ErrRefused, c.refusal("the update", r))
	}
	if len(req.Changes) == 1 && errors.Is(out.Err, provider.ErrRefused) {
		out.Culprit = req.Changes[0]
	}
	return out
}

// unmet says which prerequisite of an update isn't so. Where nothing has changed,
// it is that a CNAME can't come to what the plan leaves alone.
func (w *writer) unmet(ctx context.Context, req provider.Request, r *dns.Msg, out *provider.Outcome) {
	code := rcodeText(r.Rcode)
	if i := w.moved(ctx, req); i >= 0 {
		out.Culprit = i
		out.Err = fmt.Errorf("%w: %s changed since the plan (%s): plan again", provider.ErrRefused, w.changes[i].Key, code)
		return
	}
	for _, i := range req.Changes {
		if t := w.beside(&w.changes[i]); t != "" {
			out.Culprit = i
			out.Err = fmt.Errorf("%w: %s can't stand beside the %s records at its name, which the plan leaves alone (%s)", provider.ErrRefused, w.changes[i].Key, t, code)
			return
		}
	}
	out.Err = fmt.Errorf("%w: something that the plan touches changed since the plan (%s): plan again", provider.ErrRefused, code)
}

// beside returns the type of records that stay at the name of a CNAME which ch
// creates; "" where there are none.
func (w *writer) beside(ch *state.Change) state.Type {
	if ch.Type != state.CNAME || ch.Action() != state.Create {
		return ""
	}
	for _, s := range w.at.At(ch.Name) {
		changed := slices.ContainsFunc(w.changes, func(c state.Change) bool { return c.Key == s.Key })
		if !changed && s.Type != "RRSIG" && s.Type != "NSEC" {
			return s.Type
		}
	}
	return ""
}

func unknown(n int) []provider.Result { return results(n, provider.Unknown) }
