package lint

import (
	"net/url"
	"slices"
	"strings"

	"github.com/emersion/go-msgauth/dmarc"
	"golang.org/x/net/publicsuffix"

	"github.com/zoneloom/zoneloom/state"
)

// organisation returns the organisational domain of n (RFC 7489 section 3.2): the
// name below its public suffix. A public suffix is its own.
func organisation(n state.Name) state.Name {
	plain := strings.TrimSuffix(string(n), ".")
	domain, err := publicsuffix.EffectiveTLDPlusOne(plain)
	if err != nil {
		return n
	}
	return state.Name(domain + ".")
}

// isDMARC reports whether r is a DMARC record.
func isDMARC(r state.Record) bool { return hasVersion(text(r), "DMARC1") }

// reportsUnwanted finds reports that are sent to another organisation's domain of
// ours which doesn't say that it takes them (RFC 7489 section 7.1).
func reportsUnwanted(z *zone) {
	z.texts("DMARC1", func(k state.Key, r state.Record, text string) {
		policy, err := dmarc.Parse(text)
		if err != nil || k.Name.Labels()[0] != "_dmarc" {
			return
		}
		from := k.Name.Parent()
		var seen []state.Name
		for _, uri := range slices.Concat(policy.ReportURIAggregate, policy.ReportURIFailure) {
			to := mailDomain(uri)
			if to == "" || slices.Contains(seen, to) || organisation(to) == organisation(from) {
				continue
			}
			seen = append(seen, to)
			at := state.Name(strings.TrimSuffix(string(from), ".") + "._report._dmarc." + string(to))
			t := z.follow(at)
			if set := find(t.sets, state.TXT); t.status != elsewhere && !t.loop && (set == nil || !slices.ContainsFunc(set.Records, isDMARC)) {
				z.report(k, r, `declare a TXT "v=DMARC1" there`, "%s doesn't say that it takes reports of %s, so none are sent: %s has no DMARC record", to, from, at)
			}
		}
	})
}

// mailDomain returns the domain that a mailto: URI leads to; "" for any other.
func mailDomain(uri string) state.Name {
	uri, _, _ = strings.Cut(uri, "!") // the most octets that a report may have
	u, err := url.Parse(uri)
	if err != nil || !strings.EqualFold(u.Scheme, "mailto") {
		return ""
	}
	_, domain, found := strings.Cut(u.Opaque, "@")
	if !found {
		return ""
	}
	name, err := state.ParseName(domain+".", "")
	if err != nil {
		return ""
	}
	return name
}

// bimiUnenforced finds logos that nobody shows, since the domain's DMARC policy
// lets forged mail pass.
func bimiUnenforced(z *zone) {
	z.texts("BIMI1", func(k state.Key, r state.Record, text string) {
		labels := k.Name.Labels()
		if t, err := tags(text); err != nil || t["l"] == "" || len(labels) < 2 || labels[1] != "_bimi" {
			return
		}
		domain := k.Name.Parent().Parent()
		for _, at := range []state.Name{domain, organisation(domain)} {
			t := z.follow("_dmarc." + at)
			if t.status == elsewhere || t.loop {
				return
			}
			set := find(t.sets, state.TXT)
			if set == nil {
				continue
			}
			if i := slices.IndexFunc(set.Records, isDMARC); i >= 0 {
				if why := lenient(set.Records[i], at != domain); why != "" {
					z.report(k, r, "write p=quarantine or p=reject there", "no mail program shows the logo, for the DMARC policy at _dmarc.%s %s", at, why)
				}
				return
			}
		}
		z.report(k, r, "declare one with p=quarantine or p=reject", "no mail program shows the logo, for %s has no DMARC policy", domain)
	})
}

// lenient says how the policy of a DMARC record lets forged mail pass, that of the
// domain's or of its subdomains; "" where it doesn't, or can't be read.
func lenient(r state.Record, ofSubdomain bool) string {
	policy, err := dmarc.Parse(text(r))
	if err != nil {
		return ""
	}
	p := policy.Policy
	if ofSubdomain && policy.SubdomainPolicy != "" {
		p = policy.SubdomainPolicy
	}
	switch {
	case p == dmarc.PolicyNone:
		return "asks for nothing to be done with forged mail"
	case p == dmarc.PolicyQuarantine && policy.Percent != nil && *policy.Percent < 100:
		return "holds for a part of the mail only"
	}
	return ""
}
