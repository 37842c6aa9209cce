package powerdns

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/miekg/dns"

	"github.com/zoneloom/zoneloom/state"
)

// The server compares what it is sent with what it would print itself, and
// refuses any other spelling. The functions here turn canonical data into that
// spelling, that of version 4.7, and back.

// numbered are the types with a mnemonic that the server doesn't know, so that
// it takes them by number and in generic form (RFC 3597).
var numbered = map[state.Type]bool{
	"AMTRELAY": true, "AVC": true, "EID": true, "GID": true, "HIP": true, "ISDN": true, "MD": true, "MF": true,
	"NIMLOC": true, "NINFO": true, "NSAP-PTR": true, "PX": true, "RESINFO": true, "RT": true, "SIG": true,
	"TA": true, "TALINK": true, "UID": true,
}

// typeFrom reads a type as the API writes it.
func typeFrom(s string) (state.Type, error) {
	switch s {
	case "A6":
		s = "TYPE38"
	case "ADDR":
		s = "TYPE259"
	}
	return state.ParseType(s)
}

// typeTo writes a type for the API.
func typeTo(t state.Type) string {
	if code, ok := dns.StringToType[string(t)]; ok && (numbered[t] || t.IsOpaque()) {
		return fmt.Sprintf("TYPE%d", code)
	}
	return string(t)
}

// dataFrom reads the content of a record.
func dataFrom(t state.Type, content string) (string, error) {
	switch {
	case t == "AMTRELAY":
		return relayFrom(content)
	case strings.HasPrefix(content, `\#`):
		return state.ParseData(t, content, nil)
	}
	switch t {
	case "SVCB", "HTTPS":
		content = paramsFrom(content)
	case "IPSECKEY":
		if f := strings.SplitN(content, " ", 4); len(f) >= 3 && f[1] == "0" {
			content = strings.Join(append(f[:3:3], append([]string{"."}, f[3:]...)...), " ")
		}
	default:
		if strings.ContainsAny(content, `;()@$"`) && !t.IsText() {
			content = eachWord(content, escapeWord)
		}
	}
	return state.ParseData(t, content, nil)
}

// contentTo writes canonical data of type t as the server would.
func contentTo(t state.Type, data string) (string, error) {
	if numbered[t] || t.IsOpaque() {
		return generic(t, data)
	}
	switch t {
	case state.TXT, state.SPF:
		return cutText(data), nil
	case state.AAAA:
		return plainIPv6(data), nil
	case "SVCB", "HTTPS":
		return paramsTo(data)
	case "LOC":
		return southwest(data), nil
	case "IPSECKEY":
		f := strings.SplitN(data, " ", 5)
		if len(f) == 5 && f[2] == "0" {
			return "", errors.New("PowerDNS takes no key in an IPSECKEY with the algorithm 0, which stands for none")
		}
		if f[1] == "0" { // no gateway, for which the server writes nothing
			return strings.Join(append(f[:3:3], f[4:]...), " "), nil
		}
	}
	if strings.Contains(data, `\`) {
		return eachWord(data, rawWord), nil
	}
	return data, nil
}

// generic writes data in the generic form.
func generic(t state.Type, data string) (string, error) {
	if octets, isGeneric := strings.CutPrefix(data, `\# `); isGeneric {
		_, octets, _ = strings.Cut(octets, " ")
		return genericForm(octets), nil
	}
	if t == "ISDN" && len(cutWords(data)) < 2 {
		// The library that packs RDATA knows it with both strings only.
		return "", errors.New(`an ISDN record needs its second string here: write "" for none`)
	}
	discovery := t == "AMTRELAY" && strings.Fields(data)[1] == "1"
	if discovery {
		data = strings.Replace(data, " 1 ", " 0 ", 1)
	}
	rr, err := dns.NewRR(". 0 IN " + string(t) + " " + data)
	if err != nil {
		return "", fmt.Errorf("write %s in generic form: %w", t, err)
	}
	var octets dns.RFC3597
	if err := octets.ToRFC3597(rr); err != nil {
		return "", fmt.Errorf("write %s in generic form: %w", t, err)
	}
	if discovery {
		octets.Rdata = octets.Rdata[:2] + "8" + octets.Rdata[3:]
	}
	return genericForm(octets.Rdata), nil
}

// genericForm prints octets given in hex. The server wants the blank before
// them even where there are none.
func genericForm(octets string) string {
	return fmt.Sprintf(`\# %d %s`, len(octets)/2, strings.ToLower(octets))
}

// relayFrom reads an AMTRELAY in generic form. The library that packs RDATA takes
// the bit of discovery (RFC 8777 section 4.2.2) for a part of the relay's type,
// so it is kept from it here and in generic.
func relayFrom(content string) (string, error) {
	const at = 2 // where the octet with the bit begins
	i := strings.LastIndexByte(content, ' ') + 1
	octets := content[i:]
	if !strings.HasPrefix(content, `\#`) || len(octets) <= at || octets[at] < '8' {
		return state.ParseData("AMTRELAY", content, nil)
	}
	digit, err := strconv.ParseUint(octets[at:at+1], 16, 8)
	if err != nil {
		return "", fmt.Errorf("the octets %q are not hex", octets)
	}
	data, err := state.ParseData("AMTRELAY", fmt.Sprintf("%s%s%x%s", content[:i], octets[:at], digit-8, octets[at+1:]), nil)
	return strings.Replace(data, " 0 ", " 1 ", 1), err
}

// maxString is the most octets of one character string.
const maxString = 255

// cutText cuts the strings of a text that are too long for the wire.
func cutText(data string) string {
	if len(data) <= maxString+2 {
		return data
	}
	var cut []string
	for _, s := range state.TXTStrings(data) {
		for len(s) > maxString {
			cut, s = append(cut, s[:maxString]), s[maxString:]
		}
		cut = append(cut, s)
	}
	return state.TXTData(cut...)
}

// plainIPv6 writes an address without a part in IPv4's form, which the server
// refuses.
func plainIPv6(data string) string {
	a, err := netip.ParseAddr(data)
	if err != nil || !a.Is4In6() {
		return data
	}
	b := a.As16()
	return fmt.Sprintf("::ffff:%x:%x", uint16(b[12])<<8|uint16(b[13]), uint16(b[14])<<8|uint16(b[15]))
}

// southwest writes a LOC as the server does where it lies on the equator or the
// zero meridian: those it takes for south and west.
func southwest(data string) string {
	f := strings.Fields(data)
	if len(f) < 8 {
		return data
	}
	if f[0] == "0" && f[1] == "0" && f[2] == "0.000" {
		f[3] = "S"
	}
	if f[4] == "0" && f[5] == "0" && f[6] == "0.000" {
		f[7] = "W"
	}
	return strings.Join(f, " ")
}

// eachWord changes the words of presentation form that aren't in quotes.
func eachWord(text string, change func(string) string) string {
	words := cutWords(text)
	for i, w := range words {
		if !strings.HasPrefix(w, `"`) {
			words[i] = change(w)
		}
	}
	return strings.Join(words, " ")
}

// cutWords cuts text at single blanks outside quotes.
func cutWords(text string) []string {
	var words []string
	start, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\':
			i++
		case c == '"' && (quoted || i == start || text[i-1] == '='):
			quoted = !quoted
		case c == ' ' && !quoted:
			words = append(words, text[start:i])
			start = i + 1
		}
	}
	return append(words, text[start:])
}

// special are the characters that canonical names escape and the server doesn't.
const special = `;()@$"`

// rawWord takes the escapes out of a name that the server writes without.
func rawWord(w string) string {
	var b strings.Builder
	for i := 0; i < len(w); i++ {
		if w[i] != '\\' || i+1 == len(w) {
			b.WriteByte(w[i])
			continue
		}
		i++
		if strings.IndexByte(special, w[i]) < 0 {
			b.WriteByte('\\')
		}
		b.WriteByte(w[i])
	}
	return b.String()
}

// escapeWord puts them back.
func escapeWord(w string) string {
	var b strings.Builder
	for i := 0; i < len(w); i++ {
		if w[i] == '\\' && i+1 < len(w) {
			b.WriteString(w[i : i+2])
			i++
			continue
		}
		if strings.IndexByte(special, w[i]) >= 0 {
			b.WriteByte('\\')
		}
		b.WriteByte(w[i])
	}
	return b.String()
}

// apiName writes a name for the API.
func apiName(n state.Name) string { return rawWord(string(n)) }

// What the server reads of a LOC in centimetres in 32 bits.
const (
	maxAltitude = 21374836.47 // metres above -100,000, with a sign
	maxExtent   = 42949672.95 // metres
)

// checkLOC says what the server would misread in a LOC, or nothing.
func checkLOC(data string) string {
	for i, text := range strings.Fields(data) {
		if i < 8 {
			continue
		}
		limit := maxExtent
		if i == 8 {
			limit = maxAltitude
		}
		if n, err := strconv.ParseFloat(strings.TrimSuffix(text, "m"), 64); err == nil && n > limit {
			return fmt.Sprintf("PowerDNS misreads %s in a LOC: it takes up to %.2fm there", text, limit)
		}
	}
	return ""
}
