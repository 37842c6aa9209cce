package sandbox

import (
	"encoding/json"
	"net/http"
	"strings"
)

// shownZone is a zone as the API has it.
type shownZone struct {
	ID                  string        `json:"id"`
	Name                string        `json:"name"`
	Status              string        `json:"status"`
	Paused              bool          `json:"paused"`
	Type                string        `json:"type"`
	DevelopmentMode     int           `json:"development_mode"`
	NameServers         []string      `json:"name_servers"`
	OriginalNameServers []string      `json:"original_name_servers"`
	OriginalRegistrar   *string       `json:"original_registrar"`
	OriginalDNSHost     *string       `json:"original_dnshost"`
	CreatedOn           string        `json:"created_on"`
	ModifiedOn          string        `json:"modified_on"`
	ActivatedOn         *string       `json:"activated_on"`
	VanityNameServers   []string      `json:"vanity_name_servers"`
	VerificationKey     string        `json:"verification_key,omitempty"`
	Meta                shownZoneMeta `json:"meta"`
	Owner               shownOwner    `json:"owner"`
	Account             shownIDName   `json:"account"`
	Permissions         []string      `json:"permissions"`
	Plan                *plan         `json:"plan"`
}

type shownZoneMeta struct {
	Step                   int  `json:"step"`
	CustomCertificateQuota int  `json:"custom_certificate_quota"`
	PageRuleQuota          int  `json:"page_rule_quota"`
	PhishingDetected       bool `json:"phishing_detected"`
}

type shownOwner struct {
	ID   *string `json:"id"`
	Type string  `json:"type"`
}

type shownIDName struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

func (s *Server) showZone(c *call, m *zoneMeta) shownZone {
	account, _ := s.account(m.Account)
	p := plans[m.Plan]
	z := shownZone{
		ID: m.ID, Name: m.Name, Status: m.Status, Paused: m.Paused, Type: m.Type, NameServers: m.Servers,
		CreatedOn: string(appendTime(nil, m.Created)), ModifiedOn: string(appendTime(nil, m.Modified)),
		VanityNameServers: append([]string{}, m.Vanity...),
		Meta:              shownZoneMeta{Step: 2, PageRuleQuota: p.pageRules},
		Owner:             shownOwner{Type: "user"}, Account: shownIDName{m.Account, account.Name}, Permissions: []string{}, Plan: p,
	}
	if m.Type == "partial" {
		z.VerificationKey = m.ID[:9] + "-" + m.ID[9:18]
	}
	if c.who.may(ZoneRead) {
		z.Permissions = append(z.Permissions, "#zone:read")
	}
	switch {
	case c.who.may(DNSEdit):
		z.Permissions = append(z.Permissions, "#dns_records:edit")
	case c.who.may(DNSRead):
		z.Permissions = append(z.Permissions, "#dns_records:read")
	}
	return z
}

// zone finds the zone that the path names, if the principal covers it and has one of the permissions.
func (s *Server) zone(c *call, anyOf ...Permission) (*zone, *failure) {
	id := c.r.PathValue("zone_id")
	if !isID(id) {
		return nil, noRoute(c.r)
	}
	z := s.store.zones[id]
	if z == nil || !c.who.covers(z.meta) || !c.who.may(anyOf...) {
		return nil, errAuth
	}
	return z, nil
}

func (s *Server) getZone(c *call) (*answer, *failure) {
	z, f := s.zone(c, ZoneRead, DNSRead, DNSSettingsRead)
	if f != nil {
		return nil, f
	}
	return resultOf(s.showZone(c, z.meta)), nil
}

// newZoneInput is the body of a POST. Plan isn't the service's: here it says which plan the zone gets.
type newZoneInput struct {
	Name    json.RawMessage `json:"name"`
	Type    json.RawMessage `json:"type"`
	Account struct {
		ID string `json:"id"`
	} `json:"account"`
	Plan struct {
		ID       string `json:"id"`
		LegacyID string `json:"legacy_id"`
	} `json:"plan"`
}

func (s *Server) createZone(c *call) (*answer, *failure) {
	var in newZoneInput
	if f := decodeObject(c.body, &in); f != nil {
		return nil, f
	}
	if _, ok := s.account(in.Account.ID); !ok || !c.who.coversAccount(in.Account.ID) {
		return nil, fail(http.StatusBadRequest, codeZoneDenied, "Permission denied")
	}
	if !c.who.may(ZoneEdit) || (c.who.token != nil && len(c.who.token.Zones) > 0) {
		return nil, fail(http.StatusForbidden, codeUnauthorized,
			`Requires permission "com.cloudflare.api.account.zone.create" to create zones for the selected account`)
	}
	name, _ := text(in.Name)
	kind := "full"
	if sent(in.Type) {
		kind, _ = text(in.Type)
	}
	p := plans[s.opts.Plan]
	if id := in.Plan.ID + in.Plan.LegacyID; id != "" {
		if p = planByID(id); p == nil {
			return nil, fail(http.StatusBadRequest, codeQuery, "There is no such plan.")
		}
	}
	m, f := s.newZoneMeta(name, kind, in.Account.ID, p)
	if f != nil {
		return nil, f
	}
	t := s.store.begin()
	t.putZone(m)
	if f := s.commit(t); f != nil {
		return nil, f
	}
	return resultOf(s.showZone(c, m)), nil
}

// newZoneMeta judges a new zone by what can be known offline.
func (s *Server) newZoneMeta(name, kind, account string, p *plan) (*zoneMeta, *failure) {
	canonical, ok := canonicalName(name)
	refuse := func(code int, message string) (*zoneMeta, *failure) {
		return nil, fail(http.StatusBadRequest, code, message)
	}
	switch {
	case !ok || strings.HasPrefix(canonical, "*"):
		return refuse(codeZoneName, name+" is not a registered domain")
	case !strings.Contains(canonical, "."):
		return refuse(codeZoneRoot, name+" is not a registered or root domain")
	case s.store.byName[canonical] != nil:
		return refuse(codeZoneExists, canonical+" already exists")
	case kind != "full" && kind != "partial" && kind != "secondary" && kind != "internal":
		return refuse(codeQuery, "type must be full, partial, secondary or internal.")
	case kind != "full" && (p.LegacyID == "free" || p.LegacyID == "pro"), (kind == "secondary" || kind == "internal") && p.LegacyID != "enterprise":
		return refuse(codeZonePartial, "A zone of type "+kind+" is not allowed on this plan")
	case p.LegacyID != "enterprise" && s.hasParent(canonical):
		return refuse(codeZoneSubdomain, canonical+" cannot be added: it is a subdomain")
	}
	now := s.now().UnixMicro()
	m := &zoneMeta{
		ID: newID().String(), Name: canonical, Account: account, Status: "pending", Type: kind, Plan: p.LegacyID,
		Servers: []string{"ada.ns.cloudflare.com", "bob.ns.cloudflare.com"}, Created: now, Modified: now,
	}
	return m, nil
}

func (s *Server) hasParent(name string) bool {
	for _, rest, ok := strings.Cut(name, "."); ok; _, rest, ok = strings.Cut(rest, ".") {
		if s.store.byName[rest] != nil {
			return true
		}
	}
	return false
}

func (s *Server) patchZone(c *call) (*answer, *failure) {
	z, f := s.zone(c, ZoneEdit)
	if f != nil {
		return nil, f
	}
	var in map[string]json.RawMessage
	if f := decodeObject(c.body, &in); f != nil {
		return nil, f
	}
	if len(in) != 1 {
		return nil, fail(http.StatusBadRequest, codeOneProperty, "Only one property can be updated at a time")
	}
	m := *z.meta
	m.Modified = s.now().UnixMicro()
	for key, raw := range in {
		if !m.set(key, raw) {
			return nil, fail(http.StatusBadRequest, codeQuery, key+" cannot be set to that.")
		}
	}
	t := s.store.begin()
	t.putZone(&m)
	if f := s.commit(t); f != nil {
		return nil, f
	}
	return resultOf(s.showZone(c, &m)), nil
}

// set changes one property of a zone, and says whether it could.
func (m *zoneMeta) set(key string, raw json.RawMessage) (ok bool) {
	switch key {
	case "paused":
		m.Paused, ok = flag(raw)
		return ok
	case "type":
		m.Type, ok = text(raw)
		return ok && (m.Type == "full" || m.Plan == "enterprise" && (m.Type == "partial" || m.Type == "secondary" || m.Type == "internal") ||
			m.Plan == "business" && m.Type == "partial")
	case "vanity_name_servers":
		m.Vanity = nil
		return json.Unmarshal(raw, &m.Vanity) == nil && (m.Plan == "business" || m.Plan == "enterprise")
	case "plan":
		var in plan
		if json.Unmarshal(raw, &in) != nil {
			return false
		}
		p := planByID(in.ID + in.LegacyID)
		if p != nil {
			m.Plan = p.LegacyID
		}
		return p != nil
	}
	return false
}

func (s *Server) deleteZone(c *call) (*answer, *failure) {
	z, f := s.zone(c, ZoneEdit)
	if f != nil {
		return nil, f
	}
	t := s.store.begin()
	t.dropZone(z)
	if f := s.commit(t); f != nil {
		return nil, f
	}
	return resultOf(map[string]string{"id": z.meta.ID}), nil
}

// checkActivation is accepted: nobody asks a registrar here, so the zone stays pending.
func (s *Server) checkActivation(c *call) (*answer, *failure) {
	z, f := s.zone(c, ZoneEdit)
	if f != nil {
		return nil, f
	}
	return resultOf(map[string]string{"id": z.meta.ID}), nil
}

func (s *Server) availablePlans(c *call) (*answer, *failure) {
	z, f := s.zone(c, ZoneRead)
	if f != nil {
		return nil, f
	}
	shown := make([]plan, 0, len(planOrder))
	for _, id := range planOrder {
		p := *plans[id]
		p.IsSubscribed, p.CanSubscribe = id == z.meta.Plan, true
		shown = append(shown, p)
	}
	return resultOf(shown), nil
}

// listPageRules says that there are none, which is what tools that look for them need to hear.
func (s *Server) listPageRules(c *call) (*answer, *failure) {
	if _, f := s.zone(c, ZoneRead, DNSRead); f != nil {
		return nil, f
	}
	return resultOf([]any{}), nil
}
