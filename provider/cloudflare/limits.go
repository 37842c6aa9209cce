package cloudflare

import "github.com/zoneloom/zoneloom/state"

// The service's limits. Those that differ by plan take its legacy_id, "" where
// the plan isn't known.
const (
	maxTTL          = 86400
	maxNameServers  = 10   // at one delegated name
	maxWire         = 4096 // octets of one record's RDATA
	maxSetContent   = 8192 // characters of all records with one name and type
	maxTags         = 20
	maxTagName      = 32
	maxTagValue     = 100
	smallBatch      = 200 // what every plan takes in one batch
	largeBatch      = 3500
	commentFree     = 100
	commentPaid     = 500
	planFree        = "free"
	planPro         = "pro"
	planBusiness    = "business"
	planEnterprise  = "enterprise"
	maxNamePrinted  = 253
	enterpriseTTL   = 30
	ordinaryTTL     = 60
	quotaFree       = 200
	quotaPaid       = 3500
	quotaEnterprise = 1_000_000
)

// types are the record types that the service can hold.
var types = []state.Type{
	"A", "AAAA", "CAA", "CERT", "CNAME", "DNSKEY", "DS", "HTTPS", "LOC", "MX", "NAPTR",
	"NS", "OPENPGPKEY", "PTR", "SMIMEA", "SRV", "SSHFP", "SVCB", "TLSA", "TXT", "URI",
}

// Keys of the attributes that the service keeps for a record.
const (
	attrComment        = "comment"
	attrPrivateRouting = "private_routing"
	attrProxied        = "proxied"
	attrTags           = "tags"
	attrSettings       = "settings." // and the name of the setting
	attrFlatten        = attrSettings + "flatten_cname"
	attrIPv4Only       = attrSettings + "ipv4_only"
	attrIPv6Only       = attrSettings + "ipv6_only"
)

var attributes = []string{
	attrComment, attrPrivateRouting, attrProxied, attrFlatten, attrIPv4Only, attrIPv6Only, attrTags,
}

// canProxy reports whether records of t can be proxied.
func canProxy(t state.Type) bool { return t == state.A || t == state.AAAA || t == state.CNAME }

func minTTL(plan string) state.TTL {
	if plan == planEnterprise {
		return enterpriseTTL
	}
	return ordinaryTTL
}

func batchLimit(plan string) int {
	switch plan {
	case planPro, planBusiness, planEnterprise:
		return largeBatch
	}
	return smallBatch
}

// quota returns how many records a zone of that plan may have; 0 is unknown.
func recordQuota(plan string) int {
	switch plan {
	case planFree:
		return quotaFree
	case planPro, planBusiness:
		return quotaPaid
	case planEnterprise:
		return quotaEnterprise
	}
	return 0
}
