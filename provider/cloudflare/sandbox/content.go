package sandbox

import (
	"encoding/base64"
	"net/netip"
	"strings"
)

// A contentRule reads the content of a type without data and gives what is stored.
type contentRule struct {
	code    int
	message string
	parse   func(string) (string, bool)
}

var contentRules = map[rtype]contentRule{
	typeA:          {codeA, "Content for A record must be a valid IPv4 address.", ipv4},
	typeAAAA:       {codeAAAA, "Content for AAAA record must be a valid IPv6 address.", ipv6},
	typeCNAME:      {codeCNAME, "Content for CNAME record is invalid.", hostname},
	typeMX:         {codeMX, "Content for MX record must be a hostname.", hostnameOrRoot},
	typeNS:         {codeNSTarget, "Content for NS record must be a hostname.", hostname},
	typeOPENPGPKEY: {codeValue, "Content for OPENPGPKEY record must be base64.", asBase64},
	typePTR:        {codePTR, "Content for PTR record must be a hostname.", hostname},
	typeTXT:        {codeTXT, "Content for TXT record must be text without line breaks, and not empty.", txt},
}

func ipv4(s string) (string, bool) {
	a, err := netip.ParseAddr(s)
	return a.String(), err == nil && a.Is4()
}

func ipv6(s string) (string, bool) {
	a, err := netip.ParseAddr(s)
	return a.String(), err == nil && a.Is6() && a.Zone() == ""
}

func txt(s string) (string, bool) {
	if strings.ContainsAny(s, "\r\n") {
		return "", false
	}
	return storedTXT(s), strings.Join(txtStrings(s), "") != ""
}

// asBase64 keeps s as it is, blanks and all, if it is base64.
func asBase64(s string) (string, bool) {
	b, err := base64.StdEncoding.DecodeString(withoutBlanks(s))
	return s, err == nil && len(b) > 0
}

// asHex keeps s as it is, blanks and all, if it is hexadecimal.
func asHex(s string) (string, bool) {
	h := withoutBlanks(s)
	return s, h != "" && len(h)%2 == 0 && strings.Trim(h, "0123456789abcdefABCDEF") == ""
}

func withoutBlanks(s string) string { return strings.Join(strings.Fields(s), "") }

// unroutable says whether the proxy refuses to send traffic to the address: private, loopback or link-local.
func unroutable(content string) bool {
	a, err := netip.ParseAddr(content)
	if err != nil {
		return false
	}
	a = a.Unmap()
	return a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast()
}
