package powerdns

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"github.com/zoneloom/zoneloom/provider"
	"github.com/zoneloom/zoneloom/state"
)

// fresh reports an error where anything that changes touch has moved since at
// was read. The API can't be told to write only then, so this leaves a short
// while in which it may still happen; and it sees only writes that raised the
// serial, which those through the API do as a rule.
func (z *zone) fresh(ctx context.Context, at *provider.Snapshot, changes []state.Change) error {
	soa := at.Zone.Find(z.soaKey())
	if soa == nil {
		return nil
	}
	serial, err := serialOf(soa.Records[0].Data)
	if err != nil {
		return err
	}
	var now struct {
		Serial uint32 `json:"serial"`
	}
	q := url.Values{"rrsets": {"false"}}
	if err := z.p.api().do(ctx, call{method: http.MethodGet, path: z.path(), query: q}, &now); err != nil {
		if status(err) == http.StatusNotFound {
			err = fmt.Errorf("%w: %w", provider.ErrNoZone, err)
		}
		return z.p.advise(err)
	}
	if now.Serial == serial {
		return nil
	}
	live, err := z.Read(ctx)
	if err != nil {
		return err
	}
	for i := range changes {
		c := &changes[i]
		moved := !sameSet(at.Zone.Find(c.Key), live.Zone.Find(c.Key))
		if a := c.Action(); c.Type.Redirects() && (a == state.Create || a == state.Delete) {
			// What else is at the name means something else with it.
			moved = moved || !slices.EqualFunc(at.Zone.At(c.Name), live.Zone.At(c.Name), func(a, b state.RRset) bool { return sameSet(&a, &b) })
		}
		if moved && c.Key != z.soaKey() {
			return fmt.Errorf("%s: %w: somebody else has changed it since it was read; plan again", c.Key, provider.ErrRefused)
		}
	}
	return nil
}

// sameSet reports whether a and b are the same records, kept ones among them.
// The serial of an SOA moves with every write.
func sameSet(a, b *state.RRset) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Key == b.Key && (a.Type == state.SOA || a.Attrs == b.Attrs && slices.EqualFunc(a.Records, b.Records, state.Record.Equal))
}
