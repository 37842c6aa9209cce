package config

import (
	_ "embed" // for the parts of the schema that are prose
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/zoneloom/zoneloom/state"
)

// schemaText is the schema without what the types of records make of it, and under
// fields the schemas of those types' fields, by the name of the field or by type
// and field.
//
//go:embed schema.json
var schemaText []byte

// Schemas are the JSON Schemas (draft 2020-12) that Schema knows, by the files that
// they are of.
var Schemas = map[string]string{
	"config":  "a file of the configuration",
	"records": "a zone's file in Zoneloom's own dialect",
	"octodns": "a zone's file of octoDNS's",
}

// Schema returns one of Schemas. Editors use it to complete and to check.
func Schema(of string) ([]byte, error) {
	if Schemas[of] == "" {
		return nil, fmt.Errorf("there is no schema of %q; there are %s", of, strings.Join(slices.Sorted(maps.Keys(Schemas)), ", "))
	}
	var top object
	if err := json.Unmarshal(schemaText, &top); err != nil {
		return nil, err
	}
	defs := top["$defs"].(object)
	addTypes(defs, top["fields"].(object))
	delete(top, "fields")
	if of != "config" {
		top = object{
			"$schema": top["$schema"], "$id": strings.Replace(top["$id"].(string), "config.schema", of+".schema", 1),
			"title": "Zoneloom: " + Schemas[of], "$defs": defs, "$ref": refTo(map[string]string{"records": "records", "octodns": "octodns_records"}[of])["$ref"],
		}
	}
	text, err := json.MarshalIndent(top, "", "  ")
	return append(text, '\n'), err
}

// object is a part of a schema.
type object = map[string]any

func refTo(def string) object { return object{"$ref": "#/$defs/" + def} }

// addTypes adds what a record of each type may hold. It comes from the tables that records
// are read with.
func addTypes(defs, fields object) {
	var all, structured, address []string
	var rules []any
	for _, t := range state.Types() {
		all = append(all, anyCase(string(t)))
		if t.IsAddress() {
			address = append(address, anyCase(string(t)))
		}
		if state.Fields(t) == nil {
			continue
		}
		structured = append(structured, anyCase(string(t)))
		def := strings.ToLower(string(t))
		defs[def+"_fields"] = fieldsSchema(t, fields)
		defs[def+"_value"] = valueSchema(refTo("text"), refTo(def+"_fields"))
		rules = append(rules, typeRule(matching(anyCase(string(t))), object{}, refTo(def+"_value")))
	}
	all = append(all, anyCase("TYPE")+"[0-9]{1,5}")
	defs["type"].(object)["anyOf"].([]any)[1].(object)["pattern"] = matching(all...)["pattern"]
	defs["text_value"] = valueSchema(refTo("text"))
	defs["record"].(object)["allOf"] = append(rules,
		typeRule(object{"not": matching(structured...)}, object{}, refTo("text_value")),
		typeRule(object{"not": matching(address...)}, object{keyProxied: false}, refTo("unproxied_value")))
}

// fieldsSchema returns the schema of a mapping of a type's fields.
func fieldsSchema(t state.Type, schemas object) object {
	properties := object{}
	var required []any
	for _, f := range state.Fields(t) {
		properties[f.Name] = refTo("text")
		for _, key := range []string{f.Name, string(t) + "." + f.Name} {
			if schema, ok := schemas[key]; ok {
				properties[f.Name] = schema
			}
		}
		if _, optional := defaultFields[t][f.Name]; !optional {
			required = append(required, f.Name)
		}
	}
	return object{
		"description": "The fields of " + string(t) + ".", "type": "object",
		"properties": properties, "required": required, "additionalProperties": false,
	}
}

// valueSchema returns the schema of a value that takes these forms, or one of them
// with attributes of its own.
func valueSchema(forms ...any) object {
	wrapped := object{"allOf": []any{refTo("wrapper"), object{"properties": object{keyValue: object{"anyOf": forms}}}}}
	return object{"anyOf": append(slices.Clone(forms), wrapped)}
}

// typeRule returns the rule that records whose type is such have these properties,
// and values of this schema.
func typeRule(such, properties, value object) object {
	properties[keyValue], properties[keyValues] = value, object{"items": value}
	return object{
		"if":   object{"required": []any{"type"}, "properties": object{"type": such}},
		"then": object{"properties": properties},
	}
}

// matching returns the schema of texts that one of these expressions matches.
func matching(expressions ...string) object {
	return object{"pattern": "^(?:" + strings.Join(expressions, "|") + ")$"}
}

// anyCase returns an expression for a word in upper and lower case: those of schemas have
// no flags.
func anyCase(word string) string {
	var b strings.Builder
	for _, c := range word {
		if 'A' <= c && c <= 'Z' {
			fmt.Fprintf(&b, "[%c%c]", c, c+'a'-'A')
		} else {
			b.WriteRune(c)
		}
	}
	return b.String()
}
