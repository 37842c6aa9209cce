package live

import (
	"context"
	"fmt"
	"slices"

	"github.com/zoneloom/zoneloom/state"
)

// Read asks one server for the RRsets of a zone that stand in like, and returns
// those that it has, and those that can't be asked for. Servers can't be asked
// what else they hold.
func (c *Client) Read(ctx context.Context, server Server, like *state.Zone) (*state.Zone, []LeftOut, error) {
	ask, left := questions(like)
	if _, f := c.holds(ctx, server, like.Name); f != nil {
		return nil, nil, fmt.Errorf("%s: %s", server, f.Text)
	}
	// What is wanted of every set is nothing, so that all of it comes back.
	for i := range ask {
		ask[i].data, ask[i].ttl = nil, state.TTLAuto
	}
	r := ServerReport{Server: server}
	c.askAll(ctx, &r, ask, nil)
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	if r.Fault != nil {
		return nil, nil, fmt.Errorf("%s: %s", server, r.Fault.Text)
	}
	var entries []state.Entry
	for _, d := range r.Differs {
		switch d.Kind {
		case Values:
			for _, data := range d.Extra {
				entries = append(entries, state.Entry{Key: d.Key, Record: state.Record{Data: data, TTL: d.TTL}})
			}
		case NXDomain, NoData, Redirected: // it isn't there
		case TTL, Failed, NotAuthoritative, NoAnswer, Unreachable:
			return nil, nil, fmt.Errorf("%s: %s: %s", server, d.Key, d.Text)
		}
	}
	left = slices.Concat(left, r.LeftOut)
	slices.SortFunc(left, func(a, b LeftOut) int { return a.Key.Compare(b.Key) })
	return state.NewZone(like.Name, entries), left, nil
}
