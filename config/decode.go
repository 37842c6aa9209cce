package config

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// decoder decodes one setting into Go values. It is for a few settings and not
// for records, which it would be too slow for.
type decoder struct {
	*source
	root *yaml.Node
	env  func(string) (string, bool) // nil: variables are left alone
}

func (p *Setting) decode(into any, env func(string) (string, bool)) ErrorList {
	v := reflect.ValueOf(into)
	if v.Kind() != reflect.Pointer || v.IsNil() {
		panic(fmt.Sprintf("config: decode into a %T, not into a pointer", into))
	}
	// Faults go to a list of their own: the configuration itself has none.
	own := &loader{places: p.in.l.places}
	in := *p.in
	in.l = own
	decoder{&in, in.resolve(p.node), env}.value(p.node, p.what, v.Elem())
	return own.list.sorted()
}

// value decodes n into v.
func (d decoder) value(n *yaml.Node, what string, v reflect.Value) {
	n = d.resolve(n)
	if n == nil {
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		d.mapping(n, what, v)
	case reflect.Slice:
		d.list(n, what, func(item *yaml.Node) {
			e := reflect.New(v.Type().Elem()).Elem()
			d.value(item, what, e)
			v.Set(reflect.Append(v, e))
		})
	case reflect.Pointer:
		e := reflect.New(v.Type().Elem())
		d.value(n, what, e.Elem())
		v.Set(e)
	default:
		if text, ok := d.text(n, what); ok {
			d.scalar(n, what, text, v)
		}
	}
}

// mapping decodes n into the struct v.
func (d decoder) mapping(n *yaml.Node, what string, v reflect.Value) {
	var known []string
	index := map[string]int{}
	for i := range v.NumField() {
		name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("yaml"), ",")
		if name != "" && name != "-" {
			known = append(known, name)
			index[name] = i
		}
	}
	if _, own := index["type"]; !own && n == d.root {
		known = append(known, "type") // the provider's, read by Load
	}
	d.fields(n, what, known, func(key string, n *yaml.Node) {
		if i, ok := index[key]; ok {
			d.value(n, key, v.Field(i))
		}
	})
}

// scalar decodes a text into v, after its variables.
func (d decoder) scalar(n *yaml.Node, what, text string, v reflect.Value) {
	text, whole := d.expand(n, text)
	if !whole {
		return
	}
	var err error
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Bool:
		if text != "true" && text != "false" {
			d.errorf(n, "", "%s must be true or false, not %s", what, quote(n.Value))
			return
		}
		v.SetBool(text == "true")
	case reflect.Int, reflect.Int64, reflect.Int32:
		var number int64
		if number, err = strconv.ParseInt(text, 10, v.Type().Bits()); err == nil {
			v.SetInt(number)
		}
	default:
		panic(fmt.Sprintf("config: %s is a %s, which settings can't be", what, v.Type()))
	}
	if err != nil {
		d.errorf(n, "", "%s must be a whole number, not %s", what, quote(n.Value))
	}
}

// expand replaces ${VAR} and ${VAR:-default} in text. It returns false where
// the result isn't known: after a fault, or without an environment.
func (d decoder) expand(n *yaml.Node, text string) (string, bool) {
	var b strings.Builder
	known := true
	for {
		before, rest, found := strings.Cut(text, "${")
		b.WriteString(before)
		if !found {
			return b.String(), known
		}
		inner, after, closed := strings.Cut(rest, "}")
		name, fallback, hasFallback := strings.Cut(inner, ":-")
		if !closed || !isVariable(name) {
			d.errorf(n, "write ${NAME} or ${NAME:-default}", "this holds ${ without the name of a variable and }")
			return "", false
		}
		text = after
		if d.env == nil {
			known = false
			continue
		}
		value, set := d.env(name)
		switch {
		case set && (value != "" || !hasFallback):
			b.WriteString(value)
		case hasFallback:
			b.WriteString(fallback)
		default:
			d.errorf(n, "set it, or write ${"+name+":-default}", "the environment variable %s is not set", name)
			known = false
		}
	}
}

// isVariable reports whether name can be the name of an environment variable.
func isVariable(name string) bool {
	for i, c := range name {
		letter := c == '_' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return name != ""
}
