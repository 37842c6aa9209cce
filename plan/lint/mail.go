package lint

import (
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/emersion/go-msgauth/dmarc"

	"github.com/zoneloom/zoneloom/state"
)

func nullMX(z *zone) {
	for _, s := range z.Want.RRsets {
		if s.Type != state.MX || len(s.Records) < 2 {
			continue
		}
		for _, r := range s.Records {
			if strings.HasSuffix(r.Data, " .") {
				z.report(s.Key, r, "take it or the others out", "a null MX says that the domain takes no mail, and others stand beside it")
			}
		}
	}
}

// hasVersion reports whether text begins with a version tag such as v=DMARC1,
// with blanks where RFC 6376 section 3.2 allows them.
func hasVersion(text, version string) bool {
	first, _, _ := strings.Cut(text, ";")
	key, value, found := strings.Cut(first, "=")
	return found && strings.EqualFold(strings.TrimSpace(key), "v") && strings.EqualFold(strings.TrimSpace(value), version)
}

// texts yields the text records that begin with a version.
func (z *zone) texts(version string, yield func(state.Key, state.Record, string)) {
	z.records(func(k state.Key, r state.Record) {
		if t := text(r); hasVersion(t, version) {
			yield(k, r, t)
		}
	}, state.TXT)
}

// seenAs reports whether label is one of n's, or of a name that leads here.
func (z *zone) seenAs(n state.Name, label string) bool {
	return slices.Contains(n.Labels(), label) || strings.Contains("."+z.world.lent[n], "."+label+".")
}

func dmarcSyntax(z *zone) {
	z.records(func(k state.Key, r state.Record) {
		t := text(r)
		labels := k.Name.Labels()
		// An authorisation to send reports here (RFC 7489 section 7.1) needs no policy.
		if slices.Contains(labels, "_report") || !hasVersion(t, "DMARC1") && labels[0] != "_dmarc" || !strings.HasPrefix(strings.ToLower(t), "v") {
			return
		}
		policy, err := dmarc.Parse(t)
		if err != nil {
			z.report(k, r, "", "the DMARC record isn't well formed: %s", strings.TrimPrefix(err.Error(), "dmarc: "))
			return
		}
		for _, uri := range slices.Concat(policy.ReportURIAggregate, policy.ReportURIFailure) {
			if u, err := url.Parse(uri); err != nil || u.Scheme == "" {
				z.report(k, r, "write mailto: before an address", "the DMARC record has %q where a URI belongs", uri)
			}
		}
	}, state.TXT)
}

func dmarcPlace(z *zone) {
	z.texts("DMARC1", func(k state.Key, r state.Record, _ string) {
		if !z.seenAs(k.Name, "_dmarc") {
			z.report(k, r, "declare it at _dmarc below the domain", "nobody looks for a DMARC record at this name")
		}
	})
}

func severalDMARC(z *zone) {
	last := map[state.Name]state.Record{}
	z.texts("DMARC1", func(k state.Key, r state.Record, _ string) {
		if _, twice := last[k.Name]; twice {
			z.report(k, r, "keep one of them", "the name has several DMARC records, of which none counts")
		}
		last[k.Name] = r
	})
}

// tags returns the tags of a list such as DKIM's (RFC 6376 section 3.2).
func tags(text string) (map[string]string, error) {
	all := map[string]string{}
	for part := range strings.SplitSeq(text, ";") {
		if strings.TrimSpace(part) == "" {
			continue
		}
		key, value, found := strings.Cut(part, "=")
		key = strings.TrimSpace(key)
		if !found || key == "" {
			const enough = 40
			part = strings.TrimSpace(part)
			return nil, fmt.Errorf("the part that begins with %q is no tag with a value", part[:min(len(part), enough)])
		}
		if _, twice := all[key]; twice {
			return nil, fmt.Errorf("the tag %s stands in it twice", key)
		}
		all[key] = strings.TrimSpace(value)
	}
	return all, nil
}

// dkimKey returns the bits of an RSA key, 0 for another or a revoked one.
func dkimKey(text string) (bits int, err error) {
	t, err := tags(text)
	if err != nil {
		return 0, err
	}
	if v, ok := t["v"]; ok && v != "DKIM1" {
		return 0, fmt.Errorf("the version is %q, not DKIM1", v)
	}
	p, ok := t["p"]
	if !ok {
		return 0, errors.New("it has no key: the tag p is missing")
	}
	if p == "" {
		return 0, nil // revoked
	}
	der, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(p), ""))
	if err != nil {
		return 0, errors.New("the key in p isn't base64")
	}
	switch t["k"] {
	case "ed25519":
		if len(der) != ed25519.PublicKeySize {
			return 0, fmt.Errorf("an Ed25519 key has %d octets, this has %d", ed25519.PublicKeySize, len(der))
		}
		return 0, nil
	case "rsa", "":
	default:
		return 0, fmt.Errorf("the kind of key %q isn't known", t["k"])
	}
	if key, err := x509.ParsePKIXPublicKey(der); err == nil {
		if key, ok := key.(*rsa.PublicKey); ok {
			return key.N.BitLen(), nil
		}
		return 0, errors.New("the key in p isn't RSA")
	}
	key, err := x509.ParsePKCS1PublicKey(der)
	if err != nil {
		return 0, errors.New("the key in p can't be read: a part of it may be missing")
	}
	return key.N.BitLen(), nil
}

// keys yields the DKIM keys.
func (z *zone) keys(yield func(k state.Key, r state.Record, bits int, err error)) {
	z.records(func(k state.Key, r state.Record) {
		t := text(r)
		labels := k.Name.Labels()
		under := slices.Index(labels, "_domainkey") > 0 && !strings.HasPrefix(t, "v=spf1") && !strings.HasPrefix(t, "v=DMARC1")
		if under || hasVersion(t, "DKIM1") {
			bits, err := dkimKey(t)
			yield(k, r, bits, err)
		}
	}, state.TXT)
}

func dkimSyntax(z *zone) {
	z.keys(func(k state.Key, r state.Record, _ int, err error) {
		if err != nil {
			z.report(k, r, "copy the whole record anew", "the DKIM key isn't well formed: %s", err)
		}
	})
}

func dkimShortKey(z *zone) {
	z.keys(func(k state.Key, r state.Record, bits int, _ error) {
		if bits > 0 && bits < 1024 {
			z.report(k, r, "make a key of 2048 bits", "the RSA key has %d bits, and verifiers must not take it", bits)
		}
	})
}

func dkimSmallKey(z *zone) {
	z.keys(func(k state.Key, r state.Record, bits int, _ error) {
		if bits >= 1024 && bits < 2048 {
			z.report(k, r, "make a key of 2048 bits", "the RSA key has %d bits, and should have 2048", bits)
		}
	})
}

func dkimPlace(z *zone) {
	z.texts("DKIM1", func(k state.Key, r state.Record, _ string) {
		if !z.seenAs(k.Name, "_domainkey") {
			z.report(k, r, "declare it at SELECTOR._domainkey below the domain", "nobody looks for a DKIM key at this name")
		}
	})
}

func mtaSTSSyntax(z *zone) {
	last := map[state.Name]bool{}
	z.texts("STSv1", func(k state.Key, r state.Record, text string) {
		t, err := tags(text)
		id := t["id"]
		alnum := strings.Trim(strings.ToLower(id), "abcdefghijklmnopqrstuvwxyz0123456789") == ""
		switch {
		case last[k.Name]:
			z.report(k, r, "keep one of them", "the name has several MTA-STS records, of which none counts")
		case err != nil:
			z.report(k, r, "", "the MTA-STS record isn't well formed: %s", err)
		case !strings.HasPrefix(text, "v=STSv1"):
			z.report(k, r, "write v=STSv1 as it is here", "the MTA-STS record must begin with v=STSv1")
		case id == "" || len(id) > 32 || !alnum:
			z.report(k, r, "write a new id at each change, such as 20260101", "the MTA-STS record needs an id of 1 to 32 letters and digits")
		}
		last[k.Name] = true
	})
}

func mtaSTSHost(z *zone) {
	z.texts("STSv1", func(k state.Key, r state.Record, _ string) {
		if k.Name.Labels()[0] != "_mta-sts" {
			return
		}
		host := "mta-sts." + k.Name.Parent()
		if sets, found := z.look(host); found != elsewhere && !hasAddress(sets) {
			z.report(k, r, "declare it, and serve the policy there", "%s has no address, so nobody can fetch the policy", host)
		}
	})
}

func tlsRPTSyntax(z *zone) {
	last := map[state.Name]bool{}
	z.texts("TLSRPTv1", func(k state.Key, r state.Record, text string) {
		t, err := tags(text)
		switch {
		case last[k.Name]:
			z.report(k, r, "keep one of them", "the name has several TLS-RPT records, of which none counts")
		case err != nil:
			z.report(k, r, "", "the TLS-RPT record isn't well formed: %s", err)
		case t["rua"] == "":
			z.report(k, r, "write rua=mailto:...", "the TLS-RPT record says nowhere to send reports to")
		default:
			for uri := range strings.SplitSeq(t["rua"], ",") {
				if u, err := url.Parse(strings.TrimSpace(uri)); err != nil || u.Scheme != "mailto" && u.Scheme != "https" {
					z.report(k, r, "write mailto: before an address", "the TLS-RPT record has %q where a URI of mailto: or https: belongs", uri)
				}
			}
		}
		last[k.Name] = true
	})
}

func bimiSyntax(z *zone) {
	z.texts("BIMI1", func(k state.Key, r state.Record, text string) {
		t, err := tags(text)
		if err != nil {
			z.report(k, r, "", "the BIMI record isn't well formed: %s", err)
			return
		}
		logo, has := t["l"]
		switch {
		case !has:
			z.report(k, r, "write l= and the URL of the logo", "the BIMI record has no logo: the tag l is missing")
		case logo != "" && !isHTTPS(logo), t["a"] != "" && t["a"] != "self" && !isHTTPS(t["a"]):
			z.report(k, r, "write https:// URLs", "the logo and the certificate of a BIMI record are fetched by HTTPS only")
		}
	})
}

func isHTTPS(text string) bool {
	u, err := url.Parse(text)
	return err == nil && u.Scheme == "https" && u.Host != ""
}

func mailPolicyPlace(z *zone) {
	for _, p := range []struct{ version, what, label string }{
		{"STSv1", "an MTA-STS", "_mta-sts"},
		{"TLSRPTv1", "a TLS-RPT", "_smtp._tls"},
		{"BIMI1", "a BIMI", "_bimi"},
	} {
		z.texts(p.version, func(k state.Key, r state.Record, _ string) {
			if at := "." + string(k.Name) + "." + z.world.lent[k.Name]; !strings.Contains(at, "."+p.label+".") {
				z.report(k, r, "declare it at "+p.label+" below the domain", "nobody looks for %s record at this name", p.what)
			}
		})
	}
}
