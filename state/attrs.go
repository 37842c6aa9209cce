package state

import (
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unique"
)

// Attrs are what a service keeps beside a record, an RRset or a zone: flat keys
// such as "proxied" or "settings.flatten_cname" with values that are bool,
// string, float64 or []string. They are immutable, sorted and interned, so that
// equal sets are == and a million records share a few of them. The zero value
// is the empty set.
//
// A full set, as a service holds it, has no empty values (false, "", 0, an empty
// list): Lay drops them. A declared set may: there an absent key is not
// declared, and an empty value is declared empty.
type Attrs struct {
	// text has one line for each key, in order: key=JSON value. A key that can't
	// stand there as it is stands as a JSON string.
	text unique.Handle[string]
}

// MakeAttrs returns the set with the entries of m. It panics on a value of a
// type that Attrs don't hold: that is a programmer's error.
func MakeAttrs(m map[string]any) Attrs {
	if len(m) == 0 {
		return Attrs{}
	}
	var b strings.Builder
	for _, k := range slices.Sorted(maps.Keys(m)) {
		if strings.ContainsAny(k, "=\"\n") {
			b.WriteString(encodeAttr(k, k))
		} else {
			b.WriteString(k)
		}
		b.WriteByte('=')
		b.WriteString(encodeAttr(k, m[k]))
		b.WriteByte('\n')
	}
	return Attrs{unique.Make(b.String())}
}

// encodeAttr returns the value of key in JSON, in one spelling.
func encodeAttr(key string, value any) string {
	switch v := value.(type) {
	case bool:
		return strconv.FormatBool(v)
	case int:
		value = float64(v)
	case float64:
		if v == 0 {
			return "0" // never -0
		}
	case []string:
		if v == nil {
			return "[]"
		}
	case string:
	default:
		panic(fmt.Sprintf("state: attribute %s has a %T", key, value))
	}
	text, err := json.Marshal(value)
	if err != nil {
		panic(fmt.Sprintf("state: attribute %s: %v", key, err))
	}
	return string(text)
}

// lines yields each key with its value in JSON, in order.
func (a Attrs) lines() iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		if a == (Attrs{}) {
			return
		}
		for line := range strings.Lines(a.text.Value()) {
			k, v := cutAttr(strings.TrimSuffix(line, "\n"))
			if !yield(k, v) {
				return
			}
		}
	}
}

// cutAttr splits a line into key and value.
func cutAttr(line string) (key, value string) {
	if !strings.HasPrefix(line, `"`) {
		key, value, _ = strings.Cut(line, "=")
		return key, value
	}
	d := json.NewDecoder(strings.NewReader(line))
	_ = d.Decode(&key) // MakeAttrs wrote it
	return key, line[d.InputOffset()+1:]
}

// All yields the keys in order with their values.
func (a Attrs) All() iter.Seq2[string, any] {
	return func(yield func(string, any) bool) {
		for k, v := range a.lines() {
			if !yield(k, decodeAttr(v)) {
				return
			}
		}
	}
}

func decodeAttr(text string) any {
	if strings.HasPrefix(text, "[") {
		list := []string{}
		_ = json.Unmarshal([]byte(text), &list) // MakeAttrs wrote it
		return list
	}
	var v any
	_ = json.Unmarshal([]byte(text), &v) // MakeAttrs wrote it
	return v
}

// Get returns the value of key and whether the set has it.
func (a Attrs) Get(key string) (any, bool) {
	for k, v := range a.lines() {
		if k == key {
			return decodeAttr(v), true
		}
	}
	return nil, false
}

// Has reports whether the set has key.
func (a Attrs) Has(key string) bool {
	for k := range a.lines() {
		if k == key {
			return true
		}
	}
	return false
}

// Bool returns the value of key where it is a bool, else false.
func (a Attrs) Bool(key string) bool {
	for k, v := range a.lines() {
		if k == key {
			return v == "true"
		}
	}
	return false
}

// String returns the value of key where it is a string, else "".
func (a Attrs) String(key string) string {
	v, _ := a.Get(key)
	s, _ := v.(string)
	return s
}

// Strings returns the value of key where it is a list, else nil.
func (a Attrs) Strings(key string) []string {
	v, _ := a.Get(key)
	s, _ := v.([]string)
	return s
}

// Map returns the set as a map of the caller's own.
func (a Attrs) Map() map[string]any { return maps.Collect(a.All()) }

// With returns the set with key set to v.
func (a Attrs) With(key string, v any) Attrs {
	m := a.Map()
	m[key] = v
	return MakeAttrs(m)
}

// Without returns the set without key.
func (a Attrs) Without(key string) Attrs {
	if !a.Has(key) {
		return a
	}
	m := a.Map()
	delete(m, key)
	return MakeAttrs(m)
}

// Lay returns the full set that results when declared is laid over a: each
// declared value replaces what a has, and an empty one removes it.
func (a Attrs) Lay(declared Attrs) Attrs {
	if a == (Attrs{}) {
		return declared.full()
	}
	if declared == a || a.agrees(declared) {
		return a.full()
	}
	m := a.Map()
	maps.Copy(m, declared.Map())
	return MakeAttrs(m).full()
}

// agrees reports whether a has each declared value already.
func (a Attrs) agrees(declared Attrs) bool {
	for k, want := range declared.lines() {
		have := ""
		for l, v := range a.lines() {
			if l == k {
				have = v
			}
		}
		if have != want && (have != "" || !isEmptyAttr(want)) {
			return false
		}
	}
	return true
}

// full returns the set without empty values.
func (a Attrs) full() Attrs {
	empty := false
	for _, v := range a.lines() {
		empty = empty || isEmptyAttr(v)
	}
	if !empty {
		return a
	}
	m := map[string]any{}
	for k, v := range a.lines() {
		if !isEmptyAttr(v) {
			m[k] = decodeAttr(v)
		}
	}
	return MakeAttrs(m)
}

func isEmptyAttr(text string) bool {
	return text == "false" || text == `""` || text == "[]" || text == "0"
}

// MarshalJSON writes an object with the keys in order.
func (a Attrs) MarshalJSON() ([]byte, error) { return json.Marshal(a.Map()) }

// UnmarshalJSON reads what MarshalJSON writes.
func (a *Attrs) UnmarshalJSON(b []byte) error {
	var m map[string]any
	if err := json.Unmarshal(b, &m); err != nil {
		return err
	}
	for k, v := range m {
		switch v := v.(type) {
		case bool, string, float64:
		case []any:
			list := make([]string, len(v))
			for i, item := range v {
				s, ok := item.(string)
				if !ok {
					return fmt.Errorf("attribute %s: its list holds something other than strings", k)
				}
				list[i] = s
			}
			m[k] = list
		default:
			return fmt.Errorf("attribute %s: want a bool, a string, a number or a list of strings", k)
		}
	}
	*a = MakeAttrs(m)
	return nil
}
