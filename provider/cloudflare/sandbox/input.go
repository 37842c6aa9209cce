package sandbox

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
)

// input is a record as a client sends it. A field that isn't sent is nil, one sent as null is "null".
type input struct {
	ID       json.RawMessage `json:"id"`
	Type     json.RawMessage `json:"type"`
	Name     json.RawMessage `json:"name"`
	Content  json.RawMessage `json:"content"`
	Data     json.RawMessage `json:"data"`
	TTL      json.RawMessage `json:"ttl"`
	Priority json.RawMessage `json:"priority"`
	Proxied  json.RawMessage `json:"proxied"`
	Private  json.RawMessage `json:"private_routing"`
	Comment  json.RawMessage `json:"comment"`
	Tags     json.RawMessage `json:"tags"`
	Settings json.RawMessage `json:"settings"`
	Meta     json.RawMessage `json:"meta"`
}

var malformed = apiError{Code: codeJSON, Message: "Malformed JSON in request body"}

// decodeObject reads a JSON object into v; anything else is malformed.
func decodeObject(body []byte, v any) *failure {
	if b := bytes.TrimSpace(body); len(b) == 0 || b[0] != '{' || json.Unmarshal(b, v) != nil {
		return badRequest(malformed)
	}
	return nil
}

// sent says whether raw was sent with a value other than null.
func sent(raw json.RawMessage) bool { return raw != nil && string(raw) != "null" }

// text reads a string; ok is false for any other value.
func text(raw json.RawMessage) (s string, ok bool) {
	if len(raw) == 0 || raw[0] != '"' {
		return "", false
	}
	return s, json.Unmarshal(raw, &s) == nil
}

// flag reads a boolean; absent and null are false.
func flag(raw json.RawMessage) (on, ok bool) {
	switch string(raw) {
	case "", "null", "false":
		return false, true
	case "true":
		return true, true
	}
	return false, false
}

// number reads a number, which some clients send as a string.
func number(raw json.RawMessage) (f float64, ok bool) {
	s := string(raw)
	if t, quoted := text(raw); quoted {
		s = t
	}
	f, err := strconv.ParseFloat(s, 64)
	return f, err == nil && !math.IsNaN(f) && !math.IsInf(f, 0)
}

// whole reads a whole number from least to most.
func whole(raw json.RawMessage, least, most int) (n int, ok bool) {
	f, ok := number(raw)
	if !ok || f != math.Trunc(f) || f < float64(least) || f > float64(most) {
		return 0, false
	}
	return int(f), true
}
