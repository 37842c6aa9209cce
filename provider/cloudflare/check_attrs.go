package cloudflare

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/zoneloom/zoneloom/state"
)

// attrsOf is what the faults of attributes depend on, so that each combination
// is judged once.
type attrsOf struct {
	t     state.Type
	attrs state.Attrs
}

// checkAttrs judges the attributes of a record of type t.
func (c *checker) checkAttrs(t state.Type, a state.Attrs) []fault {
	key := attrsOf{t, a}
	faults, known := c.attrs[key]
	if !known {
		for name, value := range a.All() {
			faults = append(faults, c.checkAttr(t, name, value, a)...)
		}
		c.attrs[key] = faults
	}
	return faults
}

func (c *checker) checkAttr(t state.Type, name string, value any, all state.Attrs) []fault {
	switch name {
	case attrComment:
		s, ok := value.(string)
		if !ok {
			return []fault{{text: "comment must be a text"}}
		}
		return c.checkComment(s)
	case attrTags:
		tags, ok := value.([]string)
		if !ok {
			return []fault{{text: "tags must be a list of texts such as team:dns"}}
		}
		return c.checkTags(tags)
	}
	on, ok := value.(bool)
	switch name {
	case attrProxied, attrPrivateRouting, attrFlatten, attrIPv4Only, attrIPv6Only:
		if !ok {
			return []fault{{text: name + " must be true or false"}}
		}
	default:
		return []fault{{
			text: fmt.Sprintf("Cloudflare keeps no %s for a record", name),
			hint: "it keeps " + strings.Join(attributes, ", "),
		}}
	}
	if !on {
		return nil
	}
	return c.checkSwitch(t, name, all)
}

// checkSwitch judges a setting that is switched on.
func (c *checker) checkSwitch(t state.Type, name string, all state.Attrs) []fault {
	unproxied := all.Has(attrProxied) && !all.Bool(attrProxied)
	switch name {
	case attrPrivateRouting:
		if t != state.A && t != state.AAAA {
			return []fault{{text: fmt.Sprintf("private_routing is for A and AAAA, not for %s records", t)}}
		}
	case attrFlatten:
		switch {
		case t != state.CNAME:
			return []fault{{text: fmt.Sprintf("%s is for CNAME, not for %s records", name, t)}}
		case c.plan == planFree:
			return []fault{{text: "flattening single CNAMEs needs a paid plan, and this zone's is Free"}}
		case all.Bool(attrProxied):
			return []fault{{severity: state.SeverityWarning, text: "a proxied CNAME is flattened in any case, " + name + " changes nothing"}}
		}
	case attrIPv4Only, attrIPv6Only:
		switch {
		case !canProxy(t):
			return []fault{{text: fmt.Sprintf("%s is for A, AAAA and CNAME, not for %s records", name, t)}}
		case unproxied:
			return []fault{{severity: state.SeverityWarning, text: name + " has an effect on proxied records only"}}
		}
	}
	return nil
}

func (c *checker) checkComment(s string) []fault {
	var faults []fault
	most := commentPaid
	if c.plan == planFree {
		most = commentFree
	}
	if n := utf8.RuneCountInString(s); n > most {
		faults = append(faults, fault{text: fmt.Sprintf("the comment has %d characters, Cloudflare takes %d", n, most)})
	}
	if strings.ContainsAny(s, "\r\n") {
		faults = append(faults, fault{text: "Cloudflare takes no line breaks in a comment"})
	}
	return faults
}

func (c *checker) checkTags(tags []string) []fault {
	var faults []fault
	switch sorted := sortTags(tags); {
	case len(tags) == 0:
		return nil
	case c.plan == planFree:
		faults = append(faults, fault{text: "tags need a paid plan, and this zone's is Free", hint: "take them out, or write a comment"})
	case c.info != nil && c.info.Type != "" && c.info.Type != "full" && c.info.Type != "partial":
		faults = append(faults, fault{text: fmt.Sprintf("Cloudflare keeps tags in full and partial zones only, and this one is %s", c.info.Type)})
	case len(sorted) > maxTags:
		faults = append(faults, fault{text: fmt.Sprintf("the record has %d tags, Cloudflare takes %d", len(sorted), maxTags)})
	}
	for _, tag := range tags {
		if text := checkTag(tag); text != "" {
			faults = append(faults, fault{text: text, hint: "a tag is name or name:value"})
		}
	}
	return faults
}

// checkTag returns what is wrong with a tag, or "".
func checkTag(tag string) string {
	name, value, _ := strings.Cut(tag, ":")
	switch {
	case name == "":
		return fmt.Sprintf("the tag %q has no name", tag)
	case len(name) > maxTagName:
		return fmt.Sprintf("the name of the tag %q has %d characters, Cloudflare takes %d", tag, len(name), maxTagName)
	case strings.ContainsFunc(name, func(r rune) bool { return !isTagRune(r) }):
		return fmt.Sprintf("the name of the tag %q may have letters, digits, - and _ only", tag)
	case strings.HasPrefix(strings.ToLower(name), "cf-"):
		return fmt.Sprintf("the tag %q begins with cf-, which is Cloudflare's own", tag)
	case utf8.RuneCountInString(value) > maxTagValue:
		return fmt.Sprintf("the value of the tag %q is over %d characters", tag, maxTagValue)
	}
	return ""
}

func isTagRune(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '-' || r == '_'
}
