package sandbox

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"

	"github.com/miekg/dns"
)

const maxImport = 256 << 10

// importZone adds the records of a BIND file. What is there already is passed over; what is refused stops it all.
func (s *Server) importZone(c *call) (*answer, *failure) {
	z, f := s.zone(c, DNSEdit)
	if f != nil {
		return nil, f
	}
	file, proxied, f := importForm(c)
	if f != nil {
		return nil, f
	}
	inputs, f := parseZoneFile(file, z.meta, proxied)
	if f != nil {
		return nil, f
	}
	w := s.writer(z)
	added := 0
	for i := range inputs {
		_, errs := w.write(&inputs[i], nil, post)
		switch {
		case len(errs) == 0:
			added++
		case errs[0].Code != codeIdentical:
			w.t.rollback()
			return nil, badRequest(errs...)
		}
	}
	if added > 0 {
		if f := s.commit(w.t); f != nil {
			return nil, f
		}
	}
	return &answer{result: fmt.Appendf(nil, `{"recs_added":%d,"total_records_parsed":%d}`, added, len(inputs)), timing: s.timing()}, nil
}

// importForm reads the multipart form.
func importForm(c *call) (file string, proxied bool, f *failure) {
	r := c.r.Clone(c.r.Context())
	r.Body = io.NopCloser(strings.NewReader(string(c.body)))
	if err := r.ParseMultipartForm(maxImport); err != nil {
		return "", false, badQuery("The body must be a form of type multipart/form-data.")
	}
	part, _, err := r.FormFile("file")
	if err != nil {
		file = r.FormValue("file")
	} else {
		defer func() { _ = part.Close() }()
		b, err := io.ReadAll(io.LimitReader(part, maxImport+1))
		if err != nil {
			return "", false, badQuery("The file could not be read.")
		}
		file = string(b)
	}
	if file == "" {
		return "", false, badQuery("file is required.")
	}
	if len(file) > maxImport {
		return "", false, fail(http.StatusRequestEntityTooLarge, codeTooLarge, "The file is larger than 256 KiB.")
	}
	return file, r.FormValue("proxied") == "true", nil
}

// parseZoneFile makes inputs of the records in a file, but for the SOA and the NS at the top.
func parseZoneFile(file string, m *zoneMeta, proxied bool) (inputs []input, f *failure) {
	p := dns.NewZoneParser(strings.NewReader(file), dns.Fqdn(m.Name), "")
	p.SetDefaultTTL(1)
	for rr, ok := p.Next(); ok; rr, ok = p.Next() {
		h := rr.Header()
		name := strings.ToLower(strings.TrimSuffix(h.Name, "."))
		if h.Rrtype == dns.TypeSOA || (h.Rrtype == dns.TypeNS && name == m.Name) {
			continue
		}
		in, ok := inputOf(rr)
		if !ok {
			return nil, badQuery(fmt.Sprintf("%s: type %s cannot be imported.", name, dns.TypeToString[h.Rrtype]))
		}
		in.noteFrom(p.Comment(), proxied && isProxiable(h.Rrtype))
		inputs = append(inputs, in)
	}
	if err := p.Err(); err != nil {
		return nil, badQuery("The zone file is not valid: " + err.Error())
	}
	return inputs, nil
}

func isProxiable(t uint16) bool {
	return t == dns.TypeA || t == dns.TypeAAAA || t == dns.TypeCNAME
}

var cfTags = regexp.MustCompile(`(?:^|\s)cf_tags=(\S*)`)

// noteFrom reads what an export writes into comments.
func (in *input) noteFrom(comment string, proxied bool) {
	comment = strings.TrimSpace(strings.TrimPrefix(comment, ";"))
	tags := []string{}
	if m := cfTags.FindStringSubmatch(comment); m != nil {
		comment = strings.TrimSpace(strings.Replace(comment, m[0], "", 1))
		for t := range strings.SplitSeq(m[1], ",") {
			switch t {
			case "cf-proxied:true", "cf-proxied:false":
				proxied = t == "cf-proxied:true"
			case "cf-flatten-cname":
				in.Settings = json.RawMessage(`{"flatten_cname":true}`)
			case "":
			default:
				tags = append(tags, t)
			}
		}
	}
	in.Comment, in.Tags = encode(comment), encode(tags)
	if proxied {
		in.Proxied = json.RawMessage("true")
	}
}

// inputOf turns a resource record into what a POST would hold.
func inputOf(rr dns.RR) (in input, ok bool) {
	h := rr.Header()
	in = input{Name: encode(h.Name), Type: encode(dns.TypeToString[h.Rrtype]), TTL: encode(h.Ttl)}
	switch v := rr.(type) {
	case *dns.MX:
		in.Priority, in.Content = encode(v.Preference), encode(v.Mx)
	case *dns.URI:
		in.Priority, in.Data = encode(v.Priority), encode(map[string]any{"weight": v.Weight, "target": v.Target})
	case *dns.TXT:
		in.Content = encode(strings.TrimPrefix(v.String(), h.String()))
	default:
		kind, known := typeByName(dns.TypeToString[h.Rrtype])
		if !known {
			return in, false
		}
		rdata := strings.TrimPrefix(rr.String(), h.String())
		if _, ok := dataFields[kind]; !ok {
			in.Content = encode(rdata)
			return in, true
		}
		data := dataOf(kind, rr, rdata)
		in.Data = encode(data)
		return in, data != nil
	}
	return in, true
}

// dataOf makes the data object of the types whose presentation form isn't just their fields in order.
func dataOf(kind rtype, rr dns.RR, rdata string) map[string]any {
	switch v := rr.(type) {
	case *dns.CAA:
		return map[string]any{"flags": v.Flag, "tag": v.Tag, "value": v.Value}
	case *dns.NAPTR:
		return map[string]any{
			"order": v.Order, "preference": v.Preference, "flags": v.Flags, "service": v.Service,
			"regex": strings.ReplaceAll(v.Regexp, `\\`, `\`), "replacement": v.Replacement,
		}
	case *dns.CERT:
		return map[string]any{"type": v.Type, "key_tag": v.KeyTag, "algorithm": v.Algorithm, "certificate": v.Certificate}
	case *dns.LOC:
		rdata = strings.ReplaceAll(rdata, "m", "")
	}
	fields := dataFields[kind]
	words := strings.SplitN(rdata, " ", len(fields))
	data := map[string]any{}
	for i, f := range fields {
		if i < len(words) {
			data[f.key] = words[i]
		}
	}
	return data
}
