package lint

import "github.com/zoneloom/zoneloom/state"

const (
	failure = state.SeverityError // a standard says that it can't work
	warning = state.SeverityWarning
	notice  = state.SeverityNotice
)

// rules by their codes. A code whose rule is taken out is never used again.
var rules = []Rule{
	{"ZL101", "host-characters", warning, "A host's name has characters other than letters, digits and hyphens", hostCharacters},
	{"ZL102", "hyphen-at-edge", warning, "A label of a host's name begins or ends with a hyphen", hyphenAtEdge},
	{"ZL103", "bad-punycode", warning, "A label begins with xn-- and stands for no Unicode label", badPunycode},
	{"ZL104", "zone-doubling", warning, "A name ends in the zone's name twice", zoneDoubling},
	{"ZL105", "inner-wildcard", warning, "An asterisk stands where it is no wildcard", innerWildcard},
	{"ZL201", "cname-loop", failure, "CNAME records lead back to where they began", cnameLoop},
	{"ZL202", "cname-chain", warning, "More CNAME records than allowed lead from one to the next", cnameChain},
	{"ZL203", "dangling-cname", warning, "A CNAME or ALIAS points at a name of ours that doesn't exist", danglingCNAME},
	{"ZL204", "target-without-address", warning, "An MX, SRV or NS record points at a name of ours without an address", targetWithoutAddress},
	{"ZL205", "target-is-cname", warning, "An MX, SRV or NS record points at a CNAME", targetIsCNAME},
	{"ZL206", "address-as-target", warning, "An address stands where a name belongs", addressAsTarget},
	{"ZL207", "url-as-target", warning, "A URL stands where a name belongs", urlAsTarget},
	{"ZL301", "below-delegation", warning, "A record lies below a delegation, where nobody sees it", belowDelegation},
	{"ZL302", "below-dname", warning, "A record lies below a DNAME, where nobody sees it", belowDNAME},
	{"ZL303", "missing-glue", warning, "A delegation's name server lies below it and has no address here", missingGlue},
	{"ZL304", "single-name-server", notice, "A delegation has a single name server", singleNameServer},
	{"ZL305", "stray-ds", warning, "A DS record has no delegation beside it", strayDS},
	{"ZL306", "delegation-differs", notice, "A delegation and the zone below it name different servers", delegationDiffers},
	{"ZL401", "several-spf", failure, "A name has several SPF records", severalSPF},
	{"ZL402", "spf-syntax", failure, "An SPF record isn't well formed", spfSyntax},
	{"ZL403", "spf-lookups", failure, "An SPF record needs more than 10 lookups", spfLookups},
	{"ZL404", "spf-pass-all", warning, "An SPF record lets everybody send", spfPassAll},
	{"ZL405", "spf-ptr", notice, "An SPF record uses ptr", spfPTR},
	{"ZL406", "spf-dangling", failure, "An SPF record includes a name of ours without an SPF record", spfDangling},
	{"ZL407", "spf-void", warning, "An SPF record looks up names of ours that don't exist", spfVoid},
	{"ZL408", "spf-in-pieces", warning, "A part of an SPF record stands in a record of its own", spfInPieces},
	{"ZL409", "null-mx", warning, "A null MX stands beside other MX records", nullMX},
	{"ZL411", "dmarc-syntax", failure, "A DMARC record isn't well formed", dmarcSyntax},
	{"ZL412", "dmarc-place", warning, "A DMARC record stands where nobody looks for it", dmarcPlace},
	{"ZL413", "several-dmarc", failure, "A name has several DMARC records", severalDMARC},
	{"ZL421", "dkim-syntax", failure, "A DKIM key isn't well formed", dkimSyntax},
	{"ZL422", "dkim-short-key", failure, "An RSA key for DKIM has less than 1024 bits", dkimShortKey},
	{"ZL423", "dkim-small-key", notice, "An RSA key for DKIM has less than 2048 bits", dkimSmallKey},
	{"ZL424", "dkim-place", warning, "A DKIM key stands where nobody looks for it", dkimPlace},
	{"ZL431", "mta-sts-syntax", failure, "An MTA-STS record isn't well formed", mtaSTSSyntax},
	{"ZL432", "mta-sts-host", warning, "A domain with MTA-STS has no host mta-sts for its policy", mtaSTSHost},
	{"ZL433", "tls-rpt-syntax", failure, "A TLS-RPT record isn't well formed", tlsRPTSyntax},
	{"ZL434", "bimi-syntax", warning, "A BIMI record isn't well formed", bimiSyntax},
	{"ZL435", "mail-policy-place", warning, "An MTA-STS, TLS-RPT or BIMI record stands where nobody looks for it", mailPolicyPlace},
	{"ZL501", "caa-tag", warning, "A CAA record has a tag that means nothing", caaTag},
	{"ZL502", "caa-value", warning, "A CAA record's value isn't well formed", caaValue},
	{"ZL503", "caa-flags", warning, "A CAA record has flags that mean nothing", caaFlags},
	{"ZL511", "tlsa-data", failure, "A TLSA or SMIMEA record can't match any certificate", tlsaData},
	{"ZL521", "sshfp-data", failure, "An SSHFP record can't match any key", sshfpData},
	{"ZL531", "ds-data", failure, "A DS record can't match any key", dsData},
	{"ZL532", "ds-weak", warning, "A DS record uses an algorithm that must not be used any more", dsWeak},
	{"ZL601", "private-address", warning, "A public name has an address that only a private network reaches", privateAddress},
	{"ZL602", "special-address", notice, "A name has an address that is no host's", specialAddress},
	{"ZL603", "unequal-ttls", warning, "The records of one name and type have different TTLs", unequalTTLs},
	{"ZL604", "odd-ttl", notice, "A TTL is zero or longer than a week", oddTTL},
	{"ZL701", "takeover-prone", notice, "A CNAME points at a service where anybody can claim a free name", takeoverProne},
	{"ZL702", "mixed-scripts", warning, "A label mixes letters that look alike from several scripts", mixedScripts},
	{"ZL703", "lookalike-label", warning, "A label in another script looks like one in Latin letters", lookalikeLabel},
	{"ZL901", "ignore-without-reason", notice, "A finding is ignored without a reason", nil},
	{"ZL902", "needless-ignore", notice, "A finding is ignored that isn't there", nil},
}
