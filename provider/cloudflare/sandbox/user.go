package sandbox

import (
	"encoding/json"
	"net/http"
	"slices"
	"unicode/utf8"
)

// user is the one who owns all.
type user struct {
	ID        string  `json:"id"`
	Email     string  `json:"email"`
	FirstName *string `json:"first_name"`
	LastName  *string `json:"last_name"`
	Telephone *string `json:"telephone"`
	Country   *string `json:"country"`
	Zipcode   *string `json:"zipcode"`
}

// shownUser is a user as the API has it.
type shownUser struct {
	user
	TwoFactor       bool  `json:"two_factor_authentication_enabled"`
	TwoFactorLocked bool  `json:"two_factor_authentication_locked"`
	Pro             bool  `json:"has_pro_zones"`
	Business        bool  `json:"has_business_zones"`
	Enterprise      bool  `json:"has_enterprise_zones"`
	Suspended       bool  `json:"suspended"`
	Organizations   []any `json:"organizations"`
	Betas           []any `json:"betas"`
}

func (s *Server) showUser() *answer {
	u := shownUser{user: s.store.user, Organizations: []any{}, Betas: []any{}}
	for _, z := range s.store.zones {
		u.Pro = u.Pro || z.meta.Plan == "pro"
		u.Business = u.Business || z.meta.Plan == "business"
		u.Enterprise = u.Enterprise || z.meta.Plan == "enterprise"
	}
	return resultOf(u)
}

func (s *Server) getUser(c *call) (*answer, *failure) {
	if f := c.userOnly(UserRead); f != nil {
		return nil, f
	}
	return s.showUser(), nil
}

func (s *Server) patchUser(c *call) (*answer, *failure) {
	if f := c.userOnly(UserEdit); f != nil {
		return nil, f
	}
	var in map[string]json.RawMessage
	if f := decodeObject(c.body, &in); f != nil {
		return nil, f
	}
	u := s.store.user
	for _, field := range []struct {
		key string
		max int
		to  **string
	}{
		{"first_name", 60, &u.FirstName},
		{"last_name", 60, &u.LastName},
		{"telephone", 20, &u.Telephone},
		{"country", 30, &u.Country},
		{"zipcode", 20, &u.Zipcode},
	} {
		raw, given := in[field.key]
		if !given {
			continue
		}
		v, ok := text(raw)
		switch {
		case !sent(raw):
			*field.to = nil
		case !ok || utf8.RuneCountInString(v) > field.max:
			return nil, fail(http.StatusBadRequest, codeQuery, field.key+" must be text of a permitted length.")
		default:
			*field.to = &v
		}
	}
	t := s.store.begin()
	t.putUser(u)
	if f := s.commit(t); f != nil {
		return nil, f
	}
	return s.showUser(), nil
}

// shownAccount is an account as the API has it.
type shownAccount struct {
	ID        string         `json:"id"`
	Name      string         `json:"name"`
	Type      string         `json:"type"`
	Settings  map[string]any `json:"settings"`
	CreatedOn string         `json:"created_on"`
}

func showAccount(a Account) shownAccount {
	return shownAccount{a.ID, a.Name, "standard", map[string]any{"enforce_twofactor": false}, "2026-01-01T00:00:00.000000Z"}
}

func (s *Server) account(id string) (Account, bool) {
	i := slices.IndexFunc(s.opts.Accounts, func(a Account) bool { return a.ID == id })
	if i < 0 {
		return Account{}, false
	}
	return s.opts.Accounts[i], true
}

func (s *Server) listAccounts(c *call) (*answer, *failure) {
	page, perPage, f := pageOf(c.r.URL.Query(), 20, 5, 50)
	if f != nil {
		return nil, f
	}
	name := c.r.URL.Query().Get("name")
	shown := []shownAccount{}
	for _, a := range s.opts.Accounts {
		if c.who.coversAccount(a.ID) && (name == "" || name == a.Name) {
			shown = append(shown, showAccount(a))
		}
	}
	part := cutPage(shown, page, perPage)
	return &answer{result: encode(part), info: zonesInfo(page, perPage, len(part), len(shown))}, nil
}

func (s *Server) getAccount(c *call) (*answer, *failure) {
	a, ok := s.account(c.r.PathValue("account_id"))
	if !isID(c.r.PathValue("account_id")) {
		return nil, noRoute(c.r)
	}
	if !ok || !c.who.coversAccount(a.ID) {
		return nil, errAuth
	}
	return resultOf(showAccount(a)), nil
}
