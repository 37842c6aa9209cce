package lint

import (
	"slices"

	"github.com/zoneloom/zoneloom/state"
)

// isGlue reports whether k may be an address of a name server of a delegation at
// cut, which the parent zone hands out with it.
func (z *zone) isGlue(k state.Key, cut state.Name) bool {
	if k.Type != state.A && k.Type != state.AAAA {
		return false
	}
	ns := find(z.sets[cut], state.NS)
	return ns != nil && slices.ContainsFunc(ns.Records, func(r state.Record) bool { return state.Name(r.Data) == k.Name })
}

func belowDelegation(z *zone) {
	for _, s := range z.Want.RRsets {
		cut := z.cutAbove(s.Name)
		switch {
		case cut == "" || !z.cuts[cut] || z.isGlue(s.Key, cut):
		case s.Name == cut && (s.Type == state.NS || s.Type == state.DS || s.Type == "NSEC" || s.Type == "RRSIG"):
		default:
			z.report(s.Key, s.Records[0], "declare it in the zone "+string(cut), "%s is delegated, and this record is of no effect", cut)
		}
	}
}

func belowDNAME(z *zone) {
	for _, s := range z.Want.RRsets {
		if cut := z.cutAbove(s.Name); cut != "" && cut != s.Name && !z.cuts[cut] {
			z.report(s.Key, s.Records[0], "take it out, or the DNAME", "%s has a DNAME, and this record is of no effect", cut)
		}
	}
}

func missingGlue(z *zone) {
	z.records(func(k state.Key, r state.Record) {
		host := state.Name(r.Data)
		if k.Name == z.Want.Name || !host.IsIn(k.Name) || z.cutAbove(k.Name) != k.Name || z.unsure(host) {
			return
		}
		if find(z.sets[host], state.A) == nil && find(z.sets[host], state.AAAA) == nil {
			z.report(k, r, "declare an A or AAAA record for it", "%s lies below the delegation, so nobody finds it without its address here", host)
		}
	}, state.NS)
}

func singleNameServer(z *zone) {
	for _, s := range z.Want.RRsets {
		if s.Type == state.NS && len(s.Records) == 1 && (s.Name != z.Want.Name || z.Rules.ApexNS == state.ApexNSExact) {
			z.report(s.Key, s.Records[0], "name a second one", "if %s is out of reach, so is the whole zone", s.Records[0].Data)
		}
	}
}

func strayDS(z *zone) {
	for _, s := range z.Want.RRsets {
		switch {
		case s.Type != state.DS:
		case s.Name == z.Want.Name:
			z.report(s.Key, s.Records[0], "declare it in the parent zone", "a DS record at a zone's own name has no effect")
		case !z.cuts[s.Name]:
			z.report(s.Key, s.Records[0], "declare the NS records too, or take it out", "there is no delegation that this DS record could be for")
		}
	}
}

func delegationDiffers(z *zone) {
	for _, s := range z.Want.RRsets {
		child := z.world.byName[s.Name]
		if s.Type != state.NS || s.Name == z.Want.Name || child == nil {
			continue
		}
		own := find(child.sets[s.Name], state.NS)
		same := func(a, b state.Record) bool { return a.Data == b.Data }
		if own != nil && child.Rules.ApexNS != state.ApexNSMerge && !slices.EqualFunc(own.Records, s.Records, same) {
			z.report(s.Key, s.Records[0], "make both the same", "the zone %s names other servers than its delegation here", s.Name)
		}
	}
}
