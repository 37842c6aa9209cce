package sandbox

import (
	"crypto/rand"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"time"
)

// rtype is a record's type: an index into typeNames, which is sorted, so that comparing numbers compares names.
type rtype uint8

const (
	typeA rtype = iota
	typeAAAA
	typeCAA
	typeCERT
	typeCNAME
	typeDNSKEY
	typeDS
	typeHTTPS
	typeLOC
	typeMX
	typeNAPTR
	typeNS
	typeOPENPGPKEY
	typePTR
	typeSMIMEA
	typeSRV
	typeSSHFP
	typeSVCB
	typeTLSA
	typeTXT
	typeURI
)

var typeNames = []string{
	"A", "AAAA", "CAA", "CERT", "CNAME", "DNSKEY", "DS", "HTTPS", "LOC", "MX", "NAPTR", "NS", "OPENPGPKEY", "PTR",
	"SMIMEA", "SRV", "SSHFP", "SVCB", "TLSA", "TXT", "URI",
}

func typeByName(s string) (rtype, bool) {
	i, ok := slices.BinarySearch(typeNames, s)
	return rtype(i), ok
}

func (t rtype) String() string { return typeNames[t] }

func (t rtype) proxiable() bool { return t == typeA || t == typeAAAA || t == typeCNAME }

// hasPriority says whether the priority stands at the top of the record and is a part of what tells it from others.
func (t rtype) hasPriority() bool { return t == typeMX || t == typeSRV || t == typeURI }

// recordID is a record's 32 hex digits.
type recordID [16]byte

func newID() (id recordID) {
	_, _ = rand.Read(id[:]) // never fails
	return id
}

func (id recordID) String() string { return hex.EncodeToString(id[:]) }

func parseID(s string) (id recordID, ok bool) {
	if !isID(s) {
		return id, false
	}
	_, err := hex.Decode(id[:], []byte(s))
	return id, err == nil
}

func isID(s string) bool {
	return len(s) == 32 && strings.Trim(s, "0123456789abcdef") == ""
}

// record is never changed once it is in a zone: a write replaces it. So pages can be encoded, and transactions undone,
// without copying anything.
type record struct {
	id                recordID
	name              string // the whole name, lower-case Punycode, no final dot
	content           string
	data              string // the JSON object of a type that has data, else ""
	rare              *rare  // nil for most
	created, modified int64  // microseconds since 1970
	ttl               uint32
	priority          uint16
	kind              rtype
	proxied, readOnly bool
	private           bool
	settings          settings
}

// rare holds what few records have.
type rare struct {
	comment           string
	tags              []string
	commentAt, tagsAt int64
}

// settings are three switches, each unset, false or true.
type settings struct{ set, on uint8 }

var settingNames = []string{"ipv4_only", "ipv6_only", "flatten_cname"}

const (
	settingIPv4 = iota
	settingIPv6
	settingFlatten
)

func (s settings) has(i int) bool { return s.on&(1<<i) != 0 }

func (s *settings) put(i int, set, on bool) {
	s.set &^= 1 << i
	s.on &^= 1 << i
	if set {
		s.set |= 1 << i
	}
	if set && on {
		s.on |= 1 << i
	}
}

func (r *record) comment() string {
	if r.rare == nil {
		return ""
	}
	return r.rare.comment
}

func (r *record) tags() []string {
	if r.rare == nil {
		return nil
	}
	return r.rare.tags
}

// byDefault is the order of lists: by type, then name, then id.
func byDefault(a, b *record) int {
	if a.kind != b.kind {
		return int(a.kind) - int(b.kind)
	}
	if c := strings.Compare(a.name, b.name); c != 0 {
		return c
	}
	return slices.Compare(a.id[:], b.id[:])
}

// appendJSON appends what the API shows of r.
func (r *record) appendJSON(buf []byte, z *zoneMeta, withZone bool) []byte {
	buf = append(buf, `{"id":"`...)
	buf = hex.AppendEncode(buf, r.id[:])
	if withZone {
		buf = append(buf, `","zone_id":"`...)
		buf = append(buf, z.ID...)
		buf = append(buf, `","zone_name":"`...)
		buf = append(buf, z.Name...)
	}
	buf = append(buf, `","name":`...)
	buf = appendString(buf, r.name)
	buf = append(buf, `,"type":"`...)
	buf = append(buf, typeNames[r.kind]...)
	buf = append(buf, `","content":`...)
	buf = appendString(buf, r.content)
	if r.kind.hasPriority() {
		buf = append(buf, `,"priority":`...)
		buf = strconv.AppendUint(buf, uint64(r.priority), 10)
	}
	buf = append(buf, `,"proxiable":`...)
	buf = strconv.AppendBool(buf, r.kind.proxiable())
	buf = append(buf, `,"proxied":`...)
	buf = strconv.AppendBool(buf, r.proxied)
	buf = append(buf, `,"ttl":`...)
	buf = strconv.AppendUint(buf, uint64(r.ttl), 10)
	if r.private {
		buf = append(buf, `,"private_routing":true`...)
	}
	if r.data != "" {
		buf = append(buf, `,"data":`...)
		buf = append(buf, r.data...)
	}
	buf = append(buf, `,"settings":{`...)
	buf = r.settings.append(buf)
	buf = append(buf, `},"meta":{`...)
	if r.readOnly {
		buf = append(buf, `"read_only":true`...)
	}
	buf = append(buf, '}')
	buf = r.appendNotes(buf)
	buf = append(buf, `,"created_on":"`...)
	buf = appendTime(buf, r.created)
	buf = append(buf, `","modified_on":"`...)
	buf = appendTime(buf, r.modified)
	buf = append(buf, '"')
	return append(r.appendNoteTimes(buf), '}')
}

func (s settings) append(buf []byte) []byte {
	first := true
	for i, name := range settingNames {
		if s.set&(1<<i) == 0 {
			continue
		}
		if !first {
			buf = append(buf, ',')
		}
		first = false
		buf = append(buf, '"')
		buf = append(buf, name...)
		buf = append(buf, `":`...)
		buf = strconv.AppendBool(buf, s.has(i))
	}
	return buf
}

func (r *record) appendNotes(buf []byte) []byte {
	if r.comment() == "" {
		buf = append(buf, `,"comment":null`...)
	} else {
		buf = appendString(append(buf, `,"comment":`...), r.comment())
	}
	buf = append(buf, `,"tags":[`...)
	for i, t := range r.tags() {
		if i > 0 {
			buf = append(buf, ',')
		}
		buf = appendString(buf, t)
	}
	return append(buf, ']')
}

func (r *record) appendNoteTimes(buf []byte) []byte {
	if r.comment() != "" {
		buf = append(buf, `,"comment_modified_on":"`...)
		buf = append(appendTime(buf, r.rare.commentAt), '"')
	}
	if len(r.tags()) > 0 {
		buf = append(buf, `,"tags_modified_on":"`...)
		buf = append(appendTime(buf, r.rare.tagsAt), '"')
	}
	return buf
}

// timeForm is how the service writes times: always UTC, always six decimals.
const timeForm = "2006-01-02T15:04:05.000000Z"

func appendTime(buf []byte, micros int64) []byte {
	return time.UnixMicro(micros).UTC().AppendFormat(buf, timeForm)
}
