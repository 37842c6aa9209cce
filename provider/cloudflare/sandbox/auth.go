package sandbox

import (
	"mime"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
)

var tokenForm = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

// principal is who calls: a token, or the user with a legacy key.
type principal struct {
	token  *Token // nil for a key
	bucket string // whose rate limit counts
}

var (
	errNoAuth  = fail(http.StatusBadRequest, codeNoAuth, "Missing X-Auth-Key, X-Auth-Email or Authorization headers")
	errToken   = fail(http.StatusForbidden, codeUnauthorized, "Invalid access token")
	errAuth    = fail(http.StatusForbidden, codeAuth, "Authentication error")
	errDenied  = fail(http.StatusForbidden, codeUnauthorized, "Unauthorized to access requested resource")
	errKey     = fail(http.StatusForbidden, codeUnknownKey, "Unknown X-Auth-Key or X-Auth-Email")
	errKeyForm = badHeader(codeKeyForm, "Invalid format for X-Auth-Key header")
	errForm    = badHeader(codeAuthForm, "Invalid format for Authorization header")
	errVerify  = fail(http.StatusUnauthorized, codeBadToken, "Invalid API Token")
)

func badHeader(code int, message string) *failure {
	return badRequest(apiError{Code: codeHeaders, Message: "Invalid request headers", Chain: []apiError{{Code: code, Message: message}}})
}

// identify finds out who calls. verifying is whether the call asks for nothing but that.
func (s *Server) identify(r *http.Request, verifying bool) (*principal, *failure) {
	header, email, key := r.Header.Get("Authorization"), r.Header.Get("X-Auth-Email"), r.Header.Get("X-Auth-Key")
	if header == "" {
		return s.identifyKey(email, key, verifying)
	}
	value, ok := strings.CutPrefix(header, "Bearer ")
	if !ok || !tokenForm.MatchString(value) {
		return nil, errForm
	}
	t := s.tokens[value]
	switch {
	case t == nil && verifying:
		return nil, errVerify
	case t == nil, !verifying && s.status(t) != "active":
		return nil, errToken
	}
	p := &principal{token: t, bucket: "user"}
	if t.Account != "" {
		p.bucket = "token " + t.ID
	}
	return p, nil
}

func (s *Server) identifyKey(email, key string, verifying bool) (*principal, *failure) {
	switch {
	case email == "" || key == "" || verifying:
		return nil, errNoAuth
	case strings.ContainsAny(key, " \t"):
		return nil, errKeyForm
	case !slices.Contains(s.opts.Keys, Key{Email: email, Key: key}):
		return nil, errKey
	}
	return &principal{bucket: "user"}, nil
}

// status is that of the token now.
func (s *Server) status(t *Token) string {
	switch {
	case t.Status != "":
		return t.Status
	case !t.ExpiresOn.IsZero() && !s.now().Before(t.ExpiresOn):
		return "expired"
	case s.now().Before(t.NotBefore):
		return "disabled"
	}
	return "active"
}

// may says whether the principal has one of the permissions; the right to edit is one to read.
func (p *principal) may(anyOf ...Permission) bool {
	if p.token == nil || p.token.All {
		return true
	}
	return slices.ContainsFunc(anyOf, func(want Permission) bool {
		edit := Permission(strings.Replace(string(want), ":read", ":edit", 1))
		return slices.Contains(p.token.Permissions, want) || slices.Contains(p.token.Permissions, edit)
	})
}

func (p *principal) coversAccount(id string) bool {
	if p.token == nil {
		return true
	}
	t := p.token
	return (t.Account == "" || t.Account == id) && (len(t.Accounts) == 0 || slices.Contains(t.Accounts, id))
}

func (p *principal) covers(m *zoneMeta) bool {
	if p.token != nil && len(p.token.Zones) > 0 && !slices.Contains(p.token.Zones, m.Name) && !slices.Contains(p.token.Zones, m.ID) {
		return false
	}
	return p.coversAccount(m.Account)
}

// checkContentType refuses a body that doesn't say it is JSON.
func checkContentType(r *http.Request) *failure {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch {
	case r.Header.Get("Content-Type") != "" && err != nil:
		return badHeader(codeContentType, "Invalid format for Content-Type header")
	case kind != "application/json":
		return fail(http.StatusBadRequest, codeJSONType, "Content-type must be application/json.")
	}
	return nil
}

// userOnly lets a principal pass that stands for the user and has the permission.
func (c *call) userOnly(anyOf ...Permission) *failure {
	if (c.who.token != nil && c.who.token.Account != "") || !c.who.may(anyOf...) {
		return errDenied
	}
	return nil
}

func (s *Server) verifyToken(c *call) (*answer, *failure) {
	if c.who.token.Account != "" {
		return nil, errVerify // account-owned tokens are verified at their account
	}
	return s.verified(c.who.token), nil
}

func (s *Server) verifyAccountToken(c *call) (*answer, *failure) {
	if c.who.token.Account != c.r.PathValue("account_id") {
		return nil, errVerify
	}
	return s.verified(c.who.token), nil
}

func (s *Server) verified(t *Token) *answer {
	result := struct {
		ID        string `json:"id"`
		Status    string `json:"status"`
		ExpiresOn string `json:"expires_on,omitempty"`
		NotBefore string `json:"not_before,omitempty"`
	}{ID: t.ID, Status: s.status(t)}
	if !t.ExpiresOn.IsZero() {
		result.ExpiresOn = t.ExpiresOn.UTC().Format(time.RFC3339)
	}
	if !t.NotBefore.IsZero() {
		result.NotBefore = t.NotBefore.UTC().Format(time.RFC3339)
	}
	a := resultOf(result)
	if result.Status == "active" {
		a.messages = []byte(`[{"code":10000,"message":"This API Token is valid and active","type":null}]`)
	}
	return a
}
