package plan

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/zoneloom/zoneloom/state"
)

// judge looks at one change.
type judge struct {
	*assessor
	*ground
	c *state.Change

	reasons []reason
}

type reason struct {
	level RiskLevel
	text  string
}

func (j *judge) add(level RiskLevel, format string, args ...any) {
	j.reasons = append(j.reasons, reason{level, fmt.Sprintf(format, args...)})
}

// judge returns the risk of the change: the highest level that a rule gives it.
func (j *judge) judge() Risk {
	if !j.zone.Create { // what nobody could ask for yet can't break
		j.nameServers()
		j.keys()
		j.mail()
		j.texts()
		j.issuers()
		j.wildcard()
		j.apexAddress()
		j.unproxied()
	}
	j.targets()
	j.pointed()
	if len(j.reasons) == 0 {
		j.ordinary()
	}
	if !j.zone.Create {
		j.lifetime()
		j.many()
	}
	slices.SortStableFunc(j.reasons, func(a, b reason) int { return cmp.Compare(b.level, a.level) })
	risk := Risk{Level: j.reasons[0].level}
	for _, r := range j.reasons {
		risk.Reasons = append(risk.Reasons, r.text)
	}
	return risk
}

// ordinary gives the reason of changes for which what they are gives none.
func (j *judge) ordinary() {
	n, t := j.c.Name, j.c.Type
	switch action := j.c.Action(); {
	case action == state.Delete && j.isReplaced():
		j.add(RiskLow, "other records of %s take its place", n)
	case action == state.Delete:
		j.add(RiskMedium, "%s has no %s any more", n, t)
	case action == state.Create:
		j.add(RiskLow, "%s had no %s before", n, t)
	case j.changesAnswer():
		j.add(RiskLow, "%s %s is answered differently", n, t)
	default:
		j.add(RiskLow, "no answer changes, only what the service keeps beside it")
	}
}

// isGone reports whether nothing of the change's type is left at its name.
func (j *judge) isGone() bool { return len(records(j.c.After)) == 0 }

// isNew reports whether nothing of the type was there.
func (j *judge) isNew() bool { return len(records(j.c.Before)) == 0 }

// staysNone reports whether no record that was there stays as it was.
func (j *judge) staysNone() bool {
	return !slices.ContainsFunc(records(j.c.Before), func(b state.Record) bool {
		return slices.ContainsFunc(records(j.c.After), func(a state.Record) bool { return a.Data == b.Data })
	})
}

// isReplaced reports whether an address that goes leaves its name with another.
func (j *judge) isReplaced() bool { return j.c.Type.IsAddress() && j.hasAddress() }

// hasAddress reports whether the name will lead to an address.
func (j *judge) hasAddress() bool {
	_, after := j.views()
	found := false
	after.each(j.c.Name, func(s *state.RRset) { found = found || s.Type.IsAddress() && len(s.Records) > 0 })
	return found
}

// changesAnswer reports whether those who ask will notice.
func (j *judge) changesAnswer() bool {
	deletes, updates, creates := j.c.Ops()
	return len(deletes)+len(creates) > 0 || slices.ContainsFunc(updates, func(p state.Pair) bool {
		b, a := &j.c.Before.Records[p.Before], &j.c.After.Records[p.After]
		return b.Data != a.Data || b.TTL != a.TTL || isProxied(*b) != isProxied(*a)
	})
}

func (j *judge) isApex() bool { return j.c.Name == j.zone.Name }

func (j *judge) nameServers() {
	n := j.c.Name
	switch {
	case j.c.Type != state.NS || !j.changesAnswer():
	case j.isApex() && j.isGone():
		j.add(RiskCritical, "the zone %s has no name servers at its apex any more", n)
	case j.isApex() && j.isNew():
		j.add(RiskHigh, "the zone %s names name servers of its own", n)
	case j.isApex() && j.staysNone():
		j.add(RiskCritical, "all name servers of the zone %s change: it is off the net if the new ones don't serve it", n)
	case j.isApex():
		j.add(RiskHigh, "name servers of the zone %s change", n)
	case j.isGone():
		j.add(RiskCritical, "the delegation of %s goes: nothing below it is answered as before", n)
	case j.isNew():
		before, _ := j.views()
		if answersFor(before, n) {
			j.add(RiskHigh, "%s and all below it is handed to other name servers, which hides what the zone has there", n)
		} else {
			j.add(RiskMedium, "%s and all below it is handed to other name servers", n)
		}
	default:
		j.add(RiskHigh, "%s is delegated to other name servers", n)
	}
}

func (j *judge) keys() {
	n := j.c.Name
	switch t := j.c.Type; {
	case !j.changesAnswer():
	case t == "DNSKEY" || t == "CDS" || t == "CDNSKEY":
		j.add(RiskHigh, "the keys that %s is signed with change: validating resolvers refuse it where keys and DS don't fit", n)
	case t != state.DS:
	case j.isGone():
		j.add(RiskHigh, "%s isn't validated any more (DNSSEC)", n)
	case j.isNew():
		j.add(RiskHigh, "%s is validated from now on (DNSSEC): resolvers refuse it if it isn't signed with that key", n)
	case j.staysNone():
		j.add(RiskCritical, "every DS of %s changes: validating resolvers refuse it if it isn't signed with the new key", n)
	default:
		j.add(RiskHigh, "DS of %s change while others stay", n)
	}
}

func (j *judge) mail() {
	n := j.c.Name
	switch {
	case j.c.Type != state.MX || !j.changesAnswer():
	case j.isGone() && j.isApex():
		j.add(RiskCritical, "%s has no MX any more: its mail gets lost", n)
	case j.isGone():
		j.add(RiskHigh, "%s has no MX any more: its mail gets lost", n)
	case j.isNew():
		j.add(RiskMedium, "mail for %s goes to these servers from now on", n)
	case j.staysNone():
		j.add(RiskHigh, "all servers that take mail for %s change", n)
	default:
		j.add(RiskMedium, "servers that take mail for %s change", n)
	}
}

// texts judges what TXT records tell receivers of mail.
func (j *judge) texts() {
	if j.c.Type != state.TXT {
		return
	}
	for _, k := range []struct {
		what, lost, changed, gained string
		is                          func(state.Name, string) bool
		gain                        RiskLevel
	}{
		{
			"SPF", "anybody may send mail in its name", "senders that it leaves out are refused",
			"senders that it leaves out are refused", saysSPF, RiskMedium,
		},
		{
			"DKIM key", "mail signed with it is taken for forged", "mail signed with the old one is taken for forged",
			"mail can be signed with it", saysDKIM, RiskLow,
		},
		{
			"DMARC policy", "forged mail isn't refused any more", "receivers treat its mail differently",
			"receivers treat its mail differently", saysDMARC, RiskMedium,
		},
	} {
		had, has := j.having(j.c.Before, k.is), j.having(j.c.After, k.is)
		switch {
		case len(had) > 0 && len(has) == 0:
			j.add(RiskHigh, "%s has no %s any more: %s", j.c.Name, k.what, k.lost)
		case len(had) == 0 && len(has) > 0:
			j.add(k.gain, "%s gets a %s: %s", j.c.Name, k.what, k.gained)
		case !slices.Equal(had, has):
			j.add(RiskMedium, "the %s of %s changes: %s", k.what, j.c.Name, k.changed)
		}
	}
}

// having returns the texts of s that are such, as they are served.
func (j *judge) having(s *state.RRset, is func(state.Name, string) bool) []string {
	var texts []string
	for _, r := range records(s) {
		if isServed(r) && is(j.c.Name, r.Data) {
			texts = append(texts, text(r.Data))
		}
	}
	return texts
}

func saysSPF(_ state.Name, data string) bool  { return isSPF(state.TXT, data) }
func saysDKIM(n state.Name, data string) bool { return isDKIMName("", n) && isDKIM(state.TXT, data) }

func saysDMARC(n state.Name, data string) bool { return isDMARCName("", n) && isDMARC(state.TXT, data) }

func (j *judge) issuers() {
	n := j.c.Name
	switch {
	case j.c.Type != state.CAA || !j.changesAnswer():
	case j.isGone():
		j.add(RiskHigh, "%s has no CAA any more: more authorities may issue certificates for it", n)
	default:
		j.add(RiskMedium, "which authorities may issue certificates for %s changes: others can't renew theirs", n)
	}
}

func (j *judge) wildcard() {
	n := j.c.Name
	switch {
	case !n.IsWildcard() || !j.changesAnswer():
	case j.isGone() && !j.isReplaced():
		j.add(RiskHigh, "every name below %s without records of its own loses its %s", n.Parent(), j.c.Type)
	default:
		j.add(RiskMedium, "it answers for every name below %s without records of its own", n.Parent())
	}
}

func (j *judge) apexAddress() {
	switch {
	case !j.c.Type.IsAddress() || !j.isApex() || !j.changesAnswer():
	case !j.hasAddress():
		j.add(RiskCritical, "%s itself has no address any more", j.c.Name)
	case !j.isNew():
		j.add(RiskMedium, "the address of %s itself changes", j.c.Name)
	}
}

// unproxied objects to addresses that become public.
func (j *judge) unproxied() {
	if !j.c.Type.IsAddress() || !slices.ContainsFunc(records(j.c.Before), isProxied) {
		return
	}
	wasPublic := func(r state.Record) bool {
		return slices.ContainsFunc(records(j.c.Before), func(b state.Record) bool { return b.Data == r.Data && !isProxied(b) })
	}
	for _, r := range records(j.c.After) {
		if !isProxied(r) && !wasPublic(r) {
			j.add(RiskHigh, "%s is no longer proxied, which exposes the origin %s", j.c.Name, r.Data)
			return
		}
	}
}

// lifetime tells how long the old answer lives on in caches.
func (j *judge) lifetime() {
	const hour, day = 60 * 60, 24 * 60 * 60
	deletes, updates, _ := j.c.Ops()
	var ttl state.TTL
	old := func(i int) {
		r := &j.c.Before.Records[i]
		if r.TTL == state.TTLAuto || isProxied(*r) {
			ttl = max(ttl, autoTTL)
		} else {
			ttl = max(ttl, r.TTL)
		}
	}
	for _, i := range deletes {
		old(i)
	}
	for _, p := range updates {
		if b, a := &j.c.Before.Records[p.Before], &j.c.After.Records[p.After]; b.Data != a.Data {
			old(p.Before)
		}
	}
	switch {
	case ttl > day:
		j.add(RiskHigh, "the old answer lives on in caches for up to %s", Duration(ttl))
	case ttl >= hour:
		j.add(RiskMedium, "the old answer lives on in caches for up to %s", Duration(ttl))
	}
}

// autoTTL is what services make of a TTL that is left to them, in seconds.
const autoTTL state.TTL = 300

// Duration tells a TTL as a person would, in one or two units: "1 day 12 hours".
func Duration(ttl state.TTL) string {
	if ttl == state.TTLAuto {
		return "auto"
	}
	var parts []string
	for _, u := range []struct {
		seconds state.TTL
		name    string
	}{{86400, "day"}, {3600, "hour"}, {60, "minute"}, {1, "second"}} {
		if n := int(ttl / u.seconds); n > 0 && len(parts) < 2 {
			parts = append(parts, fmt.Sprintf("%d %s", n, plural(n, u.name)))
			ttl %= u.seconds
		} else if len(parts) > 0 {
			break
		}
	}
	if len(parts) == 0 {
		return "0 seconds"
	}
	return strings.Join(parts, " ")
}

// many objects to what happens to many names at once.
func (j *judge) many() {
	const many, very = 10, 50
	l, ok := likenessOf(j.c)
	n := j.alike[l]
	if !ok || n < many {
		return
	}
	level := RiskMedium
	if n >= very {
		level = RiskHigh
	}
	verb := "get"
	if l.action == state.Delete {
		verb = "lose"
	}
	const longest = 80
	data := l.data
	if len(data) > longest {
		data = data[:longest] + "..."
	}
	j.add(level, "%d names %s the same %s %s", n, verb, l.typ, data)
}

// targets looks at the names that new records point at.
func (j *judge) targets() {
	if !points(j.c.Type) {
		return
	}
	for _, r := range records(j.c.After) {
		if slices.ContainsFunc(records(j.c.Before), func(b state.Record) bool { return b.Data == r.Data }) {
			continue
		}
		for _, n := range state.DataNames(j.c.Type, r.Data) {
			switch service := Claimable(n); {
			case n == ".":
			case service != "":
				j.add(RiskMedium, "it points at %s, a name at %s that a stranger can claim if nobody holds it (takeover)", n, service)
			case j.isDangling(n, j.zone.Provider):
				j.add(RiskHigh, "it points at %s, which has no records when the plan is made (dangling)", n)
			}
		}
	}
}

// pointed objects to taking away what something else points at.
func (j *judge) pointed() {
	if k, found := j.pointers[j.c.Name]; found && j.c.Action() == state.Delete {
		j.add(RiskHigh, "%s still points at %s (dangling)", k, j.c.Name)
	}
}
