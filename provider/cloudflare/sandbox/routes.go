package sandbox

import (
	"net/http"
	"strings"
)

// routes names every call that the sandbox answers.
func (s *Server) routes() *http.ServeMux {
	m := http.NewServeMux()
	table := map[string]handler{
		"GET /user":               s.getUser,
		"PATCH /user":             s.patchUser,
		"GET /user/tokens/verify": s.verifyToken,

		"GET /accounts":                            s.listAccounts,
		"GET /accounts/{account_id}":               s.getAccount,
		"GET /accounts/{account_id}/tokens/verify": s.verifyAccountToken,

		"GET /accounts/{account_id}/dns_records/usage": s.accountUsage,

		"GET /zones":                            s.listZones,
		"POST /zones":                           s.createZone,
		"GET /zones/{zone_id}":                  s.getZone,
		"PATCH /zones/{zone_id}":                s.patchZone,
		"DELETE /zones/{zone_id}":               s.deleteZone,
		"PUT /zones/{zone_id}/activation_check": s.checkActivation,
		"GET /zones/{zone_id}/available_plans":  s.availablePlans,
		"GET /zones/{zone_id}/pagerules":        s.listPageRules,
		"GET /zones/{zone_id}/dns_settings":     s.getSettings,
		"PATCH /zones/{zone_id}/dns_settings":   s.patchSettings,
		"GET /zones/{zone_id}/dnssec":           s.getDNSSEC,
		"PATCH /zones/{zone_id}/dnssec":         s.patchDNSSEC,
		"DELETE /zones/{zone_id}/dnssec":        s.deleteDNSSEC,

		"GET /zones/{zone_id}/dns_records":                    s.listRecords,
		"POST /zones/{zone_id}/dns_records":                   s.createRecord,
		"POST /zones/{zone_id}/dns_records/batch":             s.batch,
		"GET /zones/{zone_id}/dns_records/export":             s.exportZone,
		"POST /zones/{zone_id}/dns_records/import":            s.importZone,
		"GET /zones/{zone_id}/dns_records/usage":              s.zoneUsage,
		"POST /zones/{zone_id}/dns_records/scan":              s.scan,
		"POST /zones/{zone_id}/dns_records/scan/trigger":      s.triggerScan,
		"GET /zones/{zone_id}/dns_records/scan/review":        s.listScan,
		"POST /zones/{zone_id}/dns_records/scan/review":       s.reviewScan,
		"GET /zones/{zone_id}/dns_records/{dns_record_id}":    s.getRecord,
		"PUT /zones/{zone_id}/dns_records/{dns_record_id}":    s.putRecord,
		"PATCH /zones/{zone_id}/dns_records/{dns_record_id}":  s.patchRecord,
		"DELETE /zones/{zone_id}/dns_records/{dns_record_id}": s.deleteRecord,
	}
	for pattern, h := range table {
		method, path, _ := strings.Cut(pattern, " ")
		m.HandleFunc(method+" "+BasePath+path, s.endpoint(h))
	}
	m.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { noRoute(r).write(w) })
	return m
}

func noRoute(r *http.Request) *failure {
	return fail(http.StatusNotFound, codeNoRoute, "Could not route to "+r.URL.Path+", perhaps your object identifier is invalid?")
}
