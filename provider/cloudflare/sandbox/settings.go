package sandbox

import (
	"encoding/json"
	"slices"
)

// zoneSettings are the DNS settings of a zone.
type zoneSettings struct {
	FlattenAll  bool        `json:"flatten_all_cnames"`
	Internal    internalDNS `json:"internal_dns"`
	MultiProv   bool        `json:"multi_provider"`
	NameServers nameServers `json:"nameservers"`
	NSTTL       int         `json:"ns_ttl"`
	Overrides   bool        `json:"secondary_overrides"`
	SOA         soa         `json:"soa"`
	Mode        string      `json:"zone_mode"`
}

type internalDNS struct {
	ReferenceZoneID string `json:"reference_zone_id,omitempty"`
}

type nameServers struct {
	Type  string `json:"type"`
	NSSet int    `json:"ns_set,omitempty"`
}

type soa struct {
	MName   *string `json:"mname"`
	RName   string  `json:"rname"`
	Refresh int     `json:"refresh"`
	Retry   int     `json:"retry"`
	Expire  int     `json:"expire"`
	MinTTL  int     `json:"min_ttl"`
	TTL     int     `json:"ttl"`
}

func (m *zoneMeta) settings() zoneSettings {
	if m.Settings != nil {
		return *m.Settings
	}
	return zoneSettings{
		NameServers: nameServers{Type: "cloudflare.standard"}, NSTTL: 86400, Mode: "standard",
		SOA: soa{RName: "dns.cloudflare.com", Refresh: 10000, Retry: 2400, Expire: 604800, MinTTL: 1800, TTL: 3600},
	}
}

func (zs *zoneSettings) valid() bool {
	within := func(n, least, most int) bool { return n >= least && n <= most }
	return within(zs.NSTTL, 30, 86400) && within(zs.NameServers.NSSet, 0, 5) &&
		within(zs.SOA.Refresh, 600, 86400) && within(zs.SOA.Retry, 600, 86400) && within(zs.SOA.Expire, 86400, 2419200) &&
		within(zs.SOA.MinTTL, 60, 86400) && within(zs.SOA.TTL, 300, 86400) && zs.SOA.RName != "" &&
		slices.Contains([]string{"standard", "cdn_only", "dns_only"}, zs.Mode) &&
		slices.Contains([]string{"cloudflare.standard", "cloudflare.advanced", "custom.account", "custom.tenant", "custom.zone"}, zs.NameServers.Type)
}

func (s *Server) getSettings(c *call) (*answer, *failure) {
	z, f := s.zone(c, DNSSettingsRead, DNSRead)
	if f != nil {
		return nil, f
	}
	return resultOf(z.meta.settings()), nil
}

func (s *Server) patchSettings(c *call) (*answer, *failure) {
	z, f := s.zone(c, DNSSettingsEdit, DNSEdit)
	if f != nil {
		return nil, f
	}
	var in map[string]json.RawMessage
	if f := decodeObject(c.body, &in); f != nil {
		return nil, f
	}
	if _, ok := in["foundation_dns"]; ok {
		return nil, badQuery("foundation_dns is no longer supported: set nameservers.type to cloudflare.advanced.")
	}
	set := z.meta.settings()
	// Decoding over the present values changes just what is sent, in inner objects too.
	if json.Unmarshal(c.body, &set) != nil || !set.valid() {
		return nil, badQuery("The DNS settings are not valid.")
	}
	m := *z.meta
	m.Settings, m.Modified = &set, s.now().UnixMicro()
	t := s.store.begin()
	t.putZone(&m)
	if f := s.commit(t); f != nil {
		return nil, f
	}
	return resultOf(set), nil
}
