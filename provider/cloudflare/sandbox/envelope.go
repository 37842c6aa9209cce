package sandbox

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
)

// apiError is one item of errors[].
type apiError struct {
	Code    int        `json:"code"`
	Message string     `json:"message"`
	DocURL  string     `json:"documentation_url,omitempty"`
	Source  *source    `json:"source,omitempty"`
	Chain   []apiError `json:"error_chain,omitempty"`

	field string // a JSON pointer within one record's object, "" for the object as a whole
}

type source struct {
	Pointer string `json:"pointer"`
}

// failure is an answer with success false.
type failure struct {
	status     int
	errs       []apiError
	retryAfter int
}

func fail(status, code int, message string) *failure {
	return &failure{status: status, errs: []apiError{{Code: code, Message: message}}}
}

func badRequest(errs ...apiError) *failure {
	return &failure{status: http.StatusBadRequest, errs: errs}
}

// answer is one with success true; its parts are JSON already.
type answer struct {
	result   []byte // nil: no result key
	info     []byte // result_info
	messages []byte // nil: none
	timing   []byte
	text     string // instead of all that: a plain text body
	bare     bool   // the result without its envelope
}

// resultOf is the answer that holds v.
func resultOf(v any) *answer {
	return &answer{result: encode(v)}
}

// encode writes v without escaping <, > and &, as the service does. Every v that it is given can be encoded.
func encode(v any) []byte {
	var buf bytes.Buffer
	e := json.NewEncoder(&buf)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic("sandbox: " + err.Error())
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n"))
}

func (a *answer) write(w http.ResponseWriter) {
	if a.text != "" {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = w.Write([]byte(a.text))
		return
	}
	w.Header().Set("Content-Type", "application/json")
	buf := make([]byte, 0, len(a.result)+len(a.info)+len(a.messages)+len(a.timing)+128)
	buf = append(buf, '{')
	for _, part := range []struct {
		key   string
		value []byte
	}{{"result", a.result}, {"result_info", a.info}, {"timing", a.timing}} {
		if part.value != nil {
			buf = append(buf, '"')
			buf = append(buf, part.key...)
			buf = append(buf, `":`...)
			buf = append(buf, part.value...)
			buf = append(buf, ',')
		}
	}
	if a.bare {
		buf[len(buf)-1] = '}'
	} else {
		buf = append(buf, `"success":true,"errors":[],"messages":`...)
		if a.messages == nil {
			a.messages = []byte("[]")
		}
		buf = append(buf, a.messages...)
		buf = append(buf, '}')
	}
	_, _ = w.Write(append(buf, '\n')) // a reader who has gone away is no concern of ours
}

func (f *failure) write(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	if f.retryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(f.retryAfter))
	}
	if f.status == http.StatusForbidden {
		for i := range f.errs {
			f.errs[i].DocURL = "https://developers.cloudflare.com/fundamentals/api/troubleshooting/"
		}
	}
	body := encode(struct {
		Result   any        `json:"result"`
		Success  bool       `json:"success"`
		Errors   []apiError `json:"errors"`
		Messages []string   `json:"messages"`
	}{nil, false, f.errs, []string{}})
	w.WriteHeader(f.status)
	_, _ = w.Write(append(body, '\n'))
}

// appendString appends s as a JSON string; plain ASCII, which nearly all of DNS is, takes the fast way.
func appendString(buf []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < 0x20 || c > 0x7e || c == '"' || c == '\\' {
			return append(buf, encode(s)...)
		}
	}
	buf = append(buf, '"')
	buf = append(buf, s...)
	return append(buf, '"')
}
