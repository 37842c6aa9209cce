package sandbox

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/miekg/dns"
)

// A field is one member of a type's data. With parse it is a string, else a number.
type field struct {
	key      string
	min, max float64
	decimals bool
	parse    func(string) (string, bool)
	optional bool
}

func number8(key string) field  { return field{key: key, max: 255} }
func number16(key string) field { return field{key: key, max: 65535} }
func str(key string, parse func(string) (string, bool)) field {
	return field{key: key, parse: parse}
}

func anyText(s string) (string, bool) { return s, !strings.ContainsAny(s, "\r\n") }
func someText(s string) (string, bool) {
	_, ok := anyText(s)
	return s, ok && s != ""
}

func trimmed(s string) (string, bool) {
	s = strings.TrimSpace(s)
	return s, !strings.ContainsAny(s, "\r\n")
}

func caaTag(s string) (string, bool) {
	return s, s != "" && strings.Trim(strings.ToLower(s), "abcdefghijklmnopqrstuvwxyz0123456789") == ""
}

// dotted is a hostname that is shown with its final dot.
func dotted(s string) (string, bool) {
	if s == "" || s == "." {
		return ".", true
	}
	h, ok := canonicalName(s)
	return h + ".", ok
}

func oneOf(letters string) func(string) (string, bool) {
	return func(s string) (string, bool) { return s, len(s) == 1 && strings.Contains(letters, s) }
}

func angle(key string, most float64, optional bool) field {
	return field{key: key, max: most, optional: optional, decimals: strings.HasSuffix(key, "seconds")}
}

func metres(key string, least, most float64, optional bool) field {
	return field{key: key, min: least, max: most, optional: optional, decimals: true}
}

var (
	tlsaFields = []field{number8("usage"), number8("selector"), number8("matching_type"), str("certificate", asHex)}
	svcbFields = []field{
		number16("priority"), str("target", dotted), {key: "value", parse: trimmed, optional: true},
	}
	dataFields = map[rtype][]field{
		typeCAA:    {number8("flags"), str("tag", caaTag), str("value", anyText)},
		typeCERT:   {number16("type"), number16("key_tag"), number8("algorithm"), str("certificate", asBase64)},
		typeDNSKEY: {number16("flags"), number8("protocol"), number8("algorithm"), str("public_key", asBase64)},
		typeDS:     {number16("key_tag"), number8("algorithm"), number8("digest_type"), str("digest", asHex)},
		typeHTTPS:  svcbFields,
		typeSVCB:   svcbFields,
		typeLOC: {
			angle("lat_degrees", 90, false), angle("lat_minutes", 59, true), angle("lat_seconds", 59.999, true), str("lat_direction", oneOf("NS")),
			angle("long_degrees", 180, false), angle("long_minutes", 59, true), angle("long_seconds", 59.999, true), str("long_direction", oneOf("EW")),
			metres("altitude", -100000, 42849672.95, false), metres("size", 0, 90000000, true),
			metres("precision_horz", 0, 90000000, true), metres("precision_vert", 0, 90000000, true),
		},
		typeNAPTR: {
			number16("order"), number16("preference"), str("flags", anyText), str("service", anyText), str("regex", anyText), str("replacement", dotted),
		},
		typeSMIMEA: tlsaFields,
		typeTLSA:   tlsaFields,
		typeSRV:    {number16("priority"), number16("weight"), number16("port"), str("target", hostnameOrRoot)},
		typeSSHFP:  {number8("algorithm"), number8("type"), str("fingerprint", asHex)},
		typeURI:    {number16("weight"), str("target", someText)},
	}
)

// values are the members of a data object, numbers already written out.
type values map[string]string

// parseData reads the data of a type: what is stored, and its members.
func parseData(kind rtype, raw json.RawMessage, legacySRV bool) (data string, v values, errs []apiError) {
	var in map[string]json.RawMessage
	if sent(raw) && json.Unmarshal(raw, &in) != nil {
		return "", nil, []apiError{{Code: codeValue, Message: "data must be an object.", field: "/data"}}
	}
	if kind == typeSRV && !legacySRV && (sent(in["service"]) || sent(in["proto"]) || sent(in["name"])) {
		errs = append(errs, apiError{Code: codeData, Message: "SRV data fields 'service', 'proto' and 'name' are no longer supported", field: "/data"})
	}
	v = values{}
	buf := []byte{'{'}
	for _, f := range dataFields[kind] {
		err := f.read(in[f.key], v)
		if err != nil {
			errs = append(errs, *err)
			continue
		}
		if len(buf) > 1 {
			buf = append(buf, ',')
		}
		buf = append(appendString(buf, f.key), ':')
		if f.parse == nil {
			buf = append(buf, v[f.key]...)
		} else {
			buf = appendString(buf, v[f.key])
		}
	}
	if len(errs) > 0 {
		return "", nil, errs
	}
	if err := checkSVCB(kind, v); err != nil {
		return "", nil, []apiError{*err}
	}
	return string(append(buf, '}')), v, nil
}

func (f field) read(raw json.RawMessage, v values) *apiError {
	refuse := func(code int, format string, args ...any) *apiError {
		return &apiError{Code: code, Message: fmt.Sprintf(format, args...), field: "/data/" + f.key}
	}
	if !sent(raw) {
		if !f.optional {
			return refuse(codeData, "%s is a required data field.", f.key)
		}
		if f.parse == nil {
			v[f.key] = "0"
		} else {
			v[f.key] = ""
		}
		return nil
	}
	if f.parse != nil {
		s, ok := text(raw)
		if ok {
			s, ok = f.parse(s)
		}
		if !ok {
			return refuse(codeValue, "%s is not valid.", f.key)
		}
		v[f.key] = s
		return nil
	}
	n, ok := number(raw)
	if !ok || n < f.min || n > f.max || (!f.decimals && n != float64(int64(n))) {
		return refuse(codeValue, "%s must be a number from %v to %v.", f.key, f.min, f.max)
	}
	v[f.key] = strconv.FormatFloat(n, 'f', -1, 64)
	return nil
}

// checkSVCB holds the parameters of HTTPS and SVCB against the syntax of RFC 9460.
func checkSVCB(kind rtype, v values) *apiError {
	if kind != typeHTTPS && kind != typeSVCB {
		return nil
	}
	rr, err := dns.NewRR(". 1 IN " + typeNames[kind] + " " + v["priority"] + " " + v["target"] + " " + v["value"])
	if err != nil || rr == nil {
		return &apiError{Code: codeValue, Message: "value holds parameters that are not valid.", field: "/data/value"}
	}
	return nil
}

// render makes the content of a type that has data.
func render(kind rtype, v values) string {
	switch kind {
	case typeCAA:
		return v["flags"] + " " + v["tag"] + " " + inQuotes(v["value"])
	case typeSRV:
		return v["weight"] + " " + v["port"] + " " + v["target"]
	case typeURI:
		return v["weight"] + " " + inQuotes(v["target"])
	case typeLOC:
		return renderLOC(v)
	case typeNAPTR:
		return strings.Join([]string{
			v["order"], v["preference"], inQuotes(v["flags"]), inQuotes(v["service"]), inQuotes(v["regex"]), v["replacement"],
		}, " ")
	}
	var parts []string
	for _, f := range dataFields[kind] {
		parts = append(parts, v[f.key])
	}
	return strings.TrimRight(strings.Join(parts, " "), " ")
}

func renderLOC(v values) string {
	f := func(key string, decimals int) string {
		n, _ := strconv.ParseFloat(v[key], 64) // written by FormatFloat
		return strconv.FormatFloat(n, 'f', decimals, 64)
	}
	return strings.Join([]string{
		v["lat_degrees"], v["lat_minutes"], f("lat_seconds", 3), v["lat_direction"],
		v["long_degrees"], v["long_minutes"], f("long_seconds", 3), v["long_direction"],
		f("altitude", 2), f("size", 2), f("precision_horz", 2), f("precision_vert", 2),
	}, " ")
}

// inQuotes writes one quoted string. NAPTR's regular expressions are full of backslashes: they are doubled, as RFC 3403 asks.
func inQuotes(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := range len(s) {
		if s[i] == '"' || s[i] == '\\' {
			b.WriteByte('\\')
		}
		b.WriteByte(s[i])
	}
	b.WriteByte('"')
	return b.String()
}
