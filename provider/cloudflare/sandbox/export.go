package sandbox

import (
	"fmt"
	"strings"
)

// exportZone writes the zone as a BIND file, with what BIND doesn't know in comments.
func (s *Server) exportZone(c *call) (*answer, *failure) {
	z, f := s.zone(c, DNSRead)
	if f != nil {
		return nil, f
	}
	var b strings.Builder
	name, set := z.meta.Name, z.meta.settings()
	fmt.Fprintf(&b, ";;\n;; Domain:     %s.\n;; Exported:   %s\n;;\n\n", name, s.now().UTC().Format("2006-01-02 15:04:05"))
	fmt.Fprintf(&b, ";; SOA Record\n%s\t%d\tIN\tSOA\t%s. %s. %d %d %d %d %d\n\n;; NS Records\n", name, set.SOA.TTL, z.meta.Servers[0], set.SOA.RName,
		2000000000+z.meta.Modified/1e6%1e8, set.SOA.Refresh, set.SOA.Retry, set.SOA.Expire, set.SOA.MinTTL)
	for _, ns := range z.meta.Servers {
		fmt.Fprintf(&b, "%s.\t%d\tIN\tNS\t%s.\n", name, set.NSTTL, ns)
	}
	last := rtype(255)
	for _, r := range z.inOrder() {
		if r.kind != last {
			fmt.Fprintf(&b, "\n;; %s Records\n", r.kind)
			last = r.kind
		}
		fmt.Fprintf(&b, "%s.\t%d\tIN\t%s\t%s%s\n", r.name, r.ttl, r.kind, r.rdata(), r.note())
	}
	return &answer{text: b.String()}, nil
}

// rdata is the record's RDATA as a zone file has it.
func (r *record) rdata() string {
	switch r.kind {
	case typeCNAME, typeNS, typePTR:
		return r.content + "."
	case typeMX:
		return fmt.Sprintf("%d %s", r.priority, rooted(r.content))
	case typeSRV:
		return fmt.Sprintf("%d %s", r.priority, rooted(r.content))
	case typeURI:
		return fmt.Sprintf("%d %s", r.priority, r.content)
	case typeLOC:
		f := strings.Fields(r.content) // the last four are metres
		return strings.Join(append(f[:8], f[8]+"m", f[9]+"m", f[10]+"m", f[11]+"m"), " ")
	case typeTXT:
		if _, ok := quotedStrings(r.content); !ok {
			return quote(r.content)
		}
	}
	return r.content
}

// rooted puts the final dot to a name.
func rooted(s string) string { return strings.TrimSuffix(s, ".") + "." }

// note is the comment that carries comment, tags, and the settings of the proxy.
func (r *record) note() string {
	tags := []string{}
	if r.kind.proxiable() {
		tags = append(tags, fmt.Sprintf("cf-proxied:%t", r.proxied))
	}
	if r.settings.has(settingFlatten) {
		tags = append(tags, "cf-flatten-cname")
	}
	tags = append(tags, r.tags()...)
	note := r.comment()
	if len(tags) > 0 {
		note = strings.TrimLeft(note+" cf_tags="+strings.Join(tags, ","), " ")
	}
	if note == "" {
		return ""
	}
	return " ; " + note
}
