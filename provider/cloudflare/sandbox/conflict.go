package sandbox

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// conflict says why now can't stand in the zone beside the records that are there, without was.
func (z *zone) conflict(was, now *record, quota int) *apiError {
	if was == nil && len(z.records) >= quota {
		return &apiError{Code: codeQuota, Message: "Record quota exceeded."}
	}
	if z.ownNS(now) {
		return &apiError{Code: codeIdentical, Message: "An identical record already exists.", field: "/content"}
	}
	length, servers := utf8.RuneCountInString(now.content), 0
	for _, r := range z.byName[now.name] {
		if r == was {
			continue
		}
		if err := clash(r, now, now.name == z.meta.Name); err != nil {
			return err
		}
		if r.kind == now.kind {
			length += utf8.RuneCountInString(r.content)
		}
		if r.kind == typeNS {
			servers++
		}
	}
	switch apex := now.name == z.meta.Name; {
	case now.kind == typeDS && !apex && servers == 0:
		return &apiError{Code: codeValue, Message: "A DS record needs an NS record of the same name.", field: "/name"}
	case now.kind == typeNS && !apex && servers >= 10:
		return &apiError{Code: codeQuota, Message: "A delegated name can have at most 10 NS records.", field: "/name"}
	case length > 8192:
		return &apiError{
			Code: codeCombined, Message: "Combined content length of records with this name and type must not exceed 8192 characters.", field: "/content",
		}
	case was != nil && was.name != now.name:
		return z.orphans(was)
	}
	return nil
}

// ownNS says whether r is one of the NS that the service itself keeps at the top of the zone.
func (z *zone) ownNS(r *record) bool {
	return r.kind == typeNS && r.name == z.meta.Name && slices.Contains(z.meta.Servers, r.content)
}

// clash says why two records of one name exclude one another.
func clash(there, now *record, apex bool) *apiError {
	switch {
	case identical(there, now):
		return &apiError{Code: codeIdentical, Message: "An identical record already exists."}
	case now.kind == typeCNAME && there.kind.proxiable():
		return &apiError{Code: codeCNAMEOthers, Message: "An A, AAAA, or CNAME record with that host already exists.", field: "/name"}
	case now.kind.proxiable() && there.kind == typeCNAME:
		return &apiError{Code: codeOthersCNAME, Message: "A CNAME record with that host already exists.", field: "/name"}
	case !apex && (there.kind == typeNS) != (now.kind == typeNS) && there.kind != typeDS && now.kind != typeDS:
		return &apiError{Code: codeNS, Message: "NS records with that host already exist.", field: "/name"}
	}
	return nil
}

func identical(a, b *record) bool {
	if a.kind != b.kind || (a.kind.hasPriority() && a.priority != b.priority) {
		return false
	}
	switch a.kind {
	case typeDS, typeSSHFP, typeTLSA, typeSMIMEA:
		return strings.EqualFold(a.content, b.content)
	}
	return a.content == b.content
}

// orphans says whether a DS would lose its last NS if r went.
func (z *zone) orphans(r *record) *apiError {
	if r.kind != typeNS || r.name == z.meta.Name {
		return nil
	}
	servers, signed := 0, false
	for _, other := range z.byName[r.name] {
		if other.kind == typeNS {
			servers++
		}
		signed = signed || other.kind == typeDS
	}
	if signed && servers <= 1 {
		return &apiError{Code: codeValue, Message: fmt.Sprintf("The DS records of %s need an NS record: delete them first.", r.name)}
	}
	return nil
}
