package config

import (
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// Provider is one entry under providers: credentials for one service, with
// settings that only that service's package understands.
type Provider struct {
	Name string
	Type string // the kind of service: "cloudflare"
	Setting
}

// Setting is a part of the configuration that is kept as written until somebody
// who knows its keys decodes it.
type Setting struct {
	in   *source
	node *yaml.Node
	what string // what it is, in a fault
}

// providersOf reads the mapping of providers.
func (l *loader) providersOf(s *source, n *yaml.Node) {
	s.entries(n, "providers", func(k, v *yaml.Node) {
		name := k.Value
		if p := l.providers[name]; p != nil {
			s.errorf(k, "keep one of them", "the provider %s is given twice, first at %s", quote(name), p.Pos())
			return
		}
		if name == "" || strings.ContainsAny(name, " \t\n:") {
			s.errorf(k, "", "%s can't be the name of a provider: it must have no blanks and no colon", quote(name))
			return
		}
		p := &Provider{Name: name, Setting: Setting{in: s, node: v, what: "the provider " + name}}
		l.providers[name] = p
		l.names = append(l.names, name)
		s.entries(v, p.what, func(k, v *yaml.Node) {
			if k.Value == "type" {
				p.Type, _ = s.text(v, "type")
			}
		})
		if v.Kind == yaml.MappingNode && p.Type == "" {
			s.errorf(v, "write type: cloudflare, say", "the provider %s has no type", name)
		}
		s.endpoints(v, 0)
	})
	slices.Sort(l.names)
}

// setting keeps a node that isn't decoded yet.
func (s *source) setting(n *yaml.Node) *Setting {
	s.endpoints(n, 0)
	return &Setting{in: s, node: n, what: "history"}
}

// endpointKeys are keys that say where something is sent. What is secret must
// have no say in that, nor a variable that a stranger may set.
var endpointKeys = []string{
	"type", "url", "urls", "host", "hosts", "server", "servers", "endpoint", "address", "addr", "proxy",
	"key_name", "keyname",
}

// endpoints notes variables where none may stand.
func (s *source) endpoints(n *yaml.Node, depth int) {
	n = s.resolve(n)
	if n == nil || depth > maxDepth {
		return
	}
	if name, found := strings.CutPrefix(n.Value, "$"); n.Kind == yaml.ScalarNode && found && isVariable(name) {
		s.warnf(n, "write ${NAME} for a variable", "a value that begins with $ is taken as it stands") // it may be a secret: not shown
	}
	if n.Kind == yaml.SequenceNode {
		for _, item := range n.Content {
			s.endpoints(item, depth+1)
		}
	}
	if n.Kind != yaml.MappingNode {
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		if slices.Contains(endpointKeys, strings.ToLower(k.Value)) {
			s.noVariables(k.Value, v, depth+1)
		}
		s.endpoints(v, depth+1)
	}
}

// noVariables notes variables in n or below it.
func (s *source) noVariables(key string, n *yaml.Node, depth int) {
	if n = s.resolve(n); n == nil || depth > maxDepth {
		return
	}
	if n.Kind == yaml.ScalarNode && strings.Contains(n.Value, "${") {
		s.errorf(n, "write it out", "%s must not depend on a variable: it decides where secrets are sent", key)
	}
	for _, c := range n.Content {
		s.noVariables(key, c, depth+1)
	}
}

// Pos returns where the setting stands.
func (p *Setting) Pos() Pos { return p.in.l.places.pos(p.in.at(p.node)) }

// IsMapping reports whether the setting has keys of its own, as opposed to one text.
func (p *Setting) IsMapping() bool {
	n := p.in.resolve(p.node)
	return n != nil && n.Kind == yaml.MappingNode
}

// Same reports whether two settings say the same, wherever they stand.
func (p *Setting) Same(o *Setting) bool { return sameNode(p.node, o.node, 0) }

func sameNode(a, b *yaml.Node, depth int) bool {
	if a.Kind == yaml.AliasNode {
		a = a.Alias
	}
	if b.Kind == yaml.AliasNode {
		b = b.Alias
	}
	return depth <= maxDepth && a.Kind == b.Kind && a.Value == b.Value &&
		slices.EqualFunc(a.Content, b.Content, func(c, d *yaml.Node) bool { return sameNode(c, d, depth+1) })
}

// UsesEnv reports whether a value of the setting comes from the environment: what
// does must go to no host of the configuration's choosing.
func (p *Setting) UsesEnv() bool { return usesEnv(p.node, 0) }

func usesEnv(n *yaml.Node, depth int) bool {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return depth <= maxDepth && (strings.Contains(n.Value, "${") ||
		slices.ContainsFunc(n.Content, func(c *yaml.Node) bool { return usesEnv(c, depth+1) }))
}

// Decode decodes the setting into what into points to, a struct with tags such
// as `yaml:"token"` or a string. Variables are looked up with env. Its error is
// an ErrorList: unknown keys, wrong kinds of values, variables that are unset.
func (p *Setting) Decode(into any, env func(string) (string, bool)) error {
	return p.decode(into, env).asError()
}

// CheckKeys notes what Decode would, as far as that needs no variables. It may
// fill in into.
func (p *Setting) CheckKeys(into any) ErrorList { return p.decode(into, nil) }
