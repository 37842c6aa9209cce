package lint

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/zoneloom/zoneloom/state"
)

// caaTags are the tags that are registered (RFC 8659, RFC 8657, RFC 9495, and
// the CA/Browser Forum's two).
var caaTags = map[string]bool{
	"issue": true, "issuewild": true, "issuemail": true, "issuevmc": true, "iodef": true,
	"contactemail": true, "contactphone": true,
}

// caa yields the CAA records with their fields.
func (z *zone) caa(yield func(k state.Key, r state.Record, flags, tag, value string)) {
	z.records(func(k state.Key, r state.Record) {
		if f := state.SplitData(k.Type, r.Data); len(f) == 3 {
			yield(k, r, f[0], f[1], f[2])
		}
	}, state.CAA)
}

func caaTag(z *zone) {
	z.caa(func(k state.Key, r state.Record, flags, tag, _ string) {
		switch {
		case caaTags[tag]:
		case flags == "128":
			z.report(k, r, "write issue, issuewild or iodef", "no CA knows the tag %s, and as it is critical none issues certificates", tag)
		default:
			z.report(k, r, "write issue, issuewild or iodef", "no CA knows the tag %s, so the record has no effect", tag)
		}
	})
}

func caaValue(z *zone) {
	z.caa(func(k state.Key, r state.Record, _, tag, value string) {
		switch tag {
		case "issue", "issuewild", "issuemail", "issuevmc":
			issuer, _, _ := strings.Cut(value, ";")
			if issuer = strings.Trim(issuer, " \t"); issuer != "" && !isDomain(issuer) {
				z.report(k, r, `write the CA's domain, such as letsencrypt.org, or ";" for none`,
					"%q is no CA's domain, and is taken to forbid every CA", issuer)
			}
		case "iodef":
			u, err := url.Parse(value)
			if err != nil || u.Scheme != "mailto" && u.Scheme != "https" && u.Scheme != "http" {
				z.report(k, r, "write mailto: before an address", "iodef needs a URL of mailto:, https: or http:, not %q", value)
			}
		}
	})
}

// isDomain reports whether text is two or more labels of letters, digits and
// hyphens, without a final dot.
func isDomain(text string) bool {
	labels := strings.Split(text, ".")
	for _, l := range labels {
		if l == "" || strings.Trim(strings.ToLower(l), "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			return false
		}
	}
	return len(labels) > 1
}

func caaFlags(z *zone) {
	z.caa(func(k state.Key, r state.Record, flags, _, _ string) {
		if flags != "0" && flags != "128" {
			z.report(k, r, "write 128 for critical, else 0", "the flags %s mean nothing", flags)
		}
	})
}

// digests yields the records of types with their numbers and the octets of the
// digest that comes last.
func (z *zone) digests(yield func(k state.Key, r state.Record, numbers []int, octets int), types ...state.Type) {
	z.records(func(k state.Key, r state.Record) {
		fields := state.SplitData(k.Type, r.Data)
		if len(fields) < 2 {
			return
		}
		var numbers []int
		for _, f := range fields[:len(fields)-1] {
			n, _ := strconv.Atoi(f)
			numbers = append(numbers, n)
		}
		yield(k, r, numbers, len(fields[len(fields)-1])/2)
	}, types...)
}

// wrongLength reports whether a digest of a kind has another length than sizes
// has for that kind.
func wrongLength(sizes map[int]int, kind, octets int) bool {
	size, known := sizes[kind]
	return known && size != octets
}

func tlsaData(z *zone) {
	sizes := map[int]int{1: 32, 2: 64}
	z.digests(func(k state.Key, r state.Record, n []int, octets int) {
		switch {
		case n[0] > 3 && n[0] != 255:
			z.report(k, r, "write 0 to 3", "the usage %d isn't assigned", n[0])
		case n[1] > 1 && n[1] != 255:
			z.report(k, r, "write 0 for the certificate or 1 for its key", "the selector %d isn't assigned", n[1])
		case n[2] > 2 && n[2] != 255:
			z.report(k, r, "write 0, 1 or 2", "the matching type %d isn't assigned", n[2])
		case wrongLength(sizes, n[2], octets):
			z.report(k, r, "make the digest anew", "the digest has %d octets, of matching type %d it has %d", octets, n[2], sizes[n[2]])
		}
	}, "TLSA", "SMIMEA")
}

func sshfpData(z *zone) {
	sizes := map[int]int{1: 20, 2: 32}
	z.digests(func(k state.Key, r state.Record, n []int, octets int) {
		switch {
		case n[0] == 0 || n[0] == 5 || n[0] > 6:
			z.report(k, r, "write 1 (RSA), 2 (DSA), 3 (ECDSA), 4 (Ed25519) or 6 (Ed448)", "the algorithm %d isn't assigned", n[0])
		case n[1] == 0 || n[1] > 2:
			z.report(k, r, "write 1 (SHA-1) or 2 (SHA-256)", "the type of fingerprint %d isn't assigned", n[1])
		case wrongLength(sizes, n[1], octets):
			z.report(k, r, "print it with ssh-keygen -r", "the fingerprint has %d octets, of type %d it has %d", octets, n[1], sizes[n[1]])
		}
	}, "SSHFP")
}

func dsData(z *zone) {
	sizes := map[int]int{1: 20, 2: 32, 3: 32, 4: 48, 5: 32, 6: 32}
	z.digests(func(k state.Key, r state.Record, n []int, octets int) {
		isDelete := k.Type == "CDS" && n[1] == 0 // RFC 8078 section 4
		if wrongLength(sizes, n[2], octets) && !isDelete {
			z.report(k, r, "copy the whole digest", "the digest has %d octets, of type %d it has %d", octets, n[2], sizes[n[2]])
		}
	}, state.DS, "CDS")
}

func dsWeak(z *zone) {
	z.digests(func(k state.Key, r state.Record, n []int, _ int) {
		switch {
		case k.Type == "CDS" && n[1] == 0:
		case n[2] == 1 || n[2] == 3:
			z.report(k, r, "use digest type 2 (SHA-256)", "the digest type %d must not be used any more", n[2])
		case n[1] == 1 || n[1] == 3 || n[1] == 5 || n[1] == 6 || n[1] == 7 || n[1] == 12:
			z.report(k, r, "sign with algorithm 13", "the algorithm %d must not be used to sign any more", n[1])
		}
	}, state.DS, "CDS")
}
