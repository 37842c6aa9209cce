package sandbox

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// mode is how fields that aren't sent are taken.
type mode int

const (
	post  mode = iota // defaults
	put               // defaults too, but the record exists
	patch             // they stay
)

// drafter turns input into records of one zone, without looking at its other records.
type drafter struct {
	meta      *zoneMeta
	plan      *plan
	legacySRV bool
	now       int64
}

// draft makes the record that in asks for; old is what it replaces, nil for a post. Its errors are those of the fields.
func (d *drafter) draft(in *input, old *record, m mode) (*record, []apiError) {
	r := &record{ttl: 1, created: d.now, modified: d.now}
	if old != nil {
		r.id, r.created, r.kind = old.id, old.created, old.kind
	}
	if m == patch {
		*r = *old
		r.modified = d.now
	}
	if err := readType(r, in, old); err != nil {
		return nil, []apiError{*err}
	}
	var errs []apiError
	add := func(err *apiError) {
		if err != nil {
			errs = append(errs, *err)
		}
	}
	add(d.readName(r, in, m))
	errs = append(errs, d.readContent(r, in, m)...)
	add(readPriority(r, in, m))
	add(readProxied(r, in))
	add(d.readTTL(r, in))
	add(d.readNotes(r, in, old, m))
	add(d.readSettings(r, in, m))
	if len(errs) == 0 {
		add(checkRecord(r))
	}
	if len(errs) > 0 {
		return nil, errs
	}
	return r, nil
}

func readType(r *record, in *input, old *record) *apiError {
	if old != nil && !sent(in.Type) {
		return nil
	}
	name, _ := text(in.Type)
	kind, ok := typeByName(name)
	switch {
	case !ok:
		return &apiError{Code: codeType, Message: fmt.Sprintf("DNS record type %q is invalid.", name), field: "/type"}
	case old != nil && kind != old.kind:
		return &apiError{Code: codeType, Message: "The type of a record can no longer be changed: delete it and create another.", field: "/type"}
	}
	r.kind = kind
	return nil
}

func (d *drafter) readName(r *record, in *input, m mode) *apiError {
	if m == patch && !sent(in.Name) {
		return nil
	}
	s, ok := text(in.Name)
	if ok {
		r.name, ok = recordName(s, d.meta.Name)
	}
	if !ok {
		return &apiError{Code: codeName, Message: "DNS name is invalid.", field: "/name"}
	}
	return nil
}

func (d *drafter) readContent(r *record, in *input, m mode) []apiError {
	if _, ok := dataFields[r.kind]; ok {
		if m == patch && !sent(in.Data) {
			return nil
		}
		data, v, errs := parseData(r.kind, in.Data, d.legacySRV)
		if len(errs) > 0 {
			return errs
		}
		r.data, r.content = data, render(r.kind, v)
		if r.kind == typeSRV {
			p, _ := whole(json.RawMessage(v["priority"]), 0, 65535) // parseData has seen to it
			r.priority = uint16(p)
		}
		return nil
	}
	if m == patch && !sent(in.Content) {
		return nil
	}
	s, ok := text(in.Content)
	if !ok && sent(in.Content) {
		return []apiError{{Code: codeJSONType, Message: "Content-type must be application/json.", field: "/content"}}
	}
	rule := contentRules[r.kind]
	if r.content, ok = rule.parse(s); !ok {
		return []apiError{{Code: rule.code, Message: rule.message, field: "/content"}}
	}
	return nil
}

// readPriority reads the top-level priority, which only MX and URI take; SRV's stands in its data, and others ignore it.
func readPriority(r *record, in *input, m mode) *apiError {
	if r.kind != typeMX && r.kind != typeURI {
		return nil
	}
	if !sent(in.Priority) {
		if m == patch {
			return nil
		}
		return &apiError{Code: codeValue, Message: "priority is a required field.", field: "/priority"}
	}
	p, ok := whole(in.Priority, 0, 65535)
	if !ok {
		return &apiError{Code: codeValue, Message: "priority must be a number from 0 to 65535.", field: "/priority"}
	}
	r.priority = uint16(p)
	return nil
}

func readProxied(r *record, in *input) *apiError {
	var ok bool
	if in.Proxied != nil {
		if r.proxied, ok = flag(in.Proxied); !ok {
			return &apiError{Code: codeValue, Message: "proxied must be true or false.", field: "/proxied"}
		}
	}
	if in.Private != nil {
		if r.private, ok = flag(in.Private); !ok || (r.private && r.kind != typeA && r.kind != typeAAAA) {
			return &apiError{Code: codeValue, Message: "private_routing must be true or false, and true only for A and AAAA records.", field: "/private_routing"}
		}
	}
	if r.proxied && !r.kind.proxiable() {
		return &apiError{Code: codeNotProxiable, Message: "This record type cannot be proxied.", field: "/proxied"}
	}
	return nil
}

// readTTL reads the TTL, which the proxy sets by itself whatever is sent.
func (d *drafter) readTTL(r *record, in *input) *apiError {
	if r.proxied {
		r.ttl = 1
		return nil
	}
	if !sent(in.TTL) {
		return nil
	}
	ttl, ok := whole(in.TTL, 1, 86400)
	if !ok || (ttl != 1 && ttl < d.plan.minTTL) {
		return &apiError{
			Code: codeTTL, Message: fmt.Sprintf("TTL must be between %d and 86400 seconds, or 1 for Automatic.", d.plan.minTTL), field: "/ttl",
		}
	}
	r.ttl = uint32(ttl)
	return nil
}

// readNotes reads comment and tags, and keeps the times at which either last changed.
func (d *drafter) readNotes(r *record, in *input, old *record, m mode) *apiError {
	var n rare
	if m == patch && r.rare != nil {
		n = *r.rare
	}
	if in.Comment != nil {
		s, ok := text(in.Comment)
		if err := d.checkComment(s, ok || !sent(in.Comment)); err != nil {
			return err
		}
		n.comment = s
	}
	if in.Tags != nil {
		n.tags = nil
		if sent(in.Tags) && json.Unmarshal(in.Tags, &n.tags) != nil {
			return &apiError{Code: codeTag, Message: "tags must be a list of strings.", field: "/tags"}
		}
		if err := d.checkTags(n.tags); err != nil {
			return err
		}
	}
	if n.comment == "" && len(n.tags) == 0 {
		r.rare = nil
		return nil
	}
	n.commentAt, n.tagsAt = d.now, d.now
	if old != nil && old.rare != nil && old.rare.comment == n.comment {
		n.commentAt = old.rare.commentAt
	}
	if old != nil && old.rare != nil && slices.Equal(old.rare.tags, n.tags) {
		n.tagsAt = old.rare.tagsAt
	}
	r.rare = &n
	return nil
}

func (d *drafter) checkComment(s string, ok bool) *apiError {
	switch {
	case !ok || strings.ContainsAny(s, "\r\n"):
		return &apiError{Code: codeCommentContent, Message: "DNS record comment must be text without line breaks.", field: "/comment"}
	case utf8.RuneCountInString(s) > d.plan.comment:
		return &apiError{
			Code: codeComment, Message: fmt.Sprintf("DNS record comment exceeds the maximum length of %d characters.", d.plan.comment), field: "/comment",
		}
	}
	return nil
}

func (d *drafter) checkTags(tags []string) *apiError {
	quota := d.plan.tags
	if d.meta.Type != "full" && d.meta.Type != "partial" {
		quota = 0
	}
	if len(tags) > quota {
		return &apiError{Code: codeTagQuota, Message: fmt.Sprintf("DNS record has %d tags, exceeding the quota of %d.", len(tags), quota), field: "/tags"}
	}
	seen := map[string]bool{}
	for i, t := range tags {
		name, value, _ := strings.Cut(t, ":")
		name = strings.ToLower(name)
		if name == "" || len(name) > 32 || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789_-") != "" ||
			utf8.RuneCountInString(value) > 100 || strings.ContainsAny(value, "\r\n,") || strings.HasPrefix(name, "cf-") || seen[name] {
			return &apiError{Code: codeTag, Message: fmt.Sprintf("Tag %q is invalid or given twice.", t), field: fmt.Sprintf("/tags/%d", i)}
		}
		seen[name] = true
	}
	return nil
}

// readSettings merges the settings that are sent into those that stay.
func (d *drafter) readSettings(r *record, in *input, m mode) *apiError {
	if m != patch {
		r.settings = settings{}
	}
	if in.Settings != nil {
		var sentSettings map[string]json.RawMessage
		if json.Unmarshal(in.Settings, &sentSettings) != nil {
			return &apiError{Code: codeValue, Message: "settings must be an object.", field: "/settings"}
		}
		if sentSettings == nil {
			r.settings = settings{}
		}
		for i, name := range settingNames {
			raw, given := sentSettings[name]
			on, ok := flag(raw)
			if !ok {
				return &apiError{Code: codeValue, Message: name + " must be true or false.", field: "/settings/" + name}
			}
			if given {
				r.settings.put(i, sent(raw), on)
			}
		}
	}
	return d.checkSettings(r)
}

func (d *drafter) checkSettings(r *record) *apiError {
	refuse := func(i int, message string) *apiError {
		return &apiError{Code: codeValue, Message: message, field: "/settings/" + settingNames[i]}
	}
	v4, v6, flatten := r.settings.has(settingIPv4), r.settings.has(settingIPv6), r.settings.has(settingFlatten)
	switch {
	case (v4 || v6) && !r.kind.proxiable():
		return refuse(settingIPv4, "ipv4_only and ipv6_only are only for A, AAAA and CNAME records.")
	case v4 && v6:
		return refuse(settingIPv6, "ipv4_only and ipv6_only cannot both be true.")
	case flatten && (r.kind != typeCNAME || r.proxied):
		return refuse(settingFlatten, "flatten_cname is only for CNAME records that are not proxied.")
	case flatten && d.plan.LegacyID == "free":
		return refuse(settingFlatten, "flatten_cname is not available on this plan.")
	}
	return nil
}

// checkRecord looks at fields together.
func checkRecord(r *record) *apiError {
	switch {
	case r.proxied && !r.private && unroutable(r.content):
		return &apiError{Code: codeTarget, Message: "Target " + r.content + " is not allowed for a proxied record.", field: "/content"}
	case r.kind == typeCNAME && r.content == r.name:
		return &apiError{Code: codeSelf, Message: "CNAME content cannot reference itself.", field: "/content"}
	case wireLength(r) > 4096:
		return &apiError{Code: codeLength, Message: "Record content exceeds the allowed length of 4096 wire format bytes.", field: "/content"}
	}
	return nil
}

// wireLength is how long the RDATA of a long record is; what can't be too long isn't measured exactly.
func wireLength(r *record) int {
	switch r.kind {
	case typeTXT:
		return txtWireLength(r.content)
	case typeDS, typeSSHFP, typeTLSA, typeSMIMEA:
		return len(withoutBlanks(r.content)) / 2
	case typeOPENPGPKEY, typeCERT, typeDNSKEY:
		return len(withoutBlanks(r.content)) / 4 * 3
	}
	return len(r.content)
}
