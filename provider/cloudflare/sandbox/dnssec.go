package sandbox

import (
	"crypto"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/miekg/dns"
)

// dnssec is the signing of a zone. Nothing is signed here, but the key is a real one.
type dnssec struct {
	Status          string  `json:"status"`
	Flags           *int    `json:"flags"`
	Algorithm       *string `json:"algorithm"`
	KeyType         *string `json:"key_type"`
	DigestType      *string `json:"digest_type"`
	DigestAlgorithm *string `json:"digest_algorithm"`
	Digest          *string `json:"digest"`
	DS              *string `json:"ds"`
	KeyTag          *int    `json:"key_tag"`
	PublicKey       *string `json:"public_key"`
	ModifiedOn      *string `json:"modified_on"`
	MultiSigner     bool    `json:"dnssec_multi_signer"`
	Presigned       bool    `json:"dnssec_presigned"`
	NSEC3           bool    `json:"dnssec_use_nsec3"`
}

func (m *zoneMeta) dnssec() dnssec {
	if m.DNSSEC != nil {
		return *m.DNSSEC
	}
	return dnssec{Status: "disabled"}
}

// makeKey gives the zone a key-signing key and the DS that its parent needs.
func (d *dnssec) makeKey(zone string) error {
	key := &dns.DNSKEY{Hdr: dns.RR_Header{Name: dns.Fqdn(zone), Rrtype: dns.TypeDNSKEY, Class: dns.ClassINET, Ttl: 3600}, Flags: 257, Protocol: 3, Algorithm: dns.ECDSAP256SHA256}
	var private crypto.PrivateKey
	private, err := key.Generate(256)
	if err != nil || private == nil {
		return fmt.Errorf("generate a key: %w", err)
	}
	ds := key.ToDS(dns.SHA256)
	text := func(s string) *string { return &s }
	tag, flags := int(ds.KeyTag), 257
	d.Algorithm, d.KeyType, d.DigestType, d.DigestAlgorithm = text("13"), text("ECDSAP256SHA256"), text("2"), text("SHA256")
	d.Digest, d.PublicKey, d.KeyTag, d.Flags = &ds.Digest, &key.PublicKey, &tag, &flags
	d.DS = text(fmt.Sprintf("%s 3600 IN DS %d 13 2 %s", dns.Fqdn(zone), tag, ds.Digest))
	return nil
}

func (s *Server) getDNSSEC(c *call) (*answer, *failure) {
	z, f := s.zone(c, DNSRead)
	if f != nil {
		return nil, f
	}
	return resultOf(z.meta.dnssec()), nil
}

func (s *Server) patchDNSSEC(c *call) (*answer, *failure) {
	z, f := s.zone(c, DNSEdit)
	if f != nil {
		return nil, f
	}
	var in struct {
		Status      *string `json:"status"`
		MultiSigner *bool   `json:"dnssec_multi_signer"`
		Presigned   *bool   `json:"dnssec_presigned"`
		NSEC3       *bool   `json:"dnssec_use_nsec3"`
	}
	if f := decodeObject(c.body, &in); f != nil {
		return nil, f
	}
	d := z.meta.dnssec()
	for _, b := range []struct{ from, to *bool }{{in.MultiSigner, &d.MultiSigner}, {in.Presigned, &d.Presigned}, {in.NSEC3, &d.NSEC3}} {
		if b.from != nil {
			*b.to = *b.from
		}
	}
	if in.Status != nil {
		if f := d.turn(*in.Status, z.meta.Name); f != nil {
			return nil, f
		}
	}
	now := s.now().UTC().Format(time.RFC3339)
	d.ModifiedOn = &now
	return s.keepDNSSEC(z, &d, encode(d))
}

// turn switches signing on or off. It is pending until the parent has the DS, which nobody here will see.
func (d *dnssec) turn(status, zone string) *failure {
	switch status {
	case "active":
		if d.PublicKey == nil {
			if err := d.makeKey(zone); err != nil {
				return fail(http.StatusInternalServerError, codeInternal, err.Error())
			}
		}
		d.Status = "pending"
	case "disabled":
		*d = dnssec{Status: "disabled", MultiSigner: d.MultiSigner, Presigned: d.Presigned, NSEC3: d.NSEC3}
	default:
		return badQuery("status must be active or disabled.")
	}
	return nil
}

func (s *Server) deleteDNSSEC(c *call) (*answer, *failure) {
	z, f := s.zone(c, DNSEdit)
	if f != nil {
		return nil, f
	}
	if z.meta.dnssec().Status != "disabled" {
		return nil, badQuery("DNSSEC can only be deleted when it is disabled.")
	}
	return s.keepDNSSEC(z, nil, []byte(`""`))
}

func (s *Server) keepDNSSEC(z *zone, d *dnssec, result json.RawMessage) (*answer, *failure) {
	m := *z.meta
	m.DNSSEC = d
	t := s.store.begin()
	t.putZone(&m)
	if f := s.commit(t); f != nil {
		return nil, f
	}
	return &answer{result: result}, nil
}
